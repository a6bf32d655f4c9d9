"""Spellings of file references: what people write for ``22.31-2026/000147``, brought to the form that is stored."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_PREFIX = re.compile(r"^(?:aktenzeichen|geschäftszeichen|akte|gesch\.?-?z\.?|az|gz)\b[.:\s]*", re.IGNORECASE)
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣－"), "-")
_NUMBERED = re.compile(r"^(?P<notation>.+?)\s*[-/_ ]\s*(?P<year>\d{4})\s*[-/_ ]\s*(?P<number>\d{1,9})$")
_MAX_LENGTH = 100


@dataclass(frozen=True, slots=True)
class Numbered:
    """A reference in the usual form: class, year and number in the series of both."""

    notation: str
    year: int
    number: int


def plain(text: str) -> str:
    """NFC, one kind of hyphen, single spaces, no space around separators; what a reference is stored as."""
    text = unicodedata.normalize("NFC", text).translate(_DASHES)
    return re.sub(r"\s*([-/])\s*", r"\1", " ".join(text.split()))


def parse(text: str) -> Numbered | None:
    """The parts of a reference in the usual form, written in whatever way; None for another form."""
    found = _NUMBERED.match(_PREFIX.sub("", plain(text)))
    if found is None:
        return None
    notation = re.sub(r"(?<=\d)\s+(?=[.\d])|(?<=\.)\s+", "", found["notation"])
    return Numbered(notation, int(found["year"]), int(found["number"]))


def spellings(text: str) -> tuple[str, ...]:
    """Under which stored references a written one may be found, most literal first."""
    literal = plain(text)
    found = [literal, _PREFIX.sub("", literal)]
    if parts := parse(text):
        found.append(f"{parts.notation}-{parts.year}/{parts.number:06d}")
    return tuple(dict.fromkeys(spelling for spelling in found if spelling))


def fit(text: str) -> bool:
    """Whether a given reference may be stored: not empty, one line, printable, at most 100 characters."""
    return bool(plain(text)) and len(text) <= _MAX_LENGTH and text.isprintable()
