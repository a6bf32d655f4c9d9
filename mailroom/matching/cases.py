"""Find the open case that a letter belongs to: clues weighed per candidate, against the chance that there is none."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date

from rapidfuzz import fuzz

from erecords.search.language.words import form
from mailroom.classifiers.text import fold
from mailroom.fields import people as persons
from mailroom.fields.given_names import is_given
from mailroom.fields.values import Extracted, Person
from mailroom.matching.identifiers import (
    address_value,
    compact,
    company_sound,
    company_value,
    labelled_numbers,
    name_value,
    person_pairs,
    sound,
    title_words,
)
from mailroom.ports import CaseDirectory, KnownCase, PageText, Reason, Reference
from mailroom.registers import PlanClass, Registers

NONE = 2.2
"""Score of the answer that no open case fits."""
NAMED = 0.8
"""A case is named from this probability on; below it is only proposed."""
_WEIGHTS = {
    "vorgangsnummer": 7.0,
    "kassenzeichen": 6.5,
    "chipnummer": 6.0,
    "fin": 6.5,
    "gericht_az": 6.0,
    "registernummer": 5.5,
    "demis_id": 7.0,
    "submission_id": 7.0,
    "service_request_id": 6.0,
    "registergericht": 5.5,
    "steuermarke": 4.5,
    "kfz_kennzeichen": 4.8,
    "flurstueck": 4.0,
    "iban": 2.5,
}
_OTHER_REFERENCE = 4.0
_PERSON_FACTOR = {"person": 1.0, "company": 0.8, "parcel": 0.8, "case": 0.8, "register_entry": 0.8, "project": 0.6}
_VEHICLE_FACTOR = 0.45
_CLASS_MOST = 3.2
_NO_LOOKUP = {"betrag", "rechnungsnummer", "leitweg_id"}
_MANY = 200
_MOST = 60
_MAX_WORDS = 250
_MAX_TEXT = 20_000
_LABELLED_NUMBER = 5.0
_SAME_NAME = 85
_CALLED_BY_TITLE = {"project", "case", "none", "process", "year"}
_MOST_OF_TITLE, _WORDS_OF_TITLE, _BY_PARTS = 0.6, 4.2, 0.8
"""Share of a title that must be there, the weight of all of it, and what the parts of a compound are worth."""


@dataclass
class Candidate:
    """A case with the clues for and against it."""

    case: KnownCase
    reasons: list[Reason] = field(default_factory=list)
    own_reference: bool = False
    touched: int = 0
    """How many look-ups led to it."""

    @property
    def weight(self) -> float:
        """Sum of the clues."""
        return sum(reason.weight for reason in self.reasons)


@dataclass(frozen=True)
class Match:
    """The answer to where a letter belongs."""

    case: KnownCase | None
    probability: float
    """That the named case is right; without a case, that none is."""
    reasons: tuple[Reason, ...] = ()
    candidates: tuple[str, ...] = ()
    ambiguous: bool = False
    closed: tuple[str, ...] = ()
    """References of cases that the letter quotes, but which are not open."""


def quoted(extracted: Extracted, directory: CaseDirectory) -> list[tuple[Reference, KnownCase]]:
    """References of the letter that a case has or had; a sender's own sign is none."""
    found = []
    for reference in extracted.references:
        if reference.role == "foreign" or reference.key in _NO_LOOKUP:
            continue
        case = directory.by_reference(reference.value)
        if case is not None:
            found.append((reference, case))
    return found


def candidates(
    pages: tuple[PageText, ...],
    extracted: Extracted,
    registers: Registers,
    directory: CaseDirectory,
    references: Iterable[tuple[Reference, KnownCase]],
) -> list[Candidate]:
    """All open cases that anything in the letter points to, with their clues (not yet the class)."""
    pool: dict[str, Candidate] = {}
    for reference, case in references:
        if case.state == "open":
            candidate = pool.setdefault(case.reference, Candidate(case))
            candidate.own_reference = True
            candidate.reasons.append(Reason("reference", 9.0, reference.page, reference.text))
    for reference in extracted.references:
        if reference.key in _NO_LOOKUP or reference.role == "foreign":
            continue
        weight = _WEIGHTS.get(reference.key, _OTHER_REFERENCE)
        _add(
            pool,
            directory,
            (reference.key, compact(reference.value)),
            weight,
            reference.key,
            reference.page,
            reference.text,
        )
    for page in pages[:3]:
        for value, says in labelled_numbers(page.text[:_MAX_TEXT]):
            _add(pool, directory, ("number", value), _LABELLED_NUMBER, "number", page.number, says)
    people = _people(pages, extracted)
    for person in people:
        for pair in person_pairs(person):
            _touch(pool, directory, pair)
    for address in extracted.addresses[:6]:
        _touch(pool, directory, ("address", address_value(address)))
    for name in _companies(extracted):
        _touch(pool, directory, ("company", company_value(name)))
        _touch(pool, directory, ("sound-company", company_sound(name)))
    if not any(candidate.own_reference for candidate in pool.values()):
        _touch_titles(pool, directory, pages)
    text = f" {re.sub(r'[^a-z0-9]+', ' ', fold(chr(10).join(page.text for page in pages)))} "
    stems = _stems(text)
    nearest = sorted(pool.values(), key=lambda row: (-row.weight, -row.touched, row.case.reference))[:_MOST]
    for candidate in nearest:
        _weigh(candidate, directory, people, extracted, registers, text, stems)
    return nearest


