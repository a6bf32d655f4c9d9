"""Look at the pages of a prepared PDF: what stands on them, how they look in grey, and the words they bring along."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pikepdf
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_raw
from PIL import Image

from mailroom.engines.reading import Grey
from mailroom.ports import Word
from mailroom.stages.scanned import scan_pixels

Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, right, bottom in points from the top left corner of the page as shown."""

_MAX_PIXELS = 50_000_000
_LOW_DPI = 190
_SAME_DPI = 0.5
_FULL_IMAGE = 0.5
_NO_DEPTH = 6
_SUSPECT = 0.3
_INVISIBLE = 3
_LINE_END_HYPHEN = "\x02"
"""What pdfium gives for a hyphen that breaks a word at the end of a line: the word is put together again."""


@dataclass(frozen=True)
class PageFacts:
    """What a page holds before anybody reads it."""

    width: float
    height: float
    """Points, as shown."""
    chars: int
    """Characters that carry ink (no spaces)."""
    suspect: float
    """Share of them that stand for nothing readable: a font that does not say what its glyphs mean."""
    hidden: bool
    """Whether there is text that is not painted: the layer of an earlier OCR."""
    images: tuple[Box, ...]
    image_dpi: float
    """Highest resolution of a picture that covers most of the page; 0 without one."""
    vectors: bool

    @property
    def readable(self) -> bool:
        """Whether the page's own text can be believed."""
        return self.chars > 0 and self.suspect < _SUSPECT


class Pages:
    """The pages of one PDF; numbers count from 1. Close it, or use it as a context."""

    def __init__(self, path: Path) -> None:
        self._document = pdfium.PdfDocument(path)
        self._path = path
        self._written: pikepdf.Pdf | None = None

    def __enter__(self) -> Pages:
        return self

    def __exit__(self, *_: object) -> None:
        self._document.close()
        if self._written is not None:
            self._written.close()

    def __len__(self) -> int:
        return len(self._document)

    def facts(self, number: int) -> PageFacts:
        """What the page holds."""
        with closing(self._document[number - 1]) as page:
            return _facts(page)

    def words(self, number: int) -> tuple[tuple[Word, ...], str]:
        """The page's own words with their boxes, and its text line by line."""
        with closing(self._document[number - 1]) as page, closing(page.get_textpage()) as text:
            return _words(_Chars(page, text))

    def grey(self, number: int, facts: PageFacts, highest_dpi: float, only: tuple[Box, ...] | None = None) -> Grey:
        """The page as shown, in grey, at the resolution of its scan where that is good enough.

        Args:
            number: The page.
            facts: What :meth:`facts` said of it.
            highest_dpi: A finer scan is reduced to this; a page without one is drawn at it.
            only: Where given, all but these boxes is painted white, and so is the page's own text in them.
        """
        import numpy as np

        dpi = min(facts.image_dpi, highest_dpi) if facts.image_dpi >= _LOW_DPI else highest_dpi
        area = facts.width * facts.height / 72**2
        as_scanned = abs(facts.image_dpi - dpi) < _SAME_DPI and facts.image_dpi**2 * area <= _MAX_PIXELS
        if only is None and as_scanned and not facts.chars and not facts.vectors:
            scan = self._scan(number)
            if scan is not None:
                return Grey(scan, facts.image_dpi)
        dpi = min(dpi, (_MAX_PIXELS / area) ** 0.5) if area else dpi
        with closing(self._document[number - 1]) as page:
            with closing(page.render(scale=dpi / 72, grayscale=True)) as bitmap:
                pixels = np.ascontiguousarray(bitmap.to_numpy().reshape(bitmap.height, -1)[:, : bitmap.width])
            if only is not None:
                pixels = _masked(pixels, page, only, dpi / 72)
            else:
                pixels = pixels.copy() if pixels.base is not None else pixels
        return Grey(pixels, dpi)

    def _scan(self, number: int) -> Any:
        """The samples of a page that is a scan and nothing else, at their own resolution; else None."""
        try:
            self._written = self._written or pikepdf.open(self._path)
        except pikepdf.PdfError:
            return None
        with closing(self._document[number - 1]) as page:
            return scan_pixels(page, self._written.pages[number - 1])

    def picture(self, number: int, width: int) -> Image.Image:
        """The page as a picture of that width, as it is shown; very long pages are narrower."""
        with closing(self._document[number - 1]) as page:
            scale = min(width / max(1.0, page.get_width()), 4 * width / max(1.0, page.get_height()))
            with closing(page.render(scale=scale)) as bitmap:
                found: Image.Image = bitmap.to_pil().convert("RGB")
                return found

    def thumbnail(self, number: int, width: int, target: Path) -> None:
        """Write the page as PNG of that width."""
        picture = self.picture(number, width)
        if picture.width != width:
            picture = picture.resize((width, max(1, round(picture.height * width / picture.width))))
        picture.save(target, format="PNG")


def _facts(page: Any) -> PageFacts:
    with closing(page.get_textpage()) as text:
        chars = _Chars(page, text)
        inked = [chars.code(index) for index in range(chars.count)]
    inked = [code for code in inked if code not in _SPACES]
    boxes: list[Box] = []
    dpi, hidden, vectors = 0.0, False, False
    place = _Place(page)
    area = place.width * place.height or 1.0
    for item in page.get_objects(max_depth=_NO_DEPTH):
        if item.type == pdfium_raw.FPDF_PAGEOBJ_IMAGE:
            left, bottom, right, top = item.get_bounds()
            box = place.box(left, bottom, right, top)
            boxes.append(box)
            size = (box[2] - box[0]) * (box[3] - box[1])
            if size > area * _FULL_IMAGE:
                dpi = max(dpi, _dpi(item, box))
        elif item.type == pdfium_raw.FPDF_PAGEOBJ_TEXT:
            hidden = hidden or pdfium_raw.FPDFTextObj_GetTextRenderMode(item.raw) == _INVISIBLE
        elif item.type in (pdfium_raw.FPDF_PAGEOBJ_PATH, pdfium_raw.FPDF_PAGEOBJ_SHADING):
            vectors = True
    suspect = sum(map(_means_nothing, inked)) / len(inked) if inked else 0.0
    return PageFacts(place.width, place.height, len(inked), suspect, hidden, tuple(boxes), dpi, vectors)


