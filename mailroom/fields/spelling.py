"""Put names right that OCR misread: where they stand several times on a letter, and where they are known already.

Tesseract's German model has no ``ë``, ``ş`` or ``ı``: it reads the next best letter, and loses dots more often than
it invents them. So the readings of one name are laid over each other, and what only a foreign mark tells from a known
name is that name.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache

from rapidfuzz import fuzz

from mailroom.fields.given_names import given_names
from mailroom.fields.lines import Line, columns

_ALIKE = 82
_PARTS = re.compile(r"\s*(?:[·•|*∙;}{]|\s[-–—:]\s|,)\s*")
_WORD = re.compile(r"[^\W\d_]+")
_MISREAD = re.compile(r"[^\W\d_]+(?:&[^\W\d_]*)?")
_GERMAN = frozenset("abcdefghijklmnopqrstuvwxyzäöüß")
_PLAIN = str.maketrans("ıđłøĐŁØ", "idloDLO")
_MARKED = 0.35
"""What a mark is worth beside the confidence of a word: OCR drops dots, it hardly makes any."""


def agreed(name: str, places: Sequence[Line], lines: Iterable[Line]) -> str:
    """The spelling of a name on which its readings agree, letter by letter; the name itself where it stands once.

    Args:
        name: as it was read at its best place.
        places: the lines that hold it.
        lines: all lines where it may stand once more (return line, signature, footer).
    """
    readings = [
        (part, _confidence(line))
        for line in dict.fromkeys((*places, *lines))
        for column in columns(line)
        for part in _PARTS.split(column.text)
        if abs(len(part) - len(name)) <= 2 and fuzz.ratio(part.casefold(), name.casefold()) >= _ALIKE
    ]
    if len(readings) < 2:
        return name
    by_length: dict[int, float] = defaultdict(float)
    for part, sure in readings:
        by_length[len(part)] += sure
    length = max(by_length, key=lambda size: (by_length[size], size == len(name)))
    same = [(part, sure) for part, sure in readings if len(part) == length]
    return "".join(_letter([(part[place], sure) for part, sure in same]) for place in range(length)).strip()


def _letter(readings: Sequence[tuple[str, float]]) -> str:
    votes: dict[str, float] = defaultdict(float)
    for letter, sure in readings:
        votes[letter] += sure
    plain = {_bare(letter) for letter in votes}
    if len(plain) == 1 and len(votes) == 2:
        for letter in votes:
            votes[letter] += _MARKED * len(readings) if _bare(letter) != letter else 0.0
    return max(votes, key=lambda letter: votes[letter])


def _confidence(line: Line) -> float:
    return sum(word.confidence for word in line.words) / len(line.words) if line.words else 0.9


def _bare(text: str) -> str:
    """A text without its marks."""
    split = unicodedata.normalize("NFD", text.translate(_PLAIN))
    return "".join(letter for letter in split if not unicodedata.combining(letter))


def foreign_words(texts: Iterable[str]) -> tuple[str, ...]:
    """The capitalised words of some texts that have a letter which German lacks: names whose spelling is known."""
    found = {
        word
        for text in texts
        for word in _WORD.findall(text)
        if len(word) > 2 and word[0].isupper() and not word.isupper() and not _GERMAN.issuperset(word.casefold())
    }
    return tuple(sorted(found))


@lru_cache(maxsize=1)
def _foreign_given() -> tuple[str, ...]:
    return tuple(sorted(name.title() for name in given_names() if not _GERMAN.issuperset(name.replace("-", ""))))


def respelt(name: str, known: Iterable[str]) -> str:
    """A name with each word put right that differs from a known one in nothing but a foreign letter.

    Args:
        name: as read.
        known: words of :func:`foreign_words`; they go before the given names that all know.
    """
    learned = tuple(known)
    return _MISREAD.sub(lambda match: _respelt(match.group(), learned), name)


def _respelt(word: str, known: tuple[str, ...]) -> str:
    if len(word) < 3 or not _GERMAN.issuperset(_bare_but_umlauts(word.replace("&", ""))):
        return word
    for one in known:
        if _differs_in_marks_only(word, one):
            return one
    if word.casefold() in given_names():
        return word
    return next((one for one in _foreign_given() if _differs_in_marks_only(word, one)), word)


def _bare_but_umlauts(word: str) -> str:
    return "".join(letter if letter in _GERMAN else _bare(letter) for letter in word.casefold())


def _differs_in_marks_only(read: str, known: str) -> bool:
    """Whether every letter is the same but those that German lacks, for which OCR puts one that looks like it."""
    if len(read) != len(known):
        return False
    pairs = list(zip(read.casefold(), known.casefold(), strict=False))
    return all(
        one == other
        or (other not in _GERMAN and (_bare(one) == _bare(other) or (one in "äöüéèêó&" and other in "ëéèêôó")))
        for one, other in pairs
    )
