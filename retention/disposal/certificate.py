"""The destruction certificate (Löschprotokoll) of a list: JSON for machines, PDF/A for people, both kept for good."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, BinaryIO

from sqlmodel import Session, col, func, select

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
_AT_ONCE = 1000
_NO_ITEMS = b'"items":[]'


def issue(work: UnitOfWork, blobs: BlobStore, found: DisposalList, city: str) -> Certificate:
    """Write the certificate of a list of which every case is settled; stored bytes first, then the row.

    It is written case by case, however many they are.
    Asked again after a stop it is written anew; a list has one.
    """
    known = of_list(work.session, found.id)
    if known is not None:
        return known
    year = work.clock.today().year
    number = f"LP-{year}-{numbering.next_number(work.session, f'certificate:{year}'):04d}"
    at = work.clock.now()
    values = {"format": FORMAT, "number": number, "issued": instant_text(at), **_values(work.session, found, city)}
    lines = Lines(work.session, found.id)
    with tempfile.TemporaryFile() as stream:
        write_json(stream, values, lines)
        stream.seek(0)
        as_json = blobs.put(stream)
    as_pdf = blobs.put_bytes(write_pdf(values, lines, as_json.sha512, at))
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


def write_json(stream: BinaryIO, values: Mapping[str, Any], lines: Iterable[Mapping[str, Any]]) -> None:
    """Write ``values`` with ``lines`` as its ``items`` in the canonical form, without ever holding all of them."""
    before, after = canonical_json({**values, "items": []}).split(_NO_ITEMS)
    stream.write(before + _NO_ITEMS[:-1])
    between = b""
    for line in lines:
        stream.write(between + canonical_json(line))
        between = b","
    stream.write(_NO_ITEMS[-1:] + after)


class Lines:
    """The settled cases of a list as the certificate shows them, in the list's order; read anew each time."""

    def __init__(self, session: Session, list_id: str) -> None:
        self._session, self._list_id = session, list_id
        on_it = (DisposalItem.list_id == list_id, DisposalItem.state != ItemState.TAKEN_OUT)
        self._count = session.exec(select(func.count()).select_from(DisposalItem).where(*on_it)).one()
        self._query = (
            select(DisposalItem, Tombstone, Handover)
            .outerjoin(Tombstone, col(Tombstone.reference) == col(DisposalItem.reference))
            .outerjoin(Handover, col(Handover.id) == col(Tombstone.handover_id))
            .where(*on_it)
            .order_by(col(DisposalItem.id))
        )

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[dict[str, Any]]:
        session = self._session
        known = _Known(
            {(rule.id, rule.version): rule for rule in session.exec(select(Rule))},
            {waiver.id: waiver for waiver in session.exec(select(Waiver))},
            {person.id: person.name for person in session.exec(select(Staff))},
        )
        for item, stone, handover in session.exec(self._query.execution_options(yield_per=_AT_ONCE)):
            yield _line(known, item, stone, handover)


@dataclass(frozen=True)
class _Known:
    """What many lines name: rule versions, waivers, people's names."""

    rules: Mapping[tuple[str, int], Rule]
    waivers: Mapping[int | None, Waiver]
    people: Mapping[str, str]


def _values(session: Session, found: DisposalList, city: str) -> dict[str, Any]:
    on_it = (DisposalItem.list_id == found.id, DisposalItem.state != ItemState.TAKEN_OUT)
    counts = session.exec(select(DisposalItem.state, func.count()).where(*on_it).group_by(DisposalItem.state))
    return {
        "city": city,
        "list": found.id,
        "list_digest": found.digest,
        "as_of": found.carried_out_as_of.isoformat() if found.carried_out_as_of else None,
        "proposed": {**person(session, found.proposed_by), "at": instant_text(found.proposed)},
        "approved": {
            **person(session, found.approved_by),
            "at": instant_text(found.approved) if found.approved else None,
            "as_of": _iso(found.approved_as_of),
            "cool_off_until": _iso(found.cool_off_until),
        },
        "offered": {
            "on": _iso(found.offered_on),
            "answer_due": _iso(found.answer_due),
            "lapse_basis": found.lapse_basis or None,
        },
        "carried_out": person(session, found.carried_out_by),
        "counts": {ItemState(state).value: number for state, number in counts},
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def person(session: Session, actor_id: str | None) -> dict[str, str | None]:
    """A person as certificates name them, by id and name."""
    known = session.get(Staff, actor_id) if actor_id else None
    return {"id": actor_id, "name": known.name if known else actor_id}


def _line(known: _Known, item: DisposalItem, stone: Tombstone | None, handover: Handover | None) -> dict[str, Any]:
    if stone is None or item.state is ItemState.WITHHELD:
        why = parse(item.reason)
        return {
            "reference": item.reference,
            "outcome": item.state.value,
            "reasons": [{"code": reason.code.value, "detail": reason.detail, "text": reason.german} for reason in why],
        }
    rule, waiver = known.rules[(stone.rule_id, stone.rule_version)], known.waivers.get(stone.waiver_id)
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
        "further": json.loads(stone.further),
        "appraisal": (Decision.ARCHIVE if stone.handover_id else Decision.DESTROY).value,
        "decided_by": {"id": stone.decided_by, "name": known.people.get(stone.decided_by, stone.decided_by)},
        "waiver": _waiver(waiver) if waiver else None,
        "receipt": json.loads(handover.receipt) if handover else None,
        "objects": json.loads(stone.objects),
    }


def _waiver(waiver: Waiver) -> dict[str, Any]:
    scope = waiver.rule_id or waiver.class_notation
    return {"scope": scope, "basis": waiver.basis, "given_by": waiver.given_by, "from": waiver.valid_from.isoformat()}
