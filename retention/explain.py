"""Why a case is, or is not, due on a day: rule version, trigger, holds, list and decision in plain words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from erecords.clock import Clock
from erecords.errors import NotFound
from erecords.ports import Outlook
from erecords.registry import finding
from erecords.registry.access import Actor, Right
from erecords.registry.references import spellings
from erecords.store.models import Case, PlanClass, Transaction
from retention import sentences
from retention.holds import placing
from retention.lifecycle import Decision, Disposal, ItemState, ListState
from retention.models import DisposalItem, DisposalList, Handover, Hold, Rule, Tombstone
from retention.periods import caserules, history, timing
from retention.periods.timing import Obligation, Timing
from retention.settings import RetentionSettings

_TRANSACTION = re.compile(r"V-\d{4}-\d+", re.IGNORECASE)


@dataclass(frozen=True)
class Answer:
    """Why, as values and as text."""

    reference: str
    on: date
    due: date | None = None
    retained_to: date | None = None
    rule: str | None = None
    rule_version: int | None = None
    basis: str | None = None
    trigger: str | None = None
    trigger_date: date | None = None
    disposal: str | None = None
    obligations: tuple[Obligation, ...] = ()
    suspensions: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()
    blocked_by: tuple[str, ...] = ()
    list_id: str | None = None
    sentences: tuple[str, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """As it is shown."""
        return {
            "reference": self.reference,
            "on": self.on.isoformat(),
            "due": _iso(self.due),
            "retained_to": _iso(self.retained_to),
            "rule": self.rule,
            "rule_version": self.rule_version,
            "basis": self.basis,
            "trigger": self.trigger,
            "trigger_date": _iso(self.trigger_date),
            "disposal": self.disposal,
            "obligations": [
                {"rule": each.rule.id, "of": each.of, "kind": each.rule.kind.value, "due": _iso(each.due)}
                for each in self.obligations
            ],
            "suspensions": list(self.suspensions),
            "conflicts": list(self.conflicts),
            "holds": list(self.holds),
            "blocked_by": list(self.blocked_by),
            "list": self.list_id,
            "explanation": " ".join(self.sentences),
        }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def why(
    session: Session, actor: Actor, reference: str, on: date, settings: RetentionSettings, today: date
) -> Answer:  # fmt: skip
    """Everything that leads to the answer, as of a day; past days from what was recorded then.

    Of a past day count the rule versions, rules of the case, suspensions, holds, lists, closing day and class of then.
    A transaction is answered with its case, as it goes with it.

    Raises:
        NotFound: there is no such case or transaction that the actor may know of, nor was there.
    """
    number = reference.strip().upper() if _TRANSACTION.fullmatch(reference.strip()) else None
    try:
        case = _around(session, actor, number) if number else finding.case(session, actor, reference)
    except NotFound:
        stone = tombstone(session, reference)
        if stone is None:
            raise
        return _gone(session, stone, on)
    past = on < today
    closed = history.closed(session, case, on)
    when = timing.of_case(session, case, on, settings.max_lead_days, closed=closed, past=past)
    held = placing.on_case(session, case, on if past else None)
    item, found, state = _newest_item(session, case, on if past else None)
    blocks = [*_blocks(when, closed, on), *(f"hold {hold.id}" for hold in held), *_list_blocks(item, state)]
    where = session.get_one(PlanClass, history.class_notation(session, case, on) if past else case.class_notation)
    own = caserules.override_on(session, case, on) if past else case.rule_override
    texts = [*(sentences.about_transaction(number, case.reference, when) if number else ())]
    texts += [
        *sentences.about_rules(where, bool(own), when),
        *sentences.about_dates(when, closed, on),
        *sentences.about_holds(held),
        *sentences.about_list(item, found, state),
    ]
    return Answer(
        **_values(case, on, when, held), blocked_by=tuple(blocks), list_id=item.list_id if item else None,
        sentences=tuple(texts),
    )  # fmt: skip


def _around(session: Session, actor: Actor, number: str) -> Case:
    """The case of a transaction; who keeps the schedule need not see what is in it."""
    row = session.get(Transaction, number) if actor.may(Right.MANAGE_RECORDS) else None
    return session.get_one(Case, row.case_id) if row else finding.transaction(session, actor, number)[1]


def _values(case: Case, on: date, when: Timing, held: list[Hold]) -> dict[str, Any]:
    rule = when.rule
    return {
        "reference": case.reference,
        "on": on,
        "due": when.due,
        "retained_to": when.retained_to,
        "rule": rule.id if rule else None,
        "rule_version": rule.version if rule else None,
        "basis": rule.source if rule else None,
        "trigger": rule.trigger if rule else None,
        "trigger_date": when.trigger_date,
        "disposal": when.disposal.value if when.disposal else None,
        "obligations": when.obligations,
        "suspensions": tuple(stop.id for stop in when.suspended),
        "conflicts": tuple(each.rule.id for each in when.conflicts),
        "holds": tuple(hold.id for hold in held),
    }


def _newest_item(
    session: Session, case: Case, past: date | None
) -> tuple[DisposalItem | None, DisposalList | None, ListState | None]:
    """The last list on which the case stood by that day, and the list's state then; None is now."""
    query = (
        select(DisposalItem, DisposalList)
        .join(DisposalList, col(DisposalList.id) == col(DisposalItem.list_id))
        .where(DisposalItem.case_id == case.id)
        .order_by(col(DisposalItem.id).desc())
    )
    for item, found in session.exec(query):
        if past is None:
            return item, found, found.state
        if found.proposed.date() <= past:
            approved = found.approved is not None and found.approved.date() <= past
            return item, found, ListState.APPROVED if approved else ListState.PROPOSED
    return None, None, None


