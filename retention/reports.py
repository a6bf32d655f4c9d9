"""Reports of retention: due, overdue, unknown, held, offered, suspended, in conflict, never offered, per class."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import and_, func, or_
from sqlalchemy import select as query_of
from sqlmodel import Session, col, select

from erecords.registry import access, plan
from erecords.registry.access import Actor
from erecords.store.models import Case, PlanClass
from retention.holds import placing
from retention.lifecycle import ItemState, ListState, RuleKind
from retention.models import DisposalItem, DisposalList
from retention.periods import due, rules, schedule, suspensions
from retention.settings import RetentionSettings


class Kind(StrEnum):
    """What is asked for."""

    DUE = "due"
    """Due now, or within the asked months."""
    OVERDUE = "overdue"
    """Should be gone: the longest period is over."""
    UNKNOWN = "unknown"
    """No due date can be computed."""
    HELD = "held"
    OFFERED = "offered"
    """Offered to the archive, and not answered."""
    SUSPENDED = "suspended"
    CONFLICTS = "conflicts"
    """A longest time that another rule does not let them keep."""
    NEVER_OFFERED = "never-offered"
    """Nobody has worked on them for so long that the archive has to see them."""
    CLASSES = "classes"
    """How many cases of each class are due, held, unknown."""


@dataclass(frozen=True)
class Question:
    """What a report is about: whose view, which day, how far ahead, which part of the plan (empty: all)."""

    actor: Actor
    on: date
    within: int
    settings: RetentionSettings
    classes: frozenset[str] = frozenset()


Row = dict[str, str | int | None]


def question(
    session: Session, actor: Actor, on: date, within: int, settings: RetentionSettings, notation: str | None
) -> Question:
    """The question about a class with all below it, or about all.

    Raises:
        NotFound: there is no such class.
    """
    below = plan.below(session, plan.find_class(session, notation).notation) if notation else ()
    return Question(actor, on, within, settings, frozenset(below))


def rows(session: Session, kind: Kind, asked: Question) -> Iterator[Row]:
    """The lines of a report, in the order of their references, within what the actor may see."""
    for row in _REPORTS[kind](session, asked):
        if not asked.classes or row["class"] in asked.classes:
            yield row


def _due(session: Session, asked: Question) -> Iterator[Row]:
    until = schedule.months_later(asked.on, asked.within)
    for row in due.due_cases(session, asked.actor, asked.on, until, asked.settings.max_lead_days):
        note = ", ".join([*(["held"] if row.held else []), *([f"on list {row.list_id}"] if row.list_id else [])])
        yield _row(row.reference, row.class_notation, row.rule, row.due, note, kind=row.kind, disposal=row.disposal)


def _row(reference: str, notation: str, rule: str | None, day: date | None, note: str, **more: str | int) -> Row:
    return {
        "reference": reference, "class": notation, "rule": rule, "due": day.isoformat() if day else None, **more,
        "note": note,
    }  # fmt: skip


def _works(found: Iterator[due.Work]) -> Iterator[Row]:
    for work in found:
        yield _row(work.reference, work.class_notation, work.rule, None, work.reason)


def _overdue(session: Session, asked: Question) -> Iterator[Row]:
    for row in due.due_cases(session, asked.actor, asked.on, asked.on, 0):
        if row.kind != RuleKind.MINIMUM.value:
            why = "held" if row.held else f"on list {row.list_id}" if row.list_id else "on no list"
            yield _row(row.reference, row.class_notation, row.rule, row.due, f"was to be gone by then; {why}")
    yield from _works(due.overdue_open(session, asked.actor, asked.on))
    yield from _conflicts(session, asked)


def _conflicts(session: Session, asked: Question) -> Iterator[Row]:
    return _works(due.conflicts(session, asked.actor, asked.on, asked.settings.max_lead_days))


def _held(session: Session, asked: Question) -> Iterator[Row]:
    query = (
        select(Case)
        .join(PlanClass, col(PlanClass.notation) == col(Case.class_notation))
        .where(placing.in_force(session), access.metadata_visible(asked.actor))
        .order_by(col(Case.reference))
    )
    for case in session.exec(query.execution_options(yield_per=500)):
        names = ", ".join(hold.id for hold in placing.on_case(session, case))
        yield _row(case.reference, case.class_notation, case.rule_override, None, f"hold {names}")


def _offered(session: Session, asked: Question) -> Iterator[Row]:
    query = (
        select(DisposalItem, DisposalList)
        .join(DisposalList, col(DisposalList.id) == col(DisposalItem.list_id))
        .join(Case, col(Case.id) == col(DisposalItem.case_id))
        .join(PlanClass, col(PlanClass.notation) == col(Case.class_notation))
        .where(DisposalList.state == ListState.PROPOSED, col(DisposalList.offered_on).is_not(None))
        .where(DisposalItem.state == ItemState.LISTED, col(DisposalItem.decision).is_(None))
        .where(access.metadata_visible(asked.actor))
        .order_by(DisposalItem.reference)
    )
    for item, found in session.exec(query):
        late = " (over)" if found.answer_due and found.answer_due < asked.on else ""
        note = f"list {found.id}, offered on {found.offered_on}, answer due on {found.answer_due}{late}"
        yield _row(item.reference, item.class_notation, item.rule_id, None, note)


def _suspended(session: Session, asked: Question) -> Iterator[Row]:
    for view in suspensions.listing(session, asked.actor, asked.on):
        case = session.get(Case, view.row.case_id)
        if case is not None and view.row.ended_on is None:
            again = " (now)" if view.recheck_due else ""
            note = f"{view.row.id}, {view.row.basis}; look again on {view.row.recheck}{again}"
            yield _row(case.reference, case.class_notation, case.rule_override, None, note)


def _classes(session: Session, asked: Question) -> Iterator[Row]:
    pieces = due.clauses(rules.in_force(session, asked.on), asked.on, asked.settings.max_lead_days)
    rule, trigger = pieces.rule_now.c, pieces.trigger_date
    ripe = and_(rule.id.is_not(None), trigger <= rule.ripe_to, due.may_end(session, pieces, asked.on))
    unknown = or_(rule.id.is_(None), trigger.is_(None), due.unknown_further(session, pieces))
    query = (
        query_of(
            col(PlanClass.notation), col(PlanClass.title), col(PlanClass.rule),
            func.count().label("closed"), func.count().filter(ripe).label("due"),
            func.count().filter(and_(ripe, placing.in_force(session))).label("held"),
            func.count().filter(unknown).label("unknown"),
        )
        .select_from(Case)
        .join(PlanClass, col(PlanClass.notation) == col(Case.class_notation))
        .outerjoin(pieces.rule_now, rule.id == rules.effective())
        .where(due.closed_by(asked.on), access.metadata_visible(asked.actor))
        .group_by(col(PlanClass.notation), col(PlanClass.title), col(PlanClass.rule))
        .order_by(col(PlanClass.notation))
    )  # fmt: skip
    for row in session.execute(query):
        yield {
            "class": row.notation, "title": row.title, "rule": row.rule, "closed": row.closed, "due": row.due,
            "held": row.held, "unknown": row.unknown,
        }  # fmt: skip


_REPORTS: dict[Kind, Callable[[Session, Question], Iterator[Row]]] = {
    Kind.DUE: _due,
    Kind.OVERDUE: _overdue,
    Kind.UNKNOWN: lambda session, asked: _works(due.not_computable(session, asked.actor, asked.on)),
    Kind.HELD: _held,
    Kind.OFFERED: _offered,
    Kind.SUSPENDED: _suspended,
    Kind.CONFLICTS: _conflicts,
    Kind.NEVER_OFFERED: lambda session, asked: _works(
        due.never_offered(session, asked.actor, asked.on, asked.settings.offer_after_years)
    ),
    Kind.CLASSES: _classes,
}
