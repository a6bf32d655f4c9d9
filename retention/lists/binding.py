"""What an approval binds: a digest over each line of a list with the stored bytes it names, and one over all lines."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from itertools import groupby

from sqlmodel import Session, col, select

from erecords.digest import canonical_json, sha512_bytes
from erecords.store.models import Document, DocumentVersion, Rendition
from retention.lifecycle import ItemState
from retention.models import DisposalItem

_MANY = 2000


def item_digest(item: DisposalItem, content: list[str]) -> str:
    """SHA-512 over what was decided about a case and over the (sorted) digests of all its stored bytes."""
    line = {
        "list": item.list_id,
        "reference": item.reference,
        "case": item.case_id,
        "case_version": item.case_version,
        "rule": [item.rule_id, item.rule_version],
        "trigger_date": item.trigger_date.isoformat(),
        "proposed": item.proposed,
        "decision": item.decision,
        "decided_by": item.decided_by,
        "waiver": item.waiver_id,
        "content": content,
    }
    return sha512_bytes(canonical_json(line))


def contents_of(session: Session, cases: Sequence[int]) -> dict[int, list[str]]:
    """Digests of all stored bytes per case id, sorted; cases without any are left out."""
    query = (
        select(Document.case_id, Rendition.sha512)
        .join(DocumentVersion, col(DocumentVersion.document_id) == col(Document.id))
        .join(Rendition, col(Rendition.version_id) == col(DocumentVersion.id))
        .where(col(Document.case_id).in_(cases))
    )
    found: dict[int, list[str]] = {}
    for case_id, sha512 in session.exec(query):
        found.setdefault(case_id, []).append(sha512)
    return {case_id: sorted(digests) for case_id, digests in found.items()}


def contents(session: Session, list_id: str) -> Iterator[tuple[int, list[str]]]:
    """The same for all cases still on a list that hold any bytes: (case id, digests), streamed."""
    query = (
        select(DisposalItem.case_id, Rendition.sha512)
        .join(Document, col(Document.case_id) == col(DisposalItem.case_id))
        .join(DocumentVersion, col(DocumentVersion.document_id) == col(Document.id))
        .join(Rendition, col(Rendition.version_id) == col(DocumentVersion.id))
        .where(DisposalItem.list_id == list_id, DisposalItem.state == ItemState.LISTED)
        .order_by(col(DisposalItem.case_id))
    )
    rows = session.exec(query.execution_options(yield_per=_MANY))
    for case_id, group in groupby(rows, key=lambda row: row[0]):
        yield case_id, sorted(sha512 for _, sha512 in group)


def list_digest(session: Session, list_id: str) -> str:
    """SHA-512 over the digests of all approved lines, in the order of the list."""
    digest = hashlib.sha512()
    query = (
        select(DisposalItem.digest)
        .where(DisposalItem.list_id == list_id, DisposalItem.state != ItemState.TAKEN_OUT)
        .order_by(col(DisposalItem.id))
    )
    for line in session.exec(query.execution_options(yield_per=_MANY)):
        digest.update(f"{line}\n".encode())
    return digest.hexdigest()
