"""Letters that people filed after the model was learned: a letter like one of them follows it at once."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailroom.classifiers.text import fold


@dataclass(frozen=True, slots=True)
class Recent:
    """A letter that people filed after the model was learned."""

    label: str
    words: frozenset[str]
    source: str


def telling(text: str) -> frozenset[str]:
    """The words of a text by which it is held against others: folded, of four letters and more, without numbers."""
    return frozenset(re.findall(r"[a-z]{4,}", fold(text)))
