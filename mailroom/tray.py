"""The tray (Klärungskorb): what waits for a person, and one letter with all that is known of it."""

from __future__ import annotations

from sqlalchemy import ColumnElement, false, or_, true
from sqlmodel import Session, col, select

from erecords.errors import NotFound
from erecords.registry.access import Actor, Right
from mailroom.filing import may_decide
from mailroom.models import Delivery, Letter, LetterState, StageRun


def visible(actor: Actor) -> ColumnElement[bool]:
    """Letters that the actor may see: the mail room all, clerks those meant for or filed in their units."""
    if actor.may(Right.MAIL_ROOM):
        return true()
    return or_(col(Letter.unit).in_(actor.units), false()) if actor.may(Right.EDIT_CASES) else false()


def letters(session: Session, actor: Actor, unit: str | None = None) -> list[Letter]:
    """Letters that wait, oldest first; of one unit where one is named."""
    query = select(Letter).where(Letter.state == LetterState.TRAY, visible(actor))
    if unit is not None:
        query = query.where(Letter.unit == unit)
    return list(session.exec(query.order_by(col(Letter.received), col(Letter.number))).all())


def letter(session: Session, actor: Actor, number: str) -> tuple[Letter, Delivery, list[StageRun]]:
    """One letter with its delivery and what each stage did.

    Raises:
        NotFound: there is none of that number that the actor may see.
    """
    found = session.get(Letter, number)
    if found is None or not may_decide(actor, found):
        raise NotFound(f"There is no letter {number!r} that you may see. Numbers look like E-2026-0000815.")
    runs = session.exec(select(StageRun).where(StageRun.letter == number).order_by(col(StageRun.id))).all()
    return found, session.get_one(Delivery, found.delivery_id), list(runs)


def of_deliveries(session: Session, ids: list[int]) -> list[tuple[Delivery, list[Letter]]]:
    """Deliveries with their letters, in order."""
    found = []
    for delivery_id in ids:
        delivery = session.get_one(Delivery, delivery_id)
        rows = session.exec(select(Letter).where(Letter.delivery_id == delivery_id).order_by(col(Letter.position)))
        found.append((delivery, list(rows.all())))
    return found
