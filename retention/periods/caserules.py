"""Rules of a single case: one that stands instead of its class's, and further ones, also of what lies in it.

What holds for the class holds for its cases, what holds for a case for its transactions, and for their documents. A
further rule may be put on any of them; as a case goes as a whole, it then keeps the whole case. It only lengthens and
counts at once. What could shorten, standing instead or ending, counts when another person has approved it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, false
from sqlmodel import Session, col, select

from erecords.clock import Clock
from erecords.errors import Conflict, InputRefused, NotFound
from erecords.registry import access, finding
from erecords.registry import rules as registry_rules
from erecords.registry.access import Actor, Right
from erecords.registry.rules import case_id, one_line
from erecords.store.models import Case, PlanClass
from erecords.store.uow import UnitOfWork
from retention.errors import FourEyes
from retention.models import CaseRule
from retention.periods import rules


def add(
    work: UnitOfWork, actor: Actor, reference: str, rule_id: str, *, reason: str, instead: bool = False,
    transaction: str | None = None, document: int | None = None,
) -> CaseRule:  # fmt: skip
    """Bind a case, or a transaction or document in it, by a further rule; or ask for a rule instead of its class's.

    Args:
        work: the unit of work.
        actor: a records manager.
        reference: the case.
        rule_id: a rule that is in force.
        reason: why.
        instead: whether it stands instead of the class's rule; then it waits for `approve`.
        transaction: number of a transaction of the case, from which alone the rule counts.
        document: number of a document of the case, from which alone the rule counts.

    Raises:
        NotPermitted: the actor keeps no schedule.
        NotFound: no such case, rule, or transaction or document in it.
        Conflict: the case is bound by that rule already, or a rule instead of its class's waits or stands.
        InputRefused: no reason, transaction and document at once, or the rule of one instead of the case's.
    """
    row = draft(
        work.session, actor, work.clock, reference, rule_id, reason=reason, instead=instead, transaction=transaction,
        document=document,
    )  # fmt: skip
    work.add(row)
    _log(work, "add", row, personal={"reason": row.reason})
    return row


def draft(
    session: Session, actor: Actor, clock: Clock, reference: str, rule_id: str, *, reason: str, instead: bool = False,
    transaction: str | None = None, document: int | None = None,
) -> CaseRule:  # fmt: skip
    """What `add` would write, for a preview; refuses what it refuses."""
    actor.require(Right.MANAGE_RECORDS)
    case, today = finding.case(session, actor, reference), clock.today()
    if rules.version_on(session, rule_id, today) is None:
        raise NotFound(f"There is no rule {rule_id!r} in force. erecords retention schedule list shows all.")
    if instead and (document is not None or transaction is not None):
        raise InputRefused("A rule instead of the class's is one for the whole case. Nothing was changed.")
    row = CaseRule(
        case_id=case_id(case), reference=case.reference, transaction=transaction and transaction.strip().upper(),
        document_id=document, rule_id=rule_id, instead=instead, reason=one_line(reason, "reason"),
        requested_by=actor.id, requested=clock.now(), approved_by=None if instead else actor.id,
        approved_on=None if instead else today,
    )  # fmt: skip
    _require_inside(session, case, row)
    _refuse_second(session, case, row)
    return row


def _require_inside(session: Session, case: Case, row: CaseRule) -> None:
    """Refuse a transaction or a document that does not lie in the case."""
    number, document = row.transaction, row.document_id
    if number is not None and document is not None:
        raise InputRefused("Name a transaction or a document, not both. Nothing was changed.")
    if document is not None and document not in finding.document_ids(session, case_id(case)):
        raise NotFound(f"There is no document {document} in {case.reference}. Nothing was changed.")
    if number is not None and number not in finding.transaction_numbers(session, case_id(case)):
        raise NotFound(
            f"There is no transaction {number!r} in {case.reference}. Nothing was changed; "
            "erecords case transaction list REF shows a case's."
        )


def _refuse_second(session: Session, case: Case, new: CaseRule) -> None:
    for row in _living(session, case_id(case)):
        if row.instead and new.instead:
            raise Conflict(f"{case.reference} has a rule instead of its class's, number {row.id}: end that one first.")
        if (row.rule_id, row.instead, of(row)) == (new.rule_id, new.instead, of(new)):
            raise Conflict(f"{case.reference} is bound by {new.rule_id} already, number {row.id}. Nothing was changed.")


def of(row: CaseRule) -> str:
    """What a further rule is put on: ``further`` (the case itself), ``transaction V-2026-000123``, ``document 17``."""
    if row.transaction is not None:
        return f"transaction {row.transaction}"
    return f"document {row.document_id}" if row.document_id is not None else "further"


def ask_to_end(work: UnitOfWork, actor: Actor, number: int, *, reason: str) -> CaseRule:
    """Ask that a rule no longer binds its case; it does until another person approves.

    Raises:
        NotPermitted: the actor keeps no schedule.
        NotFound: there is no such rule of a case.
        Conflict: it has ended, or its end waits already.
        InputRefused: no reason.
    """
    actor.require(Right.MANAGE_RECORDS)
    row = _find(work.session, number)
    if row.ending_by is not None:
        raise Conflict(f"The end of number {number} was asked for by {row.ending_by}. Nothing was changed.")
    row.ending_by, row.end_reason = actor.id, one_line(reason, "reason")
    if row.approved_on is None:
        row.ended_by, row.ended_on = actor.id, work.clock.today()
    _log(work, "end", row, personal={"reason": row.end_reason})
    return row


def approve(work: UnitOfWork, actor: Actor, number: int) -> CaseRule:
    """Let a rule stand instead of the class's, or let one end, as another person asked; open lists drop the case.

    Raises:
        NotPermitted: the actor neither approves disposal nor keeps the schedule.
        NotFound: there is no such rule of a case.
        FourEyes: the actor asked for it.
        Conflict: nothing about it waits.
    """
    if not actor.may(Right.APPROVE_DISPOSAL):
        actor.require(Right.MANAGE_RECORDS)
    row = _find(work.session, number)
    asked = row.ending_by or (row.requested_by if row.approved_on is None else None)
    if asked is None:
        raise Conflict(f"Number {number} waits for nobody. Nothing was changed.")
    if asked == actor.id:
        raise FourEyes(f"You asked for it; another person has to approve number {number}. Nothing was changed.")
    today = work.clock.today()
    if row.ending_by is not None:
        row.ended_by, row.ended_on = actor.id, today
    else:
        row.approved_by, row.approved_on = actor.id, today
    case = work.session.get_one(Case, row.case_id)
    follow(case, row)
    registry_rules.changed(work, "rule", case, number=row.id, rule=row.rule_id, ended=row.ended_on is not None)
    _log(work, "approve", row)
    return row


def keep(work: UnitOfWork, case: Case, rule_id: str, *, reason: str) -> CaseRule:
    """Let the rule of the class that a case left bind it on; its end is asked for, and waits for another person.

    A step of `moves.moved`: it only lengthens, so that who moves needs no right to keep the schedule.
    """
    for row in _living(work.session, case_id(case)):
        if (row.rule_id, row.instead, of(row)) == (rule_id, False, "further"):
            return row
    row = _further(case, rule_id, work.clock, work.actor)
    row.ending_by, row.reason, row.end_reason = work.actor, reason, reason
    work.add(row)
    _log(work, "keep", row, personal={"reason": reason})
    return row


def end_needless(work: UnitOfWork, case: Case, rule_id: str | None) -> None:
    """End what `keep` kept, where the case's class asks for the same rule again.

    The ledger does not learn of it: a restored backup may have the case in the class that it left.
    """
    for row in _living(work.session, case_id(case)):
        if row.ending_by is not None and (row.rule_id, row.instead, of(row)) == (rule_id, False, "further"):
            row.ended_by, row.ended_on = work.actor, work.clock.today()
            _log_only(work, "end", row)


def thought(case: Case, rule_id: str, clock: Clock) -> CaseRule:
    """A rule instead of the class's that is only thought of, for `timing.of_case`; it is never stored."""
    row = _further(case, rule_id, clock, "")
    row.instead = True
    return row


