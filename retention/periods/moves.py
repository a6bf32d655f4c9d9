"""What moving a case into another class changes for retention: by a move nothing gets shorter, or free of a hold.

The rule of the class it comes from goes on to bind it where the new one could let it go earlier, until another person
has approved that it ends. A hold on the class that it leaves goes with it.
"""

from __future__ import annotations

from sqlmodel import Session

from erecords.clock import Clock
from erecords.ports import Effect, Outlook
from erecords.registry.rules import case_id
from erecords.store.models import Case, PlanClass
from erecords.store.uow import UnitOfWork
from retention.holds import placing
from retention.periods import caserules, rules, timing
from retention.periods.shortening import may_shorten


def moved(work: UnitOfWork, case: Case, was: str, reason: str) -> Effect:
    """Keep what the class ``was`` asked of a case that was just moved, and say what the move changes.

    A step of the move, for which the right was asked; it only protects.

    Args:
        work: the unit of work of the move; who moves asks with it that the former rule ends.
        case: the case, in its new class.
        was: notation of the class it stood in.
        reason: why it was moved.
    """
    notes = []
    now = {hold.id for hold in placing.on_case(work.session, case)}
    for hold in placing.on_gone(work.session, case_id(case), was):
        if hold.id not in now:
            placing.extend(work, hold.id, [case_id(case)])
            notes.append(f"hold {hold.id} on class {was} goes with it")
    before = case.rule_override or work.session.get_one(PlanClass, was).rule
    after = case.rule_override or rules.of_class(work.session, case)
    caserules.end_needless(work, case, after)
    outlooks = [_outlook(work.session, case, rule, work.clock) for rule in (before, after)]
    if before is not None and after is not None and _may_shorten(work, before, after):
        row = caserules.keep(work, case, before, reason=reason)
        notes.append(
            f"{after} could let it go earlier than {before}, or otherwise; {before} binds it on until another person "
            f"approves: erecords retention case-rule approve {row.id}"
        )
    return Effect(outlooks[0], outlooks[1], tuple(notes))


def _may_shorten(work: UnitOfWork, before: str, after: str) -> bool:
    versions = rules.versions_on(work.session, (before, after), work.clock.today())
    old, new = versions.get(before), versions.get(after)
    return before != after and old is not None and new is not None and may_shorten(old, new)


def _outlook(session: Session, case: Case, rule_id: str | None, clock: Clock) -> Outlook:
    """What would be said of the case under a rule, were it closed today."""
    today = clock.today()
    if rule_id is None:
        return Outlook(None, None, None, None)
    when = timing.of_case(session, case, today, 0, closed=today, trial=caserules.thought(case, rule_id, clock))
    if when.rule is None:
        return Outlook(rule_id, None, None, None)
    return Outlook(rule_id, when.rule.trigger, when.due, (when.disposal or when.rule.disposal).value)