def _blocks(when: Timing, closed: date | None, on: date) -> Iterator[str]:
    yield from (f"suspension {stop.id}" for stop in when.suspended)
    if when.rule is None:
        yield "rule"
    elif closed is None:
        yield "open"
    elif when.trigger_date is None or any(each.keeps and each.trigger_date is None for each in when.obligations):
        yield "trigger"
    elif not when.suspended and (when.ripe is None or on < when.ripe):
        yield "period"


def _list_blocks(item: DisposalItem | None, state: ListState | None) -> Iterator[str]:
    if item is None or item.state is not ItemState.LISTED:
        yield "not listed"
        return
    if item.decision is None:
        yield "appraisal" if item.proposed is Disposal.APPRAISE else "offer"
    if state is ListState.PROPOSED:
        yield "approval"


def tombstone(session: Session, reference: str) -> Tombstone | None:
    """What remains of a case that went, by a reference that it had."""
    for name in spellings(reference):
        found = session.get(Tombstone, name)
        if found is None:
            query = select(Tombstone).where(col(Tombstone.former_references).contains(name, autoescape=True))
            found = next((row for row in session.exec(query) if name in row.former_references.splitlines()), None)
        if found is not None:
            return found
    return None


def _gone(session: Session, stone: Tombstone, on: date) -> Answer:
    rule = session.get_one(Rule, (stone.rule_id, stone.rule_version))
    handover = session.get(Handover, stone.handover_id) if stone.handover_id else None
    what = "handed over to the archive" if handover else "destroyed"
    texts = [
        f"The case was {what} on {stone.at:%Y-%m-%d} under list {stone.list_id}, as of {stone.as_of}.",
        f"It fell under {rule.id}, version {rule.version}: {rule.title} ({rule.source}).",
        f"{rule.trigger!r} was on {stone.trigger_date}; it was due on {stone.due}.",
        f"Proposed by {stone.proposed_by}, approved by {stone.approved_by}, carried out by {stone.carried_out_by}.",
    ]
    if handover:
        parts = len(json.loads(handover.receipt).get("parts", ()))
        more = f", and {parts} of its transactions as packages of their own" if parts else ""
        texts.append(f"The archive keeps it as {handover.aip}, version {handover.aip_version}{more}.")
    return Answer(
        stone.reference, on, due=stone.due, rule=rule.id, rule_version=rule.version, basis=rule.source,
        trigger=rule.trigger, trigger_date=stone.trigger_date,
        disposal=(Decision.ARCHIVE if handover else Decision.DESTROY).value, blocked_by=("gone",),
        list_id=stone.list_id, sentences=tuple(texts),
    )  # fmt: skip


def outlook(session: Session, case: Case, clock: Clock) -> Outlook:
    """What retention says of a case today."""
    when = timing.of_case(session, case, clock.today(), 0)
    held = tuple(hold.id for hold in placing.on_case(session, case))
    if when.rule is None:
        return Outlook(None, None, None, None, held)
    return Outlook(when.rule.id, when.rule.trigger, when.due, (when.disposal or when.rule.disposal).value, held)
