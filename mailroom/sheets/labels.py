"""Labels (Etiketten): entry numbers of the mail book that are printed before the letter is scanned.

A printed number is taken from the mail book at once and stays free until a scan with the label comes; the mail book
lists it, so that it has no gap.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlmodel import Session, col, select

from erecords.registry import numbering
from erecords.registry.access import Actor, Right
from erecords.store.uow import UnitOfWork
from mailroom.models import EntryLabel, Letter
from mailroom.ports import PageText
from mailroom.stages.sheets import label_of


def reserve(work: UnitOfWork, actor: Actor, count: int) -> list[str]:
    """Take the next ``count`` entry numbers out of the mail book, for labels.

    Raises:
        NotPermitted: the actor does not work in the mail room.
    """
    actor.require(Right.MAIL_ROOM)
    today = work.clock.today()
    rows = [
        EntryLabel(number=numbering.entry_number(work.session, today.year), printed=today, printed_by=actor.id)
        for _ in range(count)
    ]
    work.session.add_all(rows)
    work.session.flush()
    numbers = [row.number for row in rows]
    work.log("labels.print", f"labels:{numbers[0]}", *rows, first=numbers[0], last=numbers[-1])
    return numbers


def free(session: Session) -> frozenset[str]:
    """Numbers that were printed and that no letter has."""
    return frozenset(row.number for row in free_rows(session))


def free_rows(session: Session, year: int | None = None) -> list[EntryLabel]:
    """The same as rows, in order; of the numbers of one year where named."""
    query = select(EntryLabel).where(col(EntryLabel.number).not_in(select(Letter.number)))
    if year is not None:
        query = query.where(col(EntryLabel.number).startswith(f"E-{year}-"))
    return list(session.exec(query.order_by(col(EntryLabel.number))))


def number_for(session: Session, label: str, year: int) -> str:
    """The entry number of a new letter: that of its label while it is free, else the next of the mail book."""
    if label and session.get(EntryLabel, label) is not None and session.get(Letter, label) is None:
        return label
    return numbering.entry_number(session, year)


def findings(session: Session, pages: Sequence[PageText], number: str, joined: Collection[str] = ()) -> list[str]:
    """Labels on the pages of a letter that are not its own: taken by another letter, or never printed here.

    Those of the letters that it was joined with, now (``joined``) or before, are its own as well.
    """
    found = []
    for page in pages:
        for label in filter(None, (label_of(code.text) for code in page.codes)):
            other = session.get(Letter, label)
            if label == number or label in joined or (other is not None and other.merged_into == number):
                continue
            if other is not None:
                found.append(
                    f"label-taken: Page {page.number} bears the label {label}, which another letter has: "
                    "perhaps it was scanned before, or the page belongs to that letter."
                )
            else:
                found.append(f"label-unknown: Page {page.number} bears the label {label}, which is not its number.")
    return found
