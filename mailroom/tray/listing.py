"""The tray (Klärungskorb): what waits for a person, and one letter with all that is known of it."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, false, or_, true
from sqlmodel import Session, col, select

from erecords.errors import NotFound
from erecords.registry.access import Actor, Right
from mailroom.models import Delivery, Letter, LetterCopy, LetterState, StageRun


def decidable(actor: Actor) -> ColumnElement[bool]:
    """Letters that the actor may decide, as ``filing.may_decide`` says of one.

    The mail room all, clerks those meant for or filed in their units; of confidential ones the heads alone, or
    who stands in for an absent head.
    """
    if actor.may(Right.MAIL_ROOM):
        return true()
    if not actor.may(Right.EDIT_CASES):
        return false()
    open_ones = and_(col(Letter.unit).in_(actor.units), ~col(Letter.confidential))
    return or_(open_ones, col(Letter.unit).in_(actor.headed))


def visible(actor: Actor) -> ColumnElement[bool]:
    """Letters that the actor may see: those to decide, and those of which a copy went to one of the actor's units.

    A marked letter is seen by copy nowhere, also when it was marked after the copy went out.
    """
    if not actor.may(Right.EDIT_CASES):
        return decidable(actor)
    copied = select(LetterCopy.letter).where(col(LetterCopy.unit).in_(actor.units))
    return or_(decidable(actor), and_(col(Letter.number).in_(copied), ~col(Letter.confidential)))


def letters(session: Session, actor: Actor, unit: str | None = None) -> list[Letter]:
    """Letters that wait, most urgent first: by their earliest deadline, then by receipt; of one unit where named."""
    query = select(Letter).where(Letter.state == LetterState.TRAY, decidable(actor))
    if unit is not None:
        query = query.where(Letter.unit == unit)
    order = (col(Letter.due).is_(None), col(Letter.due), col(Letter.received), col(Letter.number))
    return list(session.exec(query.order_by(*order)).all())


def seen_letter(session: Session, actor: Actor, number: str) -> Letter:
    """The letter of that number.

    Raises:
        NotFound: there is none that the actor may see.
    """
    return _one(session, number, visible(actor))


def decidable_letter(session: Session, actor: Actor, number: str) -> Letter:
    """The letter of that number, waiting or decided, of which the actor is one to decide.

    Raises:
        NotFound: there is none.
    """
    return _one(session, number, decidable(actor))


def _one(session: Session, number: str, allowed: ColumnElement[bool]) -> Letter:
    found = session.exec(select(Letter).where(Letter.number == number, allowed)).first()
    if found is None:
        raise NotFound(f"There is no letter {number!r} that you may see. Numbers look like E-2026-0000815.")
    return found


def letter(session: Session, actor: Actor, number: str) -> tuple[Letter, Delivery, list[StageRun]]:
    """One letter with its delivery and what each stage did.

    Raises:
        NotFound: there is none of that number that the actor may see.
    """
    found = seen_letter(session, actor, number)
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
