"""The passage of a text that shows best why it was found, with the hits marked.

The text comes from the record store, since no index keeps it; the same analysis decides what a hit is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from erecords.search.language import numbers
from erecords.search.language.likeness import slips
from erecords.search.language.text import Token, is_stop, normal, tokens, words
from erecords.search.language.words import Form, fold, form, without_umlauts
from erecords.search.lower import pattern_of
from erecords.search.tree import Field, Fuzzy, Leaf, Node, Phrase, Wildcard, Word, leaves

ELLIPSIS = "…"
_HERE = frozenset({None, Field.TEXT})
_LONGEST_TEXT = 2_000_000
"""What stands further back than so many characters is not looked at for a passage."""
_BROKEN = re.compile(r"[-\u2010\u2011]\s*\n\s*(?=[a-zäöüß])|\u00ad\s*")
_SPACE = re.compile(r"\s+")
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Snippet:
    """A passage on one line."""

    text: str
    marks: tuple[tuple[int, int], ...]
    """Start and end of each hit in ``text``."""

    def marked(self, before: str, after: str) -> str:
        """The passage with signs around each hit."""
        pieces: list[str] = []
        at = 0
        for start, end in self.marks:
            pieces += [self.text[at:start], before, self.text[start:end], after]
            at = end
        return "".join([*pieces, self.text[at:]])


@dataclass(frozen=True, slots=True)
class _Hit:
    start: int
    end: int
    wish: int
    """Which part of the query it answers."""


def snippet(text: str, tree: Node, width: int = 160) -> Snippet:
    """The best passage of about ``width`` characters: the most parts of the query, then the most hits, then the first.

    Without any hit in the text (the title was found, for example) it is the beginning.
    """
    text = normal(text[:_LONGEST_TEXT])
    hits = _without_overlaps(_hits(text, list(_wishes(tree))))
    start, end = _window(text, hits, width)
    return _cut(text, start, end, [hit for hit in hits if start <= hit.start and hit.end <= end])


def _wishes(node: Node) -> Iterator[Leaf]:
    """The leaves that can stand in a text; what is to be left out is nothing to mark."""
    return (leaf for leaf in leaves(node, left_out=False) if leaf.field in _HERE)


def _hits(text: str, wishes: Sequence[Leaf]) -> list[_Hit]:
    found: list[_Hit] = []
    everywhere = list(tokens(text))
    forms = [form(token.raw) for token in everywhere]
    for number, wish in enumerate(wishes):
        match wish:
            case Word():
                found += _word_hits(wish.text, number, text, everywhere, forms)
            case Phrase():
                found += _phrase_hits(wish, number, everywhere, forms)
            case Wildcard() | Fuzzy():
                test = _test(wish)
                found += [
                    _Hit(token.start, token.end, number)
                    for token, one in zip(everywhere, forms, strict=True)
                    if test(one)
                ]
    runs = [wish.text for wish in wishes if isinstance(wish, Word)]
    if len(runs) > 1:
        found += _number_hits(" ".join(runs), 0, text)
    return found


def _word_hits(typed: str, number: int, text: str, everywhere: list[Token], forms: list[Form]) -> list[_Hit]:
    if is_stop(typed):
        return []
    if _DIGIT.search(typed):
        return _number_hits(typed, number, text)
    wanted = [form(word) for word in words(normal(typed))]
    stems = {one.stem for one in wanted} | {form("".join(words(normal(typed)))).stem}
    found = [
        _Hit(token.start, token.end, number)
        for token, one in zip(everywhere, forms, strict=True)
        if one.stem in stems or not stems.isdisjoint(one.further)
    ]
    if not found:
        halves = {half for one in wanted if one.compound for pair in one.compound.pairs for half in pair}
        pairs = zip(everywhere, forms, strict=True)
        found = [_Hit(token.start, token.end, number) for token, one in pairs if one.stem in halves]
    return found


def _number_hits(typed: str, number: int, text: str) -> list[_Hit]:
    code = numbers.squeeze(normal(typed))
    days, month = numbers.whole_days(normal(typed)), numbers.whole_month(normal(typed))
    found = [
        _Hit(start, end, number) for start, end, one in numbers.find_days(text) if one in days or one // 100 == month
    ]
    if code.isalnum() and len(_DIGIT.findall(code)) >= 1:
        spaced = r"[\W_]{0,3}".join(map(re.escape, code))
        rest = r"\w*" if len(code) >= 4 else r"(?!\w)"
        pattern = re.compile(rf"(?<!\w){spaced}{rest}", re.IGNORECASE)
        found += [_Hit(match.start(), match.end(), number) for match in pattern.finditer(text)]
    return found


def _phrase_hits(wish: Phrase, number: int, everywhere: list[Token], forms: list[Form]) -> list[_Hit]:
    wanted = [form(word).exact for word in words(normal(wish.text))]
    exact = [one.exact for one in forms]
    found: list[_Hit] = []
    for first, word in enumerate(exact):
        if word == wanted[0]:
            places = _follow(exact, first, wanted, wish.slop)
            found += [_Hit(everywhere[place].start, everywhere[place].end, number) for place in places]
    return found


def _follow(exact: list[str], first: int, wanted: list[str], slop: int) -> list[int]:
    """Places of a phrase that begins at ``first``; empty when it does not go on."""
    if len(wanted) == 1:
        return [first]
    for place in range(first + 1, min(len(exact), first + 1 + slop)):
        if exact[place] == wanted[1]:
            rest = _follow(exact, place, wanted[1:], slop)
            if rest:
                return [first, *rest]
    return []


def _test(wish: Wildcard | Fuzzy) -> Callable[[Form], bool]:
    if isinstance(wish, Fuzzy):
        word, kept = (without_umlauts(fold(normal(part))) for part in (wish.text, wish.text[: wish.prefix]))
        return lambda one: any(
            term.startswith(kept) and slips(term, word, wish.distance) for term in {one.exact, one.plain}
        )
    pattern = pattern_of("", "", normal(wish.pattern), numbers.squeeze).expression()
    return lambda one: pattern.fullmatch(one.exact) is not None


def _without_overlaps(hits: list[_Hit]) -> list[_Hit]:
    kept: list[_Hit] = []
    for hit in sorted(hits, key=lambda one: (one.start, -one.end)):
        if not kept or hit.start >= kept[-1].end:
            kept.append(hit)
    return kept


def _window(text: str, hits: list[_Hit], width: int) -> tuple[int, int]:
    """Where to cut: the best run of hits that fits, with some words before it."""
    best, first, last = (0, 0), 0, 0
    for index, hit in enumerate(hits):
        inside = [one for one in hits[index : index + 50] if one.end - hit.start <= width]
        value = (len({one.wish for one in inside}), len(inside))
        if inside and value > best:
            best, first, last = value, hit.start, inside[-1].end
    spare = max(0, width - (last - first))
    start = max(0, min(first - spare // 3, len(text) - width))
    end = min(len(text), max(start + width, last))
    return _at_space(text, start, first), _at_space_before(text, end, last)


def _at_space(text: str, start: int, limit: int) -> int:
    if start == 0:
        return 0
    found = _SPACE.search(text, start - 1, limit)
    return found.end() if found else start


def _at_space_before(text: str, end: int, limit: int) -> int:
    if end == len(text):
        return end
    for place in range(end, limit, -1):
        if text[place].isspace():
            return place
    return end


def _cut(text: str, start: int, end: int, hits: list[_Hit]) -> Snippet:
    shown = "" if start == 0 or not text[:start].strip() else f"{ELLIPSIS} "
    marks: list[tuple[int, int]] = []
    at = start
    for hit in hits:
        shown = _append(shown, text[at : hit.start])
        begin = len(shown)
        shown += _plain(text[hit.start : hit.end])
        marks.append((begin, len(shown)))
        at = hit.end
    shown = _append(shown, text[at:end]).rstrip()
    return Snippet(shown if end >= len(text.rstrip()) else f"{shown} {ELLIPSIS}", tuple(marks))


def _append(shown: str, piece: str) -> str:
    piece = _plain(piece)
    return shown + (piece.lstrip() if not shown or shown.endswith(" ") else piece)


def _plain(piece: str) -> str:
    piece = "".join(" " if c < " " or c == "\x7f" else c for c in _BROKEN.sub("", piece))
    return _SPACE.sub(" ", piece)
