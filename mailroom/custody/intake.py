"""Intake: a claimed file becomes a delivery. Stored and forced to the disk first, recorded second, released last.

Stopped anywhere it is repeated without a second delivery: the claim's token is unique in the delivery table, and
storing the same bytes twice stores them once.
"""

from __future__ import annotations

import os

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from erecords.clock import Clock
from erecords.files import safe_name
from erecords.store.blobs import Blob, BlobStore
from erecords.store.uow import UnitOfWork
from mailroom.custody import claims
from mailroom.custody.claims import Claim
from mailroom.custody.reasons import ReasonCode
from mailroom.models import Delivery, DeliveryState


def receive(engine: Engine, blobs: BlobStore, clock: Clock, actor: str, claim: Claim) -> int:
    """Take a claimed file over; returns the id of its delivery, which is on the disk with its bytes.

    Raises:
        OSError: the disk is full or failing; the claim stays and is received at the next try.
    """
    delivery_id = _known(engine, claim.token)
    if delivery_id is None:
        blob = blobs.put_file(claim.file)
        with UnitOfWork(engine, clock, actor) as work:
            if not blobs.exists(blob.sha512):  # the last case with the same bytes was destroyed in between
                blobs.put_file(claim.file)
            delivery_id = _record(work, claim, blob)
    claims.release(claim)
    return delivery_id


def _known(engine: Engine, token: str) -> int | None:
    with Session(engine) as session:
        return session.exec(select(Delivery.id).where(Delivery.claim == token)).first()


def _record(work: UnitOfWork, claim: Claim, blob: Blob) -> int:
    delivery = Delivery(
        claim=claim.token,
        source=readable(claim.source),
        name=safe_name(readable(claim.name)),
        channel=claim.channel,
        received=work.clock.now(),
        received_by=work.actor,
        state=DeliveryState.PENDING,
    )
    return record(work, delivery, blob)


def record(work: UnitOfWork, delivery: Delivery, blob: Blob) -> int:
    """Record a new delivery whose bytes are stored; where the same bytes came before, as a duplicate of the first.

    Two empty files have nothing in common, and what came again after it was discarded is looked at again.
    """
    delivery.sha512, delivery.bytes = blob.sha512, blob.bytes
    kept = (~col(Delivery.erased), Delivery.state != DeliveryState.DISCARDED, col(Delivery.bytes) > 0)
    first = work.session.exec(
        select(Delivery).where(Delivery.sha512 == blob.sha512, *kept).order_by(col(Delivery.id)).limit(1)
    ).first()
    if first is not None:
        delivery.state = DeliveryState.DUPLICATE
        delivery.duplicate_of = first.duplicate_of or first.id
        delivery.reason = "delivered-again"
        delivery.message = f"The same bytes came already as delivery {delivery.duplicate_of}; nothing was filed twice."
    work.add(delivery)
    assert delivery.id is not None
    within = {"part_of": delivery.part_of} if delivery.part_of else {}
    work.log(
        "delivery.receive",
        f"delivery:{delivery.id}",
        delivery,
        personal={"source": delivery.source},
        sha512=blob.sha512,
        bytes=blob.bytes,
        channel=delivery.channel,
        state=delivery.state.value,
        **within,
    )
    if delivery.duplicate_of is not None:
        work.log("delivery.again", f"delivery:{delivery.duplicate_of}", again=delivery.id)
    return delivery.id


def record_vanished(engine: Engine, clock: Clock, actor: str, source: str, name: str, channel: str) -> int:
    """Record a file that disappeared before it could be claimed, so that somebody looks for it."""
    with UnitOfWork(engine, clock, actor) as work:
        delivery = Delivery(
            claim=f"vanished-{os.urandom(12).hex()}",
            source=readable(source),
            name=safe_name(readable(name)),
            channel=channel,
            received=clock.now(),
            received_by=actor,
            state=DeliveryState.QUARANTINED,
        )
        return record_lost(work, delivery, ReasonCode.VANISHED)


def record_lost(work: UnitOfWork, delivery: Delivery, reason: ReasonCode) -> int:
    """Record a delivery whose bytes could not be had; it stands in quarantine."""
    delivery.state, delivery.reason = DeliveryState.QUARANTINED, reason.value
    delivery.message = f"{reason.sentence} {reason.advice}"
    work.add(delivery)
    assert delivery.id is not None
    work.log(
        "delivery.receive",
        f"delivery:{delivery.id}",
        delivery,
        personal={"source": delivery.source},
        state=delivery.state.value,
        reason=reason.value,
    )
    return delivery.id


def readable(name: str) -> str:
    """A name from the file system as text that can be stored and shown, even where it is no UTF-8."""
    return os.fsencode(name).decode("utf-8", "replace").replace("\n", "\N{REPLACEMENT CHARACTER}")
