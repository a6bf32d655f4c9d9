"""Filing: a letter becomes a document in a case file, by a person's decision or the machine's when it is sure."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from sqlmodel import Session, select

from erecords.errors import Conflict, InputRefused, NotFound
from erecords.registry import access, copies, documents, finding, opening, transactions
from erecords.registry.access import Actor, Right
from erecords.registry.documents import NewRendition
from erecords.store.blobs import BlobStore
from erecords.store.lifecycle import Protection, RenditionKind
from erecords.store.models import Case, Document, Transaction
from erecords.store.uow import UnitOfWork
from mailroom.models import Delivery, Letter, LetterCopy, LetterFile, LetterState
from mailroom.registers import Registers


def may_decide(actor: Actor, letter: Letter) -> bool:
    """Whether the actor may see and decide this letter: the mail room all, clerks those meant for their units.

    Of a confidential letter the unit's head alone, or who stands in for an absent one.
    """
    if actor.may(Right.MAIL_ROOM):
        return True
    mine = actor.may(Right.EDIT_CASES) and letter.unit in actor.units
    return mine and (not letter.confidential or letter.unit in actor.headed)


def waiting(session: Session, actor: Actor, number: str) -> tuple[Letter, Delivery]:
    """A letter in the tray that the actor may decide, with its delivery.

    Raises:
        NotFound: there is none of that number that the actor may see.
        Conflict: it was decided already; the message says how.
    """
    letter = session.get(Letter, number)
    if letter is None or not may_decide(actor, letter):
        raise NotFound(f"There is no letter {number} in your tray. See: erecords mail tray")
    if letter.state != LetterState.TRAY:
        where = f" in {letter.case_reference}" if letter.case_reference else ""
        raise Conflict(f"{number} was {letter.state.value}{where} by {letter.decided_by} already; nothing was changed.")
    return letter, session.get_one(Delivery, letter.delivery_id)


def waiting_letter(work: UnitOfWork, actor: Actor, number: str) -> Letter:
    """A letter in the tray that the actor may decide now, as ``waiting`` says."""
    return waiting(work.session, actor, number)[0]


def file_in_case(
    work: UnitOfWork,
    actor: Actor,
    blobs: BlobStore,
    registers: Registers,
    number: str,
    case: Case,
    document_type: str | None = None,
) -> Document:
    """File a letter of the tray into an existing case, and into the transaction of the process that it starts.

    Raises:
        NotFound, Conflict: see ``waiting_letter``; also when the case is closed.
    """
    letter = waiting_letter(work, actor, number)
    return _file(work, actor, blobs, registers, letter, case, document_type)


def file_in_new_case(
    work: UnitOfWork,
    actor: Actor,
    blobs: BlobStore,
    registers: Registers,
    number: str,
    class_notation: str,
    title: str,
    document_type: str | None = None,
) -> tuple[Document, Case]:
    """Open a case for a letter of the tray and file it there; of a collective class the year's file is used."""
    letter = waiting_letter(work, actor, number)
    case = case_of_class(work, actor, letter, class_notation, title)
    return _file(work, actor, blobs, registers, letter, case, document_type), case


def case_of_class(
    work: UnitOfWork, actor: Actor, letter: Letter, class_notation: str, title: str, key: str = ""
) -> Case:
    """The year's collective file of a class, or a new case in it."""
    collective = opening.collective_case(work, registrar(work, actor), class_notation, letter.received.year)
    return collective or opening.open_case(
        work, registrar(work, actor), class_notation=class_notation, title=title, key=key, opened=letter.received
    )


def _file(
    work: UnitOfWork,
    actor: Actor,
    blobs: BlobStore,
    registers: Registers,
    letter: Letter,
    case: Case,
    document_type: str | None,
) -> Document:
    _refuse_sealed(work, letter)
    delivery = work.session.get_one(Delivery, letter.delivery_id)
    files = _files(work, letter, case)
    kind = document_type or letter.document_type or ""
    letter.title = retitled(registers, letter.title, letter.document_type, kind)
    document = documents.register(
        work,
        registrar(work, actor),
        blobs,
        case,
        title=letter.title,
        type=kind,
        date=letter.date,
        sender=letter.sender or "",
        received=letter.received,
        letter=letter.number,
        name=delivery.name,
        renditions=[NewRendition(f.kind, f.sha512, f.bytes, f.mime, f.puid) for f in files],
    )
    if not letter.confidential:
        _hand_on_copies(work, actor, letter, document, case)
    was = {"unit": letter.unit, "type": letter.document_type}
    corrected = bool(document_type and document_type != letter.document_type)
    letter.state = LetterState.FILED
    letter.document_id, letter.case_reference = document.id, case.reference
    letter.document_type, letter.unit = kind or None, case.unit
    decided(work, actor, letter)
    suggestion = letter.suggestion
    details: dict[str, Any] = {"class": case.class_notation}
    work.log(
        "letter.file",
        f"letter:{letter.number}",
        letter,
        case=case.reference,
        document=document.id,
        by_itself=actor.role is None,
        recommendation=suggestion.get("recommendation"),
        as_suggested=suggestion.get("class_notation") == case.class_notation and not corrected,
        suggested={"class": suggestion.get("class_notation"), "type": suggestion.get("document_type")},
        type=letter.document_type,
        was=was,
        **details,
    )
    into_transaction(work, actor, registers, letter, document, case)
    return document


