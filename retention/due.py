"""What falls due, computed in SQL: per rule the latest trigger that is ripe, and one comparison for each case."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Date,
    Integer,
    Select,
    String,
    and_,
    column,
    func,
    or_,
    values,
)
from sqlalchemy import case as choose
from sqlalchemy import select as query_of
from sqlmodel import Session, col, select

from erecords.registry import access
from erecords.registry.access import Actor
from erecords.store.lifecycle import CaseState
from erecords.store.models import Case, CaseEvent, Document, PlanClass
from retention import holds, rules, schedule
from retention.lifecycle import OPEN_STATES, ItemState, RuleKind
from retention.models import DisposalItem, DisposalList, Rule
from retention.schedule import Trigger

_MANY = 2000


@dataclass(frozen=True)
class DueCase:
    """A closed case whose period is over, or will be within the asked time."""

    reference: str
    class_notation: str
    title: str
    rule: str
    rule_version: int
    trigger: str
    trigger_date: date
    due: date
    disposal: str
    kind: str
    held: bool
    list_id: str | None

    def to_json(self) -> dict[str, Any]:
        """As it is shown."""
        return {
            "reference": self.reference,
            "class": self.class_notation,
            "title": self.title,
            "rule": self.rule,
            "rule_version": self.rule_version,
            "trigger": self.trigger,
            "trigger_date": self.trigger_date.isoformat(),
            "due": self.due.isoformat(),
            "disposal": self.disposal,
            "kind": self.kind,
            "held": self.held,
            "list": self.list_id,
        }


@dataclass(frozen=True)
class Work:
    """A case that needs somebody: its date cannot be computed, or its longest period ran out while it is open."""

    reference: str
    class_notation: str
    rule: str | None
    trigger: str | None
    reason: str

    def to_json(self) -> dict[str, Any]:
        """As it is shown."""
        return {
            "reference": self.reference,
            "class": self.class_notation,
            "rule": self.rule,
            "trigger": self.trigger,
            "reason": self.reason,
        }


@dataclass(frozen=True)
class Clauses:
    """The pieces that queries about due cases are built of.

    Attributes:
        rule_now: the rule versions in force, with the latest ripe trigger date as ``ripe_to``.
        trigger_date: when the trigger of a case's rule happened; NULL while that is unknown.
    """

    rule_now: CTE
    trigger_date: ColumnElement[date]
    rules: dict[str, Rule] = field(default_factory=dict)


def clauses(in_force: dict[str, Rule], on: date, lead_days: int) -> Clauses:
    """Build the pieces for an as-of date; rule versions as `rules.in_force` gives them."""
    rows = [
        (
            rule.id,
            rule.version,
            rule.trigger,
            rule.disposal.value,
            schedule.latest_trigger(rules.period(rule), on, lead_days),
        )
        for rule in in_force.values()
    ]
    columns = (
        column("id", String),
        column("version", Integer),
        column("trigger", String),
        column("disposal", String),
        column("ripe_to", Date),
    )
    rule_now = values(*columns, name="rule_values").data(rows or [("", 0, "", "", None)]).cte("rule_now")
    return Clauses(rule_now, _trigger_date(rule_now), in_force)


def _trigger_date(rule_now: CTE) -> ColumnElement[date]:
    stated = (
        query_of(col(CaseEvent.on))
        .where(col(CaseEvent.case_id) == col(Case.id), col(CaseEvent.trigger) == rule_now.c.trigger)
        .correlate(Case, rule_now)
        .scalar_subquery()
    )
    created = _of_documents(func.coalesce(col(Document.date), col(Document.received)))
    received = _of_documents(func.coalesce(col(Document.received), col(Document.date)))
    return choose(
        (rule_now.c.trigger == Trigger.CLOSED.value, col(Case.closed)),
        (rule_now.c.trigger == Trigger.CREATED.value, _later(stated, created)),
        (rule_now.c.trigger == Trigger.RECEIVED.value, _later(stated, received)),
        else_=stated,
    )


def _of_documents(day: ColumnElement[date | None]) -> ColumnElement[date]:
    """The latest such day among a case's documents; NULL when one of them has none."""
    latest = choose((func.count() == func.count(day), func.max(day)), else_=None)
    return query_of(latest).where(col(Document.case_id) == col(Case.id)).correlate(Case).scalar_subquery()


def _later(one: ColumnElement[date], other: ColumnElement[date]) -> ColumnElement[date]:
    return choose((one.is_(None), other), (other.is_(None), one), (one > other, one), else_=other)


def closed_by(on: date) -> ColumnElement[bool]:
    """Condition over ``Case``: it was closed on that day."""
    return and_(col(Case.state) == CaseState.CLOSED, col(Case.closed) <= on)


def listed() -> ColumnElement[bool]:
    """Condition over ``Case``: it stands on an open disposal list."""
    return _open_list().exists()


def _open_list() -> Select[Any]:
    return (
        query_of(col(DisposalItem.list_id))
        .join(DisposalList, col(DisposalList.id) == col(DisposalItem.list_id))
        .where(col(DisposalItem.case_id) == col(Case.id), col(DisposalItem.state) == ItemState.LISTED)
        .where(col(DisposalList.state).in_(OPEN_STATES))
        .correlate(Case)
    )


def joined(query: Select[Any], pieces: Clauses) -> Select[Any]:
    """Put ``Case``, its class and its rule version side by side."""
    return query.select_from(Case).join(PlanClass, col(PlanClass.notation) == col(Case.class_notation)).join(
        pieces.rule_now, pieces.rule_now.c.id == rules.effective()
    )  # fmt: skip


