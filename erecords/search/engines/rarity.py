"""How much a word counts beside the others of its query: the rarer, the more, as the asker could count it.

Engines would count over the whole index, so that the order of two open letters told how many hidden ones have a word
(decision 14). Here every count is that of a search within the rights, and only a query of several words has any.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from erecords.search.engines.plan import Any, Both, Op, Rated, Scaled, Silent


def rate(op: Op, count: Callable[[Op], int]) -> Op:
    """The operation with a factor in place of each ``Rated``.

    Args:
        op: as ``lower`` made it.
        count: how many entries an operation finds within the rights.
    """
    words = set(_ranked(op))
    factors = {plain: _factor(count(plain)) for plain in words} if len(words) > 1 else {}
    return _with(op, factors)


def _factor(count: int) -> float:
    """1 for what nothing has, a half for 6, an eighth for 6,600."""
    return math.log(3.0) / math.log(3.0 + count)


def _ranked(op: Op) -> Iterator[Op]:
    """What is to be rated, where it has a rank."""
    match op:
        case Rated(_, plain):
            yield plain
        case Any(parts):
            for part in parts:
                yield from _ranked(part)
        case Both(must, maybe):
            for part in (*must, *maybe):
                yield from _ranked(part)
        case Scaled(part):
            yield from _ranked(part)


def _with(op: Op, factors: dict[Op, float]) -> Op:
    match op:
        case Rated(part, plain):
            return Scaled(part, factors.get(plain, 1.0))
        case Any(parts):
            return Any(tuple(_with(part, factors) for part in parts))
        case Both(must, maybe, never):
            sides = (tuple(_with(part, factors) for part in side) for side in (must, maybe, never))
            return Both(*sides)
        case Scaled(part, factor):
            return Scaled(_with(part, factors), factor)
        case Silent(part):
            return Silent(_with(part, factors))
        case _:
            return op
