"""Letters in everyday words, each template in a layout drawn by a seed: the first sets to measure with."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from benchmarks.measuring import EVERYDAY, Letter, MemoryCases
from mailroom.ports import KnownCase

_GIVEN = [
    "Uwe",
    "Annett",
    "Jürgen",
    "Heike",
    "Mehmet",
    "Sabine",
    "Thi-Mai",
    "Olaf",
    "Gudrun",
    "Kevin",
    "Zoë",
    "René",
    "Ayşe",
]
_SURNAMES = [
    "Colditz",
    "Grießbach",
    "Nestler",
    "Müller-Lenk",
    "Yılmaz",
    "Schönherr",
    "Kaden",
    "Oertel",
    "Voß",
    "Petrow",
]
_STREETS = ["Lindenweg", "Am Wehr", "Karl-Marx-Straße", "Obere Schulgasse", "Töpferberg", "An der Brauerei"]
MONTHS = [
    *("Januar", "Februar", "März", "April", "Mai", "Juni"),
    *("Juli", "August", "September", "Oktober", "November", "Dezember"),
]
_SALUTATIONS = [
    "Sehr geehrte Damen und Herren,",
    "Guten Tag,",
    "Sehr geehrte Frau Wallroth,",
    "Hallo,",
    "Liebes Team vom Amt,",
    "",
]
_CLOSINGS = [
    "Mit freundlichen Grüßen",
    "Viele Grüße",
    "MfG",
    "Hochachtungsvoll",
    "Freundliche Grüße",
    "Mit freundlichem Gruß",
]


@dataclass
class Template:
    """A wording with its labels, as a data file has it."""

    document_type: str | None
    class_notation: str
    flags: list[str]
    org: str
    lines: list[str] = field(default_factory=list)


def templates(path: Path) -> list[Template]:
    """The wordings of a data file."""
    result: list[Template] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("@"):
            kind, notation, flags = line[1:].split("|")
            org = flags.partition("org=")[2] if "org=" in flags else ""
            names = flags.partition("org=")[0].split()
            result.append(Template(kind or None, notation, names, org))
        elif line.strip() and not line.startswith("#"):
            result[-1].lines.append(line.strip())
    return result


def everyday(cases: MemoryCases, seed: int = 7, path: Path = EVERYDAY) -> list[Letter]:
    """Each template once, in a layout drawn by the seed."""
    dice = random.Random(seed)
    return [_compose(template, cases, dice) for template in templates(path)]


def _compose(template: Template, cases: MemoryCases, dice: random.Random) -> Letter:
    case, fills = case_fills(template, cases, dice)
    given, surname = dice.choice(_GIVEN), dice.choice(_SURNAMES)
    name = fills.get("name") or f"{given} {surname}"
    street = fills.get("street") or f"{dice.choice(_STREETS)} {dice.randint(1, 99)}{dice.choice(['', '', 'a', 'b'])}"
    fills |= {"name": name, "street": fills.get("place") or street}
    subject, *body = [_fill(line, fills) for line in template.lines]
    day = date(2026, 1, 5) + timedelta(days=dice.randint(0, 150))
    sender = template.org or name
    lines = _head(sender, fills["street"], day, dice, bool(template.org), fills.get("born") or "04.07.1961")
    if subject != "-":
        lines.append(dice.choice(["", "Betreff: "]) + subject)
    lines += [dice.choice(_SALUTATIONS), *body]
    if dice.random() < 0.3:
        lines.append(f"Bitte antworten Sie mir bis zum {(day + timedelta(days=21)).strftime('%d.%m.%Y')}.")
    lines.append(dice.choice(_CLOSINGS))
    lines.append(f"{given} {surname}" if template.org else name)
    text = "\n".join(line for line in lines if line)
    reference = case.reference if case else None
    return Letter(text, template.document_type, template.class_notation, sender, day.isoformat(), reference)


def _fill(line: str, fills: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: fills.get(match.group(1), ""), line)


def _head(sender: str, street: str, day: date, dice: random.Random, org: bool, born: str) -> list[str]:
    shown = [
        day.strftime("%d.%m.%Y"),
        f"{day.day}. {MONTHS[day.month - 1]} {day.year}",
        f"Zwönau, den {day.strftime('%d.%m.%Y')}",
        f"Zwönau, {day.day}.{day.month}.{day.year}",
        f"Datum: {day.strftime('%d.%m.%y')}",
    ][dice.randint(0, 4)]
    own = dice.choice(["Stadtverwaltung Zwönau", "Stadt Zwönau", "Stadtverwaltung Zwönau, Markt 1, 09999 Zwönau"])
    address = [own] if "Markt" in own else [own, "Markt 1", "09999 Zwönau"]
    place = "08056 Zwickau" if org else "09999 Zwönau"
    layout = dice.randint(0, 3)
    if layout == 0:
        return [f"{sender}, {street}, {place}", *address, shown]
    if layout == 1:
        return [sender, street, place, *address, shown]
    if layout == 2:
        return [sender, street, place, "Tel. 0371 123456", shown, *address]
    return [
        f"{sender} · {street} · {place}",
        *address,
        f"Geburtsdatum: {born}" if not org else "Ihr Zeichen:",
        shown,
    ]


def case_fills(template: Template, cases: MemoryCases, dice: random.Random) -> tuple[KnownCase | None, dict[str, str]]:
    """A case of the class that has all that the letter quotes, and the values for it."""
    fills: dict[str, str] = {}
    wanted = [flag for flag in template.flags if flag != "case"]
    if "case" not in template.flags:
        return None, fills
    able = [case for case in cases.all() if case.class_notation == template.class_notation]
    dice.shuffle(able)
    for case in able:
        text = cases.texts[case.reference][0]
        values = _values(case, text)
        if all(values.get(key) for key in wanted):
            return case, values
    return None, {
        "kz": "22.1234567.8", "chip": "276098100999888", "plate": "ZWN-QQ 11", "born": "01.02.1960",
        "ref": "99.1-2020/000001",
        "company": "Beispiel Laden GmbH", "project": "Winterleuchten", "parcel": "Flurstück 12/3",
        "fin": "WVWZZZ1KZAW000001",
    }  # fmt: skip


def _values(case: KnownCase, text: str) -> dict[str, str]:
    def first(pattern: str, source: str = text) -> str:
        match = re.search(pattern, source)
        return match.group(1) if match else ""

    keyed = re.match(r"([^,]+), ([^,]+), geb\. (\S+)", case.file_key)
    name = (
        f"{keyed.group(2)} {keyed.group(1)}"
        if keyed
        else first(r"([A-ZÄÖÜ][\w-]+ [A-ZÄÖÜ]\w+)(?:, geb|,? [A-ZÄÖÜ]\w+(?:stra|weg))")
    )
    return {
        "name": name,
        "born": keyed.group(3) if keyed else first(r"geb(?:oren am|\.) (\d\d\.\d\d\.\d{4})"),
        "ref": case.reference,
        "kz": first(r"Kassenzeichen (\d\d\.\d{7}\.\d)"),
        "chip": first(r"(276\d{12})"),
        "plate": first(r"(ZWN-[A-Z]{1,2} \d{1,4})"),
        "fin": case.file_key if re.fullmatch(r"\w{17}", case.file_key) else "",
        "project": case.file_key,
        "company": case.file_key.split(",")[0],
        "parcel": first(r"(Flurstück [\d/]+)"),
        "street": first(rf"{re.escape(name)}(?:, geb(?:oren am|\.) [\d.]+)?, ((?:[A-ZÄÖÜ][\w.-]+ ){{1,2}}\d+[a-z]?)")
        if name
        else "",
        "vnr": first(r"(V-\d{4}-\d{6})"),
        "court": first(r"(\d{1,2} [A-Z]{1,2} \d{1,5}/\d\d)"),
        "regno": first(r"\b([GES] \d{1,5}/\d{4})"),
        "place": first(r"((?:[A-ZÄÖÜ][\w.-]+ )?[A-ZÄÖÜ][\w.-]+ \d+[a-z]?)(?:, 09999|, Zwönau|,|: )"),
    }


# --- noise like OCR's ---------------------------------------------------------------------------------------------

_SLIPS = {
    "ü": "ii",
    "ß": "B",
    "l": "1",
    "rn": "m",
    "e": "c",
    "0": "O",
    "5": "S",
    "ö": "o",
    "ä": "a",
    "h": "b",
    "i": "l",
}


def noisy(text: str, dice: random.Random, rate: float = 0.02) -> str:
    """Some letters replaced as OCR does, some lost."""
    out = []
    for char in text:
        roll = dice.random()
        if roll < rate and char in _SLIPS:
            out.append(_SLIPS[char])
        elif roll > 1 - rate / 8 and char != "\n":
            continue
        else:
            out.append(char)
    return "".join(out)
