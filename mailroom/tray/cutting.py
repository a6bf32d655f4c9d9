"""What a letter that is cut, joined, turned or thought of anew is made from: what was recognised of it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session, col, select

from erecords.errors import Conflict
from erecords.store.blobs import BlobStore
from erecords.store.lifecycle import RenditionKind
from mailroom.models import Letter, LetterFile
from mailroom.processing import recognised
from mailroom.stages.pieces import Recognised


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
    rendition = blobs.path(files[RenditionKind.PDFA])
    engine = str(letter.transfer_note.get("engine", ""))
    return Recognised(letter.first_page, letter.last_page, pages, rendition, engine)


def derived(session: Session, letters: Sequence[Letter]) -> list[str]:
    """Digests of all files of these letters; those that no row names after the change can go."""
    numbers = [letter.number for letter in letters]
    return list(session.exec(select(LetterFile.sha512).where(col(LetterFile.letter).in_(numbers))).all())
