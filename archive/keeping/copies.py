"""Copies of the archive in other places: replicate, compare, repair; losing a place loses nothing.

A place is a storage root of its own with the same layout; evidence and register are copied after the objects. The
catalogue stays with the first place; the objects alone restore it, and a lost register too (`archive.keeping.rebuild`).
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace

from archive.errors import ArchiveError, ObjectDamaged
from archive.keeping import open_erasures
from archive.keeping.companions import copy_evidence, copy_register
from archive.keeping.fixity import FixityReport, verify
from archive.keeping.open_erasures import OpenErasure
from archive.keeping.places import files_below, open_place
from archive.metadata.model import STUB
from archive.ocfl.inventory import DECLARATION, FILE, SIDECAR, Inventory
from archive.ocfl.object import parse_checked
from archive.ports import Stage, Storage
from archive.store import ArchiveStore
from erecords.digest import CHUNK, sha512_stream
from erecords.errors import ErecordsError, NotFound


@dataclass(frozen=True, slots=True)
class Replication:
    """What was done in one place."""

    place: str
    copied: int
    """Packages that were new there or had a newer version here."""
    failed: tuple[tuple[str, str], ...]
    """Id and reason of what could not be copied; damaged packages are never copied over good ones.

    ``place`` stands for the place as a whole, ``evidence`` and ``register`` for what goes with the packages.
    """


def replicate(store: ArchiveStore, place: Storage, name: str) -> Replication:
    """Bring a place to what the archive holds: new packages, new versions, stubs of erased ones.

    Stopped midway it is simply done again. Nothing is removed from a place but what was erased.
    """
    copied, failed = 0, []
    known = {item.aip_id: item for item in open_erasures.of(store) if item.place == name}
    for holding in store.holdings():
        folder = store.folder(holding.id)
        try:
            copied += copy_object(store.storage, place, folder, holding.inventory_sha512)
            if holding.erased:
                place.sweep(folder)
                open_erasures.close(store, holding.id, name, known.get(holding.id))
        except (ErecordsError, OSError) as error:
            failed.append((holding.id, str(error)))
            if holding.erased:
                open_erasures.leave_open(store, holding.id, name, known.get(holding.id), error)
    try:
        copy_evidence(store.storage, place)
    except (ErecordsError, OSError) as error:
        failed.append(("evidence", str(error)))
    store.enter("replication", {"place": name, "copied": copied, "failed": [item for item, _ in failed]})
    try:
        copy_register(store, place)
    except (ErecordsError, OSError) as error:
        failed.append(("register", str(error)))
    return Replication(name, copied, tuple(failed))


def replicate_all(store: ArchiveStore, afresh: Container[str] = ()) -> tuple[Replication, ...]:
    """`replicate` to every place of the settings; one that cannot be used is told of and does not stop the others.

    Args:
        store: the archive.
        afresh: places that had copies before and are begun anew, empty as they are.
    """
    done = []
    for name in store.settings.copies:
        try:
            done.append(replicate(store, open_place(store, name, afresh=name in afresh), name))
        except (ErecordsError, OSError) as error:
            done.append(Replication(name, 0, (("place", str(error)),)))
    return tuple(done)


def erase_copies(store: ArchiveStore, aip_id: str) -> tuple[OpenErasure, ...]:
    """Bring the stub of an erased package to all places of the settings; what is still open there afterwards."""
    holding, folder = store.find(aip_id), store.folder(aip_id)
    known = {item.place: item for item in open_erasures.of(store) if item.aip_id == aip_id}
    for name in store.settings.copies:
        try:
            place = open_place(store, name)
            copy_object(store.storage, place, folder, holding.inventory_sha512)
            place.sweep(folder)
            open_erasures.close(store, aip_id, name, known.get(name))
        except (ErecordsError, OSError) as error:
            open_erasures.leave_open(store, aip_id, name, known.get(name), error)
    return tuple(item for item in open_erasures.of(store) if item.aip_id == aip_id)


def compare(store: ArchiveStore, place: Storage, name: str, ids: Sequence[str] | None = None) -> FixityReport:
    """Check the fixity of a place against the archive's register."""
    return verify(replace(store, storage=place), ids, place=name)


