"""Stage: what a letter is, where it belongs, and how sure that is, with reasons that a clerk can check."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from mailroom.classifiers import evidence, phrases, processes
from mailroom.classifiers.knowledge import Knowledge, split_label
from mailroom.classifiers.model import log_softmax
from mailroom.classifiers.recent import telling
from mailroom.classifiers.text import body
from mailroom.fields import spelling
from mailroom.fields.lines import Line
from mailroom.fields.people import looks_like_name, split_name
from mailroom.fields.values import Extracted, Person
from mailroom.followups import in_order, of_process
from mailroom.matching import cases
from mailroom.matching.cases import Match
from mailroom.ports import (
    CaseDirectory,
    Deadline,
    FieldValue,
    KnownCase,
    PageText,
    Reason,
    Recommendation,
    Reference,
    Suggestion,
)
from mailroom.registers import Registers
from mailroom.stages.special import misdirected, withheld

MEDIUM, LOW = 0.7, 0.35
CASE_SURE, CASE_NAMED = 0.95, 0.85
_READABLE = 0.55
_FAMILIAR_WORDS, _FAMILIAR_SHARE = 6, 0.5
"""Letters of the city in words that were never learned from have 9 and 0.62 at the least; foreign texts up to 0.33."""
_ELSEWHERE = 2.5
_GOES_ON = re.compile(
    r"abmeld|ummeld|verwendungsnachweis|anhörung|gericht|änderung|verlängerung|kündigung", re.IGNORECASE
)
_NAMING = {"kassenzeichen", "vorgangsnummer"}
_AGREEING, _DOUBTFUL = 1.0, 0.85
"""Measured: nearly all letters that were taken for something else at a high score have less, few right ones do."""
_MAX_REASONS = 12
_KEYED = {"vehicle": ("fin", "kfz_kennzeichen"), "parcel": ("flurstueck",), "register_entry": ("registernummer",)}
"""References by which cases are kept, per kind of file key."""


@dataclass(frozen=True)
class Ranked:
    """A label with its score and its reasons."""

    label: str
    score: float
    chance: float
    reasons: tuple[Reason, ...]
    by_words: float = 0.0
    """The score that it has by whole words alone."""


def suggest(
    pages: Sequence[PageText],
    extracted: Extracted,
    registers: Registers,
    directory: CaseDirectory,
    knowledge: Knowledge,
    *,
    received: date | None = None,
    channel: str = "",
) -> Suggestion:
    """Say what the letter is and where it belongs.

    The same letter, registers, cases and knowledge give the same answer. ``strong`` is said only when type and class
    are sure by what was measured, the case is sure or none is near, and nothing marks the letter as private.

    Args:
        pages: of the letter.
        extracted: its fields, of :func:`mailroom.stages.extract.extract`.
        registers: of the home.
        directory: where cases are looked up.
        knowledge: what was learned, of :func:`mailroom.classifiers.knowledge.learn`.
        received: the day on which it came in.
        channel: of the mail room, by which it came.
    """
    all_pages = tuple(pages)
    lines = body(all_pages, registers.names_of_the_city)
    if not any(page.text.strip() for page in all_pages):
        return _empty(extracted)
    extracted = _respelt(extracted, knowledge.names)
    quoted = cases.quoted(extracted, directory)
    pool = cases.candidates(all_pages, extracted, registers, directory, quoted)
    ranked = rank(lines, extracted, registers, knowledge, cases.class_clues(pool, quoted), channel)
    doubt = 1.0 if _words_agree(ranked) else _DOUBTFUL
    best, sure = _best(ranked, knowledge)
    sure = min(sure, doubt)
    kind, notation = split_label(best.label)
    match = _match(pool, notation, quoted, extracted, registers, directory, received)
    strange = () if best.reasons or match.reasons else _strange(lines, knowledge)
    sure = min(sure, LOW) if strange else sure
    recommendation, findings = _recommend(best, sure, match, extracted, all_pages, knowledge, registers)
    sender = extracted.sender.value if extracted.sender else None
    judged = processes.judge([(row.label, row.score) for row in ranked], registers, knowledge.calibration)
    judged = replace(judged, chance=min(judged.chance, doubt))
    case_title, file_key = ("", "") if match.case else _new_case(notation, kind, extracted, registers)
    said = Suggestion(
        recommendation=recommendation,
        document_type=kind,
        title=_title(kind, notation, extracted, registers),
        sender=sender,
        date=extracted.date.value if extracted.date else None,
        class_notation=notation,
        unit=match.case.unit if match.case else registers.unit_of(notation),
        case=match.case.reference if match.case else None,
        score=round(sure * (match.probability if match.case else 1.0), 4),
        references=extracted.references,
        reasons=_reasons(best, match, lines, knowledge),
        alternatives=tuple(split_label(row.label)[0] or f"({split_label(row.label)[1]})" for row in ranked[1:4]),
        process=judged.key,
        process_score=round(judged.chance, 4),
        process_reasons=judged.reasons,
        case_title=case_title,
        file_key=file_key,
        candidates=match.candidates,
        findings=(*extracted.findings, *strange, *findings),
        deadlines=_due(judged, notation, extracted, registers, received),
        fields=(*extracted.forms, *extracted.signs, *_amounts(extracted)),
    )
    if extracted.other_recipient:
        said = misdirected(said, extracted, registers)
    return withheld(said, extracted) if extracted.markings else said


def _due(
    judged: processes.Judged, notation: str, extracted: Extracted, registers: Registers, received: date | None
) -> tuple[Deadline, ...]:
    """What must be done by when: as the letter says, unless it is put away, and as the process counts from receipt."""
    own = () if notation == registers.clarification else extracted.deadlines
    if received is None or judged.chance < LOW or not judged.starts:
        return in_order(own)
    return in_order((*own, *of_process(registers, judged.key, notation, received)))


def _amounts(extracted: Extracted) -> tuple[FieldValue, ...]:
    """The amounts of the letter in euros, each once."""
    found = {one.value: one for one in reversed(extracted.amounts)}
    return tuple(
        FieldValue("amount", f"{int(one.value) // 100}.{int(one.value) % 100:02d}", one.page, one.text)
        for one in sorted(found.values(), key=extracted.amounts.index)
    )


def _respelt(extracted: Extracted, known: tuple[str, ...]) -> Extracted:
    """The fields with the names of people put right that OCR could not spell."""
    found = extracted.sender
    if found is not None:
        found = replace(found, value=spelling.respelt(found.value, known))
    people = tuple(
        replace(person, surname=spelling.respelt(person.surname, known), given=spelling.respelt(person.given, known))
        for person in extracted.people
    )
    return replace(extracted, sender=found, people=people)


def _empty(extracted: Extracted) -> Suggestion:
    return Suggestion(
        Recommendation.NONE,
        None,
        "Schreiben ohne erkennbaren Text",
        None,
        None,
        None,
        None,
        None,
        0.0,
        findings=extracted.findings,
    )


def rank(
    lines: list[Line],
    extracted: Extracted,
    registers: Registers,
    knowledge: Knowledge,
    of_cases: Mapping[str, Reason],
    channel: str = "",
) -> list[Ranked]:
    """All labels, best first, with the clues that moved them.

    Args:
        lines: the body of the letter.
        extracted: its fields.
        registers: of the home.
        knowledge: what was learned.
        of_cases: per class the clue that an open case in it gives.
        channel: by which it came.
    """
    labels = knowledge.model.labels
    text = "\n".join(line.text for line in lines)
    words = knowledge.calibration.scale * knowledge.model.scores(text)
    whole = knowledge.calibration.scale * knowledge.model.by_words(text)
    found = phrases.clues(lines, registers)
    classes = {**evidence.quoted_classes(extracted, registers), **of_cases}
    if extracted.spoken_to and registers.clarification:
        classes[registers.clarification] = Reason("speaks to somebody else", _ELSEWHERE, 1, extracted.spoken_to)
    routed = evidence.of_routing(lines, registers)
    routed_types = {row.key for row in registers.incoming if row.filing_class in registers.routed_classes}
    way = evidence.way_in(channel, registers)
    before = evidence.of_known_sender(extracted, knowledge.senders, labels)
    like = evidence.of_like(telling(text), knowledge.recent)
    rows: list[tuple[str, float, list[Reason]]] = []
    for index, label in enumerate(labels):
        kind, notation = split_label(label)
        reasons = list(found.get(kind or "", ()))
        row = registers.document_types.get(kind or "")
        if row is not None:
            reasons += evidence.of_references(row, extracted)
            writer = evidence.of_sender(row, extracted)
            reasons += [writer] if writer else []
        if kind in routed_types and notation in routed:
            reasons.append(routed[notation])
        office = evidence.of_addressee(registers.unit_of(notation), extracted, registers)
        came = evidence.of_channel(registers.process_of(kind, notation), way, registers)
        others = (office, came, classes.get(notation), before.get(label), like.get(label))
        reasons += [reason for reason in others if reason]
        rows.append((label, float(words[index]) + sum(reason.weight for reason in reasons), reasons))
    total = np.array([[score for _, score, _ in rows]], dtype=np.float32)
    chances = np.exp(log_softmax(total))[0]
    ranked = [
        Ranked(
            label, score, float(chances[i]), tuple(reasons), float(whole[i]) + sum(reason.weight for reason in reasons)
        )
        for i, (label, score, reasons) in enumerate(rows)
    ]
    return sorted(ranked, key=lambda row: (-row.score, row.label))


def _best(ranked: list[Ranked], knowledge: Knowledge) -> tuple[Ranked, float]:
    """The best label and the probability that it is right."""
    best = ranked[0]
    gap = best.score - ranked[1].score if len(ranked) > 1 else 10.0
    return best, knowledge.calibration.probability(gap)


def _strange(lines: list[Line], knowledge: Knowledge) -> tuple[str, ...]:
    """A finding on a letter of which the text model knows too little to be believed."""
    known, words = knowledge.model.familiar("\n".join(line.text for line in lines))
    if known >= _FAMILIAR_WORDS and known >= _FAMILIAR_SHARE * words:
        return ()
    return (f"unfamiliar: only {known} of its {words} words are known from other letters; a person must look at it.",)


def _match(
    pool: list[cases.Candidate],
    notation: str,
    quoted: list[tuple[Reference, KnownCase]],
    extracted: Extracted,
    registers: Registers,
    directory: CaseDirectory,
    received: date | None,
) -> Match:
    closed = tuple(case.reference for _, case in quoted if case.state != "open")
    plan = registers.plan.get(notation)
    if plan is not None and plan.file_kind == "sammelakte":
        written = date.fromisoformat(extracted.date.value) if extracted.date else None
        case = cases.collective(notation, written, received, directory)
        if case is None:
            return Match(None, 0.9, closed=closed)
        reason = Reason("collective file of the year", 3.0, 1, case.title)
        return Match(case, 0.97, (reason,), (case.reference,), closed=closed)
    return cases.decide(pool, notation, closed)


def _recommend(
    best: Ranked,
    sure: float,
    match: Match,
    extracted: Extracted,
    pages: tuple[PageText, ...],
    knowledge: Knowledge,
    registers: Registers,
) -> tuple[Recommendation, tuple[str, ...]]:
    findings = []
    if match.ambiguous:
        findings.append(f"case-ambiguous: several open cases fit: {', '.join(match.candidates[:3])}.")
    for reference in match.closed:
        findings.append(f"case-closed: the letter quotes {reference}, which takes no letters now.")
    missing = match.case is None and not match.candidates and _goes_on(best, registers) and _names_its_case(extracted)
    if missing:
        findings.append("case-missing: it names a case that was not found; look for it by hand.")
    elif match.case is None and not match.candidates and _lacks_its_key(best.label, extracted, registers):
        missing = True
        findings.append("case-missing: it does not say what its case is kept by; look for it by hand.")
    elif match.case is None and _is_subject_file(best.label, registers):
        missing = True
        findings.append(
            "case-missing: such files are opened by the office, not by a letter; look for its case by hand."
        )
    unusual = evidence.writes_otherwise(registers.document_types.get(split_label(best.label)[0] or ""), extracted)
    if unusual:
        findings.append(f"unusual-sender: {unusual} does not usually send such letters; a person must look at it.")
    if extracted.markings:
        kinds = ", ".join(marking.kind for marking in extracted.markings)
        findings.append(f"marked: the letter is marked as {kinds}; a person must look at it.")
    if extracted.anonymous:
        findings.append("anonymous: its writer will not be known; a person must say whether it is followed up.")
    thanks = extracted.thanks and not any(reason.name == "phrase" for reason in best.reasons)
    if thanks:
        findings.append("thanks: it only says thanks and asks nothing; file it with its case, or put it away.")
    if extracted.spoken_to:
        findings.append(f"spoken-to: it speaks to {extracted.spoken_to}; a person must say whether it is for us.")
    readable = max((page.confidence for page in pages), default=0.0) >= _READABLE
    if not readable:
        findings.append("low-confidence: the text was hard to read.")
    case_settled = (match.case is not None and match.probability >= CASE_SURE) or (
        match.case is None and not match.candidates and not match.closed
    )
    if (
        sure >= knowledge.threshold(best.label)
        and (knowledge.calibration.measured or any(reason.name == "phrase" for reason in best.reasons))
        and case_settled
        and not missing
        and not unusual
        and readable
        and not extracted.markings
        and not extracted.anonymous
        and not thanks
        and not extracted.spoken_to
    ):
        return Recommendation.STRONG, tuple(findings)
    if sure >= MEDIUM:
        return Recommendation.MEDIUM, tuple(findings)
    return (Recommendation.LOW if sure >= LOW else Recommendation.NONE), tuple(findings)


def _words_agree(ranked: list[Ranked]) -> bool:
    """Whether whole words alone, with the clues, name the best label too."""
    return all(ranked[0].by_words - other.by_words >= _AGREEING for other in ranked[1:])


def _goes_on(best: Ranked, registers: Registers) -> bool:
    """Whether such a letter ends, changes or accounts for a matter that has a case, by its type's title."""
    kind, notation = split_label(best.label)
    row, plan = registers.document_types.get(kind or ""), registers.plan.get(notation)
    if row is None or plan is None or plan.file_kind != "einzelfallakte":
        return False
    return _GOES_ON.search(row.title) is not None


