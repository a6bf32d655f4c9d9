"""When one case is due: every rule that binds it, and the suspensions that keep its period from ending."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from sqlalchemy import select as query_of
from sqlmodel import Session, col, select

from erecords.registry.rules import case_id
from erecords.store.models import Case, CaseEvent, Document, Transaction
from retention.lifecycle import Disposal, RuleKind
from retention.models import CaseRule, Rule, Suspension
from retention.periods import caserules, history, rules, schedule, suspensions
from retention.periods.schedule import ONE_DAY, Trigger

T = TypeVar("T")
_STRONGEST = (Disposal.ARCHIVE, Disposal.APPRAISE, Disposal.DESTROY)


@dataclass(frozen=True)
class Obligation:
    """One rule that binds a case. Dates are None where they cannot be computed, or the rule has no end."""

    rule: Rule
    of: str
    """Where it comes from: ``case`` (its own, or its class's), else as `caserules.of` names it."""
    trigger_date: date | None
    due: date | None
    ripe: date | None

    @property
    def keeps(self) -> bool:
        """Whether nothing may go before its end."""
        return self.rule.kind is not RuleKind.MAXIMUM

    @property
    def limits(self) -> bool:
        """Whether the case is to be gone at its end."""
        return self.rule.kind is not RuleKind.MINIMUM


@dataclass(frozen=True)
class Timing:
    """What the schedule says of one case as of a day. Dates are None where they cannot be computed.

    Attributes:
        rule: of the case itself, or of its class.
        trigger_date: of that rule.
        retained_to, due, ripe: with all obligations and suspensions; the longest least time counts.
        obligations: all rules that bind it, the first is ``rule``.
        suspended: suspensions that last.
        suspensions_over: those that ended; the case is not due before the day after.
        conflicts: obligations whose longest time ends before another one, or a suspension, lets the case go.
    """

    rule: Rule | None = None
    trigger_date: date | None = None
    retained_to: date | None = None
    due: date | None = None
    ripe: date | None = None
    obligations: tuple[Obligation, ...] = ()
    suspended: tuple[Suspension, ...] = ()
    conflicts: tuple[Obligation, ...] = ()
    suspensions_over: tuple[Suspension, ...] = ()

    @property
    def disposal(self) -> Disposal | None:
        """What the rules say comes afterwards; the archive's claim goes before destruction."""
        said = {each.rule.disposal for each in self.obligations}
        return next((disposal for disposal in _STRONGEST if disposal in said), None)


@dataclass(frozen=True)
class _Facts:
    """What the dates of a case follow from."""

    rule: str | None
    closed: date | None
    further: Sequence[CaseRule]
    stops: Sequence[Suspension]
    events: Mapping[str, date]
    documents: Sequence[tuple[int | None, str | None, date | None, date | None]]
    """Number, transaction, own date, day of receipt."""
    transactions: Mapping[str, date | None]
    """Closing days of the transactions that rules were put on."""


def of_case(
    session: Session,
    case: Case,
    on: date,
    lead_days: int,
    *,
    closed: date | None = None,
    past: bool = False,
    trial: CaseRule | None = None,
) -> Timing:
    """The dates of a case; one that was open on that day has no due date.

    Args:
        session: for reading.
        case: the case.
        on: the as-of date.
        lead_days: as in `schedule.ripe`.
        closed: the closing day that counted on a past date, where it was another than today's.
        past: whether class, rules of the case and suspensions count as they stood on that day, instead of now.
        trial: a rule of the case that is only thought of.
    """
    facts = _facts(session, [case], on, past)[case_id(case)]
    if closed is not None:
        facts = replace(facts, closed=closed)
    if trial is not None:
        facts = replace(facts, rule=trial.rule_id) if trial.instead else replace(facts, further=[*facts.further, trial])
        facts = replace(facts, transactions=_transactions(session, [case], facts.further, on, past))
    return _from_facts(facts, _versions(session, [facts], on), on, lead_days, past)


def of_cases(session: Session, cases: Sequence[Case], on: date, lead_days: int) -> dict[int, Timing]:
    """The dates of several cases by their ids, as `of_case` gives them, asked at once."""
    facts = _facts(session, cases, on, past=False)
    versions = _versions(session, facts.values(), on)
    return {key: _from_facts(found, versions, on, lead_days, past=False) for key, found in facts.items()}


def _facts(session: Session, cases: Sequence[Case], on: date, past: bool) -> dict[int, _Facts]:
    ids = [case_id(case) for case in cases]
    then = on if past else None
    further = _grouped(caserules.on_cases(session, ids, then), lambda row: row.case_id)
    stops = _grouped(suspensions.on_cases(session, ids, then), lambda row: row.case_id)
    events = _grouped(session.exec(select(CaseEvent).where(col(CaseEvent.case_id).in_(ids))), lambda row: row.case_id)
    about = query_of(
        col(Document.case_id), col(Document.id), col(Document.transaction), col(Document.date), col(Document.received)
    )  # fmt: skip
    documents = _grouped(session.execute(about.where(col(Document.case_id).in_(ids))), lambda row: int(row[0]))
    ended = _transactions(session, cases, [row for rows in further.values() for row in rows], on, past)
    return {
        key: _Facts(
            rule=_rule_of(session, case, on, past),
            closed=case.closed if case.closed and case.closed <= on else None,
            further=further.get(key, ()),
            stops=stops.get(key, ()),
            events={row.trigger: row.on for row in events.get(key, ())},
            documents=[(number, within, made, got) for _, number, within, made, got in documents.get(key, ())],
            transactions=ended,
        )
        for key, case in zip(ids, cases, strict=True)
    }


def _grouped(rows: Iterable[T], key: Callable[[T], int]) -> dict[int, list[T]]:
    found: dict[int, list[T]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return found


def _rule_of(session: Session, case: Case, on: date, past: bool) -> str | None:
    own = caserules.override_on(session, case, on) if past else case.rule_override
    return own or (history.class_rule(session, case, on) if past else rules.of_class(session, case))


def _transactions(
    session: Session, cases: Sequence[Case], further: Iterable[CaseRule], on: date, past: bool
) -> dict[str, date | None]:
    """When the transactions that rules were put on were closed, as of a day; None for one that is open or not there."""
    of = {case.id: case for case in cases}
    found: dict[str, date | None] = {}
    for row in further:
        if row.transaction is None:
            continue
        if past:
            found[row.transaction] = history.transaction_closed(session, of[row.case_id], row.transaction, on)
            continue
        run = session.get(Transaction, row.transaction)
        here = run is not None and run.case_id == row.case_id and run.closed is not None and run.closed <= on
        found[row.transaction] = run.closed if run and here else None
    return found


def _versions(session: Session, all_facts: Iterable[_Facts], on: date) -> dict[str, Rule]:
    named = {facts.rule for facts in all_facts if facts.rule}
    return rules.versions_on(session, named | {row.rule_id for facts in all_facts for row in facts.further}, on)


def _from_facts(facts: _Facts, versions: Mapping[str, Rule], on: date, lead_days: int, past: bool) -> Timing:
    rule = versions.get(facts.rule) if facts.rule else None
    if rule is None:
        return Timing()
    bound = [_obligation(rule, "case", _happened(facts, rule.trigger, None), lead_days)]
    for row in facts.further:
        version = versions.get(row.rule_id)
        if version is None:
            return Timing(rule, bound[0].trigger_date, obligations=tuple(bound))
        bound.append(_obligation(version, caserules.of(row), _happened(facts, version.trigger, row), lead_days))
    return together(bound, facts.stops, facts.closed, on if past else None)


def _obligation(rule: Rule, of: str, day: date | None, lead_days: int) -> Obligation:
    period = rules.period(rule)
    return Obligation(rule, of, day, schedule.due(period, day), schedule.ripe(period, day, lead_days))


def _happened(facts: _Facts, trigger: str, row: CaseRule | None) -> date | None:
    """The same as `due.trigger_date`: when it happened to a case, or to what a further rule was put on."""
    if trigger == Trigger.CLOSED:
        return facts.transactions[row.transaction] if row is not None and row.transaction else facts.closed
    stated = facts.events.get(trigger)
    if trigger not in (Trigger.CREATED, Trigger.RECEIVED):
        return stated
    document, within = (row.document_id, row.transaction) if row is not None else (None, None)
    days = [
        (made or got) if trigger == Trigger.CREATED else (got or made)
        for number, lies_in, made, got in facts.documents
        if document in (None, number) and within in (None, lies_in)
    ]
    known = [day for day in days if day is not None]
    latest = max(known) if known and len(known) == len(days) else None
    return max(stated, latest) if stated and latest else stated or latest


def together(
    bound: Sequence[Obligation], stops: Sequence[Suspension], closed: date | None, past: date | None
) -> Timing:
    """What all obligations and suspensions of a case say together.

    Nothing goes before the end of any least time, nor while a suspension lasts or one of these dates is unknown.

    Args:
        bound: the rule of the case itself first, then the further ones.
        stops: its suspensions; ended ones count to the day of their end.
        closed: the day of closing; an open case is never due.
        past: a past day on which to judge whether a suspension lasted; None is now.
    """
    first = bound[0]
    lasting = tuple(stop for stop in stops if stop.ended_on is None or (past is not None and stop.ended_on >= past))
    over = tuple(stop for stop in stops if stop not in lasting)
    ends = [stop.ended_on + ONE_DAY for stop in over if stop.ended_on]
    counted = [first, *(each for each in bound[1:] if each.keeps)]
    retained_to = None
    if len(counted) == 1 and not stops and first.trigger_date:
        retained_to = schedule.last_day(rules.period(first.rule), first.trigger_date)
    if closed is None or lasting or any(each.due is None for each in counted):
        return Timing(
            first.rule, first.trigger_date, retained_to, obligations=tuple(bound), suspended=lasting,
            suspensions_over=over,
        )  # fmt: skip
    due = max([*(each.due for each in counted if each.due), *ends])
    ripe = max([*(each.ripe for each in counted if each.ripe), *ends])
    conflicts = tuple(each for each in bound if each.limits and each.due and each.due < ripe)
    return Timing(first.rule, first.trigger_date, due - ONE_DAY, due, ripe, tuple(bound), lasting, conflicts, over)


def special(session: Session) -> frozenset[int]:
    """Ids of the cases with rules of their own beside the class's, or that are or were suspended."""
    further = session.exec(select(CaseRule.case_id).where(caserules.further()).distinct()).all()
    return frozenset([*further, *session.exec(select(Suspension.case_id).distinct())])
