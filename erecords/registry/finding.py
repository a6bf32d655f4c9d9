"""Looking up case files and documents within what the actor may see: the rights are part of each query."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session, col, func, select

from erecords.errors import NotFound
from erecords.registry import access, plan, references
from erecords.registry.access import Actor
from erecords.store.lifecycle import CaseState, Protection
from erecords.store.models import Case, CaseEvent, Document, FormerReference, PlanClass, Transaction


def case(session: Session, actor: Actor, reference: str) -> Case:
    """The case that has or had this reference, in any usual spelling.

    Raises:
        NotFound: there is none, or the actor may not know of it (both read the same).
    """
    found = locate(session, reference)
    if found is None or not knows(session, actor, found):
        raise access.no_such_case(reference)
    return found


def locate(session: Session, reference: str) -> Case | None:
    """The case that has or had this reference, whoever asks: for parts of the program that answer for rights."""
    spellings = references.spellings(reference)
    for spelling in spellings:
        if found := session.exec(select(Case).where(Case.reference == spelling)).first():
            return found
    for spelling in spellings:
        if former := session.get(FormerReference, spelling):
            return session.get(Case, former.case_id)
    return None


def knows(session: Session, actor: Actor, found: Case) -> bool:
    """Whether the actor may know that the case exists, and see its metadata."""
    return actor.may(access.Right.SEE_ALL_METADATA) or sees_content(session, actor, found)


def protection(session: Session, found: Case) -> Protection:
    """Protection of a case, which is that of its class."""
    return session.get_one(PlanClass, found.class_notation).protection


def sees_content(session: Session, actor: Actor, found: Case) -> bool:
    """Whether the actor may see the documents of the case."""
    return access.may_see_content(actor, found, protection(session, found))


def cases(
    session: Session,
    actor: Actor,
    *,
    class_notation: str | None = None,
    state: CaseState | None = None,
    unit: str | None = None,
) -> list[Case]:
    """Cases whose metadata the actor may see, by reference; of a class and the classes below it.

    Raises:
        NotFound: there is no such class.
    """
    query = select(Case).join(PlanClass, col(PlanClass.notation) == col(Case.class_notation))
    query = query.where(access.metadata_visible(actor)).order_by(col(Case.reference))
    if class_notation is not None:
        plan.find_class(session, class_notation)
        query = query.where(col(Case.class_notation).in_(plan.below(session, class_notation.strip())))
    if state is not None:
        query = query.where(col(Case.state) == state)
    if unit is not None:
        query = query.where(col(Case.unit) == unit)
    return list(session.exec(query))


def case_count(session: Session, actor: Actor, class_notation: str) -> int:
    """How many cases of a class and the classes below it the actor may know of."""
    query = select(func.count(col(Case.id))).join(PlanClass, col(PlanClass.notation) == col(Case.class_notation))
    query = query.where(access.metadata_visible(actor))
    return session.exec(query.where(col(Case.class_notation).in_(plan.below(session, class_notation)))).one()


def former_references(session: Session, case_id: int) -> list[str]:
    """References that the case had before, oldest first."""
    query = select(FormerReference.reference).where(FormerReference.case_id == case_id)
    return list(session.exec(query.order_by(col(FormerReference.until), col(FormerReference.reference))))


def events(session: Session, case_id: int) -> list[CaseEvent]:
    """Stated trigger dates of the case, by date."""
    query = select(CaseEvent).where(CaseEvent.case_id == case_id)
    return list(session.exec(query.order_by(col(CaseEvent.on), col(CaseEvent.trigger))))


def documents(session: Session, actor: Actor, found: Case) -> list[Document]:
    """Documents of the case, oldest first; none when the actor may only see the metadata of the case."""
    if not sees_content(session, actor, found):
        return []
    query = select(Document).where(Document.case_id == found.id)
    return list(session.exec(query.order_by(col(Document.date).is_(None), col(Document.date), col(Document.id))))


def document_count(session: Session, case_id: int) -> int:
    """How many documents the case holds."""
    return session.exec(select(func.count()).select_from(Document).where(Document.case_id == case_id)).one()


def document_ids(session: Session, case_id: int) -> Sequence[int]:
    """Ids of all documents of the case."""
    return [found for found in session.exec(select(Document.id).where(Document.case_id == case_id)) if found]


def document(session: Session, actor: Actor, document_id: int) -> Document:
    """The document of that number.

    Raises:
        NotFound: there is none, or the actor may not see it (both read the same).
    """
    query = select(Document).join(Case, col(Case.id) == col(Document.case_id))
    query = query.join(PlanClass, col(PlanClass.notation) == col(Case.class_notation))
    found = session.exec(query.where(Document.id == document_id, access.document_visible(actor))).first()
    if found is None:
        raise NotFound(f"There is no document {document_id} that you may see. erecords doc list REF shows a case's.")
    return found


def transactions(session: Session, actor: Actor, found: Case) -> list[Transaction]:
    """Transactions of the case by number; none when the actor may only see the metadata of the case."""
    if not sees_content(session, actor, found):
        return []
    return list(session.exec(select(Transaction).where(Transaction.case_id == found.id).order_by(Transaction.number)))


def transaction_numbers(session: Session, case_id: int) -> Sequence[str]:
    """Numbers of all transactions of the case."""
    return session.exec(select(Transaction.number).where(Transaction.case_id == case_id)).all()


def transaction(session: Session, actor: Actor, number: str) -> tuple[Transaction, Case]:
    """The transaction of that number, with its case.

    Raises:
        NotFound: there is none, or the actor may not see it (both read the same).
    """
    query = select(Transaction, Case).join(Case, col(Case.id) == col(Transaction.case_id))
    query = query.join(PlanClass, col(PlanClass.notation) == col(Case.class_notation))
    plain = number.strip().upper()
    found = session.exec(query.where(Transaction.number == plain, access.content_visible(actor))).first()
    if found is None:
        raise NotFound(
            f"There is no transaction {number!r} that you may see. Numbers look like V-2026-000123; "
            "erecords case transaction list REF shows a case's."
        )
    return found


def case_of(session: Session, found: Document) -> Case:
    """The case that holds the document."""
    return session.exec(select(Case).where(Case.id == found.case_id)).one()
