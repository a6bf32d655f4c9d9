"""The page of a letter: turned over, drawn nearer and further, moved."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from textual.widgets import Static

from mailroom.fullscreen.picture import drawn
from mailroom.stages.pages import Pages

_ZOOMS = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
_LARGE = 2
_CELL = 2.0
"""How much higher than wide a character is."""
_COARSE = 200
"""Pixels across of the page in which its written part is looked for."""
_INK = 60
"""By how much writing is darker than its paper."""
_AROUND = 0.02
_FINE = 4
"""Pixels of the drawn page for a column."""


class PagePane(Static):
    """Shows a page as large as there is room; nearer, a part of it."""

    def __init__(self, *, colours: bool) -> None:
        super().__init__("", id="page", markup=False)
        self._colours = colours
        self._file: Path | None = None
        self._pages = 1
        self._picture: tuple[tuple[int, int], Image.Image] | None = None
        self._edges: tuple[int, tuple[float, float, float, float]] | None = None
        self._zoom = 0
        self._corner = (0.0, 0.0)
        self.page = 1
        """Which page is shown, from 1."""

    def open(self, file: Path | None, pages: int) -> None:
        """Show the first page of a file; None where there is nothing to show."""
        self._file, self._pages, self.page, self._picture, self._edges = file, pages, 1, None, None
        self.reset(large=self._zoom >= _LARGE)

    @property
    def zoomed(self) -> bool:
        """Whether only a part of the page is seen."""
        return self._zoom > 0

    def reset(self, *, large: bool) -> None:
        """The top of the page, as large as the pane or, with ``large``, nearer."""
        self._zoom, self._corner = (_LARGE if large else 0), (0.0, 0.0)
        self.call_after_refresh(self._draw)

    def turn_over(self, step: int) -> None:
        """Another page."""
        self.page = min(max(1, self.page + step), self._pages)
        self._corner = (0.0, 0.0)
        self._draw()

    def zoom(self, step: int) -> None:
        """Nearer or further."""
        self._zoom = min(max(0, self._zoom + step), len(_ZOOMS) - 1)
        self._draw()

    def pan(self, across: int, down: int) -> None:
        """Move by half of what is seen."""
        step = 0.5 / _ZOOMS[self._zoom]
        left, top = self._corner[0] + across * step, self._corner[1] + down * step
        self._corner = min(1.0, max(0.0, left)), min(1.0, max(0.0, top))
        self._draw()

    def on_resize(self) -> None:
        """Draw for the new size."""
        self._draw()

    def _draw(self) -> None:
        columns, rows = self.size.width, self.size.height
        if columns < 4 or rows < 4:
            return
        if self._file is None:
            self.update("\n The page is not shown.")
            return
        zoom = _ZOOMS[self._zoom]
        picture = self._page_at(round(columns * _FINE * zoom))
        if zoom == 1.0:
            columns = min(columns, max(4, round(rows * _CELL * picture.width / picture.height)))
        wide = picture.width / zoom
        tall = min(float(picture.height), wide * rows * _CELL / columns)
        left = self._corner[0] * (picture.width - wide)
        top = self._corner[1] * (picture.height - tall)
        part = picture.crop((round(left), round(top), round(left + wide), round(top + tall)))
        rows = min(rows, max(1, round(part.height / part.width * columns / _CELL)))
        self.update(drawn(part, columns, rows, colours=self._colours, fine=self.zoomed))

    def _page_at(self, width: int) -> Image.Image:
        """The written part of the page so many pixels wide; the last one is kept."""
        assert self._file is not None
        if self._picture is None or self._picture[0] != (self.page, width):
            with Pages(self._file) as pages:
                if self._edges is None or self._edges[0] != self.page:
                    self._edges = self.page, written(pages.picture(self.page, _COARSE))
                left, top, right, bottom = self._edges[1]
                page = pages.picture(self.page, round(width / (right - left)))
            corner = round(left * page.width), round(top * page.height)
            self._picture = (
                (self.page, width),
                page.crop((*corner, round(right * page.width), round(bottom * page.height))),
            )
        return self._picture[1]


def written(page: Image.Image) -> tuple[float, float, float, float]:
    """The part of a page that bears writing, as shares of its width and height, with a little paper around it."""
    pixels = np.asarray(page.convert("L"), dtype=np.int16)
    ink = pixels < np.percentile(pixels, 90) - _INK
    edges = []
    for axis, length in ((0, page.width), (1, page.height)):
        bears = np.flatnonzero(ink.sum(axis=axis) >= 2)
        first, last = (int(bears[0]), int(bears[-1]) + 1) if bears.size else (0, length)
        edges.append((max(0.0, first / length - _AROUND), min(1.0, last / length + _AROUND)))
    (left, right), (top, bottom) = edges
    return left, top, right, bottom