def _dpi(image: Any, box: Box) -> float:
    across, down = image.get_px_size()
    wide, high = max(1.0, box[2] - box[0]), max(1.0, box[3] - box[1])
    upright = max(across * 72 / wide, down * 72 / high)
    lying = max(down * 72 / wide, across * 72 / high)
    return float(min(upright, lying))


_SPACES = frozenset((0x00, 0x09, 0x0A, 0x0D, 0x20, 0xA0, 0xAD))


def _means_nothing(code: int) -> bool:
    return code == 0xFFFD or 0xE000 <= code <= 0xF8FF or (code < 0x20 and code != 0x02) or code > 0x10FFFF


class _Place:
    """From a page's own coordinates (upwards, unturned) to points from the top left corner of the page as shown."""

    def __init__(self, page: Any) -> None:
        self.turn = page.get_rotation() % 360
        self.width, self.height = page.get_size()
        self._left, self._bottom, right, top = page.get_bbox()
        self._wide, self._high = right - self._left, top - self._bottom

    def box(self, left: float, bottom: float, right: float, top: float) -> Box:
        x0, x1, y0, y1 = left - self._left, right - self._left, bottom - self._bottom, top - self._bottom
        if self.turn == 90:
            return y0, x0, y1, x1
        if self.turn == 180:
            return self._wide - x1, y0, self._wide - x0, y1
        if self.turn == 270:
            return self._high - y1, self._wide - x1, self._high - y0, self._wide - x0
        return x0, self._high - y1, x1, self._high - y0


class _Chars:
    """The characters of a page as pdfium lists them: with generated spaces and line ends between words and lines."""

    def __init__(self, page: Any, text: Any) -> None:
        self._raw = text.raw
        self._place = _Place(page)
        self.count = max(0, text.count_chars())
        self._edges = [ctypes.c_double() for _ in range(4)]
        self._pointers = [ctypes.byref(edge) for edge in self._edges]

    def code(self, index: int) -> int:
        return int(pdfium_raw.FPDFText_GetUnicode(self._raw, index))

    def box(self, index: int) -> Box:
        pdfium_raw.FPDFText_GetCharBox(self._raw, index, *self._pointers)
        left, right, bottom, top = (edge.value for edge in self._edges)
        return self._place.box(left, bottom, right, top)


def _characters(chars: _Chars) -> Iterator[tuple[str, int]]:
    """Each character with its index; surrogate halves are joined."""
    index = 0
    while index < chars.count:
        code = chars.code(index)
        if 0xD800 <= code < 0xDC00 and index + 1 < chars.count and 0xDC00 <= chars.code(index + 1) < 0xE000:
            joined = 0x10000 + ((code - 0xD800) << 10) + (chars.code(index + 1) - 0xDC00)
            yield chr(joined), index
            index += 2
        else:
            yield (chr(code) if code <= 0x10FFFF and not 0xD800 <= code < 0xE000 else "\ufffd"), index
            index += 1


def _words(chars: _Chars) -> tuple[tuple[Word, ...], str]:
    words: list[Word] = []
    lines: list[list[str]] = [[]]
    letters: list[str] = []
    boxes: list[Box] = []

    def finish_word() -> bool:
        if letters:
            text = "".join(letters)
            words.append(
                Word(
                    text,
                    round(min(box[0] for box in boxes), 2),
                    round(min(box[1] for box in boxes), 2),
                    round(max(box[2] for box in boxes), 2),
                    round(max(box[3] for box in boxes), 2),
                    1.0,
                    len(lines) - 1,
                )
            )
            lines[-1].append(text)
            letters.clear()
            boxes.clear()
        return False

    broken = False
    for character, index in _characters(chars):
        if character in "\r\n":
            broken = finish_word()
            if lines[-1]:
                lines.append([])
        elif character.isspace() or character in "\x00\xad":
            broken = finish_word() if character != "\xad" else broken
        elif character == _LINE_END_HYPHEN and letters:
            broken = True
        else:
            letters.append("-" if character == _LINE_END_HYPHEN else character)
            if not broken:
                boxes.append(chars.box(index))
    finish_word()
    return tuple(words), "\n".join(" ".join(line) for line in lines if line)


def _masked(pixels: Any, page: Any, only: tuple[Box, ...], scale: float) -> Any:
    import numpy as np

    kept = np.full_like(pixels, 255)
    for box in only:
        window = _window(box, scale, pixels.shape)
        kept[window] = pixels[window]
    with closing(page.get_textpage()) as text:
        chars = _Chars(page, text)
        for index in range(chars.count):
            if chars.code(index) not in _SPACES:
                left, top, right, bottom = chars.box(index)
                kept[_window((left - 1, top - 1, right + 1, bottom + 1), scale, pixels.shape)] = 255
    return kept


def _window(box: Box, scale: float, shape: tuple[int, ...]) -> tuple[slice, slice]:
    left, top, right, bottom = (round(edge * scale) for edge in box)
    return (
        slice(max(0, top), max(0, min(shape[0], bottom))),
        slice(max(0, left), max(0, min(shape[1], right))),
    )
