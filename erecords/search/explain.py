"""How a query was understood, in words."""

from __future__ import annotations

from erecords.search.language import dates
from erecords.search.lower import needless
from erecords.search.tree import (
    And,
    AndMaybe,
    Boost,
    Entries,
    Every,
    Field,
    Fuzzy,
    InCase,
    Node,
    Not,
    Or,
    Phrase,
    Range,
    Require,
    Wildcard,
    Word,
)

_ANYWHERE = "title, text, sender or references"


def explain(tree: Node) -> str:
    """The tree as indented lines, one for each part."""
    return "\n".join(_lines(tree, 0))


def _lines(node: Node, depth: int) -> list[str]:
    pad = "  " * depth
    match node:
        case And(parts):
            return [f"{pad}all of these:", *_all_below(parts, depth + 1)]
        case Or(parts):
            return [f"{pad}at least one of these:", *_below(parts, depth)]
        case Not(part):
            return [f"{pad}leave out what has:", *_lines(part, depth + 1)]
        case AndMaybe(part, maybe):
            return [*_lines(part, depth), f"{pad}and higher in the list if it has:", *_lines(maybe, depth + 1)]
        case Require(part, required):
            return [*_lines(part, depth), f"{pad}and only if, without rank, it has:", *_lines(required, depth + 1)]
        case Boost(part, factor):
            return [f"{pad}counting {factor:g} times:", *_lines(part, depth + 1)]
        case _:
            return [f"{pad}{_leaf(node)}"]


def _all_below(parts: tuple[Node, ...], depth: int) -> list[str]:
    wanted = [part for part in parts if not isinstance(part, Not)]
    left_out = [wanted[place] for place in needless(wanted)]
    lines = [line for part in parts if part not in left_out for line in _lines(part, depth)]
    words = [repr(part.text) for part in parts if isinstance(part, Word) and part in left_out]
    pad = "  " * depth
    return [*lines, f"{pad}(need not be found beside the others: {', '.join(words)})"] if words else lines


def _below(parts: tuple[Node, ...], depth: int) -> list[str]:
    return [line for part in parts for line in _lines(part, depth + 1)]


def _leaf(node: Node) -> str:
    match node:
        case Word(text, field):
            if field in (None, Field.TITLE, Field.TEXT, Field.SENDER):
                if any(map(str.isdigit, text)):
                    return f"the number {text!r}, whatever its separators, or what begins so, in {_where(field)}"
                return f"the word {text!r}, inflected or in a compound, in {_where(field)}"
            below = " or below it" if field in (Field.CLASS, Field.UNIT) else ""
            return f"{_where(field)} {text!r}{below}"
        case Phrase(text, slop, field):
            near = "" if slop == 1 else f", each at most {slop} words after the one before"
            return f"exactly the words {text.strip()!r} in this order{near}, in {_where(field)}"
        case Wildcard(pattern, field):
            return f"a word of the form {pattern!r} (* any characters, ? one) in {_where(field)}"
        case Fuzzy(text, distance, prefix, field):
            fixed = f", beginning with {text[:prefix]!r}," if prefix else ""
            return f"a word like {text!r} with up to {distance} slip(s){fixed} in {_where(field)}"
        case InCase(reference):
            return f"in the case file {reference}"
        case Entries(ids):
            return f"one of {len(ids)} entries"
        case Range():
            return _range(node)
        case Every(field):
            return "everything" if field is None else f"everything with a {field}"
    raise AssertionError(node)


def _range(node: Range) -> str:
    low, high = node.low, node.high
    if node.field in (Field.DATE, Field.RECEIVED):
        days = [dates.interval(value) if value else None for value in (low, high)]
        low = days[0][0 if node.with_low else 1].isoformat() if days[0] else None
        high = days[1][1 if node.with_high else 0].isoformat() if days[1] else None
    start = f" {'from' if node.with_low else 'after'} {low}" if low else ""
    end = f" {'to' if node.with_high else 'before'} {high}" if high else ""
    return f"{node.field}{start}{end}"


def _where(field: Field | None) -> str:
    return _ANYWHERE if field is None else field.value
