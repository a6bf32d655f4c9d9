"""Cut and join letters after recognition: pages move with their text, boxes and picture; nothing is read anew.

Runs in a worker, since it opens the delivery as it came. The delivery stays bit-exact; a letter's own file is its
range of pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pikepdf

from erecords.files import make_folder
from mailroom.ports import PageText, Recognition
from mailroom.settings import MailroomSettings
from mailroom.stages import pdfa
from mailroom.stages.gate import page_findings
from mailroom.stages.identify import identify
from mailroom.stages.pages import Pages
from mailroom.stages.prepare import Prepared, prepare
from mailroom.stages.recognise import THUMBNAIL_WIDTH, cut, recognise_range
from mailroom.stages.split import scan_pages


@dataclass(frozen=True)
class Piece:
    """A letter made of pages that were recognised before; pages count within the delivery."""

    first_page: int
    last_page: int
    original: Path
    whole: bool
    """Whether it is all of the delivery."""
    recognition: Recognition


@dataclass(frozen=True)
class Recognised:
    """What recognition made of a letter; its pages count from 1, its bounds within the delivery."""

    first_page: int
    last_page: int
    pages: tuple[PageText, ...]
    rendition: Path
    """Its searchable PDF."""
    engine: str


@dataclass(frozen=True)
class Cut:
    """Cut these ranges (first and last page within the delivery) out of the letters that hold them."""

    ranges: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Turn:
    """Turn pages (from 1) of the one letter clockwise against how they stand now, and read them anew."""

    pages: tuple[int, ...]
    degrees: int


def make(
    source: Path, name: str, letters: Sequence[Recognised], wanted: Cut | Turn, folder: Path, settings: MailroomSettings
) -> list[Piece]:
    """Make the pieces of a delivery in a folder of their own.

    Args:
        source: The delivery as it came.
        name: The name under which it arrived.
        letters: What was recognised of the letters that hold the pages now.
        wanted: What is to be done.
        folder: An empty folder.
        settings: Limits and engine.

    Raises:
        Refused: the file or one of its pages cannot be read any more.
    """
    prepared = prepare(source, folder, identify(source, name, settings), settings)
    cutter = _Cutter(prepared, letters, folder, settings)
    if isinstance(wanted, Turn):
        return [cutter.turn(wanted)]
    return [cutter.piece(first, last) for first, last in wanted.ranges]


@dataclass(frozen=True)
class _Cutter:
    prepared: Prepared
    letters: Sequence[Recognised]
    folder: Path
    settings: MailroomSettings

    def piece(self, first: int, last: int) -> Piece:
        """The pages from ``first`` to ``last`` of the delivery, taken from letters that hold them."""
        folder = self.folder / f"{first}-{last}"
        folder.mkdir()
        wanted = [one for one in self.letters if one.first_page <= last and one.last_page >= first]
        held = {page.number + one.first_page - 1: page for one in wanted for page in one.pages}
        numbers = range(first, last + 1)
        pages = [
            replace(held.get(number) or self._sheet(number), number=place) for place, number in enumerate(numbers, 1)
        ]
        parts = {max(first, one.first_page): _part(one, first, last, folder) for one in wanted}
        for number in set(numbers) - set(held):
            parts[number] = cut(self.prepared, number, number, folder / f"sheet-{number}.pdf")
        return self._bind(folder, (first, last), pages, [parts[start] for start in sorted(parts)], wanted[0].engine)

    def turn(self, wanted: Turn) -> Piece:
        """The letter with some of its pages turned and read anew; the other pages keep what was read on them."""
        (one,) = self.letters
        folder = self.folder / f"turned-{one.first_page}"
        folder.mkdir()
        pages, parts, engine = list(one.pages), [], one.engine
        for number, page in enumerate(one.pages, 1):
            place = one.first_page + number - 1
            if number not in wanted.pages:
                parts.append(_part(one, place, place, folder / f"kept-{number}"))
                continue
            single = self._turned(one, number, wanted.degrees, folder / f"page-{number}.pdf")
            made = recognise_range(single, 1, 1, folder / f"page-{number}", self.settings)
            parts.append(made.path)
            pages[number - 1] = replace(
                made.pages[0], number=number, rotated=(page.rotated + wanted.degrees) % 360, codes=page.codes
            )
            engine = made.engine or engine
        return self._bind(folder, (one.first_page, one.last_page), pages, parts, engine)

    def _turned(self, one: Recognised, number: int, degrees: int, target: Path) -> Prepared:
        """A page of the delivery as a file of its own, turned clockwise against its rendition."""
        with pikepdf.open(one.rendition) as pdf:
            stands = int(pdf.pages[number - 1].obj.get("/Rotate", 0))
        place = one.first_page + number - 1
        with pikepdf.open(self.prepared.path) as pdf, pikepdf.new() as single:
            single.pages.append(pdf.pages[place - 1])
            single.pages[0].obj["/Rotate"] = (stands + degrees) % 360
            single.save(target)
        return replace(self.prepared, path=target, pages=1, findings=(), marks=(), upright=True)

    def _bind(
        self, folder: Path, bounds: tuple[int, int], pages: Sequence[PageText], parts: Sequence[Path], engine: str
    ) -> Piece:
        first, last = bounds
        whole = first == 1 and last == self.prepared.pages
        original = self.prepared.source if whole else cut(self.prepared, first, last, folder / "original.pdf")
        valid, _ = pdfa.finish(tuple(parts), folder / "rendition.pdf")
        with Pages(folder / "rendition.pdf") as drawn:
            drawn.thumbnail(1, THUMBNAIL_WIDTH, folder / "thumbnail.png")
        recognition = Recognition(
            pages=tuple(pages),
            rendition=folder / "rendition.pdf",
            pdfa=valid,
            thumbnail=folder / "thumbnail.png",
            engine=engine,
            findings=page_findings(pages, self.settings),
        )
        return Piece(first, last, original, whole, recognition)

    def _sheet(self, number: int) -> PageText:
        """A separator sheet between two letters that become one: it is not read, and stays where it lay."""
        (mark,) = scan_pages(self.prepared, number, number, self.settings)
        with Pages(self.prepared.path) as drawn:
            facts = drawn.facts(number)
        return PageText(number, facts.width, facts.height, "", (), "none", 0.0, blank=True, codes=mark.barcodes)


def _part(one: Recognised, first: int, last: int, folder: Path) -> Path:
    """The searchable pages of one letter that fall into the range."""
    shift = one.first_page - 1
    target = make_folder(folder) / f"part-{one.first_page}.pdf"
    with pikepdf.open(one.rendition) as pdf:
        for number in reversed(range(1, len(pdf.pages) + 1)):
            if not first <= number + shift <= last:
                del pdf.pages[number - 1]
        pdf.save(target)
    return target
