"""Disposal lists: proposed, appraised, approved by a second person. Carrying out is in `carryout`.

A list freezes each case as it stood; whoever changes or reopens the case afterwards takes it off the list.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, case, insert, literal, null, or_
from sqlalchemy import select as query_of
from sqlmodel import Session, col, select

from erecords.errors import InputRefused, NotFound
from erecords.registry import numbering, plan
from erecords.registry.access import Actor, Right
from erecords.store.models import Case
from erecords.store.uow import UnitOfWork
from retention.errors import WrongState
from retention.holds import placing
from retention.lifecycle import Decision, Disposal, ItemState, ListState
from retention.models import DisposalItem, DisposalList, DisposalStep, Waiver
from retention.periods import due, rules, timing
from retention.settings import RetentionSettings

BY_SCHEDULE = "schedule"
"""Who decided, where the rule itself says that the archive takes it."""
BY_WAIVER = "waiver"
"""Who decided, where a standing waiver of the archive lets it go."""
BY_LAPSE = "lapse"
"""Who decided, where the archive did not answer in time."""


def propose(
    work: UnitOfWork, actor: Actor, on: date, settings: RetentionSettings, *, only: Sequence[int] | None = None,
    lead_days: int | None = None,
) -> str | None:  # fmt: skip
    """Put every case that is ripe as of ``on``, not held and on no other open list on a new list.

    Args:
        work: the unit of work.
        actor: a records manager.
        on: the as-of date.
        settings: of retention.
        only: ids of the cases that are asked about; all when None.
        lead_days: days before the end of a longest period; those of the settings when None.

    Returns:
        The number of the list, or None when there is nothing to propose.

    Raises:
        NotPermitted: the actor proposes no disposal.
    """
    actor.require(Right.MANAGE_RECORDS)
    lead = settings.max_lead_days if lead_days is None else lead_days
    ripe = _ripe(work.session, on, lead)
    if only is not None:
        ripe = ripe.where(col(Case.id).in_(only))
    if work.session.execute(ripe.limit(1)).first() is None:
        return None
    year = work.clock.today().year
    found = DisposalList(
        id=f"L-{year}-{numbering.next_number(work.session, f'disposal:{year}'):04d}",
        as_of=on,
        proposed_by=actor.id,
        proposed=work.clock.now(),
        lead_days=lead,
    )
    work.add(found)
    step = add_step(work, found, "propose", as_of=on)
    work.log("disposal.propose", subject(found), found, step, as_of=on.isoformat())
    names = [column.name for column in ripe.selected_columns]
    items = query_of(literal(found.id).label("list_id"), *ripe.order_by(col(Case.reference)).subquery().c)
    work.bulk(insert(DisposalItem).from_select(["list_id", *names], items), "disposal.list", subject(found))
    _heed_further_rules(work, found, on)
    return found.id


def _heed_further_rules(work: UnitOfWork, found: DisposalList, on: date) -> None:
    """Where a further rule on a case gives it to the archive, or to appraisal, that goes before its own rule."""
    special = timing.special(work.session)
    query = select(DisposalItem).where(DisposalItem.list_id == found.id, col(DisposalItem.case_id).in_(special))
    for item in work.session.exec(query).all() if special else ():
        case_row = work.session.get_one(Case, item.case_id)
        said = timing.of_case(work.session, case_row, on, found.lead_days).disposal
        if said is not None and said is not item.proposed:
            item.proposed, item.waiver_id = said, None
            taken = said is Disposal.ARCHIVE
            item.decision, item.decided_by = (Decision.ARCHIVE, BY_SCHEDULE) if taken else (None, None)
            work.log("disposal.further", subject(found), item, reference=item.reference, proposed=said)


def _ripe(session: Session, on: date, lead_days: int) -> Select[Any]:
    pieces = due.clauses(rules.in_force(session, on), on, lead_days)
    rule = pieces.rule_now.c
    waiver = _waiver(session, on, rule.id)
    waived = and_(rule.disposal == Disposal.DESTROY.value, waiver.is_not(None))
    taken = rule.disposal == Disposal.ARCHIVE.value
    query = query_of(
        col(Case.id).label("case_id"),
        col(Case.version).label("case_version"),
        col(Case.reference).label("reference"),
        col(Case.class_notation).label("class_notation"),
        rule.id.label("rule_id"),
        rule.version.label("rule_version"),
        pieces.trigger_date.label("trigger_date"),
        rule.disposal.label("proposed"),
        case((taken, rule.disposal), (waived, rule.disposal), else_=null()).label("decision"),
        case((taken, BY_SCHEDULE), (waived, BY_WAIVER), else_=null()).label("decided_by"),
        case((waived, waiver), else_=null()).label("waiver_id"),
        literal(ItemState.LISTED.value).label("state"),
        literal("").label("reason"),
    )
    return due.joined(query, pieces).where(
        due.closed_by(on), pieces.trigger_date <= rule.ripe_to, due.may_end(session, pieces, on),
        ~placing.in_force(session), ~due.listed(),
    )  # fmt: skip


def _waiver(session: Session, on: date, rule_id: ColumnElement[str]) -> ColumnElement[Any]:
    """The standing waiver that covers a case, by its rule or by its class or one above; NULL for none."""
    by_rule: dict[str, int] = {}
    by_class: dict[str, int] = {}
    for waiver in session.exec(select(Waiver).where(waiver_in_force(on)).order_by(col(Waiver.id).desc())):
        assert waiver.id is not None
        if waiver.rule_id:
            by_rule[waiver.rule_id] = waiver.id
        elif waiver.class_notation:
            by_class.update(dict.fromkeys(plan.below(session, waiver.class_notation), waiver.id))
    found = case(by_rule, value=rule_id, else_=null()) if by_rule else literal(None, Integer)
    return case(by_class, value=col(Case.class_notation), else_=found) if by_class else found


def waiver_in_force(on: date) -> ColumnElement[bool]:
    """Condition over ``Waiver``: it is in force on that day."""
    return and_(col(Waiver.valid_from) <= on, or_(col(Waiver.valid_to).is_(None), col(Waiver.valid_to) >= on))


def find_list(session: Session, list_id: str) -> DisposalList:
    """The disposal list of that number.

    Raises:
        NotFound: there is none.
    """
    found = session.get(DisposalList, list_id.strip())
    if found is None:
        raise NotFound(f"There is no disposal list {list_id!r}. erecords retention show lists all.")
    return found


def subject(found: DisposalList) -> str:
    """How a list is named in the log."""
    return f"list:{found.id}"


def add_step(
    work: UnitOfWork, found: DisposalList, action: str, *, reference: str | None = None, text: str = "",
    as_of: date | None = None,
) -> DisposalStep:  # fmt: skip
    """Write a line of a list's history."""
    step = DisposalStep(
        list_id=found.id, reference=reference, action=action, actor=work.actor, at=work.clock.now(), as_of=as_of,
        text=text.strip(),
    )  # fmt: skip
    work.add(step)
    return step


