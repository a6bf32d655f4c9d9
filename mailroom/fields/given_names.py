"""Words that tell a person's name from other capitalised words: common given names, and what nobody is called."""

from __future__ import annotations

from functools import lru_cache

_NAMES = """
achim adam adelheid agnes agnieszka ahmed ahmet aleksandr aleksandra alexander alexandra alfred ali alice alina aline
amelie amir amélie ana anatoli anaïs andre andrea andreas andrej andrzej andré angela angelika anh anikó anita anja
anke ann anna anne annegret anneliese annelore annemarie annett annette anni anouk antje anton antonia arian ariane
arkadiusz armin arndt arne arno arnold arthur artur astrid attila august axel aylin aynur ayse ayşe barbara bartosz
bastian beate beatrice ben benedikt benjamin benno benoît bernd bernhard bert berta bettina bianca birgit birgitt
birte björn bodo bogdan boris bożena branko brigitta brigitte britta bruno burak burkhard bärbel béla bülent camilla
can cansu carina carl carla carlos carmen carola carolin caroline carsten caspar cemal chantal charlotte chloé chloë
christa christel christian christiane christin christina christine christof christoph claas clara claudia claus
clemens constanze cora corinna cornelia cornelius cäcilia cédric dagmar dalia dana daniel daniela danuta darius david
denise deniz dennis detlef detlev diana dieter dietmar dietrich dilek dirk dmitri dominik dora doreen doris dorit
dorota dorothea dorothee dragan duc dušan dũng eberhard eckhard edeltraud edgar edith edmund eduard egon ehsan eileen
elena elfriede elias elisa elisabeth elke ella ellen elli elmar elsa else elvira elżbieta emil emilia emily emine emma
emre enrico erhard eric erich erik erika erna ernst erwin esra esther eszter etienne eugen eva evelin evelyn ewa
fabian falk fatih fatima fatma fatoş felix ferdinand ferenc finja finn florian frank franz franziska françois
françoise frauke fred frida frieda friedhelm friedrich fritz frédéric gabi gabriel gabriele georg gerald gerd gerda
gerhard gerlinde gernot gero gerold gerta gertrud gina gisela gitta giuseppe goran gottfried grażyna gregor greta grit
grzegorz gudrun guido gunda gunter gustav gábor gérard gökhan gülay gülsen günter günther hagen hakan hanna hannah
hannelore hannes hans hanspeter harald hardy harry hartmut hasan hassan hedwig heide heidemarie heidi heidrun heike
heiko heinrich heinz helen helena helene helga hella hellmut helmut hendrik henning henriette henrik henry herbert
heribert hermann herta hien hilde hildegard hiltrud hoang holger horst hubert hugo hung hélène hülya hüseyin ibrahim
ida igor ilka ilona ilse imke ina ines inga inge ingeborg ingo ingolf ingrid inka ioana irena irene irina iris irma
irmgard irén isabel isabell isabella ismail isolde ivan ivana ivonne işıl jacqueline jakob jan jana janette janina
janine janka jannik jannis jaroslav jarosław jasmin jean jelena jennifer jenny jens jessica jette jiří joachim joanna
joanne jochen johann johanna johannes jolanta jonas jonathan josef josefine jost josé jozef joël juan judith jule
julia julian juliane justin jutta jérôme jörg jürgen kai kamil karin karina karl karla karlheinz karola karoline
karsten kaspar kata katarzyna kateřina katharina kathleen kathrin katja katrin kaya kemal kerstin kevin khalid khalil
kim kira klara klaus konrad konstantin korinna kornelia kornelius kristian kristin kristina krystyna krzysztof kuno
kurt käthe lan lara larissa lars laszlo laura laurent lea lena leni lennart leo leon leonie leszek levin liane
liesbeth lieselotte lilli lina linda linh linus lisa liselotte lore lorenz lothar louis louisa loïc luboš luca lucia
lucie lucía ludwig luis luisa luise lukas lutz lydia léa maciej madeleine magda magdalena magnus maik maike maja malte
mandy manfred manja manuel manuela marc marcel marcin marco marcus mareike marek maren margarete margarethe margit
margitta margot margret maria mariam marian marianne marie marina mario marion marita mariusz markus marlene marlies
marlis marta martha martin martina marvin maría mathias mathilde matthias max maximilian małgorzata mehmet melanie
melek melina merle meryem mesut mia michael michaela michele michelle miguel mihai mike mila milan milena milica miloš
minh mira miriam mirjam mirko mirosław mohamad mohamed mohammad mohammed monika monique moritz muhammad murat mustafa
mónica nadia nadine nadja nancy natalia natalie natascha nataša nele nguyen nick nico nicola nicole niels niklas
nikola nikolai nikolaus nils nina noah noemi nora norbert norman noël noëlle nuno oksana olaf ole oleg olena olga
oliver olivia omar ondřej onur ortrud osama oscar oskar osman oswald otmar otto pascal patricia patrick patrizia paul
paula pauline pavel paweł pedro peer peggy per petar peter petra phil philip philipp pia pierre piotr radoslav
radosław rafael rahel raimund rainer ralf ralph ramona raphael raphaël raul razvan rebecca regina reiner reinhard
reinhold renate rene rené ria ricarda richard rita robert roberto robin rocco roger roland rolf roman romy ronald
ronja ronny rosa rosalinde rosemarie rosi rosina roswitha rudi rudolf ruprecht ruth rüdiger sabina sabine sabri
sabrina sahra samira samuel sandra sandro sandy sara sarah sascha saskia saša sebastian selin selina selma serap serge
sergei sergej sevim sibel sibylle siegbert siegfried sieglinde siegmund siegrid sigrid silke silvana silvia silvio
simon simone sina slavica sofia sofie solveig sonja sophia sophie stanisław stefan stefanie steffen steffi stephan
stephanie stéphane suad susan susann susanna susanne svea sven svenja svetlana sylke sylvia sylvio sören tabea tadeusz
tamara tanja tarik tatjana tetiana thanh thea theo theodor theresa therese theresia thi thi-mai thilo thomas thorsten
tilman tilo tim timo tina tino tobias tom tomasz tomáš toni torben torsten traudel traute tuan udo ulf ulla ulli
ulrich ulrike undine ursel ursula uschi uta ute uwe valentin valentina valeria vanessa vasile vera verena veronika
victor victoria viktor viktoria vincent viola viorel virginia vivien volker volkmar volodymyr václav walburga waldemar
walter waltraud waltraut wenke werner wiebke wiesław wilfried wilhelm wilhelmine willi willy winfried wioletta
wladimir wojciech wolf wolfgang wolfram xaver yannick yannis yasemin yaşar yuliia yusuf yvonne zbigniew zdeněk zeynep
zoe zofia zoë zuzana çağla çiğdem ömer özlem ülkü ümit ćamil đorđe łukasz şükran şükrü željko
"""

