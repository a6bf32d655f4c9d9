"""Erasing packages of the archive by order: ordered, approved by another person, carried out by a third step.

What was archived is kept for ever unless a law or a court says otherwise. The gate erases; from all versions and from
all places for copies. What a copy does not let go yet stays as work of the archive (``archive replicate``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlmodel import Session, col, select

from erecords.errors import Conflict, NotFound
from erecords.registry import numbering
from erecords.registry.access import Actor, Right
from erecords.registry.rules import one_line
from erecords.store.uow import UnitOfWork
from retention.errors import FourEyes
from retention.models import ArchiveErasure


def order(
    work: UnitOfWork, actor: Actor, aip: str, reference: str, reason: str, *, part_of: str = ""
) -> ArchiveErasure:
    """Order that a package be erased; nothing is erased by that.

    Args:
        work: the unit of work.
        actor: data protection or a records manager.
        aip: id of the package.
        reference: its file reference.
        reason: the law, judgment or request, in one line without personal data: it stays in the stub for ever.
        part_of: reference of the case, of a transaction that is a package of its own; holds on the case count.

    Raises:
        NotPermitted: the actor may order no erasure.
        Conflict: an order for the package is open or was carried out.
        InputRefused: no reason.
    """
    _require_orderer(actor)
    text = one_line(reason, "reason")
    in_force = select(ArchiveErasure).where(ArchiveErasure.aip == aip, col(ArchiveErasure.withdrawn).is_(None))
    known = work.session.exec(in_force).first()
    if known is not None:
        raise Conflict(
            f"Order {known.id} about {reference} exists already. Nothing was ordered; if it is wrong, take it back: "
            f"erecords retention archived withdraw {known.id}"
        )
    year = work.clock.today().year
    number = numbering.next_number(work.session, f"archive-erasure:{year}")
    row = ArchiveErasure(
        id=f"AL-{year}-{number:04d}", aip=aip, reference=reference, part_of=part_of, reason=text,
        ordered_by=actor.id, ordered=work.clock.now(),
    )  # fmt: skip
    work.add(row)
    work.log("disposal.archive-order", f"package:{aip}", row, order=row.id)
    return row


def approve(work: UnitOfWork, actor: Actor, number: str) -> ArchiveErasure:
    """Approve an order, as another person than who ordered.

    Raises:
        NotPermitted: the actor approves no disposal.
        NotFound: there is no such order.
        FourEyes: the actor ordered it.
        Conflict: it was approved, carried out or withdrawn already.
    """
    actor.require(Right.APPROVE_DISPOSAL)
    row = find(work.session, number)
    _require_standing(row)
    if row.ordered_by == actor.id:
        raise FourEyes(f"You ordered {row.id}; another person has to approve it. Nothing was changed.")
    if row.approved_by:
        raise Conflict(f"Order {row.id} was approved already. Nothing was changed.")
    row.approved_by, row.approved = actor.id, work.clock.now()
    work.log("disposal.archive-approve", f"package:{row.aip}", row, order=row.id)
    return row


def withdraw(work: UnitOfWork, actor: Actor, number: str, erased: Callable[[str], bool]) -> ArchiveErasure:
    """Take an order back that was not carried out; the package may be ordered to be erased anew.

    Args:
        work: the unit of work.
        actor: one who may order.
        number: the order.
        erased: whether the package of that id is erased already (the program was stopped before the order knew).

    Raises:
        NotPermitted: the actor may order no erasure.
        NotFound: there is no such order.
        Conflict: it was carried out or withdrawn.
    """
    _require_orderer(actor)
    row = find(work.session, number)
    _require_standing(row)
    if erased(row.aip):
        raise Conflict(
            f"The package of {row.id} is erased; end the order: erecords retention archived carry-out {row.id}"
        )
    row.withdrawn_by, row.withdrawn = actor.id, work.clock.now()
    work.log("disposal.archive-withdraw", f"package:{row.aip}", row, order=row.id)
    return row


def _require_orderer(actor: Actor) -> None:
    if not actor.may(Right.SEE_ALL_CONTENT):
        actor.require(Right.MANAGE_RECORDS)


def _require_standing(row: ArchiveErasure) -> None:
    if row.carried_out_by or row.withdrawn_by:
        was = "carried out" if row.carried_out_by else "withdrawn"
        raise Conflict(f"Order {row.id} was {was} already. Nothing was changed.")


def find(session: Session, number: str) -> ArchiveErasure:
    """The order of that number.

    Raises:
        NotFound: there is none.
    """
    row = session.get(ArchiveErasure, number.strip())
    if row is None:
        raise NotFound(f"There is no order {number!r}. See: erecords retention archived list")
    return row


def listing(session: Session, actor: Actor) -> Sequence[ArchiveErasure]:
    """All orders, the newest first.

    Raises:
        NotPermitted: the actor may not see the metadata of all cases.
    """
    actor.require(Right.SEE_ALL_METADATA)
    return session.exec(select(ArchiveErasure).order_by(col(ArchiveErasure.id).desc())).all()
