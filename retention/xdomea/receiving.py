"""What an archive's answers change: decisions (0502) and confirmations (0504, 0506, 0507). Nothing here destroys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from erecords.clock import instant_text
from erecords.digest import canonical_json, sha512_bytes
from erecords.files import make_folder
from erecords.registry.access import Actor, Right
from erecords.store.models import Document, DocumentVersion, Rendition
from erecords.store.uow import UnitOfWork
from retention.errors import MessageRefused, WrongState
from retention.lifecycle import Decision, Direction, ListState
from retention.lists.disposition import BY_SCHEDULE, add_step, find_list, subject
from retention.models import DisposalItem, DisposalList, Handover, XdomeaMessage, XdomeaProcess
from retention.xdomea import collect, package, read, schema, write
from retention.xdomea.sending import Desk, message_row
from retention.xdomea.values import DecisionIn, Kind, MessageIn

BY_MESSAGE = "archive:0502"
"""Who decided, where the archive's message said so."""


@dataclass
class Taken:
    """What a message from the archive changed."""

    process: str
    kind: str
    list_id: str
    changed: list[str] = field(default_factory=list)
    """References of the cases that it decided or confirmed."""
    findings: list[str] = field(default_factory=list)
    answer: Path | None = None
    next: str = ""
    """What can be done now, for a person to read."""

    def to_json(self) -> dict[str, Any]:
        """As it is shown."""
        return {
            "process": self.process,
            "message": self.kind,
            "list": self.list_id,
            "changed": self.changed,
            "findings": self.findings,
            "answer": str(self.answer) if self.answer else None,
        }


def take_in(work: UnitOfWork, actor: Actor, desk: Desk, path: Path, answers: Path) -> Taken:
    """Take in a message from the archive: decisions (0502), confirmations (0504, 0506, 0507).

    The same message again changes nothing and says so.

    Args:
        work: the unit of work.
        actor: a records manager or an archivist.
        desk: where messages are made.
        path: the XML or ZIP file.
        answers: folder for the answer that the archive may ask for (0505).

    Raises:
        NotPermitted: the actor has no part in it.
        MessageRefused: the message is invalid, or belongs to no procedure of this home, or not to its present state.
    """
    if not actor.may(Right.APPRAISE):
        actor.require(Right.MANAGE_RECORDS)
    data = read.message_bytes(path)
    message = read.read(data, desk.settings.xdomea_schemas)
    process = work.session.get(XdomeaProcess, message.process)
    if process is None:
        raise MessageRefused(f"Process {message.process} is none of this home. Nothing was taken in.")
    taken = Taken(process.id, message.kind.value, process.list_id)
    sha512 = sha512_bytes(data)
    if _known(work.session, process, message.kind, sha512):
        taken.findings.append("the same message was taken in before; nothing changed")
        return taken
    taken.findings += message.findings
    found = find_list(work.session, process.list_id)
    _apply(work, process, found, message, taken, sha512)
    row = message_row(work, process, message.kind, Direction.RECEIVED, sha512, "; ".join(taken.findings)[:1000])
    step = add_step(
        work, found, f"xdomea {message.kind.value}", text=f"{len(taken.changed)} cases" if taken.changed else ""
    )
    work.log(
        "xdomea.receive", subject(found), process, row, step, process=process.id, message=message.kind.value,
        cases=len(taken.changed), findings=len(taken.findings), sha512=sha512,
    )  # fmt: skip
    if message.kind is Kind.DECISIONS and message.wants_receipt:
        taken.answer = _answer(desk, process, answers)
    return taken


def _known(session: Session, process: XdomeaProcess, kind: Kind, sha512: str) -> bool:
    query = select(XdomeaMessage.id).where(
        XdomeaMessage.process_id == process.id, XdomeaMessage.kind == kind.value, XdomeaMessage.sha512 == sha512
    )
    return session.exec(query).first() is not None


def _apply(
    work: UnitOfWork, process: XdomeaProcess, found: DisposalList, message: MessageIn, taken: Taken, sha512: str
) -> None:
    if message.kind is Kind.OFFER_RECEIVED and process.state == "offered":
        process.state = "offer received"
    elif message.kind is Kind.DECISIONS:
        _decide(work, process, found, message, taken)
    elif message.kind is Kind.DELIVERY_RECEIVED and process.state == "delivered":
        process.state = "delivery received"
    elif message.kind is Kind.IMPORTED:
        _confirm(work, process, found, message, taken, sha512)
    else:
        raise MessageRefused(
            f"A message {message.kind.value} does not fit: process {process.id} is {process.state}. "
            "Nothing was taken in."
        )


