"""The one gate of deletion: nothing else removes a record, its bytes, or what other packages hold of it.

It asks everything anew in the transaction that erases: approval and digest, state and content of the case, schedule,
trigger, holds, decision of the archive, receipt or waiver. Rows go first, stored bytes after the commit; what is still
to be removed stands in ``pending_erasure`` until it is gone, so that a stop in between is made good by `finish`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import TypeAlias

from sqlmodel import Session, SQLModel, col, select

from erecords.digest import canonical_json
from erecords.ports import Erased, Eraser, RecordNames
from erecords.registry.access import Actor
from erecords.store.blobs import BlobStore
from erecords.store.lifecycle import OutboxOperation
from erecords.store.models import AuditValue, Case, PlanClass
from erecords.store.uow import UnitOfWork
from retention.disposal import grounds
from retention.disposal.erasers import in_order
from retention.disposal.examination import Order, Seen, archived_reasons, look, reasons
from retention.disposal.names import names_of
from retention.errors import RetentionError
from retention.holds import placing
from retention.lifecycle import Decision, ItemState, Outcome
from retention.models import (
    ArchiveErasure,
    DisposalItem,
    DisposalList,
    Handover,
    PendingErasure,
    Rule,
    Tombstone,
    Waiver,
)
from retention.reasons import Code, Reason, sentences

Gone: TypeAlias = Sequence[tuple[str, int]]
"""SHA-512 and length of files."""
_NAMES = 5000
"""So many names or digests are asked for at once."""


class Withheld(RetentionError):
    """The gate lets the case not pass; nothing was erased.

    Attributes:
        reasons: all of them.
    """

    def __init__(self, reference: str, reasons: Sequence[Reason]) -> None:
        super().__init__(f"{reference} is withheld: {sentences(reasons)}. Nothing was erased.")
        self.reference = reference
        self.reasons = tuple(reasons)


def destroy(
    work: UnitOfWork, order: Order, items: Sequence[DisposalItem], erasers: Sequence[Eraser]
) -> dict[int, list[Reason]]:
    """Erase those of these cases within the unit of work for which everything holds that is asked for at this moment.

    Each is judged by itself; what they share is the transaction, in which nobody else writes. Their stored bytes go
    with `finish`, after the commit.

    Returns:
        Why the others are withheld, by item id; of those nothing was erased.

    Raises:
        RetentionError: a package still holds something after it erased; nothing was erased.
    """
    seen = look(work.session, order, items)
    withheld: dict[int, list[Reason]] = {}
    free = []
    for item in items:
        against = list(reasons(order, item, seen, receipt=True))
        if against:
            withheld[item.id or 0] = against
        else:
            free.append(item)
    records = names_of(work.session, [seen.cases[item.case_id] for item in free])
    stones = [_tombstone(work, order, item, seen, record) for item, record in zip(free, records, strict=True)]
    erased = _erase(work, records, erasers)
    left = []
    for item, record, stone in zip(free, records, stones, strict=True):
        things = erased[item.case_id]
        stone.objects = canonical_json([thing.to_json() for thing in things]).decode()
        item.state = ItemState(stone.outcome.value)
        todo = _pending(record, things)
        left += [stone, todo]
        work.log(
            f"disposal.{stone.outcome.value}", f"case:{item.reference}", stone, todo, item, list=item.list_id,
            rule=f"{item.rule_id} version {item.rule_version}", as_of=order.on.isoformat(), objects=len(things),
        )  # fmt: skip
    work.session.add_all(left)
    work.session.flush()
    found = work.session.get_one(DisposalList, order.found.id)
    for item, stone in zip(free, stones, strict=True):
        work.keep("gone", *_proof(work.session, found, item, stone), stone)
    return withheld


def destroy_again(work: UnitOfWork, stone: Tombstone, erasers: Sequence[Eraser]) -> bool:
    """Erase a case that went under this tombstone and that a restored backup brought back.

    Its stored bytes go with `finish`, after the commit.

    Returns:
        False when the backup does not hold the case.

    Raises:
        Withheld: a hold is on it now; nothing was erased.
        RetentionError: a package still holds something after it erased; nothing was erased.
    """
    case = returned(work.session, stone)
    if case is None:
        return False
    held = placing.on_case(work.session, case)
    if held:
        raise Withheld(case.reference, [Reason(Code.HOLD, hold.id) for hold in held])
    [record] = names_of(work.session, [case])
    erased = _erase(work, [record], erasers)[record.case_id]
    todo = _pending(record, erased)
    work.add(todo)
    work.log(
        "disposal.repeated", f"case:{case.reference}", todo, list=stone.list_id, tombstone=stone.reference,
        objects=len(erased),
    )  # fmt: skip
    return True


def returned(session: Session, stone: Tombstone) -> Case | None:
    """The living case that is the one of the tombstone: same number, day of opening, and one of its references."""
    case = session.get(Case, stone.case_id)
    names = {stone.reference, *stone.former_references.splitlines()}
    return case if case is not None and case.opened == stone.opened and case.reference in names else None


def _proof(session: Session, found: DisposalList, item: DisposalItem, stone: Tombstone) -> list[SQLModel]:
    """The rows that a tombstone refers to, those referred to first."""
    waiver = session.get(Waiver, stone.waiver_id) if stone.waiver_id else None
    handover = session.get(Handover, stone.handover_id) if stone.handover_id else None
    rows: list[SQLModel | None] = [session.get_one(Rule, (item.rule_id, item.rule_version)), waiver]
    rows += [found, item, handover]
    return [row for row in rows if row is not None]


def _erase(
    work: UnitOfWork, records: Sequence[RecordNames], erasers: Sequence[Eraser]
) -> dict[int, list[Erased]]:  # fmt: skip
    """Let every package erase these records, see that nothing is left; what was erased, by case id."""
    everyone = in_order(erasers)
    erased: dict[int, list[Erased]] = {record.case_id: [] for record in records}
    for eraser in everyone:
        for key, things in eraser.erase(work, records).items():
            erased[key] += things
    for eraser in everyone:
        for key, left in eraser.holds(work.session, records).items():
            name = next(record.references[0] for record in records if record.case_id == key)
            raise RetentionError(f"{name} cannot be erased, this would be left: {eraser.name}: {', '.join(left[:5])}.")
    _forget_words(work.session, records)
    named = sorted({thing.sha512 for things in erased.values() for thing in things if thing.sha512})
    shared = _in_use(work.session, everyone, named)
    for key, things in erased.items():
        erased[key] = [replace(thing, shared=thing.sha512 in shared) for thing in things]
    for record in records:
        for number in record.document_ids:
            work.index("document", number, OutboxOperation.REMOVE)
        work.index("case", record.case_id, OutboxOperation.REMOVE)
    return erased


def _pending(record: RecordNames, erased: Sequence[Erased]) -> PendingErasure:
    blobs = sorted({thing.sha512 for thing in erased if thing.sha512})
    return PendingErasure(
        reference=record.references[0],
        record=canonical_json(asdict(record)).decode(),
        blobs=canonical_json(blobs).decode(),
    )


def _forget_words(session: Session, records: Sequence[RecordNames]) -> None:
    """Erase the personal values of the log; the chain itself holds their salted digests only."""
    objects = [
        name
        for record in records
        for name in (
            *(f"case:{reference}" for reference in record.references),
            *(f"document:{number}" for number in record.document_ids),
            *(f"letter:{letter}" for letter in record.letters),
        )
    ]
    for begin in range(0, len(objects), _NAMES):
        query = select(AuditValue).where(col(AuditValue.object).in_(objects[begin : begin + _NAMES]))
        for value in session.exec(query).all():
            session.delete(value)
    session.flush()


def _tombstone(work: UnitOfWork, order: Order, item: DisposalItem, seen: Seen, record: RecordNames) -> Tombstone:
    session, found = work.session, order.found
    case, when = seen.cases[item.case_id], seen.timings[item.case_id]
    rule = session.get_one(Rule, (item.rule_id, item.rule_version))
    handover = seen.handovers.get(item.id or 0)
    assert case.closed and when.due and item.decided_by and found.approved_by
    return Tombstone(
        reference=case.reference,
        former_references="\n".join(record.references[1:]),
        case_id=item.case_id,
        class_notation=case.class_notation,
        class_title=session.get_one(PlanClass, case.class_notation).title,
        unit=case.unit,
        opened=case.opened,
        closed=case.closed,
        rule_id=rule.id,
        rule_version=rule.version,
        trigger_date=item.trigger_date,
        due=when.due,
        outcome=Outcome.TRANSFERRED if item.decision is Decision.ARCHIVE else Outcome.DESTROYED,
        list_id=found.id,
        decided_by=item.decided_by,
        waiver_id=item.waiver_id,
        handover_id=handover.id if handover else None,
        proposed_by=found.proposed_by,
        approved_by=found.approved_by,
        carried_out_by=order.actor.id,
        at=work.clock.now(),
        as_of=order.on,
        further=canonical_json(grounds.further(when)).decode(),
        objects="[]",
    )


def finish(work: UnitOfWork, blobs: BlobStore, erasers: Sequence[Eraser]) -> int:
    """Remove what destroyed records left outside the database; returns how many records were finished.

    Bytes that a living record names as well stay. Nobody else writes rows meanwhile; stopped midway, the next call
    does the rest.
    """
    everyone = in_order(erasers)
    todo = work.session.exec(select(PendingErasure).order_by(col(PendingErasure.id))).all()
    wanted = {row.id: tuple(json.loads(row.blobs)) for row in todo}
    in_use = _in_use(work.session, everyone, sorted({sha512 for digests in wanted.values() for sha512 in digests}))
    records = [_record(row) for row in todo]
    for eraser in everyone:
        eraser.after_commit(blobs, records)
    for row in todo:
        digests = wanted[row.id]
        free = [sha512 for sha512 in digests if sha512 not in in_use]
        for sha512 in free:
            blobs.erase(sha512)
        work.session.delete(row)
        work.log(
            "disposal.erased", f"case:{row.reference}", row, blobs=len(free), shared=len(digests) - len(free)
        )  # fmt: skip
    return len(todo)


def _in_use(session: Session, erasers: Sequence[Eraser], digests: Sequence[str]) -> set[str]:
    pieces = [tuple(digests[begin : begin + _NAMES]) for begin in range(0, len(digests), _NAMES)]
    return {sha512 for piece in pieces for eraser in erasers for sha512 in eraser.blobs_in_use(session, piece)}


def _record(row: PendingErasure) -> RecordNames:
    values = json.loads(row.record)
    return RecordNames(
        values["case_id"], tuple(values["references"]), tuple(values["document_ids"]), tuple(values["letters"])
    )


def erase_archived(
    work: UnitOfWork, actor: Actor, order: ArchiveErasure, erase: Callable[[ArchiveErasure], Gone]
) -> None:
    """Erase a package of the archive, from all versions and places for copies, if the order holds at this moment.

    The archive goes first: stopped before the commit, the order is still open and carrying it out again ends it.

    Args:
        work: the unit of work.
        actor: who carries it out.
        order: the order.
        erase: erases the package in the archive; the digests and lengths of what is gone.

    Raises:
        Withheld: it is not approved, was carried out or withdrawn, a hold covers the records, or the actor may not.
    """
    against = list(archived_reasons(work.session, actor, order))
    if against:
        raise Withheld(order.reference, against)
    removed = erase(order)
    order.carried_out_by, order.carried_out = actor.id, work.clock.now()
    order.removed = canonical_json([{"sha512": digest, "bytes": size} for digest, size in removed]).decode()
    work.log(
        "disposal.archive-erased", f"package:{order.aip}", order, order=order.id, ordered_by=order.ordered_by,
        approved_by=order.approved_by, objects=len(removed),
    )  # fmt: skip
