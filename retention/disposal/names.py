"""All names under which packages may know a case."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session, col, select

from erecords.ports import RecordNames
from erecords.registry.rules import case_id
from erecords.store.models import Case, Document, FormerReference


def names_of(session: Session, cases: Sequence[Case]) -> list[RecordNames]:
    """All names under which packages may know these cases, in their order."""
    ids = [case_id(case) for case in cases]
    documents: dict[int, list[tuple[int, str | None]]] = {}
    query = select(Document.case_id, Document.id, Document.letter).where(col(Document.case_id).in_(ids))
    for owner, number, letter in session.exec(query.order_by(col(Document.id))):
        documents.setdefault(owner, []).append((number or 0, letter))
    former: dict[int, list[str]] = {}
    since = select(FormerReference).where(col(FormerReference.case_id).in_(ids))
    for row in session.exec(since.order_by(col(FormerReference.until), col(FormerReference.reference))):
        former.setdefault(row.case_id, []).append(row.reference)
    return [
        RecordNames(
            case_id=key,
            references=(case.reference, *former.get(key, ())),
            document_ids=tuple(number for number, _ in documents.get(key, ())),
            letters=tuple(letter for _, letter in documents.get(key, ()) if letter),
        )
        for key, case in zip(ids, cases, strict=True)
    ]