def repair(store: ArchiveStore, aip_id: str, place: Storage, name: str) -> None:
    """Put the good copy of a place where the archive's own object is damaged or gone; the register gets the event.

    Raises:
        NotFound: the register does not know the package.
        ObjectDamaged: the copy is not good either; nothing was changed.
    """
    holding = store.find(aip_id)
    bad = compare(store, place, name, [holding.id]).bad
    if bad:
        raise ObjectDamaged(f"The copy of {holding.id} in {name} is no better ({bad[0].message}); nothing was changed.")
    folder = store.folder(holding.id)
    with store.storage.lock(holding.id), store.storage.stage(folder) as stage:
        _fill(place, stage, folder, tuple(files_below(place, folder)))
        store.storage.replace_folder(folder, stage)
        store.enter("repair", {"aip": holding.id, "inventory_sha512": holding.inventory_sha512, "place": name})
        stage.finish()


def repair_from_any(store: ArchiveStore, name: str) -> str:
    """Repair a package from the first place of the settings whose copy is good; return that place.

    Raises:
        ObjectDamaged: no place has a good copy, with the reason of each; nothing was changed.
        NotFound: the register does not know the package.
    """
    reasons: list[str] = []
    for folder in store.settings.copies:
        try:
            repair(store, name, open_place(store, folder), folder)
        except NotFound:
            raise
        except (ErecordsError, OSError) as error:
            reasons.append(f"{folder}: {error}")
            continue
        return folder
    told = "; ".join(reasons) or "none is set in [archive] copies"
    raise ObjectDamaged(f"No place has a good copy of {name} ({told}). Nothing was changed.")


def copy_object(source: Storage, place: Storage, folder: str, inventory_sha512: str) -> bool:
    """Copy one object unless the place has this state of it already; False when nothing was to do.

    Only what the inventories name is copied, and only all of it. What the place has is replaced when it is damaged or
    when the source is the stub of an erased package; a version that the source does not know stays.

    Raises:
        ObjectDamaged: the source is not what its inventory or the register says, or the place has another history.
        NotFound: the source has no such object.
        OSError: a file of it is missing or cannot be read, or the place failed; nothing was copied.
    """
    if not source.exists(f"{folder}/{FILE}"):
        raise NotFound(f"{folder} is missing; nothing was copied.")
    inventory, digest = parse_checked(source, folder)
    if digest != inventory_sha512:
        raise ObjectDamaged(f"The inventory in {folder} is not the registered one; nothing was copied.")
    with place.lock(folder):
        present = _present(place, folder)
        if present == digest:
            return False
        earlier = present in _earlier(source, folder, inventory)
        if present and not earlier and STUB not in inventory.state:
            raise ObjectDamaged(
                f"The place has a version of {inventory.id} that the archive does not have, perhaps from before a "
                "backup was restored; it was kept. Compare both, then move away what is not wanted."
            )
        files = _files(inventory)
        with place.stage(folder) as stage:
            if earlier:
                there = set(files_below(place, folder))
                _fill(source, stage, folder, (*(name for name in files if name not in there), FILE, SIDECAR))
                stage.publish(last=(FILE, SIDECAR))
            else:
                _fill(source, stage, folder, files)
                place.replace_folder(folder, stage)
            stage.finish()
    return True


def _files(inventory: Inventory) -> tuple[str, ...]:
    """All files of a sound object: its declaration, all inventories with sidecars, and what the manifest names."""
    folders = ["", *(f"{version}/" for version in inventory.versions)]
    described = [f"{folder}{name}" for folder in folders for name in (FILE, SIDECAR)]
    return (DECLARATION, *described, *sorted(path for path, _ in inventory.content_paths()))


def _present(place: Storage, folder: str) -> str:
    """Digest of the inventory that the place has; empty when it has none or none that is sound."""
    try:
        return parse_checked(place, folder)[1]
    except (OSError, ArchiveError):
        return ""


def _earlier(source: Storage, folder: str, inventory: Inventory) -> set[str]:
    """Digests of the inventories of all earlier versions."""
    names = [name for name in inventory.versions if name != inventory.head]
    return {source.read(f"{folder}/{name}/{SIDECAR}").split()[0].decode() for name in names}


def _fill(source: Storage, stage: Stage, folder: str, names: tuple[str, ...]) -> None:
    """Copy files into a stage, force them to the disk, and hold each against its digest as read back."""
    for name in names:
        with source.open(f"{folder}/{name}") as stream, stage.create(name) as target:
            while chunk := stream.read(CHUNK):
                target.write(chunk)
    stage.seal()
    expected = dict(parse_checked(source, folder)[0].content_paths())
    for name in names:
        if name in expected:
            with stage.open(name) as stream:
                if sha512_stream(stream)[0] != expected[name].lower():
                    raise ObjectDamaged(f"{name} in {folder} is damaged; nothing was copied.")
