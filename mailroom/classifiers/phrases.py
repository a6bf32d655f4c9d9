"""Clues from the phrase list of the document types: strong, weak and negative phrases, whatever OCR made of them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rapidfuzz import fuzz

from mailroom.classifiers.text import fold
from mailroom.fields.lines import Line
from mailroom.ports import Reason
from mailroom.registers import DocumentType, Registers

_SHORT = 5
_EXACT_BELOW = 8
_LIKENESS = 88.0
STRONG_IN_HEAD, STRONG, WEAK, NEGATIVE = 3.2, 2.0, 0.5, -1.5
_WEAK_MAX = 1.6


@dataclass(frozen=True, slots=True)
class _Text:
    line: Line
    folded: str
    head: bool


def clues(lines: list[Line], registers: Registers) -> dict[str, tuple[Reason, ...]]:
    """Per document type the phrases found in the lines of a letter, with their weights.

    A strong phrase in a heading (a short line of its own before the text) weighs more than one in a sentence.
    """
    prepared = _windows(lines)
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


def _of_type(row: DocumentType, lines: list[_Text]) -> list[Reason]:
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


def _find(phrase: str, lines: list[_Text], weight: float, in_head: float, name: str) -> Reason | None:
    wanted = _squeeze(phrase)
    best: Reason | None = None
    for text in lines:
        if not _holds(wanted, text.folded):
            continue
        value = in_head if text.head else weight
        if best is None or value > best.weight:
            best = Reason(name, value, text.line.page, phrase)
    return best


def _holds(wanted: str, text: str) -> bool:
    if re.search(rf"(?<!\w){re.escape(wanted)}", text):
        return len(wanted) > _SHORT or re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", text) is not None
    if len(wanted) < _EXACT_BELOW or len(text) < len(wanted) - 2:
        return False
    alignment = fuzz.partial_ratio_alignment(wanted, text, score_cutoff=_LIKENESS)
    if alignment is None:
        return False
    start, end = alignment.dest_start, alignment.dest_end
    whole = (start == 0 or not text[start - 1].isalnum()) and (
        end >= len(text) or not text[end : end + 1].isalpha() or len(wanted) > 9
    )
    return whole and abs((end - start) - len(wanted)) <= 2 and _initials(wanted) == _initials(text[start:end])


def _initials(text: str) -> int:
    return len(text.split())
