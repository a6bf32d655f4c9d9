"""Copies of the archive in other places: replicate, compare, repair; losing a place loses nothing.

A place is a storage root of its own with the same layout; evidence and register are copied after the objects. The
catalogue stays with the first place; the objects alone restore it, and a lost register too (`archive.keeping.rebuild`).
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from archive.errors import ArchiveError, ObjectDamaged, StillLocked
from archive.keeping.fixity import FixityReport, verify
from archive.ocfl import root
from archive.ocfl.inventory import FILE, SIDECAR, Inventory
from archive.ocfl.object import parse_checked
from archive.ports import Stage, Storage
from archive.storage.local import EVIDENCE_FOLDER, REGISTER_FOLDER, LocalStorage
from archive.storage.s3 import SCHEME, open_bucket
from archive.store import ArchiveStore
from erecords.clock import instant_text
from erecords.digest import CHUNK, sha512_stream
from erecords.errors import ErecordsError, NotFound
from erecords.files import make_folder, write_atomic

OPEN = "copy to be erased"
CLOSED = "copy erased"


@dataclass(frozen=True, slots=True)
class Replication:
    """What was done in one place."""

    place: str
    copied: int
    """Packages that were new there or had a newer version here."""
    failed: tuple[tuple[str, str], ...]
    """Id and reason of what could not be copied; damaged packages are never copied over good ones."""


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


def open_place(store: ArchiveStore, name: Path | str) -> Storage:
    """A local folder, or ``s3://bucket/prefix``, as a place for copies; made a storage root when it is empty.

    Raises:
        archive.errors.NotAnArchive: it holds something else.
        erecords.errors.ConfigurationError: the address is wrong, or the extra ``s3`` is missing.
        OSError: the place cannot be reached.
    """
    place: Storage
    files = root.root_files(store.layout)
    if str(name).startswith(f"{SCHEME}://"):
        place = bucket = open_bucket(str(name))
        if not place.exists(root.DECLARATION):
            for path, data in files.items():
                bucket.put(path, io.BytesIO(data))
    else:
        folder = Path(name)
        if not (folder / root.DECLARATION).exists():
            for path, data in files.items():
                make_folder((folder / path).parent)
                write_atomic(folder / path, data)
        place = LocalStorage(folder)
    if root.read_layout(place) != store.layout:
        raise ArchiveError(f"{name} has another layout than the archive; choose an empty place for copies.")
    for target in place.recover():
        place.settle(target)
    return place


def replicate(store: ArchiveStore, place: Storage, name: str) -> Replication:
    """Bring a place to what the archive holds: new packages, new versions, stubs of erased ones.

    Stopped midway it is simply done again. Nothing is removed from a place but what was erased.
    """
    copied, failed = 0, []
    known = {item.aip_id: item for item in open_erasures(store) if item.place == name}
    for holding in store.holdings():
        folder = store.folder(holding.id)
        try:
            copied += copy_object(store.storage, place, folder, holding.inventory_sha512)
            if holding.erased:
                place.sweep(folder)
                _close(store, holding.id, name, known.get(holding.id))
        except (ArchiveError, OSError) as error:
            failed.append((holding.id, str(error)))
            if holding.erased:
                _leave_open(store, holding.id, name, known.get(holding.id), error)
    try:
        _copy_evidence(store.storage, place)
    except (ArchiveError, OSError) as error:
        failed.append(("evidence", str(error)))
    store.enter("replication", {"place": name, "copied": copied, "failed": [item for item, _ in failed]})
    try:
        _copy_register(store, place)
    except (ArchiveError, OSError) as error:
        failed.append(("register", str(error)))
    return Replication(name, copied, tuple(failed))


def erase_copies(store: ArchiveStore, aip_id: str) -> tuple[OpenErasure, ...]:
    """Bring the stub of an erased package to all places of the settings; what is still open there afterwards."""
    holding, folder = store.find(aip_id), store.folder(aip_id)
    known = {item.place: item for item in open_erasures(store) if item.aip_id == aip_id}
    for name in store.settings.copies:
        try:
            place = open_place(store, name)
            copy_object(store.storage, place, folder, holding.inventory_sha512)
            place.sweep(folder)
            _close(store, aip_id, name, known.get(name))
        except (ErecordsError, OSError) as error:
            _leave_open(store, aip_id, name, known.get(name), error)
    return tuple(item for item in open_erasures(store) if item.aip_id == aip_id)


def open_erasures(store: ArchiveStore) -> tuple[OpenErasure, ...]:
    """Copies that are still to be erased, from the register; `replicate` works on them."""
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


def _leave_open(store: ArchiveStore, aip_id: str, place: str, known: OpenErasure | None, error: Exception) -> None:
    until = instant_text(error.until) if isinstance(error, StillLocked) and error.until else None
    if known is None or (known.until, known.reason) != (until, str(error)):
        store.enter(OPEN, {"aip": aip_id, "place": place, "until": until, "reason": str(error)})


def _close(store: ArchiveStore, aip_id: str, place: str, known: OpenErasure | None) -> None:
    if known:
        store.enter(CLOSED, {"aip": aip_id, "place": place})


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
        _fill(place, stage, folder, tuple(_files(place, folder)))
        store.storage.replace_folder(folder, stage)
        store.enter("repair", {"aip": holding.id, "inventory_sha512": holding.inventory_sha512, "place": name})
        stage.finish()


def repair_from_any(store: ArchiveStore, name: str) -> str:
    """Repair a package from the first place of the settings whose copy is good; return that place.

    Raises:
        ObjectDamaged: no place has a good copy; nothing was changed.
        NotFound: the register does not know the package.
    """
    for folder in store.settings.copies:
        try:
            repair(store, name, open_place(store, folder), folder)
        except ObjectDamaged:
            continue
        return folder
    places = ", ".join(store.settings.copies) or "none is set in [archive] copies"
    raise ObjectDamaged(f"No place has a good copy of {name} (places: {places}); nothing was changed.")


def copy_object(source: Storage, place: Storage, folder: str, inventory_sha512: str) -> bool:
    """Copy one object unless the place has this state of it already; False when nothing was to do.

    Raises:
        ObjectDamaged: the source is not what its inventory or the register says.
        NotFound: the source has no such object.
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
        files = tuple(_files(source, folder))
        with place.stage(folder) as stage:
            if present in _earlier(source, folder, inventory):
                there = set(_files(place, folder))
                _fill(source, stage, folder, (*(name for name in files if name not in there), FILE, SIDECAR))
                stage.publish(last=(FILE, SIDECAR))
            else:
                _fill(source, stage, folder, files)
                place.replace_folder(folder, stage)
            stage.finish()
    return True


