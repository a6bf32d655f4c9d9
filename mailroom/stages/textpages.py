"""Turn what the engine read, and what a page brought along, into the text of the page."""

from __future__ import annotations

from dataclasses import replace

from mailroom.engines.reading import PageRead, ReadLine
from mailroom.ports import PageText, Word
from mailroom.stages.language import language_of
from mailroom.stages.pages import PageFacts

_SURE_BESIDE_TEXT = 0.5
"""In a picture beside digital text, words less sure than this are the picture's texture."""


def own_text(number: int, facts: PageFacts, words: tuple[Word, ...], text: str) -> PageText:
    """A page whose own text stands for it."""
    language = language_of(word.text for word in words)
    return PageText(number, facts.width, facts.height, text, words, "digital", 1.0, language=language)


def read_text(number: int, read: PageRead) -> PageText:
    """A page that the engine read; boxes are those of the upright page."""
    words = _words(read, read.reading.lines, 0)
    scale = 72 / read.dpi
    return PageText(
        number=number,
        width=round(read.width * scale, 2),
        height=round(read.height * scale, 2),
        text=_text(words),
        words=words,
        source="ocr" if words else "none",
        confidence=round(read.reading.confidence, 4),
        rotated=-read.turn % 360,
        blank=read.blank,
        language=language_of(word.text for word in words),
        gate=read.gate,
    )


def both_texts(number: int, facts: PageFacts, words: tuple[Word, ...], text: str, read: PageRead) -> PageText:
    """A page with text of its own and text in a picture: what was read surely stands where it stands on the page."""
    sure = tuple(line for line in read.reading.lines if _is_sure(line))
    more = _lines_of(_words(read, sure, 0))
    if not more:
        return own_text(number, facts, words, text)
    lines = _lines_of(words)
    for line in more:
        middle = (line[0].y0 + line[0].y1) / 2
        place = next((index for index, own in enumerate(lines) if own[0].y0 > middle), len(lines))
        lines.insert(place, line)
    everything = tuple(replace(word, line=index) for index, line in enumerate(lines) for word in line)
    weight = sum(len(word.text) for word in everything)
    return PageText(
        number=number,
        width=facts.width,
        height=facts.height,
        text=_text(everything),
        words=everything,
        source="mixed",
        confidence=round(sum(len(word.text) * word.confidence for word in everything) / weight, 4),
        language=language_of(word.text for word in everything),
    )


def _is_sure(line: ReadLine) -> bool:
    letters = sum(character.isalnum() for word in line.words for character in word.text)
    return letters > 1 and sum(word.confidence for word in line.words) / len(line.words) >= _SURE_BESIDE_TEXT


def _words(read: PageRead, lines: tuple[ReadLine, ...], first_line: int) -> tuple[Word, ...]:
    scale = 72 / read.dpi
    return tuple(
        Word(
            word.text,
            round(word.left * scale, 2),
            round(word.top * scale, 2),
            round(word.right * scale, 2),
            round(word.bottom * scale, 2),
            round(word.confidence, 3),
            first_line + index,
        )
        for index, line in enumerate(lines)
        for word in line.words
    )


def _lines_of(words: tuple[Word, ...]) -> list[list[Word]]:
    lines: dict[int, list[Word]] = {}
    for word in words:
        lines.setdefault(word.line, []).append(word)
    return list(lines.values())


def _text(words: tuple[Word, ...]) -> str:
    return "\n".join(" ".join(word.text for word in line) for line in _lines_of(words))
