"""Replacing letters of the tray by other page ranges of their delivery; each entry number stays in the mail book."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlmodel import col, func, select

from erecords.errors import Conflict
from erecords.registry import numbering
from erecords.registry.access import Actor
from erecords.store.blobs import BlobStore
from erecords.store.uow import UnitOfWork
from mailroom import findings
from mailroom.matching import doubles
from mailroom.models import Delivery, Letter, LetterFile, LetterState
from mailroom.ports import Suggestion
from mailroom.processing import writing
from mailroom.sheets import batches, labels
from mailroom.stages.pieces import Piece
from mailroom.transfer import page_checks
from mailroom.tray import filing

_SAID_ANEW = ("not-filed", "near-duplicate", "batch-count", "label-taken", "label-unknown")


def replace(
    work: UnitOfWork,
    actor: Actor,
    numbers: Sequence[str],
    pieces: Sequence[Piece],
    advised: Sequence[Suggestion],
    files: Sequence[list[LetterFile]],
    *,
    blobs: BlobStore,
    targets: Sequence[str] = (),
    marked_by: str | None = None,
    **details: Any,
) -> list[str]:
    """Write pieces in place of letters: pieces take the letters' numbers in order, further ones get new numbers.

    A letter that no piece takes is taken out of the tray; its entry says into which it went.

    Raises:
        NotFound, Conflict: a letter does not wait in the actor's tray any more; nothing was changed.
    """
    given = [filing.waiting_letter(work, actor, number) for number in numbers]
    was = [_pages(letter) for letter in given]
    letters = [*(_revived(work, number, given) for number in targets), *(g for g in given if g.number not in targets)]
    delivery = work.session.get_one(Delivery, letters[0].delivery_id)
    kept = _of_delivery(letters)
    joined = [letter.number for letter in letters[len(pieces) :]]
    taken: list[Letter] = []
    for place, (piece, suggestion, rows) in enumerate(zip(pieces, advised, files, strict=True)):
        letter = letters[place] if place < len(letters) else _further(work, letters[0])
        letter.marked_by = marked_by
        on_pages = labels.findings(work.session, piece.recognition.pages, letter.number, joined)
        letter.findings = [*kept, *piece.recognition.findings, *on_pages]
        _take(work, actor, letter, piece, suggestion, rows, delivery.name, blobs)
        taken.append(letter)
    for letter in letters[len(pieces) :]:
        letter.state, letter.reject_reason = LetterState.REJECTED, f"zusammengefasst in {taken[0].number}"
        letter.merged_into = taken[0].number
        doubles.forget(work, letter.number)
        filing.decided(work, actor, letter)
        work.log("letter.merge", f"letter:{letter.number}", letter, into=taken[0].number)
    delivery.letters += max(0, len(pieces) - len(letters))
    work.session.add(delivery)
    work.session.flush()
    batches.recount(work, delivery)
    ranges = [_pages(letter) for letter in taken]
    work.log("delivery.divide", f"delivery:{delivery.id}", delivery, letters=ranges, was=was, **details)
    return [letter.number for letter in taken]


def _pages(letter: Letter) -> str:
    return f"{letter.number}:{letter.first_page}-{letter.last_page}"


def _revived(work: UnitOfWork, number: str, given: Sequence[Letter]) -> Letter:
    """A letter that takes a range again: one of those given, or one that had been merged into one of them.

    Raises:
        Conflict: it is neither.
    """
    letter = work.session.get_one(Letter, number)
    if letter in given:
        return letter
    if letter.state is not LetterState.REJECTED or letter.merged_into != given[0].number:
        raise Conflict(f"{number} was {letter.state.value} meanwhile. Nothing was changed.")
    letter.state, letter.reject_reason, letter.merged_into = LetterState.TRAY, None, None
    return letter


def _of_delivery(letters: Sequence[Letter]) -> list[str]:
    """Findings that hold whatever pages a letter has: not those of pages, of what they say, or of their being alike."""
    said = [finding for letter in letters for finding in letter.findings]
    read: list[Any] = [finding for letter in letters for finding in letter.suggestion.get("findings", ())]  # type: ignore[attr-defined]
    lasting = findings.without(findings.not_of_pages(said), _SAID_ANEW)
    return [finding for finding in dict.fromkeys(lasting) if finding not in read]


def _further(work: UnitOfWork, like: Letter) -> Letter:
    """A new letter of the same delivery."""
    last = work.session.exec(select(func.max(Letter.position)).where(Letter.delivery_id == like.delivery_id)).one()
    letter = Letter(
        number=numbering.entry_number(work.session, like.received.year),
        delivery_id=like.delivery_id,
        position=(last or 0) + 1,
        state=LetterState.TRAY,
        received=like.received,
        first_page=like.first_page,
        last_page=like.last_page,
        transfer_note=like.transfer_note,
        version=0,
    )
    work.add(letter)
    return letter


def _take(
    work: UnitOfWork,
    actor: Actor,
    letter: Letter,
    piece: Piece,
    suggestion: Suggestion,
    rows: list[LetterFile],
    fallback_title: str,
    blobs: BlobStore,
) -> None:
    old = work.session.exec(select(LetterFile).where(col(LetterFile.letter) == letter.number)).all()
    for row in old:
        work.session.delete(row)
    work.session.flush()
    letter.first_page, letter.last_page = piece.first_page, piece.last_page
    letter.text_chars = len(piece.recognition.text)
    letter.transfer_note = _note(letter.transfer_note, actor, piece, rows)
    letter.version += 1
    writing.take_suggestion(letter, suggestion, fallback_title)
    for row in rows:
        row.letter = letter.number
    work.session.add_all([letter, *rows])
    work.session.flush()
    doubles.note(work, blobs, letter, doubles.look(piece.recognition))
    work.log(
        "letter.divide",
        f"letter:{letter.number}",
        letter,
        *old,
        *rows,
        pages=[piece.first_page, piece.last_page],
        original=rows[0].sha512,
    )


def _note(note: dict[str, Any], actor: Actor, piece: Piece, rows: list[LetterFile]) -> dict[str, Any]:
    """The transfer note for other pages: same scan and engine, own page range and digests."""
    pages = {**note.get("pages", {}), "first": piece.first_page, "last": piece.last_page}
    digests = {row.kind.value: row.sha512 for row in rows}
    return {
        **note,
        "pages": pages,
        "page_checks": page_checks(piece.recognition.pages),
        "digests": digests,
        "divided_by": actor.id,
        "pdfa_valid": piece.recognition.pdfa,
    }