def _further(case: Case, rule_id: str, clock: Clock, by: str) -> CaseRule:
    return CaseRule(
        case_id=case_id(case), reference=case.reference, rule_id=rule_id, instead=False, reason="", requested_by=by,
        requested=clock.now(), approved_by=by, approved_on=clock.today(),
    )  # fmt: skip


def follow(case: Case, row: CaseRule) -> None:
    """Let the case stand under the rule that was approved instead of its class's, or again under its class's."""
    if row.instead and row.approved_on is not None:
        case.rule_override = row.rule_id if row.ended_on is None else None


def _log(work: UnitOfWork, verb: str, row: CaseRule, personal: dict[str, str] | None = None) -> None:
    _log_only(work, verb, row, personal)
    work.keep("case-rule", CaseRule.model_validate({**row.model_dump(), "reason": "", "end_reason": ""}))


def _log_only(work: UnitOfWork, verb: str, row: CaseRule, personal: dict[str, str] | None = None) -> None:
    work.log(
        f"case-rule.{verb}", f"case:{row.reference}", row, number=row.id, rule=row.rule_id, instead=row.instead,
        transaction=row.transaction, document=row.document_id, personal=personal,
    )  # fmt: skip


def _find(session: Session, number: int) -> CaseRule:
    row = session.get(CaseRule, number)
    if row is None or row.ended_on is not None:
        raise NotFound(f"There is no rule of a case with number {number}. erecords retention case-rule list shows all.")
    return row


