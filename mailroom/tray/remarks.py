"""Remarks on a letter, and sending it on to another unit: what people say to each other about mail."""

from __future__ import annotations

from sqlmodel import Session, col, select

from erecords.errors import Conflict
from erecords.office import Office
from erecords.registry import org
from erecords.registry.rules import one_line
from erecords.store.uow import UnitOfWork
from mailroom.models import Letter, LetterNote
from mailroom.tray import filing, listing


def remark(office: Office, work: UnitOfWork, number: str, text: str) -> LetterNote:
    """Write a remark on a letter that the actor may see, waiting or filed.

    Raises:
        NotFound: there is none of that number that the actor may see.
        InputRefused: the text is empty, or longer than a line may be.
    """
    listing.seen_letter(work.session, office.actor, number)
    row = LetterNote(letter=number, text=one_line(text, "remark"), written=work.clock.now(), written_by=office.actor.id)
    work.add(row)
    work.log("letter.remark", f"letter:{number}", row, personal={"text": row.text})
    return row


def remarks(session: Session, number: str) -> list[LetterNote]:
    """What was remarked on a letter, oldest first."""
    return list(session.exec(select(LetterNote).where(LetterNote.letter == number).order_by(col(LetterNote.id))).all())


def forward(office: Office, work: UnitOfWork, number: str, unit: str, text: str = "") -> Letter:
    """Send a letter of the tray on to the tray of another unit, with a remark.

    Raises:
        NotFound: there is no such unit, or no such letter in the actor's tray.
        Conflict: it was decided already, or lies with that unit.
    """
    letter = filing.waiting_letter(work, office.actor, number)
    org.unit(work.session, unit)
    if letter.unit == unit:
        raise Conflict(f"{number} is in the tray of unit {unit} already. Nothing was changed.")
    if text:
        remark(office, work, number, text)
    was, letter.unit = letter.unit, unit
    letter.version += 1
    work.session.add(letter)
    work.log("letter.forward", f"letter:{number}", letter, unit=unit, was=was)
    return letter