def _people(pages: tuple[PageText, ...], extracted: Extracted) -> list[Person]:
    """People of the letter; after them other runs of words that could be names, without date of birth."""
    known = {(name_value(p.surname), name_value(p.given)) for p in extracted.people}
    result = list(extracted.people)
    for page in pages[:3]:
        for person in persons.named_in_text(page.text[:6_000], page.number):
            key = (name_value(person.surname), name_value(person.given))
            if key not in known and is_given(person.given):
                known.add(key)
                result.append(person)
    return result[:40]


def _companies(extracted: Extracted) -> list[str]:
    names = list(extracted.companies[:5])
    if extracted.sender is not None:
        names.append(extracted.sender.value)
    return list(dict.fromkeys(names))


def _touch(pool: dict[str, Candidate], directory: CaseDirectory, pair: tuple[str, str]) -> None:
    found = directory.by_identifier(*pair) if pair[1] else ()
    if len(found) < _MANY:
        for case in found:
            pool.setdefault(case.reference, Candidate(case)).touched += 3 if len(found) <= 3 else 1


def _add(
    pool: dict[str, Candidate],
    directory: CaseDirectory,
    pair: tuple[str, str],
    weight: float,
    name: str,
    page: int,
    text: str,
) -> None:
    found = directory.by_identifier(*pair)
    if not found or len(found) >= _MANY:
        return
    shared = weight - math.log(len(found)) if len(found) > 1 else weight
    for case in found:
        candidate = pool.setdefault(case.reference, Candidate(case))
        candidate.reasons.append(Reason(name, round(shared, 2), page, text))


def _touch_titles(pool: dict[str, Candidate], directory: CaseDirectory, pages: tuple[PageText, ...]) -> None:
    """Cases whose title shares two words, or one that few titles have, with the letter."""
    counts: dict[str, int] = {}
    cases: dict[str, KnownCase] = {}
    words = list(dict.fromkeys(word for page in pages[:2] for word in sorted(title_words(page.text[:5_000]))))[
        :_MAX_WORDS
    ]
    for word in words:
        found = directory.by_identifier("word", word)
        if len(found) > 25:
            continue
        for case in found:
            cases[case.reference] = case
            counts[case.reference] = counts.get(case.reference, 0) + (2 if len(found) <= 3 else 1)
    for reference, count in counts.items():
        if count >= 2:
            pool.setdefault(reference, Candidate(cases[reference])).touched += count


def _weigh(
    candidate: Candidate,
    directory: CaseDirectory,
    people: list[Person],
    extracted: Extracted,
    registers: Registers,
    text: str,
    stems: frozenset[str],
) -> None:
    known = directory.identifiers(candidate.case.reference)
    plan = registers.plan.get(candidate.case.class_notation)
    kind = plan.file_key if plan is not None else ""
    factor = _VEHICLE_FACTOR if kind == "vehicle" else _PERSON_FACTOR.get(kind, 0.6)
    person = _person_clue(known, people, candidate.case)
    if person is not None:
        weight = person.weight * factor if person.weight > 0 else person.weight
        candidate.reasons.append(Reason(person.name, round(weight, 2), person.page, person.text))
    address = next((a for a in extracted.addresses if ("address", address_value(a)) in known), None)
    if address:
        candidate.reasons.append(Reason("address", 1.6, 1, address))
    elif (
        extracted.addresses
        and person is not None
        and 0 < person.weight < 4
        and any(key == "address" for key, _ in known)
    ):
        candidate.reasons.append(Reason("other address", -0.8, 1, extracted.addresses[0]))
    company = _company_clue(known, extracted, text, directory)
    if company is not None:
        candidate.reasons.append(company)
    title = _title_clue(candidate.case, plan, text) or _words_of_title(candidate.case, plan, stems, directory)
    if title is not None:
        candidate.reasons.append(title)
    candidate.reasons += _conflicts(known, extracted, kind, candidate)


