"""German words: spelling folded, stems by Snowball, compounds taken apart by a list of head words.

A compound is split only when head words of ``data/german_heads.txt`` with their linking letters cover it from the first
letter to the last: *Gewerbeanmeldung* is gewerbe + anmeldung, but *Gewerbe* holds no *Erbe*, because *Gew* is no word.
A head word is never split itself, so *Bahnhof* is no *Hof*.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import Stemmer

from erecords.search.language import misreading

_DATA = Path(__file__).with_name("data")
_MARKS = re.compile(r"[\u0300-\u036f]")
_JOINERS = re.compile(r"[-\u2010\u2011\u00ad\s]+")
_FOLD = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "oe", "å": "aa", "ı": "i", "ł": "l"}
    | {"đ": "d", "ð": "d", "þ": "th"}
)
_PLAIN = re.compile(r"ae|oe|(?<![aeq])ue")
_LONGEST = 48
"""Longer words are no German words; they are not split."""
_MOST_PARTS = 5
_CUT = 100
"""What is longer is no word; only its beginning is kept."""
_REMEMBERED = 1 << 17
_STREET = re.compile(r"(?:\w{3,})?str")
"""Straße for short, alone or at the end of a name."""
_NAMED = ("strasse", "gasse", "platz", "allee")
"""What makes a compound with any name before it: Lößnitzerstraße, Postplatz."""
_PREFIXES = frozenset(("ab", "an", "auf", "aus", "ein", "nach", "uber", "um", "unter", "vor", "zu"))
"""What may hang before any noun, without the dots of umlauts."""
_SHORTEST_NAME = 4
_SHORTEST_REST = 4
_SHORTEST = 7
"""The shortest compound that is split (``Amtstag``)."""


@dataclass(frozen=True, slots=True)
class Compound:
    """A word taken apart."""

    parts: tuple[str, ...]
    """Stems of the head words, in order."""
    inner: tuple[str, ...]
    """Stems of the compounds within it: hundesteuer and steuerbescheid in hundesteuerbescheid."""
    terms: tuple[str, ...]
    """All stems under which it is found beside its own: parts and inner."""
    pairs: tuple[tuple[str, str], ...]
    """Each way to read it as two words: (hund, steuerbescheid), (hundesteuer, bescheid)."""


@dataclass(frozen=True, slots=True)
class Form:
    """What is known of one word."""

    exact: str
    """The word without regard to case and to the spelling of umlauts and ß."""
    plain: str
    """The same with each umlaut as one letter, as fuzzy search counts it."""
    stem: str
    compound: Compound | None
    further: tuple[str, ...] = ()
    """The terms of its compound, and of what it may be where OCR misread it."""


class _Forms(dict[str, Form]):
    """Words that were met, with what is known of them; a plain dictionary, because every word of every text asks it."""

    def __missing__(self, raw: str) -> Form:
        if len(self) >= _REMEMBERED:
            self.clear()
        found = self[raw] = _analyse(raw)
        return found


_FORMS = _Forms()
form = _FORMS.__getitem__
"""``form(raw)``: analyse one word as it stands in a text (line-end hyphens inside it are removed)."""


def _analyse(raw: str) -> Form:
    exact = fold(raw[:_CUT])[:_CUT]
    misread = _misread(raw[:_CUT])
    if not exact.isalpha():
        return Form(exact, exact, exact, None, misread)
    plain = without_umlauts(exact)
    whole = plain + "asse" if _STREET.fullmatch(plain) else plain
    found = _split(whole)
    if not found:
        return Form(exact, plain, _stem(whole, found), None, misread)
    compound = _compound(found)
    return Form(exact, plain, _stem(whole, found), compound, compound.terms + misread)


def completed(fragment: str, word: str) -> str | None:
    """What a hanging hyphen stands for: *Ordnungs-* und *Gewerbeamt* have Ordnungsamt, *An-* und *Abmeldung* Anmeldung.

    None where nothing of the other word fits.
    """
    start, whole = (without_umlauts(fold(one[:_CUT])) for one in (fragment, word))
    if pieces := _split(whole):
        return start + whole[pieces[1].start :]
    rests = [whole[at:] for at in range(1, len(whole) - _SHORTEST_REST + 1)]
    known = [start + rest for rest in rests if _heads().last(start + rest) is not None]
    if not known and start in _PREFIXES:
        known = [start + rest for rest in rests if _heads().last(rest) is not None]
    return next(iter(known), None)


def _misread(raw: str) -> tuple[str, ...]:
    """Stems, and those of parts, of the words that this may be where OCR misread it."""
    found: list[str] = []
    for folded in misreading.words(raw, fold, _known):
        plain = without_umlauts(folded)
        pieces = _split(plain)
        found += [_stem(plain, pieces), *(_compound(pieces).terms if pieces else ())]
    return tuple(dict.fromkeys(found))


def _known(folded: str) -> bool:
    """Whether a word is in the list of head words, or made of them."""
    plain = without_umlauts(folded)
    return _heads().last(plain) is not None or bool(_of_heads(plain))


def fold(raw: str) -> str:
    """A word in lower case with ä as ae, ß as ss and other accents taken off; ligatures and wide forms are resolved."""
    if raw.isascii():
        text = raw.lower()
        return text if text.isalnum() else _JOINERS.sub("", text)
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", _JOINERS.sub("", raw)).lower())
    text = text.translate(_FOLD)
    return text if text.isascii() else _MARKS.sub("", unicodedata.normalize("NFD", text))


def stem(raw: str) -> str:
    """The stem under which inflected forms of a word meet."""
    return form(raw).stem


@lru_cache(maxsize=1 << 16)
def english_stem(exact: str) -> str:
    """The stem of an English word (folded)."""
    return str(_english().stemWord(exact))


def without_umlauts(exact: str) -> str:
    """A folded word without umlauts, as OCR often reads them: mueller -> muller; neue and bauer stay."""
    return _PLAIN.sub(lambda found: found[0][0], exact) if "e" in exact else exact


@cache
def _german() -> Any:
    return Stemmer.Stemmer("german", 0)


@cache
def _english() -> Any:
    return Stemmer.Stemmer("english", 0)


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    stem: str


def _listed(name: str) -> list[str]:
    lines = (_DATA / name).read_text(encoding="utf-8").splitlines()
    return [entry for line in lines if not line.startswith("#") for entry in line.split()]


class _Heads:
    """The list of head words, ready for look-up; all keys are without umlauts."""

    def __init__(self) -> None:
        self.whole: dict[str, str] = {}
        self.first: dict[str, str] = {}
        self.stems: set[str] = set()
        self.guarded: set[str] = set()
        entries = _listed("german_heads.txt")
        for word in [*(entry.partition("/")[0] for entry in entries), *_listed("german_er.txt")]:
            plain = without_umlauts(fold(word))
            if plain.endswith("er"):
                self.guarded.update((plain, plain + "s", plain + "n"))
        for entry in entries:
            self._add(*entry.split("/"))
        self.longest = max(map(len, self.first))

    def _add(self, word: str, *forms: str) -> None:
        head = without_umlauts(fold(word))
        meaning = self.simple_stem(head)
        self.stems.add(meaning)
        for text in {head, *(without_umlauts(fold(one)) for one in forms)}:
            self.whole[text] = meaning
            endings = ["", "s"] if text[-1] in "aeiouy" else ["", "s", "es", "en"]
            if text.endswith("e"):
                endings.append("n")
            for ending in endings:
                self.first.setdefault(text + ending, meaning)
            if text.endswith("e") and len(text) > 4:
                self.first.setdefault(text[:-1], meaning)

    def simple_stem(self, plain: str) -> str:
        """The stem of a word that is no compound."""
        if plain in self.guarded:
            return plain if plain.endswith("er") else plain[:-1]
        return str(_german().stemWord(plain))

    def last(self, text: str) -> str | None:
        """The stem of the head word of which this is an inflected form."""
        known = self.whole.get(text)
        if known is not None:
            return known
        if len(text) < 4:
            return None
        found = self.simple_stem(text)
        agent = text.endswith(("er", "ern", "ers")) and text not in self.guarded
        return found if found in self.stems and not agent else None


@cache
def _heads() -> _Heads:
    return _Heads()


def _split(plain: str) -> tuple[_Piece, ...]:
    """What a word is made of; empty when it is not."""
    return _of_heads(plain) or _after_a_name(plain)


def _of_heads(plain: str) -> tuple[_Piece, ...]:
    """The fewest head words that cover the word, the longest last one among equals; empty when there are none."""
    if not _SHORTEST <= len(plain) <= _LONGEST or _heads().last(plain) is not None:
        return ()
    return _cover(plain, 0, _MOST_PARTS, {}) or ()


def _after_a_name(plain: str) -> tuple[_Piece, ...]:
    """A street or square after a name that is in no list."""
    for kind in _NAMED:
        start = plain.rfind(kind, 0, _LONGEST)
        last = _heads().last(plain[start:]) if start >= _SHORTEST_NAME else None
        if last is not None:
            name = plain[:start]
            return _Piece(0, _heads().simple_stem(name)), _Piece(start, last)
    return ()


def _cover(
    plain: str, start: int, most: int, seen: dict[tuple[int, int], tuple[_Piece, ...] | None]
) -> tuple[_Piece, ...] | None:
    key = (start, most)
    if key in seen:
        return seen[key]
    heads, size = _heads(), len(plain)
    best: tuple[_Piece, ...] | None = None
    if start:
        last = heads.last(plain[start:]) if size - start >= 3 else None
        best = (_Piece(start, last),) if last is not None else None
    if best is None and most > 1:
        for end in range(start + 2, min(size - 2, start + heads.longest) + 1):
            first = heads.first.get(plain[start:end])
            rest = _cover(plain, end, most - 1, seen) if first else None
            if first and rest and (best is None or len(rest) + 1 < len(best)):
                best = (_Piece(start, first), *rest)
    seen[key] = best
    return best


def _stem(plain: str, pieces: tuple[_Piece, ...]) -> str:
    return _joined(pieces) if pieces else _heads().simple_stem(plain)


def _compound(pieces: tuple[_Piece, ...]) -> Compound:
    count = len(pieces)
    inner = [_joined(pieces[i:j]) for i in range(count) for j in range(i + 2, count + 1) if (i, j) != (0, count)]
    pairs = tuple((_joined(pieces[:i]), _joined(pieces[i:])) for i in range(1, count))
    parts = tuple(dict.fromkeys(piece.stem for piece in pieces))
    return Compound(parts, tuple(dict.fromkeys(inner)), tuple(dict.fromkeys([*parts, *inner])), pairs)


def _joined(pieces: tuple[_Piece, ...]) -> str:
    """The stem of a compound: without its linking letters, so that Schadenersatz and Schadensersatz are one word."""
    return "".join(piece.stem for piece in pieces)
