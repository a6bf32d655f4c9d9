"""Cut a batch into letters at its separator sheets, cover sheets and labels; the batch itself stays as it came.

What is on the sheets, as Code 39, Code 128, QR or DataMatrix at any angle, is in :mod:`mailroom.stages.sheets`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import zxingcpp

from mailroom.engines.ink import is_blank, written_cells
from mailroom.engines.reading import Grey
from mailroom.ports import Barcode
from mailroom.settings import MailroomSettings
from mailroom.stages import sheets
from mailroom.stages.marks import PageMarks
from mailroom.stages.pages import Pages
from mailroom.stages.prepare import Prepared
from mailroom.stages.sheets import Cover

_QUICK_DPI, _FINE_DPI = 150, 300
_SMALL_PIXELS = 1_000_000
_FORMATS = zxingcpp.barcode_formats_from_str("Code39,Code128,QRCode,DataMatrix,PDF417")
_SHEET_CELLS = 400
"""Cells of 4 mm with writing, beside codes, that a sheet may have; the fullest sheet known has 260, a letter more."""


@dataclass(frozen=True, slots=True)
class PageRange:
    """A run of pages of a batch, ``first`` to ``last`` from 1, both included: a letter, or a separator sheet.

    All ranges together are the whole batch in its order.
    """

    first: int
    last: int
    separator: bool = False
    """A separator or cover sheet with its blank back: belongs to no letter, is not filed."""
    marks: tuple[PageMarks, ...] = ()
    """Of its pages, in order."""
    label: str = ""
    """The entry number of a letter whose first page bears a label that is still free."""

    @property
    def pages(self) -> int:
        """How many pages."""
        return self.last - self.first + 1

    @property
    def cover(self) -> Cover | None:
        """Of a cover sheet: what it declares."""
        return self.marks[0].cover if self.separator and self.marks else None

    @property
    def blank(self) -> tuple[int, ...]:
        """Pages without writing; kept, but hidden from the reader."""
        return tuple(mark.number for mark in self.marks if mark.blank)

    @property
    def barcodes(self) -> tuple[Barcode, ...]:
        """All barcodes that were read."""
        return tuple(code for mark in self.marks for code in mark.barcodes)

    @property
    def doubtful(self) -> tuple[int, ...]:
        """Pages with a barcode that could not be read: if one was a separator, two letters are merged here."""
        return tuple(mark.number for mark in self.marks if mark.unreadable)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one cover sheet declared, and the pages that it speaks of: up to the next cover sheet."""

    name: str
    declared: int
    first_page: int
    last_page: int


def split(
    prepared: Prepared, settings: MailroomSettings, labels: frozenset[str] = frozenset()
) -> tuple[PageRange, ...]:
    """Cut a delivery into letters; a delivery without sheets and labels is one letter.

    A batch of separator sheets alone has no letter. The blank back of a sheet goes with the sheet. A page with one of
    ``labels``, entry numbers that were printed and not used, begins a letter; so does the first page with a label of
    one of the settings' ``label_forms``. Other labels cut nothing.
    """
    return ranges(scan_pages(prepared, 1, prepared.pages, settings), labels, settings.label_forms)


def scan_pages(prepared: Prepared, first: int, last: int, settings: MailroomSettings) -> tuple[PageMarks, ...]:
    """Look for barcodes and writing on a range of pages; ranges may be looked at by several workers."""
    with Pages(prepared.path) as pages:
        return tuple(_marks(pages, number, settings) for number in range(first, last + 1))


def ranges(
    marks: Iterable[PageMarks], labels: frozenset[str] = frozenset(), forms: Sequence[str] = ()
) -> tuple[PageRange, ...]:
    """Cut pages, given in order, into letters and separator sheets."""
    free = set(labels)
    found = []
    for run, separator, label in _runs(list(marks), free, forms):
        found.append(PageRange(run[0].number, run[-1].number, separator, tuple(run), label))
    return tuple(found)


def _runs(marks: list[PageMarks], free: set[str], forms: Sequence[str]) -> Iterator[tuple[list[PageMarks], bool, str]]:
    letter: list[PageMarks] = []
    seen: set[str] = set()
    label = ""
    index = 0
    while index < len(marks):
        mark = marks[index]
        new = next((one for one in mark.labels if one in free), "")
        others = {text for text in mark.texts if any(sheets.has_form(text, form) for form in forms)} - seen
        seen |= others
        if letter and (mark.coded or new or others):
            yield letter, False, label
            letter, label = [], ""
        if mark.separator:
            back = index + 1 < len(marks) and marks[index + 1].blank
            yield marks[index : index + 1 + back], True, ""
            index += 1 + back
            continue
        if new:
            free.discard(new)
            label = new
        letter.append(mark)
        index += 1
    if letter:
        yield letter, False, label


def batches(cut: Iterable[PageRange]) -> tuple[Batch, ...]:
    """What the cover sheets declared; letters before the first one belong to no batch."""
    found: list[Batch] = []
    for one in cut:
        if one.cover:
            found.append(Batch(one.cover.name, one.cover.letters, one.first, one.last))
        elif found:
            found[-1] = Batch(found[-1].name, found[-1].declared, found[-1].first_page, one.last)
    return tuple(found)


def _marks(pages: Pages, number: int, settings: MailroomSettings) -> PageMarks:
    facts = pages.facts(number)
    image = pages.grey(number, facts, _QUICK_DPI)
    codes, unreadable = read_codes(image)
    if unreadable:
        codes, unreadable = read_codes(pages.grey(number, facts, max(_FINE_DPI, settings.dpi)))
    found = PageMarks(number, codes, unreadable, not facts.chars and is_blank(image))
    full = found.coded and written_cells(image) > _SHEET_CELLS
    return PageMarks(number, codes, unreadable, found.blank, full)


def read_codes(image: Grey) -> tuple[tuple[Barcode, ...], int]:
    """The barcodes on a picture, and how many more are there that cannot be read."""
    found = zxingcpp.read_barcodes(image.pixels, formats=_FORMATS, try_invert=False, return_errors=True)
    if not found and image.pixels.size < _SMALL_PIXELS:
        # A code as a picture of its own, with a pattern in its modules: one threshold for all of it finds more.
        whole = zxingcpp.Binarizer.GlobalHistogram
        found = zxingcpp.read_barcodes(image.pixels, formats=_FORMATS, try_invert=False, binarizer=whole)
    good = tuple(Barcode(str(code.format), code.text) for code in found if code.valid)
    return good, len(found) - len(good)
