"""The nightly run: compute, warn, propose. It never destroys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Select, and_, func, or_
from sqlalchemy import select as query_of
from sqlmodel import Session, col, select

from erecords.registry.access import Actor, Right
from erecords.store.models import Case, PlanClass
from erecords.store.uow import UnitOfWork
from retention.holds import placing
from retention.lifecycle import OPEN_STATES, ItemState, ListState
from retention.lists import disposition
from retention.models import DisposalItem, DisposalList, PendingErasure
from retention.periods import caserules, classes, due, rules, suspensions
from retention.settings import RetentionSettings

_NAMED = 20
_SOON = timedelta(days=30)


@dataclass(frozen=True)
class Figures:
    """How many closed cases stand where, as of a day."""

    closed: int
    ripe: int
    held: int
    """Of the ripe ones, those on which a hold lies."""
    listed: int
    """Of the ripe ones, those on an open list."""
    not_computable: int


@dataclass(frozen=True)
class Report:
    """What a run found and proposed."""

    on: date
    figures: Figures
    proposed: str | None
    warnings: tuple[str, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """As it is shown."""
        return {
            "on": self.on.isoformat(),
            "closed": self.figures.closed,
            "due": self.figures.ripe,
            "held": self.figures.held,
            "not_computable": self.figures.not_computable,
            "list": self.proposed,
            "warnings": list(self.warnings),
        }


def figures(session: Session, on: date, settings: RetentionSettings) -> Figures:
    """Count the closed cases, in one pass over the database and two over the few that are held or listed."""
    pieces = due.clauses(rules.in_force(session, on), on, settings.max_lead_days)
    rule = pieces.rule_now.c
    # Offset 0 keeps the database from copying the inner expressions into each count: the trigger is looked up once.
    dates = (
        _joined(
            query_of(
                rule.id.label("rule"), rule.ripe_to.label("ripe_to"), pieces.trigger_date.label("day"),
                due.may_end(session, pieces, on).label("may_end"),
                due.unknown_further(session, pieces).label("unknown"),
            ), pieces,
        ).where(due.closed_by(on)).offset(0).subquery()
    )  # fmt: skip
    ripe = and_(dates.c.day <= dates.c.ripe_to, dates.c.may_end)
    unknown = or_(dates.c.rule.is_(None), dates.c.day.is_(None), dates.c.unknown)
    query = query_of(func.count(), func.count().filter(ripe), func.count().filter(unknown)).select_from(dates)
    closed, ripe_now, not_computable = session.execute(query).one()
    few = _ripe(session, pieces, on)
    listed = session.execute(few.where(due.listed())).scalar_one() if due.any_listed(session) else 0
    return Figures(closed, ripe_now, ripe_but_held(session, on, settings), listed, not_computable)


def ripe_but_held(session: Session, on: date, settings: RetentionSettings) -> int:
    """How many cases are ripe as of a day, and a hold is on them."""
    if not placing.any_in_force(session):
        return 0
    pieces = due.clauses(rules.in_force(session, on), on, settings.max_lead_days)
    return int(session.execute(_ripe(session, pieces, on).where(placing.in_force(session))).scalar_one())


def _ripe(session: Session, pieces: due.Clauses, on: date) -> Select[Any]:
    few = _joined(query_of(func.count()), pieces).where(
        due.closed_by(on), pieces.trigger_date <= pieces.rule_now.c.ripe_to
    )
    return few.where(due.may_end(session, pieces, on))


def _joined(query: Select[Any], pieces: due.Clauses) -> Select[Any]:
    """Put each case beside its class and its rule version, if it has one."""
    return (
        query.select_from(Case)
        .join(PlanClass, col(PlanClass.notation) == col(Case.class_notation))
        .outerjoin(pieces.rule_now, pieces.rule_now.c.id == rules.effective())
    )


def run(
    work: UnitOfWork, actor: Actor, on: date, settings: RetentionSettings, said: Sequence[str] = ()
) -> Report:  # fmt: skip
    """Compute what is due, warn of what needs somebody, and propose a list of all that is ripe.

    ``said`` are warnings of steps before this one.

    Raises:
        NotPermitted: the actor proposes no disposal.
    """
    actor.require(Right.MANAGE_RECORDS)
    found = figures(work.session, on, settings)
    warnings = (
        *said,
        *_of_cases(work.session, actor, on, found, settings),
        *_of_rules(work.session, actor, on),
        *_of_lists(work.session, on),
    )
    return Report(on, found, disposition.propose(work, actor, on, settings), warnings)


def _of_rules(session: Session, actor: Actor, on: date) -> list[str]:
    said = []
    for view in suspensions.listing(session, actor, on, due_only=True):
        said.append(
            f"suspension {view.row.id} on {view.row.reference} is to be looked at again since {view.row.recheck}"
        )
    for of in classes.waiting(session, on):
        said.append(
            f"class {of.notation} is to get another rule: erecords retention schedule confirm-class {of.notation}"
        )
    waiting = [row for row in caserules.listing(session, actor) if row["state"] in ("waits", "end waits")]
    for row in waiting:
        said.append(
            f"rule {row['number']} of {row['reference']} waits: erecords retention case-rule approve {row['number']}"
        )
    return said


def _of_cases(
    session: Session, actor: Actor, on: date, found: Figures, settings: RetentionSettings
) -> list[str]:  # fmt: skip
    said = []
    if found.not_computable:
        said.append(f"closed cases without a computable due date: {found.not_computable} (erecords retention due)")
    if found.held:
        said.append(f"cases that are due but held: {found.held}")
    late = [work.reference for work in islice(due.overdue_open(session, actor, on), _NAMED)]
    if late:
        more = " and more" if len(late) == _NAMED else ""
        said.append(f"longest period over while the case is open: {', '.join(late)}{more}")
    old = [row.reference for row in islice(due.never_offered(session, actor, on, settings.offer_after_years), _NAMED)]
    if old:
        more = " and more" if len(old) == _NAMED else ""
        years = f"last worked on {settings.offer_after_years} years ago"
        said.append(f"to be offered to the archive, {years}: {', '.join(old)}{more}")
    for work in due.conflicts(session, actor, on, settings.max_lead_days):
        said.append(f"{work.reference}: {work.reason}")
    return said


def _of_lists(session: Session, on: date) -> list[str]:
    said = []
    query = select(DisposalList).where(col(DisposalList.state).in_(OPEN_STATES)).order_by(DisposalList.id)
    for found in session.exec(query).all():
        if found.state is ListState.RUNNING:
            said.append(f"list {found.id} was begun and is not finished: erecords retention carry-out {found.id}")
        elif found.state is ListState.APPROVED and found.cool_off_until and found.cool_off_until <= on:
            said.append(f"list {found.id} is approved and may be carried out")
        elif found.state is ListState.PROPOSED and found.answer_due and found.answer_due < on:
            said.append(f"the archive's answer about list {found.id} was due on {found.answer_due}: {_lapse(found)}")
        elif found.state is ListState.PROPOSED and found.answer_due and found.answer_due - _SOON <= on:
            said.append(f"the archive's answer about list {found.id} is due on {found.answer_due}")
        elif found.state is ListState.PROPOSED:
            said.append(f"list {found.id} waits: {_undecided(session, found)} undecided, then approval")
    left = session.exec(select(func.count()).select_from(PendingErasure)).one()
    if left:
        said.append(f"{left} destroyed cases left files: they go with the next carry-out")
    return said


def _lapse(found: DisposalList) -> str:
    return f"ask once more, or erecords retention lapse {found.id}"


def _undecided(session: Session, found: DisposalList) -> int:
    waiting = and_(
        col(DisposalItem.list_id) == found.id, col(DisposalItem.state) == ItemState.LISTED,
        col(DisposalItem.decision).is_(None),
    )  # fmt: skip
    return session.exec(select(func.count()).select_from(DisposalItem).where(waiting)).one()
