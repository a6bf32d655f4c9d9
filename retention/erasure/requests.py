"""Erasure requests (Art. 17 GDPR): for each record of a person, erased, or withheld because of which law.

A request erases nothing by itself. What may go is put on a disposal list, which other people approve and carry out
through the gate; what may not stays, and never holds up the rest. Of the person only a salted digest is kept.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlmodel import Session, col, select

from erecords.errors import Conflict, InputRefused, NotFound
from erecords.registry import finding, numbering
from erecords.registry.access import Actor, Right
from erecords.registry.rules import case_id, one_line
from erecords.store.lifecycle import CaseState
from erecords.store.models import Case
from erecords.store.uow import UnitOfWork
from retention import explain
from retention.disposal import gate
from retention.holds import placing
from retention.lifecycle import OPEN_STATES, Disposal, ItemState, Outcome
from retention.lists import disposition
from retention.models import DisposalItem, DisposalList, ErasureItem, ErasureRequest, Tombstone
from retention.periods import timing
from retention.periods.timing import Timing
from retention.settings import RetentionSettings

AT_ONCE = 366_000
"""Lead in days: who asks for erasure need not wait for the end of a longest time that has no least one."""


class Outlook(StrEnum):
    """What becomes of a record."""

    ERASED = "erased"
    ERASABLE = "erasable"
    WITHHELD = "withheld"


@dataclass(frozen=True)
class Verdict:
    """What becomes of one record, and by which law; the German sentence is for the letter."""

    reference: str
    outcome: Outlook
    basis: str
    german: str
    until: date | None = None

    def to_json(self) -> dict[str, Any]:
        """As it is shown."""
        return {
            "reference": self.reference,
            "outcome": self.outcome.value,
            "basis": self.basis,
            "until": self.until.isoformat() if self.until else None,
            "text": self.german,
        }


def open_request(
    work: UnitOfWork, actor: Actor, references: Sequence[str], *, person: str, received: date, found: Sequence[int] = ()
) -> ErasureRequest:
    """Take in a person's request about cases, named or found by a search; their name is not kept.

    Args:
        work: the unit of work.
        actor: data protection.
        references: cases.
        person: who asks; kept as a salted digest, so that the report goes to nobody else.
        received: the day on which the request came.
        found: ids of further cases.

    Raises:
        NotPermitted: the actor does not answer for data protection.
        NotFound: a case does not exist; nothing was taken in.
        InputRefused: no person or no case, or the day lies ahead.
    """
    actor.require(Right.SEE_ALL_CONTENT)
    name = one_line(person, "person")
    today = work.clock.today()
    if received > today:
        raise InputRefused(f"The request cannot have come on {received}. Nothing was taken in.")
    records = dict(_named(work.session, actor, name) for name in references)
    for number in found:
        records.setdefault(number, work.session.get_one(Case, number).reference)
    if not records:
        raise InputRefused("Which records is the request about? Name case files or a search. Nothing was taken in.")
    salt = secrets.token_hex(16)
    request = ErasureRequest(
        id=f"DS-{today.year}-{numbering.next_number(work.session, f'erasure:{today.year}'):04d}",
        received=received, opened_by=actor.id, opened=work.clock.now(), salt=salt, person=_digest(salt, name),
    )  # fmt: skip
    work.add(request)
    items = [ErasureItem(request_id=request.id, case_id=key, reference=name) for key, name in records.items()]
    for item in items:
        work.add(item)
        work.log("erasure.ask", f"case:{item.reference}", item, request=request.id)
    work.log("erasure.open", f"erasure:{request.id}", request, received=received.isoformat(), records=len(items))
    return request


def _named(session: Session, actor: Actor, name: str) -> tuple[int, str]:
    """Number and reference of a case, living or gone: that one was erased before is an answer too."""
    try:
        case = finding.case(session, actor, name)
    except NotFound:
        stone = explain.tombstone(session, name)
        if stone is None:
            raise
        return stone.case_id, stone.reference
    return case_id(case), case.reference


def _digest(salt: str, person: str) -> str:
    plain = " ".join(person.casefold().split())
    return hashlib.scrypt(plain.encode(), salt=salt.encode(), n=2**14, r=8, p=1).hex()


def find(session: Session, actor: Actor, number: str) -> ErasureRequest:
    """The request of that number.

    Raises:
        NotPermitted: the actor may not see the metadata of all cases.
        NotFound: there is none.
    """
    actor.require(Right.SEE_ALL_METADATA)
    request = session.get(ErasureRequest, number.strip())
    if request is None:
        raise NotFound(f"There is no erasure request {number!r}. erecords retention erasure list shows all.")
    return request


def require_person(request: ErasureRequest, person: str) -> None:
    """Refuse to write to somebody else than who asked.

    Raises:
        InputRefused: the name is another.
    """
    if not hmac.compare_digest(_digest(request.salt, person), request.person):
        raise InputRefused(f"Request {request.id} did not come from that person. Nothing was written.")


def verdicts(session: Session, request: ErasureRequest, on: date, settings: RetentionSettings) -> list[Verdict]:
    """What becomes of each record of a request, as of a day; each is judged by itself."""
    query = select(ErasureItem).where(ErasureItem.request_id == request.id).order_by(ErasureItem.reference)
    return [_verdict(session, item, on, settings) for item in session.exec(query)]


def _verdict(session: Session, item: ErasureItem, on: date, settings: RetentionSettings) -> Verdict:
    stone = session.exec(select(Tombstone).where(Tombstone.reference == item.reference)).first()
    case = session.get(Case, item.case_id)
    if case is None or (stone is not None and gate.returned(session, stone) is None):
        return _gone(item, stone)
    withheld = _withheld(session, case, on)
    return withheld or _offered(session, case, on, settings)


def _gone(item: ErasureItem, stone: Tombstone | None) -> Verdict:
    if stone is None:
        return Verdict(item.reference, Outlook.ERASED, "", "Die Akte besteht nicht mehr.")
    day = f"{stone.at:%d.%m.%Y}"
    if stone.outcome is Outcome.TRANSFERRED:
        text = f"Am {day} an das Archiv übergeben; die Fassung der Verwaltung ist gelöscht."
        return Verdict(item.reference, Outlook.WITHHELD, "Art. 17 Abs. 3 Buchst. d DSGVO", text)
    return Verdict(item.reference, Outlook.ERASED, "", f"Am {day} gelöscht (Aussonderungsliste {stone.list_id}).")


def _withheld(session: Session, case: Case, on: date) -> Verdict | None:
    """What keeps a living case, or None."""

    def keep(basis: str, text: str, until: date | None = None) -> Verdict:
        return Verdict(case.reference, Outlook.WITHHELD, basis, text, until)

    held = placing.on_case(session, case)
    if held:
        basis = next((hold.basis for hold in held if hold.basis), "")
        return keep(
            "Art. 17 Abs. 3 Buchst. e DSGVO" + (f"; {basis}" if basis else ""),
            "Wird zur Geltendmachung, Ausübung oder Verteidigung von Rechtsansprüchen aufbewahrt.",
        )
    if case.state is CaseState.OPEN:
        return keep("Art. 17 Abs. 3 Buchst. b DSGVO", "Das Verfahren ist noch nicht abgeschlossen.")
    when = timing.of_case(session, case, on, AT_ONCE)
    if when.suspended:
        basis = f"Art. 17 Abs. 3 Buchst. b DSGVO; {when.suspended[0].basis}"
        return keep(basis, "Der Ablauf der Aufbewahrungsfrist ist gehemmt.")
    if when.ripe is None or on < when.ripe:
        return keep(*_period(when), until=when.retained_to)
    return None


def _period(when: Timing) -> tuple[str, str]:
    law = "Art. 17 Abs. 3 Buchst. b DSGVO"
    keeping = [each for each in when.obligations if each.keeps]
    if not keeping:
        return law, "Eine Aufbewahrungsfrist ist noch zu bestimmen."
    longest = max(keeping, key=lambda each: (each.due is None, each.due or date.max))
    if when.retained_to is None:
        return f"{law}; {longest.rule.source}", "Aufbewahrungspflicht; ihr Ende steht noch nicht fest."
    return f"{law}; {longest.rule.source}", f"Aufbewahrungspflicht bis {when.retained_to:%d.%m.%Y}."


def _offered(session: Session, case: Case, on: date, settings: RetentionSettings) -> Verdict:
    """What may go: once the archive waived it, or did not want it."""
    query = select(DisposalItem).where(DisposalItem.case_id == case.id, DisposalItem.state == ItemState.LISTED)
    item = session.exec(query.order_by(col(DisposalItem.id).desc())).first()
    disposal = timing.of_case(session, case, on, AT_ONCE).disposal
    decided = item.decision if item else None
    if disposal is Disposal.ARCHIVE or (disposal is Disposal.APPRAISE and decided is None):
        return Verdict(
            case.reference, Outlook.WITHHELD, f"Art. 17 Abs. 3 Buchst. d DSGVO; {settings.answer_basis}",
            "Wird dem Archiv angeboten und danach in der Verwaltung gelöscht.",
        )  # fmt: skip
    return Verdict(case.reference, Outlook.ERASABLE, "Art. 17 Abs. 1 DSGVO", "Wird gelöscht.")


def propose(
    work: UnitOfWork, actor: Actor, number: str, on: date, settings: RetentionSettings
) -> str | None:  # fmt: skip
    """Put on a disposal list what of a request nothing keeps; the rest is left, and reported with its reason.

    The list goes the way of every other: the archive, another person's approval, the gate.

    Returns:
        The number of the list, or None when nothing may go now.

    Raises:
        NotPermitted: the actor proposes no disposal.
        NotFound: there is no such request.
        Conflict: a list of it is under way.
    """
    actor.require(Right.MANAGE_RECORDS)
    request = find(work.session, actor, number)
    under_way = work.session.get(DisposalList, request.list_id) if request.list_id else None
    if under_way is not None and under_way.state in OPEN_STATES:
        raise Conflict(f"List {under_way.id} of request {request.id} is {under_way.state}. Nothing was changed.")
    query = select(ErasureItem.case_id).where(ErasureItem.request_id == request.id)
    only = tuple(work.session.exec(query))
    list_id = disposition.propose(work, actor, on, settings, only=only, lead_days=AT_ONCE)
    if list_id is not None:
        request.list_id = list_id
        work.log("erasure.propose", f"erasure:{request.id}", request, list=list_id)
    return list_id


def report(
    session: Session, actor: Actor, number: str, on: date, settings: RetentionSettings, city: str
) -> dict[str, Any]:  # fmt: skip
    """The answer to a request as values: per record its outcome and the law.

    Raises:
        NotPermitted, NotFound: as `find`.
    """
    request = find(session, actor, number)
    found = verdicts(session, request, on, settings)
    return {
        "request": request.id,
        "city": city,
        "received": request.received.isoformat(),
        "on": on.isoformat(),
        "list": request.list_id,
        "counts": {kind.value: sum(verdict.outcome is kind for verdict in found) for kind in Outlook},
        "records": [verdict.to_json() for verdict in found],
    }


def listing(session: Session, actor: Actor) -> list[dict[str, Any]]:
    """All requests, the newest first.

    Raises:
        NotPermitted: the actor may not see the metadata of all cases.
    """
    actor.require(Right.SEE_ALL_METADATA)
    rows = session.exec(select(ErasureRequest).order_by(col(ErasureRequest.id).desc()))
    return [
        {
            "request": row.id, "received": row.received.isoformat(), "opened_by": row.opened_by,
            "list": row.list_id,
        }
        for row in rows
    ]  # fmt: skip