def due_cases(session: Session, actor: Actor, on: date, until: date, lead_days: int) -> Iterator[DueCase]:
    """Cases, closed as of ``on``, whose disposal is ripe by ``until``; streamed in the order of their references."""
    pieces = clauses(rules.in_force(session, on), until, lead_days)
    query = joined(
        query_of(
            col(Case.reference), col(Case.class_notation), col(Case.title), pieces.rule_now.c.id,
            pieces.trigger_date.label("trigger_date"), holds.in_force(session).label("held"),
            _open_list().limit(1).scalar_subquery().label("list_id"),
        ), pieces,
    )  # fmt: skip
    query = query.where(closed_by(on), pieces.trigger_date <= pieces.rule_now.c.ripe_to)
    query = query.where(access.metadata_visible(actor)).order_by(col(Case.reference))
    for row in session.execute(query.execution_options(yield_per=_MANY)):
        rule = pieces.rules[row.id]
        day = schedule.due(rules.period(rule), row.trigger_date)
        assert day is not None
        yield DueCase(
            row.reference, row.class_notation, row.title, rule.id, rule.version, rule.trigger, row.trigger_date,
            day, rule.disposal.value, rule.kind.value, bool(row.held), row.list_id,
        )  # fmt: skip


def not_computable(session: Session, actor: Actor, on: date) -> Iterator[Work]:
    """Closed cases whose due date cannot be computed, with the reason; they are never due."""
    pieces = clauses(rules.in_force(session, on), on, 0)
    query = (
        query_of(
            col(Case.reference), col(Case.class_notation), rules.effective().label("effective"),
            pieces.rule_now.c.id, pieces.rule_now.c.trigger,
        )
        .select_from(Case)
        .join(PlanClass, col(PlanClass.notation) == col(Case.class_notation))
        .outerjoin(pieces.rule_now, pieces.rule_now.c.id == rules.effective())
        .where(closed_by(on), or_(pieces.rule_now.c.id.is_(None), pieces.trigger_date.is_(None)))
        .where(access.metadata_visible(actor))
        .order_by(col(Case.reference))
    )  # fmt: skip
    for row in session.execute(query.execution_options(yield_per=_MANY)):
        yield Work(row.reference, row.class_notation, row.effective, row.trigger, unknown_because(row))


def unknown_because(row: Any) -> str:
    """Why no date can be computed, for a row with ``effective``, ``id`` and ``trigger`` of its rule."""
    if row.effective is None:
        return "neither the case nor its class has a retention rule"
    if row.id is None:
        return f"no version of rule {row.effective} is in force"
    if row.trigger in (Trigger.CREATED, Trigger.RECEIVED):
        return f"not every document has a date, and no event {row.trigger!r} is stated"
    return f"the date of the event {row.trigger!r} is not known"


def overdue_open(session: Session, actor: Actor, on: date) -> Iterator[Work]:
    """Open cases that should be gone: their rule sets a longest period, and it is over."""
    in_force = rules.in_force(session, on)
    longest = {key: rule for key, rule in in_force.items() if rule.kind is not RuleKind.MINIMUM}
    pieces = clauses(longest, on, 0)
    query = joined(
        query_of(col(Case.reference), col(Case.class_notation), pieces.rule_now.c.id, pieces.rule_now.c.trigger), pieces
    )
    query = query.where(col(Case.state) == CaseState.OPEN, pieces.trigger_date <= pieces.rule_now.c.ripe_to)
    query = query.where(access.metadata_visible(actor)).order_by(col(Case.reference))
    for row in session.execute(query.execution_options(yield_per=_MANY)):
        yield Work(
            row.reference, row.class_notation, row.id, row.trigger,
            "the longest period is over, but the case is still open: close it",
        )  # fmt: skip


@dataclass(frozen=True)
class Timing:
    """What the schedule says of one case as of a day. Dates are None where they cannot be computed."""

    rule: Rule | None
    trigger_date: date | None
    retained_to: date | None
    due: date | None
    ripe: date | None


def timing(session: Session, case: Case, on: date, lead_days: int, *, closed: date | None = None) -> Timing:
    """The same computation for one case; a case that was open on that day has no due date.

    Args:
        session: for reading.
        case: the case.
        on: the as-of date.
        lead_days: as in `schedule.ripe`.
        closed: the closing day that counted on a past date, where it was another than today's.
    """
    rule = rules.of_case(session, case, on)
    if rule is None:
        return Timing(None, None, None, None, None)
    closed = closed or (case.closed if case.closed and case.closed <= on else None)
    trigger_date = closed if rule.trigger == Trigger.CLOSED else _read_trigger(session, case, rule.trigger)
    period = rules.period(rule)
    retained_to = schedule.last_day(period, trigger_date) if trigger_date else None
    if closed is None:
        return Timing(rule, trigger_date, retained_to, None, None)
    day = schedule.due(period, trigger_date)
    return Timing(rule, trigger_date, retained_to, day, schedule.ripe(period, trigger_date, lead_days))


def _read_trigger(session: Session, case: Case, trigger: str) -> date | None:
    """The same as `_trigger_date`, for one case and an event or its documents."""
    stated = session.exec(
        select(col(CaseEvent.on)).where(CaseEvent.case_id == case.id, CaseEvent.trigger == trigger)
    ).first()
    if trigger not in (Trigger.CREATED, Trigger.RECEIVED):
        return stated
    rows = session.exec(select(col(Document.date), col(Document.received)).where(Document.case_id == case.id)).all()
    days = [(made or got) if trigger == Trigger.CREATED else (got or made) for made, got in rows]
    known = [day for day in days if day is not None]
    latest = max(known) if known and len(known) == len(days) else None
    return max(stated, latest) if stated and latest else stated or latest
