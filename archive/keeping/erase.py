"""Erasure of a package from all its versions, by order: the object becomes a stub that says so.

Only the deletion gate of the package ``retention`` calls this; here nothing asks whether it is lawful.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from archive.keeping.copies import erase_copies
from archive.keeping.open_erasures import OpenErasure
from archive.metadata import model
from archive.ocfl.inventory import Inventory
from archive.ocfl.object import VersionInfo, VersionWriter
from archive.package import PACKAGE_FORMAT, Aip
from archive.reading import content_sizes, read_aip
from archive.store import ArchiveStore, enter_version
from erecords.clock import Clock, instant_text
from erecords.errors import NotFound


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was erased, for the certificate."""

    aip_id: str
    reference: str
    erased: str
    """Instant."""
    order: str
    removed: tuple[tuple[str, int], ...]
    """SHA-512 and length of every stored file that is gone."""
    open: tuple[OpenErasure, ...] = ()
    """Copies that could not be erased yet; they stay on the list of work (`archive.keeping.open_erasures.of`)."""


def erase(
    store: ArchiveStore,
    aip_id: str,
    clock: Clock,
    *,
    agent: str,
    order: str,
    reason: str,
) -> Erasure:
    """Replace an object by a stub that holds its id, its reference and the digests of what was there.

    All places for copies of the settings follow. What a place does not let go yet (object lock), or a place that
    cannot be reached, is entered into the register as open and done by a later `archive.keeping.copies.replicate`.

    Stopped midway, the next opening of the archive completes it or the object is untouched. Asked again, the answer is
    that of the first time, but for the copies, which are tried again.

    Args:
        store: the archive.
        aip_id: id of the package.
        clock: for the instant.
        agent: who carries it out.
        order: name of the order, e.g. the number of the disposal list.
        reason: why, as it shall stand in the stub; no personal data.

    Raises:
        NotFound: there is no such object.
        archive.errors.ObjectDamaged: the inventory is not sound.
        OSError: the archive itself is full or failed; it is untouched.
    """
    erasure = _erase_here(store, aip_id, clock, agent, order, reason)
    return replace(erasure, open=erase_copies(store, aip_id))


def _erase_here(store: ArchiveStore, aip_id: str, clock: Clock, agent: str, order: str, reason: str) -> Erasure:
    with store.lock(aip_id):
        found = store.inventory(aip_id)
        if found is None:
            raise NotFound(f"The archive holds no package {aip_id!r}; nothing was erased.")
        inventory = found[0]
        aip = read_aip(store.storage, store.folder(aip_id), inventory)
        if aip.erased:
            return _from_stub(aip_id, aip.package)
        now = instant_text(clock.now())
        stub = _stub(store, inventory, aip, now, agent, order, reason)
        with store.storage.stage(store.folder(aip_id)) as stage:
            writer = VersionWriter(stage, aip_id, None)
            with writer.create(model.STUB) as stream:
                stream.write(json.dumps(stub, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n")
            written = writer.seal(VersionInfo(now, f"Erased by order {order}", agent, store.settings.address))
            store.storage.replace_folder(store.folder(aip_id), stage)
            enter_version(store, written.inventory, written.inventory_sha512)
            store.catalogue.purge()
            stage.finish()
        return _from_stub(aip_id, stub)


def _stub(
    store: ArchiveStore, inventory: Inventory, aip: Aip, now: str, agent: str, order: str, reason: str
) -> dict[str, Any]:
    sizes = content_sizes(store.storage, store.folder(inventory.id))
    removed = sorted({(digest, sizes.get(path, 0)) for path, digest in inventory.content_paths()})
    return {
        "format": PACKAGE_FORMAT,
        "reference": aip.reference,
        "part_of": aip.package.get("part_of"),
        "event": {"type": "deletion", "at": now, "agent": agent, "order": order, "reason": reason},
        "versions": len(inventory.versions),
        "removed": [{"sha512": digest, "bytes": size} for digest, size in removed],
    }


def _from_stub(aip_id: str, stub: Any) -> Erasure:
    removed = tuple((item["sha512"], item["bytes"]) for item in stub["removed"])
    return Erasure(aip_id, stub["reference"], stub["event"]["at"], stub["event"]["order"], removed)
