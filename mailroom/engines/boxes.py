"""Tick boxes that are drawn on a scan: no engine reads them, so they are found by their lines and set as characters.

A box is four lines that enclose a small square and go no further: cells of tables and of comb fields share their
lines with others, and are none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from mailroom.engines.reading import Grey, Reading, ReadLine, ReadWord

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TICKED, EMPTY = "☒", "☐"
_LOOK_DPI = 150
_DARK = 0.78
"""Ink is darker than this share of the paper's brightness."""
Stroke = tuple[int, int, int, int]
"""A level line: left, right (behind its last pixel), first and last row."""
_SIDE = (2.4, 7.5)
"""Millimetres: the edge of a box."""
_ASPECT = 1.2
_SLACK = 0.12
"""Share of the edge by which corners may miss each other: pages are askew, lines are blurred; at one side twice as far,
where a hook goes over the edge."""
_WHOLE = 0.93
"""Share of a side that must be drawn."""
_INSIDE = 0.24
"""Share of the edge left out on each side when the inside is looked at: the lines, and where they are thick."""
_MARKED, _SOLID = 0.05, 0.8
"""Share of the inside that is inked: from here on it is ticked, from there on it is a bullet."""
_AROUND, _CLEAR = (0.15, 0.35), 0.25
"""Above, below and left of a box, so far away, there is hardly ink; the patterns of a barcode have neighbours."""
_GOES_ON = 0.6
"""Share of the way beyond a corner along which a line of a table goes on."""
_MOST_RUNS = 20_000
"""A page with more short level lines is a picture."""
_LABEL = 12.0
"""Millimetres to the word that a box belongs to, right of it."""
_CONFIDENCE = 0.9


@dataclass(frozen=True, slots=True)
class TickBox:
    """A drawn box in pixels from the top left corner."""

    left: int
    top: int
    right: int
    bottom: int
    ticked: bool


def with_boxes(image: Grey, reading: Reading) -> Reading:
    """The reading of a page with each drawn box before its label, as ``☒`` or ``☐``.

    What the engine took a box for (``O``, ``LJ``, ``X``) is left out. A box without a label at its right is no box.
    """
    lines = list(reading.lines)
    for box in find_boxes(image):
        place = _line_of(box, lines, _LABEL / 25.4 * image.dpi)
        if place is not None:
            lines = [_with_box(line, box, labelled=number == place) for number, line in enumerate(lines)]
            lines = [line for line in lines if line.words]
    return Reading(tuple(lines))


def find_boxes(image: Grey) -> list[TickBox]:
    """The drawn boxes of a page that stands upright, from top to bottom."""
    import numpy as np

    step = max(1, int(image.dpi / _LOOK_DPI))
    paper = float(np.percentile(image.pixels[::8, ::8], 90))
    dark = _thinned(image.pixels < paper * _DARK, step)
    millimetre = image.dpi / step / 25.4
    low, high = _SIDE[0] * millimetre, _SIDE[1] * millimetre
    found: list[TickBox] = []
    for upper, lower in _frames(_strokes(dark, low, high), low, high):
        left, right, top, bottom = max(upper[0], lower[0]), min(upper[1], lower[1]), upper[2], lower[3] + 1
        box = TickBox(left * step, top * step, right * step, bottom * step, ticked=False)
        if any(_same(box, other) for other in found) or not _stands_alone(dark, upper, lower):
            continue
        inked = _inked(dark, left, top, right, bottom)
        if inked < _SOLID:
            found.append(replace(box, ticked=inked >= _MARKED))
    return found


def _same(box: TickBox, other: TickBox) -> bool:
    across, down = (other.left + other.right) / 2, (other.top + other.bottom) / 2
    return box.left <= across <= box.right and box.top <= down <= box.bottom


def _thinned(dark: NDArray[np.bool_], step: int) -> NDArray[np.bool_]:
    """Every so many pixels in one, dark where one of them is: a hair line stays."""
    high, wide = (side - side % step for side in dark.shape)
    dark = dark[:high, :wide]
    rows = dark[::step].copy()
    for shift in range(1, step):
        rows |= dark[shift::step]
    thin = rows[:, ::step].copy()
    for shift in range(1, step):
        thin |= rows[:, shift::step]
    return thin


def _strokes(dark: NDArray[np.bool_], low: float, high: float) -> list[Stroke]:
    """Level lines of about a box's length as left, right, first and last row; a gap of one pixel is bridged."""
    import numpy as np

    closed = np.zeros((dark.shape[0], dark.shape[1] + 2), dtype=bool)
    closed[:, 1:-1] = dark
    closed[:, 2:-2] |= dark[:, :-2] & dark[:, 2:]
    flat = closed.ravel()
    changes = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    starts, ends = changes[::2], changes[1::2]
    fit = (ends - starts >= low) & (ends - starts <= high)
    starts, ends = starts[fit], ends[fit]
    if starts.size > _MOST_RUNS:
        return []
    rows, lefts = np.divmod(starts, closed.shape[1])
    strokes: list[Stroke] = []
    growing: dict[int, list[int]] = {}
    for row, left, right in zip(rows.tolist(), (lefts - 1).tolist(), (lefts - 1 + ends - starts).tolist(), strict=True):
        for index in growing.get(row - 1, ()):
            begin, end, first, _ = strokes[index]
            if abs(begin - left) <= 2 and abs(end - right) <= 2:
                strokes[index] = (min(begin, left), max(end, right), first, row)
                growing.setdefault(row, []).append(index)
                break
        else:
            growing.setdefault(row, []).append(len(strokes))
            strokes.append((left, right, row, row))
    return strokes


