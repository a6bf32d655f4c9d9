"""Taking a document out of a case again that was put there by mistake, while it still lies elsewhere.

This destroys no record: the caller answers for it that the same files are kept by whom they came from.
"""

from __future__ import annotations

from sqlalchemy import delete
from sqlmodel import SQLModel, col, select

from erecords.errors import Conflict
from erecords.registry import access, finding, rules, transactions
from erecords.registry.access import Actor
from erecords.store.lifecycle import OutboxOperation
from erecords.store.models import AuditValue, Document, DocumentCopy, DocumentVersion, Rendition
from erecords.store.uow import UnitOfWork


def withdraw(work: UnitOfWork, actor: Actor, document: Document) -> None:
    """Take a document that came through the mail room out of its open case; its files stay with its letter.

    Its number is never given out again, and the log keeps that it was there. Whether a hold forbids it is asked by the
    caller, who knows of holds.

    Raises:
        NotPermitted: the actor may not change the case.
        Conflict: the case is closed, the document has further versions, or it did not come through the mail room.
    """
    case = finding.case_of(work.session, document)
    access.require_edit(actor, case.unit, case.reference)
    rules.require_open(case)
    subject = f"document:{document.id}"
    versions = work.session.exec(select(DocumentVersion).where(DocumentVersion.document_id == document.id)).all()
    if document.letter is None or len(versions) > 1:
        raise Conflict(
            f"Document {document.id} has further versions, or never was a letter: it stays in {case.reference}."
        )
    transactions.take_out(work, case, document)
    files = work.session.exec(select(Rendition).where(Rendition.version_id == versions[0].id)).all()
    copies = work.session.exec(select(DocumentCopy).where(DocumentCopy.document_id == document.id)).all()
    layers: tuple[tuple[SQLModel, ...], ...] = ((*files, *copies), tuple(versions), (document,))
    for layer in layers:
        for row in layer:
            work.session.delete(row)
        work.session.flush()
    work.log("document.withdraw", subject, *files, *copies, *versions, document, case=case.reference)
    work.bulk(delete(AuditValue).where(col(AuditValue.object) == subject), "log.erase-personal", subject)
    work.index("document", document.id or 0, OutboxOperation.REMOVE)
    work.index("case", rules.case_id(case))