def _living(session: Session, case: int) -> list[CaseRule]:
    query = select(CaseRule).where(CaseRule.case_id == case, col(CaseRule.ended_on).is_(None))
    return list(session.exec(query.order_by(col(CaseRule.id))))


def further() -> ColumnElement[bool]:
    """Condition over ``CaseRule``: a further rule that binds its case now."""
    return and_(
        col(CaseRule.instead) == false(), col(CaseRule.approved_on).is_not(None), col(CaseRule.ended_on).is_(None)
    )  # fmt: skip


def on_cases(session: Session, cases: Sequence[int], past: date | None = None) -> list[CaseRule]:
    """Further rules that bind these cases now, or bound them on a past day."""
    query = select(CaseRule).where(col(CaseRule.case_id).in_(cases), col(CaseRule.instead) == false())
    query = query.where(col(CaseRule.approved_on).is_not(None)).order_by(col(CaseRule.id))
    if past is None:
        return list(session.exec(query.where(col(CaseRule.ended_on).is_(None))))
    return [row for row in session.exec(query) if _on(row, past)]


def override_on(session: Session, case: Case, past: date) -> str | None:
    """The rule that stood instead of the class's on a past day; that of now where there is no history."""
    query = select(CaseRule).where(
        CaseRule.case_id == case.id, CaseRule.instead, col(CaseRule.approved_on).is_not(None)
    )
    rows = session.exec(query).all()
    return next((row.rule_id for row in rows if _on(row, past)), None) if rows else case.rule_override


def _on(row: CaseRule, day: date) -> bool:
    return row.approved_on is not None and row.approved_on <= day and (row.ended_on is None or row.ended_on > day)


def listing(session: Session, actor: Actor, reference: str | None = None) -> list[dict[str, Any]]:
    """Rules of single cases that the actor may see, those that wait for somebody first."""
    query = (
        select(CaseRule)
        .join(Case, col(Case.id) == col(CaseRule.case_id))
        .join(PlanClass, col(PlanClass.notation) == col(Case.class_notation))
        .where(access.metadata_visible(actor))
        .order_by(col(CaseRule.id))
    )
    if reference is not None:
        query = query.where(CaseRule.case_id == finding.case(session, actor, reference).id)
    rows = sorted(session.exec(query), key=lambda row: (state(row) not in ("waits", "end waits"), row.id or 0))
    return [to_json(row) for row in rows]


def state(row: CaseRule) -> str:
    """Whether it waits, is in force, is to end, or has ended."""
    if row.ended_on is not None:
        return "ended"
    if row.approved_on is None:
        return "waits"
    return "end waits" if row.ending_by else "in force"


def to_json(row: CaseRule) -> dict[str, Any]:
    """As it is shown."""
    return {
        "number": row.id,
        "reference": row.reference,
        "transaction": row.transaction,
        "document": row.document_id,
        "rule": row.rule_id,
        "instead": row.instead,
        "state": state(row),
        "reason": row.reason,
        "requested_by": row.requested_by,
        "approved_by": row.approved_by,
        "from": row.approved_on.isoformat() if row.approved_on else None,
        "end_reason": row.end_reason,
        "ended_by": row.ended_by,
        "to": row.ended_on.isoformat() if row.ended_on else None,
    }
