"""Copies that were to be erased and are not gone yet: kept as work in the register."""

from __future__ import annotations

from dataclasses import dataclass

from archive.errors import StillLocked
from archive.store import ArchiveStore
from erecords.clock import instant_text

OPEN = "copy to be erased"
CLOSED = "copy erased"


@dataclass(frozen=True, slots=True)
class OpenErasure:
    """A copy that was to be erased and is not yet wholly gone."""

    aip_id: str
    place: str
    since: str
    """Instant of the first attempt."""
    until: str | None
    """Instant before which the place does not allow it; None when that is not known."""
    reason: str


def of(store: ArchiveStore) -> tuple[OpenErasure, ...]:
    """Copies that are still to be erased, from the register; `archive.keeping.copies.replicate` works on them."""
    found: dict[tuple[str, str], OpenErasure] = {}
    for entry in store.register.entries():
        if entry["kind"] not in {OPEN, CLOSED}:
            continue
        key = (entry["aip"], entry["place"])
        before = found.pop(key, None)
        if entry["kind"] == OPEN:
            since = before.since if before else entry["at"]
            found[key] = OpenErasure(*key, since, entry["until"], entry["reason"])
    return tuple(found.values())


def leave_open(store: ArchiveStore, aip_id: str, place: str, known: OpenErasure | None, error: Exception) -> None:
    """Enter that a place still holds a package, and why; said once as long as nothing changes."""
    until = instant_text(error.until) if isinstance(error, StillLocked) and error.until else None
    if known is None or (known.until, known.reason) != (until, str(error)):
        store.enter(OPEN, {"aip": aip_id, "place": place, "until": until, "reason": str(error)})


def close(store: ArchiveStore, aip_id: str, place: str, known: OpenErasure | None) -> None:
    """Enter that a place no longer holds a package that it was known to hold."""
    if known:
        store.enter(CLOSED, {"aip": aip_id, "place": place})
