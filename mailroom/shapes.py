"""The JSON shapes of the mail room's commands (contract), made from its rows."""

from __future__ import annotations

from typing import Any

from mailroom.models import Delivery, DeliveryState, Letter, LetterCopy, LetterNote, StageRun
from mailroom.sheets import batches
from mailroom.tray.leases import Holder

_STATES = {DeliveryState.DISCARDED: "quarantined"}


def letter_shape(letter: Letter) -> dict[str, Any]:
    """LETTER of the contract."""
    suggestion = letter.suggestion
    return {
        "number": letter.number,
        "state": letter.state.value,
        "received": letter.received.isoformat(),
        "pages": letter.last_page - letter.first_page + 1,
        "first_page": letter.first_page,
        "last_page": letter.last_page,
        "document_type": letter.document_type,
        "title": letter.title,
        "sender": letter.sender,
        "date": letter.date.isoformat() if letter.date else None,
        "references": [reference["value"] for reference in letter.references],
        "text_chars": letter.text_chars,
        "unit": letter.unit,
        "suggestion": {
            "recommendation": suggestion.get("recommendation", "none"),
            "document_type": suggestion.get("document_type"),
            "class": suggestion.get("class_notation"),
            "case": suggestion.get("case"),
            "unit": suggestion.get("unit"),
            "score": suggestion.get("score", 0.0),
            "candidates": suggestion.get("candidates", []),
            "alternatives": suggestion.get("alternatives", []),
            "case_title": suggestion.get("case_title", ""),
            "reasons": suggestion.get("reasons", []),
            "fields": suggestion.get("fields", []),
            "process": suggestion.get("process"),
            "process_score": suggestion.get("process_score", 0.0),
            "process_reasons": suggestion.get("process_reasons", []),
        },
        "deadlines": letter.deadlines,
        "markings": letter.markings,
        "sealed_until": letter.sealed_until.isoformat() if letter.sealed_until else None,
        "findings": letter.findings,
        "perhaps_same": letter.likenesses,
        "document": letter.document_id,
        "case": letter.case_reference,
        "reject_reason": letter.reject_reason,
    }


def shown_letter(
    letter: Letter,
    delivery: Delivery,
    stages: list[StageRun],
    remarks: list[LetterNote],
    copies: list[LetterCopy],
    holder: Holder | None,
) -> dict[str, Any]:
    """LETTER with its delivery, what each stage did and what people said of it, for ``mail show``."""
    return letter_shape(letter) | {
        "delivery": {
            "id": delivery.id,
            "source": delivery.source,
            "sha512": delivery.sha512,
            "channel": delivery.channel,
            "received": delivery.received.isoformat(),
        },
        "transfer_note": letter.transfer_note,
        "remarks": [remark_shape(row) for row in remarks],
        "copies": [copy_shape(row) for row in copies],
        "open_by": holder.actor if holder else None,
        "stages": [{"stage": run.stage, "seconds": round(run.seconds, 3), "outcome": run.outcome} for run in stages],
    }


def remark_shape(row: LetterNote) -> dict[str, Any]:
    """A remark on a letter."""
    return {"by": row.written_by, "at": row.written.isoformat(), "text": row.text}


def copy_shape(row: LetterCopy) -> dict[str, Any]:
    """A copy note."""
    return {
        "unit": row.unit,
        "kind": row.kind.value,
        "note": row.note,
        "by": row.given_by,
        "at": row.given.isoformat(),
        "seen_by": row.seen_by,
        "seen": row.seen.isoformat() if row.seen else None,
    }


def delivery_shape(delivery: Delivery, letters: list[Letter]) -> dict[str, Any]:
    """A delivery with its letters, for ``mail take`` and ``mail watch --once``."""
    return {
        "id": delivery.id,
        "source": delivery.source,
        "sha512": delivery.sha512,
        "bytes": delivery.bytes,
        "channel": delivery.channel,
        "state": _STATES.get(delivery.state, delivery.state.value),
        "reason": delivery.reason,
        "message": delivery.message,
        "duplicate_of": delivery.duplicate_of,
        "part_of": delivery.part_of,
        "sheets": delivery.sheets,
        "batches": [
            {"name": one.name, "declared": one.declared, "came": one.came, "complete": one.complete}
            for one in batches.counted(delivery, letters)
        ],
        "letters": [letter_shape(letter) for letter in letters],
    }