def require_state(found: DisposalList, *states: ListState) -> None:
    """Refuse a list that does not stand in one of these states.

    Raises:
        WrongState: names the state.
    """
    if found.state not in states:
        wanted = " or ".join(states)
        raise WrongState(f"List {found.id} is {found.state}; this needs a list that is {wanted}. Nothing was changed.")


def listed_item(session: Session, found: DisposalList, reference: str) -> DisposalItem:
    """A case that waits on a list.

    Raises:
        NotFound: it does not.
    """
    query = select(DisposalItem).where(DisposalItem.list_id == found.id, DisposalItem.reference == reference.strip())
    item = session.exec(query).first()
    if item is None or item.state is not ItemState.LISTED:
        raise NotFound(f"The case {reference!r} does not stand on list {found.id} (any more). Nothing was changed.")
    return item


def appraise(
    work: UnitOfWork, actor: Actor, list_id: str, reference: str, decision: Decision, *, reason: str = ""
) -> DisposalItem:
    """Decide for the archive what becomes of a case: A, taken over, or V, to be destroyed.

    Raises:
        NotPermitted: the actor is no archivist.
        NotFound: the list does not exist or the case does not stand on it.
        WrongState: the list is approved already.
        InputRefused: the rule says otherwise and no reason was given.
    """
    actor.require(Right.APPRAISE)
    found = find_list(work.session, list_id)
    require_state(found, ListState.PROPOSED)
    item = listed_item(work.session, found, reference)
    if item.proposed.value not in (decision.value, Disposal.APPRAISE.value) and not reason.strip():
        raise InputRefused(
            f"Rule {item.rule_id} says {item.proposed} for {item.reference}; to decide {decision} needs a reason. "
            "Nothing was changed."
        )
    item.decision, item.decided_by, item.waiver_id = decision, actor.id, None
    found.version += 1
    step = add_step(work, found, f"appraise {decision}", reference=item.reference, text=reason)
    work.log(
        "disposal.appraise", subject(found), found, item, step, reference=item.reference, decision=decision,
        personal={"reason": reason} if reason else None,
    )  # fmt: skip
    work.log("disposal.appraise", f"case:{item.reference}", list=found.id, decision=decision)
    return item


