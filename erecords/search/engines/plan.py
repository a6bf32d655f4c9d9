"""What engines are asked: a handful of plain operations on the fields of the index, the same for each engine.

The operations know no German and no rights; ``lower`` has put both into them. Whatever an operation finds ranks alike,
by the weight that stands round it: no engine counts how rare a term is or how long texts are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Term:
    """Entries that have this term."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Entries that have one of these terms."""

    field: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class Matches:
    """Entries with a term that the pattern covers from end to end.

    The pattern uses only letters, digits, escapes, ``.``, ``.*`` and ``(?:a|b)``, which all engines' expressions share.
    """

    field: str
    pattern: str
    start: str
    """Literal characters with which every covered term begins."""

    def expression(self) -> re.Pattern[str]:
        """The pattern for Python, to be matched in full; no term can make it try more than its length times over."""
        first, *rest = self.pattern.split(".*")
        if not rest:
            return re.compile(first, re.DOTALL)
        middle = "".join(f"(?>.*?{piece})" for piece in rest[:-1])
        return re.compile(f"{first}{middle}.*{rest[-1]}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Like:
    """Entries with a term at most ``distance`` slips from the word, the first ``prefix`` characters being right."""

    field: str
    word: str
    distance: int
    prefix: int


@dataclass(frozen=True, slots=True)
class Near:
    """Entries with these terms in this order, each at most ``slop`` places after the one before."""

    field: str
    words: tuple[str, ...]
    slop: int


@dataclass(frozen=True, slots=True)
class Close:
    """Entries with both terms: the second at most 5 places after the first, or at most 3 before it."""

    field: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Between:
    """Entries whose number in this field lies between these, both included."""

    field: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class TermBetween:
    """Entries with a term in this range of the alphabet; what begins with a bound belongs to the bound."""

    field: str
    low: str
    high: str
    """Empty: open."""
    with_low: bool
    with_high: bool

    def covers(self, term: str) -> bool:
        """Whether a term lies in the range."""
        if self.low and not (term >= self.low if self.with_low else term > self.low and not term.startswith(self.low)):
            return False
        return not self.high or (term[: len(self.high)] <= self.high if self.with_high else term < self.high)

    @property
    def start(self) -> str:
        """What all covered terms begin with."""
        size = 0
        while size < min(len(self.low), len(self.high)) and self.low[size] == self.high[size]:
            size += 1
        return self.low[:size]


@dataclass(frozen=True, slots=True)
class All:
    """Every entry."""


@dataclass(frozen=True, slots=True)
class Any:
    """Entries that one of the parts finds; ranks add up."""

    parts: tuple[Op, ...]


@dataclass(frozen=True, slots=True)
class Both:
    """Entries that all of ``must`` find and none of ``never``; what ``maybe`` finds too ranks higher."""

    must: tuple[Op, ...]
    maybe: tuple[Op, ...] = ()
    never: tuple[Op, ...] = ()


@dataclass(frozen=True, slots=True)
class Scaled:
    """The part, its rank multiplied."""

    part: Op
    factor: float


@dataclass(frozen=True, slots=True)
class Silent:
    """The part as a filter, without any rank."""

    part: Op


@dataclass(frozen=True, slots=True)
class Rated:
    """A word: its rank is multiplied by how rare it is; ``rarity.rate`` does so, no engine meets one."""

    part: Op
    plain: Op
    """The word as such, without what else is found with it: by this it is counted."""


Op = Term | AnyOf | Matches | Like | Near | Close | Between | TermBetween | All | Any | Both | Scaled | Silent | Rated

_STEP = 256


def weight(factor: float) -> float:
    """The weight of a leaf: a multiple of 1/256, so that sums of them are exact in any order, up to 65,536."""
    return max(1.0, min(round(factor * _STEP), 1 << 24)) / _STEP
