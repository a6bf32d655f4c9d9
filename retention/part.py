"""What retention hands to the assembled program."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from erecords.clock import Clock, instant_text
from erecords.ports import Effect, Outlook, Part
from erecords.store.models import Case
from erecords.store.uow import UnitOfWork
from retention.disposal.erasers import RegistryEraser, RetentionEraser
from retention.models import (
    Certificate,
    DisposalItem,
    DisposalList,
    Handover,
    Hold,
    PendingErasure,
    Rule,
    Tombstone,
)
from retention.settings import RetentionSettings

_ARCHIVIST = "u-arc1"
_WAIVER = "Genereller Verzicht des Stadtarchivs auf Anbietung (SächsArchivG § 5)"


def _load_sample(work: UnitOfWork, data: Path, home: Path) -> None:
    from retention.lists import waivers
    from retention.periods import importer, rules

    rows = importer.read(data / "retention_schedule.csv")
    importer.apply(work, rows, by=work.actor)
    known = work.session.exec(select(Rule)).all()
    waivers.load(work, known, basis=_WAIVER, given_by=_ARCHIVIST, valid_from=rules.BEGINNING)


def _tombstone(session: Session, reference: str) -> dict[str, Any] | None:
    from retention import explain

    stone = explain.tombstone(session, reference)
    if stone is None:
        return None
    handover = session.get(Handover, stone.handover_id) if stone.handover_id else None
    number = session.exec(select(Certificate.number).where(Certificate.list_id == stone.list_id)).first()
    return {
        "reference": stone.reference,
        "state": stone.outcome.value,
        "class": stone.class_notation,
        "unit": stone.unit,
        "opened": stone.opened.isoformat(),
        "closed": stone.closed.isoformat(),
        "rule": stone.rule_id,
        "rule_version": stone.rule_version,
        "due": stone.due.isoformat(),
        "list": stone.list_id,
        "certificate": number,
        "aip": handover.aip if handover else None,
        "decided_by": stone.decided_by,
        "approved_by": stone.approved_by,
        "carried_out_by": stone.carried_out_by,
        "at": instant_text(stone.at),
    }


def _status(session: Session, home: Path) -> dict[str, Any]:
    lists = session.exec(select(DisposalList.state, func.count()).group_by(col(DisposalList.state))).all()
    return {
        "disposal lists": {str(state): count for state, count in lists},
        "holds": session.exec(select(func.count()).where(col(Hold.lifted).is_(None))).one(),
        "destroyed or handed over": session.exec(select(func.count()).select_from(Tombstone)).one(),
    }


def _check(session: Session, home: Path, deep: bool) -> list[str]:
    """Cases that live although they went, and destructions that are not finished."""
    from retention.disposal import gate

    stones = session.exec(select(Tombstone).join(Case, col(Tombstone.case_id) == col(Case.id)))
    back = [stone.reference for stone in stones if gate.returned(session, stone)]
    found = [f"case file {reference} is there although it was destroyed or handed over" for reference in back]
    for row in session.exec(select(PendingErasure)):
        found.append(f"files of {row.reference} are still to be removed; the next retention carry-out does it")
    lost = (
        select(DisposalItem.reference)
        .outerjoin(Tombstone, col(Tombstone.reference) == col(DisposalItem.reference))
        .where(col(DisposalItem.state).in_(("transferred", "destroyed")), col(Tombstone.reference).is_(None))
    )
    return found + [f"nothing shows what became of {reference}" for reference in session.exec(lost)]


def _outlook(session: Session, case: Case, clock: Clock) -> Outlook:
    from retention import explain

    return explain.outlook(session, case, clock)


def _moved(work: UnitOfWork, case: Case, was: str, reason: str) -> Effect:
    from retention.periods import moves

    return moves.moved(work, case, was, reason)


def _triggers(session: Session) -> frozenset[str]:
    from retention.periods import rules

    return rules.triggers(session)


def _replay(office: Any, lines: list[Any]) -> list[str]:
    from retention.disposal import replay

    return replay.replay(office, lines)


PART = Part(
    name="retention",
    sections=(RetentionSettings,),
    load_sample=_load_sample,
    erasers=(RetentionEraser(), RegistryEraser()),
    outlook=_outlook,
    moved=_moved,
    tombstone=_tombstone,
    status=_status,
    check=_check,
    triggers=_triggers,
    replay=_replay,
    tables=("disposal_step", "case_rule", "suspension"),
)
