"""The other engine: Whoosh, pure Python, for hosts without Tantivy. Slower, same answers.

Its files are pickles and are never forced to the disk by Whoosh itself: only indexes that this program made are opened
(they lie in the home, beside the records), each commit is forced, and everything can be rebuilt.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any as Anything

import whoosh
from whoosh import analysis, columns, fields, index, matching, query, reading, searching

from erecords.search.engines.parted import PartedIndex
from erecords.search.engines.parts import force
from erecords.search.engines.plan import (
    All,
    Any,
    AnyOf,
    Between,
    Both,
    Close,
    Like,
    Matches,
    Near,
    Op,
    Rated,
    Scaled,
    Silent,
    Term,
    TermBetween,
    weight,
)
from erecords.search.engines.reading import Found
from erecords.search.engines.record import BETWEEN, ORDERED, SINGLE, UNORDERED, Record
from erecords.search.index import Facet, Sort, Want
from erecords.search.language.likeness import slips

_FACETS = {facet: f"f_{facet}" for facet in Facet if facet is not Facet.CASE}
_COUNTED = _FACETS | {Facet.CASE: "reference"}
_ORDER = {
    Sort.DATE: ("by_date", True),
    Sort.RECEIVED: ("by_received", True),
    Sort.REFERENCE: ("by_reference", False),
}
_BULK_MEGABYTES = 64


def _schema() -> fields.Schema:
    spaced = analysis.SpaceSeparatedTokenizer()
    schema = fields.Schema(id=fields.ID(stored=True, unique=True), mark=fields.STORED)
    for name in ORDERED:
        schema.add(name, fields.TEXT(analyzer=spaced, phrase=True))
    for name in (*UNORDERED, *SINGLE):
        schema.add(name, fields.KEYWORD(scorable=True))
    schema.add("suggest", fields.TEXT(analyzer=analysis.RegexTokenizer(f"[^{BETWEEN}]+"), phrase=False))
    for name in (*_FACETS.values(), "reference", "by_reference"):
        schema.add(name, fields.COLUMN(columns.VarBytesColumn()))
    for name in ("date", "received"):
        schema.add(name, fields.NUMERIC(int, bits=32))
        schema.add(f"by_{name}", fields.COLUMN(columns.NumericColumn("q")))
    schema.add("recency", fields.COLUMN(columns.NumericColumn("d")))
    return schema


class WhooshPart:
    """One Whoosh index in its own folder."""

    def __init__(self, folder: Path, *, create: bool, bulk: bool = False) -> None:
        """Make or open it; ``bulk`` defers the commit to ``finish``."""
        self._folder = folder
        self._bulk = bulk
        self._writer: Anything = None
        try:
            if create:
                folder.mkdir()
                self._index = index.create_in(str(folder), _schema())
            else:
                self._index = index.open_dir(str(folder))
            self.reader = self._index.reader()
        except index.IndexError as error:
            raise ValueError(f"{folder} holds no index") from error

    def reload(self) -> None:
        """See what was committed."""
        if self._index.latest_generation() != self.reader.generation():
            self.reader = self._index.reader()

    def holds(self, id: str) -> bool:
        """Whether the term of this id is there, perhaps only of a removed entry."""
        return ("id", id) in self.reader

    def count(self) -> int:
        """Living entries."""
        return int(self.reader.doc_count())

    def marks(self) -> Iterator[tuple[str, int]]:
        """Ids and marks of living entries."""
        return ((str(stored["id"]), int(stored["mark"])) for _, stored in self.reader.iter_docs())

    def leaves(self) -> list[reading.IndexReader]:
        """The readers of the segments."""
        return [leaf for leaf, _ in self.reader.leaf_readers() if leaf.doc_count_all()]

    def write(self, remove: Sequence[str], put: Sequence[Record]) -> None:
        """Remove, add, commit (a part in bulk commits at the end)."""
        if self._writer is None:
            self._writer = self._index.writer(limitmb=_BULK_MEGABYTES if self._bulk else 32)
        for one in remove:
            self._writer.delete_by_term("id", one)
        for entry in put:
            self._writer.add_document(**_values(entry))
        if not self._bulk:
            self._commit()

    def compact(self, remove: Sequence[str]) -> None:
        """Merge all segments into one; see ``Part``."""
        self.finish()
        for left in self._folder.glob("_MAIN_*.toc.*"):
            left.unlink()  # of a process that was stopped; the library does not know it any more
        writer = self._writer = self._index.writer(limitmb=_BULK_MEGABYTES)
        for one in remove:
            writer.delete_by_term("id", one)
        self._commit(optimize=True)

    def finish(self) -> None:
        """Commit what is in bulk."""
        if self._writer is not None:
            self._commit()

    def _commit(self, *, optimize: bool = False) -> None:
        writer, self._writer = self._writer, None
        writer.commit(optimize=optimize)
        force(self._folder)
        self.reader = self._index.reader()


def _values(entry: Record) -> dict[str, Anything]:
    return {
        "id": entry.id,
        "mark": entry.mark,
        **entry.terms,
        "suggest": BETWEEN.join(entry.suggestions),
        "f_type": entry.type.encode(),
        "f_class": BETWEEN.join(entry.classes).encode(),
        "f_unit": BETWEEN.join(entry.units).encode(),
        "f_year": entry.year.encode(),
        "f_kind": entry.kind.encode(),
        "f_protection": entry.protection.encode(),
        "reference": entry.reference.encode(),
        "date": entry.date,
        "received": entry.received,
        "by_date": entry.by_date,
        "by_received": entry.by_received,
        "by_reference": entry.by_reference.encode(),
        "recency": entry.recency,
    }


class WhooshIndex(PartedIndex[WhooshPart]):
    """The index on Whoosh."""

    engine = "whoosh"
    part_size = 1_000
    """Merging takes Whoosh as long as indexing, so a purge has to find small parts."""

    @staticmethod
    def engine_version() -> str:
        """Version of the library: its files may change with it."""
        return f"whoosh {'.'.join(map(str, whoosh.__version__))}"

    def _open_part(self, folder: Path) -> WhooshPart:
        return WhooshPart(folder, create=False)

    def _create_part(self, folder: Path) -> WhooshPart:
        return WhooshPart(folder, create=True)

    def _open_in_bulk(self, folder: Path, create: bool) -> WhooshPart:
        return WhooshPart(folder, create=create, bulk=True)

    def _find(self, parts: Sequence[WhooshPart], op: Op, want: Want) -> Found:
        searcher = _searcher(parts)
        if searcher is None:
            return Found(0, (), {facet: Counter() for facet in want.facets})
        scores = _scores(searcher, _compile(op, 1.0))
        reader = searcher.reader()
        counts = {facet: _count(reader, _COUNTED[facet], scores) for facet in want.facets}
        numbers = _ordered(reader, scores, want)[want.offset : want.offset + want.limit]
        return Found(len(scores), tuple(str(reader.stored_fields(one)["id"]) for one in numbers), counts)

    def _begin(self, parts: Sequence[WhooshPart], field: str, start: str, allowed: Op) -> Counter[str]:
        searcher = _searcher(parts)
        found: Counter[str] = Counter()
        if searcher is not None:
            visible = _scores(searcher, _compile(allowed, 1.0)).keys()
            reader = searcher.reader()
            for term in list(reader.expand_prefix(field, start)):
                count = sum(number in visible for number in reader.postings(field, term).all_ids())
                if count:
                    found[term.decode()] += count
        return found


def _searcher(parts: Sequence[WhooshPart]) -> searching.Searcher | None:
    leaves = [leaf for part in parts for leaf in part.leaves()]
    if not leaves:
        return None
    reader = leaves[0] if len(leaves) == 1 else reading.MultiReader(leaves)
    return searching.Searcher(reader, closereader=False)


def _scores(searcher: searching.Searcher, asked: query.Query) -> dict[int, float]:
    """All hits with their ranks. Every hit is visited, since counts and facets need all of them anyway."""
    found: dict[int, float] = {}
    for leaf, offset in searcher.leaf_searchers():
        matcher = asked.matcher(leaf, searching.SearchContext(weighting=searcher.weighting))
        while matcher.is_active():
            found[matcher.id() + offset] = matcher.score()
            matcher.next()
    return found


def _ordered(reader: reading.IndexReader, scores: dict[int, float], want: Want) -> list[int]:
    if want.sort is Sort.RELEVANCE:
        recency = reader.column_reader("recency")
        for number in scores:
            scores[number] *= recency[number]
        return sorted(scores, key=lambda number: -scores[number])
    field, descending = _ORDER[want.sort]
    column = reader.column_reader(field)
    return sorted(scores, key=lambda number: column[number], reverse=descending != want.reverse)


def _count(reader: reading.IndexReader, field: str, numbers: dict[int, float]) -> Counter[str]:
    column = reader.column_reader(field)
    lines = Counter(column[number] for number in numbers)
    return Counter({line.decode(): count for line, count in lines.items() if line})


class _Set(query.Query):  # type: ignore[misc]  # Whoosh has no types
    """Entries with one of the terms that a choice picks from the dictionary; all rank alike."""

    def __init__(self, op: AnyOf | Matches | Like | TermBetween, score: float) -> None:
        self._op = op
        self._score = score

    def estimate_size(self, reader: reading.IndexReader) -> int:
        return int(reader.doc_count_all())

    def estimate_min_size(self, reader: reading.IndexReader) -> int:
        return 0

    def matcher(self, searcher: searching.Searcher, context: Anything = None) -> matching.Matcher:
        reader = searcher.reader()
        numbers: set[int] = set()
        for term in _terms(reader, self._op):
            numbers.update(reader.postings(self._op.field, term).all_ids())
        if not numbers:
            return matching.NullMatcher()
        return matching.ListMatcher(sorted(numbers), all_weights=self._score)


def _terms(reader: reading.IndexReader, op: AnyOf | Matches | Like | TermBetween) -> list[bytes]:
    match op:
        case AnyOf(field, values):
            return [value.encode() for value in sorted(values) if (field, value) in reader]
        case Matches(field, _, start):
            whole = op.expression()
            return [term for term in reader.expand_prefix(field, start) if whole.fullmatch(term.decode())]
        case Like(field, word, distance, prefix):
            near = reader.expand_prefix(field, word[:prefix])
            return [term for term in near if slips(term.decode(), word, distance)]
        case TermBetween(field):
            return [term for term in reader.expand_prefix(field, op.start) if op.covers(term.decode())]


def _compile(op: Op, boost: float) -> query.Query:
    match op:
        case Term(field, value):
            return _constant(query.Term(field, value), boost)
        case AnyOf() | Matches() | Like() | TermBetween():
            return _Set(op, weight(boost))
        case Near(field, words, slop):
            return _constant(query.Phrase(field, list(words), slop=slop), boost)
        case Close(field, first, second):
            ahead = query.Phrase(field, [first, second], slop=5)
            return _constant(query.Or([ahead, query.Phrase(field, [second, first], slop=3)]), boost)
        case Between(field, low, high):
            return _constant(query.NumericRange(field, low, high), boost)
        case All():
            return _constant(query.Every(), boost)
        case Any(parts):
            return query.Or([_compile(part, boost) for part in parts])
        case Both(must, maybe, never):
            whole = query.And([_compile(part, boost) for part in must])
            if maybe:
                whole = query.AndMaybe(whole, query.Or([_compile(part, boost) for part in maybe]))
            return query.AndNot(whole, query.Or([_compile(part, boost) for part in never])) if never else whole
        case Scaled(part, factor):
            return _compile(part, boost * factor)
        case Rated(part, _):
            return _compile(part, boost)
        case Silent(part):
            return query.ConstantScoreQuery(_compile(part, 1.0), 0.0)


def _constant(asked: query.Query, factor: float) -> query.Query:
    return query.ConstantScoreQuery(asked, weight(factor))
