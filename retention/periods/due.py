"""What falls due, computed in SQL: per rule the latest trigger that is ripe, and one comparison for each case."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from sqlalchemy import (
    CTE,
    ColumnElement,
    Date,
    FromClause,
    Integer,
    Select,
    String,
    and_,
    column,
    false,
    func,
    literal,
    or_,
    true,
    values,
)
from sqlalchemy import case as choose
from sqlalchemy import select as query_of
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from erecords.registry import access
from erecords.registry.access import Actor
from erecords.store.lifecycle import CaseState
from erecords.store.models import Case, CaseEvent, Document, PlanClass, Transaction
from retention.holds import placing
from retention.lifecycle import OPEN_STATES, ItemState, RuleKind
from retention.models import CaseRule, DisposalItem, DisposalList, Rule, Suspension
from retention.periods import caserules, rules, schedule, timing
from retention.periods.schedule import Trigger

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
    rules: dict[str, Rule]


def clauses(in_force: dict[str, Rule], on: date, lead_days: int) -> Clauses:
    """Build the pieces for an as-of date; rule versions as `rules.in_force` gives them."""
    rows = [
        (
            rule.id,
            rule.version,
            rule.trigger,
            rule.disposal.value,
            rule.kind.value,
            literal(schedule.latest_trigger(rules.period(rule), on, lead_days), Date),
        )
        for rule in in_force.values()
    ]
    columns = (
        column("id", String),
        column("version", Integer),
        column("trigger", String),
        column("disposal", String),
        column("kind", String),
        column("ripe_to", Date),
    )
    rule_now = (
        values(*columns, name="rule_values").data(rows or [("", 0, "", "", "", literal(None, Date))]).cte("rule_now")
    )
    return Clauses(rule_now, trigger_date(rule_now), in_force)


def trigger_date(
    rule_now: FromClause, case: type[Case] = Case, further: type[CaseRule] | None = None
) -> ColumnElement[date]:
    """When the trigger of a rule happened, for the case beside it; NULL while that is unknown.

    Args:
        rule_now: rule versions, as `clauses` gives them.
        case: the case, or an alias of it.
        further: where the rule is a further one, and put on a transaction or document, only that counts.
    """
    stated = (
        query_of(col(CaseEvent.on))
        .where(col(CaseEvent.case_id) == col(case.id), col(CaseEvent.trigger) == rule_now.c.trigger)
        .correlate(case, rule_now)
        .scalar_subquery()
    )
    created = _of_documents(func.coalesce(col(Document.date), col(Document.received)), case, further)
    received = _of_documents(func.coalesce(col(Document.received), col(Document.date)), case, further)
    return choose(
        (rule_now.c.trigger == Trigger.CLOSED.value, _closed(case, further)),
        (rule_now.c.trigger == Trigger.CREATED.value, _later(stated, created)),
        (rule_now.c.trigger == Trigger.RECEIVED.value, _later(stated, received)),
        else_=stated,
    )


def _closed(case: type[Case], further: type[CaseRule] | None) -> ColumnElement[Any]:
    if further is None:
        return cast(ColumnElement[Any], case.closed)
    of_transaction = (
        query_of(col(Transaction.closed))
        .where(col(Transaction.number) == col(further.transaction), col(Transaction.case_id) == col(case.id))
        .correlate(case, further)
        .scalar_subquery()
    )
    return choose((col(further.transaction).is_(None), col(case.closed)), else_=of_transaction)


def _of_documents(
    day: ColumnElement[date | None], case: type[Case], further: type[CaseRule] | None
) -> ColumnElement[date]:
    """The latest such day among a case's documents; NULL when one of them has none."""
    latest = choose((func.count() == func.count(day), func.max(day)), else_=None)
    query = query_of(latest).where(col(Document.case_id) == col(case.id)).correlate(case, CaseRule)
    if further is not None:
        document, transaction = col(further.document_id), col(further.transaction)
        query = query.where(or_(document.is_(None), document == col(Document.id)))
        query = query.where(or_(transaction.is_(None), transaction == col(Document.transaction)))
    return query.scalar_subquery()


def _later(one: ColumnElement[date], other: ColumnElement[date]) -> ColumnElement[date]:
    return choose((one.is_(None), other), (other.is_(None), one), (one > other, one), else_=other)


