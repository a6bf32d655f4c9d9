"""Quarantine: deliveries that are not processed on their own, each with its original and a reason beside it.

The folder ``quarantine/<id>/`` is for people: a copy of the original under a harmless name, and ``reason.txt``. The
original itself lies in the store; the database row decides.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session, col, select

from erecords.errors import Conflict, NotFound
from erecords.files import make_folder, remove_folder, write_atomic
from erecords.registry.access import Actor, Right
from erecords.store.blobs import BlobStore
from erecords.store.uow import UnitOfWork
from mailroom.custody.reasons import ReasonCode
from mailroom.models import Delivery, DeliveryState


@dataclass(frozen=True)
class Quarantined:
    """A delivery in quarantine, for display."""

    delivery: Delivery
    sentence: str
    advice: str


def put(work: UnitOfWork, delivery: Delivery, reason: ReasonCode, detail: str) -> None:
    """Put a delivery into quarantine; the folder for people is written after the commit by ``lay_out``."""
    delivery.state = DeliveryState.QUARANTINED
    delivery.reason = reason.value
    delivery.message = f"{reason.sentence}{f' ({detail})' if detail else ''} {reason.advice}"
    work.session.add(delivery)
    work.log("delivery.quarantine", f"delivery:{delivery.id}", delivery, reason=reason.value)


def lay_out(home: Path, blobs: BlobStore, delivery: Delivery) -> None:
    """Write the folder that shows people the delivery; repeatable."""
    folder = make_folder(home / "quarantine" / str(delivery.id))
    if delivery.sha512 is not None and blobs.exists(delivery.sha512):
        copy = folder / f"{delivery.name}.quarantined"
        copy.unlink(missing_ok=True)
        shutil.copyfile(blobs.path(delivery.sha512), copy)
        copy.chmod(0o440)
    text = f"{delivery.source}\nsha512: {delivery.sha512}\nreason: {delivery.reason}\n\n{delivery.message}\n"
    write_atomic(folder / "reason.txt", text.encode("utf-8", "replace"))


def clear(home: Path, delivery_id: int) -> None:
    """Remove the folder for people; the original in the store is not touched."""
    remove_folder(home / "quarantine" / str(delivery_id))


def tidy(session: Session, home: Path, blobs: BlobStore) -> None:
    """Bring the folders to what the rows say, where a run was stopped between the two."""
    rows = {str(one.delivery.id): one.delivery for one in items(session)}
    folders = {path.name for path in (home / "quarantine").glob("*") if path.is_dir()}
    for name in folders - set(rows):
        remove_folder(home / "quarantine" / name)
    for name, row in rows.items():
        if not (home / "quarantine" / name / "reason.txt").exists():
            lay_out(home, blobs, row)


def items(session: Session) -> list[Quarantined]:
    """All deliveries in quarantine, oldest first."""
    rows = session.exec(select(Delivery).where(Delivery.state == DeliveryState.QUARANTINED).order_by(col(Delivery.id)))
    return [_shown(row) for row in rows]


def item(session: Session, delivery_id: int) -> Quarantined:
    """One delivery in quarantine.

    Raises:
        NotFound: there is none of that id.
    """
    row = session.get(Delivery, delivery_id)
    if row is None or row.state != DeliveryState.QUARANTINED:
        raise NotFound(f"Nothing with id {delivery_id} is in quarantine. See: erecords mail quarantine list")
    return _shown(row)


def _shown(row: Delivery) -> Quarantined:
    reason = ReasonCode(row.reason or ReasonCode.INTERNAL)
    return Quarantined(row, reason.sentence, reason.advice)


def release(work: UnitOfWork, actor: Actor, delivery_id: int, *, unlocked: bool = False) -> Delivery:
    """Send a delivery on its way again, after what kept it was mended.

    With ``unlocked`` a clerk gave the password: the letter is made from an unlocked copy, the original stays.

    Raises:
        NotFound: it is not in quarantine.
        Conflict: its bytes never came (it vanished).
    """
    actor.require(Right.MAIL_ROOM)
    delivery = item(work.session, delivery_id).delivery
    if delivery.sha512 is None:
        raise Conflict(f"The bytes of delivery {delivery_id} could not be had; drop the file again, then discard this.")
    delivery.state = DeliveryState.PENDING
    delivery.reason, delivery.message = None, ""
    delivery.password_given = unlocked
    work.session.add(delivery)
    work.log("delivery.release", f"delivery:{delivery.id}", delivery, password_given=unlocked)
    return delivery


def discard(work: UnitOfWork, actor: Actor, delivery_id: int, reason: str) -> Delivery:
    """Give a delivery up. The first person proposes, a second one confirms; only then it is discarded.

    Raises:
        NotFound: it is not in quarantine.
        Conflict: the same person confirms what he proposed.
    """
    actor.require(Right.MAIL_ROOM)
    delivery = item(work.session, delivery_id).delivery
    if delivery.discard_proposed_by is None:
        delivery.discard_proposed_by = actor.id
        work.log("delivery.discard-proposed", f"delivery:{delivery.id}", delivery, reason=reason)
    elif delivery.discard_proposed_by == actor.id:
        raise Conflict(
            f"You proposed to discard delivery {delivery_id} yourself; a second person of the mail room confirms it."
        )
    else:
        delivery.state = DeliveryState.DISCARDED
        work.log(
            "delivery.discard",
            f"delivery:{delivery.id}",
            delivery,
            reason=reason,
            proposed=delivery.discard_proposed_by,
        )
    work.session.add(delivery)
    return delivery
