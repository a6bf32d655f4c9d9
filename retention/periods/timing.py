"""When one case is due: every rule that binds it, and the suspensions that keep its period from ending."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from erecords.store.models import Case, CaseEvent, Document
from retention.lifecycle import Disposal, RuleKind
from retention.models import CaseRule, Rule, Suspension
from retention.periods import caserules, rules, schedule, suspensions
from retention.periods.schedule import ONE_DAY, Trigger

_STRONGEST = (Disposal.ARCHIVE, Disposal.APPRAISE, Disposal.DESTROY)


@dataclass(frozen=True)
class Obligation:
    """One rule that binds a case. Dates are None where they cannot be computed, or the rule has no end."""

    rule: Rule
    of: str
    """Where it comes from: ``case`` (its own, or its class's) or ``further``, with the document where it has one."""
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

    @property
    def disposal(self) -> Disposal | None:
        """What the rules say comes afterwards; the archive's claim goes before destruction."""
        said = {each.rule.disposal for each in self.obligations}
        return next((disposal for disposal in _STRONGEST if disposal in said), None)


def of_case(
    session: Session,
    case: Case,
    on: date,
    lead_days: int,
    *,
    closed: date | None = None,
    past: bool = False,
) -> Timing:
    """The dates of a case; one that was open on that day has no due date.

    Args:
        session: for reading.
        case: the case.
        on: the as-of date.
        lead_days: as in `schedule.ripe`.
        closed: the closing day that counted on a past date, where it was another than today's.
        past: whether rules of the case and suspensions count as they stood on that day, instead of now.
    """
    closed = closed or (case.closed if case.closed and case.closed <= on else None)
    own = caserules.override_on(session, case, on) if past else case.rule_override
    rule = rules.of_case(session, case, own, on)
    if rule is None:
        return Timing()
    further = caserules.on_case(session, case, on if past else None)
    bound = [_obligation(session, case, rule, "case", closed, lead_days)]
    for row in further:
        version = rules.version_on(session, row.rule_id, on)
        of = f"document {row.document_id}" if row.document_id else "further"
        if version is None:
            return Timing(rule, bound[0].trigger_date, obligations=tuple(bound))
        bound.append(_obligation(session, case, version, of, closed, lead_days, row))
    stops = suspensions.on_case(session, case, on if past else None)
    return together(bound, stops, closed, on if past else None)


def _obligation(
    session: Session, case: Case, rule: Rule, of: str, closed: date | None, lead_days: int, row: CaseRule | None = None
) -> Obligation:
    day = closed if rule.trigger == Trigger.CLOSED else _trigger_date(session, case, rule.trigger, row)
    period = rules.period(rule)
    return Obligation(rule, of, day, schedule.due(period, day), schedule.ripe(period, day, lead_days))


def together(bound: list[Obligation], stops: list[Suspension], closed: date | None, past: date | None) -> Timing:
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
    ends = [stop.ended_on + ONE_DAY for stop in stops if stop.ended_on and stop not in lasting]
    counted = [first, *(each for each in bound[1:] if each.keeps)]
    retained_to = None
    if len(counted) == 1 and not stops and first.trigger_date:
        retained_to = schedule.last_day(rules.period(first.rule), first.trigger_date)
    if closed is None or lasting or any(each.due is None for each in counted):
        return Timing(first.rule, first.trigger_date, retained_to, obligations=tuple(bound), suspended=lasting)
    due = max([*(each.due for each in counted if each.due), *ends])
    ripe = max([*(each.ripe for each in counted if each.ripe), *ends])
    conflicts = tuple(each for each in bound if each.limits and each.due and each.due < ripe)
    return Timing(first.rule, first.trigger_date, due - ONE_DAY, due, ripe, tuple(bound), lasting, conflicts)


def _trigger_date(session: Session, case: Case, trigger: str, row: CaseRule | None) -> date | None:
    """The same as `due.trigger_date`, for one case and an event or its documents."""
    stated = session.exec(
        select(col(CaseEvent.on)).where(CaseEvent.case_id == case.id, CaseEvent.trigger == trigger)
    ).first()
    if trigger not in (Trigger.CREATED, Trigger.RECEIVED):
        return stated
    query = select(col(Document.date), col(Document.received)).where(Document.case_id == case.id)
    if row is not None and row.document_id is not None:
        query = query.where(Document.id == row.document_id)
    days = [(made or got) if trigger == Trigger.CREATED else (got or made) for made, got in session.exec(query)]
    known = [day for day in days if day is not None]
    latest = max(known) if known and len(known) == len(days) else None
    return max(stated, latest) if stated and latest else stated or latest


def special(session: Session) -> frozenset[int]:
    """Ids of the cases with rules of their own beside the class's, or that are or were suspended."""
    further = session.exec(select(CaseRule.case_id).where(caserules.further()).distinct()).all()
    return frozenset([*further, *session.exec(select(Suspension.case_id).distinct())])
