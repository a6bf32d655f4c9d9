"""A letter for two offices: one owns it, the other gets a copy note (Abdruck, Mitzeichnung) and reads it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session, col, select

from erecords.errors import Conflict, NotFound
from erecords.office import Office
from erecords.registry import copies, org
from erecords.registry.access import Actor
from erecords.store.models import Document
from erecords.store.uow import UnitOfWork
from mailroom.models import CopyKind, Letter, LetterCopy, LetterState
from mailroom.tray import filing, listing


@dataclass(frozen=True)
class CopyNote:
    """A copy with the letter that it is of."""

    copy: LetterCopy
    letter: Letter


def give(
    office: Office, work: UnitOfWork, number: str, unit: str, kind: CopyKind = CopyKind.ABDRUCK, note: str = ""
) -> LetterCopy:
    """Let a further unit read a letter, waiting or filed; who owns and files it stays the same.

    Once it is filed the unit finds and reads the document, also in a protected case; nothing else of that case.

    Raises:
        NotFound: there is no such unit, or no such letter that the actor may decide.
        Conflict: the unit owns or has it already, the letter was rejected, or it is marked: that is for its addressee
            alone, and can only be forwarded.
    """
    letter = listing.decidable_letter(work.session, office.actor, number)
    title = org.unit(work.session, unit).title
    if letter.confidential:
        raise Conflict(
            f"{number} is marked {', '.join(letter.markings)} and is for one unit alone. Nothing was changed; "
            "if it went to the wrong one: erecords mail forward"
        )
    if letter.state is LetterState.REJECTED:
        raise Conflict(f"{number} was rejected; there is nothing to copy. Nothing was changed.")
    if letter.unit == unit or unit in {row.unit for row in of_letter(work.session, number)}:
        raise Conflict(f"{unit} {title} has {number} already. Nothing was changed.")
    row = LetterCopy(letter=number, unit=unit, kind=kind, note=note, given=work.clock.now(), given_by=office.actor.id)
    work.add(row)
    personal = {"note": note} if note else None
    work.log("letter.copy", f"letter:{number}", row, personal=personal, unit=unit, kind=kind.value)
    work.index("mail", number)
    if letter.document_id is not None:
        document = work.session.get_one(Document, letter.document_id)
        copies.give(work, filing.registrar(work, office.actor), document, unit)
    return row


def seen(office: Office, work: UnitOfWork, number: str) -> list[LetterCopy]:
    """Note that the actor's unit has seen its copy; it leaves the list of new ones.

    Raises:
        NotFound: none of the actor's units has a new copy of that letter.
    """
    rows = [row for row in of_letter(work.session, number) if row.unit in office.actor.units and row.seen is None]
    if not rows:
        raise NotFound(f"There is no new copy of {number} for your units. See: erecords mail copies")
    for row in rows:
        row.seen, row.seen_by = work.clock.now(), office.actor.id
        work.session.add(row)
        work.log("letter.copy-seen", f"letter:{number}", row, unit=row.unit)
    return rows


def of_letter(session: Session, number: str) -> list[LetterCopy]:
    """The copies of a letter, by unit."""
    query = select(LetterCopy).where(LetterCopy.letter == number).order_by(col(LetterCopy.unit))
    return list(session.exec(query).all())


def of_units(session: Session, actor: Actor, *, new_only: bool = True) -> list[CopyNote]:
    """Copies for the actor's units that the actor may read, newest first."""
    query = (
        select(LetterCopy, Letter)
        .join(Letter, col(Letter.number) == col(LetterCopy.letter))
        .where(col(LetterCopy.unit).in_(actor.units), listing.visible(actor), ~col(Letter.erased))
    )
    if new_only:
        query = query.where(col(LetterCopy.seen).is_(None))
    rows = session.exec(query.order_by(col(LetterCopy.given).desc(), col(LetterCopy.id).desc()))
    return [CopyNote(copy, letter) for copy, letter in rows]
