"""Leases: who has a letter open just now, so that a second person who opens it is told.

A lease ends when its holder goes on, or by itself minutes after the holder was last heard of (a crash, a closed
laptop). It forbids nothing: what keeps two decisions apart is the version of the letter.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert
from sqlmodel import Session, col, select

from erecords.office import Office
from erecords.store.models import Staff
from mailroom.models import LetterLease

LASTS = timedelta(minutes=3)
"""Renewed by an open screen three times within it."""


@dataclass(frozen=True)
class Holder:
    """Somebody who has a letter open."""

    actor: str
    name: str
    since: datetime

    @property
    def sentence(self) -> str:
        """What another person is told."""
        return f"{self.name} ({self.actor}) has had this letter open since {self.since.astimezone():%H:%M}."


def open_letter(office: Office, number: str) -> Holder | None:
    """Take or renew the lease of a letter; who else has it open keeps it, and is named."""
    now = office.clock.now()
    with office.work() as work:
        holder = holders(work.session, now, [number]).get(number)
        if holder is not None and holder.actor != office.actor.id:
            return holder
        work.derive(delete(LetterLease).where(col(LetterLease.letter) == number))
        since = holder.since if holder else now
        row = {"letter": number, "actor": office.actor.id, "since": since, "until": now + LASTS}
        work.derive(insert(LetterLease), [row])
    return None


def close_letter(office: Office, number: str) -> None:
    """Give the lease of a letter back; that of somebody else stays."""
    mine = (col(LetterLease.letter) == number) & (col(LetterLease.actor) == office.actor.id)
    with office.work() as work:
        work.derive(delete(LetterLease).where(mine))


def holders(session: Session, now: datetime, numbers: Iterable[str]) -> dict[str, Holder]:
    """Who has which of these letters open; leases that ran out do not count."""
    query = (
        select(LetterLease, Staff.name)
        .join(Staff, col(Staff.id) == col(LetterLease.actor), isouter=True)
        .where(col(LetterLease.letter).in_(list(numbers)), col(LetterLease.until) > now)
    )
    return {row.letter: Holder(row.actor, name or row.actor, row.since) for row, name in session.exec(query)}
