"""A page as lines with their place, and the landmarks of a letter: address field, salutation, closing formula."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from mailroom.ports import PageText, Word

_MAX_LINE = 600
_MAX_LINES = 400
_SPACED = re.compile(r"(?<![^\W\d_])(?:[^\W\d_] ){3,}[^\W\d_](?![^\W\d_])")
_ADDRESS_LINE = 75
"""Longer lines are no line of an address field, even where another column stands beside it."""
_GAP = 2.0
"""How many heights of a line a gap is wide that parts columns."""

SALUTATION = re.compile(
    r"^\W{0,3}(sehr\s+geehrte|guten\s+(tag|morgen|abend)|hallo\b|liebe[rs]?\s|werte[rs]?\s|dear\s|moin\b|gr(ü|ue|u)(ß|ss)\s+gott"
    r"|an\s+die\s+stadt\b.{0,20}$|to\s+whom\s+it)",
    re.IGNORECASE,
)
CLOSING = re.compile(
    r"(freundliche[nmr]?\s+gr(ü|ue|u|ii)(ß|ss|B|fs|f)|\bbeste[nr]?\s+gr(ü|ue|u)|herzliche[nr]?\s+gr(ü|ue|u)|viele\s+gr(ü|ue|u)"
    r"|sch(ö|oe|o)ne\s+gr(ü|ue|u)|liebe\s+gr(ü|ue|u)|\bmfg\b|hochachtungsvoll|hochachtend|^\s*gr(ü|ue|u)(ß|ss)e?\b"
    r"|^\s*ihr(e)?\s*$|^\s*gez\.|(yours|kind regards|best regards|sincerely|regards)|besten\s+dank\s+und"
    r"|verbleib\w+\s+(ich|wir)"
    r"|^\s*i\.\s?[AV]\.\s*$|mit\s+(freundlich|best|kollegial|vorzüglich)\w*\s+(gr|hoch))",
    re.IGNORECASE,
)
POSTCODE = re.compile(r"\b(?:D[- ])?(\d{5})\s+([A-ZÄÖÜ][\w.äöüß-]+(?:[ -][A-ZÄÖÜ(/][\w.äöüß/)-]+){0,3})")
STREET = re.compile(
    r"\b((?:(?:[A-ZÄÖÜ][\wäöüß.-]*|[Aa]m|[Aa]n|[Zz]um|[Zz]ur|[Ii]m|[Ii]n|der|den|dem)[ -]){0,3}?"
    r"(?:[A-ZÄÖÜ][\wäöüß.-]*?(?:stra(?:ß|ss|B)e|str\.|str|gasse|weg|platz|allee|ring|berg|hof|ufer|damm|graben|steig|markt"
    r"|leithe|siedlung|steinbruch|anger|wehr|brauerei|Stra(?:ß|ss|B)e|Str\.|Gasse|Weg|Platz|Allee|Ring|Siedlung|Markt|Berg"
    r"|Anger|Wehr|Brauerei|Steinbruch)|Stra(?:ß|ss|B)e|Gasse|Weg|Platz|Allee|Ring|Berg|Graben|Siedlung|Markt|Anger|Wehr"
    r"|Brauerei|Steinbruch))\s+(\d{1,4}\s?[a-hA-H]?(?:\s?[-/]\s?\d{1,4}\s?[a-h]?)?)\b"
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its place: ``top`` and ``left`` from 0.0 (top, left edge) to 1.0."""

    page: int
    index: int
    text: str
    top: float
    left: float
    words: tuple[Word, ...] = ()


def lines_of(page: PageText) -> tuple[Line, ...]:
    """The lines of a page that hold text; without word boxes the place is estimated from the order."""
    texts = [unspaced(text.strip()[:_MAX_LINE]) for text in page.text.split("\n")]
    kept = [(index, text) for index, text in enumerate(texts) if text][:_MAX_LINES]
    by_line: dict[int, list[Word]] = {}
    for word in page.words:
        by_line.setdefault(word.line, []).append(word)
    boxes = [by_line[key] for key in sorted(by_line)]
    matched = len(boxes) == len(kept) and page.height > 0 and page.width > 0
    total = max(len(texts), 45)
    result = []
    for ordinal, (index, text) in enumerate(kept):
        words = tuple(boxes[ordinal]) if matched else ()
        top = min(word.y0 for word in words) / page.height if words else index / total
        left = min(word.x0 for word in words) / page.width if words else 0.1
        result.append(Line(page.number, ordinal, text, top, left, words))
    return tuple(result)


def unspaced(text: str) -> str:
    """A line with its spaced words as plain ones: letters emphasise so (``W i d e r s p r u c h``, Sperrschrift)."""
    return _SPACED.sub(lambda found: found.group().replace(" ", ""), text)


def columns(line: Line) -> tuple[Line, ...]:
    """The line cut where a wide gap parts its words, as between a letterhead and the block beside it.

    Without word boxes it stays whole. The parts keep the line's index.
    """
    if len(line.words) < 2:
        return (line,)
    gap = _GAP * max(word.y1 - word.y0 for word in line.words)
    parts: list[list[Word]] = [[]]
    for word in line.words:
        if parts[-1] and word.x0 - parts[-1][-1].x1 > gap:
            parts.append([])
        parts[-1].append(word)
    if len(parts) == 1:
        return (line,)
    width = line.words[0].x0 / line.left if line.left > 0 else 595.0
    return tuple(
        replace(line, text=" ".join(word.text for word in part), left=part[0].x0 / width, words=tuple(part))
        for part in parts
    )


@dataclass(frozen=True, slots=True)
class Landmarks:
    """Where the parts of a letter begin on one page, as indexes into its lines; the number of lines when absent."""

    address: range
    salutation: int
    closing: int


def is_own(text: str, own_names: Iterable[str], threshold: float = 88.0) -> bool:
    """Whether a line names the city itself (one of its names, or an office), with OCR slips."""
    line = text.casefold()
    return any(
        len(line) >= len(name) - 3 and fuzz.partial_ratio(name.casefold(), line) >= threshold
        for name in own_names
        if len(name) >= 6
    )


def landmarks(lines: tuple[Line, ...], own_names: Iterable[str]) -> Landmarks:
    """Find address field, salutation and closing formula of the first page of a letter."""
    names = tuple(own_names)
    salutation = next((line.index for line in lines if SALUTATION.search(line.text)), len(lines))
    closings = [line.index for line in lines if CLOSING.search(line.text) and line.index > min(salutation, 3)]
    closing = closings[-1] if closings else len(lines)
    head = (line for line in lines[: min(salutation, 30)] if len(line.text) <= _ADDRESS_LINE)
    start = next((line.index for line in head if is_own(line.text, names)), -1)
    if start < 0:
        return Landmarks(range(0), salutation, closing)
    end = start + 1
    while end < len(lines) and end < start + 7 and _continues_address(lines[end].text, names):
        end += 1
        if POSTCODE.search(lines[end - 1].text):
            break
    if POSTCODE.search(lines[start].text):
        end = start + 1
    return Landmarks(range(start, end), salutation, closing)


def _continues_address(text: str, own_names: tuple[str, ...]) -> bool:
    if is_own(text, own_names) or POSTCODE.search(text):
        return True
    return bool(
        STREET.fullmatch(text)
        or re.match(
            r"(z\.?\s?(hd|Hd|H)|postfach|amt\b|abteilung|sachgebiet|herrn?\b|frau\b|büro|referat|stadtkasse)",
            text,
            re.I,
        )
    )
