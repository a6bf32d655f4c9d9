"""Third storey, a whole index: purge, tidy, and the rebuild beside with its switch."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from erecords import files
from erecords.search.engines.building import Building
from erecords.search.engines.parts import (
    NEXT,
    Manifest,
    files_of,
    forget_removed,
    last_number,
    note_removed,
    removed,
    sweep,
)
from erecords.search.engines.reading import P
from erecords.search.engines.writing import WrittenIndex
from erecords.search.errors import PurgeFailed
from erecords.search.index import IndexDocument, Progress, PurgeReceipt

_CHUNK = 1_000
_DEAD_SHARE = 0.25
_DEAD_FEW = 100


class PartedIndex(WrittenIndex[P]):
    """A ``SearchIndex`` made of parts. An engine adds how a part is made, opened and searched."""

    @abstractmethod
    def _open_in_bulk(self, folder: Path, create: bool) -> P:
        """Make a part, or open it again, for many entries: they are committed when it is finished."""

    def purge(self, ids: Iterable[str]) -> PurgeReceipt:
        """Make the index forget; see ``SearchIndex``."""
        self._lock_for_writing()
        self.commit()
        with self._alone_rebuilding():
            return self._purge(tuple(dict.fromkeys(ids)))

    def _purge(self, gone: tuple[str, ...]) -> PurgeReceipt:
        held = {name: [one for one in gone if part.holds(one)] for name, part in self._parts.items()}
        names = [name for name, found in held.items() if found or not set(gone).isdisjoint(removed(self.folder, name))]
        before = {name: files_of(self.folder, name) for name in names}
        kept = sum(self._compact(name, held[name]) for name in names)
        self._publish(self._without_empty())
        sweep(self.folder, self._manifest)
        left = [file for name in names for file in before[name] if (self.folder / file).exists()]
        left += [name for name, part in self._parts.items() if any(map(part.holds, gone))]
        if left:
            raise PurgeFailed(f"The search index still holds purged entries in {self.folder}: {', '.join(left)}.")
        return PurgeReceipt(gone, tuple(names), tuple(file for name in names for file in before[name]), kept)

    def tidy(self) -> int:
        """Merge the parts that are full of replaced entries; see ``SearchIndex``."""
        self._lock_for_writing()
        self.commit()
        full = []
        for name, part in self._parts.items():
            dead = len(removed(self.folder, name))
            if dead > _DEAD_FEW and dead > _DEAD_SHARE * (dead + part.count()):
                full.append(name)
        for name in full:
            self._compact(name, ())
        remaining = self._without_empty()
        if full or remaining != self._manifest:
            self._publish(remaining)
            sweep(self.folder, self._manifest)
        return len(full)

    def _compact(self, name: str, remove: Sequence[str]) -> int:
        """Take entries out of a part and let its engine forget whatever was taken out; returns how many are left."""
        part = self._parts[name]
        if remove:
            note_removed(self.folder, name, remove)
        part.compact(remove)
        self._writing.pop(name, None)
        forget_removed(self.folder, name)
        return part.count()

    def _without_empty(self) -> Manifest:
        """The manifest without parts that hold nothing; they are closed."""
        for name in [name for name, part in self._parts.items() if part.count() == 0]:
            part = self._writing.pop(name, None)
            if part is not None:
                part.finish()
            del self._parts[name]
        living = tuple(part for part in self._manifest.parts if part.name in self._parts)
        return replace(self._manifest, parts=living)

    def rebuild(self, documents: Iterable[IndexDocument], sequence: int, progress: Progress | None = None) -> None:
        """Write a new index beside the present one, then switch; see ``SearchIndex``."""
        files.make_folder(self.folder)
        with self._alone_rebuilding():
            stream = iter(documents)
            done = 0
            try:
                beside = files.make_folder(self.folder / NEXT)
                building = Building(beside, self._part_size, self._open_in_bulk)
                while chunk := list(islice(stream, _CHUNK)):
                    building.add(chunk)
                    done += len(chunk)
                    if progress is not None:
                        progress(done)
                self._switch(building.finish(), sequence)
            finally:
                files.remove_folder(self.folder / NEXT)

    def _switch(self, built: Sequence[tuple[str, Path]], sequence: int) -> None:
        if self._lock is None:
            self._hold_lock(wait=True)
        self._drop_writing()
        fresh = Manifest(self.engine, self._print, sequence, last_number(self.folder), ())
        for group, path in built:
            fresh, entry = fresh.with_part(group)
            path.rename(self.folder / entry.name)
        files.fsync_folder(self.folder)
        self._publish(fresh)
        self._parts = {part.name: self._open_part(self.folder / part.name) for part in fresh.parts}
        sweep(self.folder, fresh)
