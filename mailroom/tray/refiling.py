"""Correcting a filed letter: into another case, or under another type; from it the machine learns at once."""

from __future__ import annotations

from erecords.errors import Conflict, NotFound
from erecords.office import Office
from erecords.registry import finding, moving
from erecords.store.lifecycle import Protection
from erecords.store.models import Case, Document
from erecords.store.uow import UnitOfWork
from mailroom.loading import RegistersAtHand
from mailroom.models import Letter, LetterState
from mailroom.tray import deciding, filing


def filed_letter(work: UnitOfWork, office: Office, number: str) -> Letter:
    """A filed letter that the actor may decide.

    Raises:
        NotFound: there is none of that number that the actor may see.
        Conflict: it is not filed.
    """
    letter = work.session.get(Letter, number)
    if letter is None or not filing.may_decide(office.actor, letter):
        raise NotFound(f"There is no letter {number!r} that you may see. Numbers look like E-2026-0000815.")
    if letter.state is not LetterState.FILED or letter.document_id is None:
        raise Conflict(f"{number} is not filed ({letter.state.value}). Nothing was changed. See: erecords mail file")
    return letter


def refile(
    office: Office,
    work: UnitOfWork,
    at_hand: RegistersAtHand,
    number: str,
    reason: str,
    *,
    reference: str | None = None,
    notation: str | None = None,
    title: str | None = None,
    kind: str | None = None,
) -> Letter:
    """Move the document of a filed letter into the case ``reference``, or into a new case of class ``notation``.

    Args:
        office: of the actor.
        work: the unit of work.
        at_hand: the registers, read before the unit of work began.
        number: of the mail book.
        reason: why; kept in the log.
        reference: of an open case; the letter's own where only the type is wrong.
        notation: class of a new case, or of the year's collective file.
        title: of the new case.
        kind: the right document type; the present one stays when left out.

    Raises:
        NotFound: the letter or the case is none that the actor may see.
        NotPermitted: the actor may not change both cases.
        Conflict: it is not filed, a case is closed, its present case is under a hold, all would stay as it is, or its
            text would come before all staff.
    """
    letter = filed_letter(work, office, number)
    registrar = filing.registrar(work, office.actor)
    document = work.session.get_one(Document, letter.document_id)
    source = finding.case_of(work.session, document)
    refuse_held(office, work, source)
    if notation is not None:
        target = filing.case_of_class(work, office.actor, letter, notation, title or letter.title)
    else:
        target = finding.case(work.session, registrar, reference or source.reference)
    _refuse_telling(work, letter, source, target)
    was = {"case": source.reference, "class": source.class_notation, "type": letter.document_type}
    by_itself = (letter.decided_by or "").startswith("system")
    registers = at_hand.current(work.session)
    moving.move(work, registrar, document, target, reason=reason, type=kind)
    letter.title = filing.retitled(registers, letter.title, was["type"], document.type)
    document.title = filing.retitled(registers, document.title, was["type"], document.type)
    letter.case_reference, letter.unit, letter.document_type = target.reference, target.unit, document.type or None
    filing.decided(work, office.actor, letter)
    deciding.due_as_filed(registers, document, target, work)
    filing.into_transaction(work, office.actor, registers, letter, document, target)
    work.log(
        "letter.refile",
        f"letter:{number}",
        letter,
        personal={"reason": reason},
        case=target.reference,
        type=letter.document_type,
        was=was,
        was_by_itself=by_itself,
        **{"class": target.class_notation},
    )
    return letter


def refuse_held(office: Office, work: UnitOfWork, case: Case) -> None:
    """What a hold keeps together may not be thinned out.

    Raises:
        Conflict: the case is under a hold.
    """
    outlook = office.outlook(work.session, case)
    if outlook is not None and outlook.holds:
        raise Conflict(f"{case.reference} is under hold {', '.join(outlook.holds)}: its documents stay where they are.")


def _refuse_telling(work: UnitOfWork, letter: Letter, source: Case, target: Case) -> None:
    if not letter.confidential or finding.protection(work.session, target) is not Protection.OPEN:
        return
    if finding.protection(work.session, source) is not Protection.OPEN:
        raise Conflict(
            f"{letter.number} is marked {', '.join(letter.markings)}, and all staff see {target.reference}: "
            "its text would be found by them. Nothing was changed; choose a case of a protected class."
        )
