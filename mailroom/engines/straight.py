"""Put a page that lies askew straight in the rendition: its picture is shown turned, not drawn anew.

The page becomes as large as the turned scan needs, so that nothing is cut off, and a bitonal picture stays bitonal.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pikepdf

from mailroom.engines.boxes import with_boxes
from mailroom.engines.measure import image_skew, measured
from mailroom.engines.reading import Grey, PageRead, PageReader, Reading, ReadLine, ReadWord
from mailroom.engines.turning import read_upright, turned

_LEAST = 0.6
"""Degrees; less is not seen."""
_LOSES_TEXT = 1.8


def read_straight(reader: PageReader, image: Grey, hint: int = 0) -> tuple[PageRead, int]:
    """Read a scanned page upright and straight.

    From two degrees on the engine loses whole paragraphs (measured: 45 % of the characters at three degrees, all at
    four), so such a page is put straight before it is read; of one that lies less askew only the words are moved.

    Args:
        reader: The engine.
        image: The page as it is shown now.
        hint: The turn of the page before, as :func:`mailroom.engines.turning.read_upright` says.

    Returns:
        What was read, and the turn that put it upright.
    """
    askew = image_skew(image)
    before = abs(askew) >= _LOSES_TEXT
    shown = image_straightened(image, askew) if before else image
    turn, reading = read_upright(reader, shown, hint)
    upright = turned(image, turn)
    reading = with_boxes(turned(shown, turn) if before else upright, reading)
    read = PageRead(reading, upright.width, upright.height, image.dpi, turn, False)
    gate = measured(upright, read)
    if before:
        wide, high = (round(side) for side in _room(math.radians(askew), upright.width, upright.height))
        gate = replace(gate, skew=askew, straightened=True)
        return replace(read, width=wide, height=high, gate=gate), turn
    read = replace(read, gate=gate)
    return (straightened(read) if abs(gate.skew) >= _LEAST else read), turn


def straightened(read: PageRead) -> PageRead:
    """The words and lines of a page as they stand once it is turned back by its skew."""
    assert read.gate is not None
    turn = _Turn(math.radians(read.gate.skew), read.width, read.height)
    lines = tuple(turn.line(line) for line in read.reading.lines)
    gate = replace(read.gate, straightened=True)
    return replace(read, reading=Reading(lines), width=turn.new_width, height=turn.new_height, gate=gate)


def image_straightened(image: Grey, skew: float) -> Grey:
    """The picture of a page turned back by so many degrees, as large as ``straightened`` says."""
    import numpy as np
    from PIL import Image

    angle = math.radians(skew)
    wide, high = (round(side) for side in _room(angle, image.width, image.height))
    cos, sin = math.cos(angle), math.sin(angle)
    across = image.width / 2 - cos * wide / 2 + sin * high / 2
    down = image.height / 2 - sin * wide / 2 - cos * high / 2
    picture = Image.frombuffer("L", (image.width, image.height), image.pixels, "raw", "L", 0, 1)
    turned = picture.transform(
        (wide, high),
        Image.Transform.AFFINE,
        (cos, -sin, across, sin, cos, down),
        Image.Resampling.BICUBIC,
        fillcolor=int(np.percentile(image.pixels[::8], 90)),
    )
    return Grey(np.asarray(turned), image.dpi)


def straighten(source: Path, target: Path, skews: Mapping[int, float]) -> None:
    """Write the PDF with these pages, numbers from 1, turned back by so many degrees."""
    with pikepdf.open(source) as pdf:
        for number, skew in skews.items():
            _show_turned(pdf, pdf.pages[number - 1], math.radians(skew))
        pdf.save(target)


def _show_turned(pdf: pikepdf.Pdf, page: pikepdf.Page, angle: float) -> None:
    left, bottom, right, top = (float(edge) for edge in page.cropbox)
    wide, high = right - left, top - bottom
    new_wide, new_high = _room(angle, wide, high)
    cos, sin = math.cos(angle), math.sin(angle)
    middle_x, middle_y = (left + right) / 2, (bottom + top) / 2
    across = new_wide / 2 - cos * middle_x + sin * middle_y
    up = new_high / 2 - sin * middle_x - cos * middle_y
    page.contents_coalesce()
    form = pdf.make_stream(page.obj["/Contents"].read_bytes())
    form["/Type"], form["/Subtype"] = pikepdf.Name.XObject, pikepdf.Name.Form
    form["/BBox"] = pikepdf.Array([left, bottom, right, top])
    form["/Resources"] = page.resources
    matrix = " ".join(f"{value:.6f}" for value in (cos, sin, -sin, cos, across, up))
    page.obj["/Contents"] = pdf.make_stream(f"q {matrix} cm /Scan Do Q".encode("ascii"))
    page.obj["/Resources"] = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Scan=pdf.make_indirect(form)))
    for box in ("/CropBox", "/TrimBox", "/BleedBox", "/ArtBox"):
        if box in page.obj:
            del page.obj[box]
    page.obj["/MediaBox"] = pikepdf.Array([0, 0, round(new_wide, 3), round(new_high, 3)])


def _room(angle: float, wide: float, high: float) -> tuple[float, float]:
    cos, sin = math.cos(angle), abs(math.sin(angle))
    return wide * cos + high * sin, wide * sin + high * cos


class _Turn:
    """From the pixels of a page to those of the page put straight; y runs downwards."""

    def __init__(self, angle: float, width: int, height: int) -> None:
        self._cos, self._sin = math.cos(angle), math.sin(angle)
        self._rise = abs(math.tan(angle))
        self._middle = (width / 2, height / 2)
        wide, high = _room(angle, width, height)
        self.new_width, self.new_height = round(wide), round(high)

    def point(self, x: float, y: float) -> tuple[float, float]:
        across, down = x - self._middle[0], y - self._middle[1]
        return (
            self._cos * across + self._sin * down + self.new_width / 2,
            -self._sin * across + self._cos * down + self.new_height / 2,
        )

    def word(self, word: ReadWord) -> ReadWord:
        x, y = self.point((word.left + word.right) / 2, (word.top + word.bottom) / 2)
        across, down = word.right - word.left, word.bottom - word.top
        wide = max(across - self._rise * down, across / 3)
        high = max(down - self._rise * across, down / 3)
        left, top = max(0, round(x - wide / 2)), max(0, round(y - high / 2))
        return replace(word, left=left, top=top, right=left + max(1, round(wide)), bottom=top + max(1, round(high)))

    def line(self, line: ReadLine) -> ReadLine:
        words = tuple(self.word(word) for word in line.words)
        left, top = min(word.left for word in words), min(word.top for word in words)
        right, bottom = max(word.right for word in words), max(word.bottom for word in words)
        start = line.bottom + line.offset
        x1, y1 = self.point(line.left, start)
        x2, y2 = self.point(line.right, start + line.slope * (line.right - line.left))
        slope = (y2 - y1) / (x2 - x1) if x2 > x1 else 0.0
        offset = y1 + slope * (left - x1) - bottom
        return ReadLine(words, left, top, right, bottom, slope, offset, line.block)
