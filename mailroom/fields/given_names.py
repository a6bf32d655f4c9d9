"""Words that tell a person's name from other capitalised words: common given names, and what nobody is called."""

from __future__ import annotations

from functools import lru_cache

_NAMES = """
achim adam adelheid agnes ahmed ahmet alexander alexandra alfred ali alice alina aline amelie amir ana andre andrea
andreas andrej angela angelika anita anja anke anna anne annegret anneliese annelore annemarie annett annette anni
antje anton antonia arian ariane armin arndt arne arno arnold arthur artur astrid august axel ayse ayşe barbara
bastian beate beatrice ben benedikt benjamin benno bernd bernhard bert berta bettina bianca birgit birgitt birte
björn bodo boris brigitta brigitte britta bruno burkhard bärbel camilla carina carl carla carlos carmen carola
carolin caroline carsten caspar cemal chantal charlotte christa christel christian christiane christin christina
christine christof christoph claas clara claudia claus clemens constanze cora corinna cornelia cornelius dagmar dana
daniel daniela david denise deniz dennis detlef detlev diana dieter dietmar dietrich dirk dmitri dominik dora doreen
doris dorit dorothea dorothee eberhard eckhard edeltraud edgar edith edmund eduard egon ehsan eileen elena elfriede
elias elisa elisabeth elke ella ellen elli elmar elsa else elvira emil emilia emily emine emma emre enrico erhard
eric erich erik erika erna ernst erwin esra esther eugen eva evelin evelyn fabian falk fatih fatima fatma felix
ferdinand finja finn florian frank franz franziska frauke fred frida frieda friedhelm friedrich fritz gabi gabriel
gabriele georg gerald gerd gerda gerhard gerlinde gernot gero gerold gerta gertrud gina gisela gitta giuseppe
gottfried gregor greta grit grzegorz gudrun guido gunda gunter gustav günter günther hagen hakan hanna hannah
hannelore hannes hans hanspeter harald hardy harry hartmut hasan hassan hedwig heide heidemarie heidi heidrun heike
heiko heinrich heinz helen helena helene helga hella hellmut helmut hendrik henning henriette henrik henry herbert
heribert hermann herta hilde hildegard hiltrud holger horst hubert hugo hülya ibrahim ida igor ilona ilse imke ina
ines inga inge ingeborg ingo ingolf ingrid inka irena irene irina iris irma irmgard isabel isabell isabella isolde
ivan ivana ivonne jacqueline jakob jan jana janette janina janine janka jannik jannis jasmin jennifer jenny jens
jessica jette joachim joanna jochen johann johanna johannes jolanta jonas jonathan josef josefine jost juan judith
jule julia julian juliane justin jutta jörg jürgen kai karin karina karl karla karlheinz karola karoline karsten
kaspar kata katharina kathleen kathrin katja katrin kemal kerstin kevin kim kira klara klaus konrad konstantin
korinna kornelia kristian kristin kristina kuno kurt käthe lara larissa lars laszlo laura lea lena leni lennart leo
leon leonie levin liane lieselotte lilli lina linda linh linus lisa liselotte lore lorenz lothar louis louisa luca
lucia lucie ludwig luis luisa luise lukas lutz lydia madeleine magda magdalena magnus maik maike maja malte mandy
manfred manja manuel manuela marc marcel marco marcus mareike maren margarete margarethe margit margitta margot
margret maria mariam marian marianne marie marina mario marion marita markus marlene marlies marlis marta martha
martin martina marvin mathias mathilde matthias max maximilian mehmet melanie melina merle meryem mia michael
michaela michele michelle miguel mike milan milena mira miriam mirjam mirko mohamed mohammad mohammed monika monique
moritz muhammad murat mustafa nadia nadine nadja nancy natalia natalie nele nguyen nick nico nicola nicole niels
niklas nikolaus nils nina noah nora norbert norman olaf ole oleg olga oliver olivia omar ortrud oscar oskar osman
oswald otmar otto pascal patricia patrick patrizia paul paula pauline pedro peggy per peter petra phil philip
philipp pia pierre rafael rahel raimund rainer ralf ralph ramona raphael raul rebecca regina reiner reinhard
reinhold renate rene rené ria ricarda richard rita robert roberto robin rocco roger roland rolf roman romy ronald
ronja ronny rosa rosalinde rosemarie rosi rosina roswitha rudi rudolf ruprecht ruth rüdiger sabina sabine sabrina
sahra samira samuel sandra sandro sandy sara sarah sascha saskia sebastian selina selma serge sergej sibylle
siegbert siegfried sieglinde siegmund siegrid sigrid silke silvana silvia silvio simon simone sina sofia sofie
solveig sonja sophia sophie stefan stefanie steffen steffi stephan stephanie susan susann susanna susanne svea sven
svenja sylke sylvia sylvio tabea tamara tanja tatjana thea theo theodor theresa therese thi thi-mai thilo thomas
thorsten tilman tilo tim timo tina tino tobias tom toni torben torsten traudel traute udo ulf ulla ulli ulrich
ulrike undine ursel ursula uschi uta ute uwe valentin valentina valeria vanessa vera verena veronika victor victoria
viktor viktoria vincent viola virginia vivien volker volkmar waldemar walter waltraud waltraut wenke werner wilfried
wilhelm wilhelmine willi willy winfried wladimir wolf wolfgang wolfram xaver yannick yasemin yusuf yvonne zeynep zoe
zoë
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
def _known() -> frozenset[str]:
    return frozenset(_NAMES.split())


def is_given(word: str) -> bool:
    """Whether the word, or the first part of a double one, is a given name on the list."""
    low = word.casefold()
    return low in _known() or low.partition("-")[0] in _known()


@lru_cache(maxsize=1)
def _never() -> frozenset[str]:
    return frozenset(_NO_NAMES.split())


def is_no_name(word: str) -> bool:
    """Whether it is a word of letters and forms that begins with a capital, but is no name."""
    return word.casefold() in _never()
