"""Offering a list to the archive: since when, until when it may answer, and what follows when it does not."""

from __future__ import annotations

import csv
import io

from sqlalchemy import and_, update
from sqlmodel import Session, col, select

from erecords.errors import Conflict
from erecords.registry.access import Actor, Right
from erecords.store.models import Case, PlanClass
from erecords.store.uow import UnitOfWork
from retention.errors import WrongState
from retention.lifecycle import Decision, ItemState, ListState
from retention.lists.disposition import BY_LAPSE, BY_WAIVER, add_step, find_list, require_state, subject
from retention.models import DisposalItem, DisposalList
from retention.periods import schedule
from retention.settings import RetentionSettings

_COLUMNS = ("reference", "class", "class_title", "title", "opened", "closed", "rule", "suggested", "decision")


def offer(work: UnitOfWork, actor: Actor, list_id: str, settings: RetentionSettings) -> DisposalList:
    """Note that a list was offered to the archive today; its time to answer begins.

    Raises:
        NotPermitted: the actor keeps no disposal lists.
        WrongState: the list is not proposed.
        Conflict: it was offered before.
    """
    actor.require(Right.MANAGE_RECORDS)
    found = find_list(work.session, list_id)
    require_state(found, ListState.PROPOSED)
    if found.offered_on is not None:
        raise Conflict(f"List {found.id} was offered on {found.offered_on}. Nothing was changed.")
    note(work, found, settings)
    step = add_step(work, found, "offer", as_of=found.offered_on, text=f"answer due on {found.answer_due}")
    work.log("disposal.offer", subject(found), found, step, answer_due=str(found.answer_due))
    return found


def note(work: UnitOfWork, found: DisposalList, settings: RetentionSettings) -> None:
    """Write down day and deadline of an offer; one that was sent again keeps those of the first time."""
    if found.offered_on is None:
        found.offered_on = work.clock.today()
        found.answer_due = schedule.months_later(found.offered_on, settings.answer_months)
        found.version += 1


def lapse(work: UnitOfWork, actor: Actor, list_id: str, settings: RetentionSettings) -> int:
    """Note that the archive did not answer in time: what it left undecided may be destroyed, by the law cited.

    Returns:
        How many cases.

    Raises:
        NotPermitted: the actor keeps no disposal lists.
        WrongState: the list is not proposed, was not offered, or nothing on it is undecided.
        Conflict: the time has not run out.
    """
    actor.require(Right.MANAGE_RECORDS)
    found = find_list(work.session, list_id)
    require_state(found, ListState.PROPOSED)
    if found.answer_due is None:
        raise WrongState(f"List {found.id} was not offered. First: erecords retention offer {found.id}")
    if work.clock.today() <= found.answer_due:
        raise Conflict(f"The archive may answer about list {found.id} until {found.answer_due}. Nothing was changed.")
    waiting = and_(
        col(DisposalItem.list_id) == found.id, col(DisposalItem.state) == ItemState.LISTED,
        col(DisposalItem.decision).is_(None),
    )  # fmt: skip
    if work.session.exec(select(DisposalItem.id).where(waiting)).first() is None:
        raise WrongState(f"The archive has decided about every case on list {found.id}. Nothing was changed.")
    found.lapsed_by, found.lapse_basis = actor.id, settings.answer_basis
    found.version += 1
    count = work.bulk(
        update(DisposalItem).where(waiting).values(decision=Decision.DESTROY, decided_by=BY_LAPSE),
        "disposal.lapse", subject(found), answer_due=str(found.answer_due), basis=found.lapse_basis,
    )  # fmt: skip
    text = f"{count} cases: no answer until {found.answer_due}; {found.lapse_basis}"
    step = add_step(work, found, "lapse", text=text)
    work.log("disposal.lapsed", subject(found), found, step)
    return count


def as_csv(session: Session, actor: Actor, list_id: str) -> str:
    """What is offered, for an archive without messages: a line a case, ``decision`` to be filled in.

    Raises:
        NotPermitted: the actor may not see the metadata of all cases.
    """
    actor.require(Right.SEE_ALL_METADATA)
    found = find_list(session, list_id)
    query = (
        select(DisposalItem, Case, PlanClass.title)
        .join(Case, col(Case.id) == col(DisposalItem.case_id))
        .join(PlanClass, col(PlanClass.notation) == col(DisposalItem.class_notation))
        .where(DisposalItem.list_id == found.id, DisposalItem.state == ItemState.LISTED)
        .where(col(DisposalItem.decided_by).is_distinct_from(BY_WAIVER))
        .order_by(col(DisposalItem.id))
    )
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for item, case, class_title in session.exec(query):
        cells = (item.reference, item.class_notation, class_title, case.title, case.opened, case.closed)
        writer.writerow([*map(harmless, cells), item.rule_id, item.proposed, item.decision or ""])
    return text.getvalue()


def harmless(value: object) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
