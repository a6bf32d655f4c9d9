"""The parser of the query language, which is Whoosh's: one tree for every engine, and errors that say where and what.

Where Whoosh guesses (an unknown field, a missing bracket, ``a AND``), this parser refuses: a list that answers another
question than the one asked is worse than none. Beyond Whoosh, UND, ODER and NICHT are understood as AND, OR and NOT.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from erecords.search import query_leaves as leaves
from erecords.search.errors import QueryRefused
from erecords.search.query_reader import Reader
from erecords.search.tree import And, AndMaybe, Boost, Field, Node, Not, Or, Require

MAX_LENGTH = 1000
_FIELD_NAMES = tuple(field.value for field in Field)
_GERMAN = {
    "typ": Field.TYPE,
    "art": Field.TYPE,
    "klasse": Field.CLASS,
    "amt": Field.UNIT,
    "stelle": Field.UNIT,
    "akte": Field.CASE,
    "az": Field.CASE,
    "aktenzeichen": Field.CASE,
    "absender": Field.SENDER,
    "von": Field.SENDER,
    "datum": Field.DATE,
    "eingang": Field.RECEIVED,
    "titel": Field.TITLE,
    "betreff": Field.TITLE,
    "eingangsnummer": Field.ENTRY,
    "zustand": Field.STATE,
    "status": Field.STATE,
}
_FIELDS = _GERMAN | {field.value: field for field in Field}
_FIELD = re.compile(r"([^\W\d]\w*)\.?:")
_BOOST = re.compile(r"\^(\S*?)(?=[\s()]|$)")


def parse(query: str) -> Node:
    """Parse a query.

    Raises:
        QueryRefused: it is empty, too long, or wrong somewhere; the error says where and what would be right.
    """
    if len(query) > MAX_LENGTH:
        raise QueryRefused(f"The query is longer than {MAX_LENGTH} characters.", query, MAX_LENGTH)
    return _Parser(query).whole()


class _Parser(Reader):
    """Recursive descent: sequence (all of) < ANDNOT, ANDMAYBE, REQUIRE < OR < AND < NOT < one part, as in Whoosh."""

    def whole(self) -> Node:
        node = self._sequence(None)
        if self.at < len(self.text):
            raise self.refuse("This bracket closes nothing.", self.at)
        if node is None:
            raise self.refuse("There is no word to search for.", 0, len(self.text))
        return node

    def _sequence(self, field: Field | None) -> Node | None:
        parts: list[Node] = []
        while not self.at_end():
            part = self._combined(field)
            if part is not None:
                parts.append(part)
        return _joined(parts)

    def _combined(self, field: Field | None) -> Node | None:
        left = self._any_of(field)
        while (name := self.peek_operator()) in ("ANDNOT", "ANDMAYBE", "REQUIRE"):
            before, right = self._sides(left, field, self._any_of)
            if name == "ANDNOT":
                left = And((before, Not(right)))
            else:
                left = AndMaybe(before, right) if name == "ANDMAYBE" else Require(before, right)
        return left

    def _any_of(self, field: Field | None) -> Node | None:
        left = self._all_of(field)
        while self.peek_operator() == "OR":
            before, right = self._sides(left, field, self._all_of)
            left = Or((*before.parts, right)) if isinstance(before, Or) else Or((before, right))
        return left

    def _all_of(self, field: Field | None) -> Node | None:
        left = self._negated(field)
        while self.peek_operator() == "AND":
            before, right = self._sides(left, field, self._negated)
            left = And((*before.parts, right)) if isinstance(before, And) else And((before, right))
        return left

    def _sides(
        self, left: Node | None, field: Field | None, parse_right: Callable[[Field | None], Node | None]
    ) -> tuple[Node, Node]:
        start = self.at
        name = self.take_operator()
        if left is None:
            raise self.refuse(f"{name} stands without anything before it.", start, self.at)
        right = None if self.at_end() else parse_right(field)
        if right is None:
            raise self.refuse(f"{name} stands without anything after it.", start, start + len(name))
        return left, right

    def _negated(self, field: Field | None) -> Node | None:
        name = self.peek_operator()
        if name is None:
            return self._part(field)
        if name != "NOT":
            raise self.refuse(
                f"{name} stands without anything before it; to search the word itself, put it in quotes.",
                self.at,
                self.at + len(name),
            )
        start = self.at
        self.take_operator()
        self.deeper()
        part = None if self.at_end() else self._negated(field)
        self.depth -= 1
        if part is None:
            raise self.refuse("NOT stands without anything after it.", start, start + 3)
        return Not(part)

    def _part(self, field: Field | None) -> Node | None:
        self.skip_space()
        start = self.at
        field = self._field(field)
        here = self.text[self.at : self.at + 1]
        node: Node | None
        if here == "(":
            node = self._group(field)
        elif here == '"':
            node = leaves.phrase(self, field, '"')
        elif here == "'" and self.text.find("'", self.at + 1) > self.at + 1:
            node = leaves.phrase(self, field, "'")
        elif here in ("[", "{"):
            node = leaves.from_to(self, field)
        else:
            node = leaves.word(self, field, start)
        return self._boosted(node)

    def _field(self, outer: Field | None) -> Field | None:
        found = _FIELD.match(self.text, self.at)
        if not found:
            return outer
        name = found[1].lower()
        follows = self.text[found.end() : found.end() + 1]
        if name not in _FIELD_NAMES and (not follows.strip() or follows == ")"):
            return outer
        if name not in _FIELDS:
            raise self.refuse(
                f"There is no field {found[1]!r}; there are {', '.join(_FIELD_NAMES)}. Text with colons needs quotes.",
                self.at,
                found.end(),
            )
        if not follows.strip() or follows == ")":
            raise self.refuse(f"The field {name!r} needs a value right after the colon.", self.at, found.end())
        self.at = found.end()
        return _FIELDS[name]

    def _group(self, field: Field | None) -> Node:
        start = self.at
        self.at += 1
        self.deeper()
        node = self._sequence(field)
        self.depth -= 1
        if self.text[self.at : self.at + 1] != ")":
            raise self.refuse("This bracket is not closed.", start)
        self.at += 1
        if node is None:
            raise self.refuse("There is nothing between these brackets.", start, self.at)
        return node

    def _boosted(self, node: Node | None) -> Node | None:
        found = _BOOST.match(self.text, self.at)
        if not found:
            return node
        try:
            factor = float(found[1])
        except ValueError:
            factor = 0.0
        if not 0.001 <= factor <= 1000 or node is None:
            raise self.refuse("After ^ a number from 0.001 to 1000 is needed.", self.at, found.end())
        self.at = found.end()
        return Boost(node, factor)


def _joined(parts: list[Node]) -> Node | None:
    if len(parts) > 1:
        return And(tuple(parts))
    return parts[0] if parts else None
