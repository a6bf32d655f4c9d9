"""The half of an engine that all engines share: writing in parts, purge, rebuild beside and switch."""

from __future__ import annotations

import itertools
import time
from abc import ABC, abstractmethod
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Generic, TypeVar

from erecords import files
from erecords.errors import Conflict
from erecords.search.engines.building import OPEN_AT_ONCE, Building
from erecords.search.engines.parts import (
    GROWS_TO,
    NEXT,
    PART_SIZE,
    Manifest,
    Part,
    files_of,
    forget_removed,
    group_of,
    last_number,
    manifest_mark,
    note_removed,
    read_manifest,
    removed,
    sweep,
    write_manifest,
)
from erecords.search.engines.plan import All, Both, Op, Term
from erecords.search.engines.rarity import rate
from erecords.search.engines.record import BETWEEN, SUGGEST_MARK, Record, record
from erecords.search.errors import IndexMissing, PurgeFailed
from erecords.search.index import (
    Facet,
    Hit,
    IndexDocument,
    IndexStats,
    Progress,
    PurgeReceipt,
    Rights,
    SearchResult,
    Sort,
    Want,
)
from erecords.search.language import text
from erecords.search.language.numbers import squeeze
from erecords.search.lower import lower, within
from erecords.search.tree import Node

_FLUSH_AT = 2_000
_CHUNK = 1_000
_DEAD_SHARE = 0.25
_DEAD_FEW = 100
_TRIES = 5

P = TypeVar("P", bound=Part)


@dataclass(frozen=True, slots=True)
class Found:
    """What an engine found: all hits counted, and of the wanted page the ids."""

    total: int
    ids: tuple[str, ...]
    facets: Mapping[Facet, Mapping[str, int]]
    """How many hits have a value; a path from the top is one value, its steps separated by ``BETWEEN``."""


