"""Tell a blank page from a written one by its ink, not fooled by punch holes, edges and what shines through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from mailroom.engines.reading import Grey

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LOOK_DPI = 75
_MARGIN = 0.04
"""Share of each side left out: shadows of the scanner's edge, staples."""
_DARK = 0.62
"""Ink is darker than this share of the paper's own brightness; what shines through is paler."""
_CELL = 12
"""Pixels of the edge of a cell, about 4 mm."""
_SPECK = 4
"""Dark pixels that make a cell inked; less is dust."""
_SOLID = 0.5
"""A cell darker than this is a hole, a shadow or a picture; a page of nothing but a few of these is blank."""
_FEW = 3
_HOLE = 0.3
_NEAR_EDGE = 6
"""Cells, about 25 mm: where sheets are punched."""
_PALE, _SHARP, _PALE_DPI = 0.15, 0.5, 150
"""Measured: writing of 40 grey values on paper has edges under 0.47 mm, what shines through over 0.58 mm."""
_EVERY_ROW, _MANY_ROWS = 4, 2500
"""Of a large picture one row in so many is looked at for contrast and sharpness: enough for a mean, and cheap."""
_PALER = 0.85
"""Ink is darker than this share of the paper's brightness."""
_LEAST_INK, _LEAST_EDGES = 500, 300
_DENSE = 0.35
"""A cell darker than this belongs to a barcode, a heading in large type or a picture."""


def is_blank(image: Grey) -> bool:
    """Whether the page bears no writing: fewer than three cells of 4 mm with ink outside its margins, nor pale writing.

    Punch holes, shadows, dust and what shines through are no writing.
    """
    cells = _dark_cells(image)
    if cells is None:
        return False
    inked = cells >= _SPECK
    solid = (cells > _SOLID * _CELL * _CELL) | _holes(cells)
    if solid.sum() > 0.02 * solid.size:
        return False
    return int((inked & ~_beside(solid)).sum()) < _FEW and not _pale_writing(image)


def _holes(cells: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Cells of punch holes: blocks of two by two near an edge of the sheet, dense as a hole that lies across them."""
    import numpy as np

    blocks = cells[:-1, :-1] + cells[1:, :-1] + cells[:-1, 1:] + cells[1:, 1:]
    dense = blocks > _HOLE * 4 * _CELL * _CELL
    dense[_NEAR_EDGE : -_NEAR_EDGE or None, _NEAR_EDGE : -_NEAR_EDGE or None] = False
    holes = np.zeros(cells.shape, dtype=bool)
    for down in (0, 1):
        for across in (0, 1):
            holes[down : down + dense.shape[0], across : across + dense.shape[1]] |= dense
    return holes


def _pale_writing(image: Grey) -> bool:
    """Whether there is ink as pale as what shines through, but with the sharp edges of writing on this side."""
    import numpy as np

    step = max(1, round(image.dpi / _PALE_DPI))
    top, side = round(image.height * _MARGIN), round(image.width * _MARGIN)
    picture = Image.frombuffer("L", (image.width, image.height), image.pixels, "raw", "L", 0, 1)
    inside = picture.crop((side, top, image.width - side, image.height - top)).reduce(step)
    contrast, edge = ink_of(Grey(np.asarray(inside), image.dpi / step))
    return contrast is not None and edge is not None and contrast >= _PALE and edge <= _SHARP


def ink_of(image: Grey) -> tuple[float | None, float | None]:
    """Contrast as a share of black on white, and the width of edges in millimetres; None where there is little ink."""
    import numpy as np

    rows = image.pixels[:: _EVERY_ROW if image.height > _MANY_ROWS else 1]
    counts = np.bincount(rows.ravel(), minlength=256)
    paper = _level(counts, 0.9)
    dark = counts[: max(1, int(paper * _PALER))]
    if dark.sum() < _LEAST_INK:
        return None, None
    ink = _level(dark, 0.2)
    contrast = round((paper - ink) / 255, 3)
    middle = (paper + ink) / 2
    below = rows < middle
    crossing = np.nonzero(below[:, 1:] != below[:, :-1])
    if crossing[0].size < _LEAST_EDGES:
        return contrast, None
    steps = np.abs(rows[:, 1:][crossing].astype(np.int16) - rows[:, :-1][crossing])
    width = (paper - ink) / max(1.0, float(np.median(steps)))
    return contrast, round(float(max(1.0, width)) / image.dpi * 25.4, 3)


def _level(counts: NDArray[np.int64], share: float) -> int:
    """The grey value below which this share of the pixels lies."""
    import numpy as np

    sums = np.cumsum(counts)
    return int(np.searchsorted(sums, sums[-1] * share))


def written_cells(image: Grey) -> int:
    """How many cells of 4 mm bear writing: inked, but neither as dense as a barcode or picture nor beside such."""
    cells = _dark_cells(image)
    if cells is None:
        return 0
    return int(((cells >= _SPECK) & ~_beside(cells > _DENSE * _CELL * _CELL)).sum())


def _dark_cells(image: Grey) -> NDArray[np.int64] | None:
    """Dark pixels in each cell of the page at 75 dpi, margins left out; None of a picture too small or too dark."""
    import numpy as np

    step = max(1, round(image.dpi / _LOOK_DPI))
    if image.height < step * _CELL or image.width < step * _CELL:
        return None
    picture = Image.frombuffer("L", (image.width, image.height), image.pixels, "raw", "L", 0, 1)
    small = np.asarray(picture.reduce(step) if step > 1 else picture)
    top, side = round(small.shape[0] * _MARGIN), round(small.shape[1] * _MARGIN)
    small = small[top : small.shape[0] - top or None, side : small.shape[1] - side or None]
    paper = float(np.percentile(small, 90))
    rows, columns = small.shape[0] // _CELL, small.shape[1] // _CELL
    if not rows or not columns or paper < 1:
        return None
    dark = small[: rows * _CELL, : columns * _CELL] < paper * _DARK
    cells: NDArray[np.int64] = dark.reshape(rows, _CELL, columns, _CELL).sum(axis=(1, 3))
    return cells


def _beside(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Cells of the mask and their eight neighbours: the rim of a hole belongs to the hole."""
    import numpy as np

    wide = np.pad(mask, 1)
    beside: NDArray[np.bool_] = np.logical_or.reduce(
        [wide[1 + y : wide.shape[0] - 1 + y, 1 + x : wide.shape[1] - 1 + x] for y in (-1, 0, 1) for x in (-1, 0, 1)]
    )
    return beside
