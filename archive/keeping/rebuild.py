"""Restoring register, list and search from the storage root alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from archive.errors import ArchiveError
from archive.keeping.fixity import Bad
from archive.ocfl.inventory import Inventory
from archive.ocfl.object import parse_checked
from archive.ocfl.root import object_folders
from archive.store import ArchiveStore, kind_of, register_values
from erecords.clock import instant_text


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What was found in the storage root."""

    packages: int
    entries_added: int
    """Versions that the register did not know."""
    set_aside: str
    """Name of the old register when its chain was broken, else empty."""
    bad: tuple[Bad, ...]
    """Objects that could not be read, and registered packages that are not there."""


def rebuild(store: ArchiveStore, progress: Callable[[int], None] = lambda done: None) -> Rebuilt:
    """Read every inventory; complete the register and make the list and the word index anew.

    A register whose chain is broken is kept under another name and written anew from the objects. Nothing inside an
    object is changed.
    """
    set_aside = _set_aside(store)
    known: dict[str, set[str]] = {}
    for entry in store.register.readable():
        if "aip" in entry:
            known.setdefault(entry["aip"], set()).add(entry.get("inventory_sha512", ""))
    bad: list[Bad] = []
    found: dict[str, tuple[Inventory, str]] = {}
    for done, folder in enumerate(object_folders(store.storage), 1):
        try:
            inventory, digest = parse_checked(store.storage, folder)
        except (ArchiveError, OSError) as error:
            bad.append(Bad(folder, "inventory-damaged", str(error)))
            continue
        if store.folder(inventory.id) != folder:
            message = f"the object {inventory.id} belongs into {store.folder(inventory.id)}"
            bad.append(Bad(folder, "object-surplus", message))
            continue
        found[inventory.id] = (inventory, digest)
        progress(done)
    bad.extend(
        Bad(name, "object-missing", "the register knows the package, the storage root does not")
        for name in sorted(set(known) - set(found))
    )
    added = _complete(store, found, known)
    store.catalogue.clear()
    for name in found:
        store.enlist(name, 0)
    store.catalogue.advance(store.register.last_sequence())
    return Rebuilt(len(found), added, set_aside, tuple(bad))


def _set_aside(store: ArchiveStore) -> str:
    if not store.register.verify():
        return ""
    stamp = instant_text(store.clock.now()).replace(":", "").replace(".", "")
    path = store.register.path
    target = path.with_name(f"accessions.broken-{stamp}.jsonl")
    path.rename(target)
    return target.name


def _complete(store: ArchiveStore, found: dict[str, tuple[Inventory, str]], known: dict[str, set[str]]) -> int:
    """Enter the versions that the register does not know, in the order in which they were made."""
    missing: list[tuple[str, str, dict[str, Any]]] = []
    for name, (inventory, head_digest) in found.items():
        for version in inventory.versions:
            digest = head_digest if version == inventory.head else _sidecar(store, name, version)
            if digest and digest not in known.get(name, set()):
                values = register_values(inventory, digest, version)
                missing.append((values["created"], kind_of(inventory, version), values))
    for _, kind, values in sorted(missing, key=lambda item: (item[0], item[2]["aip"], int(item[2]["version"][1:]))):
        store.enter(kind, {**values, "rebuilt": True})
    return len(missing)


def _sidecar(store: ArchiveStore, aip_id: str, version: str) -> str:
    try:
        return store.storage.read(f"{store.folder(aip_id)}/{version}/inventory.json.sha512").split()[0].decode()
    except (OSError, IndexError, UnicodeDecodeError):
        return ""
