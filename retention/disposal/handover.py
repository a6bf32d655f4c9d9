"""Hand-over of a case to the archive: what goes into the package, and the receipt that is kept.

The package of a case on an approved list is the same whenever it is built, so that handing over again after a stop
gives the same receipt and never a second copy.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from sqlmodel import Session, col, select

from archive.package import FileRole, Receipt, Rights, Sip, SipDocument, SipFile
from erecords.digest import canonical_json
from erecords.files import safe_name
from erecords.ports import RecordNames
from erecords.registry import finding, transactions
from erecords.store import audit
from erecords.store.blobs import BlobStore
from erecords.store.lifecycle import Protection, RenditionKind
from erecords.store.models import (
    AuditEntry,
    Case,
    Document,
    DocumentVersion,
    PlanClass,
    Rendition,
    Staff,
    Transaction,
    Unit,
)
from erecords.store.uow import UnitOfWork
from retention.disposal import grounds
from retention.disposal.names import names_of
from retention.models import DisposalItem, DisposalList, Handover, Rule, XdomeaMessage, XdomeaProcess
from retention.periods import timing

_ENDINGS = {"text/plain": ".txt", "application/json": ".json", "application/pdf": ".pdf", "image/png": ".png"}
_SECRET = {Protection.TAX_SECRET, Protection.HEALTH}
_OPEN = {Protection.OPEN, Protection.CONFIDENTIAL}


def build_sip(session: Session, blobs: BlobStore, found: DisposalList, item: DisposalItem, origin: str) -> Sip:
    """The submission of a case on an approved list; its files are the stored originals and renditions."""
    case = session.get_one(Case, item.case_id)
    plan_class = session.get_one(PlanClass, case.class_notation)
    rule = session.get_one(Rule, (item.rule_id, item.rule_version))
    documents = session.exec(select(Document).where(Document.case_id == case.id).order_by(col(Document.id))).all()
    parts = [_document(session, blobs, document) for document in documents]
    return Sip(
        reference=case.reference,
        title=case.title,
        class_notation=case.class_notation,
        class_title=plan_class.title,
        unit=case.unit,
        opened=case.opened,
        closed=case.closed,
        description=_description(session, case, found, item, rule),
        documents=tuple(document for document, _ in parts),
        files=tuple(file for _, files in parts for file in files),
        audit_excerpt=tuple(_log(session, names_of(session, [case])[0], found.audit_sequence or 0)),
        rights=Rights(
            protection=plan_class.protection.value,
            secrecy=plan_class.protection in _SECRET,
            personal=plan_class.protection not in _OPEN,
        ),
        agent=_person(session, found.carried_out_by),
        basis=f"disposal list {found.id}, rule {rule.id} version {rule.version}: {rule.source}",
        origin=origin,
    )


def _description(session: Session, case: Case, found: DisposalList, item: DisposalItem, rule: Rule) -> dict[str, Any]:
    assert case.id is not None
    day = found.approved_as_of or found.as_of
    when = timing.of_case(session, case, day, found.lead_days)
    return {
        "state": case.state.value,
        "unit_title": session.get_one(Unit, case.unit).title,
        "transactions": [_transaction(session, row) for row in transactions.of_case(session, case)],
        "key": case.key,
        "former_references": finding.former_references(session, case.id),
        "events": {event.trigger: event.on.isoformat() for event in finding.events(session, case.id)},
        "disposal": {
            "list": found.id,
            "list_digest": found.digest,
            "rule": rule.id,
            "rule_version": rule.version,
            "rule_title": rule.title,
            "trigger": rule.trigger,
            "trigger_date": item.trigger_date.isoformat(),
            "retained_to": when.retained_to.isoformat() if when.retained_to else None,
            "further": grounds.further(when),
            "rule_versions": grounds.versions(session, when, case.opened, day),
            "appraisal": item.decision,
            "decided_by": _person(session, item.decided_by),
            "proposed_by": _person(session, found.proposed_by),
            "approved_by": _person(session, found.approved_by),
        },
    }


def _transaction(session: Session, row: Transaction) -> dict[str, Any]:
    """A transaction of the case with the documents that belong to it, as the package names them."""
    return {
        "id": row.number,
        "title": row.title,
        "process": row.process,
        "process_title": row.process_title,
        "opened": row.opened.isoformat(),
        "closed": row.closed.isoformat() if row.closed else None,
        "documents": [_name(document) for document in transactions.documents(session, row)],
    }


def _name(document: Document) -> str:
    return f"D-{document.id:06d}"


def _document(session: Session, blobs: BlobStore, document: Document) -> tuple[SipDocument, list[SipFile]]:
    query = select(DocumentVersion).where(DocumentVersion.document_id == document.id)
    versions = session.exec(query.order_by(col(DocumentVersion.number))).all()
    name = _name(document)
    files: list[SipFile] = []
    for version in versions:
        renditions = session.exec(
            select(Rendition).where(Rendition.version_id == version.id).order_by(col(Rendition.kind))
        )
        files += [_file(blobs, name, version, rendition) for rendition in renditions]
    described = SipDocument(
        id=name,
        title=document.title,
        type=document.type,
        date=document.date,
        sender=document.sender,
        description={
            "number": document.id,
            "letter": document.letter,
            "received": document.received.isoformat() if document.received else None,
            "versions": [{"number": row.number, "name": row.name} for row in versions],
        },
    )
    return described, files


def _file(blobs: BlobStore, document: str, version: DocumentVersion, rendition: Rendition) -> SipFile:
    original = rendition.kind is RenditionKind.ORIGINAL
    name = safe_name(version.name)
    if not original:
        ending = _ENDINGS.get(rendition.mime.partition(";")[0]) or mimetypes.guess_extension(rendition.mime) or ".bin"
        name = PurePosixPath(name).stem + ending
    return SipFile(
        path=blobs.path(rendition.sha512),
        name=f"documents/{document}/v{version.number}/{rendition.kind.value}/{name}",
        sha512=rendition.sha512,
        bytes=rendition.bytes,
        mime=rendition.mime,
        role=FileRole(rendition.kind.value),
        document=document,
        original_name=version.name,
        puid=rendition.puid,
    )


def _log(session: Session, names: RecordNames, last: int) -> Sequence[dict[str, Any]]:
    """Entries of the audit log about the case and its documents, up to the approval of the list."""
    objects = [f"case:{name}" for name in names.references]
    objects += [f"document:{number}" for number in names.document_ids]
    objects += [f"letter:{name}" for name in names.letters]
    query = select(AuditEntry).where(col(AuditEntry.object).in_(objects), AuditEntry.sequence <= last)
    return [audit.exported(entry) for entry in session.exec(query.order_by(col(AuditEntry.sequence)))]


def _person(session: Session, actor_id: str | None) -> str:
    person = session.get(Staff, actor_id) if actor_id else None
    return f"{person.name} ({person.id})" if person else str(actor_id)


def receipt_of(session: Session, item: DisposalItem) -> Handover | None:
    """The archive's receipt for a case on a list."""
    return session.exec(select(Handover).where(Handover.item_id == item.id)).first()


