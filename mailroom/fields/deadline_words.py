"""How letters word deadlines: the patterns by which :mod:`mailroom.fields.deadlines` finds them."""

from __future__ import annotations

import re

from mailroom.fields.periods import Unit

NUMBERS = {
    "ein": 1, "eine": 1, "einem": 1, "einer": 1, "eines": 1, "einen": 1, "one": 1, "a": 1, "zwei": 2, "zweier": 2,
    "two": 2, "drei": 3, "dreier": 3, "three": 3, "vier": 4, "four": 4, "fünf": 5, "fuenf": 5, "five": 5, "sechs": 6,
    "six": 6, "sieben": 7, "seven": 7, "acht": 8, "neun": 9, "zehn": 10, "ten": 10, "zwölf": 12, "zwoelf": 12,
    "vierzehn": 14, "fourteen": 14, "zwanzig": 20, "dreißig": 30, "dreissig": 30, "thirty": 30,
}  # fmt: skip
UNITS = (
    ("arbeitstag|working day", Unit.OFFICE_DAYS),
    ("werktag", Unit.WORKDAYS),
    ("tag|kalendertag|day", Unit.DAYS),
    ("woche|week", Unit.WEEKS),
    ("monat|month", Unit.MONTHS),
    ("jahr|year", Unit.YEARS),
)
COUNT = rf"(?P<count>\d{{1,3}}|{'|'.join(sorted(NUMBERS, key=len, reverse=True))})"
KIND = r"(?P<unit>(?:arbeits|werk|kalender)?tag|woche|monat|jahr|working day|day|week|month|year)(?:en|es|e|n|s)?"
SPAN = rf"{COUNT}\.?(?:\s+\(\w+\))?[\s-]+{KIND}\b"
PERIOD = re.compile(
    rf"\b(?:(?:inn?erhalb|innert|binn?en)(?:\s+(?:von|der|einer|gesetzten|nächsten|frist))*|within(?:\s+the\s+next)?"
    rf"|frist(?:\s*:|\s+von)|zahlungsziel\s*:?|zahlungsfrist(?:\s*:|\s+von)?|zahlbar\s+in|in\s+sp(?:ä|ae|a)testens"
    rf"|sp(?:ä|ae|a)testens\s+(?:in|nach)|(?P<soon>in\s+den\s+(?:nächsten|kommenden)))\s+(?:sp(?:ä|ae|a)testens\s+)?{SPAN}"
    rf"|\b(?:inn?erhalb|binn?en)\s+(?:der\s+)?(?P<whole>monats|jahres)frist\b",
    re.IGNORECASE,
)
FROM_LETTER = re.compile(
    r"^\W{0,3}(netto\s+|gerechnet\s+)?(ab|nach|seit|vom|von|of|from)\s+(dem\s+|the\s+)?"
    r"((heutigem\s+|diesem\s+)?(rechnungs|brief|ausstellungs)?datum|heute\b|today\b|rechnungsstellung|invoice\s+date|date\s+of\s+(this|the)\s+(letter|invoice))",
    re.IGNORECASE,
)
FROM_RECEIPT = re.compile(
    r"^\W{0,3}(netto\s+|gerechnet\s+)?(ab|nach|seit|from|of|after)\s+(?:(dem|der|the|your)\s+)?"
    r"(tag,?\s+an\s+dem\s+sie|erhalt|eingang|zugang|zustellung|bekanntgabe|empfang|rechnungserhalt|rechnungseingang|receipt|receiving"
    r"|service)\b(?!\s+(des|der|ihres|ihrer|your)\s+(?!rechnung|schreiben|brief|bescheid|beschluss|urteil|verfügung|dies))",
    re.IGNORECASE,
)
FROM_ELSEWHERE = re.compile(r"^\W{0,3}(netto\s+|gerechnet\s+)?(ab|nach|seit|vor|after|from)\s+\w", re.IGNORECASE)
TOLD = re.compile(
    r"\b(wurde|wurden|hat|haben|habe|hatte|hatten|gesetzte[nr]?)\s+(\w+\s+){0,6}$|\bnicht\s+$|\b(die|der)?\s*ihr\w*\s+$",
    re.IGNORECASE,
)
TOLD_AFTER = re.compile(
    r"^.{0,60}?\b(geantwortet|gesetzt|erhalten|vergangen|abgelaufen|widerspruch\s+ein\b|lege\s+ich|verstrichen|gewohnt)",
    re.IGNORECASE,
)
LAST_BEFORE = re.compile(
    r"(?P<word>\bbis(\s+(zum|sp(?:ä|ae|a)testens|einschlie(ß|ss)lich|inklusive|inkl\.|am|längstens|zur|ablauf\s+des|abends))*\s*:?"
    r"|\bsp(?:ä|ae|a)testens(\s+(am|bis|zum))*"
    r"|\b\w*frist(\s+(bis|am|zum|ist(\s+der)?|endet(\s+am)?|läuft(\s+(am|bis(\s+zum)?))?))*\s*:?"
    r"|\b(spätester?|späteste|letzter?|letzte)\s+(möglicher?\s+)?(termin|tag|zeitpunkt)\s+(\w+\s+){0,4}ist\s+der"
    r"|\b(stichtag|einsendeschluss|abgabeschluss|abgabetermin|rückgabetermin)(\s+ist)?(\s+der)?\s*:?"
    r"|\bfällig(\s*keit)?(\s+(am|zum))*\s*:?|\bby|\bno later than"
    r"|\bdue(\s+date)?(\s+(on|by))?\s*:?|\bwiedervorlage(\s+am)?\s*:?)"
    r"\s*(\(?(\w*(?:montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag)|mo|di|mi|do|fr|sa|so)\b\W{0,3}"
    r"(den|dem|der)?\s*)?(den|dem|zum|\d{1,2}([:.]\d\d)?\s*uhr\s*(am|des|,)?)?\s*$",
    re.IGNORECASE,
)
NO_LAST = re.compile(
    r"(gültig\w*|gilt|gelten|befristet|valid|gemeldet|gewohnt|beschäftigt|krank\w*|abwesend|urlaub|geöffnet|versichert"
    r"|\bwar\w*|zulässig|\bfalle|\bfehle|bleib\w*|\bläuft|\blaufen|\bweiter|verlänger\w*|reservier\w*|\bnur)\s+(\w+\s+){0,2}$",
    re.IGNORECASE,
)
STAY = re.compile(
    r"\b(vom|von(?!\s+(?:mir|uns|ihnen|euch|dir)\b)|ab|zwischen|from|zeitraum\w*)[^\w.?!]+((\d\S*|[^\s.?!]+)\s+){0,3}$"
    r"|\d{4}\s*$|\d\.\d{1,2}\.\s*$|(?:^|[\s(])\d{1,2}\.\s*$",
    re.IGNORECASE,
)
DAY_AND_MONTH = re.compile(r"(?<![\w.,])(\d{1,2})\.\s?(?:(\d{1,2})\.(?!\s?\d)|([A-Za-zäöüÄÖÜ]{3,9})\b(?!\s+\d{4}))")
NO_LAST_AFTER = re.compile(
    r"^\W{0,3}(\d{1,2}([:.]\d\d)?\s*uhr\W{0,3})?(aus\b(?!\s*[.,;!])|im\s+urlaub|in\s+urlaub|krank\w*|verreist|abwesend|in\s+kur|gültig|befristet"
    r"|nicht\s+(da|zu\s+hause|erreichbar)|geöffnet|angestellt|beschäftigt|(zu\s+)?verlänger\w*)\b",
    re.IGNORECASE,
)
PART = re.compile(
    r"\b(?:bis|sp(?:ä|ae|a)testens)\s+(?:zum\s+|sp(?:ä|ae|a)testens\s+)*(?:(?P<this>monatsende(?!\s+[A-ZÄÖÜ])|quartalsende|jahresende"
    r"|ende\s+(?:(?:des|dieses)\s+)?(?:laufenden\s+)?(?:monats|quartals|jahres)(?!\s+(?-i:[A-Z])))"
    r"|ende\s+(?:des\s+)?(?P<next>(?:nächsten|kommenden|folgenden)\s+(?:monats|jahres))"
    r"|(?P<part>anfang|mitte|ende|monatsende)\s+(?:des\s+monats\s+)?(?P<month>[A-Za-zäöüÄÖÜ]{3,9})(?:\s+(?P<year>20\d\d))?)\b",
    re.IGNORECASE,
)
NTH = re.compile(
    r"\bbis\s+(?:(?:zum|sp(?:ä|ae|a)testens)\s+)*(?P<day>\d{1,2})\.(?=\s+[a-zäöü(]|\s*$|[,;:!)\s]+(?:[a-zäöü]|$))"
    r"(?:\s*(?P<which>(?:des\s+)?(?:nächsten|kommenden|folgenden)\s+[Mm]onats))?",
)
"""A day without its month: ``bis zum 15. zurück``, not ``bis zum 3. Stock``."""
WEEKDAYS = ("montag", "dienstag", "mittwoch", "donnerstag", "freitag")
WEEKDAY = re.compile(
    rf"\bbis\s+(?:sp(?:ä|ae|a)testens\s+|zum\s+)*(?:kommenden\s+|nächsten\s+|diesen\s+)?(?P<weekday>{'|'.join(WEEKDAYS)})\b"
    r"(?!\W{1,3}(?:(?:den|dem|der)\s+)?\d)",
    re.IGNORECASE,
)
GRANTED = re.compile(
    r"\b(?:gebe|geben|lasse|lassen|gewähre|gewähren|räume|räumen)\s+"
    rf"(?P<whom>(?:(?:ich|wir)\s+)?(?:ihnen|dir|euch)\s+)?(?:\w+\s+){{0,3}}{SPAN}"
    r"(?(whom)(?:\s+(?:zeit|frist)\b)?|\s+(?:zeit|frist)\b)",
    re.IGNORECASE,
)
"""``Dafür gebe ich Ihnen zwei Wochen``; where nobody is named, only ``gebe drei Wochen Zeit``."""
HAVING = re.compile(
    rf"\b(?:haben\s+sie|sie\s+haben)\s+(?:(?!seit\b|vor\b|schon\b|bereits\b|nicht\b|für\b)\w+\s+){{0,5}}?{SPAN}"
    r"(?=\s+(?:zeit|frist|ab|nach)\b|\s*[.,;!]|\s*$)",
    re.IGNORECASE,
)
NOTED_SPAN = re.compile(
    rf"\bin\s+{SPAN}\s+(?:\w+\s+){{0,2}}(?:vorgemerkt|vorgesehen|notiert|eingetragen)\b", re.IGNORECASE
)
"""``Wir haben uns Ihre Antwort in vier Wochen vorgemerkt``."""
NOTED = re.compile(
    r"^\W{0,4}(?:uhr\W{1,3})?(?:\w+\s+){0,2}(?:notiert|vorgemerkt|eingetragen|vorgesehen)\b", re.IGNORECASE
)
THEREBY = re.compile(r"^.{0,70}?\bbis\s+(?:dahin|zu\s+diesem\s+(?:tag|datum|termin|zeitpunkt))\b", re.IGNORECASE)
"""Behind a day: ``den Dienstplan am 20.2. abschließen - bis dahin müsste ich Ihre Antwort haben``."""
_LONG = {"tägig": "tag", "wöchig": "woche", "monatig": "monat", "jährig": "jahr"}
ADJECTIVE = re.compile(rf"\b{COUNT}\s?-?(?P<unit>{'|'.join(_LONG)})e[nr]?\s+(?:\w+)?frist\b", re.IGNORECASE)
ASKS = re.compile(
    r"\b(bitte\w*|brauche\w*|benötige\w*|erwarte\w*|\w*antwort\w*|\w*rückmeldung\w*|nachricht|bescheid|stellung\w*|zahlen|zahlung"
    r"|überweis\w*|melden|äußern|erwider\w*|mitteil\w*|erbeten|gebeten|vor(zu)?legen|schicken|senden|\w*übersend\w*)\b",
    re.IGNORECASE,
)
APPOINTED = re.compile(
    r"\b(?P<what>(?:mündlichen?\s+)?(?:verhandlung|güteverhandlung|beweisaufnahme|erörterung)|(?:verhandlungs|erörterungs|güte|orts"
    r"|anhörungs|beweis)termin\w*|termin\s+zur\s+(?:\w+\s+){0,2}(?:verhandlung|erörterung|anhörung|beweisaufnahme|ortsbesichtigung))"
    r"\s+(?:(?:wird|ist|findet|bestimmt|anberaumt|auf|statt|den|der|am|im|nunmehr)\s+|(?:\w+tag)\W{1,3}){0,6}$",
    re.IGNORECASE,
)
"""Before the day on which a court or authority wants somebody to appear."""


def unit_of(word: str) -> Unit:
    """What a period is counted in, by its word (``Wochen``, ``wöchig``)."""
    folded = _LONG.get(word.casefold(), word.casefold())
    return next(unit for names, unit in UNITS if folded in names.split("|"))


def number_of(word: str) -> int:
    """A number by its digits or its word."""
    return int(word) if word.isdigit() else NUMBERS[word.casefold()]
