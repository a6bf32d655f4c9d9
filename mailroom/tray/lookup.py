"""Type-ahead: cases, classes, units and document types that begin or go on with what a person typed so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from sqlmodel import col, or_, select

from erecords.office import Office
from erecords.registry import access
from erecords.store.lifecycle import CaseState, FileKind
from erecords.store.models import Case, PlanClass, Unit
from mailroom.loading import load_registers

MOST = 9
Find = Callable[[str], Sequence["Choice"]]
"""What is found for the words typed so far."""


@dataclass(frozen=True)
class Choice:
    """Something to choose: what names it, and what it is called."""

    key: str
    title: str


def cases(office: Office, words: str) -> list[Choice]:
    """Open cases that the actor may file into, whose reference, title or key holds all these words; at most nine."""
    query = select(Case).join(PlanClass, col(PlanClass.notation) == col(Case.class_notation))
    with office.read() as session:
        units = access.all_units(session) if office.actor.may(access.Right.MAIL_ROOM) else office.actor.units
        query = query.where(Case.state == CaseState.OPEN, col(Case.unit).in_(units))
        for word in words.split()[:8]:
            either = (col(column).icontains(word, autoescape=True) for column in (Case.reference, Case.title, Case.key))
            query = query.where(or_(*either))
        rows = session.exec(query.order_by(col(Case.opened).desc(), col(Case.reference).desc()).limit(MOST)).all()
        return [Choice(case.reference, case.title) for case in rows]


def classes(office: Office, words: str) -> list[Choice]:
    """Classes that hold files and whose notation, title or scope has all these words, those named so first."""
    with office.read() as session:
        rows = session.exec(select(PlanClass).order_by(col(PlanClass.notation))).all()
    found = [
        (Choice(row.notation, row.title), f"{row.notation} {row.title}", row.scope)
        for row in rows
        if row.file_kind is not FileKind.GROUP
    ]
    return _matching(found, words)


def units(office: Office, words: str) -> list[Choice]:
    """Units whose number, title, short name or tasks have all these words, those named so first."""
    with office.read() as session:
        rows = session.exec(select(Unit).order_by(col(Unit.id))).all()
    return _matching([(Choice(u.id, u.title), f"{u.id} {u.title} {u.short}", u.tasks) for u in rows], words)


def types(office: Office) -> Find:
    """Finds types of incoming mail whose key or title has all words; the registers are read once."""
    rows = load_registers(office).incoming
    named = [(Choice(row.key, row.title), f"{row.key} {row.title}", "") for row in rows]
    return partial(_matching, named)


def _matching(rows: list[tuple[Choice, str, str]], words: str) -> list[Choice]:
    wanted = [word.casefold() for word in words.split()]

    def holds(text: str) -> bool:
        return all(word in text.casefold() for word in wanted)

    named = [choice for choice, name, _ in rows if holds(name)]
    told = [choice for choice, name, more in rows if not holds(name) and holds(f"{name} {more}")]
    starting = [choice for choice in named if wanted and choice.key.casefold().startswith(wanted[0])]
    return list(dict.fromkeys((*starting, *named, *told)))[:MOST]
