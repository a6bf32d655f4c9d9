"""The destruction certificate (Löschprotokoll) of a list: JSON for machines, PDF/A for people, both kept for good."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from erecords.clock import instant_text
from erecords.digest import canonical_json
from erecords.errors import NotFound
from erecords.registry import numbering
from erecords.store.blobs import BlobStore
from erecords.store.models import Staff
from erecords.store.uow import UnitOfWork
from retention.disposal.certificate_pdf import write_pdf
from retention.lifecycle import Decision, ItemState
from retention.lists.disposition import subject
from retention.models import Certificate, DisposalItem, DisposalList, Handover, Rule, Tombstone, Waiver
from retention.periods import schedule
from retention.reasons import parse

FORMAT = 1


def issue(work: UnitOfWork, blobs: BlobStore, found: DisposalList, city: str) -> Certificate:
    """Write the certificate of a list of which every case is settled; stored bytes first, then the row.

    Asked again after a stop it is written anew; a list has one.
    """
    known = of_list(work.session, found.id)
    if known is not None:
        return known
    year = work.clock.today().year
    number = f"LP-{year}-{numbering.next_number(work.session, f'certificate:{year}'):04d}"
    at = work.clock.now()
    values = {"format": FORMAT, "number": number, "issued": instant_text(at), **_values(work.session, found, city)}
    as_json = blobs.put_bytes(canonical_json(values))
    as_pdf = blobs.put_bytes(write_pdf(values, as_json.sha512, at))
    row = Certificate(
        number=number, list_id=found.id, json_sha512=as_json.sha512, pdf_sha512=as_pdf.sha512, at=at
    )  # fmt: skip
    work.add(row)
    work.log(
        "disposal.certificate", subject(found), row, number=number, json=as_json.sha512, pdf=as_pdf.sha512
    )  # fmt: skip
    return row


def of_list(session: Session, list_id: str) -> Certificate | None:
    """The certificate of a list, once it was issued."""
    return session.exec(select(Certificate).where(Certificate.list_id == list_id)).first()


def files(row: Certificate) -> tuple[tuple[str, str], ...]:
    """Name and digest of both forms of a certificate, as they lie beside the ledger."""
    return (f"{row.number}.json", row.json_sha512), (f"{row.number}.pdf", row.pdf_sha512)


def find(session: Session, list_id: str) -> Certificate:
    """The certificate of a list.

    Raises:
        NotFound: the list was not carried out to its end.
    """
    found = of_list(session, list_id)
    if found is None:
        raise NotFound(f"List {list_id} has no certificate yet. First: erecords retention carry-out {list_id}")
    return found


def _values(session: Session, found: DisposalList, city: str) -> dict[str, Any]:
    items = session.exec(select(DisposalItem).where(DisposalItem.list_id == found.id).order_by(col(DisposalItem.id)))
    lines = [_line(session, item) for item in items if item.state is not ItemState.TAKEN_OUT]
    return {
        "city": city,
        "list": found.id,
        "list_digest": found.digest,
        "as_of": found.carried_out_as_of.isoformat() if found.carried_out_as_of else None,
        "proposed": {**_person(session, found.proposed_by), "at": instant_text(found.proposed)},
        "approved": {
            **_person(session, found.approved_by),
            "at": instant_text(found.approved) if found.approved else None,
            "as_of": _iso(found.approved_as_of),
            "cool_off_until": _iso(found.cool_off_until),
        },
        "offered": {
            "on": _iso(found.offered_on),
            "answer_due": _iso(found.answer_due),
            "lapse_basis": found.lapse_basis or None,
        },
        "carried_out": _person(session, found.carried_out_by),
        "counts": dict(Counter(line["outcome"] for line in lines)),
        "items": lines,
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _person(session: Session, actor_id: str | None) -> dict[str, str | None]:
    person = session.get(Staff, actor_id) if actor_id else None
    return {"id": actor_id, "name": person.name if person else actor_id}


def _line(session: Session, item: DisposalItem) -> dict[str, Any]:
    stone = session.get(Tombstone, item.reference)
    if stone is None or item.state is ItemState.WITHHELD:
        why = parse(item.reason)
        return {
            "reference": item.reference,
            "outcome": item.state.value,
            "reasons": [{"code": reason.code.value, "detail": reason.detail, "text": reason.german} for reason in why],
        }
    rule = session.get_one(Rule, (stone.rule_id, stone.rule_version))
    return {
        "reference": stone.reference,
        "outcome": stone.outcome.value,
        "at": instant_text(stone.at),
        "former_references": stone.former_references.splitlines(),
        "class": stone.class_notation,
        "class_title": stone.class_title,
        "unit": stone.unit,
        "opened": stone.opened.isoformat(),
        "closed": stone.closed.isoformat(),
        "rule": {
            "id": rule.id,
            "version": rule.version,
            "title": rule.title,
            "kind_of_basis": rule.basis,
            "basis": rule.source,
        },
        "trigger": rule.trigger,
        "trigger_date": stone.trigger_date.isoformat(),
        "retained_to": _iso(stone.due - schedule.ONE_DAY),
        "appraisal": (Decision.ARCHIVE if stone.handover_id else Decision.DESTROY).value,
        "decided_by": _person(session, stone.decided_by),
        "waiver": _waiver(session, stone),
        "receipt": _receipt(session, stone),
        "objects": json.loads(stone.objects),
    }


def _waiver(session: Session, stone: Tombstone) -> dict[str, Any] | None:
    waiver = session.get(Waiver, stone.waiver_id) if stone.waiver_id else None
    if waiver is None:
        return None
    scope = waiver.rule_id or waiver.class_notation
    return {"scope": scope, "basis": waiver.basis, "given_by": waiver.given_by, "from": waiver.valid_from.isoformat()}


def _receipt(session: Session, stone: Tombstone) -> dict[str, Any] | None:
    handover = session.get(Handover, stone.handover_id) if stone.handover_id else None
    return json.loads(handover.receipt) if handover else None
