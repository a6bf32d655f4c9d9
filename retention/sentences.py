"""What leads to a due date, in plain words: rules, dates, suspensions, holds, lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from erecords.store.models import PlanClass
from retention import reasons
from retention.lifecycle import Disposal, ItemState, ListState, RuleKind, RuleStart
from retention.lists.disposition import BY_LAPSE, BY_SCHEDULE, BY_WAIVER
from retention.models import DisposalItem, DisposalList, Hold, Rule
from retention.periods import rules
from retention.periods.timing import Obligation, Timing

_KINDS = {
    RuleKind.MINIMUM: "keep at least",
    RuleKind.MAXIMUM: "keep at most",
    RuleKind.FIXED: "keep exactly",
}
_DISPOSALS = {
    Disposal.ARCHIVE: "the archive takes it over (A)",
    Disposal.APPRAISE: "the archive appraises it (B)",
    Disposal.DESTROY: "it is to be destroyed, once the archive waived it (V)",
}


def about_rules(where: PlanClass, own: bool, when: Timing) -> Iterator[str]:
    """The rule of a case with its source, and the further ones on it.

    Args:
        where: the class in which the case stood.
        own: whether a rule of its own stands instead of the class's.
        when: the case's dates.
    """
    rule = when.rule
    if rule is None:
        yield f"The case stands in class {where.notation} ({where.title}). No retention rule in force covers it."
        return
    whose = "its own rule" if own else "the rule of its class"
    if where.rule_inherited and not own:
        whose = "the rule that its class inherits"
    yield (
        f"The case stands in class {where.notation} ({where.title}); {whose} is {rule.id}, version {rule.version}: "
        f"{rule.title} ({rule.source})."
    )
    yield f"{_length(rule)}; afterwards {_DISPOSALS[rule.disposal]}."
    for each in when.obligations[1:]:
        day = f"due on {each.due}" if each.due else "its date cannot be computed"
        whose = "The case" if each.of == "further" else f"Because of {each.of} the case"
        yield f"{whose} is also bound by {each.rule.id}, version {each.rule.version}: {each.rule.title}; {day}."
    if len(when.obligations) > 1 and when.due:
        yield "The longest least time counts."
    yield from (_conflict(each) for each in when.conflicts)
    for stop in when.suspended:
        yield (
            f"Suspension {stop.id} ({stop.basis}) has kept its period from ending since {stop.begun_on}; "
            f"it is looked at again on {stop.recheck}."
        )


def about_transaction(number: str, reference: str, when: Timing) -> Iterator[str]:
    """What binds a transaction: all that binds its case, and what was put on it."""
    own = [each.rule.id for each in when.obligations if each.of == f"transaction {number}"]
    said = f"is itself bound by {', '.join(own)}" if own else "has no rule of its own"
    yield f"Transaction {number} {said}; it inherits what binds its case {reference}, and goes with it."


def _conflict(each: Obligation) -> str:
    return (
        f"{each.rule.id} asks that the case be gone by {each.due}, but something else keeps it longer: a person has to "
        "decide."
    )


def _length(rule: Rule) -> str:
    if rules.period(rule).unlimited:
        return "It is kept without limit"
    start = (
        f"from the end of the year of the event {rule.trigger!r}"
        if rule.start is RuleStart.YEAR_END
        else f"from the day of the event {rule.trigger!r}"
    )
    return f"The rule says: {_KINDS[rule.kind]} {rules.length_text(rule)}, counted {start}"


def about_dates(when: Timing, closed: date | None, on: date) -> Iterator[str]:
    """When the trigger was, and whether the case is due on that day."""
    rule = when.rule
    if rule is None:
        return
    if closed is None:
        yield f"As of {on} the case is open, so nothing is due."
        return
    if when.trigger_date is None:
        yield f"The date of {rule.trigger!r} is not known, so the due date cannot be computed and nothing is due."
        return
    yield f"{rule.trigger!r} was on {when.trigger_date}; the case was closed on {closed}."
    if when.due is None:
        yield "There is no due date."
        return
    state = "It is due" if on >= when.due else "It is not due yet"
    yield f"It is retained to {when.retained_to} and due on {when.due}. {state} as of {on}."
    if rule.kind is RuleKind.MAXIMUM and when.ripe and when.ripe < when.due:
        yield f"As it is to be gone by then, it may be proposed from {when.ripe} on."


def about_list(item: DisposalItem | None, found: DisposalList | None, state: ListState | None) -> Iterator[str]:
    """The list on which the case stands or stood last."""
    if item is None or found is None:
        yield "It has not stood on a disposal list."
        return
    yield f"It {'stands' if item.state is ItemState.LISTED else 'stood'} on list {found.id} ({state})."
    if item.reason:
        yield f"It was {item.state}: {reasons.sentences(reasons.parse(item.reason))}."
    elif item.decision is None:
        yield "The archive has not decided about it."
    else:
        yield f"Decision {item.decision.value}, {_decided(item)}."


def about_holds(held: Iterable[Hold]) -> Iterator[str]:
    """The holds that lie on the case."""
    for hold in held:
        yield f'Hold {hold.id} ("{hold.title}") has been on it since {hold.placed_on}.'


def _decided(item: DisposalItem) -> str:
    if item.decided_by == BY_SCHEDULE:
        return "as the rule says"
    if item.decided_by == BY_WAIVER:
        return "covered by a standing waiver of the archive"
    if item.decided_by == BY_LAPSE:
        return "as the archive did not answer in time"
    return f"by {item.decided_by}"
