"""Copy notes (Abdruck, Mitzeichnung): one document, one owner, and further units that may read it."""

from __future__ import annotations

from sqlmodel import Session, col, select

from erecords.errors import Conflict
from erecords.registry import access, finding, org
from erecords.registry.access import Actor
from erecords.store.models import Document, DocumentCopy
from erecords.store.uow import UnitOfWork


def give(work: UnitOfWork, actor: Actor, document: Document, unit: str) -> DocumentCopy:
    """Let a further unit read, and find, this one document; nothing else of its case.

    Raises:
        NotPermitted: the actor may not change the case.
        NotFound: there is no such unit.
        Conflict: the unit has it already.
    """
    case = finding.case_of(work.session, document)
    access.require_edit(actor, case.unit, case.reference)
    org.unit(work.session, unit)
    if unit in units(work.session, document.id or 0) or unit == case.unit:
        raise Conflict(f"Unit {unit} has document {document.id} already. Nothing was changed.")
    copy = DocumentCopy(document_id=document.id or 0, unit=unit)
    work.add(copy)
    work.log("document.copy", f"document:{document.id}", copy, unit=unit, case=case.reference)
    work.index("document", document.id or 0)
    return copy


def units(session: Session, document_id: int) -> list[str]:
    """The units that have a copy of a document."""
    query = select(DocumentCopy.unit).where(DocumentCopy.document_id == document_id)
    return list(session.exec(query.order_by(col(DocumentCopy.unit))))
