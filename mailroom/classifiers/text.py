"""The words of a letter as features: folded, stemmed, taken apart, in pairs, and in pieces that survive OCR."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

import Stemmer

from erecords.search.language.words import form
from mailroom.fields.dates import spans
from mailroom.fields.lines import POSTCODE, Line, is_own, landmarks, lines_of
from mailroom.fields.people import looks_like_name
from mailroom.ports import PageText

_WORD = re.compile(r"[^\W\d_]{2,}")
_FOLDS = (("ä", "a"), ("ö", "o"), ("ü", "u"), ("ß", "ss"), ("ae", "a"), ("oe", "o"), ("ue", "u"))
_BARE = {ord(letter): plain for letter, plain in zip("ıđłø", "idlo", strict=True)}
for _code in range(0xC0, 0x250):
    _base = unicodedata.normalize("NFD", chr(_code))[0]
    if _base.isascii():
        _BARE[_code] = _base
_MAX_BODY = 6_000
_MAIL_HEADER = re.compile(r"(an|to|kopie|cc|von|from)\s*:\s.*@", re.IGNORECASE)
"""Lines of a message that name people, not a wish: `rechnung@` is an address and no invoice."""
_MAX_WORDS = 900


def fold(text: str) -> str:
    """Lower case, umlauts and their spellings (``ü``, ``ue``) alike, ``ß`` as ``ss``, other letters without marks."""
    low = text.lower()
    for old, new in _FOLDS:
        low = low.replace(old, new)
    return low if low.isascii() else low.translate(_BARE)


@lru_cache(maxsize=1)
def _stemmer() -> Stemmer.Stemmer:
    return Stemmer.Stemmer("german")


@lru_cache(maxsize=60_000)
def _word_features(word: str) -> tuple[str, ...]:
    """Features of one folded word: its stem, those of a compound's parts, and its pieces of four to six letters."""
    padded = f" {word} "
    pieces = tuple(f"c{padded[i : i + n]}" for n in (4, 5, 6) for i in range(len(padded) - n + 1))
    compound = form(word).compound
    parts = tuple(f"w{_stemmer().stemWord(part)}" for part in compound.parts) if compound else ()
    return (f"w{_stemmer().stemWord(word)}", *parts, *pieces)


def words(text: str) -> list[str]:
    """The words of a text as they stand, without what has digits."""
    return _WORD.findall(text)[:_MAX_WORDS]


def features(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """Each word of a text as it stands, with its features and the pair that it makes with the word before."""
    result = []
    previous = ""
    for word in words(text):
        own = _word_features(fold(word))
        pair = f"b{previous} {own[0][1:]}"
        result.append((word, (*own, pair) if previous else own))
        previous = own[0][1:]
    return result


def body(pages: Sequence[PageText], own_names: Iterable[str]) -> list[Line]:
    """The lines that say what a letter wants: no address field, no date or name alone, nothing below the greeting."""
    names = tuple(own_names)
    kept: list[Line] = []
    size = 0
    for page in pages[:4]:
        lines = lines_of(page)
        marks = landmarks(lines, names)
        for line in lines:
            if (
                line.index in marks.address
                or line.index >= marks.closing
                or _says_nothing(line, marks.salutation, names)
            ):
                continue
            kept.append(line)
            size += len(line.text)
            if size > _MAX_BODY:
                return kept
    return kept


def _says_nothing(line: Line, salutation: int, own_names: tuple[str, ...]) -> bool:
    text = line.text
    if _MAIL_HEADER.match(text) and line.index < 8:
        return True
    if line.index == salutation:
        return len(text) < 45
    if line.index > 14 and line.top > 0.4:
        return False
    rest = text
    for start, end, _ in reversed(spans(text)):
        rest = rest[:start] + rest[end:]
    if not _WORD.search(rest):
        return True
    short = len(text) < 90 and (line.index < salutation or salutation == 0)
    return short and bool(
        POSTCODE.search(text) or looks_like_name(text) or (line.index < 8 and is_own(text, own_names, 94.0))
    )
