"""Decisions of people on letters in the tray: file, split, merge, turn, think again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from erecords.errors import Conflict, InputRefused
from erecords.files import make_folder
from erecords.office import Office
from erecords.registry import finding
from erecords.store.models import Case, Document
from erecords.store.uow import UnitOfWork
from mailroom import followups
from mailroom.custody import staging
from mailroom.loading import RegistersAtHand
from mailroom.matching.advice import Adviser, Markings
from mailroom.models import Delivery, Letter, LetterFile
from mailroom.ports import Deadline
from mailroom.processing import writing
from mailroom.processing.workers import one_worker
from mailroom.registers import Registers
from mailroom.settings import MailroomSettings
from mailroom.stages import pieces
from mailroom.stages.pieces import Cut, Piece, Recognised, Turn
from mailroom.tray import cutting, filing, replacing


def file_in(
    office: Office, work: UnitOfWork, at_hand: RegistersAtHand, number: str, reference: str, kind: str | None
) -> None:
    """File a letter into the case of that reference."""
    registrar = filing.registrar(work, office.actor)
    case = finding.case(work.session, registrar, reference)
    registers = at_hand.current(work.session)
    wanted = filing.known_type(registers, kind)
    document = filing.file_in_case(work, office.actor, office.blobs, registers, number, case, wanted)
    due_as_filed(registers, document, case, work)


def file_new(
    office: Office,
    work: UnitOfWork,
    at_hand: RegistersAtHand,
    number: str,
    class_notation: str,
    title: str | None,
    kind: str | None,
) -> None:
    """File a letter into a new case of a class, or into the year's collective file."""
    letter = filing.waiting_letter(work, office.actor, number)
    wanted = title or str(letter.suggestion.get("case_title") or letter.title)
    registers = at_hand.current(work.session)
    document, case = filing.file_in_new_case(
        work, office.actor, office.blobs, registers, number, class_notation, wanted, filing.known_type(registers, kind)
    )
    due_as_filed(registers, document, case, work)


def due_as_filed(registers: Registers, document: Document, case: Case, work: UnitOfWork) -> None:
    """Where a person files otherwise than was suggested, the follow-ups are those of the process it really starts."""
    letter = work.session.get_one(Letter, document.letter)
    said = letter.suggestion
    if (said.get("document_type"), said.get("class_notation")) == (letter.document_type, case.class_notation):
        return
    due_for(registers, letter, letter.document_type, case.class_notation)


def due_for(registers: Registers, letter: Letter, kind: str | None, notation: str | None) -> None:
    """Give a letter the follow-ups of itself and of the process that its type or class starts."""
    process = registers.process_of(kind, notation)
    rows: list[dict[str, Any]] = letter.deadlines
    own = [Deadline(**row) for row in rows if row["page"] is not None]
    due = followups.of_process(registers, process, notation, letter.received)
    writing.take_deadlines(letter, followups.in_order((*own, *due)))


def split(office: Office, number: str, after_pages: Sequence[int]) -> list[str]:
    """Make several letters of one, cut after these of its pages; the first part keeps the number.

    Raises:
        InputRefused: a page is not one of the letter's, or is its last one.
        NotFound, Conflict: the letter does not wait in the actor's tray.
    """
    letter = _waiting(office, [number])[0][0]
    pages = letter.last_page - letter.first_page + 1
    cuts = sorted(set(after_pages))
    if not cuts or cuts[0] < 1 or cuts[-1] >= pages:
        can = f"has {pages} pages; it can be cut after page 1 to {pages - 1}"
        raise InputRefused(
            f"{number} {can if pages > 1 else 'has one page; there is nothing to cut'}. Nothing was changed."
        )
    bounds = [letter.first_page - 1, *(letter.first_page - 1 + place for place in cuts), letter.last_page]
    return divide(office, [number], [(first + 1, last) for first, last in pairwise(bounds)])


def merge(office: Office, numbers: list[str]) -> str:
    """Make one letter of several that follow each other in one delivery; it keeps the first number.

    Raises:
        Conflict: they are of different deliveries, or others lie between them.
        NotFound, Conflict: a letter does not wait in the actor's tray.
    """
    found = sorted(_waiting(office, sorted(set(numbers))), key=lambda pair: pair[0].first_page)
    letters = [letter for letter, _ in found]
    if len({letter.delivery_id for letter in letters}) > 1:
        raise Conflict(
            "These letters came in different files, whose originals stay apart; file both into the same case instead."
        )
    _refuse_gap(office, letters)
    return divide(office, [one.number for one in letters], [(letters[0].first_page, letters[-1].last_page)])[0]


def divide(
    office: Office,
    numbers: Sequence[str],
    ranges: Sequence[tuple[int, int]],
    *,
    targets: Sequence[str] = (),
    also: Callable[[UnitOfWork], None] | None = None,
) -> list[str]:
    """Write these page ranges of a delivery in place of letters of the tray; returns the numbers that hold them now.

    Args:
        office: of the actor.
        numbers: the letters that hold the pages now.
        ranges: first and last page within the delivery.
        targets: the letters that take the ranges, in order, where a former state is brought back: also letters that
            had been merged into one of ``numbers``. Without them the letters themselves, and new ones.
        also: what else belongs into the same unit of work.
    """
    return _replace(office, numbers, Cut(tuple(ranges)), targets, also)