_NO_NAMES = """
sehr geehrte geehrter damen herren herr frau stadt stadtverwaltung mit freundlichen beste besten guten tag hallo
betreff datum telefon telefax fax email seite anlage anlagen bescheid antrag rechnung kassenzeichen aktenzeichen
zeichen ihr ihre unser unsere der die das den dem des und oder für zum zur am an bei im in auf von vom ich wir sie
es bitte danke vielen dank grüßen gruß hochachtungsvoll straße markt postfach amt bürgeramt standesamt steueramt
ordnungsamt kulturamt gesundheitsamt stadtarchiv bauamt land sachsen deutschland januar februar märz april mai juni
juli august september oktober november dezember montag dienstag mittwoch donnerstag freitag samstag sonntag marke
hund flurstück gemarkung anmeldung abmeldung meine mein eine einen neue neuer alte wegen geburtsdatum geburtsort
vorname nachname familienname name anschrift wohnort ort unterschrift umzug hier hiermit dear sir madam kind regards
best yours sincerely city werte kopie einspruch widerspruch beschwerde kündigung mahnung nachweis bestätigung
betrifft betr
"""


@lru_cache(maxsize=1)
def given_names() -> frozenset[str]:
    """The names on the list, folded."""
    return frozenset(_NAMES.split())


def is_given(word: str) -> bool:
    """Whether the word, or the first part of a double one, is a given name on the list."""
    low = word.casefold()
    return low in given_names() or low.partition("-")[0] in given_names()


@lru_cache(maxsize=1)
def _never() -> frozenset[str]:
    return frozenset(_NO_NAMES.split())


def is_no_name(word: str) -> bool:
    """Whether it is a word of letters and forms that begins with a capital, but is no name."""
    return word.casefold() in _never()
