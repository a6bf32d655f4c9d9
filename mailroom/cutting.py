"""Cutting and joining letters after recognition: pages move with their text, boxes and picture; nothing is read anew.

The delivery stays bit-exact as it came; a letter's own file is its range of pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pikepdf
from sqlmodel import Session, col, select

from erecords.errors import Conflict
from erecords.store.blobs import BlobStore
from erecords.store.lifecycle import RenditionKind
from mailroom import recognised
from mailroom.models import Delivery, Letter, LetterFile
from mailroom.ports import PageText, Recognition
from mailroom.settings import MailroomSettings
from mailroom.stages import pdfa
from mailroom.stages.gate import page_findings
from mailroom.stages.identify import identify
from mailroom.stages.pages import Pages
from mailroom.stages.prepare import prepare
from mailroom.stages.recognise import THUMBNAIL_WIDTH, cut
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
        pages = tuple(
            replace(held.get(number) or self._sheet(number), number=place) for place, number in enumerate(numbers, 1)
        )
        whole = first == 1 and last == self._prepared.pages
        original = self._prepared.source if whole else cut(self._prepared, first, last, folder / "original.pdf")
        parts = {max(first, one.letter.first_page): self._part(one, first, last, folder) for one in wanted}
        for number in set(numbers) - set(held):
            parts[number] = cut(self._prepared, number, number, folder / f"sheet-{number}.pdf")
        valid, _ = pdfa.finish(tuple(parts[start] for start in sorted(parts)), folder / "rendition.pdf")
        with Pages(folder / "rendition.pdf") as drawn:
            drawn.thumbnail(1, THUMBNAIL_WIDTH, folder / "thumbnail.png")
        recognition = Recognition(
            pages=pages,
            rendition=folder / "rendition.pdf",
            pdfa=valid,
            thumbnail=folder / "thumbnail.png",
            engine=str(wanted[0].letter.transfer_note.get("engine", "")),
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
        target = folder / f"part-{one.letter.first_page}.pdf"
        with pikepdf.open(self._blobs.path(one.rendition)) as pdf:
            for number in reversed(range(1, len(pdf.pages) + 1)):
                if not first <= number + shift <= last:
                    del pdf.pages[number - 1]
            pdf.save(target)
        return target
