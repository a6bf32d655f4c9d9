"""Decisions of people on letters in the tray: file, split, merge, think again."""

from __future__ import annotations

from sqlmodel import Session, select

from erecords.errors import Conflict
from erecords.office import Office
from erecords.registry import finding
from erecords.store.lifecycle import RenditionKind
from erecords.store.uow import UnitOfWork
from mailroom import filing, recognised, tray, writing
from mailroom.advice import Adviser
from mailroom.models import Letter, LetterFile
from mailroom.ports import PageText


def file_in(office: Office, work: UnitOfWork, number: str, reference: str, kind: str | None) -> None:
    """File a letter into the case of that reference."""
    registrar = filing.registrar(work, office.actor)
    case = finding.case(work.session, registrar, reference)
    filing.file_in_case(work, office.actor, office.blobs, number, case, kind)


def file_new(
    office: Office, work: UnitOfWork, number: str, class_notation: str, title: str | None, kind: str | None
) -> None:
    """File a letter into a new case of a class, or into the year's collective file."""
    letter = filing.waiting_letter(work, office.actor, number)
    wanted = title or str(letter.suggestion.get("case_title") or letter.title)
    filing.file_in_new_case(work, office.actor, office.blobs, number, class_notation, wanted, kind)


def rerun(office: Office, number: str) -> None:
    """Think again about a letter with today's knowledge; what was recognised stays as it is."""
    with Session(office.engine) as session:
        letter, _, _ = tray.letter(session, office.actor, number)
        pages = _stored_pages(office, session, letter)
    advice = Adviser(office, office.machine("mailroom")).advise(pages, letter.received)
    with office.work() as work:
        again = filing.waiting_letter(work, office.actor, number)
        writing.take_suggestion(again, advice.suggestion, again.title)
        again.version += 1
        work.session.add(again)
        work.log("letter.rerun", f"letter:{number}", again, recommendation=advice.suggestion.recommendation.value)


def _stored_pages(office: Office, session: Session, letter: Letter) -> tuple[PageText, ...]:
    words = session.exec(
        select(LetterFile).where(LetterFile.letter == letter.number, LetterFile.kind == RenditionKind.WORDS)
    ).first()
    if words is None:
        raise Conflict(f"Nothing was recognised of {letter.number}; file it by hand, or scan it again.")
    return recognised.from_words_json(office.blobs.read(words.sha512))
