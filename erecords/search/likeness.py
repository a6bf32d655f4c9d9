"""How alike two words are, for engines that must compare terms themselves."""

from __future__ import annotations

from rapidfuzz.distance import OSA


def slips(term: str, word: str, most: int) -> bool:
    """Whether a term is at most so many slips (missing, added, changed or swapped letters) from a word."""
    return OSA.distance(term, word, score_cutoff=most) <= most
