"""How the registry's and retention's own rows let go of a record. Called by the deletion gate alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

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
from retention.models import ArchiveErasure, CaseRule, Certificate, DisposalStep, Suspension

M = TypeVar("M", bound=SQLModel)
_COMMENT = "comment"
_KEYS = 5000


class RegistryEraser:
    """Case, transactions, documents, versions, renditions, events and former references."""

    name = "registry"

    def holds(self, session: Session, records: Sequence[RecordNames]) -> dict[int, list[str]]:
        """Rows of the registry that are left of a record."""
        names, owners = {record.case_id: record for record in records}, _owners(records)
        left: dict[int, list[str]] = {}
        for number in _some(session, Case.id, list(names)):
            left.setdefault(number, []).append(f"case file {names[number].references[0]}")
        for number in _some(session, Document.id, list(owners)):
            left.setdefault(owners[number], []).append(f"document {number}")
        for kind in (Document, CaseEvent, FormerReference, Transaction):
            for case_id in _some(session, kind.case_id, list(names)):
                left.setdefault(case_id, []).append(kind.__tablename__)
        return left

    def erase(self, work: UnitOfWork, records: Sequence[RecordNames]) -> dict[int, list[Erased]]:
        """Remove the rows, children first."""
        session, cases, owners = work.session, [record.case_id for record in records], _owners(records)
        versions = _all(session, DocumentVersion, DocumentVersion.document_id, list(owners))
        of_version = {row.id: row for row in versions if row.id is not None}
        renditions = _all(session, Rendition, Rendition.version_id, list(of_version))
        copies = _all(session, DocumentCopy, DocumentCopy.document_id, list(owners))
        runs = _all(session, Transaction, Transaction.case_id, cases)
        inside: list[CaseEvent | Transaction | FormerReference] = [
            *_all(session, CaseEvent, CaseEvent.case_id, cases),
            *runs,
            *_all(session, FormerReference, FormerReference.case_id, cases),
        ]
        documents = _all(session, Document, Document.id, list(owners))
        files = _all(session, Case, Case.id, cases)
        erased: dict[int, list[Erased]] = {case_id: [] for case_id in cases}
        rows: dict[int, list[SQLModel]] = {case_id: [] for case_id in cases}
        for row in renditions:
            version = of_version[row.version_id]
            erased[owners[version.document_id]].append(_named(version, row))
            rows[owners[version.document_id]].append(row)
        parts: list[DocumentCopy | DocumentVersion] = [*copies, *versions]
        for part in parts:
            rows[owners[part.document_id]].append(part)
        for document in documents:
            erased[owners[document.id or 0]].append(Erased("document", f"document {document.id}"))
            rows[owners[document.id or 0]].append(document)
        for thing in inside:
            rows[thing.case_id].append(thing)
        for run in runs:
            erased[run.case_id].append(Erased("transaction", run.number))
        for file in files:
            rows[file.id or 0].append(file)
        for layer in ([*renditions, *copies], versions, documents, inside, files):
            _delete(session, layer)
        for record in records:
            gone = rows[record.case_id]
            work.log("case.erase", f"case:{record.references[0]}", *gone, rows=len(gone))
        return erased

    def after_commit(self, blobs: BlobStore, records: Sequence[RecordNames]) -> None:
        """Nothing: the registry keeps nothing outside the database but stored bytes, which the gate removes."""

    def blobs_in_use(self, session: Session, digests: tuple[str, ...]) -> set[str]:
        """Stored bytes that a living rendition names."""
        return set(session.exec(select(Rendition.sha512).where(col(Rendition.sha512).in_(digests))))


def _owners(records: Sequence[RecordNames]) -> dict[int, int]:
    """Per document the id of its case."""
    return {number: record.case_id for record in records for number in record.document_ids}


def _all(session: Session, kind: type[M], column: object, keys: Sequence[Any]) -> list[M]:
    """Rows with one of these keys, asked in pieces that every database takes."""
    pieces = (keys[begin : begin + _KEYS] for begin in range(0, len(keys), _KEYS))
    return [row for piece in pieces for row in session.exec(select(kind).where(col(column).in_(piece)))]


def _some(session: Session, column: Any, keys: Sequence[int]) -> set[int]:
    """Which of these keys some row still has."""
    pieces = (keys[begin : begin + _KEYS] for begin in range(0, len(keys), _KEYS))
    return {value for piece in pieces for value in session.exec(select(column).where(col(column).in_(piece)))}


def _delete(session: Session, rows: Iterable[SQLModel]) -> None:
    for row in rows:
        session.delete(row)
    session.flush()


def _named(version: DocumentVersion, row: Rendition) -> Erased:
    return Erased(row.kind.value, f"document {version.document_id} version {version.number}", row.sha512)


class RetentionEraser:
    """Comments about the case on disposal lists, its own rules and suspensions; decisions and their reasons stay."""

    name = "retention"

    def holds(self, session: Session, records: Sequence[RecordNames]) -> dict[int, list[str]]:
        """Rows that are left."""
        return {case_id: [_called(row) for row in rows] for case_id, rows in _rows(session, records).items()}

    def erase(self, work: UnitOfWork, records: Sequence[RecordNames]) -> dict[int, list[Erased]]:
        """Remove the rows."""
        found = _rows(work.session, records)
        _delete(work.session, [row for rows in found.values() for row in rows])
        for record in records:
            if rows := found.get(record.case_id):
                work.log("disposal.forget", f"case:{record.references[0]}", *rows, rows=len(rows))
        return {
            case_id: [Erased(_called(row).partition(" ")[0], _called(row).partition(" ")[2]) for row in rows]
            for case_id, rows in found.items()
        }

    def after_commit(self, blobs: BlobStore, records: Sequence[RecordNames]) -> None:
        """Nothing lies outside the database."""

    def blobs_in_use(self, session: Session, digests: tuple[str, ...]) -> set[str]:
        """Certificates, which are stored for good."""
        if not digests:
            return set()
        named: set[str | None] = set()
        for kind in (Certificate, ArchiveErasure):
            either = or_(col(kind.json_sha512).in_(digests), col(kind.pdf_sha512).in_(digests))
            named |= {
                sha512
                for row in session.exec(select(kind.json_sha512, kind.pdf_sha512).where(either))
                for sha512 in row
            }
        return {sha512 for sha512 in named if sha512} & set(digests)


def _rows(session: Session, records: Sequence[RecordNames]) -> dict[int, list[DisposalStep | CaseRule | Suspension]]:
    """What is there of each record; those of which nothing is there are left out."""
    owners = {name: record.case_id for record in records for name in record.references}
    cases = [record.case_id for record in records]
    found: dict[int, list[DisposalStep | CaseRule | Suspension]] = {}
    for step in _all(session, DisposalStep, DisposalStep.reference, list(owners)):
        if step.action == _COMMENT and step.reference:
            found.setdefault(owners[step.reference], []).append(step)
    for bound in _all(session, CaseRule, CaseRule.case_id, cases):
        found.setdefault(bound.case_id, []).append(bound)
    for stop in _all(session, Suspension, Suspension.case_id, cases):
        found.setdefault(stop.case_id, []).append(stop)
    return found


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