def _names_its_case(extracted: Extracted) -> bool:
    """Whether a letter names what its case is kept by: a company, a Kassenzeichen, a transaction."""
    return bool(extracted.companies) or any(
        ref.key in _NAMING and ref.role != "foreign" for ref in extracted.references
    )


def _lacks_its_key(label: str, extracted: Extracted, registers: Registers) -> bool:
    """Whether a letter of no type, which nearly always goes on with one, names nothing that its case is kept by."""
    kind, notation = split_label(label)
    plan = registers.plan.get(notation)
    if kind is not None or plan is None or plan.file_kind != "einzelfallakte":
        return False
    if plan.file_key == "company":
        return not extracted.companies and (extracted.sender is None or _sender_person(extracted) is not None)
    keys = _KEYED.get(plan.file_key, ())
    return bool(keys) and not any(ref.key in keys for ref in extracted.references)


def _is_subject_file(label: str, registers: Registers) -> bool:
    """Whether cases of the class are matters of the office's own (Sachakte): a contract, a tender, a vacancy."""
    plan = registers.plan.get(split_label(label)[1])
    return plan is not None and plan.file_kind == "sachakte"


def _reasons(best: Ranked, match: Match, lines: list[Line], knowledge: Knowledge) -> tuple[Reason, ...]:
    """The clues, those for the case first, the telling words of the text model with the page on which they stand."""
    text = "\n".join(line.text for line in lines)
    words = []
    for word, weight in knowledge.model.telling_words(text, best.label):
        if weight > 0.02:
            page = next((line.page for line in lines if word in line.text), 1)
            words.append(Reason("wording", round(weight * knowledge.calibration.scale, 2), page, word))
    own = sorted(best.reasons, key=lambda reason: -abs(reason.weight))
    return (*sorted(match.reasons, key=lambda reason: -abs(reason.weight)), *own, *words)[:_MAX_REASONS]


