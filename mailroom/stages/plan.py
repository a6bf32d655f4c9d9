"""Decide for each page what is read from it: its own text, its picture, or both; and share pages among workers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mailroom.stages.pages import Box, PageFacts

_LEAST_SHARE = 0.02
_LEAST_WIDTH, _LEAST_HEIGHT = 40.0, 9.0
"""Points; a smaller picture is a logo's part, a line or a dot."""
_LAYER_LETTERS = 10
_LETTER_CHARS, _LOGO_SHARE = 400, 0.08
"""On a page with so much text of its own, a picture smaller than this share is its logo, stamp or signature."""


class Way(StrEnum):
    """How the text of a page is won."""

    OWN = "own"
    READ = "read"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class PagePlan:
    """What happens to a page; ``regions`` are the pictures to read on a page that has text of its own as well."""

    number: int
    way: Way
    regions: tuple[Box, ...] = ()


def plan_page(number: int, facts: PageFacts) -> PagePlan:
    """Own text is believed where there is some and its font says what it means; pictures beside it are read.

    The layer of an earlier OCR is kept: no second one is laid over it.
    """
    if not facts.readable:
        return PagePlan(number, Way.READ)
    if facts.hidden and facts.chars >= _LAYER_LETTERS:
        return PagePlan(number, Way.OWN)
    regions = tuple(box for box in (_clip(box, facts) for box in facts.images) if _worth(box, facts))
    return PagePlan(number, Way.BOTH, regions) if regions else PagePlan(number, Way.OWN)


def _clip(box: Box, facts: PageFacts) -> Box:
    return max(0.0, box[0]), max(0.0, box[1]), min(facts.width, box[2]), min(facts.height, box[3])


def _worth(box: Box, facts: PageFacts) -> bool:
    width, height = box[2] - box[0], box[3] - box[1]
    share = width * height / max(1.0, facts.width * facts.height)
    least = _LOGO_SHARE if facts.chars > _LETTER_CHARS else _LEAST_SHARE
    return width >= _LEAST_WIDTH and height >= _LEAST_HEIGHT and share >= least


def plan_chunks(first: int, last: int, pages: int) -> tuple[tuple[int, int], ...]:
    """Cut the range of pages from ``first`` to ``last`` (both included) into pieces of at most ``pages``.

    The cut depends on the range alone, so results are the same on any number of workers.
    """
    return tuple((start, min(start + pages - 1, last)) for start in range(first, last + 1, pages))
