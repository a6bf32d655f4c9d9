"""Stage: what becomes of a suggestion for mail that others must not read, or that is not ours."""

from __future__ import annotations

from dataclasses import replace

from mailroom.fields.markings import MarkingKind
from mailroom.fields.values import Extracted
from mailroom.ports import Reason, Recommendation, Suggestion
from mailroom.registers import Registers

_WITHHELD = {
    MarkingKind.PERSONAL: "Persönliche oder vertrauliche Post",
    MarkingKind.TENDER: "Angebot, verschlossen",
    MarkingKind.ELECTION: "Wahlpost",
    MarkingKind.MEDICAL: "Ärztliche Unterlagen, vertraulich",
}


def misdirected(said: Suggestion, extracted: Extracted, registers: Registers) -> Suggestion:
    """The suggestion for a letter to somebody else: to be sent on, whatever it says."""
    whom = extracted.other_recipient
    return replace(
        said,
        recommendation=min(said.recommendation, Recommendation.MEDIUM, key=list(Recommendation).index),
        document_type=None,
        title=f"Irrläufer an {whom}",
        class_notation=registers.clarification,
        unit=registers.unit_of(registers.clarification or ""),
        case=None,
        candidates=(),
        process=None,
        process_score=0.0,
        process_reasons=(),
        case_title="",
        file_key="",
        reasons=(Reason("addressed to somebody else", 0.0, 1, whom),),
        deadlines=(),
        findings=(*said.findings, f"misdirected: the letter is addressed to {whom}, not to us; send it on."),
    )


def withheld(said: Suggestion, extracted: Extracted) -> Suggestion:
    """The suggestion for a letter that others must not read: where it goes and by when, nothing of what it says."""
    kinds = tuple(marking.kind.value for marking in extracted.markings)
    marked = [Reason(f"marked {marking.kind.value}", 0.0, marking.page, marking.text) for marking in extracted.markings]
    return replace(
        said,
        title=_WITHHELD[extracted.markings[0].kind],
        unit=extracted.addressee or said.unit,
        references=(),
        fields=(),
        reasons=(*marked, *(reason for reason in said.reasons if reason.name == "addressed to")),
        case_title="",
        file_key="",
        deadlines=tuple(replace(one, text="") for one in said.deadlines),
        markings=kinds,
        sealed_until=extracted.sealed_until.isoformat() if extracted.sealed_until else None,
    )
