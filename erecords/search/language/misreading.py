"""What a word may really be where OCR misread it: ``Miiller``, ``StraBe``, ``0rdnungsamt``, ``Anrneldung``.

Signs that no German word has (a digit or a capital B among small letters, a double i) are taken for what they look
like. Letters that make other words (rn for m) are so only where the word is unknown and what comes out is known.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_CAPITAL_B = re.compile(r"(?<=[a-zäöü])B(?=[a-zäöü]|$)")
_DIGIT = re.compile(r"\d")
_LETTERS = re.compile(r"[^\W\d_]")
_LIKE_LETTERS = ({"0": "o", "1": "l", "5": "s", "8": "b"}, {"0": "o", "1": "i", "5": "s", "8": "b"})
_FEWEST_LETTERS = 4
_PAIRS = (("rn", "m"), ("rri", "m"), ("cl", "d"), ("vv", "w"))
_DIGITS = re.compile(r"(?<=\d)o+|o+(?=\d)|(?<=\d)[li](?=\d)")


def words(raw: str, fold: Callable[[str], str], known: Callable[[str], bool]) -> list[str]:
    """Words, folded, that a word as it stands in a text may have been; none for nearly every word."""
    found: list[str] = []
    if _DIGIT.search(raw):
        return _without_digits(fold(raw))
    if "B" in raw and _CAPITAL_B.search(raw):
        found.append(fold(_CAPITAL_B.sub("ss", raw)))
    folded = fold(raw)
    if "ii" in folded:
        found.append(folded.replace("ii", "ue"))
    if any(wrong in folded for wrong, _ in _PAIRS) and not known(folded):
        found += [word for word in _put_right(folded) if known(word)]
    return found


def _without_digits(folded: str) -> list[str]:
    """A word with a digit or two inside; what has more of them, or others, is a number."""
    digits = _DIGIT.findall(folded)
    letters = len(_LETTERS.findall(folded))
    likely = letters >= _FEWEST_LETTERS and len(digits) * 4 <= letters and set(digits) <= {"0", "1", "5", "8"}
    if not likely or folded[-1] in "158":
        return []
    return list(dict.fromkeys("".join(table.get(c, c) for c in folded) for table in _LIKE_LETTERS))


def _put_right(folded: str) -> list[str]:
    """The word with one of the pairs put right, at each place and everywhere."""
    found = []
    for wrong, right in _PAIRS:
        places = [match.start() for match in re.finditer(wrong, folded)]
        found += [folded[:at] + right + folded[at + len(wrong) :] for at in places]
        if len(places) > 1:
            found.append(folded.replace(wrong, right))
    return found


def code(squeezed: str) -> str:
    """A squeezed number with letters beside its digits read as digits: ``2o26`` -> ``2026``."""
    return _DIGITS.sub(lambda found: "0" * len(found[0]) if found[0][0] == "o" else "1", squeezed)
