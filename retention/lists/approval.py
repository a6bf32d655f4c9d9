"""Approval of a disposal list by a second person: what changed goes off, what is left is bound by its digest."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, func, update
from sqlmodel import Session, col, select

from erecords.registry.access import Actor, Right
from erecords.store.lifecycle import CaseState
from erecords.store.models import AuditEntry, Case
from erecords.store.uow import UnitOfWork
from retention.errors import FourEyes, Undecided, WrongState
from retention.lifecycle import ItemState, ListState
from retention.lists import binding
from retention.lists.disposition import add_step, find_list, require_state, subject
from retention.models import DisposalItem, DisposalList
from retention.reasons import Code, Reason
from retention.settings import RetentionSettings

_MANY = 500


def approve(work: UnitOfWork, actor: Actor, list_id: str, on: date, settings: RetentionSettings) -> DisposalList:
    """Approve a list as it stands: its digest is taken and binds the execution, after the cool-off.

    Cases that changed since the proposal are taken off first, and named in the list's history.

    Raises:
        NotPermitted: the actor approves no disposal.
        FourEyes: the actor proposed it or decided about a case on it.
        WrongState: it is not proposed, or no case is left on it.
        Undecided: cases wait for the archive.
    """
    actor.require(Right.APPROVE_DISPOSAL)
    found = find_list(work.session, list_id)
    require_state(found, ListState.PROPOSED)
    if actor.id == found.proposed_by:
        raise FourEyes(f"You proposed list {found.id}; another person has to approve it. Nothing was changed.")
    if actor.id == found.lapsed_by:
        raise FourEyes(f"You noted the lapsed deadline of list {found.id}; another person has to approve it.")
    _drop_changed(work, found)
    listed = and_(col(DisposalItem.list_id) == found.id, col(DisposalItem.state) == ItemState.LISTED)
    if work.session.exec(select(DisposalItem.id).where(listed, DisposalItem.decided_by == actor.id)).first():
        raise FourEyes(f"You appraised cases on list {found.id}; another person has to approve it.")
    _refuse_undecided(work.session, found, listed)
    count = _bind(work, found)
    if not count:
        raise WrongState(f"No case is left on list {found.id}; cancel it and propose anew.")
    found.state, found.approved_by, found.approved, found.approved_as_of = (
        ListState.APPROVED, actor.id, work.clock.now(), on,
    )  # fmt: skip
    found.audit_sequence = work.session.exec(select(func.max(AuditEntry.sequence))).one() or 0
    found.cool_off_until = max(on, work.clock.today()) + timedelta(days=settings.cool_off_days)
    found.version += 1
    step = add_step(work, found, "approve", as_of=on)
    work.log(
        "disposal.approve", subject(found), found, step, as_of=on.isoformat(), digest=found.digest, cases=count,
        cool_off_until=found.cool_off_until.isoformat(),
    )  # fmt: skip
    return found


def unchanged() -> ColumnElement[bool]:
    """Condition over ``DisposalItem``: its case is still there, closed, and in the frozen version."""
    return (
        select(Case.id)
        .where(Case.id == DisposalItem.case_id, Case.version == DisposalItem.case_version)
        .where(Case.state == CaseState.CLOSED)
        .correlate(DisposalItem)
        .exists()
    )


def _drop_changed(work: UnitOfWork, found: DisposalList) -> None:
    gone = and_(col(DisposalItem.list_id) == found.id, col(DisposalItem.state) == ItemState.LISTED, ~unchanged())
    references = list(work.session.exec(select(DisposalItem.reference).where(gone)))
    if references:
        work.bulk(
            update(DisposalItem).where(gone).values(state=ItemState.TAKEN_OUT, reason=Reason(Code.CHANGED).stored),
            "disposal.drop", subject(found), references=references,
        )  # fmt: skip


def _refuse_undecided(session: Session, found: DisposalList, listed: ColumnElement[bool]) -> None:
    query = select(DisposalItem.reference).where(listed, col(DisposalItem.decision).is_(None)).limit(4)
    waiting = list(session.exec(query))
    if waiting:
        named = ", ".join(waiting[:3]) + (" and more" if len(waiting) > 3 else "")
        raise Undecided(
            f"The archive has not decided about {named}. Nothing was approved; first: "
            f"erecords retention appraise {found.id} {waiting[0]} A|V"
        )


def _bind(work: UnitOfWork, found: DisposalList) -> int:
    """Take the digest of each line and of the list; returns the number of cases."""
    query = (
        select(DisposalItem)
        .where(DisposalItem.list_id == found.id, DisposalItem.state == ItemState.LISTED)
        .order_by(col(DisposalItem.id))
    )
    contents = dict(binding.contents(work.session, found.id))
    count, last = 0, 0
    while items := work.session.exec(query.where(col(DisposalItem.id) > last).limit(_MANY)).all():
        for item in items:
            item.digest = binding.item_digest(item, contents.pop(item.case_id, []))
        work.session.flush()
        count, last = count + len(items), items[-1].id or 0
        work.log("disposal.bind", subject(found), *items, cases=len(items))
        for item in items:
            work.session.expunge(item)
    found.digest = binding.list_digest(work.session, found.id)
    return count