def _title(kind: str | None, notation: str, extracted: Extracted, registers: Registers) -> str:
    """What a clerk would write: the type and who sent it; without a type the subject."""
    row = registers.document_types.get(kind or "")
    plan = registers.plan.get(notation)
    head = row.title if row is not None else extracted.subject or (plan.title if plan else "Schreiben")
    return f"{head}, {extracted.sender.value}" if extracted.sender else head


def _new_case(notation: str, kind: str | None, extracted: Extracted, registers: Registers) -> tuple[str, str]:
    """Title and file key for a case that has to be opened."""
    plan = registers.plan.get(notation)
    if plan is None:
        return "", ""
    person = next(iter(extracted.people), None) or _sender_person(extracted)
    if plan.file_key == "person" and person is not None:
        name = f"{person.surname}, {person.given}"
        return f"{plan.title} {name}", f"{name}, geb. {_german(person.born)}" if person.born else name
    if plan.file_key == "company":
        company = next(iter(extracted.companies), "") or (extracted.sender.value if extracted.sender else "")
        return f"{plan.title} {company}".strip(), company
    for key in _KEYED.get(plan.file_key, ()):
        value = next((ref.value for ref in extracted.references if ref.key == key), "")
        if value:
            return f"{plan.title} {value}", value
    tail = extracted.subject or (extracted.sender.value if extracted.sender else "")
    return f"{plan.title} {tail}".strip(), ""


def _sender_person(extracted: Extracted) -> Person | None:
    name = looks_like_name(extracted.sender.value) if extracted.sender else None
    return Person(*split_name(name)) if name else None


def _german(iso: str) -> str:
    year, month, day = iso.split("-")
    return f"{day}.{month}.{year}"
