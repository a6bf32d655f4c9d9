"""What goes to the places for copies beside the objects: evidence, which nobody can make again, and both registers."""

from __future__ import annotations

from archive.errors import ObjectDamaged
from archive.keeping.places import files_below, open_place
from archive.ports import Storage
from archive.storage.local import EVIDENCE_FOLDER, REGISTER_FOLDER
from archive.store import ArchiveStore


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
        count = copy_evidence(open_place(store, name), store.storage)
        if count:
            store.enter("evidence restored", {"place": name, "files": count})
        brought.append((name, count))
    return tuple(brought)


def copy_evidence(source: Storage, place: Storage) -> int:
    """Bring stored evidence to a place; nothing there is replaced. Returns the number of files that were new there.

    Raises:
        ObjectDamaged: a file there is not what it is here.
    """
    missing: dict[str, list[str]] = {}
    for name in files_below(source, EVIDENCE_FOLDER):
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


def copy_register(store: ArchiveStore, place: Storage) -> None:
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
