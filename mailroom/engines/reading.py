"""What an OCR engine is given and what it gives back, whatever engine it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from mailroom.ports import PageGate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


_LONG_WORD = 3


@dataclass(frozen=True, eq=False)
class Grey:
    """A page as the engine sees it: one byte a pixel, rows from the top, 255 is white."""

    pixels: NDArray[np.uint8]
    dpi: float

    @property
    def width(self) -> int:
        """Pixels in a row."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Rows."""
        return int(self.pixels.shape[0])


@dataclass(frozen=True, slots=True)
class ReadWord:
    """A word with its box in pixels from the top left corner and its confidence, 0.0 to 1.0."""

    text: str
    left: int
    top: int
    right: int
    bottom: int
    confidence: float
    language: str = ""


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line of words; its baseline is ``slope * x + offset`` from the lower left corner of its box, y downwards."""

    words: tuple[ReadWord, ...]
    left: int
    top: int
    right: int
    bottom: int
    slope: float
    offset: float
    block: int
    """Number of the block of text on its page, in reading order."""


@dataclass(frozen=True, slots=True)
class Reading:
    """All lines that an engine found on a page image, in reading order."""

    lines: tuple[ReadLine, ...]

    def words(self) -> Iterator[ReadWord]:
        """All words in reading order."""
        for line in self.lines:
            yield from line.words

    @property
    def confidence(self) -> float:
        """Mean confidence weighted by the length of the words, 0.0 to 1.0; 0.0 without words."""
        weight = sum(len(word.text) for word in self.words())
        return sum(len(word.text) * word.confidence for word in self.words()) / weight if weight else 0.0

    @property
    def sure_letters(self) -> float:
        """Letters and digits that were read, each counted with the confidence of its word."""
        return sum(sum(c.isalnum() for c in word.text) * word.confidence for word in self.words())

    @property
    def lying(self) -> bool:
        """Whether most words of three letters or more stand on end: then the page lies on its side."""
        longer = [word for word in self.words() if len(word.text) >= _LONG_WORD]
        on_end = sum(word.bottom - word.top > word.right - word.left for word in longer)
        return on_end * 2 > len(longer)


@dataclass(frozen=True)
class PageRead:
    """A page after the engine: its reading, the image's size in pixels and resolution, and the turn that it needed."""

    reading: Reading
    width: int
    height: int
    dpi: float
    turn: int
    """Degrees counter-clockwise by which the page was put upright."""
    blank: bool
    gate: PageGate | None = None
    """Of a scan without text of its own."""


class PageReader(Protocol):
    """An OCR engine that is ready to read pages."""

    name: str

    def version(self) -> str:
        """Engine and models with their versions, for the transfer note."""
        ...

    def read(self, image: Grey) -> Reading:
        """Read a page image as it stands."""
        ...

    def orientation(self, image: Grey) -> tuple[int, float]:
        """Degrees (0, 90, 180, 270) counter-clockwise that put the page upright, and how sure that is (0 = unknown)."""
        ...
