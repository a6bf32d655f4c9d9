"""A page as characters: shades of grey in quarters of a cell, or dots where the terminal shows no colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from rich.style import Style
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

_Grey = npt.NDArray[np.uint8]
_QUARTERS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
"""By the sum of 1 (left above), 2 (right above), 4 (left below) and 8 (right below)."""
_DOTS = ((1, 8), (2, 16), (4, 32), (64, 128))
_BRAILLE = 0x2800
_STEP = 17
"""Shades are rounded to sixteen, so that few styles are made."""
_DARKER = 12
"""By how much ink must be darker than the paper around it."""


def drawn(picture: Image.Image, columns: int, rows: int, *, colours: bool, fine: bool = False) -> Text:
    """A picture in so many cells, a line of text each row; stretched to fill them.

    Args:
        picture: what to draw.
        columns: cells in a row.
        rows: lines.
        colours: whether the terminal shows shades; else only dots are drawn.
        fine: dots in any case: eight to a cell, so that letters can be read; black and white only.
    """
    dots = fine or not colours
    across, down = (2, 4) if dots else (2, 2)
    grey = picture.convert("L").resize((columns * across, rows * down), Image.Resampling.BOX)
    pixels = np.asarray(grey, dtype=np.uint8).reshape(rows, down, columns, across).transpose(0, 2, 1, 3)
    lines = _dots(pixels) if dots else _shades(pixels)
    text = Text("\n", no_wrap=True, end="").join(lines)
    if dots and colours:
        text.stylize("black on white")
    return text


def _shades(pixels: _Grey) -> Iterable[Text]:
    flat = pixels.reshape(*pixels.shape[:2], 4).astype(int)
    middle = flat.mean(axis=2, keepdims=True)
    light = flat > middle
    signs = (light * np.array([1, 2, 4, 8])).sum(axis=2)
    fore = _mean(flat, light)
    back = _mean(flat, ~light)
    for row in range(pixels.shape[0]):
        line = Text(no_wrap=True, end="")
        for sign, one, other in zip(signs[row], fore[row], back[row], strict=True):
            line.append(_QUARTERS[sign], _style(int(one if sign else other), int(other)))
        yield line


def _mean(values: Any, chosen: Any) -> Any:
    """Mean of the chosen quarters of each cell, rounded to a shade; that of all where none is chosen."""
    count = chosen.sum(axis=2)
    chosen_mean = (values * chosen).sum(axis=2) / np.maximum(count, 1)
    mean = np.where(count > 0, chosen_mean, values.mean(axis=2))
    return (np.rint(mean / _STEP) * _STEP).astype(int)


def _style(fore: int, back: int) -> Style:
    return Style(color=f"rgb({fore},{fore},{fore})", bgcolor=f"rgb({back},{back},{back})")


def _dots(pixels: _Grey) -> Iterable[Text]:
    paper = int(np.percentile(pixels, 90))
    ink = pixels.astype(int) < min(paper - _DARKER, 200)
    signs = (ink * np.array(_DOTS)).sum(axis=(2, 3)) + _BRAILLE
    for row in signs:
        yield Text("".join(map(chr, row)), no_wrap=True, end="")