def _frames(strokes: Sequence[Stroke], low: float, high: float) -> Iterator[tuple[Stroke, Stroke]]:
    """Two level lines of one length, one below the other by about that length."""
    for place, upper in enumerate(strokes):
        width = upper[1] - upper[0]
        if upper[3] - upper[2] > _INSIDE * width:
            continue
        slack = max(2.0, _SLACK * width)
        for lower in strokes[place + 1 :]:
            tall = lower[3] + 1 - upper[2]
            if lower[2] - upper[2] > high:
                break
            misses = sorted((abs(lower[0] - upper[0]), abs(lower[1] - upper[1])))
            alike = misses[0] <= slack and misses[1] <= 2 * slack
            square = low <= tall and width / _ASPECT <= tall <= width * _ASPECT
            if alike and square and lower[3] - lower[2] <= _INSIDE * tall:
                yield upper, lower


def _stands_alone(dark: NDArray[np.bool_], upper: Stroke, lower: Stroke) -> bool:
    """Whether two level lines have upright ones between them, no line goes on over a corner, and nothing is near."""
    import numpy as np

    left, right, top, bottom = max(upper[0], lower[0]), min(upper[1], lower[1]), upper[2], lower[3]
    wide = right - left
    near, far = (max(2, round(share * wide)) for share in _AROUND)
    if left < far or top < far or right + far >= dark.shape[1] or bottom + far >= dark.shape[0]:
        return False
    slack = max(2, round(_SLACK * wide))
    for ends, inner, inwards in (
        ((upper[0], lower[0]), left, 1),
        ((upper[1] - 1, lower[1] - 1), right - 1, -1),
    ):
        start, end = ends if abs(ends[0] - ends[1]) <= slack else (inner, inner)
        columns = np.rint(np.linspace(start, end, bottom + 1 - top)).astype(int)
        if not any(_upright(dark, columns + inwards * shift, top) for shift in range(slack + 1)):
            return False
        above = dark[top - far : top - near + 1, start - 1 : start + 2]
        below = dark[bottom + near : bottom + far + 1, end - 1 : end + 2]
        if any(beyond.any(axis=1).mean() > _GOES_ON for beyond in (above, below)):
            return False
    for begin, end, first, last in (upper, lower):
        level = slice(first - 1, last + 2)
        before, behind = dark[level, max(0, begin - far) : begin - near + 1], dark[level, end + near : end + far + 1]
        if any(beyond.size and beyond.any(axis=0).mean() > _GOES_ON for beyond in (before, behind)):
            return False
    around = (dark[top - far : top - near, left:right], dark[bottom + near : bottom + far, left:right])
    return all(strip.mean() <= _CLEAR for strip in (*around, dark[top:bottom, left - far : left - near]))


def _upright(dark: NDArray[np.bool_], columns: NDArray[np.int64], top: int) -> bool:
    """Whether a line is drawn from row to row along these columns."""
    import numpy as np

    rows = np.arange(top, top + columns.size)
    return bool((dark[rows, columns - 1] | dark[rows, columns] | dark[rows, columns + 1]).mean() >= _WHOLE)


def _inked(dark: NDArray[np.bool_], left: int, top: int, right: int, bottom: int) -> float:
    """The share of a frame's inside that is inked."""
    across, down = round(_INSIDE * (right - left)), round(_INSIDE * (bottom - top))
    inside = dark[top + down : bottom - down, left + across : right - across]
    return float(inside.mean()) if inside.size else 1.0


def _line_of(box: TickBox, lines: Sequence[ReadLine], reach: float) -> int | None:
    """The line whose nearest word right of the box is its label; None where it is a letter of a word, as a large D."""
    across, middle = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    words = [word for line in lines for word in line.words if not _covered(word, box)]
    if any(word.left <= across <= word.right and word.top <= middle <= word.bottom for word in words):
        return None
    best: tuple[float, int] | None = None
    for place, line in enumerate(lines):
        for word in line.words:
            gap = word.left - box.right
            if word.top <= middle <= word.bottom + 1 and -2 <= gap <= reach and not _covered(word, box):
                best = min(best or (gap, place), (gap, place))
    return best[1] if best else None


def _with_box(line: ReadLine, box: TickBox, *, labelled: bool) -> ReadLine:
    """The line without what the engine took the box for; with the box where its label stands in it."""
    words = tuple(word for word in line.words if not _covered(word, box))
    if not labelled:
        return replace(line, words=words)
    mark = ReadWord(TICKED if box.ticked else EMPTY, box.left, box.top, box.right, box.bottom, _CONFIDENCE)
    left, right = min(line.left, box.left), max(line.right, box.right)
    offset = line.offset + line.slope * (left - line.left)
    words = tuple(sorted((*words, mark), key=lambda word: word.left)) if _in_order(words) else (mark, *words)
    return replace(line, words=words, left=left, right=right, offset=offset)


def _in_order(words: Sequence[ReadWord]) -> bool:
    return all(one.left <= other.left for one, other in pairwise(words))


def _covered(word: ReadWord, box: TickBox) -> bool:
    """Whether a word is what the engine made of the box: most of it lies inside."""
    margin = round(0.15 * (box.right - box.left))
    across = min(word.right, box.right + margin) - max(word.left, box.left - margin)
    down = min(word.bottom, box.bottom + margin) - max(word.top, box.top - margin)
    return across > 0 and down > 0 and across * down > 0.6 * (word.right - word.left) * (word.bottom - word.top)
