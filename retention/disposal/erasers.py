"""How the registry's and retention's own rows let go of a record. Called by the deletion gate alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from sqlmodel import Session, SQLModel, col, or_, select

from erecords.ports import Erased, Eraser, RecordNames
from erecords.store.blobs import BlobStore
from erecords.store.models import (
    Case,
    CaseEvent,
    Document,
    DocumentCopy,
    DocumentVersion,
    FormerReference,
    Rendition,
    Transaction,
)
from erecords.store.uow import UnitOfWork
from retention.models import CaseRule, Certificate, DisposalStep, Suspension

M = TypeVar("M", bound=SQLModel)
_COMMENT = "comment"


class RegistryEraser:
    """Case, transactions, documents, versions, renditions, events and former references."""

    name = "registry"

    def holds(self, session: Session, record: RecordNames) -> list[str]:
        """Rows of the registry that are left of the record."""
        found = [f"case file {record.references[0]}"] if session.get(Case, record.case_id) else []
        rows = select(Document.id).where(
            or_(col(Document.case_id) == record.case_id, col(Document.id).in_(record.document_ids))
        )
        found += [f"document {number}" for number in session.exec(rows)]
        for kind in (CaseEvent, FormerReference, Transaction):
            if session.exec(select(kind).where(kind.case_id == record.case_id)).first():
                found.append(kind.__tablename__)
        return found

    def erase(self, work: UnitOfWork, record: RecordNames) -> list[Erased]:
        """Remove the rows, children first."""
        session, documents = work.session, record.document_ids
        versions = _all(session, DocumentVersion, DocumentVersion.document_id, documents)
        numbers = [row.id for row in versions if row.id is not None]
        renditions = _all(session, Rendition, Rendition.version_id, numbers)
        runs = _all(session, Transaction, Transaction.case_id, (record.case_id,))
        erased = [_named(version, row) for version in versions for row in renditions if row.version_id == version.id]
        layers: tuple[Sequence[SQLModel], ...] = (
            [*renditions, *_all(session, DocumentCopy, DocumentCopy.document_id, documents)],
            versions,
            _all(session, Document, Document.id, documents),
            [
                *_all(session, CaseEvent, CaseEvent.case_id, (record.case_id,)),
                *runs,
                *_all(session, FormerReference, FormerReference.case_id, (record.case_id,)),
            ],
            _all(session, Case, Case.id, (record.case_id,)),
        )
        for layer in layers:
            for row in layer:
                session.delete(row)
            session.flush()
        rows = [row for layer in layers for row in layer]
        work.log("case.erase", f"case:{record.references[0]}", *rows, rows=len(rows))
        erased += [Erased("document", f"document {number}") for number in documents]
        return [*erased, *(Erased("transaction", row.number) for row in runs)]

    def after_commit(self, blobs: BlobStore, record: RecordNames) -> None:
        """Nothing: the registry keeps nothing outside the database but stored bytes, which the gate removes."""

    def blobs_in_use(self, session: Session, digests: tuple[str, ...]) -> set[str]:
        """Stored bytes that a living rendition names."""
        return set(session.exec(select(Rendition.sha512).where(col(Rendition.sha512).in_(digests))))


def _all(session: Session, kind: type[M], column: object, keys: Sequence[int]) -> list[M]:
    return list(session.exec(select(kind).where(col(column).in_(keys)))) if keys else []


def _named(version: DocumentVersion, row: Rendition) -> Erased:
    return Erased(row.kind.value, f"document {version.document_id} version {version.number}", row.sha512)


class RetentionEraser:
    """Comments about the case on disposal lists, its own rules and suspensions; decisions and their reasons stay."""

    name = "retention"

    def holds(self, session: Session, record: RecordNames) -> list[str]:
        """Rows that are left."""
        return [_called(row) for row in _rows(session, record)]

    def erase(self, work: UnitOfWork, record: RecordNames) -> list[Erased]:
        """Remove the rows."""
        rows = _rows(work.session, record)
        for row in rows:
            work.session.delete(row)
        work.session.flush()
        if rows:
            work.log("disposal.forget", f"case:{record.references[0]}", *rows, rows=len(rows))
        return [Erased(_called(row).partition(" ")[0], _called(row).partition(" ")[2]) for row in rows]

    def after_commit(self, blobs: BlobStore, record: RecordNames) -> None:
        """Nothing lies outside the database."""

    def blobs_in_use(self, session: Session, digests: tuple[str, ...]) -> set[str]:
        """Certificates, which are stored for good."""
        if not digests:
            return set()
        either = or_(col(Certificate.json_sha512).in_(digests), col(Certificate.pdf_sha512).in_(digests))
        rows = session.exec(select(Certificate.json_sha512, Certificate.pdf_sha512).where(either)).all()
        return {sha512 for row in rows for sha512 in row} & set(digests)


def _rows(session: Session, record: RecordNames) -> list[DisposalStep | CaseRule | Suspension]:
    query = select(DisposalStep).where(col(DisposalStep.reference).in_(record.references))
    return [
        *session.exec(query.where(DisposalStep.action == _COMMENT)),
        *_all(session, CaseRule, CaseRule.case_id, (record.case_id,)),
        *_all(session, Suspension, Suspension.case_id, (record.case_id,)),
    ]


def _called(row: DisposalStep | CaseRule | Suspension) -> str:
    """Kind and name of a row, for people."""
    if isinstance(row, DisposalStep):
        return f"comment list {row.list_id}"
    return f"rule {row.rule_id}" if isinstance(row, CaseRule) else f"suspension {row.id}"


def in_order(erasers: Sequence[Eraser]) -> tuple[Eraser, ...]:
    """All erasers, those of this module last: the registry's rows go when nobody refers to them any more."""
    own = (RetentionEraser(), RegistryEraser())
    names = {eraser.name for eraser in own}
    return (*(eraser for eraser in erasers if eraser.name not in names), *own)