def delivered(session: Session, list_id: str) -> bool:
    """Whether the list's cases were delivered to an archive outside (0503); then only its confirmation counts."""
    query = select(XdomeaMessage.id).join(XdomeaProcess, col(XdomeaProcess.id) == col(XdomeaMessage.process_id))
    query = query.where(XdomeaProcess.list_id == list_id, XdomeaMessage.kind == "0503")
    return session.exec(query).first() is not None


def keep_receipt(work: UnitOfWork, item: DisposalItem, given: Sequence[tuple[Sip, Receipt]]) -> Handover:
    """Keep the archive's receipts for a case, if they are for all that was handed over of it.

    Args:
        work: the unit of work.
        item: the case on its list.
        given: each submission with its receipt; the last is that of the case itself.

    Raises:
        ValueError: one is for something else, or missing; a fault of the archive, and nothing was kept.
    """
    *parts, (whole, receipt) = given
    if whole.reference != item.reference or {part.aip for part in whole.parts} != {sip.aip_id for sip, _ in parts}:
        raise ValueError(f"what was handed over of {item.reference} is not the case with all its parts")
    for sip, got in given:
        size = sum(file.bytes for file in sip.files)
        if (got.aip_id, got.sip_digest, got.files, got.bytes) != (sip.aip_id, sip.digest(), len(sip.files), size):
            raise ValueError(f"the archive's receipt {got} is not for what was handed over of {item.reference}")
    assert item.id is not None
    kept = receipt.to_json() | ({"parts": [got.to_json() for _, got in parts]} if parts else {})
    row = Handover(
        item_id=item.id,
        reference=item.reference,
        aip=receipt.aip_id,
        aip_version=receipt.version,
        sip_digest=receipt.sip_digest,
        receipt=canonical_json(kept).decode(),
        at=work.clock.now(),
    )
    work.add(row)
    work.log(
        "disposal.handover", f"case:{item.reference}", row, list=item.list_id, aip=row.aip, version=row.aip_version,
        sip_digest=row.sip_digest, packages=len(given),
    )  # fmt: skip
    return row
