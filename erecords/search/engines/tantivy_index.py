"""The default engine: Tantivy. Nothing of a letter is stored; terms come ready from the shared analysis."""

from __future__ import annotations

import json
import os
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import wraps
from operator import itemgetter
from pathlib import Path
from typing import Any as Anything
from typing import ParamSpec

import tantivy

from erecords.search.engines.parted import PartedIndex
from erecords.search.engines.plan import Op
from erecords.search.engines.reading import Found
from erecords.search.engines.record import BETWEEN, ORDERED, SINGLE, UNORDERED, Record
from erecords.search.engines.tantivy_query import Compiler
from erecords.search.index import Facet, Sort, Want

Given = ParamSpec("Given")

_UPDATE_HEAP = 16_000_000
_BULK_HEAP = 32_000_000
_MERGED_TOGETHER = 8
"""So many segments of up to 16,800 entries are merged by the library's merge policy."""
_FILLER = "-"
_MOST_VALUES = 65_000
_FACETS = {facet: f"f_{facet}" for facet in Facet if facet is not Facet.CASE}
_COUNTED = _FACETS | {Facet.CASE: "reference"}
_ORDER = {
    Sort.DATE: ("by_date", tantivy.Order.Desc),
    Sort.RECEIVED: ("by_received", tantivy.Order.Desc),
    Sort.REFERENCE: ("by_reference", tantivy.Order.Asc),
}
_TURNED = {tantivy.Order.Asc: tantivy.Order.Desc, tantivy.Order.Desc: tantivy.Order.Asc}


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
    for name in ("reference", "by_reference"):
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    for name in ("date", "received"):
        builder.add_integer_field(name, indexed=True, fast=True)
        builder.add_integer_field(f"by_{name}", fast=True)
    builder.add_float_field("recency", fast=True)
    return builder.build()


def _as_system_errors(call: Callable[Given, None]) -> Callable[Given, None]:
    """Raise what the library reports of the disk as the operating system's errors that they are."""

    @wraps(call)
    def wrapped(*args: Given.args, **more: Given.kwargs) -> None:
        try:
            call(*args, **more)
        except ValueError as error:
            found = re.search(r"\(os error (\d+)\)", str(error))
            if found is None:
                raise
            raise OSError(int(found[1]), os.strerror(int(found[1]))) from error

    return wrapped


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

    @_as_system_errors
    def write(self, remove: Sequence[str], put: Sequence[Record]) -> None:
        """Remove, add, commit (a part in bulk commits at the end)."""
        writer = self._writing()
        try:
            for one in remove:
                writer.delete_documents_by_term("id", one)
            for entry in put:
                writer.add_document(tantivy.Document.from_dict(_values(entry), self.schema))
        except ValueError:
            writer.commit()  # a thread of the writer has died: only this tells of what
            raise
        if not self._bulk:
            writer.commit()
            self.reload()

    @_as_system_errors
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

    @_as_system_errors
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
            for left in self._folder.glob(".tmp*"):
                left.unlink()  # of a process that was stopped; the library does not know them any more
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
        "f_class": [BETWEEN.join(entry.classes)] if entry.classes else [],
        "f_unit": [BETWEEN.join(entry.units)] if entry.units else [],
        "f_year": [entry.year] if entry.year else [],
        "f_kind": entry.kind,
        "f_protection": entry.protection,
        "reference": entry.reference,
        "date": entry.date,
        "received": entry.received,
        "by_date": entry.by_date,
        "by_received": entry.by_received,
        "by_reference": entry.by_reference,
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

    def _create_part(self, folder: Path) -> TantivyPart:
        return TantivyPart(folder, create=True)

    def _open_in_bulk(self, folder: Path, create: bool) -> TantivyPart:
        return TantivyPart(folder, create=create, bulk=True)

    def _find(self, parts: Sequence[TantivyPart], op: Op, want: Want) -> Found:
        depth = max(1, want.offset + want.limit)
        compiler = Compiler(parts)
        ordering = _ordering(want)
        total = 0
        tops: list[tuple[Anything, TantivyPart, tantivy.DocAddress]] = []
        counting = compiler.filter(op) if want.facets else None
        counted: dict[Facet, dict[str, int]] = {facet: defaultdict(int) for facet in want.facets}
        ranked = want.sort is Sort.RELEVANCE and want.limit > 0
        query = compiler.ranked(op) if ranked else compiler.filter(op)
        if query is None:
            return Found(0, (), counted)
        for part in parts:
            found = part.searcher.search(query, depth, **ordering)
            total += found.count  # type: ignore[attr-defined]  # absent from its stubs
            tops += [(value, part, address) for value, address in found.hits]
            if counting is not None and found.hits:
                _count(part, counting, counted)
        if len(parts) > 1:
            tops.sort(key=lambda top: top[0], reverse=ordering["order"] is tantivy.Order.Desc)
        page = tops[want.offset : want.offset + want.limit]
        ids = tuple(part.id_at(address) for _, part, address in page)
        return Found(total, ids, counted)

    def _begin(self, parts: Sequence[TantivyPart], field: str, start: str, allowed: Op) -> Counter[str]:
        found: Counter[str] = Counter()
        query = Compiler(parts).filter(allowed)
        if query is not None:
            for part in parts:
                for term, count in part.searcher.terms_with_prefix(field, start, query):
                    found[term] += count
        return found


def _ordering(want: Want) -> dict[str, Anything]:
    if want.limit == 0:
        return {"order_by_field": "by_date", "order": tantivy.Order.Desc}  # counts twice as fast as by ranks
    if want.sort is Sort.RELEVANCE:
        return {"weight_by_field": "recency", "order": tantivy.Order.Desc}
    field, order = _ORDER[want.sort]
    return {"order_by_field": field, "order": _TURNED[order] if want.reverse else order}


def _count(part: TantivyPart, query: tantivy.Query, counts: Mapping[Facet, dict[str, int]]) -> None:
    wanted = {facet.value: {"terms": {"field": _COUNTED[facet], "size": _MOST_VALUES}} for facet in counts}
    found = part.searcher.aggregate(query, wanted)
    for facet, counted in counts.items():
        for value, count in map(itemgetter("key", "doc_count"), found[facet.value]["buckets"]):
            counted[value] += count
        counted.pop("", None)  # what has no value
