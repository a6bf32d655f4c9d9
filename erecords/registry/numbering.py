"""Gap-free numbers: given out inside the unit of work, so that an undone change gives its number back."""

from __future__ import annotations

from sqlmodel import Session

from erecords.store.models import Counter


def next_number(session: Session, series: str) -> int:
    """The next number of a series, from 1, within the caller's write transaction.

    Writers take turns (BEGIN IMMEDIATE), so two never get the same and an undone change leaves no gap.
    """
    counter = session.get(Counter, series, with_for_update=True)
    if counter is None:
        counter = Counter(name=series, last=0)
    counter.last += 1
    session.add(counter)
    session.flush()
    return counter.last


def raise_to(session: Session, series: str, number: int) -> None:
    """Make sure that the series goes on above ``number``, which was given out elsewhere (import)."""
    counter = session.get(Counter, series, with_for_update=True) or Counter(name=series, last=0)
    counter.last = max(counter.last, number)
    session.add(counter)
    session.flush()


def file_reference(session: Session, notation: str, year: int) -> str:
    """The next file reference (Aktenzeichen) of a class and year: ``22.31-2026/000147``."""
    return f"{notation}-{year}/{next_number(session, f'case:{notation}:{year}'):06d}"


def entry_number(session: Session, year: int) -> str:
    """The next number of the mail book (Eingangsnummer): ``E-2026-0000815``."""
    return f"E-{year}-{next_number(session, f'entry:{year}'):07d}"


def transaction_number(session: Session, year: int) -> str:
    """The next number of a transaction (Vorgangsnummer): ``V-2026-000123``."""
    return f"V-{year}-{next_number(session, f'transaction:{year}'):06d}"
