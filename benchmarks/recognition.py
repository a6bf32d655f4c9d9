"""Measure recognition: type, class, sender, date, case, and how right ``strong`` is, on letters not learned from.

    python -m benchmarks.recognition [--verbose]

Letters to measure on: ``benchmarks/data/everyday.txt`` and ``fresh.txt`` (our own, in everyday words, never learned
from), set in several layouts, with people, numbers and cases of ``../shared/city_letters/cases`` where it is present;
and ``../shared/city_letters/letters.jsonl``, with a model that learned from the everyday sentences only.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import re
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from datetime import date as Day
from pathlib import Path
from typing import TYPE_CHECKING

from mailroom.classifiers.knowledge import Knowledge, Sample, learn, read_samples
from mailroom.identifiers import case_identifiers
from mailroom.ports import KnownCase, PageText, Recommendation, Suggestion
from mailroom.registers import Office, PlanClass, Registers
from mailroom.stages.extract import extract
from mailroom.stages.suggest import suggest

if TYPE_CHECKING:
    from benchmarks.letters import Composed

ROOT = Path(__file__).resolve().parents[1]
CITY = ROOT / "erecords" / "sample_city" / "data"
SHARED = ROOT.parent / "shared" / "city_letters"
EVERYDAY = Path(__file__).parent / "data" / "everyday.txt"
FRESH = Path(__file__).parent / "data" / "fresh.txt"
TRAINING = CITY / "training_letters.jsonl"


class MemoryCases:
    """A case directory in memory, from the files that ``case import`` reads."""

    def __init__(self, folder: Path | None, registers: Registers) -> None:
        self._cases: dict[str, KnownCase] = {}
        self._pairs: dict[str, frozenset[tuple[str, str]]] = {}
        self._index: dict[tuple[str, str], list[str]] = defaultdict(list)
        self.texts: dict[str, list[str]] = defaultdict(list)
        if folder is None or not folder.exists():
            return
        keys = {}
        for row in _rows(folder / "cases.jsonl"):
            case = KnownCase(row["reference"], row["class"], row["unit"], row["title"], row["file_key"], "open")
            self._cases[case.reference] = case
            keys[row["key"]] = case.reference
        for row in _rows(folder / "documents.jsonl"):
            self.texts[keys[row["case"]]].append(row["text"])
        for reference, case in self._cases.items():
            pairs = case_identifiers(case.title, case.file_key, self.texts[reference], registers)
            self._pairs[reference] = pairs
            for pair in pairs:
                self._index[pair].append(reference)

    def all(self) -> list[KnownCase]:
        """All cases."""
        return list(self._cases.values())

    def by_reference(self, reference: str) -> KnownCase | None:
        """See ``CaseDirectory``."""
        return self._cases.get(reference)

    def by_words(self, class_notation: str, words: tuple[str, ...]) -> tuple[KnownCase, ...]:
        """See ``CaseDirectory``."""
        return tuple(
            case
            for case in self._cases.values()
            if case.class_notation == class_notation
            and all(word.casefold() in f"{case.title} {case.file_key}".casefold() for word in words)
        )

    def by_identifier(self, key: str, value: str) -> tuple[KnownCase, ...]:
        """See ``CaseDirectory``."""
        return tuple(self._cases[reference] for reference in self._index.get((key, value), ())[:200])

    def identifiers(self, reference: str) -> frozenset[tuple[str, str]]:
        """See ``CaseDirectory``."""
        return self._pairs.get(reference, frozenset())


_RECEIVED = date(2026, 6, 15)


@dataclass(frozen=True)
class Letter:
    """A letter with the truth about it."""

    text: str
    document_type: str | None
    class_notation: str
    sender: str = ""
    date: str = ""
    case: str | None = None
    unit: str = ""
    collective: bool = False
    deadlines: tuple[str, ...] | None = None
    """Last days that it names; None where that is not known."""
    phrase: bool = True
    """Whether a strong phrase of its type stands in it."""
    received: Day = _RECEIVED
    pages: tuple[PageText, ...] = ()
    whole: bool = False
    """Whether all of the above is known, also that it belongs to no case."""


def of_composed(letter: Composed, pages: tuple[PageText, ...] = ()) -> Letter:
    """A composed letter with what was read of it; without that its text as it was written."""
    truth = letter.truth
    if not pages:
        pages = tuple(PageText(n, 595.0, 842.0, text, (), "digital", 1.0) for n, text in enumerate(letter.texts, 1))
    return Letter(
        "\f".join(page.text for page in pages), truth.document_type, truth.class_notation, truth.sender, truth.date,
        truth.case, truth.unit, truth.collective, truth.deadlines, truth.phrase, truth.received, pages, True,
    )  # fmt: skip


def _rows(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def city_registers() -> Registers:
    """The registers of the sample city."""
    with (CITY / "offices.csv").open(encoding="utf-8", newline="") as stream:
        offices = {r["id"]: Office(r["id"], r["title"], r["mailbox"], r["parent"]) for r in csv.DictReader(stream)}
    with (CITY / "filing_plan.csv").open(encoding="utf-8", newline="") as stream:
        plan = {
            r["notation"]: PlanClass(r["notation"], r["title"], r["scope"], r["file_kind"], r["file_key"], r["office"])
            for r in csv.DictReader(stream)
        }
    return Registers.load(CITY, own_names=("Stadtverwaltung Zwönau", "Stadt Zwönau"), offices=offices, plan=plan)


# --- letters in everyday words -------------------------------------------------------------------------------------

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
_MONTHS = [
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
class _Template:
    document_type: str | None
    class_notation: str
    flags: list[str]
    org: str
    lines: list[str] = field(default_factory=list)


def _templates(path: Path) -> list[_Template]:
    result: list[_Template] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("@"):
            kind, notation, flags = line[1:].split("|")
            org = flags.partition("org=")[2] if "org=" in flags else ""
            names = flags.partition("org=")[0].split()
            result.append(_Template(kind or None, notation, names, org))
        elif line.strip() and not line.startswith("#"):
            result[-1].lines.append(line.strip())
    return result


def everyday(cases: MemoryCases, seed: int = 7, path: Path = EVERYDAY) -> list[Letter]:
    """Each template once, in a layout drawn by the seed."""
    dice = random.Random(seed)
    return [_compose(template, cases, dice) for template in _templates(path)]


def _compose(template: _Template, cases: MemoryCases, dice: random.Random) -> Letter:
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
        f"{day.day}. {_MONTHS[day.month - 1]} {day.year}",
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


def case_fills(template: _Template, cases: MemoryCases, dice: random.Random) -> tuple[KnownCase | None, dict[str, str]]:
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


# --- measuring ----------------------------------------------------------------------------------------------------


@dataclass
class Score:
    """What was right over a set of letters, by what was asked."""

    asked: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    pages: int = 0
    answers: list[tuple[float, bool]] = field(default_factory=list)

    def count(self, what: str, good: bool) -> bool:
        """Count one answer."""
        self.asked[what] += 1
        self.right[what] += good
        return good

    def add(self, letter: Letter, said: Suggestion, seconds: float) -> list[str]:
        """Count one letter; say what was wrong."""
        self.seconds += seconds
        self.pages += max(len(letter.pages), 1)
        kind = said.document_type == letter.document_type
        notation = said.class_notation == letter.class_notation
        placed = said.case == letter.case if letter.whole else said.case in (None, letter.case) or letter.case is None
        filed = kind and notation and placed
        verdicts = {"type": kind, "class": notation, "both": kind and notation}
        if not letter.phrase:
            verdicts["both, no phrase"] = kind and notation
        if letter.unit:
            verdicts["unit"] = said.unit == letter.unit
        if letter.sender:
            verdicts["sender"] = said.sender == letter.sender
        if letter.date:
            verdicts["date"] = said.date == letter.date
        if letter.case and not letter.collective:
            verdicts["case"] = said.case == letter.case
        if said.case and not any(reason.name.startswith("collective") for reason in said.reasons):
            verdicts["case said"] = said.case == letter.case
        for day in letter.deadlines or ():
            self.count("deadline", any(one.date == day and one.page for one in said.deadlines))
        if letter.deadlines is not None:
            for one in said.deadlines:
                if one.page:
                    self.count("deadline said", one.date in letter.deadlines)
            verdicts["deadlines"] = {one.date for one in said.deadlines if one.page} == set(letter.deadlines)
        self.count("strong", said.recommendation == Recommendation.STRONG)
        if said.recommendation == Recommendation.STRONG:
            verdicts["strong right"] = filed
        self.answers.append((said.score, filed))
        for what, good in verdicts.items():
            self.count(what, good)
        return [what for what, good in verdicts.items() if not good]

    def share(self, what: str) -> str:
        """The share that was right."""
        return f"{self.right[what] / self.asked[what]:.3f}" if self.asked[what] else "-"

    def line(self, name: str) -> str:
        """One line of the report."""
        cells = [f"{what} {self.share(what)}" for what in _COLUMNS if self.asked[what]]
        wrong = self.asked["case said"] - self.right["case said"]
        return (
            f"{name}: {self.asked['type']} letters | {' | '.join(cells)}"
            f" | cases wrong {wrong} of {self.asked['case said']} | cover@99 {_covered(self.answers, 0.99):.3f}"
            f" | {1000 * self.seconds / max(self.pages, 1):.0f} ms a page"
        )

    def picture(self) -> str:
        """How much is answered at which precision, best score first, as a bar chart."""
        rows, right = [], 0
        ranked = sorted(self.answers, key=lambda answer: -answer[0])
        marks = {round(len(ranked) * tenth / 10) for tenth in range(1, 11)}
        for count, (score, good) in enumerate(ranked, start=1):
            right += good
            if count in marks:
                bar = "#" * round(40 * right / count)
                rows.append(
                    f"  {count / len(ranked):4.0%} answered  {bar:40} {right / count:.3f}  (score from {score:.2f})"
                )
        return "\n".join(rows)


_COLUMNS = (
    "type", "class", "both", "both, no phrase", "unit", "strong", "strong right", "sender", "date", "case", "deadline",
    "deadline said", "deadlines",
)  # fmt: skip


def _covered(answers: list[tuple[float, bool]], precision: float) -> float:
    """Largest share that can be answered, best score first, at that precision."""
    right, best = 0, 0
    for count, (_, good) in enumerate(sorted(answers, key=lambda answer: -answer[0]), start=1):
        right += good
        if right / count >= precision:
            best = count
    return best / len(answers) if answers else 0.0


def measure(
    name: str,
    letters: list[Letter],
    registers: Registers,
    cases: MemoryCases,
    knowledge: Knowledge,
    verbose: bool = False,
) -> Score:
    """Run all letters through extraction and suggestion."""
    score = Score()
    for letter in letters:
        pages = letter.pages or (PageText(1, 595.0, 842.0, letter.text, (), "ocr", 0.9),)
        began = time.process_time()
        fields = extract(pages, registers, received=letter.received)
        said = suggest(pages, fields, registers, cases, knowledge, received=letter.received)
        wrong = score.add(letter, said, time.process_time() - began)
        if verbose and wrong:
            print(_told(letter, said, wrong))
    print(score.line(name))
    if verbose:
        print(score.picture())
    return score


def _told(letter: Letter, said: Suggestion, wrong: list[str]) -> str:
    """What was wrong with one letter, with its beginning and its end."""
    days = [one.date for one in said.deadlines if one.page]
    return (
        f"  {','.join(wrong)}: {said.recommendation.value} {said.score:.2f}\n"
        f"    {letter.document_type}|{letter.class_notation} -> {said.document_type}|{said.class_notation}"
        f" {said.alternatives}\n"
        f"    case {letter.case} -> {said.case} {said.candidates[:3]}  sender {letter.sender!r} -> {said.sender!r}\n"
        f"    date {letter.date} -> {said.date}  deadlines {letter.deadlines} -> {days} (received {letter.received})\n"
        f"    {letter.text!r}"
    )


def other_author(registers: Registers, samples: list[Sample]) -> None:
    """City letters, learned from the everyday sentences only: other texts, by another hand."""
    letters = []
    for row in _rows(SHARED / "letters.jsonl"):
        lines = row["text"].split("\n")
        iso = "-".join(reversed(lines[2].split(".")))
        letters.append(Letter(row["text"], row["document_type"], row["class"], lines[0].split(",")[0], iso))
    knowledge = learn([sample for sample in samples if sample.source.startswith("e")], registers)
    measure("city letters, not learned", letters, registers, MemoryCases(None, registers), knowledge)
    measure("city letters, untrained", letters, registers, MemoryCases(None, registers), learn((), registers))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    registers = city_registers()
    cases = MemoryCases(SHARED / "cases", registers)
    samples = list(read_samples(TRAINING))
    began = time.perf_counter()
    knowledge = learn(samples, registers)
    seconds = time.perf_counter() - began
    print(f"learned from {knowledge.samples} samples in {seconds:.1f} s; {knowledge.calibration.accuracy:.3f} unseen")
    letters = everyday(cases)
    dice = random.Random(11)
    measure("everyday words", letters, registers, cases, knowledge, options.verbose)
    more = [letter for seed in (21, 22, 23) for letter in everyday(cases, seed)]
    measure("everyday, other layouts", more, registers, cases, knowledge)
    slips = [Letter(noisy(x.text, dice), x.document_type, x.class_notation, x.sender, x.date, x.case) for x in more]
    measure("everyday, slips like OCR's", slips, registers, cases, knowledge)
    fresh = [letter for seed in (31, 32) for letter in everyday(cases, seed, FRESH)]
    measure("fresh, written last", fresh, registers, cases, knowledge, options.verbose)
    measure("everyday, untrained", letters, registers, cases, learn((), registers))
    if SHARED.exists():
        other_author(registers, samples)


if __name__ == "__main__":
    main()
