"""Decisions of people on letters in the tray: file, split, merge, think again."""

from __future__ import annotations

from collections.abc import Sequence
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
from mailroom import cutting, filing, followups, replacing, staging, writing
from mailroom.advice import Adviser, load_registers
from mailroom.cutting import Piece
from mailroom.models import Delivery, Letter, LetterFile
from mailroom.ports import Deadline
from mailroom.settings import MailroomSettings


def file_in(office: Office, work: UnitOfWork, number: str, reference: str, kind: str | None) -> None:
    """File a letter into the case of that reference."""
    registrar = filing.registrar(work, office.actor)
    case = finding.case(work.session, registrar, reference)
    due_as_filed(office, filing.file_in_case(work, office.actor, office.blobs, number, case, kind), case, work)


def file_new(
    office: Office, work: UnitOfWork, number: str, class_notation: str, title: str | None, kind: str | None
) -> None:
    """File a letter into a new case of a class, or into the year's collective file."""
    letter = filing.waiting_letter(work, office.actor, number)
    wanted = title or str(letter.suggestion.get("case_title") or letter.title)
    document, case = filing.file_in_new_case(work, office.actor, office.blobs, number, class_notation, wanted, kind)
    due_as_filed(office, document, case, work)


def due_as_filed(office: Office, document: Document, case: Case, work: UnitOfWork) -> None:
    """Where a person files otherwise than was suggested, the follow-ups are those of the process it really starts."""
    letter = work.session.get_one(Letter, document.letter)
    said = letter.suggestion
    if (said.get("document_type"), said.get("class_notation")) == (letter.document_type, case.class_notation):
        return
    registers = load_registers(office)
    process = registers.process_of(letter.document_type, case.class_notation)
    rows: list[dict[str, Any]] = letter.deadlines
    own = [Deadline(**row) for row in rows if row["page"] is not None]
    due = followups.of_process(registers, process, case.class_notation, letter.received)
    writing.take_deadlines(letter, followups.in_order((*own, *due)))


def rerun(office: Office, number: str) -> None:
    """Think again about a letter with today's knowledge; what was recognised stays as it is."""
    with Session(office.engine) as session:
        letter, _ = filing.waiting(session, office.actor, number)
        pages = cutting.recognised_letter(session, office.blobs, letter).pages
    advice = Adviser(office, office.machine("mailroom")).advise(pages, letter.received)
    with office.work() as work:
        again = filing.waiting_letter(work, office.actor, number)
        writing.take_suggestion(again, advice.suggestion, again.title)
        again.version += 1
        work.session.add(again)
        work.log("letter.rerun", f"letter:{number}", again, recommendation=advice.suggestion.recommendation.value)


def split(office: Office, number: str, after_pages: Sequence[int]) -> list[str]:
    """Make several letters of one, cut after these of its pages; the first part keeps the number.

    Raises:
        InputRefused: a page is not one of the letter's, or is its last one.
        NotFound, Conflict: the letter does not wait in the actor's tray.
    """
    letter, delivery = _waiting(office, [number])[0]
    pages = letter.last_page - letter.first_page + 1
    cuts = sorted(set(after_pages))
    if cuts[-1] >= pages:
        raise InputRefused(
            f"{number} has {pages} pages; it can be cut after page 1 to {pages - 1}. Nothing was changed."
        )
    bounds = [letter.first_page - 1, *(letter.first_page - 1 + place for place in cuts), letter.last_page]
    ranges = [(first + 1, last) for first, last in pairwise(bounds)]
    return _replace(office, delivery, [letter], ranges)


def merge(office: Office, numbers: list[str]) -> str:
    """Make one letter of several that follow each other in one delivery; it keeps the first number.

    Raises:
        Conflict: they are of different deliveries.
        NotFound, Conflict: a letter does not wait in the actor's tray.
    """
    found = sorted(_waiting(office, sorted(set(numbers))), key=lambda pair: pair[0].first_page)
    letters = [letter for letter, _ in found]
    if len({letter.delivery_id for letter in letters}) > 1:
        raise Conflict(
            "These letters came in different files, whose originals stay apart; file both into the same case instead."
        )
    _refuse_gap(office, letters)
    return _replace(office, found[0][1], letters, [(letters[0].first_page, letters[-1].last_page)])[0]


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


def _waiting(office: Office, numbers: list[str]) -> list[tuple[Letter, Delivery]]:
    with Session(office.engine) as session:
        return [filing.waiting(session, office.actor, number) for number in numbers]


def _replace(office: Office, delivery: Delivery, letters: list[Letter], ranges: list[tuple[int, int]]) -> list[str]:
    """Write the page ranges in place of the letters; returns the numbers that hold them now."""
    settings = office.settings.section(MailroomSettings)
    work_folder = make_folder(office.home / "work")
    with staging.workplace(office.engine, office.blobs, work_folder, letters[0].number) as folder:
        with Session(office.engine) as session:
            read = [cutting.recognised_letter(session, office.blobs, letter) for letter in letters]
            staging.note(folder, cutting.derived(session, letters))
        cutter = cutting.Cutter(office.blobs, delivery, settings, make_folder(folder / "pages"))
        pieces = [cutter.piece(read, first, last) for first, last in ranges]
        adviser = Adviser(office, office.machine("mailroom"))
        advised = [adviser.advise(piece.recognition.pages, letters[0].received).suggestion for piece in pieces]
        files = [_stage(office, folder, delivery, piece) for piece in pieces]
        with office.work() as work:
            return replacing.replace(work, office.actor, [one.number for one in letters], pieces, advised, files)


def _stage(office: Office, folder: Path, delivery: Delivery, piece: Piece) -> list[LetterFile]:
    mime, puid = ("application/pdf", "")
    if piece.whole:
        with Session(office.engine) as session:
            mime, puid = writing.form_of(session, delivery)
    original = writing.stage_original(folder, office.blobs, piece.original, mime, puid)
    return [original, *writing.stage_recognised(folder, office.blobs, piece.recognition)]
