"""What is offered or delivered of a list: cases with stable ids, so that answers find their way back."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

from sqlmodel import Session, col, select

from erecords.files import safe_name
from erecords.registry import transactions
from erecords.store.blobs import BlobStore
from erecords.store.lifecycle import RenditionKind
from erecords.store.models import Case, Document, DocumentVersion, PlanClass, Rendition, Transaction
from retention.errors import WrongState
from retention.lifecycle import Decision, Disposal, ItemState
from retention.lists.disposition import BY_WAIVER
from retention.models import DisposalItem, DisposalList, Handover, Rule
from retention.periods import timing
from retention.xdomea.values import CaseOut, DocumentOut, FileOut, TransactionOut

_DELIVERED = (RenditionKind.ORIGINAL, RenditionKind.PDFA, RenditionKind.TEXT)


def case_uuid(process: str, item: DisposalItem) -> str:
    """The id of a case within a procedure."""
    return str(uuid.uuid5(uuid.UUID(process), f"case:{item.case_id}"))


def offered(session: Session, found: DisposalList) -> list[DisposalItem]:
    """The cases of a list that the archive has to see: all but those that it waived."""
    return [item for item in _listed(session, found) if item.decided_by != BY_WAIVER]


def to_deliver(session: Session, found: DisposalList) -> list[DisposalItem]:
    """The cases that the archive takes and has not confirmed yet."""
    got = set(session.exec(select(Handover.item_id)))
    return [
        item for item in _listed(session, found) if item.decision is Decision.ARCHIVE and item.id not in got
    ]  # fmt: skip


def _listed(session: Session, found: DisposalList) -> Sequence[DisposalItem]:
    query = select(DisposalItem).where(DisposalItem.list_id == found.id, DisposalItem.state == ItemState.LISTED)
    return session.exec(query.order_by(col(DisposalItem.id))).all()


def transaction_uuid(process: str, number: str) -> str:
    """The id of a transaction within a procedure."""
    return str(uuid.uuid5(uuid.UUID(process), f"transaction:{number}"))


def inside(session: Session, process: str, items: Iterable[DisposalItem]) -> dict[str, tuple[str, str]]:
    """The transactions of these cases by their ids in a procedure: number, and id of the case."""
    by_case = {item.case_id: case_uuid(process, item) for item in items}
    query = select(Transaction.number, Transaction.case_id).where(col(Transaction.case_id).in_(by_case))
    return {transaction_uuid(process, number): (number, by_case[case_id]) for number, case_id in session.exec(query)}


def describe(session: Session, blobs: BlobStore, process: str, found: DisposalList, item: DisposalItem) -> CaseOut:
    """A case with its transactions and documents, and all that a message says of them.

    Raises:
        WrongState: it was opened again, or nothing says any more how long it is kept.
    """
    case = session.get_one(Case, item.case_id)
    plan_class = session.get_one(PlanClass, case.class_notation)
    rule = session.get_one(Rule, (item.rule_id, item.rule_version))
    retained_to = timing.of_case(session, case, found.as_of, found.lead_days).retained_to
    if case.closed is None or retained_to is None:
        raise WrongState(
            f"{case.reference} is no longer as it was listed; nothing was written. Take it out: "
            f"erecords retention take-out {found.id} {case.reference} --reason R"
        )
    suggestion = item.decision.value if item.decision else None
    if suggestion is None and item.proposed is not Disposal.APPRAISE:
        suggestion = item.proposed.value
    documents = session.exec(select(Document).where(Document.case_id == case.id).order_by(col(Document.id))).all()
    return CaseOut(
        id=case_uuid(process, item),
        reference=case.reference,
        title=case.title,
        unit=case.unit,
        class_notation=plan_class.notation,
        class_title=plan_class.title,
        opened=case.opened,
        closed=case.closed,
        years=rule.years if rule.months is None and rule.days is None else None,
        retained_to=retained_to,
        disposal=item.decision.value if item.decision else item.proposed.value,
        suggestion=suggestion,
        documents=_documents(session, blobs, process, [row for row in documents if row.transaction is None]),
        transactions=tuple(
            TransactionOut(
                id=transaction_uuid(process, run.number),
                number=number,
                reference=run.number,
                title=run.title,
                process=run.process_title or run.process,
                opened=run.opened,
                closed=run.closed or case.closed,
                documents=_documents(
                    session, blobs, process, [row for row in documents if row.transaction == run.number]
                ),
            )
            for number, run in enumerate(transactions.of_case(session, case), 1)
        ),
    )


def _documents(
    session: Session, blobs: BlobStore, process: str, rows: Sequence[Document]
) -> tuple[DocumentOut, ...]:  # fmt: skip
    return tuple(_document(session, blobs, process, row, number) for number, row in enumerate(rows, 1))


def _document(session: Session, blobs: BlobStore, process: str, document: Document, number: int) -> DocumentOut:
    rows = session.exec(
        select(DocumentVersion, Rendition)
        .join(Rendition, col(Rendition.version_id) == col(DocumentVersion.id))
        .where(DocumentVersion.document_id == document.id, col(Rendition.kind).in_(_DELIVERED))
        .order_by(col(DocumentVersion.number), col(Rendition.id))
    ).all()
    return DocumentOut(
        id=str(uuid.uuid5(uuid.UUID(process), f"document:{document.id}")),
        number=number,
        title=document.title,
        type=document.type,
        date=document.date,
        received=document.received,
        sender=document.sender,
        files=tuple(_file(blobs, process, document, version, rendition) for version, rendition in rows),
    )


def _file(
    blobs: BlobStore, process: str, document: Document, version: DocumentVersion, rendition: Rendition
) -> FileOut:
    kind = rendition.kind
    name = f"{document.id}:{version.number}:{kind.value}"
    own = safe_name(version.name)
    if kind is not RenditionKind.ORIGINAL:
        own = safe_name(f"{own.rpartition('.')[0] or own}{'.pdf' if kind is RenditionKind.PDFA else '.txt'}")
    return FileOut(
        path=blobs.path(rendition.sha512),
        name=f"{uuid.uuid5(uuid.UUID(process), f'file:{name}')}_{own}",
        original_name=version.name,
        sha512=rendition.sha512,
        bytes=rendition.bytes,
        mime=rendition.mime,
        puid=rendition.puid,
        archival=kind is RenditionKind.PDFA,
        version=version.number,
    )