def _person_clue(known: frozenset[tuple[str, str]], people: list[Person], case: KnownCase) -> Reason | None:
    """The best clue from a person; the same name with another date of birth speaks against the case."""
    born_known = {value for key, value in known if key == "person-born"}
    best: Reason | None = None
    for rank, person in enumerate(people):
        surname, given = name_value(person.surname), name_value(person.given).split(" ")[0]
        name = f"{surname} {given}"
        clue = _one_person(known, born_known, person, name, surname, rank)
        if clue is not None and clue.weight < 0:
            return clue
        if clue is not None and (best is None or clue.weight > best.weight):
            best = clue
    return best


def _one_person(
    known: frozenset[tuple[str, str]], born_known: set[str], person: Person, name: str, surname: str, rank: int
) -> Reason | None:
    says = person.text or person.name
    if person.born:
        if f"{name} {person.born}" in born_known:
            return Reason("person and birth date", 6.0, person.page, says)
        if any(value.startswith(f"{name} ") for value in born_known):
            return Reason("same name, other birth date", -9.0, person.page, says)
        if ("sound-born", f"{sound(surname)} {person.born}") in known:
            return Reason("similar name, same birth date", 4.2, person.page, says)
        if ("born", person.born) in known:
            return Reason("same birth date", 1.5, person.page, says)
    if ("person", name) in known:
        return Reason("person", 3.0 if rank < 3 else 2.0, person.page, says)
    if rank < 3 and ("sound-person", f"{sound(surname)} {sound(name.removeprefix(surname).strip())}") in known:
        alike = max(fuzz.ratio(name, value) for key, value in known if key == "person")
        return Reason("similar name", 2.0, person.page, says) if alike >= _SAME_NAME else None
    return None


def _company_clue(
    known: frozenset[tuple[str, str]], extracted: Extracted, folded: str, directory: CaseDirectory
) -> Reason | None:
    """A company of the case that the letter names, as its sender or in the text; worth less when it has many cases."""
    names = [value for key, value in known if key == "company" and len(value) >= 5]
    for value in names:
        if len(value.split()) > 1 and f" {value} " in folded:
            return _shared(Reason("company", 4.6, 1, value.title()), value, directory)
    for name in _companies(extracted):
        wanted = company_value(name)
        for value in names:
            if value == wanted or (len(value) > 6 and fuzz.ratio(value, wanted) >= 90):
                return _shared(Reason("company", 4.6 if value == wanted else 3.6, 1, name), value, directory)
    return None


def _shared(reason: Reason, company: str, directory: CaseDirectory) -> Reason:
    count = max(len(directory.by_identifier("company", company)), 1)
    return replace(reason, weight=round(reason.weight - math.log(count), 2))


def _title_clue(case: KnownCase, plan: PlanClass | None, folded: str) -> Reason | None:
    """Whether the case's own name (its file key, or its title without what stands in brackets) is in the letter."""
    if plan is not None and plan.file_kind == "sammelakte":
        return None
    best: tuple[float, str] = (0.0, "")
    for raw in (case.file_key.split(",")[0], re.sub(r"\(.*?\)", "", case.title)):
        of_person = any(is_given(word) for word in re.findall(r"[^\W\d_]+", raw)) and (
            plan is None or plan.file_key != "company"
        )
        name = re.sub(r"[^a-z0-9]+", " ", fold(raw)).strip()
        if len(name) < 10 or of_person or (plan is not None and plan.file_key == "person"):
            continue
        if f" {name} " in folded:
            best = max(best, (5.0 if " " in name else 4.2, raw))
        elif len(name) >= 12 and fuzz.partial_ratio(name, folded) >= 90:
            best = max(best, (4.0, raw))
    return Reason("name of the case", best[0], 1, best[1].strip()) if best[0] else None