def restore_evidence(store: ArchiveStore) -> tuple[tuple[str, int], ...]:
    """Bring back, from every place of the settings, the evidence that is missing here; nothing here is replaced.

    Returns:
        Each place with the number of files that came from it.

    Raises:
        ObjectDamaged: a file of a place is another one than here; what was brought back before stays.
        OSError: a place cannot be reached.
    """
    brought = []
    for name in store.settings.copies:
        count = _copy_evidence(open_place(store, name), store.storage)
        if count:
            store.enter("evidence restored", {"place": name, "files": count})
        brought.append((name, count))
    return tuple(brought)


def _copy_evidence(source: Storage, place: Storage) -> int:
    """Bring stored evidence to a place; nothing there is replaced. Returns the number of files that were new there.

    Raises:
        ObjectDamaged: a file there is not what it is here.
    """
    missing: dict[str, list[str]] = {}
    for name in _files(source, EVIDENCE_FOLDER):
        path = f"{EVIDENCE_FOLDER}/{name}"
        if not place.exists(path):
            missing.setdefault(path.rpartition("/")[0], []).append(path)
        elif place.read(path) != source.read(path):
            raise ObjectDamaged(f"{path} is not the same in both places; keep both for inquiry, nothing was replaced.")
    for folder, paths in missing.items():
        with place.lock(EVIDENCE_FOLDER), place.stage(folder) as stage:
            for path in paths:
                with stage.create(path.rpartition("/")[2]) as stream:
                    stream.write(source.read(path))
            stage.seal()
            stage.publish()
            stage.finish()
    return sum(len(paths) for paths in missing.values())


def _copy_register(store: ArchiveStore, place: Storage) -> None:
    """Bring register and access log to a place; there they may only grow.

    Raises:
        ObjectDamaged: what is there is no earlier state of ours; it is kept.
    """
    new: dict[str, bytes] = {}
    for log in (store.register, store.access_log):
        path = f"{REGISTER_FOLDER}/{log.path.name}"
        data = log.path.read_bytes() if log.path.exists() else b""
        before = place.read(path) if place.exists(path) else b""
        if not data.startswith(before):
            raise ObjectDamaged(
                f"{path} there is no earlier state of the one here; it was kept. Compare both, then move it away."
            )
        if data != before:
            new[log.path.name] = data
    if new:
        with place.lock(REGISTER_FOLDER), place.stage(REGISTER_FOLDER) as stage:
            for name, data in new.items():
                with stage.create(name) as stream:
                    stream.write(data)
            stage.seal()
            stage.publish(last=tuple(new))
            stage.finish()


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


def _files(storage: Storage, folder: str, below: str = "") -> Iterator[str]:
    for entry in storage.entries(f"{folder}/{below}" if below else folder):
        name = f"{below}/{entry.name}" if below else entry.name
        if entry.folder:
            yield from _files(storage, folder, name)
        else:
            yield name


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
