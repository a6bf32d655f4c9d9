"""Parts: files that came out of another delivery, recorded as deliveries of their own in the same custody.

The token of a part is made of its parent and its place there, so that taking a delivery apart again doubles nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session, col, func, select

from erecords.files import safe_name
from erecords.store.blobs import Blob
from erecords.store.uow import UnitOfWork
from mailroom.custody import intake
from mailroom.custody.reasons import ReasonCode
from mailroom.errors import Refused
from mailroom.models import Delivery, DeliveryState
from mailroom.settings import MailroomSettings
from mailroom.stages.expand import PartFile


def record(work: UnitOfWork, parent: Delivery, files: Sequence[tuple[PartFile, Blob | None]]) -> list[int]:
    """Record what came out of a delivery; what is recorded already is left as it is.

    Returns:
        Parts that could not be read and went straight to quarantine.
    """
    lost = []
    for position, (part, blob) in enumerate(files, 1):
        token = f"part-{parent.id}-{position}"
        if work.session.exec(select(Delivery.id).where(Delivery.claim == token)).first() is not None:
            continue
        delivery = Delivery(
            claim=token,
            source=intake.readable(f"{parent.source} » {part.name}"),
            name=safe_name(intake.readable(part.name)),
            channel=parent.channel,
            received=parent.received,
            received_by=parent.received_by,
            state=DeliveryState.PENDING,
            part_of=parent.id,
            outermost=parent.outermost or parent.id,
        )
        if blob is None:
            lost.append(intake.record_lost(work, delivery, part.fault or ReasonCode.DAMAGED))
        else:
            intake.record(work, delivery, blob)
    parent.parts = max(parent.parts, len(files))
    work.session.add(parent)
    return lost


def check_limits(
    session: Session, parent: Delivery, files: Sequence[tuple[PartFile, Blob | None]], settings: MailroomSettings
) -> None:
    """Hold all that came out of one outermost delivery, at any depth, against the limits.

    Raises:
        Refused: too many files or too many bytes.
    """
    root = parent.outermost or parent.id
    others = (Delivery.outermost == root, col(Delivery.part_of) != parent.id)
    count, size = session.exec(select(func.count(), func.coalesce(func.sum(Delivery.bytes), 0)).where(*others)).one()
    if count + len(files) > settings.max_parts:
        raise Refused(ReasonCode.TOO_LARGE, f"more than {settings.max_parts} files in it, nested ones included")
    if size + sum(blob.bytes for _, blob in files if blob) > settings.max_unpacked:
        raise Refused(ReasonCode.TOO_LARGE, f"more than {settings.max_unpacked} bytes in it, nested files included")


def depth(session: Session, delivery: Delivery) -> int:
    """In how many others a delivery lies."""
    levels, above = 0, delivery.part_of
    while above is not None:
        levels += 1
        above = session.exec(select(Delivery.part_of).where(Delivery.id == above)).first()
    return levels


def with_parts(session: Session, ids: Sequence[int]) -> list[int]:
    """These deliveries and all that came out of them, each behind the one that it came out of."""
    found: list[int] = []
    for delivery_id in ids:
        found.append(delivery_id)
        query = select(Delivery.id).where(Delivery.part_of == delivery_id).order_by(col(Delivery.id))
        found += with_parts(session, [one for one in session.exec(query) if one is not None])
    return found
