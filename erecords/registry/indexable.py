"""What search must know of a document or case, gathered from the records in one value."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, func, select

from erecords.registry import plan
from erecords.store.blobs import BlobStore
from erecords.store.lifecycle import RenditionKind
from erecords.store.models import (
    Case,
    Document,
    DocumentCopy,
    DocumentVersion,
    FormerReference,
    PlanClass,
    Rendition,
    Transaction,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexable:
    """A document, a transaction, or a case itself (the latter have no ``document``), as it is to be found."""

    document: int | None
    case_id: int
    title: str
    text: str
    reference: str
    former_references: tuple[str, ...]
    class_path: tuple[str, ...]
    """Notations from the top of the plan down to the class."""
    unit: str
    type: str
    sender: str
    date: dt.date | None
    received: dt.date | None
    entry: str
    """Entry number of the mail book."""
    state: str
    protection: str
    closing_year: int | None
    key: str
    """File key of the case (person, plate, parcel)."""
    copied_to: tuple[str, ...] = ()
    """Further units that may read it."""
    transaction: str = ""
    """Number of the transaction that it is."""


def document(session: Session, blobs: BlobStore, document_id: int) -> Indexable | None:
    """A document as it is now; None when it is gone."""
    return next(iter(documents(session, blobs, [document_id])), None)


def case(session: Session, case_id: int) -> Indexable | None:
    """A case as it is now; None when it is gone."""
    return next(iter(cases(session, [case_id])), None)


def documents(session: Session, blobs: BlobStore, ids: Sequence[int]) -> list[Indexable]:
    """These documents as they are now, by number; those that are gone are left out. Meant for up to 500 at once."""
    query = select(Document, Case).join(Case, col(Case.id) == col(Document.case_id))
    rows = session.exec(query.where(col(Document.id).in_(ids)).order_by(col(Document.id))).all()
    texts = _texts(session, [found.id or 0 for found, _ in rows])
    copies = _copies(session, ids)
    surroundings = _Surroundings(session, [of_case for _, of_case in rows])
    return [_of_document(blobs, found, of_case, texts, copies, surroundings) for found, of_case in rows]


def cases(session: Session, ids: Sequence[int]) -> list[Indexable]:
    """These cases as they are now, by number; those that are gone are left out. Meant for up to 500 at once."""
    rows = session.exec(select(Case).where(col(Case.id).in_(ids)).order_by(col(Case.id))).all()
    surroundings = _Surroundings(session, rows)
    return [_of_case(found, surroundings) for found in rows]


def transactions(session: Session, numbers: Sequence[str]) -> list[Indexable]:
    """These transactions as they are now, by number; those that are gone are left out."""
    query = select(Transaction, Case).join(Case, col(Case.id) == col(Transaction.case_id))
    rows = session.exec(query.where(col(Transaction.number).in_(numbers)).order_by(Transaction.number)).all()
    surroundings = _Surroundings(session, [of_case for _, of_case in rows])
    return [_of_transaction(found, of_case, surroundings) for found, of_case in rows]


def _texts(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """Per document the digest of the text of its current version."""
    newest = select(func.max(DocumentVersion.number)).where(DocumentVersion.document_id == Document.id)
    query = (
        select(DocumentVersion.document_id, Rendition.sha512)
        .join(Document, col(Document.id) == col(DocumentVersion.document_id))
        .join(Rendition, col(Rendition.version_id) == col(DocumentVersion.id))
        .where(col(DocumentVersion.document_id).in_(ids), Rendition.kind == RenditionKind.TEXT)
        .where(DocumentVersion.number == newest.correlate(Document).scalar_subquery())
    )
    return dict(session.exec(query).all())


def _copies(session: Session, ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Per document the units to which a copy went."""
    found: dict[int, tuple[str, ...]] = {}
    query = select(DocumentCopy).where(col(DocumentCopy.document_id).in_(ids)).order_by(col(DocumentCopy.unit))
    for row in session.exec(query):
        found[row.document_id] = (*found.get(row.document_id, ()), row.unit)
    return found


class _Surroundings:
    """What documents have from their case, and cases from the plan, read once for many."""

    def __init__(self, session: Session, rows: Sequence[Case]) -> None:
        self._classes = {found.notation: found for found in session.exec(select(PlanClass))}
        self._former: dict[int, list[str]] = {}
        ids = {found.id for found in rows}
        query = select(FormerReference).where(col(FormerReference.case_id).in_(ids))
        for former in session.exec(query.order_by(col(FormerReference.until))):
            self._former.setdefault(former.case_id, []).append(former.reference)

    def of(self, found: Case) -> dict[str, Any]:
        case_id = found.id or 0
        return {
            "case_id": case_id,
            "reference": found.reference,
            "former_references": tuple(self._former.get(case_id, ())),
            "class_path": plan.path_of(self._classes, found.class_notation),
            "unit": found.unit,
            "state": found.state.value,
            "protection": self._classes[found.class_notation].protection.value,
            "closing_year": found.closed.year if found.closed else None,
        }


def _of_document(
    blobs: BlobStore,
    found: Document,
    of_case: Case,
    texts: dict[int, str],
    copies: dict[int, tuple[str, ...]],
    surroundings: _Surroundings,
) -> Indexable:
    digest = texts.get(found.id or 0)
    return Indexable(
        document=found.id,
        title=found.title,
        text=blobs.read(digest).decode("utf-8", errors="replace") if digest else "",
        type=found.type,
        sender=found.sender,
        date=found.date,
        received=found.received,
        entry=found.letter or "",
        key="",
        copied_to=copies.get(found.id or 0, ()),
        **surroundings.of(of_case),
    )


def _of_case(found: Case, surroundings: _Surroundings) -> Indexable:
    return Indexable(
        document=None,
        title=found.title,
        text="",
        type="",
        sender="",
        date=found.opened,
        received=None,
        entry="",
        key=found.key,
        **surroundings.of(found),
    )


def _of_transaction(found: Transaction, of_case: Case, surroundings: _Surroundings) -> Indexable:
    return Indexable(
        document=None,
        transaction=found.number,
        title=found.title,
        text=found.process_title,
        type="",
        sender="",
        date=found.opened,
        received=None,
        entry="",
        key="",
        **surroundings.of(of_case) | {"state": found.state.value},
    )
