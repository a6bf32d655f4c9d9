"""Suspensions (Ablaufhemmung): a period does not end while they last, whatever the schedule says.

Other than a hold, a suspension follows from a law about the period itself and moves the due date; and somebody looks
again on a stated day whether it still lasts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from erecords.errors import Conflict, InputRefused, NotFound
from erecords.registry import access, finding, numbering
from erecords.registry.access import Actor
from erecords.registry.rules import case_id, one_line
from erecords.store.models import Case, PlanClass
from erecords.store.uow import UnitOfWork
from retention.models import Suspension


@dataclass(frozen=True)
class SuspensionView:
    """A suspension, for display; ``recheck_due`` says that somebody should look whether it still lasts."""

    row: Suspension
    recheck_due: bool

    def to_json(self) -> dict[str, Any]:
        """As it is shown."""
        row = self.row
        return {
            "suspension": row.id,
            "reference": row.reference,
            "reason": row.reason,
            "basis": row.basis,
            "recheck": row.recheck.isoformat(),
            "recheck_due": self.recheck_due,
            "begun_by": row.begun_by,
            "begun": row.begun_on.isoformat(),
            "ended": row.ended_on.isoformat() if row.ended_on else None,
            "ended_by": row.ended_by,
            "end_reason": row.end_reason,
        }


def begin(
    work: UnitOfWork, actor: Actor, reference: str, *, reason: str, basis: str, recheck: date
) -> Suspension:  # fmt: skip
    """Suspend the end of a case's period until `end`.

    Raises:
        NotPermitted: the actor may not change the case.
        NotFound: there is no such case that the actor may see.
        InputRefused: no reason or basis, or the day to look again does not lie ahead.
    """
    case = finding.case(work.session, actor, reference)
    access.require_edit(actor, case.unit, case.reference)
    today = work.clock.today()
    _ahead(recheck, today)
    row = Suspension(
        id=f"S-{today.year}-{numbering.next_number(work.session, f'suspension:{today.year}'):04d}",
        case_id=case_id(case),
        reference=case.reference,
        reason=one_line(reason, "reason"),
        basis=one_line(basis, "basis"),
        recheck=recheck,
        begun_by=actor.id,
        begun=work.clock.now(),
        begun_on=today,
    )
    work.add(row)
    work.log(
        "suspension.begin", f"case:{case.reference}", row, suspension=row.id, recheck=recheck.isoformat(),
        basis=row.basis, personal={"reason": row.reason},
    )  # fmt: skip
    _keep(work, row)
    return row


def recheck(work: UnitOfWork, actor: Actor, suspension: str, *, on: date) -> Suspension:
    """Note that it still lasts, and look again on another day.

    Raises:
        NotPermitted, NotFound: as `begin`.
        Conflict: it has ended.
        InputRefused: the day does not lie ahead.
    """
    row = _lasting(work.session, actor, suspension)
    _ahead(on, work.clock.today())
    row.recheck = on
    work.log("suspension.recheck", f"case:{row.reference}", row, suspension=row.id, recheck=on.isoformat())
    _keep(work, row)
    return row


def end(work: UnitOfWork, actor: Actor, suspension: str, *, reason: str) -> Suspension:
    """End a suspension: today is its last day, and the case is due tomorrow at the earliest.

    Raises:
        NotPermitted, NotFound: as `begin`.
        Conflict: it has ended.
        InputRefused: no reason.
    """
    row = _lasting(work.session, actor, suspension)
    row.end_reason = one_line(reason, "reason")
    row.ended, row.ended_on, row.ended_by = work.clock.now(), work.clock.today(), actor.id
    work.log(
        "suspension.end", f"case:{row.reference}", row, suspension=row.id, personal={"reason": row.end_reason}
    )  # fmt: skip
    _keep(work, row)
    return row


def _keep(work: UnitOfWork, row: Suspension) -> None:
    """The ledger keeps what protects; why is about the record, and goes with it."""
    work.keep("suspension", Suspension.model_validate({**row.model_dump(), "reason": "", "end_reason": ""}))


def _ahead(day: date, today: date) -> None:
    if day <= today:
        raise InputRefused(f"The day to look again has to lie ahead; {day} does not. Nothing was changed.")


def _lasting(session: Session, actor: Actor, suspension: str) -> Suspension:
    row = session.get(Suspension, suspension.strip())
    case = session.get(Case, row.case_id) if row else None
    if row is None or case is None:
        raise NotFound(f"There is no suspension {suspension!r}. erecords retention suspension list shows all.")
    access.require_edit(actor, case.unit, case.reference)
    if row.ended_on is not None:
        raise Conflict(f"Suspension {row.id} ended on {row.ended_on}. Nothing was changed.")
    return row


def listing(session: Session, actor: Actor, today: date, *, due_only: bool = False) -> list[SuspensionView]:
    """Suspensions of the cases that the actor may see: those to look at again first."""
    query = (
        select(Suspension)
        .join(Case, col(Case.id) == col(Suspension.case_id))
        .join(PlanClass, col(PlanClass.notation) == col(Case.class_notation))
        .where(access.metadata_visible(actor))
        .order_by(col(Suspension.ended_on).is_not(None), col(Suspension.recheck), col(Suspension.id))
    )
    views = [SuspensionView(row, row.ended_on is None and row.recheck <= today) for row in session.exec(query)]
    return [view for view in views if view.recheck_due or not due_only]


def on_cases(session: Session, cases: Sequence[int], past: date | None = None) -> list[Suspension]:
    """Suspensions of these cases; with ``past`` those that had begun by that day, as they stood then."""
    query = select(Suspension).where(col(Suspension.case_id).in_(cases)).order_by(Suspension.id)
    if past is not None:
        query = query.where(Suspension.begun_on <= past)
    return list(session.exec(query))
