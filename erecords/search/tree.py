"""The tree into which a query is parsed: small, frozen, and known to no engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Field(StrEnum):
    """Fields that a query may name."""

    TYPE = "type"
    CLASS = "class"
    UNIT = "unit"
    CASE = "case"
    SENDER = "sender"
    DATE = "date"
    RECEIVED = "received"
    TEXT = "text"
    TITLE = "title"
    ENTRY = "entry"
    STATE = "state"
    KIND = "kind"


@dataclass(frozen=True, slots=True)
class Span:
    """Where a part of the query stood: characters from 0, end exclusive."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Word:
    """A word or number as typed; without a field it is looked for in title, text, sender and references."""

    text: str
    field: Field | None
    span: Span


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in quotes: in their exact form, in this order, each at most ``slop`` places after the one before."""

    text: str
    slop: int
    field: Field | None
    span: Span


@dataclass(frozen=True, slots=True)
class Wildcard:
    """A word with ``*`` (any characters, also none) and ``?`` (one character)."""

    pattern: str
    field: Field | None
    span: Span


@dataclass(frozen=True, slots=True)
class Fuzzy:
    """A word with up to ``distance`` slips (a letter missing, added, changed, or two swapped) after ``prefix``."""

    text: str
    distance: int
    prefix: int
    field: Field | None
    span: Span


@dataclass(frozen=True, slots=True)
class Range:
    """From ``low`` to ``high`` as typed; None is open."""

    low: str | None
    high: str | None
    with_low: bool
    with_high: bool
    field: Field
    span: Span


@dataclass(frozen=True, slots=True)
class Every:
    """Everything, or everything that has something in this field."""

    field: Field | None
    span: Span


@dataclass(frozen=True, slots=True)
class InCase:
    """What bears exactly this reference: a case file and what is in it."""

    reference: str


@dataclass(frozen=True, slots=True)
class Entries:
    """Exactly these entries of the index."""

    ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class And:
    """All of these."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of these."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """All that the part does not find."""

    part: Node


@dataclass(frozen=True, slots=True)
class AndMaybe:
    """What ``part`` finds; what ``maybe`` finds too stands higher."""

    part: Node
    maybe: Node


@dataclass(frozen=True, slots=True)
class Require:
    """What both find, ranked by ``part`` alone."""

    part: Node
    required: Node


@dataclass(frozen=True, slots=True)
class Boost:
    """The part counts so many times as much for the order of hits."""

    part: Node
    factor: float


Leaf = Word | Phrase | Wildcard | Fuzzy
"""What can stand in a text."""
Node = Word | Phrase | Wildcard | Fuzzy | Range | Every | InCase | Entries | And | Or | Not | AndMaybe | Require | Boost


def leaves(node: Node, *, left_out: bool) -> Iterator[Leaf]:
    """The words, numbers and phrases of a query; with ``left_out`` also of what it leaves out."""
    match node:
        case And(parts) | Or(parts):
            for part in parts:
                yield from leaves(part, left_out=left_out)
        case AndMaybe(part, other) | Require(part, other):
            yield from leaves(part, left_out=left_out)
            yield from leaves(other, left_out=left_out)
        case Boost(part):
            yield from leaves(part, left_out=left_out)
        case Not(part):
            if left_out:
                yield from leaves(part, left_out=left_out)
        case Word() | Phrase() | Wildcard() | Fuzzy():
            yield node
        case Range() | Every() | InCase() | Entries():
            pass
