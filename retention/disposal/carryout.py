"""Carrying out an approved list, item by item: transferred, destroyed, or withheld because.

Some cases share a transaction, in which each goes through the gate by itself; stopped anywhere, the next run goes on
there. Nothing is handed
over twice (the archive gives the same receipt again) and nothing is destroyed that is not safely there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy import select as query_of
from sqlmodel import Session, col, func, select

from archive.errors import ArchiveError
from archive.package import Receipt, Sip
from erecords.clock import Clock
from erecords.errors import StoreDamaged
from erecords.ports import Eraser
from erecords.registry.access import Actor, Right
from erecords.store import ledger
from erecords.store.blobs import BlobStore
from erecords.store.db import cut_log
from erecords.store.models import Document, PlanClass
from erecords.store.uow import UnitOfWork
from retention.disposal import certificate, examination, gate, handover
from retention.disposal.division import PER_TRANSACTION, divide
from retention.disposal.examination import Order
from retention.disposal.gate import Withheld
from retention.errors import CoolOff, FourEyes, FutureDate, ListChanged, RetentionError
from retention.lifecycle import Decision, ItemState, ListState
from retention.lists import binding
from retention.lists.disposition import add_step, find_list, require_state, subject
from retention.models import DisposalItem, DisposalList, Handover, Rule
from retention.reasons import Code, Reason, parse, sentences, store
from retention.settings import RetentionSettings

AT_ONCE = 100
"""So many cases share a commit at most."""
_PAGE = 1000
_DOCUMENTS = 1000
"""No more are added to them once they hold so many documents."""


@dataclass(frozen=True)
class Means:
    """What carrying out needs.

    Attributes:
        home: where the ledger lies.
        archive: hands a submission to the archive and brings back its receipt.
        city: name of the administration, as it stands on certificates.
        aip_per: what becomes a package of the archive: ``case`` or ``transaction``.
    """

    engine: Engine
    home: Path
    blobs: BlobStore
    clock: Clock
    actor: Actor
    settings: RetentionSettings
    erasers: Sequence[Eraser]
    archive: Callable[[Sip], Receipt]
    city: str
    aip_per: str = "case"

    def work(self) -> UnitOfWork:
        """A unit of work of the actor."""
        return UnitOfWork(self.engine, self.clock, self.actor.id)


@dataclass(frozen=True)
class Result:
    """What became of a case."""

    reference: str
    outcome: str
    aip: str | None
    reason: str

    def to_json(self) -> dict[str, Any]:
        """As it is shown."""
        return {"reference": self.reference, "outcome": self.outcome, "aip": self.aip, "reason": self.reason}


@dataclass(frozen=True)
class Refusal:
    """Why a case could not be handed over: reasons that are kept, a text for the screen, whether it only waits."""

    reasons: tuple[Reason, ...]
    text: str = ""
    waits: bool = False


class Waiting(Withheld):
    """The case was delivered to an archive outside, and its confirmation (0506) has not come; it stays on the list."""


def size(session: Session, list_id: str) -> int:
    """How many cases of a list still wait for their execution."""
    query = select(func.count()).where(DisposalItem.list_id == list_id, DisposalItem.state == ItemState.LISTED)
    return session.exec(query).one()


def rehearse(session: Session, means: Means, list_id: str, on: date) -> list[Result]:
    """What `carry_out` would do now; nothing is changed.

    Raises:
        As `carry_out` before its first item.
    """
    found = find_list(session, list_id)
    _refuse(session, means, found, on)
    order = Order(means.actor, found, on, means.clock.today(), means.settings)
    return list(_rehearsed(session, order))


def _rehearsed(session: Session, order: Order) -> Iterator[Result]:
    states = [state for state in ItemState if state is not ItemState.TAKEN_OUT]
    for items in _pages(session, order.found.id, states):
        open_ones = [item for item in items if item.state is ItemState.LISTED]
        reasons = examination.examine(session, order, open_ones, receipt=False)
        packages = _packages(session, items)
        for item in items:
            if item.state is not ItemState.LISTED:
                yield _result(item, packages)
            elif why := reasons[item.id or 0]:
                yield Result(item.reference, ItemState.WITHHELD.value, None, sentences(why))
            else:
                moved = item.decision is Decision.ARCHIVE
                outcome = ItemState.TRANSFERRED if moved else ItemState.DESTROYED
                yield Result(item.reference, outcome.value, None, "")


def carry_out(means: Means, list_id: str, on: date) -> Iterator[Result]:
    """Carry out an approved list or go on with one; yields each case when it is done, at last writes the certificate.

    A list that is done gives its results again.

    Raises:
        NotPermitted: the actor carries out no disposal.
        FourEyes: the actor approved the list.
        WrongState: it is not approved.
        CoolOff, FutureDate: it is too early.
        ListChanged: it is not what was approved.
    """
    with means.work() as work:
        found = find_list(work.session, list_id)
        _begin(work, means, found, on)
    order = Order(means.actor, found, on, means.clock.today(), means.settings)
    with Session(means.engine) as session:
        done = (ItemState.TRANSFERRED, ItemState.DESTROYED, ItemState.WITHHELD)
        for page in _pages(session, found.id, done):
            packages = _packages(session, page)
            yield from (_result(item, packages) for item in page)
    _finish(means)
    last = 0
    while items := _next(means, found.id, last):
        last = items[-1]
        yield from _some(means, order, items)
    with means.work() as work:
        _close(work, means, find_list(work.session, list_id))
    ledger.drain(means.engine, means.home, means.clock)
    cut_log(means.engine)


def _begin(work: UnitOfWork, means: Means, found: DisposalList, on: date) -> None:
    _refuse(work.session, means, found, on)
    if found.state is ListState.DONE:
        return
    if found.state is ListState.APPROVED:
        found.state, found.carried_out_by, found.carried_out_as_of = ListState.RUNNING, means.actor.id, on
        found.aip_per = means.aip_per
        found.version += 1
    step = add_step(work, found, "carry-out", as_of=on)
    work.log("disposal.carry-out", subject(found), found, step, as_of=on.isoformat(), digest=found.digest)


def _refuse(session: Session, means: Means, found: DisposalList, on: date) -> None:
    actor = means.actor
    actor.require(Right.MANAGE_RECORDS)
    if found.state is ListState.DONE:
        return
    require_state(found, ListState.APPROVED, ListState.RUNNING)
    if actor.id == found.approved_by:
        raise FourEyes(f"You approved list {found.id}; another person has to carry it out. Nothing was changed.")
    if found.cool_off_until is None or on < found.cool_off_until:
        raise CoolOff(f"List {found.id} may be carried out from {found.cool_off_until} on. Nothing was changed.")
    if on > means.clock.today() and not means.settings.allow_future_dates:
        raise FutureDate(
            f"{on} has not come; lists are carried out as of today or a past day ([retention] allow_future_dates "
            "lifts this for demonstrations). Nothing was changed."
        )
    if found.digest != binding.list_digest(session, found.id):
        raise ListChanged(f"List {found.id} is not what {found.approved_by} approved. Nothing was changed.")


def _pages(session: Session, list_id: str, states: Sequence[ItemState]) -> Iterator[Sequence[DisposalItem]]:
    """The cases of a list in these states, in the list's order, so many at a time."""
    query = select(DisposalItem).where(DisposalItem.list_id == list_id, col(DisposalItem.state).in_(states))
    last = 0
    in_order = query.order_by(col(DisposalItem.id)).limit(_PAGE)
    while page := session.exec(in_order.where(col(DisposalItem.id) > last)).all():
        yield page
        last = page[-1].id or 0


