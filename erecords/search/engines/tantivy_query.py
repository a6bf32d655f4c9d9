"""From operations to the queries of Tantivy, over parts of which each is an index of its own."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import tantivy

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
from erecords.search.language.likeness import slips

_MANY = 100
_OCCUR = tantivy.Occur


class Searched(Protocol):
    """A part, as far as its queries go."""

    schema: tantivy.Schema
    searcher: tantivy.Searcher


class Compiler:
    """Makes the queries of one search, each once for all parts.

    None stands for a query that finds nothing: then nothing need be searched at all.
    """

    def __init__(self, parts: Sequence[Searched]) -> None:
        self._parts = parts
        self._schema = parts[0].schema if parts else None
        self._filters: dict[Op, tantivy.Query | None] = {}

    def filter(self, op: Op) -> tantivy.Query | None:
        """What finds the entries; its ranks mean nothing."""
        if op not in self._filters:
            self._filters[op] = self._filter(op) if self._parts else None
        return self._filters[op]

    def ranked(self, op: Op, boost: float = 1.0) -> tantivy.Query | None:
        """What finds the entries, with their ranks."""
        match op:
            case Any(parts):
                return _any(self.ranked(one, boost) for one in parts)
            case Both():
                return self._both(op, lambda one: self.ranked(one, boost))
            case Scaled(inner, factor):
                return self.ranked(inner, boost * factor)
            case Silent(inner):
                return _constant(self.filter(inner), 0.0)
            case _:
                return _constant(self.filter(op), weight(boost))

    def _filter(self, op: Op) -> tantivy.Query | None:
        make, schema = tantivy.Query, self._schema
        assert schema is not None  # there are parts
        match op:
            case Term(field, value):
                return make.term_query(schema, field, value, "basic")
            case Near(field, words, slop):
                return self._near(schema, field, words, slop)
            case Close(field, first, second):
                return make.phrase_query(schema, field, [first, second], 4)
            case AnyOf(field, values):
                return self._one_of(field, sorted(values))
            case Matches(field, pattern):
                # a phrase-prefix query of one word would be faster, but silently stops after 50 words
                return make.regex_query(schema, field, pattern)
            case Like(field, word, distance, 0):
                return make.fuzzy_term_query(schema, field, word, distance)
            case Like(field, word, distance, prefix):
                return self._one_of(field, self._terms(field, word[:prefix], lambda term: slips(term, word, distance)))
            case TermBetween(field):
                return self._one_of(field, self._terms(field, op.start, op.covers))
            case Between(field, low, high):
                return make.range_query(schema, field, tantivy.FieldType.Integer, low, high)
            case All():
                return self._one_of("open", ("0", "1"))  # every entry has one of them
            case Any(parts):
                return _any(map(self.filter, parts))
            case Both():
                return self._both(Both(op.must, never=op.never), self.filter)
            case Scaled(inner) | Silent(inner) | Rated(inner, _):
                return self.filter(inner)

    def _near(self, schema: tantivy.Schema, field: str, words: tuple[str, ...], slop: int) -> tantivy.Query:
        """Exact placings, one by one: the engine's own slop also finds other orders and loses some of three words."""
        make = tantivy.Query
        placings = []
        for steps in itertools.product(range(1, slop + 1), repeat=len(words) - 1):
            places = itertools.accumulate(steps, initial=0)
            placings.append(make.phrase_query(schema, field, list(zip(places, words, strict=True))))
        return placings[0] if len(placings) == 1 else make.disjunction_max_query(placings)

    def _terms(self, field: str, start: str, fits: Callable[[str], bool]) -> list[str]:
        """The terms of all parts that begin so and fit."""
        found = {term for part in self._parts for term, _ in part.searcher.terms_with_prefix(field, start)}
        return sorted(filter(fits, found))

    def _one_of(self, field: str, values: Sequence[str]) -> tantivy.Query | None:
        """One of these terms; a set of terms costs more than half a millisecond, clauses nothing."""
        make, schema = tantivy.Query, self._schema
        assert schema is not None  # there are parts
        if len(values) > _MANY:
            return make.term_set_query(schema, field, list(values))
        return _any(make.term_query(schema, field, value, "basic") for value in values)

    def _both(self, op: Both, compiled: Callable[[Op], tantivy.Query | None]) -> tantivy.Query | None:
        must = [compiled(part) for part in op.must]
        if any(query is None for query in must):
            return None
        parts = [(_OCCUR.Must, query) for query in must if query is not None]
        parts += [(_OCCUR.Should, query) for query in map(compiled, op.maybe) if query is not None]
        parts += [(_OCCUR.MustNot, query) for query in map(self.filter, op.never) if query is not None]
        return tantivy.Query.boolean_query(parts)


def _constant(query: tantivy.Query | None, score: float) -> tantivy.Query | None:
    return None if query is None else tantivy.Query.const_score_query(query, score)


def _any(queries: Iterable[tantivy.Query | None]) -> tantivy.Query | None:
    found = [query for query in queries if query is not None]
    if len(found) > 1:
        return tantivy.Query.boolean_query([(_OCCUR.Should, query) for query in found])
    return found[0] if found else None
