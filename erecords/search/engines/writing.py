"""Second storey: taking entries in and out, one writer at a time, each commit durable."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from erecords import files
from erecords.errors import Conflict
from erecords.search.engines.building import OPEN_AT_ONCE
from erecords.search.engines.parts import (
    GROWS_TO,
    NEXT,
    Manifest,
    group_of,
    manifest_mark,
    note_removed,
    sweep,
    write_manifest,
)
from erecords.search.engines.reading import P, ReadIndex
from erecords.search.engines.record import Record, record
from erecords.search.index import IndexDocument

_FLUSH_AT = 2_000
_REBUILDING = "Another process is making the search index anew. Nothing was changed; try again when it is done."
_BUSY = "Another process is writing the search index. Nothing was changed; try again when it is done."


class WrittenIndex(ReadIndex[P]):
    """Replaces, adds and removes entries, each in the part where it belongs."""

    def __init__(self, folder: Path, part_size: int | None = None, *, anew: bool = False) -> None:
        """Open the index; see ``ReadIndex``."""
        self._pending: dict[str, IndexDocument | None] = {}
        self._applied: int | None = None
        self._writing: dict[str, P] = {}
        self._lock: ExitStack | None = None
        super().__init__(folder, part_size, anew=anew)

    @abstractmethod
    def _create_part(self, folder: Path) -> P:
        """Make an empty part."""

    def _refresh(self) -> None:
        if self._lock is None:  # else nobody else changes it
            super()._refresh()

    def apply(self, put: Iterable[IndexDocument], remove: Iterable[str], sequence: int) -> None:
        """Replace, add and remove entries; see ``SearchIndex``."""
        self._lock_for_writing()
        for one in remove:
            self._pending[one] = None
        for document in put:
            self._pending[document.id] = document
            if len(self._pending) >= _FLUSH_AT:
                self._flush()
        self._applied = max(self._applied or 0, sequence)

    def commit(self) -> None:
        """Make durable what was applied; the sequence is written last."""
        if self._applied is None:
            return
        self._flush()
        self._publish(replace(self._manifest, sequence=max(self._manifest.sequence, self._applied)))
        self._applied = None

    def close(self) -> None:
        """Finish merging and let go of locks."""
        self._drop_writing()
        self._parts.clear()
        self._mark = (0, 0)
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _drop_writing(self) -> None:
        for part in self._writing.values():
            part.finish()
        self._writing.clear()
        self._pending.clear()
        self._applied = None

    def _lock_for_writing(self) -> None:
        if self._lock is None:
            self._hold_lock()
            try:
                self._manifest = self._load()
                sweep(self.folder, self._manifest)
                if (self.folder / NEXT).exists():
                    with suppress(Conflict), self._alone_rebuilding():
                        pass  # a rebuild was stopped; one that runs is left alone
            except BaseException:
                self.close()
                raise

    def _hold_lock(self, *, wait: bool = False) -> None:
        stack = ExitStack()
        stack.enter_context(files.exclusive(self.folder / "writer.lock", _BUSY, wait=wait))
        self._lock = stack

    @contextmanager
    def _alone_rebuilding(self) -> Iterator[None]:
        """Hold off rebuilds of others; what a stopped one left is gone."""
        with files.exclusive(self.folder / "rebuild.lock", _REBUILDING):
            files.remove_folder(self.folder / NEXT)
            yield

    def _publish(self, manifest: Manifest) -> None:
        write_manifest(self.folder, manifest)
        self._manifest = manifest
        self._mark = manifest_mark(self.folder)

    def _flush(self) -> None:
        """Write the pending entries into their parts: out of wherever they are, into where they belong now."""
        pending, self._pending = self._pending, {}
        out: dict[str, list[str]] = {}
        for name, part in self._parts.items():
            if held := [one for one in pending if part.holds(one)]:
                out[name] = held
                note_removed(self.folder, name, held)
        home = {one: name for name, held in out.items() for one in held}
        into: dict[str, list[Record]] = {}
        for document in pending.values():
            if document is not None:
                name = self._place_of(group_of(document), home.get(document.id), into)
                into.setdefault(name, []).append(record(document))
        for name, records in into.items():
            here = {one.id for one in records}.intersection(out.get(name, ()))
            self._write(name, sorted(here), records)
            out[name] = [one for one in out.get(name, ()) if one not in here]
        for name, gone in out.items():  # last, so that who moves to another part is found twice rather than not at all
            if gone:
                self._write(name, gone, [])

    def _write(self, name: str, remove: Sequence[str], put: Sequence[Record]) -> None:
        part = self._writing[name] = self._writing.pop(name, self._parts[name])
        part.write(remove, put)
        while len(self._writing) > OPEN_AT_ONCE:
            self._writing.pop(next(iter(self._writing))).finish()

    def _place_of(self, group: str, home: str | None, into: Mapping[str, Sequence[Record]]) -> str:
        """The part for an entry of this group: where it is, or where room is, or a new one.

        A new part is named in the manifest before anything is in it.
        """
        names = [entry.name for entry in self._manifest.parts if entry.group == group]
        most = min(self._part_size, GROWS_TO)
        for name in (home, *names) if home in names else names:
            if name is not None and self._parts[name].count() + len(into.get(name, ())) < most + (name == home):
                return name
        manifest, entry = self._manifest.with_part(group)
        self._parts[entry.name] = self._create_part(self.folder / entry.name)
        files.fsync_folder(self.folder)
        self._publish(manifest)
        return entry.name