def _next(means: Means, list_id: str, last: int) -> Sequence[int]:
    """Ids of the next cases that share a commit: some, or one that holds many documents."""
    documents = query_of(func.count()).where(col(Document.case_id) == col(DisposalItem.case_id)).scalar_subquery()
    query = (
        query_of(col(DisposalItem.id), documents)
        .where(col(DisposalItem.list_id) == list_id, col(DisposalItem.state) == ItemState.LISTED)
        .where(col(DisposalItem.id) > last)
        .order_by(col(DisposalItem.id))
        .limit(AT_ONCE)
    )
    found: list[int] = []
    held = 0
    with Session(means.engine) as session:
        for item_id, number in session.execute(query):
            held += number
            if found and held > _DOCUMENTS:
                break
            found.append(item_id)
    return found


def _some(means: Means, order: Order, items: Sequence[int]) -> list[Result]:
    """Hand over (where the archive takes them), destroy or withhold some cases, then remove the bytes.

    The gate looks at each by itself; only the commit is shared. Where one fails, each is done alone.
    """
    refused = {
        item_id: refusal
        for item_id in _for_the_archive(means, items)
        if (refusal := _hand_over_or_say(means, order, item_id))
    }
    try:
        _destroy(means, order, items, refused)
    except (RetentionError, StoreDamaged) as error:
        if len(items) > 1:
            return [result for item_id in items for result in _some(means, order, [item_id])]
        if not isinstance(error, StoreDamaged):
            raise
        refused[items[0]] = Refusal((Reason(Code.ARCHIVE, error.code),), str(error))
        _destroy(means, order, items, refused)
    _finish(means)
    with Session(means.engine) as session:
        done = _by_id(session, items)
        packages = _packages(session, done)
        return [_said(item, packages, refused.get(item.id or 0)) for item in done]


