"""The half of an engine that all engines share, first storey: opening the parts and searching them."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Generic, TypeVar

from erecords.search.engines.parts import PART_SIZE, Manifest, Part, manifest_mark, read_manifest
from erecords.search.engines.plan import All, Both, Op, Term
from erecords.search.engines.rarity import rate
from erecords.search.engines.record import BETWEEN, SUGGEST_MARK
from erecords.search.errors import IndexMissing
from erecords.search.index import Facet, Hit, IndexStats, Rights, SearchResult, Sort, Want
from erecords.search.language import text
from erecords.search.language.numbers import squeeze
from erecords.search.lower import lower, within
from erecords.search.tree import Node

_TRIES = 5

P = TypeVar("P", bound=Part)


@dataclass(frozen=True, slots=True)
class Found:
    """What an engine found: all hits counted, and of the wanted page the ids."""

    total: int
    ids: tuple[str, ...]
    facets: Mapping[Facet, Mapping[str, int]]
    """How many hits have a value; a path from the top is one value, its steps separated by ``BETWEEN``."""


class ReadIndex(ABC, Generic[P]):
    """What the manifest names, open, and asked. An engine adds how a part is opened and searched."""

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
        self._mark = (0, 0)
        self._parts: dict[str, P] = {}
        self._manifest = Manifest(self.engine, self._print, 0, 0, ()) if anew else self._load()

    @staticmethod
    @abstractmethod
    def engine_version() -> str:
        """Version of the engine's format."""

    @abstractmethod
    def _open_part(self, folder: Path) -> P:
        """Open a part for reading and writing."""

    @abstractmethod
    def _find(self, parts: Sequence[P], op: Op, want: Want) -> Found:
        """Search."""

    @abstractmethod
    def _begin(self, parts: Sequence[P], field: str, start: str, allowed: Op) -> Counter[str]:
        """Terms of a field for suggestions that begin so, with the number of allowed entries that have them."""

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
        return tuple(islice(_best_first(counts), max(0, limit)))

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
        """Follow what other processes committed or switched."""
        if manifest_mark(self.folder) != self._mark:
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
