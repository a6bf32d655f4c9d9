"""How alike two words are, for engines that must compare terms themselves."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache


def slips(term: str, word: str, most: int) -> bool:
    """Whether a term is at most so many slips (missing, added, changed or swapped letters) from a word."""
    return _distance()(term, word, score_cutoff=most) <= most


@cache
def _distance() -> Callable[..., int]:
    from rapidfuzz.distance import OSA  # only fuzzy queries pay for loading it

    return OSA.distance
