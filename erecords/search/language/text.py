"""The analysis that all engines share: from a text to the terms of its planes.

A field has five planes: ``x`` the exact forms in order (phrases, wildcards, fuzzy), ``s`` the stems in order, ``p``
further terms without order (stems of compound parts and of what OCR misread, ``=`` joined hyphen words, ``#`` numbers,
``@`` English stems), ``f`` words with umlauts as one letter, for fuzzy search, and ``o`` the stems that stand there
often. Each plane is one string with terms separated by spaces, so an engine needs nothing but a splitter at spaces.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from operator import attrgetter
from pathlib import Path

import Stemmer

from erecords.search.language import numbers
from erecords.search.language.words import completed, english_stem, form

VERSION = 7
"""Raise it whenever the same text gives other terms: every index then asks for a rebuild."""

_DATA = Path(__file__).with_name("data")
_JOIN = r"(?:\u00ad\s*|[-\u2010\u2011]\s*\n\s*(?=[a-zäöüß])(?!(?:und|oder|bzw|sowie|u)\b))"
_WORD = re.compile(rf"[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*(?:{_JOIN}[^\W_]+)*")
_SPECIAL = re.compile("[\u00ad\u0300-\u036f]|[-\u2010\u2011]\\s*\\n")
"""What makes a word more than a run of letters and digits."""
_PLAIN_WORD = re.compile(r"\w+")
_HYPHENED = re.compile(r"[^\W\d_]+(?:[-\u2010\u2011][^\W\d_]+)+")
_HANGS = re.compile("[-\u2010\u2011],?\\s")
_HANGING = re.compile(
    r"\b((?:[^\W\d_]+[-\u2010\u2011],?\s+)+)(?:und|oder|bzw\.?|sowie|u\.)\s+([^\W\d_]+(?:[-\u2010\u2011][^\W\d_]+)*)"
)
_FRAGMENT = re.compile(r"([^\W\d_]+)[-\u2010\u2011],?\s")
_OFTEN, _BEFORE = 150, 100
"""Often is once in so many words, of which the first stands as if so many had gone before: twice in 200 words."""
_LOOSE_MARK = re.compile(r"([aouAOU]) ?\u00a8|\u00a8 ?([aouAOU])")


@dataclass(frozen=True, slots=True)
class Planes:
    """The terms of one text, each plane as one string."""

    x: str
    s: str
    p: str
    f: str
    o: str


@dataclass(frozen=True, slots=True)
class Token:
    """A word where it stands in the normal form of a text."""

    start: int
    end: int
    raw: str


def fingerprint() -> str:
    """Identifies this analysis; an index made under another one is rebuilt, never searched."""
    digest = hashlib.sha256(f"{VERSION} {Stemmer.version()} {unicodedata.unidata_version}".encode())
    for path in sorted(_DATA.glob("*.txt")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def normal(text: str) -> str:
    """The form in which all texts are analysed: NFC, and umlauts that OCR read as letter and dots put together."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\x00", " "))
    if "\u00a8" in text:
        text = _LOOSE_MARK.sub(lambda found: f"{found[1] or found[2]}\u0308", text)
        text = unicodedata.normalize("NFC", text)
    return text


def words(text: str) -> list[str]:
    """The words of a text in normal form, in order; the same as those of ``tokens``, but faster for plain texts."""
    if _SPECIAL.search(text):
        return _WORD.findall(text)
    return _PLAIN_WORD.findall(text.replace("_", " "))


def tokens(text: str) -> Iterator[Token]:
    """The words of a text in normal form with their places."""
    return (Token(match.start(), match.end(), match[0]) for match in _WORD.finditer(text))


def hyphened(text: str) -> list[str]:
    """Words with hyphens inside, as one word each (``Hunde-Anmeldung`` -> ``HundeAnmeldung``)."""
    chunks = [chunk for chunk in text.split() if "-" in chunk or "\u2010" in chunk or "\u2011" in chunk]
    return [re.sub(r"[-\u2010\u2011]", "", found) for chunk in chunks for found in _HYPHENED.findall(chunk)]


def completions(text: str) -> list[str]:
    """The words that hanging hyphens of a text in normal form stand for (``Ordnungs- und Gewerbeamt``: ordnungsamt)."""
    found: list[str] = []
    for match in _HANGING.finditer(text) if _HANGS.search(text) else ():
        last = re.sub(r"[-\u2010\u2011]", "", match[2])
        meant = (completed(fragment, last) for fragment in _FRAGMENT.findall(match[1]))
        found += [word for word in meant if word is not None]
    return found


def is_stop(word: str) -> bool:
    """Whether a word is so common that a query does not insist on it."""
    exact = form(word).exact
    return exact in _stop_words("german") or exact in _stop_words("english")


def is_label(word: str) -> bool:
    """Whether a word only says what the number beside it is (``Az.``, ``Nr.``, ``Euro``)."""
    return form(word.strip(".:")).exact in _listed("number_labels")


def _stop_words(language: str) -> frozenset[str]:
    return _listed(f"stop_{language}")


@cache
def _listed(name: str) -> frozenset[str]:
    return frozenset((_DATA / f"{name}.txt").read_text(encoding="utf-8").split())


_exact, _plain, _stem, _further = map(attrgetter, ("exact", "plain", "stem", "further"))


def planes(text: str) -> Planes:
    """Analyse a text."""
    text = normal(text)
    found = words(text)
    forms = list(map(form, found))
    further = set(chain.from_iterable(map(_further, map(form, set(found)))))
    for joined in hyphened(text):
        one = form(joined)
        further.update((one.stem, f"={one.exact}"), one.further)
    for word in completions(text):
        one = form(word)
        further.update((one.stem,), one.further)
    pieces = list(numbers.near_digits(text))
    further.update([f"#{code}" for code in numbers.codes(pieces)])
    further.update([f"#d{day}" for day in numbers.days(pieces)])
    exact = list(map(_exact, forms))
    different = set(exact)
    if _is_english(different):
        further.update([f"@{english_stem(word)}" for word in different])
    plain = set(map(_plain, forms)) - different
    stems = list(map(_stem, forms))
    enough = (len(stems) + _BEFORE) / _OFTEN
    often = [stem for stem, count in Counter(stems).items() if count >= enough]
    return Planes(*map(" ".join, (exact, stems, sorted(further), sorted(plain), often)))


def _is_english(different: set[str]) -> bool:
    english = len(different & _stop_words("english"))
    return english >= 2 and english > 2 * len(different & _stop_words("german"))