def take_out(work: UnitOfWork, actor: Actor, list_id: str, reference: str, *, reason: str) -> DisposalItem:
    """Take a case off a list that is not approved yet.

    Raises:
        NotPermitted: the actor neither proposes, approves nor appraises.
        WrongState: the list is approved; it can only be cancelled as a whole.
    """
    require_part(actor)
    found = find_list(work.session, list_id)
    require_state(found, ListState.PROPOSED)
    item = listed_item(work.session, found, reference)
    if not reason.strip():
        raise InputRefused("To take a case off a list needs a reason. Nothing was changed.")
    item.state = ItemState.TAKEN_OUT
    found.version += 1
    step = add_step(work, found, "take-out", reference=item.reference, text=reason)
    work.log("disposal.take-out", subject(found), found, item, step, reference=item.reference)
    return item


def comment(work: UnitOfWork, actor: Actor, list_id: str, text: str, *, reference: str | None = None) -> None:
    """Say something about a list or a case on it; comments on a case go with the case."""
    require_part(actor)
    found = find_list(work.session, list_id)
    if not text.strip():
        raise InputRefused("The comment is empty. Nothing was changed.")
    item = listed_item(work.session, found, reference) if reference else None
    step = add_step(work, found, "comment", reference=item.reference if item else None, text=text)
    work.log("disposal.comment", subject(found), step)


def cancel(work: UnitOfWork, actor: Actor, list_id: str, *, reason: str) -> DisposalList:
    """Give up a list that is not being carried out yet; its cases may be proposed anew.

    Raises:
        WrongState: carrying out has begun, or it is done or cancelled.
    """
    require_part(actor)
    found = find_list(work.session, list_id)
    require_state(found, ListState.PROPOSED, ListState.APPROVED)
    if not reason.strip():
        raise InputRefused("To cancel a list needs a reason. Nothing was changed.")
    found.state = ListState.CANCELLED
    found.version += 1
    step = add_step(work, found, "cancel", text=reason)
    work.log("disposal.cancel", subject(found), found, step)
    return found


def require_part(actor: Actor) -> None:
    """Refuse who neither proposes, appraises nor approves.

    Raises:
        NotPermitted: none of these rights.
    """
    if not (actor.may(Right.APPRAISE) or actor.may(Right.APPROVE_DISPOSAL)):
        actor.require(Right.MANAGE_RECORDS)
