"""The parser of the query language, which is Whoosh's: one tree for every engine, and errors that say where and what.

Where Whoosh guesses (an unknown field, a missing bracket, ``a AND``), this parser refuses: a list that answers another
question than the one asked is worse than none. Beyond Whoosh, UND, ODER and NICHT are understood as AND, OR and NOT.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from erecords.search.errors import QueryRefused
from erecords.search.index import Kind
from erecords.search.language import dates
from erecords.search.tree import (
    And,
    AndMaybe,
    Boost,
    Every,
    Field,
    Fuzzy,
    Node,
    Not,
    Or,
    Phrase,
    Range,
    Require,
    Span,
    Wildcard,
    Word,
)

MAX_LENGTH = 1000
MAX_DEPTH = 30
MAX_LEAVES = 100
MAX_STARS = 8
MAX_PATTERN = 100
MAX_PLACINGS = 256
"""In so many ways at most the words of a phrase may be spread."""
_FIELD_NAMES = tuple(field.value for field in Field)
_WORDY = frozenset({Field.TITLE, Field.TEXT, Field.SENDER, None})
_DATED = frozenset({Field.DATE, Field.RECEIVED})
_RANGED = frozenset({Field.DATE, Field.RECEIVED, Field.CASE, Field.CLASS, Field.UNIT, Field.ENTRY})
_OPERATORS = {"UND": "AND", "ODER": "OR", "NICHT": "NOT"} | {
    name: name for name in ("AND", "OR", "NOT", "ANDNOT", "ANDMAYBE", "REQUIRE")
}
_VALUES: dict[Field | None, dict[str, str]] = {
    Field.KIND: {kind.value: kind.value for kind in Kind}
    | {"dokument": "document", "akte": "case", "post": "mail", "vorgang": "transaction"},
}
_QUOTES = str.maketrans("„“”«»‟", '""""""')
_FIELD = re.compile(r"([^\W\d]\w*):")
_WORD = re.compile(r"[^\s()\"]+")
_BOOST = re.compile(r"\^(\S*?)(?=[\s()]|$)")
_SLOP = re.compile(r"~(\w*)")
_FUZZY = re.compile(r"(?P<word>.+?)~(?P<distance>\d*)(?:/(?P<prefix>\d+))?")
_RANGE_INSIDE = re.compile(r"\s*(?P<low>.*?)\s*\b(?:to|TO|bis)\b\s*(?P<high>.*?)\s*")
_ALNUM = re.compile(r"[^\W_]")
_ONE_WORD = re.compile(r"[^\W_]+")


def parse(query: str) -> Node:
    """Parse a query.

    Raises:
        QueryRefused: it is empty, too long, or wrong somewhere; the error says where and what would be right.
    """
    if len(query) > MAX_LENGTH:
        raise QueryRefused(f"The query is longer than {MAX_LENGTH} characters.", query, MAX_LENGTH)
    return _Parser(query).whole()


class _Parser:
    """Recursive descent: sequence (all of) < ANDNOT, ANDMAYBE, REQUIRE < OR < AND < NOT < one part, as in Whoosh."""

    def __init__(self, query: str) -> None:
        self.query = query
        self.text = query.translate(_QUOTES)
        self.at = 0
        self.depth = 0
        self.leaves = 0

    def whole(self) -> Node:
        node = self._sequence(None)
        if self.at < len(self.text):
            raise self._refuse("This bracket closes nothing.", self.at)
        if node is None:
            raise self._refuse("There is no word to search for.", 0, len(self.text))
        return node

    # -- groups and operators

    def _sequence(self, field: Field | None) -> Node | None:
        parts: list[Node] = []
        while not self._at_end():
            part = self._combined(field)
            if part is not None:
                parts.append(part)
        return _joined(parts)

    def _combined(self, field: Field | None) -> Node | None:
        left = self._any_of(field)
        while (name := self._peek_operator()) in ("ANDNOT", "ANDMAYBE", "REQUIRE"):
            before, right = self._sides(left, field, self._any_of)
            if name == "ANDNOT":
                left = And((before, Not(right)))
            else:
                left = AndMaybe(before, right) if name == "ANDMAYBE" else Require(before, right)
        return left

    def _any_of(self, field: Field | None) -> Node | None:
        left = self._all_of(field)
        while self._peek_operator() == "OR":
            before, right = self._sides(left, field, self._all_of)
            left = Or((*before.parts, right)) if isinstance(before, Or) else Or((before, right))
        return left

    def _all_of(self, field: Field | None) -> Node | None:
        left = self._negated(field)
        while self._peek_operator() == "AND":
            before, right = self._sides(left, field, self._negated)
            left = And((*before.parts, right)) if isinstance(before, And) else And((before, right))
        return left

    def _sides(
        self, left: Node | None, field: Field | None, parse_right: Callable[[Field | None], Node | None]
    ) -> tuple[Node, Node]:
        start = self.at
        name = self._take_operator()
        if left is None:
            raise self._refuse(f"{name} stands without anything before it.", start, self.at)
        right = None if self._at_end() else parse_right(field)
        if right is None:
            raise self._refuse(f"{name} stands without anything after it.", start, start + len(name))
        return left, right

    def _negated(self, field: Field | None) -> Node | None:
        name = self._peek_operator()
        if name is None:
            return self._part(field)
        if name != "NOT":
            raise self._refuse(
                f"{name} stands without anything before it; to search the word itself, put it in quotes.",
                self.at,
                self.at + len(name),
            )
        start = self.at
        self._take_operator()
        self._deeper()
        part = None if self._at_end() else self._negated(field)
        self.depth -= 1
        if part is None:
            raise self._refuse("NOT stands without anything after it.", start, start + 3)
        return Not(part)

    # -- parts

    def _part(self, field: Field | None) -> Node | None:
        self._skip_space()
        start = self.at
        field = self._field(field)
        here = self.text[self.at : self.at + 1]
        node: Node | None
        if here == "(":
            node = self._group(field)
        elif here == '"':
            node = self._phrase(field, '"')
        elif here == "'" and self.text.find("'", self.at + 1) > self.at + 1:
            node = self._phrase(field, "'")
        elif here in ("[", "{"):
            node = self._range(field)
        else:
            node = self._word(field, start)
        return self._boosted(node)

    def _field(self, outer: Field | None) -> Field | None:
        found = _FIELD.match(self.text, self.at)
        if not found:
            return outer
        name = found[1].lower()
        follows = self.text[found.end() : found.end() + 1]
        if name not in _FIELD_NAMES:
            if not follows.strip() or follows == ")":
                return outer
            raise self._refuse(
                f"There is no field {found[1]!r}; there are {', '.join(_FIELD_NAMES)}. Text with colons needs quotes.",
                self.at,
                found.end(),
            )
        if not follows.strip() or follows == ")":
            raise self._refuse(f"The field {name!r} needs a value right after the colon.", self.at, found.end())
        self.at = found.end()
        return Field(name)

    def _group(self, field: Field | None) -> Node:
        start = self.at
        self.at += 1
        self._deeper()
        node = self._sequence(field)
        self.depth -= 1
        if self.text[self.at : self.at + 1] != ")":
            raise self._refuse("This bracket is not closed.", start)
        self.at += 1
        if node is None:
            raise self._refuse("There is nothing between these brackets.", start, self.at)
        return node

    def _phrase(self, field: Field | None, quote: str) -> Node | None:
        start = self.at
        end = self.text.find(quote, start + 1)
        if end < 0:
            raise self._refuse("This quotation mark is not closed.", start)
        inner = self.query[start + 1 : end]
        self.at = end + 1
        slop = self._slop(start) if quote == '"' else 1
        if not _ALNUM.search(inner):
            raise self._refuse("There is no word between these quotation marks.", start, self.at)
        if field in _WORDY and re.search(r"[^\W_][*?]+(?=[\s*?]|$)|[*?][^\W_]", inner):
            star = start + 1 + re.search(r"[*?]", inner).start()  # type: ignore[union-attr]  # the line above found one
            raise self._refuse("Words in quotes are exact: * and ? work only outside quotes.", star)
        self._leaf(start)
        self._check_width(slop, len(_ONE_WORD.findall(inner)), end + 1)
        if field not in _WORDY:
            return self._plain(inner.strip(), field, start + 1)
        return Phrase(inner, slop, field, Span(start, self.at))

    def _check_width(self, slop: int, count: int, at: int) -> None:
        if slop ** (count - 1) > MAX_PLACINGS:
            most = max(n for n in range(1, slop) if n ** (count - 1) <= MAX_PLACINGS)
            raise self._refuse(f"This distance is too wide for {count} words; at most ~{most}.", at, self.at)

    def _slop(self, start: int) -> int:
        found = _SLOP.match(self.text, self.at)
        if not found:
            return 1
        if not found[1].isascii() or not found[1].isdigit() or not 1 <= int(found[1]) <= 100:
            raise self._refuse("After ~ a distance from 1 to 100 is needed.", self.at, found.end())
        self.at = found.end()
        return int(found[1])

    def _range(self, field: Field | None) -> Node:
        start = self.at
        ends = [at for at in (self.text.find("]", start), self.text.find("}", start)) if at > 0]
        if not ends:
            raise self._refuse("This range is not closed with ] or }.", start)
        end = min(ends)
        self.at = end + 1
        found = _RANGE_INSIDE.fullmatch(self.text[start + 1 : end])
        if not found:
            raise self._refuse("A range is written [from to until], for example [2026-01 to 2026-03].", start, self.at)
        low, high = (found[name].strip("'\" ") or None for name in ("low", "high"))
        if low is None and high is None:
            raise self._refuse("This range has neither a beginning nor an end.", start, self.at)
        if field is None and all(value is None or dates.interval(value) for value in (low, high)):
            field = Field.DATE
        if field is None or field not in _RANGED:
            names = ", ".join(sorted(_RANGED))
            raise self._refuse(f"A range needs one of the fields {names}, for example date:[2026 to].", start, self.at)
        self._leaf(start)
        if field in _DATED:
            self._check_dates(low, high, start)
        span = Span(start, self.at)
        return Range(low, high, self.text[start] == "[", self.text[end] == "]", field, span)

    def _check_dates(self, low: str | None, high: str | None, start: int) -> None:
        days = [dates.interval(value) if value else None for value in (low, high)]
        for value, day in zip((low, high), days, strict=True):
            if value and day is None:
                at = self.text.index(value, start)
                raise self._refuse(f"{value!r} is no date; write 2026, 2026-03 or 2026-03-05.", at, at + len(value))
        if days[0] and days[1] and days[0][0] > days[1][1]:
            raise self._refuse("This range ends before it begins.", start, self.at)

    # -- words

    def _word(self, field: Field | None, start: int) -> Node | None:
        found = _WORD.match(self.text, self.at)
        if not found:
            raise self._refuse("Here a word is missing.", start)
        at = self.at
        raw = found[0]
        caret = raw.find("^", 1)
        if caret > 0:
            raw = raw[:caret]
        self.at += len(raw)
        self._refuse_habits(raw, at)
        self._leaf(at)
        if raw == "*:*":
            return Every(None, Span(at, self.at))
        if set(raw) == {"*"}:
            return Every(field, Span(at, self.at))
        fuzzy = _FUZZY.fullmatch(raw) if "~" in raw else None
        if fuzzy:
            return self._fuzzy(fuzzy, field, at)
        if "*" in raw or "?" in raw:
            if field in _DATED:
                raise self._refuse("Dates take no wildcard; write date:2026 or date:2026-03.", at, self.at)
            raw = re.sub(r"\*+", "*", raw)
            if raw.count("*") > MAX_STARS or raw.count("?") > MAX_STARS or len(raw) > MAX_PATTERN:
                raise self._refuse(f"A word takes at most {MAX_STARS} of each wildcard.", at, self.at)
            return Wildcard(raw, field, Span(at, self.at))
        if not _ALNUM.search(raw):
            if field is not None:
                raise self._refuse(f"{raw!r} holds no letter and no digit to search for.", at, self.at)
            return None
        return self._plain(raw, field, at)

    def _plain(self, raw: str, field: Field | None, at: int) -> Node:
        span = Span(at, max(self.at, at + 1))
        if field in _DATED:
            assert field is not None
            if dates.interval(raw) is None:
                raise self._refuse(f"{raw!r} is no date; write 2026, 2026-03 or 2026-03-05.", at, at + len(raw))
            return Range(raw, raw, True, True, field, span)
        if field in _VALUES:
            raw = self._value(raw, field, at)
        return Word(raw, field, span)

    def _value(self, raw: str, field: Field | None, at: int) -> str:
        """A word of a field that holds few values, in English."""
        known = _VALUES[field]
        found = known.get(raw.lower())
        if found is None:
            names = ", ".join(dict.fromkeys(known.values()))
            raise self._refuse(f"{raw!r} is no {field}; there are {names}.", at, at + len(raw))
        return found

    def _fuzzy(self, found: re.Match[str], field: Field | None, at: int) -> Node:
        word, distance = found["word"], int(found["distance"] or 1)
        if field not in _WORDY:
            raise self._refuse("~ works on words of title, text and sender only.", at, self.at)
        if not 1 <= distance <= 2:
            raise self._refuse("After ~ the number of slips is 1 or 2.", at + len(word), self.at)
        if "*" in word or "?" in word:
            raise self._refuse("A word takes wildcards or ~, not both.", at, self.at)
        if len(_ALNUM.findall(word)) != len(word):
            raise self._refuse("~ works on a single word without hyphens or other signs.", at, self.at)
        return Fuzzy(word, distance, min(int(found["prefix"] or 0), len(word)), field, Span(at, self.at))

    def _refuse_habits(self, raw: str, at: int) -> None:
        """Refuse signs of other search languages, which would silently mean something else here."""
        if raw[0] in "-!" and len(raw) > 1 and raw[1].isalpha():
            raise self._refuse(f"To leave out what has a word, write NOT {raw[1:]}.", at, at + len(raw))
        if raw in ("&&", "||", "|", "!"):
            raise self._refuse("Operators are written AND, OR and NOT.", at, at + len(raw))
        if raw.startswith(("~", "^")):
            raise self._refuse(f"{raw[0]} needs a word before it.", at, at + len(raw))
        if "~" in raw and not _FUZZY.fullmatch(raw):
            raise self._refuse("After ~ the number of slips is 1 or 2.", at + raw.index("~"), at + len(raw))

    def _boosted(self, node: Node | None) -> Node | None:
        found = _BOOST.match(self.text, self.at)
        if not found:
            return node
        try:
            factor = float(found[1])
        except ValueError:
            factor = 0.0
        if not 0.001 <= factor <= 1000 or node is None:
            raise self._refuse("After ^ a number from 0.001 to 1000 is needed.", self.at, found.end())
        self.at = found.end()
        return Boost(node, factor)

    # -- reading

    def _skip_space(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def _at_end(self) -> bool:
        self._skip_space()
        return self.at >= len(self.text) or self.text[self.at] == ")"

    def _peek_operator(self) -> str | None:
        self._skip_space()
        found = _WORD.match(self.text, self.at)
        return _OPERATORS.get(found[0]) if found else None

    def _take_operator(self) -> str:
        found = _WORD.match(self.text, self.at)
        assert found is not None  # _peek_operator saw it
        self.at = found.end()
        return found[0]

    def _deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self._refuse(f"The query is nested deeper than {MAX_DEPTH} brackets.", self.at)

    def _leaf(self, start: int) -> None:
        self.leaves += 1
        if self.leaves > MAX_LEAVES:
            raise self._refuse(f"The query has more than {MAX_LEAVES} words.", start)

    def _refuse(self, reason: str, start: int, end: int | None = None) -> QueryRefused:
        return QueryRefused(reason, self.query, start, end)


def _joined(parts: list[Node]) -> Node | None:
    if len(parts) > 1:
        return And(tuple(parts))
    return parts[0] if parts else None
