"""What the gate asks before it lets a record go: why it may not go now, all reasons at once.

Approval and digest, state and content of the case, schedule, trigger, holds, decision of the archive, receipt or
waiver. Nothing is changed here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from erecords.registry.access import Actor, Right
from erecords.store.lifecycle import CaseState
from erecords.store.models import Case
from retention.holds import placing
from retention.lifecycle import Decision, ItemState, ListState
from retention.lists import binding
from retention.lists.disposition import BY_LAPSE, BY_SCHEDULE, BY_WAIVER, waiver_in_force
from retention.models import ArchiveErasure, DisposalItem, DisposalList, Handover, Hold, Tombstone, Waiver
from retention.periods import timing
from retention.periods.timing import Timing
from retention.reasons import Code, Reason
from retention.settings import RetentionSettings


@dataclass(frozen=True)
class Order:
    """Who wants what to be destroyed, under which approved list, as of which day."""

    actor: Actor
    found: DisposalList
    on: date
    today: date
    settings: RetentionSettings


@dataclass(frozen=True)
class Seen:
    """What the gate asks about, as it stands in this transaction.

    Attributes:
        cases: by id; one that is gone is not there.
        timings, contents, held: by case id.
        handovers: by item id.
        waivers: those in force, by id.
    """

    cases: dict[int, Case]
    timings: dict[int, Timing]
    contents: dict[int, list[str]]
    held: dict[int, list[Hold]]
    handovers: dict[int, Handover]
    waivers: dict[int, Waiver]


def look(session: Session, order: Order, items: Sequence[DisposalItem]) -> Seen:
    """Read what is asked about these cases, all at once."""
    ids = [item.case_id for item in items]
    cases = {case.id: case for case in session.exec(select(Case).where(col(Case.id).in_(ids))) if case.id is not None}
    numbers = [item.id for item in items]
    handovers = session.exec(select(Handover).where(col(Handover.item_id).in_(numbers)))
    named = {item.waiver_id for item in items}
    waivers = session.exec(select(Waiver).where(col(Waiver.id).in_(named), waiver_in_force(order.on)))
    return Seen(
        cases,
        timing.of_cases(session, list(cases.values()), order.on, order.found.lead_days),
        binding.contents_of(session, ids),
        placing.on_cases(session, list(cases.values())),
        {row.item_id: row for row in handovers},
        {row.id: row for row in waivers if row.id is not None},
    )


def examine(
    session: Session, order: Order, items: Sequence[DisposalItem], *, receipt: bool = True
) -> dict[int, list[Reason]]:
    """Why each of these cases may not go now, by item id; no reasons when it may.

    Args:
        session: the session, of the erasing transaction where it matters.
        order: who, under which list, as of when.
        items: cases on that list.
        receipt: whether the archive's receipt is asked for; before the hand-over it cannot be there.
    """
    seen = look(session, order, items)
    return {item.id or 0: list(reasons(order, item, seen, receipt=receipt)) for item in items}


def reasons(order: Order, item: DisposalItem, seen: Seen, *, receipt: bool) -> Iterator[Reason]:
    """Why this case may not go, of what was read; none when it may."""
    yield from _approval_reasons(order, item)
    case = seen.cases.get(item.case_id)
    if case is None:
        yield Reason(Code.GONE)
        return
    if case.state is not CaseState.CLOSED or case.version != item.case_version:
        yield Reason(Code.CHANGED)
    elif item.digest != binding.item_digest(item, seen.contents.get(item.case_id, [])):
        yield Reason(Code.CONTENT)
    yield from (Reason(Code.HOLD, hold.id) for hold in seen.held.get(item.case_id, ()))
    yield from _schedule_reasons(order, item, seen.timings[item.case_id])
    yield from _archive_reasons(order, item, seen, receipt)


def _approval_reasons(order: Order, item: DisposalItem) -> Iterator[Reason]:
    found, actor = order.found, order.actor
    approved = found.state in (ListState.APPROVED, ListState.RUNNING) and found.id == item.list_id
    if not approved or found.approved_by is None or found.approved_by == found.proposed_by:
        yield Reason(Code.NOT_APPROVED)
    if item.state is not ItemState.LISTED:
        yield Reason(Code.NOT_LISTED, item.state)
    if not actor.may(Right.MANAGE_RECORDS) or actor.may(Right.APPRAISE) or actor.id == found.approved_by:
        yield Reason(Code.NOT_ALLOWED, actor.id)
    if found.cool_off_until is None or order.on < found.cool_off_until:
        yield Reason(Code.COOL_OFF, str(found.cool_off_until))
    if order.on > order.today and not order.settings.allow_future_dates:
        yield Reason(Code.FUTURE, str(order.on))


def _schedule_reasons(order: Order, item: DisposalItem, when: Timing) -> Iterator[Reason]:
    rule = when.rule
    yield from (Reason(Code.SUSPENDED, each.id) for each in when.suspended)
    if (
        rule is None
        or (rule.id, rule.version) != (item.rule_id, item.rule_version)
        or when.disposal is not item.proposed
    ):
        yield Reason(Code.RULE)
    elif when.trigger_date is None or when.trigger_date != item.trigger_date:
        yield Reason(Code.TRIGGER, rule.trigger)
    elif not when.suspended and (when.ripe is None or order.on < when.ripe):
        yield Reason(Code.RETAINED, str(when.retained_to or "?"))


def _archive_reasons(order: Order, item: DisposalItem, seen: Seen, receipt: bool) -> Iterator[Reason]:
    if item.decision is None or item.decided_by is None:
        yield Reason(Code.UNDECIDED)
    elif item.decision is Decision.ARCHIVE and receipt:
        got = seen.handovers.get(item.id or 0)
        if got is None or got.reference != item.reference:
            yield Reason(Code.NO_RECEIPT)
    elif item.decision is Decision.DESTROY and item.waiver_id is not None:
        if item.waiver_id not in seen.waivers:
            yield Reason(Code.NO_WAIVER)
    elif item.decided_by == BY_LAPSE and (order.found.answer_due is None or order.today <= order.found.answer_due):
        yield Reason(Code.NOT_LAPSED, str(order.found.answer_due))
    elif item.decision is Decision.DESTROY and item.decided_by in (BY_SCHEDULE, BY_WAIVER):
        yield Reason(Code.NO_WAIVER)


def archived_reasons(session: Session, actor: Actor, order: ArchiveErasure) -> Iterator[Reason]:
    """Why this package of the archive may not be erased now; none when it may."""
    if order.approved_by is None or order.approved_by == order.ordered_by:
        yield Reason(Code.ORDER, order.id)
    if order.carried_out_by is not None:
        yield Reason(Code.DONE, order.id)
    if order.withdrawn_by is not None:
        yield Reason(Code.WITHDRAWN, order.id)
    if not actor.may(Right.MANAGE_RECORDS) or actor.may(Right.APPRAISE) or actor.id == order.approved_by:
        yield Reason(Code.NOT_ALLOWED, actor.id)
    stone = session.get(Tombstone, order.part_of or order.reference)
    if stone is not None:
        yield from (
            Reason(Code.HOLD, hold.id) for hold in placing.on_gone(session, stone.case_id, stone.class_notation)
        )
