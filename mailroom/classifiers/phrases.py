"""Clues from the phrase list of the document types: strong, weak and negative phrases, whatever OCR made of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from mailroom.classifiers.text import fold
from mailroom.fields.lines import Line
from mailroom.ports import Reason
from mailroom.registers import DocumentType, Registers

_SHORT = 5
_EXACT_BELOW = 8
_LIKENESS = 88.0
_PREFIX = 3
_SHARE = 0.6
STRONG_IN_HEAD, STRONG, WEAK, NEGATIVE = 3.2, 2.0, 0.5, -1.5
_WEAK_MAX = 1.6


@dataclass(frozen=True, slots=True)
class _Text:
    line: Line
    folded: str
    head: bool


@dataclass(frozen=True, slots=True)
class _Texts:
    """The lines of a letter and the pieces of three letters in all of them, to rule phrases out quickly."""

    texts: list[_Text]
    pieces: frozenset[str]

    def may_hold(self, wanted: _Wanted) -> bool:
        """Whether enough of the phrase's pieces stand anywhere in the letter."""
        return len(wanted.pieces & self.pieces) >= _SHARE * len(wanted.pieces)


def clues(lines: list[Line], registers: Registers) -> dict[str, tuple[Reason, ...]]:
    """Per document type the phrases found in the lines of a letter, with their weights.

    A strong phrase in a heading (a short line of its own before the text) weighs more than one in a sentence.
    """
    texts = _windows(lines)
    prepared = _Texts(texts, frozenset().union(*(_pieces(text.folded) for text in texts)))
    found: dict[str, tuple[Reason, ...]] = {}
    for row in registers.incoming:
        reasons = _of_type(row, prepared)
        if reasons:
            found[row.key] = tuple(reasons)
    return found


def _windows(lines: list[Line]) -> list[_Text]:
    """Each line, and each with its successor (a phrase may break across lines)."""
    result = []
    for number, line in enumerate(lines):
        head = number < 6 and len(line.text) <= 90 and line.page == lines[0].page
        result.append(_Text(line, _squeeze(line.text), head))
        if number + 1 < len(lines) and lines[number + 1].page == line.page:
            joined = f"{line.text.rstrip('-')}{'' if line.text.endswith('-') else ' '}{lines[number + 1].text}"
            result.append(_Text(line, _squeeze(joined), False))
    return result


def _squeeze(text: str) -> str:
    return re.sub(r"[\s\-–—]+", " ", fold(text))


def _of_type(row: DocumentType, lines: _Texts) -> list[Reason]:
    reasons: list[Reason] = []
    strong = [reason for phrase in row.strong if (reason := _find(phrase, lines, STRONG, STRONG_IN_HEAD, "phrase"))]
    if strong:
        strong.sort(key=lambda reason: -reason.weight)
        reasons.append(strong[0])
        reasons += [Reason(r.name, 0.5, r.page, r.text) for r in strong[1:3]]
    weak = [reason for phrase in row.weak if (reason := _find(phrase, lines, WEAK, WEAK, "word"))]
    left = _WEAK_MAX
    for reason in weak:
        weight = min(reason.weight, left)
        if weight > 0:
            reasons.append(Reason(reason.name, round(weight, 2), reason.page, reason.text))
            left -= weight
    reasons += [r for phrase in row.negative if (r := _find(phrase, lines, NEGATIVE, NEGATIVE, "against"))]
    return reasons


def _find(phrase: str, lines: _Texts, weight: float, in_head: float, name: str) -> Reason | None:
    wanted = _wanted(phrase)
    if not lines.may_hold(wanted):
        return None
    best: Reason | None = None
    for text in lines.texts:
        if best is not None and not (text.head and in_head > best.weight):
            continue
        if _holds(wanted, text.folded):
            best = Reason(name, in_head if text.head else weight, text.line.page, phrase)
    return best


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A phrase, prepared once."""

    folded: str
    pattern: re.Pattern[str]
    pieces: frozenset[str]


@lru_cache(maxsize=20_000)
def _wanted(phrase: str) -> _Wanted:
    folded = _squeeze(phrase)
    ends = "" if len(folded) > _SHORT else r"(?!\w)"
    return _Wanted(folded, re.compile(rf"(?<!\w){re.escape(folded)}{ends}"), _pieces(folded))


def _pieces(text: str) -> frozenset[str]:
    return frozenset(text[index : index + 3] for index in range(len(text) - 2))


def _holds(wanted: _Wanted, text: str) -> bool:
    phrase = wanted.folded
    if phrase in text and wanted.pattern.search(text):
        return True
    if len(phrase) < _EXACT_BELOW or len(text) < len(phrase) - 2:
        return False
    alignment = fuzz.partial_ratio_alignment(phrase, text, score_cutoff=_LIKENESS)
    if alignment is None:
        return False
    start, end = alignment.dest_start, alignment.dest_end
    begins = start == 0 or not text[start - 1].isalnum()
    ends = end >= len(text) or not text[end].isalpha() or len(phrase) > 9
    same_length = abs((end - start) - len(phrase)) <= 2
    count = len(phrase.split())
    alike = begins and ends and same_length and count == len(text[start:end].split())
    return alike and _same_end(phrase, text[start:].split()[count - 1])


def _same_end(phrase: str, last: str) -> bool:
    """Whether a short last word is the same: "melde ... an" is not "melde ... ab"."""
    wanted = phrase.rsplit(" ", 1)[-1]
    return len(wanted) > _PREFIX or last.strip(".,;:!?") == wanted