def _words_of_title(
    case: KnownCase, plan: PlanClass | None, stems: frozenset[str], directory: CaseDirectory
) -> Reason | None:
    """Whether nearly all that a matter is called by is in the letter, in any form and order; rare words count more."""
    if plan is None or plan.file_kind == "sammelakte" or plan.file_key not in _CALLED_BY_TITLE:
        return None
    words = sorted(title_words(re.sub(r"\(.*?\)", "", case.title)))
    there = {word: part for word in words if (part := _presence(word, stems))}
    if len(there) < 2:
        return None
    rare = {word: 1.0 / (1.0 + math.log(max(len(directory.by_identifier("word", word)), 1))) for word in words}
    share = sum(rare[word] * part for word, part in there.items()) / sum(rare.values())
    if share < _MOST_OF_TITLE:
        return None
    return Reason("words of the case's name", round(_WORDS_OF_TITLE * share, 2), 1, " ".join(there))


def _presence(word: str, stems: frozenset[str]) -> float:
    """1 when the word is there in any form, less when only the words that it is made of are."""
    known = form(word)
    if known.stem in stems:
        return 1.0
    parts = known.compound.parts if known.compound else ()
    return _BY_PARTS * sum(part in stems for part in parts) / len(parts) if parts else 0.0


def _stems(folded: str) -> frozenset[str]:
    """The stems of the words of a letter, and of the words that they are made of."""
    forms = [form(word) for word in set(folded.split())]
    return frozenset(stem for one in forms for stem in (one.stem, *(one.compound.parts if one.compound else ())))


def _conflicts(
    known: frozenset[tuple[str, str]], extracted: Extracted, kind: str, candidate: Candidate
) -> list[Reason]:
    """What names another thing of the kind that the case is kept by: another vehicle, register entry, parcel."""
    keys = {
        "vehicle": ("fin", "kfz_kennzeichen"),
        "register_entry": ("registernummer",),
        "parcel": ("flurstueck",),
    }.get(kind, ())
    for key in keys:
        of_case = {value for name, value in known if name == key}
        of_letter = {compact(ref.value): ref for ref in extracted.references if ref.key == key}
        if of_case and of_letter and not of_case & set(of_letter) and not candidate.own_reference:
            other = next(iter(of_letter.values()))
            return [Reason(f"another {key}", -3.5, other.page, other.text)]
    return []


def class_clues(pool: Iterable[Candidate], references: Iterable[tuple[Reference, KnownCase]]) -> dict[str, Reason]:
    """Per class the clue that a case in it gives: it is quoted, or its person, vehicle or company writes."""
    found: dict[str, Reason] = {}
    for candidate in sorted(pool, key=lambda row: row.weight):
        if candidate.weight < 1.5 or not candidate.reasons:
            continue
        best = max(candidate.reasons, key=lambda reason: reason.weight)
        weight = min(0.35 * candidate.weight, _CLASS_MOST)
        case = candidate.case
        found[case.class_notation] = Reason("open case", round(weight, 2), best.page, f"{best.text} ({case.reference})")
    for reference, case in references:
        found[case.class_notation] = Reason("quotes case", _CLASS_MOST, reference.page, reference.text)
    return found


def decide(pool: Iterable[Candidate], notation: str, closed: tuple[str, ...] = ()) -> Match:
    """Weigh the candidates of a class against each other and against none.

    Args:
        pool: of :func:`candidates`.
        notation: the class that the letter is to be filed in; other classes' cases are no answer.
        closed: quoted references of cases that are not open.
    """
    scored = []
    for candidate in pool:
        if candidate.case.class_notation != notation or candidate.case.state != "open":
            continue
        if candidate.weight > 0.5:
            scored.append((candidate.weight, candidate))
    if not scored:
        return Match(None, 0.9, closed=closed)
    scored.sort(key=lambda item: (-item[0], item[1].case.reference))
    scale = sum(math.exp(min(weight, 30.0)) for weight, _ in scored) + math.exp(NONE)
    top_weight, top = scored[0]
    chance = math.exp(min(top_weight, 30.0)) / scale
    runner = scored[1][0] if len(scored) > 1 else -math.inf
    ambiguous = top_weight - runner < 1.2 and runner > NONE - 1.0
    names = tuple(candidate.case.reference for _, candidate in scored[:5])
    if ambiguous or chance < NAMED:
        return Match(None, min(1 - chance, 0.5), candidates=names, ambiguous=ambiguous, closed=closed)
    return Match(top.case, chance, tuple(top.reasons), names, closed=closed)


def collective(notation: str, letter: date | None, received: date | None, directory: CaseDirectory) -> KnownCase | None:
    """The collective file (Sammelakte) of the letter's year, else of the year in which it came in."""
    for day in (letter, received):
        if day is None:
            continue
        found = [case for case in directory.by_words(notation, (str(day.year),)) if case.state == "open"]
        if len(found) == 1:
            return found[0]
    return None
