"""Which of a page's own words a reader sees: text may be white, covered, outside the page, or on a layer put out.

What nobody sees must not decide where a letter goes; and the layer that another program laid under a scan is believed
only where it fits the scan.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mailroom.ports import Word

if TYPE_CHECKING:
    from mailroom.engines.reading import Grey

DPI = 100
_LEAST_CONTRAST = 12
"""Steps of grey, of 255, between the darkest and the brightest spot of a word."""
_LEAST_FITTING = 0.7
"""Share of the words of a layer that must lie on ink."""
_MOST_ODD = 0.3
"""Share of the longer words of a layer that may look like none."""
_LONGER = 4
_ENOUGH = 5
_VOWELS = frozenset("aeiouyäöüáàâéèêëíìîïóòôúùûåæøœ")


def seen(words: Sequence[Word], page: Grey) -> tuple[bool, ...]:
    """Per word whether something stands at its place on the picture of the page."""
    height, width = page.pixels.shape
    scale = page.dpi / 72
    found = []
    for word in words:
        left, right = max(0, int(word.x0 * scale) - 1), min(width, int(word.x1 * scale) + 2)
        top, bottom = max(0, int(word.y0 * scale) - 1), min(height, int(word.y1 * scale) + 2)
        if left >= right or top >= bottom:
            found.append(False)
            continue
        place = page.pixels[top:bottom, left:right]
        found.append(int(place.max()) - int(place.min()) >= _LEAST_CONTRAST)
    return tuple(found)


def by_line(words: Sequence[Word], flags: Sequence[bool]) -> tuple[bool, ...]:
    """Of a layer, whose words lie a little beside the ink of the scan: a line is seen where half of its words are."""
    lines: dict[int, list[bool]] = {}
    for word, flag in zip(words, flags, strict=True):
        lines.setdefault(word.line, []).append(flag)
    return tuple(sum(lines[word.line]) * 2 >= len(lines[word.line]) for word in words)


def only_seen(words: Sequence[Word], text: str, flags: Sequence[bool]) -> tuple[tuple[Word, ...], str, int]:
    """The words that are seen, their text line by line, and how many letters are not."""
    if all(flags):
        return tuple(words), text, 0
    kept = tuple(word for word, flag in zip(words, flags, strict=True) if flag)
    lines: dict[int, list[str]] = {}
    for word in kept:
        lines.setdefault(word.line, []).append(word.text)
    unseen = sum(_letters(word) for word, flag in zip(words, flags, strict=True) if not flag)
    return kept, "\n".join(" ".join(line) for line in lines.values()), unseen


def is_credible(words: Sequence[Word], flags: Sequence[bool]) -> bool:
    """Whether a layer of text that is not painted can stand for the scan over it: it lies on ink and reads as words."""
    if not words or sum(flags) / len(words) < _LEAST_FITTING:
        return False
    longer = [word.text.strip(".,;:!?()\"'„“”/") for word in words if _letters(word) >= _LONGER]
    if len(longer) < _ENOUGH:
        return True
    return sum(map(_is_odd, longer)) / len(longer) <= _MOST_ODD


def _letters(word: Word) -> int:
    return sum(character.isalnum() for character in word.text)


def _is_odd(word: str) -> bool:
    """Whether it looks like no word: figures among letters, capitals in its middle, or no vowel."""
    letters = [character for character in word if character.isalpha()]
    if not letters:
        return False
    if any(character.isdigit() for character in word) and not word.isupper():
        return True
    inside = word[1:]
    if any(character.isupper() for character in inside) and not word.isupper() and "-" not in word:
        return True
    return len(letters) >= _LONGER and not word.isupper() and not _VOWELS.intersection(word.lower())