def known_type(registers: Registers, kind: str | None) -> str | None:
    """The key of a document type that a person named, by key or by title; None stays None.

    Raises:
        InputRefused: the register knows none; the message names those that are nearest.
    """
    rows = {row.key: row.title for row in registers.incoming}
    if not kind or not rows or kind in rows:
        return kind or None
    wanted = kind.casefold()
    holding = [key for key, title in rows.items() if wanted in key.casefold() or wanted in title.casefold()]
    if len(holding) == 1:
        return holding[0]
    near = holding or get_close_matches(wanted, rows, n=4, cutoff=0.5)
    which = f"Perhaps: {', '.join(near[:6])}" if near else "See the keys in registers/document_types.toml of the home"
    raise InputRefused(f"There is no document type {kind!r}. {which}. Nothing was changed.")


def retitled(registers: Registers, title: str, was: str | None, kind: str | None) -> str:
    """A title that begins with the name of the type that was, with that of the type that is; others stay."""
    before, now = (registers.document_types.get(key or "") for key in (was, kind))
    if before is None or now is None or not title.startswith(before.title):
        return title
    return now.title + title.removeprefix(before.title)


def into_transaction(
    work: UnitOfWork, actor: Actor, registers: Registers, letter: Letter, document: Document, case: Case
) -> None:
    """Put a filed letter into the open transaction of the process that it starts; where there is none, open one.

    Process is the one that its type, or the only one that its class, starts; a letter that starts none stays where it
    is, and so does one that a person has put into another run of its process.
    """
    process = registers.processes.get(registers.process_of(letter.document_type, case.class_notation) or "")
    present = work.session.get(Transaction, document.transaction) if document.transaction else None
    if process is None or (present is not None and present.process == process.key):
        return
    who = registrar(work, actor)
    row = transactions.open_of_process(work.session, case, process.key) or transactions.open_transaction(
        work,
        who,
        case,
        title=letter.title,
        process=process.key,
        process_title=process.title,
        opened=letter.received,
        letter=letter.number,
    )
    transactions.add(work, who, row, document)


def _hand_on_copies(work: UnitOfWork, actor: Actor, letter: Letter, document: Document, case: Case) -> None:
    """Let the units that had a copy of the letter read the document too."""
    query = select(LetterCopy.unit).where(LetterCopy.letter == letter.number, LetterCopy.unit != case.unit)
    for unit in work.session.exec(query).all():
        copies.give(work, registrar(work, actor), document, unit)


def _refuse_sealed(work: UnitOfWork, letter: Letter) -> None:
    day = letter.sealed_until
    if day is not None and work.clock.today() < day:
        raise Conflict(
            f"{letter.number} is a tender that stays sealed until {day}; file it from that day on. Nothing was changed."
        )


def _files(work: UnitOfWork, letter: Letter, case: Case) -> list[LetterFile]:
    """The letter's files; of a confidential one without its text where all staff see the case, so none finds it."""
    files = work.session.exec(select(LetterFile).where(LetterFile.letter == letter.number)).all()
    if letter.confidential and finding.protection(work.session, case) is Protection.OPEN:
        return [file for file in files if file.kind not in (RenditionKind.TEXT, RenditionKind.WORDS)]
    return list(files)


def reject(work: UnitOfWork, actor: Actor, number: str, reason: str) -> Letter:
    """Take a letter out of the tray without filing it; its original stays in custody.

    Raises:
        NotFound, Conflict: see ``waiting_letter``.
    """
    letter = waiting_letter(work, actor, number)
    letter.state, letter.reject_reason = LetterState.REJECTED, reason
    decided(work, actor, letter)
    work.log("letter.reject", f"letter:{number}", letter, personal={"reason": reason})
    return letter


def decided(work: UnitOfWork, actor: Actor, letter: Letter) -> None:
    """Note who decided a letter, and when."""
    letter.decided_by, letter.decided = actor.id, work.clock.now()
    letter.version += 1
    work.session.add(letter)


def registrar(work: UnitOfWork, actor: Actor) -> Actor:
    """The actor as the registry sees it: the mail room files for every unit, a clerk for the own ones only."""
    if not actor.may(Right.MAIL_ROOM):
        return actor
    return replace(actor, role=None, units=access.all_units(work.session))
