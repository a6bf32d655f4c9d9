"""More like this: the query by which entries like a given one are found.

It is an ordinary query, so rights, ranking and passages are those of any other. How telling a word is, is counted
within the rights of whoever asks: what they may not see has no part in what they are shown.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import combinations

from erecords.search.language.text import is_stop, normal, words
from erecords.search.language.words import form
from erecords.search.tree import And, AndMaybe, Boost, Node, Or, Span, Word

_CANDIDATES = 24
_KEPT = 12
_TELLING = 5
_SHORTEST = 4
_TITLE = 3
_LONGEST_TEXT = 100_000
_SPAN = Span(0, 0)


def like(title: str, text: str, count: Callable[[Node], int]) -> Node | None:
    """The query for what shares at least two of the most telling words of this title and text, and ranks by all.

    Args:
        title: counts three times.
        text: of all pages.
        count: how many entries a query finds within the rights of whoever asks.

    Returns:
        None when no word of it stands anywhere else.
    """
    weights = Counter(_stems(text[:_LONGEST_TEXT]))
    for stem in _stems(title):
        weights[stem] += _TITLE
    shown = {form(word).stem: word for word in reversed(words(normal(f"{title}\n{text[:_LONGEST_TEXT]}")))}
    likely = sorted(weights, key=lambda stem: (-weights[stem] * len(stem), stem))[:_CANDIDATES]
    worth: dict[str, float] = {}
    for stem in likely:
        entries = count(Word(shown[stem], None, _SPAN))
        if entries > 1:
            worth[stem] = (1.0 + math.log(weights[stem])) / math.log(1.0 + entries)
    best = sorted(worth, key=lambda stem: (-worth[stem], stem))[:_KEPT]
    if not best:
        return None
    asked = {stem: Word(shown[stem], None, _SPAN) for stem in best}
    pairs = tuple(And((asked[one], asked[other])) for one, other in combinations(best[:_TELLING], 2))
    must: Node = Or(pairs) if len(pairs) > 1 else next(iter(pairs), asked[best[0]])
    return AndMaybe(must, Or(tuple(Boost(asked[stem], 1.0 + math.log(weights[stem])) for stem in best)))


def _stems(text: str) -> Iterator[str]:
    """Stems of the words that may tell something: numbers are another letter's own."""
    for word in words(normal(text)):
        if len(word) >= _SHORTEST and word.isalpha() and not is_stop(word):
            yield form(word).stem
