"""The default engine: Tantivy. Nothing of a letter is stored; terms come ready from the shared analysis."""

from __future__ import annotations

import itertools
import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any as Anything

import tantivy

from erecords.search.index import Facet, Hit, Sort, Want
from erecords.search.likeness import slips
from erecords.search.parted import Found, PartedIndex
from erecords.search.plan import (
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
    Scaled,
    Silent,
    Term,
    TermBetween,
)
from erecords.search.record import ORDERED, SINGLE, UNORDERED, Record

_UPDATE_HEAP = 16_000_000
_BULK_HEAP = 64_000_000
_MERGED_TOGETHER = 8
"""So many segments of up to 16,800 entries are merged by the library's merge policy."""
_FILLER = "-"
_MOST_VALUES = 65_000
_MANY = 100
_FACETS = {Facet.TYPE: "f_type", Facet.CLASS: "f_class", Facet.UNIT: "f_unit", Facet.YEAR: "f_year"}
_ORDER = {
    Sort.DATE: ("date", tantivy.Order.Desc),
    Sort.RECEIVED: ("received", tantivy.Order.Desc),
    Sort.REFERENCE: ("reference", tantivy.Order.Asc),
}
_TURNED = {tantivy.Order.Asc: tantivy.Order.Desc, tantivy.Order.Desc: tantivy.Order.Asc}
_OCCUR = tantivy.Occur


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("mark", stored=True)
    for name in ORDERED:
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="position")
    for name in (*UNORDERED, *SINGLE):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="basic")
    builder.add_text_field("suggest", tokenizer_name="raw", index_option="basic")
    for name in _FACETS.values():
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("reference", fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("date", indexed=True, fast=True)
    builder.add_integer_field("received", indexed=True, fast=True)
    builder.add_float_field("recency", fast=True)
    return builder.build()


class TantivyPart:
    """One Tantivy index in its own folder."""

    def __init__(self, folder: Path, *, create: bool, bulk: bool = False) -> None:
        """Make or open it; ``bulk`` defers the commit to ``finish``."""
        self._folder = folder
        if create:
            folder.mkdir()
            self._index = tantivy.Index(_schema(), path=str(folder))
        else:
            self._index = tantivy.Index.open(str(folder))
        self._index.config_reader(reload_policy="manual")
        self.schema = self._index.schema
        self._bulk = bulk
        self._writer: tantivy.IndexWriter | None = None
        self.reload()

    def reload(self) -> None:
        """See what was committed."""
        self._index.reload()
        self.searcher = self._index.searcher()

    def holds(self, id: str) -> bool:
        """Whether the term of this id is there, perhaps only of a removed entry."""
        return self.searcher.doc_freq("id", id) > 0

    def count(self) -> int:
        """Living entries."""
        return self.searcher.num_docs

    def marks(self) -> Iterator[tuple[str, int]]:
        """Ids and marks of living entries."""
        found = self.searcher.search(tantivy.Query.all_query(), limit=max(1, self.searcher.num_docs), count=False)
        for _, address in found.hits:
            stored = self.searcher.doc(address)
            if str(stored["id"][0]) != _FILLER:
                yield str(stored["id"][0]), int(stored["mark"][0])

    def id_at(self, address: tantivy.DocAddress) -> str:
        """The id of an entry found by this part's searcher."""
        return str(self.searcher.doc(address)["id"][0])

    def write(self, remove: Sequence[str], put: Sequence[Record]) -> None:
        """Remove, add, commit (a part in bulk commits at the end)."""
        writer = self._writing()
        for one in remove:
            writer.delete_documents_by_term("id", one)
        for entry in put:
            writer.add_document(tantivy.Document.from_dict(_values(entry), self.schema))
        if not self._bulk:
            writer.commit()
            self.reload()

    def compact(self, remove: Sequence[str]) -> None:
        """Merge all segments into one; see ``Part``.

        The library has no call for it, but merges as soon as a part has so many segments, whatever is in them: so
        the missing ones are made of fillers. (Taken out before the merge ends, they would make it void.)
        """
        self.finish()
        self.write(remove, ())
        if self.count() > 0:
            writer = self._writing()
            for _ in range(self.searcher.num_segments, _MERGED_TOGETHER):
                writer.add_document(tantivy.Document.from_dict({"id": _FILLER}, self.schema))
                writer.commit()
            self.finish()
            self.write([_FILLER], ())
        self.finish()

    def finish(self) -> None:
        """Commit what is in bulk, wait for merges, remove files that are no longer used."""
        if self._writer is not None:
            writer, self._writer = self._writer, None
            if self._bulk:
                writer.commit()
            writer.wait_merging_threads()
            self.reload()
            if self._has_waste():
                collector = self._index.writer(_UPDATE_HEAP, 1)
                collector.garbage_collect_files()
                collector.wait_merging_threads()

    def _writing(self) -> tantivy.IndexWriter:
        if self._writer is None:
            self._writer = self._index.writer(_BULK_HEAP if self._bulk else _UPDATE_HEAP, 1)
        return self._writer

    def _has_waste(self) -> bool:
        """Whether files of segments lie there that are no longer used."""
        meta = json.loads((self._folder / "meta.json").read_text(encoding="utf-8"))
        used = {segment["segment_id"].replace("-", "") for segment in meta["segments"]}
        found = {
            path.stem.partition(".")[0] for path in self._folder.iterdir() if path.suffix not in (".json", ".lock")
        }
        return not found <= used


def _values(entry: Record) -> dict[str, Anything]:
    return {
        "id": entry.id,
        "mark": entry.mark,
        **entry.terms,
        "suggest": list(entry.suggestions),
        "f_type": [entry.type] if entry.type else [],
        "f_class": list(entry.classes),
        "f_unit": list(entry.units),
        "f_year": [entry.year] if entry.year else [],
        "reference": entry.reference,
        "date": entry.date,
        "received": entry.received,
        # Tantivy multiplies a rank by log2(2 + value)
        "recency": 2.0 ** min(entry.recency, 500.0) - 2.0,
    }


class TantivyIndex(PartedIndex[TantivyPart]):
    """The index on Tantivy."""

    engine = "tantivy"

    @staticmethod
    def engine_version() -> str:
        """Version of the library: its files may change with it."""
        return str(tantivy.__version__)  # type: ignore[attr-defined]  # absent from its stubs

    def _open_part(self, folder: Path) -> TantivyPart:
        return TantivyPart(folder, create=False)

    def _create_part(self, folder: Path, bulk: bool) -> TantivyPart:
        return TantivyPart(folder, create=True, bulk=bulk)

    def _find(self, parts: Sequence[TantivyPart], op: Op, want: Want) -> Found:
        depth = max(1, want.offset + want.limit)
        statistics = _Statistics(parts)
        ordering = _ordering(want)
        total = 0
        counts: dict[Facet, Counter[str]] = {facet: Counter() for facet in want.facets}
        tops: list[tuple[Anything, TantivyPart, tantivy.DocAddress]] = []
        for part in parts:
            query = _Compiler(part, statistics).query(op)
            if query is None:
                continue
            found = part.searcher.search(query, depth, **ordering)
            total += found.count  # type: ignore[attr-defined]  # absent from its stubs
            tops += [(value, part, address) for value, address in found.hits]
            if want.facets and found.hits:
                _count(part, query, counts)
        if len(parts) > 1:
            tops.sort(key=lambda top: top[0], reverse=ordering["order"] is tantivy.Order.Desc)
        ranked = want.sort is Sort.RELEVANCE
        page = tops[want.offset : want.offset + want.limit]
        hits = tuple(Hit(part.id_at(address), float(value) if ranked else 0.0) for value, part, address in page)
        return Found(total, hits, counts)

    def _begin(self, parts: Sequence[TantivyPart], start: str, allowed: Op) -> Counter[str]:
        found: Counter[str] = Counter()
        statistics = _Statistics(parts)
        for part in parts:
            query = _Compiler(part, statistics).query(allowed)
            if query is None:
                continue
            for term, count in part.searcher.terms_with_prefix("suggest", start, query):
                found[term] += count
        return found


def _ordering(want: Want) -> dict[str, Anything]:
    if want.sort is Sort.RELEVANCE:
        return {"weight_by_field": "recency", "order": tantivy.Order.Desc}
    field, order = _ORDER[want.sort]
    return {"order_by_field": field, "order": _TURNED[order] if want.reverse else order}


def _count(part: TantivyPart, query: tantivy.Query, counts: dict[Facet, Counter[str]]) -> None:
    wanted = {facet.value: {"terms": {"field": _FACETS[facet], "size": _MOST_VALUES}} for facet in counts}
    found = part.searcher.aggregate(query, wanted)
    for facet, counter in counts.items():
        for bucket in found[facet.value]["buckets"]:
            counter[bucket["key"]] += bucket["doc_count"]


class _Statistics:
    """What one search shares over all parts: how rare a term is in the whole, so that ranks compare; built patterns."""

    def __init__(self, parts: Sequence[TantivyPart]) -> None:
        self._parts = parts
        self._documents = sum(part.searcher.num_docs for part in parts)
        self._known: dict[tuple[str, str], int] = {}
        self._patterns: dict[tuple[str, str], tantivy.Query] = {}

    def regex(self, schema: tantivy.Schema, field: str, pattern: str) -> tantivy.Query:
        """The query of a pattern, built once for all parts: that takes longer than searching a part."""
        known = self._patterns.get((field, pattern))
        if known is None:
            known = self._patterns[field, pattern] = tantivy.Query.regex_query(schema, field, pattern)
        return known

    def factor(self, part: TantivyPart, field: str, values: Sequence[str]) -> float:
        """By how much a rank within the part is to be multiplied; 0.0 when the part lacks one of the terms."""
        here = there = 0.0
        for value in values:
            count = part.searcher.doc_freq(field, value)
            if count == 0:
                return 0.0
            if len(self._parts) > 1:
                here += _rarity(part.searcher.num_docs, count)
                there += _rarity(self._documents, self._everywhere(field, value))
        return there / here if here > 0.0 else 1.0

    def _everywhere(self, field: str, value: str) -> int:
        known = self._known.get((field, value))
        if known is None:
            known = sum(part.searcher.doc_freq(field, value) for part in self._parts)
            self._known[field, value] = known
        return known


def _rarity(documents: int, count: int) -> float:
    """The inverse document frequency of BM25."""
    return math.log(1.0 + (max(documents - count, 0) + 0.5) / (count + 0.5))


class _Compiler:
    """Makes Tantivy queries of operations, for one part after the other.

    None stands for a query that finds nothing in this part: then the part need not be searched at all.
    """

    def __init__(self, part: TantivyPart, statistics: _Statistics) -> None:
        self._part = part
        self._schema = part.schema
        self._statistics = statistics

    def query(self, op: Op) -> tantivy.Query | None:
        """Compile an operation."""
        make = tantivy.Query
        match op:
            case Term(field, value):
                return self._ranked(field, (value,), lambda: make.term_query(self._schema, field, value, "freq"))
            case Near(field, words, slop):
                return self._ranked(field, words, lambda: self._near(field, words, slop))
            case Close(field, first, second):
                words = (first, second)
                return self._ranked(field, words, lambda: make.phrase_query(self._schema, field, list(words), 4))
            case AnyOf() | Like() | TermBetween() | Matches():
                return self._unranked(op)
            case Between(field, low, high):
                return make.range_query(self._schema, field, tantivy.FieldType.Integer, low, high)
            case All():
                return self._one_of("open", ("0", "1"))  # every entry has one of them, but no filler
            case Any(parts):
                return _any(self.query(part) for part in parts)
            case Both():
                return self._both(op)
            case Scaled(part, factor):
                query = self.query(part)
                return None if query is None else make.boost_query(query, factor)
            case Silent(part):
                query = self.query(part)
                return None if query is None else make.const_score_query(query, 0.0)

    def _ranked(self, field: str, words: Sequence[str], build: Callable[[], tantivy.Query]) -> tantivy.Query | None:
        factor = self._statistics.factor(self._part, field, words)
        if factor == 0.0:
            return None
        query = build()
        return query if factor == 1.0 else tantivy.Query.boost_query(query, factor)

    def _near(self, field: str, words: tuple[str, ...], slop: int) -> tantivy.Query:
        """Exact placings, one by one: the engine's own slop also finds other orders and loses some of three words."""
        make = tantivy.Query
        placings = []
        for steps in itertools.product(range(1, slop + 1), repeat=len(words) - 1):
            places = itertools.accumulate(steps, initial=0)
            placings.append(make.phrase_query(self._schema, field, list(zip(places, words, strict=True))))
        return placings[0] if len(placings) == 1 else make.disjunction_max_query(placings)

    def _unranked(self, op: AnyOf | Like | TermBetween | Matches) -> tantivy.Query | None:
        make = tantivy.Query
        match op:
            case AnyOf(field, values):
                return self._one_of(field, sorted(values))
            case Matches(field, pattern):
                # a phrase-prefix query of one word would be faster, but silently stops after 50 words
                return self._statistics.regex(self._schema, field, pattern)
            case Like(field, word, distance, 0):
                return make.fuzzy_term_query(self._schema, field, word, distance)
            case Like(field, word, distance, prefix):
                terms = self._part.searcher.terms_with_prefix(field, word[:prefix])
                return self._one_of(field, [term for term, _ in terms if slips(term, word, distance)])
            case TermBetween(field):
                terms = self._part.searcher.terms_with_prefix(field, op.start)
                return self._one_of(field, [term for term, _ in terms if op.covers(term)])

    def _one_of(self, field: str, values: Sequence[str]) -> tantivy.Query | None:
        """One of these terms, ranked alike; a set of terms costs more than half a millisecond, clauses nothing."""
        make = tantivy.Query
        if len(values) > _MANY:
            return make.const_score_query(make.term_set_query(self._schema, field, list(values)), 1.0)
        terms = (make.term_query(self._schema, field, value, "basic") for value in values)
        found = _any(terms)
        return None if found is None else make.const_score_query(found, 1.0)

    def _both(self, op: Both) -> tantivy.Query | None:
        must = [self.query(part) for part in op.must]
        if any(query is None for query in must):
            return None
        parts = [(_OCCUR.Must, query) for query in must if query is not None]
        for occur, ops in ((_OCCUR.Should, op.maybe), (_OCCUR.MustNot, op.never)):
            parts += [(occur, query) for query in map(self.query, ops) if query is not None]
        return tantivy.Query.boolean_query(parts)


def _any(queries: Iterable[tantivy.Query | None]) -> tantivy.Query | None:
    found = [query for query in queries if query is not None]
    if len(found) > 1:
        return tantivy.Query.boolean_query([(_OCCUR.Should, query) for query in found])
    return found[0] if found else None