def may_end(session: Session, pieces: Clauses, on: date) -> ColumnElement[bool]:
    """Condition over ``Case``: no suspension lasts on that day, and each of its further rules has ended."""
    parts: list[ColumnElement[bool]] = [true()]
    if session.exec(select(Suspension.id).limit(1)).first():
        lasting = or_(col(Suspension.ended_on).is_(None), col(Suspension.ended_on) >= on)
        parts.append(col(Case.id).not_in(query_of(col(Suspension.case_id)).where(lasting)))
    if session.exec(select(CaseRule.id).limit(1)).first():
        further, rule, day = _further(pieces)
        runs = or_(day.is_(None), rule.c.ripe_to.is_(None), day > rule.c.ripe_to)
        runs = or_(rule.c.id.is_(None), and_(rule.c.kind != RuleKind.MAXIMUM.value, runs))
        parts.append(col(Case.id).not_in(further.where(runs)))
    return and_(*parts)


def unknown_further(session: Session, pieces: Clauses) -> ColumnElement[bool]:
    """Condition over ``Case``: the date of one of its further rules is not known."""
    if not session.exec(select(CaseRule.id).limit(1)).first():
        return false()
    further, rule, day = _further(pieces)
    keeps = rule.c.kind != RuleKind.MAXIMUM.value
    return col(Case.id).in_(further.where(or_(rule.c.id.is_(None), and_(keeps, day.is_(None)))))


def _further(pieces: Clauses) -> tuple[Select[Any], FromClause, ColumnElement[date]]:
    """Ids of the cases with further rules in force, their rule versions, and the dates of those rules' triggers."""
    case, rule = aliased(Case), pieces.rule_now.alias()
    query = (
        query_of(col(CaseRule.case_id))
        .join(case, col(case.id) == col(CaseRule.case_id))
        .outerjoin(rule, rule.c.id == col(CaseRule.rule_id))
        .where(caserules.further())
    )
    return query, rule, trigger_date(rule, case, CaseRule)


def closed_by(on: date) -> ColumnElement[bool]:
    """Condition over ``Case``: it was closed on that day."""
    return and_(col(Case.state) == CaseState.CLOSED, col(Case.closed) <= on)


def listed() -> ColumnElement[bool]:
    """Condition over ``Case``: it stands on an open disposal list."""
    waiting = (
        query_of(col(DisposalItem.case_id))
        .join(DisposalList, col(DisposalList.id) == col(DisposalItem.list_id))
        .where(col(DisposalItem.state) == ItemState.LISTED, col(DisposalList.state).in_(OPEN_STATES))
    )
    return col(Case.id).in_(waiting)


def any_listed(session: Session) -> bool:
    """Whether there is any open disposal list."""
    return session.exec(select(DisposalList.id).where(col(DisposalList.state).in_(OPEN_STATES))).first() is not None


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
            col(Case.id).label("case_id"), col(Case.reference), col(Case.class_notation), col(Case.title),
            pieces.rule_now.c.id, pieces.trigger_date.label("trigger_date"), placing.in_force(session).label("held"),
            _open_list().limit(1).scalar_subquery().label("list_id"),
        ), pieces,
    )  # fmt: skip
    query = query.where(closed_by(on), pieces.trigger_date <= pieces.rule_now.c.ripe_to)
    query = query.where(may_end(session, pieces, until), access.metadata_visible(actor))
    special = timing.special(session)
    for row in session.execute(query.order_by(col(Case.reference)).execution_options(yield_per=_MANY)):
        rule = pieces.rules[row.id]
        day = schedule.due(rules.period(rule), row.trigger_date)
        if row.case_id in special:
            day = timing.of_case(session, session.get_one(Case, row.case_id), on, lead_days).due
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
            pieces.rule_now.c.id, pieces.rule_now.c.trigger, pieces.trigger_date.label("trigger_date"),
        )
        .select_from(Case)
        .join(PlanClass, col(PlanClass.notation) == col(Case.class_notation))
        .outerjoin(pieces.rule_now, pieces.rule_now.c.id == rules.effective())
        .where(closed_by(on))
        .where(
            or_(pieces.rule_now.c.id.is_(None), pieces.trigger_date.is_(None), unknown_further(session, pieces))
        )
        .where(access.metadata_visible(actor))
        .order_by(col(Case.reference))
    )  # fmt: skip
    for row in session.execute(query.execution_options(yield_per=_MANY)):
        yield Work(row.reference, row.class_notation, row.effective, row.trigger, unknown_because(row))