def rotate(
    office: Office, number: str, pages: Sequence[int], degrees: int, also: Callable[[UnitOfWork], None] | None = None
) -> None:
    """Turn pages of a letter clockwise against how they stand now, and read them anew; the original stays as it came.

    Raises:
        InputRefused: a page is not one of the letter's, or the angle is no quarter.
        NotFound, Conflict: the letter does not wait in the actor's tray.
        Refused, WorkerKilled: a page cannot be read so.
    """
    letter = _waiting(office, [number])[0][0]
    count = letter.last_page - letter.first_page + 1
    wrong = [page for page in pages if not 1 <= page <= count]
    if wrong or not pages or degrees not in (90, 180, 270):
        raise InputRefused(
            f"{number} has the pages 1 to {count}, which are turned by 90, 180 or 270 degrees. Nothing was changed."
        )
    wanted = Turn(tuple(sorted(set(pages))), degrees)
    _replace(office, [number], wanted, (), also, turned={"pages": wanted.pages, "degrees": degrees})


def _refuse_gap(office: Office, letters: list[Letter]) -> None:
    """Between letters that become one there may lie separator sheets, but no other letter."""
    first, last = letters[0], letters[-1]
    with Session(office.engine) as session:
        between = select(Letter.number).where(
            Letter.delivery_id == first.delivery_id,
            Letter.first_page > first.first_page,
            Letter.last_page < last.last_page,
            col(Letter.merged_into).is_(None),
            col(Letter.number).not_in([letter.number for letter in letters]),
        )
        other = session.exec(between.limit(1)).first()
    if other is not None:
        raise Conflict(f"{other} lies between them in the scan; name it as well, or leave them apart.")


def _waiting(office: Office, numbers: Sequence[str]) -> list[tuple[Letter, Delivery]]:
    with Session(office.engine) as session:
        return [filing.waiting(session, office.actor, number) for number in numbers]


def _replace(
    office: Office,
    numbers: Sequence[str],
    wanted: Cut | Turn,
    targets: Sequence[str] = (),
    also: Callable[[UnitOfWork], None] | None = None,
    **details: Any,
) -> list[str]:
    """Write what becomes of the letters in their place."""
    found = _waiting(office, numbers)
    letters, delivery = [letter for letter, _ in found], found[0][1]
    if delivery.password_given:
        raise Conflict(
            f"{letters[0].number} came locked, and its password is kept nowhere: its pages stay together as they are. "
            "File it so, or ask the sender for an unlocked copy. Nothing was changed."
        )
    markings = _by_hand(letters)
    workplace = staging.workplace(office.engine, office.blobs, make_folder(office.home / "work"), letters[0].number)
    with workplace as folder:
        with Session(office.engine) as session:
            read = [cutting.recognised_letter(session, office.blobs, letter) for letter in letters]
            staging.note(folder, cutting.derived(session, letters))
        made = _in_worker(office, delivery, read, wanted, make_folder(folder / "pages"))
        adviser = Adviser(office, office.machine("mailroom"))
        day, channel = letters[0].received, delivery.channel
        advised = [adviser.advise(one.recognition.pages, day, markings, channel).suggestion for one in made]
        files = [_stage(office, folder, delivery, piece) for piece in made]
        with office.work() as work:
            taken = replacing.replace(
                work, office.actor, numbers, made, advised, files, targets=targets,
                blobs=office.blobs,
                marked_by=office.actor.id if markings else None, **details,
            )  # fmt: skip
            if also:
                also(work)
            return taken


def _in_worker(
    office: Office, delivery: Delivery, read: Sequence[Recognised], wanted: Cut | Turn, folder: Path
) -> list[Piece]:
    """Open the delivery and make the pieces in a limited worker: it may be hostile."""
    assert delivery.sha512 is not None
    source = office.blobs.verified(delivery.sha512)
    settings = office.settings.section(MailroomSettings)
    seconds = settings.seconds_per_file * 2 + settings.seconds_per_conversion + 2.0 * max(one.last_page for one in read)
    if isinstance(wanted, Turn):
        seconds += settings.seconds_per_page * len(wanted.pages)
    with one_worker(settings, office.home / "work") as pool:
        task = pool.submit(pieces.make, source, delivery.name, read, wanted, folder, pool.settings, seconds=seconds)
        return task.result()


def _by_hand(letters: Sequence[Letter]) -> Markings | None:
    """Markings that a person gave one of these letters; they hold for all that is made of them."""
    found = [markings for letter in letters if (markings := Markings.by_hand(letter)) and markings.kinds]
    return found[0] if found else None


def _stage(office: Office, folder: Path, delivery: Delivery, piece: Piece) -> list[LetterFile]:
    mime, puid = ("application/pdf", "")
    if piece.whole:
        with Session(office.engine) as session:
            mime, puid = writing.form_of(session, delivery)
    original = writing.stage_original(folder, office.blobs, piece.original, mime, puid)
    return [original, *writing.stage_recognised(folder, office.blobs, piece.recognition)]
