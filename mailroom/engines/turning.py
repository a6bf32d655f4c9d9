"""Put a page upright: read first, and look for another orientation only when the reading is poor.

Tesseract's orientation detection costs a fifth of reading and may be unsure on short pages, so a page that reads
well is upright without it. Otherwise each likely angle is read and the reading with most sure letters wins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailroom.engines.reading import Grey, PageReader, Reading

if TYPE_CHECKING:
    from collections.abc import Iterator

_GOOD = 0.75
_FEW_LETTERS = 8.0
_SURE = 5.0
"""Tesseract's confidence from which its angle is believed alone; 14, the usual value, misses upside-down pages."""
_BETTER = 1.2
_POOR = 0.6


def turned(image: Grey, angle: int) -> Grey:
    """The image turned counter-clockwise by 0, 90, 180 or 270 degrees."""
    import numpy as np

    return Grey(np.ascontiguousarray(np.rot90(image.pixels, angle // 90)), image.dpi) if angle else image


def read_upright(reader: PageReader, image: Grey, hint: int = 0) -> tuple[int, Reading]:
    """Read a page the right way up.

    Args:
        reader: The engine.
        image: The page as it is shown now.
        hint: The turn of the page before. After a turned page the orientation is detected first, so that a stack
            fed upside down is not read twice. A page reads well in one direction only: the hint changes the work,
            not the result.

    Returns:
        The degrees (0, 90, 180, 270) counter-clockwise by which the page was turned, and the reading.
    """
    if hint:
        angle, certainty = reader.orientation(image)
        if angle and certainty >= _SURE:
            reading = reader.read(turned(image, angle))
            if _is_good(reading):
                return angle, reading
    best_angle, best = 0, reader.read(image)
    if _is_good(best):
        return best_angle, best
    for angle in _likely(reader, image, best):
        reading = reader.read(turned(image, angle))
        if not reading.lying and (best.lying or reading.sure_letters > best.sure_letters * _BETTER):
            best_angle, best = angle, reading
    return best_angle, best


def _is_good(reading: Reading) -> bool:
    return not reading.lying and reading.confidence >= _GOOD and reading.sure_letters >= _FEW_LETTERS


def _likely(reader: PageReader, image: Grey, as_is: Reading) -> Iterator[int]:
    angle, certainty = reader.orientation(image)
    if certainty >= _SURE:
        return iter((angle,) if angle else ())
    if as_is.lying:
        return iter((90, 270))
    if as_is.confidence < _POOR:
        return iter((180, angle) if angle in (90, 270) else (180,))
    return iter(())
