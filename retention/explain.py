"""Why a case is, or is not, due on a day: rule version, trigger, holds, list and decision in plain words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from erecords.clock import Clock
from erecords.errors import NotFound
from erecords.ports import Outlook
from erecords.registry import finding
from erecords.registry.access import Actor
from erecords.registry.references import spellings
from erecords.store.models import AuditEntry, Case, PlanClass
from retention import due, holds, reasons, rules
from retention.disposition import BY_SCHEDULE, BY_WAIVER
from retention.due import Timing
from retention.lifecycle import Decision, Disposal, ItemState, ListState, RuleKind, RuleStart
from retention.models import DisposalItem, DisposalList, Handover, Hold, Rule, Tombstone
from retention.settings import RetentionSettings

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
            "holds": list(self.holds),
            "blocked_by": list(self.blocked_by),
            "list": self.list_id,
            "explanation": " ".join(self.sentences),
        }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def why(session: Session, actor: Actor, reference: str, on: date, settings: RetentionSettings) -> Answer:
    """Everything that leads to the answer, as of a day; past days from rule versions, holds and log of then.

    Raises:
        NotFound: there is no such case that the actor may know of, nor was there.
    """
    try:
        case = finding.case(session, actor, reference)
    except NotFound:
        stone = tombstone(session, reference)
        if stone is None:
            raise
        return _gone(session, stone, on)
    closed = closed_as_of(session, case, on)
    timing = due.timing(session, case, on, settings.max_lead_days, closed=closed)
    held = holds.on_case(session, case, on)
    item = _newest_item(session, case)
    answer = _values(case, on, timing, held)
    blocks = [*_blocks(timing, closed, on), *(f"hold {hold.id}" for hold in held), *_list_blocks(session, item)]
    texts = [*_about_rule(session, case, timing), *_about_dates(case, timing, closed, on)]
    texts += [f'Hold {hold.id} ("{hold.title}") has been on it since {hold.placed_on}.' for hold in held]
    texts += _about_list(session, item)
    return Answer(
        **answer, blocked_by=tuple(blocks), list_id=item.list_id if item else None, sentences=tuple(texts)
    )  # fmt: skip


def _values(case: Case, on: date, timing: Timing, held: list[Hold]) -> dict[str, Any]:
    rule = timing.rule
    return {
        "reference": case.reference,
        "on": on,
        "due": timing.due,
        "retained_to": timing.retained_to,
        "rule": rule.id if rule else None,
        "rule_version": rule.version if rule else None,
        "basis": rule.source if rule else None,
        "trigger": rule.trigger if rule else None,
        "trigger_date": timing.trigger_date,
        "disposal": rule.disposal.value if rule else None,
        "holds": tuple(hold.id for hold in held),
    }


def closed_as_of(session: Session, case: Case, on: date) -> date | None:
    """The closing day that counted on ``on``; None when the case was open then. Reopenings since are in the log."""
    assert case.id is not None
    names = [f"case:{name}" for name in (case.reference, *finding.former_references(session, case.id))]
    query = select(AuditEntry).where(col(AuditEntry.object).in_(names), AuditEntry.action == "case.reopen")
    for entry in session.exec(query.order_by(col(AuditEntry.sequence))):
        was = json.loads(entry.details).get("closed")
        if date.fromisoformat(entry.time[:10]) > on and was and date.fromisoformat(was) <= on:
            return date.fromisoformat(was)
    return case.closed if case.closed and case.closed <= on else None


def _newest_item(session: Session, case: Case) -> DisposalItem | None:
    query = select(DisposalItem).where(DisposalItem.case_id == case.id).order_by(col(DisposalItem.id).desc())
    return session.exec(query).first()


def _blocks(timing: Timing, closed: date | None, on: date) -> Iterator[str]:
    if timing.rule is None:
        yield "rule"
    elif closed is None:
        yield "open"
    elif timing.trigger_date is None:
        yield "trigger"
    elif timing.ripe is None or on < timing.ripe:
        yield "period"


def _list_blocks(session: Session, item: DisposalItem | None) -> Iterator[str]:
    if item is None or item.state is not ItemState.LISTED:
        yield "not listed"
        return
    if item.decision is None:
        yield "appraisal" if item.proposed is Disposal.APPRAISE else "offer"
    if session.get_one(DisposalList, item.list_id).state is ListState.PROPOSED:
        yield "approval"


def _about_rule(session: Session, case: Case, timing: Timing) -> Iterator[str]:
    where = session.get_one(PlanClass, case.class_notation)
    rule = timing.rule
    if rule is None:
        yield f"The case stands in class {where.notation} ({where.title}). No retention rule in force covers it."
        return
    whose = "its own rule" if case.rule_override else "the rule of its class"
    if where.rule_inherited and not case.rule_override:
        whose = "the rule that its class inherits"
    yield (
        f"The case stands in class {where.notation} ({where.title}); {whose} is {rule.id}, version {rule.version}: "
        f"{rule.title} ({rule.source})."
    )
    yield f"{_length(rule)}; afterwards {_DISPOSALS[rule.disposal]}."


def _length(rule: Rule) -> str:
    if rules.period(rule).unlimited:
        return "It is kept without limit"
    start = (
        f"from the end of the year of the event {rule.trigger!r}"
        if rule.start is RuleStart.YEAR_END
        else f"from the day of the event {rule.trigger!r}"
    )
    return f"The rule says: {_KINDS[rule.kind]} {rules.length_text(rule)}, counted {start}"


def _about_dates(case: Case, timing: Timing, closed: date | None, on: date) -> Iterator[str]:
    rule = timing.rule
    if rule is None:
        return
    if closed is None:
        yield f"As of {on} the case is open, so nothing is due."
        return
    if timing.trigger_date is None:
        yield f"The date of {rule.trigger!r} is not known, so the due date cannot be computed and nothing is due."
        return
    yield f"{rule.trigger!r} was on {timing.trigger_date}; the case was closed on {closed}."
    if timing.due is None:
        yield "There is no due date."
        return
    state = "It is due" if on >= timing.due else "It is not due yet"
    yield f"It is retained to {timing.retained_to} and due on {timing.due}. {state} as of {on}."
    if rule.kind is RuleKind.MAXIMUM and timing.ripe and timing.ripe < timing.due:
        yield f"As it is to be gone by then, it may be proposed from {timing.ripe} on."


def _about_list(session: Session, item: DisposalItem | None) -> Iterator[str]:
    if item is None:
        yield "It has never stood on a disposal list."
        return
    found = session.get_one(DisposalList, item.list_id)
    yield f"It {'stands' if item.state is ItemState.LISTED else 'stood'} on list {found.id} ({found.state})."
    if item.reason:
        yield f"It was {item.state}: {reasons.sentences(reasons.parse(item.reason))}."
    elif item.decision is None:
        yield "The archive has not decided about it."
    else:
        yield f"Decision {item.decision.value}, {_decided(item)}."


def _decided(item: DisposalItem) -> str:
    if item.decided_by == BY_SCHEDULE:
        return "as the rule says"
    if item.decided_by == BY_WAIVER:
        return "covered by a standing waiver of the archive"
    return f"by {item.decided_by}"


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
        texts.append(f"The archive keeps it as {handover.aip}, version {handover.aip_version}.")
    return Answer(
        stone.reference, on, due=stone.due, rule=rule.id, rule_version=rule.version, basis=rule.source,
        trigger=rule.trigger, trigger_date=stone.trigger_date,
        disposal=(Decision.ARCHIVE if handover else Decision.DESTROY).value, blocked_by=("gone",),
        list_id=stone.list_id, sentences=tuple(texts),
    )  # fmt: skip


def outlook(session: Session, case: Case, clock: Clock) -> Outlook:
    """What retention says of a case today."""
    timing = due.timing(session, case, clock.today(), 0)
    held = tuple(hold.id for hold in holds.on_case(session, case))
    if timing.rule is None:
        return Outlook(None, None, None, None, held)
    return Outlook(timing.rule.id, timing.rule.trigger, timing.due, timing.rule.disposal.value, held)