def unknown_because(row: Any) -> str:
    """Why no date can be computed, for a row with ``effective``, ``id``, ``trigger``, ``trigger_date`` of its rule."""
    if row.effective is None:
        return "neither the case nor its class has a retention rule"
    if row.id is None:
        return f"no version of rule {row.effective} is in force"
    if row.trigger_date is None and row.trigger in (Trigger.CREATED, Trigger.RECEIVED):
        return f"not every document has a date, and no event {row.trigger!r} is stated"
    if row.trigger_date is not None:
        return "the date of a further rule on it is not known: erecords retention why says which"
    return f"the date of the event {row.trigger!r} is not known"


def overdue_open(session: Session, actor: Actor, on: date) -> Iterator[Work]:
    """Open cases that should be gone: their rule, or one on something in them, sets a longest period, and it is over.

    Those under a longest period of their own or their class's come first.
    """
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
    yield from _overdue_inside(session, actor, pieces)


def _overdue_inside(session: Session, actor: Actor, pieces: Clauses) -> Iterator[Work]:
    rule = pieces.rule_now.c
    query = (
        query_of(CaseRule, col(Case.reference), col(Case.class_notation), rule.trigger)
        .select_from(CaseRule)
        .join(Case, col(Case.id) == col(CaseRule.case_id))
        .join(PlanClass, col(PlanClass.notation) == col(Case.class_notation))
        .join(pieces.rule_now, rule.id == col(CaseRule.rule_id))
        .where(caserules.further(), col(Case.state) == CaseState.OPEN)
        .where(trigger_date(pieces.rule_now, Case, CaseRule) <= rule.ripe_to, access.metadata_visible(actor))
        .order_by(col(Case.reference), col(CaseRule.id))
    )
    for row, reference, notation, trigger in session.execute(query.execution_options(yield_per=_MANY)):
        what = "" if caserules.of(row) == "further" else f" of {caserules.of(row)}"
        yield Work(
            reference, notation, row.rule_id, trigger,
            f"the longest period{what} is over, but the case is still open: close it",
        )  # fmt: skip


def conflicts(session: Session, actor: Actor, on: date, lead_days: int) -> Iterator[Work]:
    """Closed cases bound by a longest time that another rule, or a suspension, does not let them keep."""
    query = query_of(Case).join(PlanClass, col(PlanClass.notation) == col(Case.class_notation))
    query = query.where(closed_by(on), col(Case.id).in_(timing.special(session)), access.metadata_visible(actor))
    for case in session.execute(query.order_by(col(Case.reference))).scalars():
        for each in timing.of_case(session, case, on, lead_days).conflicts:
            yield Work(
                case.reference, case.class_notation, each.rule.id, each.rule.trigger,
                f"is to be gone by {each.due} under {each.rule.id}, but something else keeps it longer",
            )  # fmt: skip


def never_offered(session: Session, actor: Actor, on: date, years: int) -> Iterator[Work]:
    """Cases, open or closed, on which nobody worked for so many years and that no list ever offered.

    The archive has a claim to see them whatever their retention period says.
    """
    limit = schedule.months_later(on, -12 * years)
    worked = func.coalesce(col(Document.received), col(Document.date))
    later = query_of(col(Document.id)).where(col(Document.case_id) == col(Case.id), worked > limit).correlate(Case)
    seen = query_of(col(DisposalItem.id)).where(col(DisposalItem.case_id) == col(Case.id)).correlate(Case)
    query = (
        query_of(col(Case.reference), col(Case.class_notation), rules.effective().label("rule"))
        .join(PlanClass, col(PlanClass.notation) == col(Case.class_notation))
        .where(col(Case.opened) <= limit, or_(col(Case.closed).is_(None), col(Case.closed) <= limit))
        .where(~later.exists(), ~seen.where(col(DisposalItem.state) != ItemState.TAKEN_OUT).exists())
        .where(access.metadata_visible(actor))
        .order_by(col(Case.reference))
    )
    for row in session.execute(query.execution_options(yield_per=_MANY)):
        yield Work(
            row.reference, row.class_notation, row.rule, None,
            f"nobody has worked on it since {limit}, and it was never offered to the archive",
        )  # fmt: skip