def _for_the_archive(means: Means, items: Sequence[int]) -> Sequence[int]:
    """Those of the items that the archive takes and has no receipt for yet."""
    received = select(Handover.item_id).where(col(Handover.item_id).in_(items))
    query = select(DisposalItem.id).where(col(DisposalItem.id).in_(items), col(DisposalItem.id).not_in(received))
    with Session(means.engine) as session:
        found = session.exec(query.where(DisposalItem.decision == Decision.ARCHIVE).order_by(col(DisposalItem.id)))
        return [item_id for item_id in found if item_id is not None]


def _destroy(means: Means, order: Order, items: Sequence[int], refused: Mapping[int, Refusal]) -> None:
    with means.work() as work:
        read_once = [*work.session.exec(select(PlanClass)), *work.session.exec(select(Rule))]
        rows = _by_id(work.session, items)
        for item_id, reasons in gate.destroy(
            work, order, [item for item in rows if item.id not in refused], means.erasers
        ).items():
            _withhold(work, order, work.session.get_one(DisposalItem, item_id), reasons)
        for item in rows:
            refusal = refused.get(item.id or 0)
            if refusal is not None and not refusal.waits:
                _withhold(work, order, item, refusal.reasons)
        del read_once


def _by_id(session: Session, items: Sequence[int]) -> Sequence[DisposalItem]:
    query = select(DisposalItem).where(col(DisposalItem.id).in_(items)).order_by(col(DisposalItem.id))
    return session.exec(query).all()


def _said(item: DisposalItem, packages: Mapping[int, str], refusal: Refusal | None) -> Result:
    result = _result(item, packages)
    if refusal is None:
        return result
    return replace(result, outcome=ItemState.WITHHELD.value, reason=refusal.text or sentences(refusal.reasons))


def _hand_over_or_say(means: Means, order: Order, item_id: int) -> Refusal | None:
    try:
        _hand_over(means, order, item_id)
    except Withheld as withheld:
        return Refusal(withheld.reasons, waits=isinstance(withheld, Waiting))
    except (ArchiveError, StoreDamaged) as error:
        # The error may name files after people; what stays for good has its code only.
        return Refusal((Reason(Code.ARCHIVE, error.code),), str(error))
    return None


def _hand_over(means: Means, order: Order, item_id: int) -> None:
    with Session(means.engine) as session:
        item = session.get_one(DisposalItem, item_id)
        if handover.delivered(session, item.list_id):
            raise Waiting(item.reference, [Reason(Code.NO_RECEIPT)])
        reasons = examination.examine(session, order, [item], receipt=False)[item_id]
        if reasons:
            raise Withheld(item.reference, reasons)
        whole = handover.build_sip(session, means.blobs, order.found, item, means.city)
    sips = divide(whole) if order.found.aip_per == PER_TRANSACTION else (whole,)
    given = [(sip, means.archive(sip)) for sip in sips]
    with means.work() as work:
        handover.keep_receipt(work, work.session.get_one(DisposalItem, item_id), given)


def _withhold(work: UnitOfWork, order: Order, item: DisposalItem, reasons: Sequence[Reason]) -> None:
    item.state, item.reason = ItemState.WITHHELD, store(reasons)
    work.log(
        "disposal.withhold", f"case:{item.reference}", item, list=order.found.id,
        reasons=[reason.stored for reason in reasons],
    )  # fmt: skip


def _finish(means: Means) -> None:
    ledger.drain(means.engine, means.home, means.clock)
    with means.work() as work:
        gate.finish(work, means.blobs, means.erasers)


def _packages(session: Session, items: Sequence[DisposalItem]) -> dict[int, str]:
    """Per item the archive's package, where it has a receipt."""
    query = select(Handover.item_id, Handover.aip).where(col(Handover.item_id).in_([item.id for item in items]))
    return {item_id: aip for item_id, aip in session.exec(query)}


def _result(item: DisposalItem, packages: Mapping[int, str]) -> Result:
    return Result(item.reference, item.state.value, packages.get(item.id or 0), sentences(parse(item.reason)))


def _close(work: UnitOfWork, means: Means, found: DisposalList) -> None:
    if found.state is ListState.DONE or size(work.session, found.id):
        return
    close(work, means.home, means.blobs, found, means.city)


def close(work: UnitOfWork, home: Path, blobs: BlobStore, found: DisposalList, city: str) -> None:
    """End a list of which every case is settled, with its certificate, which the ledger keeps as well."""
    row = certificate.issue(work, blobs, found, city)
    found.state = ListState.DONE
    found.version += 1
    work.log("disposal.done", subject(found), found, certificate=row.number)
    for name, sha512 in certificate.files(row):
        ledger.put_file(home, name, blobs.verified(sha512))
    work.keep("certificate", found, row)
