"""The proof of custody: everything ever received, by the audit chain, is accounted for exactly once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, select

from erecords.store.blobs import BlobStore
from erecords.store.models import AuditEntry
from mailroom.channels.folder import DropFolders
from mailroom.custody import claims
from mailroom.models import Delivery, DeliveryState, EntryLabel, Letter


@dataclass(frozen=True)
class CustodyReport:
    """In and out: ``seen`` is counted from the audit chain, the rest from the deliveries and the folders."""

    seen: int
    processed: int
    quarantined: int
    duplicate: int
    pending: int
    discarded: int
    waiting: int
    """Files in the drop folders that were not taken over yet."""
    missing: tuple[str, ...]
    surplus: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether in equals out and nothing is missing or surplus."""
        out = self.processed + self.quarantined + self.duplicate + self.pending
        return self.seen == out and not self.missing and not self.surplus


def report(session: Session, blobs: BlobStore, folders: DropFolders) -> CustodyReport:
    """Hold the audit chain, the deliveries, the mail book, the store and the claims against each other.

    Costs one look at each file name in the store, no reading: cheap enough for every hour. The bytes
    themselves are verified by ``erecords check --deep``.
    """
    logged = session.exec(select(AuditEntry.object).where(AuditEntry.action == "delivery.receive")).all()
    rows = session.exec(select(Delivery).execution_options(yield_per=1000)).all()
    names = {f"delivery:{row.id}" for row in rows}
    open_claims = [claim for folder in folders.channel_folders() for claim in claims.found(folder)]
    recorded = {row.claim for row in rows}
    unrecorded = [claim for claim in open_claims if claim.token not in recorded]
    states = Counter(row.state for row in rows)
    return CustodyReport(
        seen=len(set(logged)) + len(unrecorded),
        processed=states[DeliveryState.PROCESSED],
        quarantined=states[DeliveryState.QUARANTINED] + states[DeliveryState.DISCARDED],
        duplicate=states[DeliveryState.DUPLICATE],
        pending=states[DeliveryState.PENDING] + len(unrecorded),
        discarded=states[DeliveryState.DISCARDED],
        waiting=sum(1 for _ in folders.files()),
        missing=tuple(
            [f"{name}: received by the log, but its row is gone" for name in sorted(set(logged) - names)]
            + _without_bytes(rows, blobs)
            + _without_letters(session, rows)
            + _without_parts(rows)
        ),
        surplus=tuple(f"{name}: no line of the log received it" for name in sorted(names - set(logged))),
    )


def _without_bytes(rows: Sequence[Delivery], blobs: BlobStore) -> list[str]:
    return [
        f"delivery:{row.id}: its original is not in the store"
        for row in rows
        if row.sha512 and not row.erased and not blobs.exists(row.sha512)
    ]


def _without_parts(rows: Sequence[Delivery]) -> list[str]:
    found = Counter(row.part_of for row in rows)
    return [
        f"delivery:{row.id}: {row.parts} files came out of it, {found[row.id]} are recorded"
        for row in rows
        if row.parts != found[row.id]
    ]


def _without_letters(session: Session, rows: Sequence[Delivery]) -> list[str]:
    letters = session.exec(select(Letter.delivery_id, Letter.number)).all()
    found = Counter(delivery for delivery, _ in letters)
    wrong = [
        f"delivery:{row.id}: {row.letters} letters came of it, {found[row.id or 0]} are in the mail book"
        for row in rows
        if row.state == DeliveryState.PROCESSED and row.letters != found[row.id or 0]
    ]
    printed = session.exec(select(EntryLabel.number)).all()
    return wrong + _gaps([number for _, number in letters] + list(printed))


def _gaps(numbers: Sequence[str]) -> list[str]:
    """Entry numbers that are missing between the first and the last of a year."""
    by_year: dict[str, set[int]] = {}
    for number in numbers:
        _, year, count = number.split("-")
        by_year.setdefault(year, set()).add(int(count))
    return [
        f"E-{year}-{number:07d}: this entry number is missing in the mail book"
        for year, found in sorted(by_year.items())
        for number in range(1, max(found) + 1)
        if number not in found
    ]
