"""The tray (Klärungskorb): what waits for a person, and one letter with all that is known of it."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, false, true
from sqlmodel import Session, col, select

from erecords.errors import NotFound
from erecords.registry.access import Actor, Right
from erecords.store.lifecycle import Role
from mailroom.filing import may_decide
from mailroom.models import Delivery, Letter, LetterState, StageRun


def visible(actor: Actor) -> ColumnElement[bool]:
    """Letters that the actor may see, as ``filing.may_decide`` says of one.

    The mail room all, clerks those meant for or filed in their units; of confidential ones the heads alone.
    """
    if actor.may(Right.MAIL_ROOM):
        return true()
    if not actor.may(Right.EDIT_CASES):
        return false()
    mine = col(Letter.unit).in_(actor.units)
    return mine if actor.role is Role.HEAD else and_(mine, ~col(Letter.confidential))


def letters(session: Session, actor: Actor, unit: str | None = None) -> list[Letter]:
    """Letters that wait, most urgent first: by their earliest deadline, then by receipt; of one unit where named."""
    query = select(Letter).where(Letter.state == LetterState.TRAY, visible(actor))
    if unit is not None:
        query = query.where(Letter.unit == unit)
    order = (col(Letter.due).is_(None), col(Letter.due), col(Letter.received), col(Letter.number))
    return list(session.exec(query.order_by(*order)).all())


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
