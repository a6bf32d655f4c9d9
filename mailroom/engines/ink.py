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
_DENSE = 0.35
"""A cell darker than this belongs to a barcode, a heading in large type or a picture."""


def is_blank(image: Grey) -> bool:
    """Whether the page bears no writing: fewer than three cells of 4 mm with ink outside its margins."""
    cells = _dark_cells(image)
    if cells is None:
        return False
    inked = cells >= _SPECK
    solid = cells > _SOLID * _CELL * _CELL
    if solid.sum() > 0.02 * solid.size:
        return False
    return int((inked & ~_beside(solid)).sum()) < _FEW


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
