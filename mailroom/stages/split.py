"""Cut a batch into letters at its separator sheets; the batch itself stays as it came.

A separator sheet bears the text ``PATCHT`` as Code 39, Code 128, QR or DataMatrix, at any angle.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import zxingcpp

from mailroom.engines.ink import is_blank
from mailroom.engines.reading import Grey
from mailroom.settings import MailroomSettings
from mailroom.stages.pages import Pages
from mailroom.stages.prepare import Prepared

SEPARATOR_TEXT = "PATCHT"
_QUICK_DPI, _FINE_DPI = 150, 300
_SMALL_PIXELS = 1_000_000
_FORMATS = zxingcpp.barcode_formats_from_str("Code39,Code128,QRCode,DataMatrix,PDF417")


@dataclass(frozen=True, slots=True)
class Barcode:
    """A barcode on a page: its kind (``Code 39``, ``QR Code`` ...) and text."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class PageMarks:
    """What splitting must know of a page of a batch."""

    number: int
    barcodes: tuple[Barcode, ...]
    unreadable: int
    """Barcodes that are there but cannot be read: one of them may be a separator."""
    blank: bool

    @property
    def separator(self) -> bool:
        """Whether the page is a separator sheet."""
        return any(code.text.strip().upper() == SEPARATOR_TEXT for code in self.barcodes)


@dataclass(frozen=True, slots=True)
class PageRange:
    """A run of pages of a batch, ``first`` to ``last`` from 1, both included: a letter, or a separator sheet.

    All ranges together are the whole batch in its order.
    """

    first: int
    last: int
    separator: bool = False
    """A separator sheet with its blank back: belongs to no letter, is not filed."""
    blank: tuple[int, ...] = ()
    """Pages without writing; kept, but hidden from the reader."""
    barcodes: tuple[Barcode, ...] = ()
    doubtful: tuple[int, ...] = ()
    """Pages with a barcode that could not be read: if one was a separator, two letters are merged here."""

    @property
    def pages(self) -> int:
        """How many pages."""
        return self.last - self.first + 1


def split(prepared: Prepared, settings: MailroomSettings) -> tuple[PageRange, ...]:
    """Cut a delivery into letters; a delivery without separator sheets is one letter.

    A batch of separator sheets alone has no letter. The blank back of a sheet goes with the sheet.
    """
    return ranges(scan_pages(prepared, 1, prepared.pages, settings))


def scan_pages(prepared: Prepared, first: int, last: int, settings: MailroomSettings) -> tuple[PageMarks, ...]:
    """Look for barcodes and writing on a range of pages; ranges may be looked at by several workers."""
    with Pages(prepared.path) as pages:
        return tuple(_marks(pages, number, settings) for number in range(first, last + 1))


def ranges(marks: Iterable[PageMarks]) -> tuple[PageRange, ...]:
    """Cut pages, given in order, into letters and separator sheets."""
    return tuple(_range(list(run), separator) for run, separator in _runs(list(marks)))


def _runs(marks: list[PageMarks]) -> Iterator[tuple[list[PageMarks], bool]]:
    letter: list[PageMarks] = []
    index = 0
    while index < len(marks):
        if not marks[index].separator:
            letter.append(marks[index])
            index += 1
            continue
        if letter:
            yield letter, False
            letter = []
        back = index + 1 < len(marks) and marks[index + 1].blank
        yield marks[index : index + 1 + back], True
        index += 1 + back
    if letter:
        yield letter, False


def _range(run: list[PageMarks], separator: bool) -> PageRange:
    return PageRange(
        first=run[0].number,
        last=run[-1].number,
        separator=separator,
        blank=tuple(mark.number for mark in run if mark.blank),
        barcodes=tuple(code for mark in run for code in mark.barcodes),
        doubtful=tuple(mark.number for mark in run if mark.unreadable),
    )


def _marks(pages: Pages, number: int, settings: MailroomSettings) -> PageMarks:
    facts = pages.facts(number)
    image = pages.grey(number, facts, _QUICK_DPI)
    codes, unreadable = _read(image)
    if unreadable:
        codes, unreadable = _read(pages.grey(number, facts, max(_FINE_DPI, settings.dpi)))
    return PageMarks(number, codes, unreadable, not facts.chars and is_blank(image))


def _read(image: Grey) -> tuple[tuple[Barcode, ...], int]:
    found = zxingcpp.read_barcodes(image.pixels, formats=_FORMATS, try_invert=False, return_errors=True)
    if not found and image.pixels.size < _SMALL_PIXELS:
        # A code as a picture of its own, with a pattern in its modules: one threshold for all of it finds more.
        whole = zxingcpp.Binarizer.GlobalHistogram
        found = zxingcpp.read_barcodes(image.pixels, formats=_FORMATS, try_invert=False, binarizer=whole)
    good = tuple(Barcode(str(code.format), code.text) for code in found if code.valid)
    return good, len(found) - len(good)
