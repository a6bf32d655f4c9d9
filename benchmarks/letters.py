"""Compose letters to measure with: hand-written wordings in drawn layouts, with the truth about each.

``data/letters_development.txt`` was looked at while rules were made, ``data/letters_held.txt`` was not;
``letters_last.txt`` was written before the last sentences that are learned from, ``letters_final.txt`` after them.
The same seed gives the same letters.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

from benchmarks.everyday import MONTHS, Template, case_fills, templates
from benchmarks.measuring import Letter, MemoryCases
from mailroom.fields.periods import Unit, due_day, next_office_day, part_of_month
from mailroom.matching.cases import collective
from mailroom.ports import PageText
from mailroom.registers import Registers

DEVELOPMENT = Path(__file__).parent / "data" / "letters_development.txt"
HELD = Path(__file__).parent / "data" / "letters_held.txt"
LAST = Path(__file__).parent / "data" / "letters_last.txt"
FINAL = Path(__file__).parent / "data" / "letters_final.txt"
VOICES = Path(__file__).parent / "data" / "letters_voices.txt"

_GIVEN = [
    "Gökhan", "Minh", "Oksana", "Wiebke", "Detlef", "Kurt", "Irmtraud", "Luzia", "Björn", "Käthe", "Günther",
    "Bärbel", "Sören", "Lieselotte", "Hans-Jürgen", "Ann-Kathrin", "Ewa", "Piotr", "Valentina", "Reiner", "Ilse",
    "Steffen", "Mandy", "Ronny", "Beatrix", "Cornelius", "Traudl", "Walburga", "Yusuf", "Emre", "Nikola",
    "Anneliese", "Egon", "Margitta", "Thomas", "Julia", "Antje", "Holger",
]  # fmt: skip
_MARKED_GIVEN = [
    "Zoë", "René", "André", "Noëlle", "Şükran", "Ayşe", "Đorđe", "Ćamil", "Fatoş", "Jérôme",
]  # fmt: skip
_SURNAMES = [
    "Brückner", "Kowalczyk", "Hänßgen", "Schröter-Vogt", "Weiß", "Großmann", "Müller", "Oehlschlägel", "Kluge",
    "Strauß", "Bräunlich", "Vetterlein", "Hüttenrauch", "Süßmilch", "Wöllner", "Rößner", "Kaltofen", "Zöphel",
    "Drummer", "Ihle", "Jahn", "Voigtländer", "Quaas", "Fichtner", "Ebermann", "Graupner", "Nötzold", "Türk",
    "Rehwagen", "Kießling", "Zschocke", "Hengst", "Pfützner", "Langhammer", "Öser", "Bachmann",
]  # fmt: skip
_MARKED_SURNAMES = [
    "Çelik", "Petrović", "Lê", "Şahin", "Citroën", "Dušek",
]  # fmt: skip
_MARKED = 0.05
"""Share of names with letters that German does not have; 0.03 in the letters of the city."""
_STREETS = [
    "Ahornallee", "An der Wiesenmühle", "Dr.-Külz-Straße", "Straße der Einheit", "Am alten Gaswerk",
    "Wilhelm-Pieck-Str.", "Zur Talsperre", "Goethestraße", "Rosa-Luxemburg-Ring", "Schillerplatz",
    "Hinterer Graben", "Siedlerweg", "Untere Hauptstraße", "Kantstr.", "Fichtenhang",
]  # fmt: skip
_PLACES = ["09999 Zwönau", "09999 Zwönau", "09999 Zwönau", "08280 Aue", "04109 Leipzig", "09112 Chemnitz"]
_ORG_PLACES = ["08056 Zwickau", "01067 Dresden", "09111 Chemnitz", "99084 Erfurt", "09999 Zwönau"]
_SALUTED = [
    "Sehr geehrte Damen und Herren,", "Sehr geehrte Damen und Herren,", "Guten Tag,", "Hallo,", "Liebes Rathaus,",
    "Sehr geehrte Frau Ebersbach,", "Werte Kollegen,", "Sehr geehrter Herr Uhlig,", "",
]  # fmt: skip
_CLOSED = [
    "Mit freundlichen Grüßen", "Mit freundlichen Grüßen", "Mit freundlichem Gruß", "Viele Grüße", "MfG",
    "Freundliche Grüße", "Hochachtungsvoll", "Beste Grüße", "Herzliche Grüße aus der Nachbarschaft", "Es grüßt Sie", "",
]  # fmt: skip
_OWN = [
    ["Stadtverwaltung Zwönau", "Markt 1", "09999 Zwönau"],
    ["Stadt Zwönau", "Markt 1", "09999 Zwönau"],
    ["An die", "Stadtverwaltung Zwönau", "Markt 1", "09999 Zwönau"],
    ["Stadtverwaltung Zwönau", "{office}", "Markt 1", "09999 Zwönau"],
    ["Rathaus Zwönau", "z. Hd. Frau Fiebig", "Markt 1", "09999 Zwönau"],
]
_PEOPLE = {
    "z. Hd. Frau Fiebig": "Frau Fiebig", "Sehr geehrte Frau Ebersbach,": "Frau Ebersbach",
    "Sehr geehrter Herr Uhlig,": "Herr Uhlig",
}  # fmt: skip
_ASIDES = [
    "Mein Schreiben vom {a} haben Sie hoffentlich bekommen.",
    "Am {a} habe ich schon einmal bei Ihnen angerufen.",
    "Vom {b} bis {c} bin ich im Urlaub.",
    "Telefonisch erreichen Sie mich am besten abends, am {b} bin ich nicht da.",
    "Mein Mann (geb. {born}) weiß Bescheid.",
    "Die Satzung in der Fassung vom {a} kenne ich.",
]
_WISHES: dict[str, list[str]] = {
    "letters_development": [
        "Bitte geben Sie mir bis zum {due+18} Bescheid.",
        "Um Ihre Antwort bis spätestens {due+14} wird gebeten.",
        "Ich bitte um Rückmeldung innerhalb von 14 Tagen.|14d@r",
        "Ich setze Ihnen dafür eine Frist von zwei Wochen.|2w@r",
        "Bitte erledigen Sie das bis {due+25}.",
        "Ihre Stellungnahme erwarte ich bis einschließlich {due+20}.",
        "Bitte antworten Sie binnen eines Monats nach Erhalt dieses Briefes.|1m@r",
        "Sollte ich bis zum {due+12} nichts von Ihnen hören, melde ich mich wieder.",
        "Rückantwort erbeten bis: {due+15}",
        "Schicken Sie mir das bitte bis zum {nth}. zurück.",
        "Bis Ende {month} müsste das geklärt sein, bitte melden Sie sich bis dahin.",
    ],
    "letters_held": [
        "Lassen Sie mich bitte bis {due+16} wissen, wie es weitergeht.",
        "Der späteste Termin für Ihre Antwort ist der {due+19}.",
        "Für eine Nachricht innerhalb der nächsten zwei Wochen wäre ich dankbar.|2w@r",
        "Ich gebe Ihnen dafür drei Wochen Zeit.|3w@r",
        "Wenn ich nicht bis zum {due+13} Antwort habe, gehe ich zum Anwalt.",
        "Die Unterlagen brauche ich spätestens am {due+22} wieder.",
        "Bitte äußern Sie sich binnen 14 Tagen ab Zugang.|14d@r",
        "Ich erwarte Ihre Entscheidung bis zum Ablauf des {due+28}.",
        "Antwort bitte bis {due+11}, danke.",
        "Melden Sie sich bitte bis zum {nth}. bei mir.",
        "Mir wurde gesagt, das geht bis Mitte {month}, darauf verlasse ich mich, bitte bis dahin erledigen.",
    ],
}  # fmt: skip
_UNITS = {"d": Unit.DAYS, "w": Unit.WEEKS, "m": Unit.MONTHS, "a": Unit.OFFICE_DAYS}
_SLIPS = (("ie", "ei"), ("ss", "s"), ("nn", "n"), ("tt", "t"), ("ck", "k"), ("ä", "ae"), ("ü", "ue"), ("sch", "shc"))


@dataclass(frozen=True)
class Block:
    """Lines that stand together on a page; ``left`` and ``top`` are shares of it, ``top`` 0 where they follow on."""

    lines: tuple[str, ...]
    left: float = 0.11
    top: float = 0.0
    size: float = 1.0
    bold: bool = False
    hand: bool = False
    one_line: bool = False
    """Set smaller rather than broken where it is too wide."""


@dataclass(frozen=True)
class Truth:
    """What a clerk would say of a letter."""

    document_type: str | None
    class_notation: str
    unit: str
    sender: str
    date: str
    case: str | None
    collective: bool
    deadlines: tuple[str, ...]
    phrase: bool
    received: date
    channel: str
    fields: tuple[tuple[str, str], ...] | None
    """Values that stand in it, by kind; None where not known."""


@dataclass(frozen=True)
class Composed:
    """A letter as blocks per page, with the truth."""

    name: str
    pages: tuple[tuple[Block, ...], ...]
    truth: Truth

    @property
    def texts(self) -> tuple[str, ...]:
        """The text of each page in the order of its blocks."""
        return tuple("\n".join(line for block in page for line in block.lines if line) for page in self.pages)


@dataclass
class _Draft:
    template: Template
    dice: random.Random
    day: date
    received: date
    fills: dict[str, str]
    deadlines: list[date] = field(default_factory=list)
    fields: set[tuple[str, str]] = field(default_factory=set)

    def days(self, offset: int) -> date:
        return self.day + timedelta(days=offset)


def of_composed(letter: Composed, pages: tuple[PageText, ...] = ()) -> Letter:
    """A composed letter with what was read of it; without that its text as it was written."""
    truth = letter.truth
    if not pages:
        pages = tuple(PageText(n, 595.0, 842.0, text, (), "digital", 1.0) for n, text in enumerate(letter.texts, 1))
    return Letter(
        "\f".join(page.text for page in pages), truth.document_type, truth.class_notation, truth.sender, truth.date,
        truth.case, truth.unit, truth.collective, truth.deadlines, truth.phrase, truth.received, pages, True,
        truth.channel, truth.fields, "deu",
    )  # fmt: skip


def compose(path: Path, cases: MemoryCases, registers: Registers, seed: int = 1) -> list[Composed]:
    """Each template of a file once, in a layout drawn by the seed."""
    result = []
    for number, template in enumerate(templates(path)):
        dice = random.Random(f"{path.stem}-{seed}-{number}")
        result.append(_compose(f"{path.stem}-{seed}-{number:03d}", path.stem, template, cases, registers, dice))
    return result


def _compose(
    name: str, stem: str, template: Template, cases: MemoryCases, registers: Registers, dice: random.Random
) -> Composed:
    flags = [flag for flag in template.flags if flag not in ("mail", "form", "wedded", "stranger", "term")]
    wanted = [flag for flag in flags if not flag.startswith("due=")]
    stranger = "stranger" in template.flags
    lookup = replace(
        template, flags=["case", "born"] if stranger else wanted + (["born"] if "wedded" in template.flags else [])
    )
    case, fills = case_fills(lookup, cases, dice)
    given = dice.choice(_MARKED_GIVEN if dice.random() < _MARKED else _GIVEN)
    surname = dice.choice(_MARKED_SURNAMES if dice.random() < _MARKED else _SURNAMES)
    person = fills.get("name") or f"{given} {surname}"
    if "company" in flags or "project" in flags:
        person = f"{given} {surname}"
    if "wedded" in template.flags:
        person = f"{person.split()[0]} {surname}"
    street = (
        fills.get("street") or f"{dice.choice(_STREETS)} {dice.randint(1, 119)}{dice.choice(['', '', '', 'a', 'c'])}"
    )
    day = date(2026, 1, 12) + timedelta(days=dice.randint(0, 290))
    fills = {**fills, "name": fills.get("name") or person, "street": street}
    draft = _Draft(template, dice, day, day + timedelta(days=dice.randint(1, 4)), fills)
    body = [_filled(line, draft) for line in template.lines]
    if not any(flag in template.flags for flag in ("mail", "form")):
        body = _with_sentences(body, stem, draft)
    for flag in template.flags:
        if flag.startswith("due="):
            draft.deadlines.append(_period(flag[4:], draft))
    if dice.random() < 0.25:
        body = [body[0], *(_slip(line, dice) for line in body[1:])]
    sender = template.org or person
    pages = _laid_out(sender, person if not template.org else f"{given} {surname}", body, draft)
    yearly = (
        collective(template.class_notation, day, draft.received, cases) if _is_yearly(template, registers) else None
    )
    reference = yearly.reference if yearly else case.reference if case and not stranger else None
    text = "\n".join(template.lines).casefold()
    row = registers.document_types.get(template.document_type or "")
    due = tuple(sorted({one.isoformat() for one in draft.deadlines}))
    truth = Truth(
        template.document_type,
        template.class_notation,
        registers.unit_of(template.class_notation) or "",
        sender,
        day.isoformat(),
        reference,
        yearly is not None,
        due,
        bool(row and any(phrase.casefold() in text for phrase in row.strong)),
        draft.received,
        "mail" if "mail" in template.flags else "scan",
        tuple(sorted(draft.fields | _standing(pages))),
    )
    return Composed(name, pages, truth)


def _standing(pages: tuple[tuple[Block, ...], ...]) -> set[tuple[str, str]]:
    """Amounts, IBANs and the recipient as they were written, told by the plainest of rules."""
    lines = [line for page in pages for block in page for line in block.lines]
    found: set[tuple[str, str]] = set()
    for line in lines:
        words = line.split()
        for number, unit in pairwise(words):
            whole, _, cents = number.replace(".", "").partition(",")
            if unit.startswith(("Euro", "EUR", "€")) and whole.isdecimal():
                found.add(("amount", str(int(whole) * 100 + int(cents or 0))))
        for place, word in enumerate(words):
            if word == "DE02" or (word.startswith("DE") and word[2:4].isdecimal()):
                compact = "".join(words[place:])[:22]
                if len(compact) == 22 and compact[2:].isdecimal():
                    found.add(("iban", compact))
    named = [person for line in lines[:14] for wording, person in _PEOPLE.items() if wording in line]
    return found | ({("recipient", named[0])} if named else set())


def _is_yearly(template: Template, registers: Registers) -> bool:
    plan = registers.plan.get(template.class_notation)
    return plan is not None and plan.file_kind == "sammelakte"


def _period(text: str, draft: _Draft) -> date:
    match = re.fullmatch(r"(\d+)([dwma])@([rl])", text)
    assert match, text
    start = draft.received if match.group(3) == "r" else draft.day
    return due_day(start, int(match.group(1)), _UNITS[match.group(2)])


def _filled(line: str, draft: _Draft) -> str:
    def value(match: re.Match[str]) -> str:
        name, offset = match.group(1), int(match.group(2) or 0)
        if name == "day":
            return _written(draft.days(offset), draft.dice, year=True)
        if name == "due":
            draft.deadlines.append(next_office_day(draft.days(offset)))
            return _written(draft.days(offset), draft.dice, year=draft.dice.random() < 0.75)
        if name == "term":
            day = next_office_day(draft.days(offset))
            draft.deadlines.append(day)
            return _written(day, draft.dice, year=True)
        return draft.fills.get(name, "")

    return re.sub(r"\{(\w+)([+-]\d+)?\}", value, line)


def _written(day: date, dice: random.Random, *, year: bool) -> str:
    month = MONTHS[day.month - 1]
    if not year:
        return dice.choice([f"{day.day}. {month}", f"{day:%d.%m.}", f"{day.day}.{day.month}."])
    return dice.choice(
        [
            f"{day:%d.%m.%Y}",
            f"{day:%d.%m.%Y}",
            f"{day.day}. {month} {day.year}",
            f"{day.day}.{day.month}.{day.year}",
            f"{day:%d.%m.%y}",
        ]
    )


def _with_sentences(body: list[str], stem: str, draft: _Draft) -> list[str]:
    """Perhaps a date that is nothing, perhaps a wish with a deadline; never two deadlines by chance."""
    dice = draft.dice
    if dice.random() < 0.35:
        born = date(1950, 1, 1) + timedelta(days=dice.randint(0, 18000))
        values = {
            "a": _written(draft.days(-dice.randint(5, 60)), dice, year=True),
            "b": _written(draft.days(dice.randint(30, 40)), dice, year=True),
            "c": _written(draft.days(dice.randint(41, 60)), dice, year=True),
            "born": f"{born:%d.%m.%Y}",
        }
        aside = dice.choice(_ASIDES)
        body = (
            [*body[:2], re.sub(r"\{(\w+)\}", lambda m: values[m.group(1)], aside), *body[2:]]
            if "%%" not in body
            else body
        )
    if (
        not draft.deadlines
        and not any(flag.startswith("due=") for flag in draft.template.flags)
        and dice.random() < 0.4
    ):
        wish, _, period = dice.choice(_WISHES.get(stem, _WISHES["letters_held"])).partition("|")
        if period:
            draft.deadlines.append(_period(period, draft))
        if "{nth}" in wish:
            wish = wish.replace("{nth}", str(_next_of_month(draft)))
        if "{month}" in wish:
            later = draft.days(40)
            wish = wish.replace("{month}", MONTHS[later.month - 1])
            part = "ende" if "Ende" in wish else "mitte"
            draft.deadlines.append(next_office_day(part_of_month(later.year, later.month, part)))
        place = body.index("%%") if "%%" in body else len(body)
        body = [*body[:place], _filled(wish, draft), *body[place:]]
    return body


def _next_of_month(draft: _Draft) -> int:
    number = draft.dice.choice([10, 15, 20, 28])
    day = draft.days(1)
    while day.day != number:
        day += timedelta(days=1)
    draft.deadlines.append(next_office_day(day))
    return number


def _slip(line: str, dice: random.Random) -> str:
    """A slip of the pen in a long word or two; names and numbers stay."""
    words = line.split(" ")
    for _ in range(2):
        place = dice.randrange(len(words))
        word = words[place]
        if len(word) > 6 and word.isalpha() and word.islower():
            for old, new in dice.sample(_SLIPS, len(_SLIPS)):
                if old in word:
                    words[place] = word.replace(old, new, 1)
                    break
    return " ".join(words)


# --- layouts -------------------------------------------------------------------------------------------------------


def _laid_out(sender: str, signed: str, body: list[str], draft: _Draft) -> tuple[tuple[Block, ...], ...]:
    first, *enclosures = _split(body)
    dice, template = draft.dice, draft.template
    place = dice.choice(_ORG_PLACES if template.org else _PLACES)
    street = draft.fills["street"]
    subject, *lines = first
    if "mail" in template.flags:
        blocks = _mail(sender, subject, lines, draft)
    elif "form" in template.flags and not template.org:
        blocks = _form(sender, street, place, subject, lines, draft)
    elif template.org:
        blocks = _of_organisation(sender, signed, street, place, subject, lines, draft)
    else:
        blocks = dice.choice([_window, _private, _right, _bare])(sender, street, place, subject, lines, draft)
    return (tuple(blocks), *(tuple([Block(tuple(page), top=0.07)]) for page in enclosures))


def _split(body: list[str]) -> list[list[str]]:
    pages: list[list[str]] = [[]]
    for line in body:
        if line == "%%":
            pages.append([])
        else:
            pages[-1].append(line)
    return pages


def _date_line(draft: _Draft) -> str:
    day = draft.day
    spelt, numbers = f"{day.day}. {MONTHS[day.month - 1]} {day.year}", f"{day.day}.{day.month}."
    return draft.dice.choice(
        [
            f"{day:%d.%m.%Y}", spelt, f"Zwönau, den {day:%d.%m.%Y}", f"Zwönau, {numbers}{day.year}",
            f"Datum: {day:%d.%m.%y}", f"Zwönau, am {spelt}", f"den {numbers}{day:%y}",
            f"Zwönau/Erzgeb., {spelt}", f"{day:%Y-%m-%d}",
        ]
    )  # fmt: skip


def _own(draft: _Draft) -> tuple[str, ...]:
    office = draft.dice.choice(["Bürgerbüro", "Poststelle", "Posteingang"])
    return tuple(line.replace("{office}", office) for line in draft.dice.choice(_OWN))


def _text(subject: str, lines: list[str], draft: _Draft, prefix: bool = True) -> list[Block]:
    dice = draft.dice
    blocks = []
    if subject != "-":
        blocks.append(
            Block(
                (f"{dice.choice(['', '', 'Betreff: ', 'Betr.: ']) if prefix else ''}{subject}",),
                bold=dice.random() < 0.5,
            )
        )
    saluted = dice.choice(_SALUTED)
    return [*blocks, *([Block((saluted,))] if saluted else []), *(Block((line,)) for line in lines)]


def _ending(signed: str, draft: _Draft, below: tuple[str, ...] = ()) -> list[Block]:
    closing = draft.dice.choice(_CLOSED)
    written = Block((signed,), hand=True) if draft.dice.random() < 0.4 else Block((signed,))
    enclosed = ["Anlagen"] if draft.dice.random() < 0.2 else []
    return [
        *([Block((closing,))] if closing else []),
        written,
        *([Block(below)] if below else []),
        *([Block(tuple(enclosed))] if enclosed else []),
    ]


def _window(sender: str, street: str, place: str, subject: str, lines: list[str], draft: _Draft) -> list[Block]:
    sign = draft.dice.choice([" · ", ", ", " - ", " | "])
    return [
        Block((f"{sender}{sign}{street}{sign}{place}",), top=0.155, size=0.72),
        Block(_own(draft), top=0.18),
        Block((_date_line(draft),), left=0.64, top=0.315),
        *_text(subject, lines, draft),
        *_ending(sender, draft),
    ]


def _private(sender: str, street: str, place: str, subject: str, lines: list[str], draft: _Draft) -> list[Block]:
    phone = ("Tel. 037754 / 2210",) if draft.dice.random() < 0.4 else ()
    day = _date_line(draft)
    right = draft.dice.random() < 0.6
    return [
        Block((sender, street, place, *phone), top=0.06),
        *([Block((day,), left=0.62, top=0.07)] if right else []),
        Block(_own(draft), top=0.2),
        *([] if right else [Block((day,))]),
        *_text(subject, lines, draft),
        *_ending(sender, draft),
    ]


def _right(sender: str, street: str, place: str, subject: str, lines: list[str], draft: _Draft) -> list[Block]:
    born = (f"geb. {draft.dice.randint(1, 28):02d}.{draft.dice.randint(1, 12):02d}.19{draft.dice.randint(45, 99)}",)
    other = "stranger" in draft.template.flags or "born" in draft.fills
    return [
        Block((sender, street, place, *(() if other or draft.dice.random() < 0.6 else born)), left=0.62, top=0.06),
        Block(_own(draft), top=0.17),
        Block((_date_line(draft),), left=0.62),
        *_text(subject, lines, draft),
        *_ending(sender, draft),
    ]


def _bare(sender: str, street: str, place: str, subject: str, lines: list[str], draft: _Draft) -> list[Block]:
    return [
        Block(_own(draft), top=0.07),
        Block((_date_line(draft),), left=draft.dice.choice([0.11, 0.6])),
        *_text(subject, lines, draft),
        *_ending(sender, draft, (street, place)),
    ]


def _mail(sender: str, subject: str, lines: list[str], draft: _Draft) -> list[Block]:
    box = re.sub(
        r"[^a-z]+", ".", sender.casefold().replace("ü", "ue").replace("ö", "oe").replace("ß", "ss").replace("ä", "ae")
    ).strip(".")
    day = draft.day
    weekday = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")[day.weekday()]
    sent = draft.dice.choice(
        [
            f"Gesendet: {weekday}, {day.day}. {MONTHS[day.month - 1]} {day.year} 18:42",
            f"Datum: {day:%d.%m.%Y}, 07:15 Uhr",
            f"Gesendet: {day:%d.%m.%Y 21:03}",
        ]
    )
    return [
        Block(
            (f"Von: {sender} <{box}@post.example>", sent, "An: poststelle@zwoenau.example", f"Betreff: {subject}"),
            top=0.07,
        ),
        *(Block((line,)) for line in lines),
        *_ending(sender, draft),
    ]


def _form(sender: str, street: str, place: str, subject: str, lines: list[str], draft: _Draft) -> list[Block]:
    day = draft.day
    named = any("{name}" in line for line in draft.template.lines)
    head = (
        ()
        if named
        else (f"Name, Vorname: {' '.join(sender.split()[1:])}, {sender.split()[0]}", f"Anschrift: {street}, {place}")
    )
    draft.fields.update(("form", line) for line in (*head, *lines) if _is_field(line))
    return [
        Block(("Stadtverwaltung Zwönau",), top=0.06, size=0.85),
        Block((subject,), bold=True, size=1.2),
        *(Block((line,)) for line in head),
        *(
            Block(
                (
                    line.replace(sender, f"{' '.join(sender.split()[1:])}, {sender.split()[0]}")
                    if line.startswith("Name")
                    else line,
                )
            )
            for line in lines
        ),
        Block((f"Zwönau, {day:%d.%m.%Y}",)),
        Block((sender,), hand=True),
        Block(("Ort, Datum, Unterschrift",), size=0.7),
    ]


def _is_field(line: str) -> bool:
    label, colon, value = line.partition(": ")
    return bool(colon and value) and len(label.split()) <= 4 and "." not in label and "{" not in line


def _of_organisation(
    sender: str, signed: str, street: str, place: str, subject: str, lines: list[str], draft: _Draft
) -> list[Block]:
    dice = draft.dice
    head = Block((sender,), left=dice.choice([0.11, 0.5, 0.3]), top=0.045, size=dice.choice([1.3, 1.6]), bold=True)
    phone = f"Tel. 0{dice.randint(3000, 3999)} {dice.randint(10000, 99999)}"
    back = Block((f"{sender} · {street} · {place}",), top=0.155, size=0.72)
    own = Block(_own(draft), top=0.18)
    sign = f"{dice.choice(['mk', 'RA', 'Kd', 'VW'])}-{dice.randint(100, 999)}/26"
    day = draft.day
    kind = dice.randint(0, 3)
    if kind < 2:
        draft.fields.add(("foreign", sign))
    if kind == 0:
        side = Block((f"Datum: {day:%d.%m.%Y}", f"Unser Zeichen: {sign}", phone), left=0.64, top=0.18, size=0.85)
        top = [head, back, own, side]
    elif kind == 1:
        row = Block((f"Ihr Zeichen: -   Unser Zeichen: {sign}   Datum: {day:%d.%m.%Y}",), top=0.31, size=0.85)
        top = [head, back, own, row]
    elif kind == 2:
        side = Block((street, place, phone), left=0.68, top=0.05, size=0.8)
        top = [replace(head, left=0.11), side, own, Block((_date_line(draft),), left=0.62, top=0.31)]
    else:
        top = [head, Block((f"{street}, {place}",), size=0.8, top=0.09), own, Block((_date_line(draft),))]
    foot = Block((f"{sender} | {street} | {place} | {phone}", "IBAN DE02 1203 0000 0000 2020 51"), top=0.93, size=0.62)
    ending = _ending(signed, draft, (dice.choice(["Sachbearbeitung", "Geschäftsführung", "Vorstand"]),))
    return [*top, *_text(subject, lines, draft), *ending, *([foot] if dice.random() < 0.5 else [])]
