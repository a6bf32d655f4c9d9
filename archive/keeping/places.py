"""Places for copies: opened by the name that stands in the settings."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from archive.errors import ArchiveError
from archive.ocfl import root
from archive.ports import Storage
from archive.storage.local import LocalStorage
from archive.storage.s3 import SCHEME, open_bucket
from archive.store import ArchiveStore
from erecords.files import make_folder, write_atomic


def open_place(store: ArchiveStore, name: Path | str, *, afresh: bool = False) -> Storage:
    """A local folder, or ``s3://bucket/prefix``, as a place for copies; made a storage root when it is empty.

    One that had copies before and is empty now is most likely a disk that is not there; only ``afresh`` begins it anew.

    Raises:
        archive.errors.ArchiveError: it had copies before and is empty, or has another layout.
        archive.errors.NotAnArchive: it holds something else.
        erecords.errors.ConfigurationError: the address is wrong, or the extra ``s3`` is missing.
        OSError: the place cannot be reached.
    """
    place: Storage
    files = root.root_files(store.layout)
    if str(name).startswith(f"{SCHEME}://"):
        place = bucket = open_bucket(str(name))
        if not place.exists(root.DECLARATION):
            _require_new(store, str(name), afresh)
            for path, data in files.items():
                bucket.put(path, io.BytesIO(data))
    else:
        folder = Path(name)
        if not (folder / root.DECLARATION).exists():
            _require_new(store, str(name), afresh)
            for path, data in files.items():
                make_folder((folder / path).parent)
                write_atomic(folder / path, data)
        place = LocalStorage(folder)
    if root.read_layout(place) != store.layout:
        raise ArchiveError(f"{name} has another layout than the archive; choose an empty place for copies.")
    for target in place.recover():
        place.settle(target)
    return place


def _require_new(store: ArchiveStore, name: str, afresh: bool) -> None:
    if not afresh and any(e["kind"] == "replication" and e["place"] == name for e in store.register.readable()):
        raise ArchiveError(
            f"{name} had copies before and is empty now: is the disk there? Nothing was written to it. "
            f"If it was replaced, begin it anew: erecords archive replicate --afresh {name}"
        )


def files_below(storage: Storage, folder: str, below: str = "") -> Iterator[str]:
    """Names of all files below a folder of a place, relative to it (or to ``below`` inside it, with that before)."""
    for entry in storage.entries(f"{folder}/{below}" if below else folder):
        name = f"{below}/{entry.name}" if below else entry.name
        if entry.folder:
            yield from files_below(storage, folder, name)
        else:
            yield name
