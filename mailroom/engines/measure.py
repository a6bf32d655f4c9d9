"""What the page gate measures on a scanned page: skew, contrast, sharpness, and writing that runs over an edge."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mailroom.engines.ink import ink_of
from mailroom.engines.reading import Grey, PageRead, Reading, ReadLine
from mailroom.ports import PageGate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LONG_LINE = 0.15
"""Share of the page's width; the slope of shorter lines is not sure."""
_SAME_ANGLE = 0.7
"""Degrees by which lines of one page differ at most."""
_LOOK_DPI = 75
_DARK = 0.62
_LEAST_POINTS, _POINTS, _MOST_POINTS = 500, 20_000, 0.3
"""Dark pixels that are needed, that are looked at, and of which share there may be at most: else it is a picture."""
_MOST_SKEW = 15.0
_CLEARLY = 1.3
_STRIP = 0.6
"""Millimetres from the edge of the scan at which a word is taken to go on beyond it."""
_LEAST_LINES = 3
_STROKES, _FEW_LINES = 6, 2
_STROKE = (0.1, 3.0)
"""Millimetres along the edge: a stroke of a letter, not dust and not a shadow."""


def measured(image: Grey, read: PageRead) -> PageGate:
    """Measure a page.

    Args:
        image: The page upright, as it was scanned.
        read: What was read on it.
    """
    contrast, edge = ink_of(image)
    return PageGate(round(skew(read.reading, image.width), 2), False, contrast, edge, cut_edges(image, read.reading))


def skew(reading: Reading, width: int) -> float:
    """Degrees by which the lines of writing fall to the right; 0 where too few lines agree.

    The median of the lines, longer ones counting more.
    """
    angles = sorted(
        (math.degrees(math.atan(line.slope)), line.right - line.left)
        for line in reading.lines
        if line.right - line.left >= _LONG_LINE * width and line.right - line.left > line.bottom - line.top
    )
    whole = sum(length for _, length in angles)
    half = whole / 2
    for angle, length in angles:
        half -= length
        if half <= 0:
            alike = [long for other, long in angles if abs(other - angle) <= _SAME_ANGLE]
            return angle if len(alike) >= _LEAST_LINES and sum(alike) * 2 > whole else 0.0
    return 0.0


def image_skew(image: Grey) -> float:
    """The same from the picture alone, for a page so far askew that no line of it is read; 0 where it is not clear.

    The angle at which lines of writing fall together best, seen along or across the sheet.
    """
    import numpy as np

    step = max(1, round(image.dpi / _LOOK_DPI))
    rows = image.pixels[step // 2 :: step, step // 2 :: step]
    dark = np.nonzero(rows < float(np.percentile(rows, 90)) * _DARK)
    if not _LEAST_POINTS <= dark[0].size <= rows.size * _MOST_POINTS:
        return 0.0
    some = max(1, dark[0].size // _POINTS)
    y, x = (axis[::some].astype(np.float32) for axis in dark)

    def sharpness(angle: float) -> float:
        slope = math.tan(math.radians(angle))
        return max(_peaks(y - slope * x), _peaks(x + slope * y))

    coarse = np.arange(-_MOST_SKEW, _MOST_SKEW + 0.5, 0.5)
    scores = [sharpness(angle) for angle in coarse]
    best = float(coarse[int(np.argmax(scores))])
    if max(scores) < _CLEARLY * float(np.median(scores)):
        return 0.0
    fine = np.arange(best - 0.5, best + 0.51, 0.1)
    return round(float(fine[int(np.argmax([sharpness(angle) for angle in fine]))]), 2)


def _peaks(places: NDArray[np.float32]) -> float:
    import numpy as np

    whole = places.astype(np.int32)
    counts = np.bincount(whole - whole.min()).astype(np.float64)
    return float((counts**2).sum())


def cut_edges(image: Grey, reading: Reading) -> tuple[str, ...]:
    """Edges of the scan over which writing runs: lines that reach it, and strokes that run through it."""
    near = _STRIP / 25.4 * image.dpi
    depth = max(1, round(near / 2))
    lines, pixels = reading.lines, image.pixels
    far_x, far_y = image.width - near, image.height - near
    touching = {
        "left": (sum(_is_long(line, image) and line.left <= near for line in lines), pixels[:, :depth].T),
        "right": (sum(_is_long(line, image) and line.right >= far_x for line in lines), pixels[:, -depth:].T),
        "top": (sum(line.top <= near for line in lines), pixels[:depth]),
        "bottom": (sum(line.bottom >= far_y for line in lines), pixels[-depth:]),
    }
    return tuple(edge for edge, (count, strip) in touching.items() if _is_cut(edge, count, strip, image.dpi))


def _is_long(line: ReadLine, image: Grey) -> bool:
    return line.right - line.left >= _LONG_LINE * image.width


def _is_cut(edge: str, lines: int, strip: NDArray[np.uint8], dpi: float) -> bool:
    beside = edge in ("left", "right")
    if lines >= _LEAST_LINES and beside:
        return True
    return lines >= (_FEW_LINES if beside else 1) and _strokes(strip, dpi) >= _STROKES


def _strokes(strip: NDArray[np.uint8], dpi: float) -> int:
    """How many strokes run through all of a strip along the edge."""
    import numpy as np

    dark = (strip < int(np.percentile(strip, 95)) * 0.6).all(axis=0)
    changes = np.flatnonzero(np.diff(np.concatenate(([False], dark, [False])).astype(np.int8)))
    lengths = (changes[1::2] - changes[::2]) / dpi * 25.4
    starts = changes[::2][(lengths >= _STROKE[0]) & (lengths <= _STROKE[1])]
    return 0 if _ruled(np.diff(starts)) else int(starts.size)


def _ruled(gaps: NDArray[np.int64]) -> bool:
    """Whether strokes follow each other as the lines of squared paper do."""
    import numpy as np

    if not gaps.size:
        return False
    usual = float(np.median(gaps))
    return bool((np.abs(gaps - usual) <= 0.1 * usual + 1).mean() > 0.6)
