"""Reading a query from left to right: where the parser stands, how much it has read, and what it refuses."""

from __future__ import annotations

import re

from erecords.search.errors import QueryRefused

MAX_DEPTH = 30
MAX_LEAVES = 100
WORD = re.compile(r"[^\s()\"]+")
_OPERATORS = {"UND": "AND", "ODER": "OR", "NICHT": "NOT"} | {
    name: name for name in ("AND", "OR", "NOT", "ANDNOT", "ANDMAYBE", "REQUIRE")
}
_QUOTES = str.maketrans("„“”«»‟", '""""""')


class Reader:
    """A query, and the place up to which it was read."""

    def __init__(self, query: str) -> None:
        """Stand before the first character."""
        self.query = query
        self.text = query.translate(_QUOTES)
        self.at = 0
        self.depth = 0
        self.leaves = 0

    def skip_space(self) -> None:
        """Go to the next character that is none."""
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def at_end(self) -> bool:
        """Whether the query, or what stands in this bracket, is over."""
        self.skip_space()
        return self.at >= len(self.text) or self.text[self.at] == ")"

    def peek_operator(self) -> str | None:
        """The operator that stands here, in English; None for anything else."""
        self.skip_space()
        found = WORD.match(self.text, self.at)
        return _OPERATORS.get(found[0]) if found else None

    def take_operator(self) -> str:
        """Go behind the operator that stands here; returns it as typed."""
        found = WORD.match(self.text, self.at)
        assert found is not None  # peek_operator saw it
        self.at = found.end()
        return found[0]

    def deeper(self) -> None:
        """Count one more bracket or NOT inside the others."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.refuse(f"The query is nested deeper than {MAX_DEPTH} brackets.", self.at)

    def leaf(self, start: int) -> None:
        """Count one more word, phrase or range."""
        self.leaves += 1
        if self.leaves > MAX_LEAVES:
            raise self.refuse(f"The query has more than {MAX_LEAVES} words.", start)

    def refuse(self, reason: str, start: int, end: int | None = None) -> QueryRefused:
        """The error that says where and what."""
        return QueryRefused(reason, self.query, start, end)
