"""What is due: the follow-ups (Wiedervorlagen) of letters that wait, or whose transaction or case is still open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, or_, select

from erecords.registry.access import Actor
from erecords.store.lifecycle import CaseState
from erecords.store.models import Case, Document, Transaction
from mailroom.models import Letter, LetterState
from mailroom.tray import listing


@dataclass(frozen=True)
class Due:
    """Something that is to be done by a day, for a letter."""

    date: date
    title: str
    basis: str
    letter: Letter


def due(session: Session, actor: Actor, until: date, unit: str | None = None) -> list[Due]:
    """Follow-ups up to and on a day, earliest first, of letters that the actor may decide; of one unit where named.

    A filed letter counts no more once its transaction is closed, or its case where it is in none.
    """
    query = (
        select(Letter)
        .outerjoin(Document, col(Document.id) == col(Letter.document_id))
        .outerjoin(Transaction, col(Transaction.number) == col(Document.transaction))
        .outerjoin(Case, col(Case.id) == col(Document.case_id))
        .where(
            col(Letter.due) <= until,
            listing.decidable(actor),
            or_(
                col(Letter.state) == LetterState.TRAY,
                (col(Letter.state) == LetterState.FILED)
                & (col(Case.state) == CaseState.OPEN)
                & (col(Transaction.number).is_(None) | (col(Transaction.state) == CaseState.OPEN)),
            ),
        )
    )
    if unit is not None:
        query = query.where(Letter.unit == unit)
    found = [_due(letter, row) for letter in session.exec(query) for row in letter.deadlines]
    found = [one for one in found if one.date <= until]
    return sorted(found, key=lambda one: (one.date, one.letter.number, one.title))


def _due(letter: Letter, row: Mapping[str, Any]) -> Due:
    return Due(date.fromisoformat(row["date"]), row["title"], row["basis"], letter)


def shape(one: Due, today: date) -> dict[str, Any]:
    """A follow-up as JSON."""
    return {
        "date": one.date.isoformat(),
        "late": one.date < today,
        "what": one.title,
        "basis": one.basis,
        "number": one.letter.number,
        "title": one.letter.title,
        "sender": one.letter.sender or "",
        "state": one.letter.state.value,
        "case": one.letter.case_reference or "",
        "unit": one.letter.unit or "",
    }
