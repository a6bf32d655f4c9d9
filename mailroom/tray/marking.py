"""Marking a letter as special mail by hand, or taking a marking away that the machine set wrongly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from sqlmodel import Session

from erecords.errors import Conflict, InputRefused
from erecords.office import Office
from erecords.store.uow import UnitOfWork
from mailroom.fields.markings import MarkingKind
from mailroom.matching.advice import Adviser, Markings
from mailroom.processing import writing
from mailroom.tray import cutting, filing


def mark(
    office: Office,
    number: str,
    kinds: Sequence[MarkingKind],
    sealed_until: date | None = None,
    *,
    also: Callable[[UnitOfWork], None] | None = None,
) -> None:
    """Give a letter of the tray these markings, or none; from now on they stand, whatever the machine reads.

    What it says of the letter is thought of anew: of marked mail nothing of its text is told, and only the mail room
    and the head of the unit see it. ``also`` is done in the same unit of work.

    Raises:
        NotFound, Conflict: the letter does not wait in the actor's tray, or has these markings already.
        InputRefused: a day is given for what is no tender.
    """
    if sealed_until is not None and MarkingKind.TENDER not in kinds:
        raise InputRefused("Only a tender is sealed until a day. Nothing was changed.")
    with Session(office.engine) as session:
        letter, delivery = filing.waiting(session, office.actor, number)
        if list(letter.markings) == [kind.value for kind in kinds] and letter.sealed_until == sealed_until:
            raise Conflict(f"{number} has these markings already. Nothing was changed.")
        pages = cutting.recognised_letter(session, office.blobs, letter).pages
        title, channel = delivery.name, delivery.channel
    markings = Markings(tuple(kinds), sealed_until)
    adviser = Adviser(office, office.machine("mailroom"))
    suggestion = adviser.advise(pages, letter.received, markings, channel).suggestion
    with office.work() as work:
        row = filing.waiting_letter(work, office.actor, number)
        was = {"markings": list(row.markings), "sealed_until": row.sealed_until and row.sealed_until.isoformat()}
        unit = row.unit
        writing.take_suggestion(row, suggestion, title)
        row.unit, row.marked_by = unit, office.actor.id
        row.version += 1
        work.session.add(row)
        until = sealed_until.isoformat() if sealed_until else None
        work.log(
            "letter.mark", f"letter:{number}", row, markings=[kind.value for kind in kinds], sealed_until=until, was=was
        )
        if also:
            also(work)
