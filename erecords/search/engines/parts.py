"""The folder of an index: its manifest, and the parts into which it is split by closing year.

``index.json`` (the manifest) is replaced in one step; each part is a folder beside it. A part holds entries of cases
of one closing year, or of open cases, and at most ``PART_SIZE`` of them, so that a purge copies little. No engine
forgets a removed text by itself: ``<part>.removed`` lists what was taken out of a part since it was written.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Protocol

from erecords import files
from erecords.search.engines.record import Record
from erecords.search.errors import IndexMissing, IndexOutdated
from erecords.search.index import IndexDocument

FORMAT = 3
PART_SIZE = 16_000
"""So many entries a part takes in a rebuild, unless the engine says otherwise."""
GROWS_TO = 4_000
"""So many entries a part takes otherwise: engines merge a small part at every few commits."""
OPEN_GROUP = "open"
NEXT = "next"
"""Folder in which a rebuild writes."""
_MANIFEST = "index.json"
_NO_TERMS = (".json", ".lock")
"""Ends of files that only name other files, or hold nothing."""


@dataclass(frozen=True, slots=True)
class PartEntry:
    """A part as the manifest names it."""

    name: str
    group: str
    """``open`` or the closing year."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the index consists of; whatever it does not name is rubbish of a stopped run."""

    engine: str
    fingerprint: str
    sequence: int
    counter: int
    """Number of the last part that was begun; names are never used twice."""
    parts: tuple[PartEntry, ...]
    format: int = FORMAT

    def with_part(self, group: str) -> tuple[Manifest, PartEntry]:
        """Begin one more part."""
        entry = PartEntry(f"{group}-{self.counter + 1:06d}", group)
        return replace(self, counter=self.counter + 1, parts=(*self.parts, entry)), entry


class Part(Protocol):
    """A part of an index, as an engine offers it to the shared code."""

    def holds(self, id: str) -> bool:
        """Whether it may hold this entry; a removed one may be reported too."""
        ...

    def count(self) -> int:
        """Living entries."""
        ...

    def marks(self) -> Iterable[tuple[str, int]]:
        """Ids and marks of living entries."""
        ...

    def write(self, remove: Sequence[str], put: Sequence[Record]) -> None:
        """Remove first, then add; durable and visible at the return, or for a part made in bulk after ``finish``."""
        ...

    def compact(self, remove: Sequence[str]) -> None:
        """Remove, then write all living entries into new files and delete the old ones; durable at the return.

        Stopped midway, the part is as before or without these entries, and some old files may still be there.
        """
        ...

    def reload(self) -> None:
        """See what another process has written."""
        ...

    def finish(self) -> None:
        """End writing: merge what is to be merged and let go of locks."""
        ...


def group_of(document: IndexDocument) -> str:
    """The group of parts to which an entry belongs."""
    return OPEN_GROUP if document.closing_year is None else str(document.closing_year)


def read_manifest(folder: Path, engine: str, fingerprint: str) -> Manifest:
    """Read the manifest.

    Raises:
        IndexMissing: there is none.
        IndexOutdated: another program, engine or analysis made it, or it cannot be read.
    """
    advice = "Nothing was changed. Make it anew with: erecords index rebuild"
    try:
        values = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        parts = tuple(PartEntry(**part) for part in values.pop("parts"))
        manifest = Manifest(parts=parts, **values)
    except FileNotFoundError as error:
        raise IndexMissing("There is no search index yet. Make it with: erecords index rebuild") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise IndexOutdated(f"The search index in {folder} cannot be read. {advice}") from error
    if (manifest.format, manifest.engine, manifest.fingerprint) != (FORMAT, engine, fingerprint):
        raise IndexOutdated(f"The search index in {folder} was made by another version of the analysis. {advice}")
    return manifest


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Replace the manifest in one step, durably."""
    files.write_atomic(folder / _MANIFEST, json.dumps(asdict(manifest), indent=1).encode())


def manifest_mark(folder: Path) -> tuple[int, int]:
    """Changes whenever the manifest is replaced; (0, 0) when there is none."""
    try:
        found = os.stat(folder / _MANIFEST)  # noqa: PTH116 - asked at every search
    except FileNotFoundError:
        return 0, 0
    return found.st_ino, found.st_mtime_ns


def note_removed(folder: Path, name: str, ids: Iterable[str]) -> None:
    """Remember, durably and before it happens, that these ids are taken out of a part."""
    with (folder / f"{name}.removed").open("a", encoding="utf-8") as stream:
        stream.writelines(json.dumps(one) + "\n" for one in ids)
        stream.flush()
        os.fsync(stream.fileno())


def removed(folder: Path, name: str) -> list[str]:
    """What was taken out of a part since it was written; a last line cut by a crash is left out."""
    try:
        lines = (folder / f"{name}.removed").read_text(encoding="utf-8").splitlines(keepends=True)
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in lines if line.endswith('"\n')]


def forget_removed(folder: Path, name: str) -> None:
    """Say that nothing of what was taken out of a part is left in its files."""
    (folder / f"{name}.removed").unlink(missing_ok=True)
    files.fsync_folder(folder)


def files_of(folder: Path, name: str) -> list[str]:
    """The files of a part that may hold terms, relative to the folder."""
    held = (path for path in (folder / name).iterdir() if path.is_file() and path.suffix not in _NO_TERMS)
    return sorted(f"{name}/{path.name}" for path in held if not path.name.endswith("LOCK"))


def last_number(folder: Path) -> int:
    """The highest number that a part of the index ever bore, also one that is no longer there; 0 when there is none."""
    try:
        counter = int(json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))["counter"])
    except (OSError, ValueError, TypeError, KeyError):
        counter = 0  # no manifest, or a damaged one: the folders tell
    ends = [path.name.rpartition("-")[2] for path in folder.iterdir() if path.is_dir()]
    return max(counter, *(int(end) for end in ends if end.isascii() and end.isdigit()), 0)


def sweep(folder: Path, manifest: Manifest | None) -> list[str]:
    """Remove all parts that the manifest does not name, but not those of a rebuild; returns the removed files."""
    named = {part.name for part in manifest.parts} if manifest else set()
    gone: list[str] = []
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name not in named and path.name != NEXT:
            gone += [str(file.relative_to(folder)) for file in sorted(path.rglob("*")) if file.is_file()]
            files.remove_folder(path)
        elif path.suffix == ".removed" and path.stem not in named:
            gone.append(path.name)
            path.unlink()
    files.fsync_folder(folder)
    return gone


def force(folder: Path) -> None:
    """Force all files of a part to the disk (for engines that do not do so themselves)."""
    for path in folder.iterdir():
        if path.is_file():
            files.fsync_file(path)
    files.fsync_folder(folder)
