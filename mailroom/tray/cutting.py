"""Cutting and joining letters after recognition: pages move with their text, boxes and picture; nothing is read anew.

The delivery stays bit-exact as it came; a letter's own file is its range of pages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pikepdf
from sqlmodel import Session, col, select

from erecords.errors import Conflict
from erecords.files import make_folder
from erecords.store.blobs import BlobStore
from erecords.store.lifecycle import RenditionKind
from mailroom.models import Delivery, Letter, LetterFile
from mailroom.ports import PageText, Recognition
from mailroom.processing import recognised
from mailroom.settings import MailroomSettings
from mailroom.stages import pdfa
from mailroom.stages.gate import page_findings
from mailroom.stages.identify import identify
from mailroom.stages.pages import Pages
from mailroom.stages.prepare import Prepared, prepare
from mailroom.stages.recognise import THUMBNAIL_WIDTH, Part, cut
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
    """A letter with what recognition made of it."""

    letter: Letter
    pages: tuple[PageText, ...]
    rendition: str
    """SHA-512 of its searchable PDF."""


def recognised_letter(session: Session, blobs: BlobStore, letter: Letter) -> Recognised:
    """Read back what was recognised of a letter.

    Raises:
        Conflict: nothing was.
    """
    rows = session.exec(select(LetterFile).where(LetterFile.letter == letter.number)).all()
    files = {row.kind: row.sha512 for row in rows}
    if RenditionKind.WORDS not in files:
        raise Conflict(f"Nothing was recognised of {letter.number}; file it by hand, or scan it again.")
    pages = recognised.from_words_json(blobs.read(files[RenditionKind.WORDS]))
    return Recognised(letter, pages, files[RenditionKind.PDFA])


def derived(session: Session, letters: Sequence[Letter]) -> list[str]:
    """Digests of all files of these letters; those that no row names after the change can go."""
    numbers = [letter.number for letter in letters]
    return list(session.exec(select(LetterFile.sha512).where(col(LetterFile.letter).in_(numbers))).all())


class Cutter:
    """Cuts and joins the letters of one delivery in a folder of its own."""

    def __init__(self, blobs: BlobStore, delivery: Delivery, settings: MailroomSettings, folder: Path) -> None:
        assert delivery.sha512 is not None
        self._blobs = blobs
        self._folder = folder
        self._settings = settings
        source = blobs.verified(delivery.sha512)
        kind = identify(source, delivery.name, settings)
        self._prepared = prepare(source, folder, kind, settings)

    def piece(self, letters: Sequence[Recognised], first: int, last: int) -> Piece:
        """The pages from ``first`` to ``last`` of the delivery, taken from letters that hold them."""
        folder = self._folder / f"{first}-{last}"
        folder.mkdir()
        wanted = [one for one in letters if one.letter.first_page <= last and one.letter.last_page >= first]
        held = {page.number + one.letter.first_page - 1: page for one in wanted for page in one.pages}
        numbers = range(first, last + 1)
        pages = [
            replace(held.get(number) or self._sheet(number), number=place) for place, number in enumerate(numbers, 1)
        ]
        parts = {max(first, one.letter.first_page): self._part(one, first, last, folder) for one in wanted}
        for number in set(numbers) - set(held):
            parts[number] = cut(self._prepared, number, number, folder / f"sheet-{number}.pdf")
        engine = str(wanted[0].letter.transfer_note.get("engine", ""))
        return self._bind(folder, (first, last), pages, [parts[start] for start in sorted(parts)], engine)

    def turn(
        self, one: Recognised, numbers: Sequence[int], degrees: int, read: Callable[[Prepared, Path], Part]
    ) -> Piece:
        """A letter with some of its pages (from 1) turned clockwise against how they stand now, and read anew.

        The other pages keep what was read on them.

        Raises:
            Refused, WorkerKilled: a page cannot be read; of ``read``.
        """
        letter = one.letter
        folder = self._folder / f"turned-{letter.first_page}"
        folder.mkdir()
        pages, parts, engine = list(one.pages), [], str(letter.transfer_note.get("engine", ""))
        for number, page in enumerate(one.pages, 1):
            place = letter.first_page + number - 1
            if number not in numbers:
                parts.append(self._part(one, place, place, folder / f"kept-{number}"))
                continue
            made = read(self._turned(one, number, degrees, folder / f"page-{number}.pdf"), folder / f"page-{number}")
            parts.append(made.path)
            pages[number - 1] = replace(
                made.pages[0], number=number, rotated=(page.rotated + degrees) % 360, codes=page.codes
            )
            engine = made.engine or engine
        return self._bind(folder, (letter.first_page, letter.last_page), pages, parts, engine)

    def _turned(self, one: Recognised, number: int, degrees: int, target: Path) -> Prepared:
        """A page of the delivery as a file of its own, turned clockwise against its rendition."""
        with pikepdf.open(self._blobs.path(one.rendition)) as pdf:
            stands = int(pdf.pages[number - 1].obj.get("/Rotate", 0))
        place = one.letter.first_page + number - 1
        with pikepdf.open(self._prepared.path) as pdf, pikepdf.new() as single:
            single.pages.append(pdf.pages[place - 1])
            single.pages[0].obj["/Rotate"] = (stands + degrees) % 360
            single.save(target)
        return replace(self._prepared, path=target, pages=1, findings=(), marks=(), upright=True)

    def _bind(
        self, folder: Path, bounds: tuple[int, int], pages: Sequence[PageText], parts: Sequence[Path], engine: str
    ) -> Piece:
        first, last = bounds
        whole = first == 1 and last == self._prepared.pages
        original = self._prepared.source if whole else cut(self._prepared, first, last, folder / "original.pdf")
        valid, _ = pdfa.finish(tuple(parts), folder / "rendition.pdf")
        with Pages(folder / "rendition.pdf") as drawn:
            drawn.thumbnail(1, THUMBNAIL_WIDTH, folder / "thumbnail.png")
        recognition = Recognition(
            pages=tuple(pages),
            rendition=folder / "rendition.pdf",
            pdfa=valid,
            thumbnail=folder / "thumbnail.png",
            engine=engine,
            findings=page_findings(pages, self._settings),
        )
        return Piece(first, last, original, whole, recognition)

    def _sheet(self, number: int) -> PageText:
        """A separator sheet between two letters that become one: it is not read, and stays where it lay."""
        (mark,) = scan_pages(self._prepared, number, number, self._settings)
        with Pages(self._prepared.path) as drawn:
            facts = drawn.facts(number)
        return PageText(number, facts.width, facts.height, "", (), "none", 0.0, blank=True, codes=mark.barcodes)

    def _part(self, one: Recognised, first: int, last: int, folder: Path) -> Path:
        """The searchable pages of one letter that fall into the range."""
        shift = one.letter.first_page - 1
        target = make_folder(folder) / f"part-{one.letter.first_page}.pdf"
        with pikepdf.open(self._blobs.path(one.rendition)) as pdf:
            for number in reversed(range(1, len(pdf.pages) + 1)):
                if not first <= number + shift <= last:
                    del pdf.pages[number - 1]
            pdf.save(target)
        return target