def _decide(work: UnitOfWork, process: XdomeaProcess, found: DisposalList, message: MessageIn, taken: Taken) -> None:
    if found.state is not ListState.PROPOSED:
        raise WrongState(
            f"The archive's decisions come too late: list {found.id} is {found.state}. Nothing was changed. "
            f"Before it is carried out: erecords retention cancel {found.id} --reason R, then propose and offer anew."
        )
    items = {collect.case_uuid(process.id, item): item for item in collect.offered(work.session, found)}
    inside = collect.inside(work.session, process.id, items.values())
    said: dict[str, set[str]] = {}
    parts: dict[str, dict[str, str]] = {}
    for decision in message.decisions:
        said.setdefault(decision.id, set()).add(decision.decision)
        if decision.id in inside:
            number, case = inside[decision.id]
            parts.setdefault(case, {})[number] = decision.decision
    for decision in {decision.id: decision for decision in message.decisions if decision.id not in inside}.values():
        item = items.pop(decision.id, None)
        if item is None:
            taken.findings.append(f"object {decision.id} was not offered")
        elif len(said[decision.id]) > 1:
            taken.findings.append(f"{item.reference} stays undecided: the message says {sorted(said[decision.id])}")
        elif other := _otherwise(decision, parts):
            taken.findings.append(f"{item.reference} stays undecided ({decision.decision[:40]!r}): {other}")
        elif decision.decision not in tuple(Decision):
            taken.findings.append(f"{item.reference} stays undecided ({decision.decision[:40]!r})")
        else:
            taken.findings += _against(item, Decision(decision.decision))
            item.decision, item.decided_by, item.waiver_id = Decision(decision.decision), BY_MESSAGE, None
            taken.changed.append(item.reference)
            work.log(
                "disposal.appraise", f"case:{item.reference}", item, list=found.id, decision=item.decision,
                process=process.id,
            )  # fmt: skip
    for key, item in items.items():
        only = ", only transactions of it: it goes as a whole" if key in parts else ""
        taken.findings.append(f"{item.reference} is not in the answer{only}")
    found.version += 1
    work.log("disposal.appraise", subject(found), found, process=process.id, cases=len(taken.changed))
    process.state = "decided"


def _against(item: DisposalItem, decision: Decision) -> Iterator[str]:
    """What a decision overrules: an earlier one, or the rule; it counts, but nobody should overlook it."""
    if item.decision is not None and item.decision is not decision:
        before = "by its rule" if item.decided_by == BY_SCHEDULE else f"by {item.decided_by}"
        yield f"{item.reference} was decided {item.decision.value} {before}; now {decision.value} counts"


def _otherwise(decision: DecisionIn, parts: Mapping[str, Mapping[str, str]]) -> str:
    """Which transactions the archive wants kept of a case that it lets go; a case goes as a whole."""
    if decision.decision == Decision.ARCHIVE:
        return ""
    other = {number: word for number, word in parts.get(decision.id, {}).items() if word != decision.decision}
    return ", ".join(f"{number} is decided {word[:40]!r}" for number, word in sorted(other.items()))


def _confirm(
    work: UnitOfWork, process: XdomeaProcess, found: DisposalList, message: MessageIn, taken: Taken, sha512: str
) -> None:
    delivery = _last_delivery(work.session, process)
    items = {collect.case_uuid(process.id, item): item for item in collect.to_deliver(work.session, found)}
    inside = collect.inside(work.session, process.id, items.values())
    failed = {result.id for result in message.imports if not result.successful}
    failed |= {inside[key][1] for key in failed if key in inside}
    refused: set[str] = set()
    for result in {result.id: result for result in message.imports if result.id not in inside}.values():
        item = items.get(result.id)
        if item is None:
            taken.findings.append(f"object {result.id} is no case that was delivered and waits")
        elif result.successful and result.id in failed:
            taken.findings.append(
                f"{item.reference} is confirmed and, whole or in part, refused in one message: it counts as refused"
            )
        elif not result.successful:
            taken.findings.append(f"{item.reference} was not taken over: {result.message or 'no reason given'}")
            refused.add(item.reference)
        else:
            _keep(work, process, items.pop(result.id), result.archive_id, delivery, sha512)
            taken.changed.append(item.reference)
    taken.findings += [f"{item.reference} is not confirmed" for item in items.values() if item.reference not in refused]
    if items:
        taken.next = f"What is left can be delivered again: erecords retention xdomea export {found.id} --to DIR"
    process.state = "imported" if not items else "partly imported"


def _last_delivery(session: Session, process: XdomeaProcess) -> XdomeaMessage:
    query = select(XdomeaMessage).where(
        XdomeaMessage.process_id == process.id, XdomeaMessage.kind == Kind.DELIVERY.value
    )
    found = session.exec(query.order_by(col(XdomeaMessage.id).desc())).first()
    if found is None:
        raise MessageRefused(f"Nothing was delivered in process {process.id} yet. Nothing was taken in.")
    return found


def _keep(
    work: UnitOfWork, process: XdomeaProcess, item: DisposalItem, archive_id: str, sent: XdomeaMessage, sha512: str
) -> None:
    """Keep the archive's confirmation as the receipt that frees the office's copy."""
    assert item.id is not None
    sizes = work.session.exec(
        select(Rendition.bytes)
        .join(DocumentVersion, col(DocumentVersion.id) == col(Rendition.version_id))
        .join(Document, col(Document.id) == col(DocumentVersion.document_id))
        .where(Document.case_id == item.case_id)
    ).all()
    name = archive_id or f"xdomea:{process.id}"
    receipt = {
        "kind": "xdomea", "aip_id": name, "version": Kind.IMPORTED.value, "reference": item.reference,
        "ingested": instant_text(work.clock.now()), "files": len(sizes), "bytes": sum(sizes),
        "inventory_sha512": sha512, "sip_digest": sent.sha512,
    }  # fmt: skip
    row = Handover(
        item_id=item.id, reference=item.reference, aip=name, aip_version=Kind.IMPORTED.value, sip_digest=sent.sha512,
        receipt=canonical_json(receipt).decode(), at=work.clock.now(),
    )  # fmt: skip
    work.add(row)
    work.log(
        "disposal.handover", f"case:{item.reference}", row, list=item.list_id, aip=name, process=process.id,
        message=sha512,
    )  # fmt: skip


def _answer(desk: Desk, process: XdomeaProcess, answers: Path) -> Path:
    data = write.to_bytes(write.decisions_received(desk.head(process.id), process.schema_version))
    schema.validate(schema.parse(data), desk.settings.xdomea_schemas)
    return package.write_zip(make_folder(answers), process.id, Kind.DECISIONS_RECEIVED, data, [], desk.blobs)
