"""Measure recognition: a case directory in memory, letters with the truth about them, and what was right."""

from __future__ import annotations

import csv
import json
import re
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date
from datetime import date as Day
from pathlib import Path

from mailroom.classifiers.knowledge import Knowledge
from mailroom.classifiers.thresholds import STRONG
from mailroom.fields.values import Extracted
from mailroom.matching.identifiers import case_identifiers
from mailroom.ports import KnownCase, PageText, Recommendation, Suggestion
from mailroom.registers import Office, PlanClass, Registers
from mailroom.stages.extract import extract
from mailroom.stages.suggest import suggest

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
        for row in rows(folder / "cases.jsonl"):
            case = KnownCase(row["reference"], row["class"], row["unit"], row["title"], row["file_key"], "open")
            self._cases[case.reference] = case
            keys[row["key"]] = case.reference
        for row in rows(folder / "documents.jsonl"):
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
    channel: str = ""
    """By which it came."""
    fields: tuple[tuple[str, str], ...] | None = None
    """Values that stand in it by kind (``FIELDS``); None where not known."""
    language: str = ""


def rows(path: Path) -> list[dict[str, str]]:
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


@dataclass
class Score:
    """What was right over a set of letters, by what was asked."""

    asked: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    pages: int = 0
    answers: list[tuple[float, bool]] = field(default_factory=list)
    """Score of each answer, and whether type, class and case were right."""
    labelled: list[tuple[float, bool]] = field(default_factory=list)
    """The same for type and class alone, as plain methods are measured."""

    def count(self, what: str, good: bool) -> bool:
        """Count one answer."""
        self.asked[what] += 1
        self.right[what] += good
        return good

    def add(
        self, letter: Letter, fields: Extracted, said: Suggestion, registers: Registers, seconds: float
    ) -> list[str]:
        """Count one letter; say what was wrong."""
        self.seconds += seconds
        self.pages += max(len(letter.pages), 1)
        kind = said.document_type == letter.document_type
        notation = said.class_notation == letter.class_notation
        placed = said.case == letter.case if letter.whole else said.case in (None, letter.case) or letter.case is None
        filed = kind and notation and placed
        process = said.process == process_of(letter, registers)
        verdicts = {"process": process, "type": kind, "class": notation, "both": kind and notation}
        if not letter.phrase:
            verdicts["both, no phrase"] = kind and notation
        if letter.unit:
            verdicts["unit"] = said.unit == letter.unit
        if letter.sender:
            verdicts["sender"] = _plain_name(said.sender or "") == _plain_name(letter.sender)
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
        self.labelled.append((said.score, kind and notation))
        self.count("process sure", said.process_score >= STRONG)
        if said.process_score >= STRONG:
            verdicts["process sure right"] = process
        verdicts |= self._fields(letter, fields)
        for what, good in verdicts.items():
            self.count(what, good)
        return [what for what, good in verdicts.items() if not good]

    def _fields(self, letter: Letter, fields: Extracted) -> dict[str, bool]:
        """Count the values of fields: those that are there and found, and those said that are there."""
        verdicts = {"language": fields.language == letter.language} if letter.language else {}
        if letter.fields is None:
            return verdicts
        said = said_fields(fields)
        for what in FIELDS:
            wanted = {value for kind, value in letter.fields if kind == what}
            for value in wanted:
                self.count(what, value in said[what])
            if what in _COMPLETE:
                for value in said[what]:
                    self.count(f"{what} said", value in wanted)
        return verdicts

    def fields_line(self) -> str:
        """What was right of the fields, with how many there were."""
        names = [name for what in FIELDS for name in (what, f"{what} said")] + ["language"]
        asked = [name for name in names if self.asked[name]]
        return "  fields: " + " | ".join(f"{name} {self.share(name)} of {self.asked[name]}" for name in asked)

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


def _plain_name(name: str) -> str:
    """A sender's name without titles, quotation marks and capitals."""
    bare = re.sub(r"\b(dr|prof|med|dent|vet|dipl-ing|herr|frau|familie)\b\.?|[\"„“”»«]", " ", name.casefold())
    return " ".join(bare.split())


FIELDS = ("amount", "iban", "foreign", "recipient", "form", "ticked")
_COMPLETE = ("amount", "iban", "foreign", "recipient", "ticked")
"""Kinds of which the truth names all that stand in a letter."""


def said_fields(fields: Extracted) -> dict[str, set[str]]:
    """The values that extraction found, by kind."""
    of_form = [one for one in fields.forms if one.name not in ("recipient", "ticked")]
    return {
        "amount": {one.value for one in fields.amounts},
        "iban": {one.value for one in fields.references if one.key == "iban"},
        "foreign": {one.value for one in fields.signs},
        "recipient": {one.value for one in fields.forms if one.name == "recipient"},
        "form": {f"{one.name}: {one.value}" for one in of_form},
        "ticked": {one.value for one in fields.forms if one.name == "ticked"},
    }


def process_of(letter: Letter, registers: Registers) -> str | None:
    """The process of a letter: the one that its type or class starts, else the only one that takes such papers in."""
    started = registers.process_of(letter.document_type, letter.class_notation)
    taking = registers.processes_taking(letter.document_type, letter.class_notation) if not started else []
    return started or (taking[0] if len(taking) == 1 else None)


_COLUMNS = (
    "type", "class", "both", "both, no phrase", "unit", "process", "process sure", "process sure right",
    "strong", "strong right", "sender", "date", "case", "deadline", "deadline said", "deadlines",
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
        said = suggest(pages, fields, registers, cases, knowledge, received=letter.received, channel=letter.channel)
        wrong = score.add(letter, fields, said, registers, time.process_time() - began)
        if verbose and wrong:
            print(_told(letter, said, wrong))
    print(score.line(name))
    if any(score.asked[what] for what in FIELDS):
        print(score.fields_line())
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