class PartedIndex(ABC, Generic[P]):
    """A ``SearchIndex`` made of parts. An engine adds how a part is made, opened and searched."""

    engine: str
    part_size = PART_SIZE
    """So many entries a part takes in a rebuild."""

    def __init__(self, folder: Path, part_size: int | None = None, *, anew: bool = False) -> None:
        """Open the index in ``folder``; with ``anew`` only to rebuild it, whatever is there or not there.

        Raises:
            IndexMissing: there is none yet.
            IndexOutdated: it was made by another analysis.
        """
        self.folder = folder
        self._part_size = part_size or self.part_size
        self._print = f"{text.fingerprint()}-{self.engine_version()}"
        self._pending: dict[str, IndexDocument | None] = {}
        self._applied: int | None = None
        self._writing: dict[str, P] = {}
        self._lock: ExitStack | None = None
        self._mark = (0, 0)
        self._parts: dict[str, P] = {}
        self._manifest = Manifest(self.engine, self._print, 0, 0, ()) if anew else self._load()

    # -- what an engine adds

    @staticmethod
    @abstractmethod
    def engine_version() -> str:
        """Version of the engine's format."""

    @abstractmethod
    def _open_part(self, folder: Path) -> P:
        """Open a part for reading and writing."""

    @abstractmethod
    def _create_part(self, folder: Path) -> P:
        """Make an empty part."""

    @abstractmethod
    def _open_in_bulk(self, folder: Path, create: bool) -> P:
        """Make a part, or open it again, for many entries: they are committed when it is finished."""

    @abstractmethod
    def _find(self, parts: Sequence[P], op: Op, want: Want) -> Found:
        """Search."""

    @abstractmethod
    def _begin(self, parts: Sequence[P], field: str, start: str, allowed: Op) -> Counter[str]:
        """Terms of a field for suggestions that begin so, with the number of allowed entries that have them."""

    # -- searching

    def search(self, tree: Node, rights: Rights, want: Want) -> SearchResult:
        """Find entries within the rights; see ``SearchIndex``."""
        started = time.perf_counter()
        self._refresh()
        parts = list(self._parts.values())
        ranked = want.sort is Sort.RELEVANCE

        def count(op: Op) -> int:
            return self._find(parts, within(op, rights), Want(limit=0)).total if ranked and want.limit else 0

        found = self._find(parts, within(rate(lower(tree), count), rights), want)
        hits = (Hit(id, 1.0 / place if ranked else 0.0) for place, id in enumerate(found.ids, want.offset + 1))
        facets = {facet: _by_step(lines) for facet, lines in found.facets.items()}
        took = (time.perf_counter() - started) * 1000
        return SearchResult(found.total, took, tuple(hits), facets)

    def suggest(self, prefix: str, rights: Rights, limit: int = 10) -> tuple[str, ...]:
        """Complete a word or reference; see ``SearchIndex``."""
        self._refresh()
        start = squeeze(text.normal(prefix))
        if not start:
            return ()
        counts = self._begin(list(self._parts.values()), "suggest", start, within(All(), rights))
        return tuple(itertools.islice(_best_first(counts), max(0, limit)))

    def vocabulary(self, prefix: str, rights: Rights, limit: int = 10) -> tuple[tuple[str, str], ...]:
        """Complete a word from the texts; see ``SearchIndex``."""
        self._refresh()
        start = squeeze(text.normal(prefix))
        if not start:
            return ()
        allowed = within(All(), rights)
        parts = list(self._parts.values())
        counts = self._begin(parts, "text_x", start, allowed)
        words = sorted((word for word in counts if word.isalpha()), key=lambda word: (-counts[word], word))
        found = ((word, self._find(parts, Both((Term("text_x", word), allowed)), Want(1))) for word in words[:limit])
        return tuple((word, one.ids[0]) for word, one in found if one.ids)

    def marks(self) -> dict[str, int]:
        """Ids and marks of all entries."""
        self._refresh()
        return {id: mark for part in self._parts.values() for id, mark in part.marks()}

    @property
    def sequence(self) -> int:
        """Last outbox sequence that is contained and committed."""
        self._refresh()
        return self._manifest.sequence

    def stats(self) -> IndexStats:
        """State and size."""
        self._refresh()
        size = sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())
        count = sum(part.count() for part in self._parts.values())
        found = self._manifest
        return IndexStats(self.engine, count, len(self._parts), size, found.sequence, found.fingerprint)

    def _refresh(self) -> None:
        if manifest_mark(self.folder) != self._mark and self._lock is None:
            self._manifest = self._load()

    def _load(self) -> Manifest:
        """Read the manifest and open its parts; a switch in between is met by another try."""
        for attempt in range(_TRIES):
            mark = manifest_mark(self.folder)
            manifest = read_manifest(self.folder, self.engine, self._print)
            try:
                self._parts = {part.name: self._current(part.name) for part in manifest.parts}
            except (OSError, ValueError):
                if attempt + 1 == _TRIES or manifest_mark(self.folder) == mark:
                    raise
                continue
            self._mark = mark
            return manifest
        raise IndexMissing("The search index changes too fast to be opened; try again.")

    def _current(self, name: str) -> P:
        known = self._parts.get(name)
        if known is None:
            return self._open_part(self.folder / name)
        known.reload()
        return known

    # -- writing

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

    # -- purge, tidy, rebuild

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

    @contextmanager
    def _alone_rebuilding(self) -> Iterator[None]:
        """Hold off rebuilds of others; what a stopped one left is gone."""
        with files.exclusive(self.folder / "rebuild.lock", _REBUILDING):
            files.remove_folder(self.folder / NEXT)
            yield

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


def _best_first(counts: Counter[str]) -> Iterator[str]:
    """Words in their most frequent spelling, the most frequent word first."""
    spellings: dict[str, Counter[str]] = {}
    for term, count in counts.items():
        folded, _, word = term.partition(SUGGEST_MARK)
        spellings.setdefault(folded, Counter())[word] += count
    for _, words in sorted(spellings.items(), key=lambda item: (-item[1].total(), item[0])):
        yield min(words, key=lambda word: (-words[word], word))


def _by_step(lines: Mapping[str, int]) -> dict[str, int]:
    """Counts of paths as counts of each of their steps."""
    counts: dict[str, int] = defaultdict(int)
    for line, count in lines.items():
        for step in line.split(BETWEEN):
            counts[step] += count
    return dict(counts)


_REBUILDING = "Another process is making the search index anew. Nothing was changed; try again when it is done."
_BUSY = "Another process is writing the search index. Nothing was changed; try again when it is done."
