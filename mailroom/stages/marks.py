"""What lies on a page of a batch that tells where one letter ends and the next begins."""

from __future__ import annotations

from dataclasses import dataclass

from mailroom.ports import Barcode
from mailroom.stages import sheets
from mailroom.stages.sheets import Cover


@dataclass(frozen=True, slots=True)
class PageMarks:
    """What splitting must know of a page of a batch."""

    number: int
    barcodes: tuple[Barcode, ...]
    unreadable: int
    """Barcodes that are there but cannot be read: one of them may be a separator."""
    blank: bool
    full: bool = False
    """Whether it bears a separator's code, but more writing than any sheet: then it is a letter's first page."""

    @property
    def cover(self) -> Cover | None:
        """What a cover sheet declares."""
        return next((cover for cover in (sheets.cover_of(code.text) for code in self.barcodes) if cover), None)

    @property
    def coded(self) -> bool:
        """Whether it bears the code of a separator or cover sheet."""
        return self.cover is not None or any(sheets.is_separator(code.text) for code in self.barcodes)

    @property
    def separator(self) -> bool:
        """Whether the page is a separator or cover sheet, which belongs to no letter."""
        return self.coded and not self.full

    @property
    def texts(self) -> tuple[str, ...]:
        """What its barcodes say."""
        return tuple(code.text.strip().upper() for code in self.barcodes)

    @property
    def labels(self) -> tuple[str, ...]:
        """Entry numbers on labels."""
        return tuple(label for label in map(sheets.label_of, self.texts) if label)
