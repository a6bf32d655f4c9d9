"""Standing waivers of the archive: what it need not be offered case by case."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from erecords.errors import Conflict, InputRefused, NotFound
from erecords.registry import plan
from erecords.registry.access import Actor, Right
from erecords.store.models import PlanClass
from erecords.store.uow import UnitOfWork
from retention.lifecycle import Disposal
from retention.models import Rule, Waiver


def give(
    work: UnitOfWork, actor: Actor, *, basis: str, rule_id: str | None = None, class_notation: str | None = None
) -> Waiver:
    """Waive, from today on, the offer of cases under a rule, or of a class and all below it, that are to be destroyed.

    Raises:
        NotPermitted: the actor is no archivist.
        NotFound: no such rule or class.
        InputRefused: no basis, or not exactly one of rule and class.
    """
    actor.require(Right.APPRAISE)
    if not basis.strip() or (rule_id is None) == (class_notation is None):
        raise InputRefused("A waiver needs a basis, and either a rule or a class. Nothing was changed.")
    if rule_id is not None and work.session.exec(select(Rule.id).where(Rule.id == rule_id)).first() is None:
        raise NotFound(f"There is no rule {rule_id!r}. erecords retention schedule list shows all.")
    if class_notation is not None:
        class_notation = plan.find_class(work.session, class_notation).notation
    return _write(work, rule_id, class_notation, basis.strip(), actor.id, work.clock.today())


def _write(
    work: UnitOfWork, rule_id: str | None, notation: str | None, basis: str, by: str, valid_from: date
) -> Waiver:
    waiver = Waiver(rule_id=rule_id, class_notation=notation, basis=basis, given_by=by, valid_from=valid_from)
    work.add(waiver)
    subject = f"rule:{rule_id}" if rule_id else f"class:{notation}"
    work.log("waiver.give", subject, waiver, waiver=waiver.id, basis=basis, given_by=by)
    work.keep("waiver", waiver)
    return waiver


def load(work: UnitOfWork, rules: Iterable[Rule], *, basis: str, given_by: str, valid_from: date) -> None:
    """Write down the waivers that an archive gave before, for each of these rules that destroys."""
    for rule in rules:
        if rule.disposal is Disposal.DESTROY:
            _write(work, rule.id, None, basis, given_by, valid_from)


def end(work: UnitOfWork, actor: Actor, waiver_id: int) -> Waiver:
    """End a waiver today; lists that were approved under it are withheld from tomorrow on.

    Raises:
        NotPermitted: the actor is no archivist.
        NotFound, Conflict: there is no such waiver, or it has ended.
    """
    actor.require(Right.APPRAISE)
    waiver = work.session.get(Waiver, waiver_id)
    if waiver is None:
        raise NotFound(f"There is no waiver {waiver_id}. erecords retention waiver list shows all.")
    if waiver.valid_to is not None:
        raise Conflict(f"Waiver {waiver_id} ended on {waiver.valid_to}. Nothing was changed.")
    waiver.valid_to = work.clock.today()
    work.log("waiver.end", f"rule:{waiver.rule_id}" if waiver.rule_id else f"class:{waiver.class_notation}", waiver)
    work.keep("waiver", waiver)
    return waiver


def listing(session: Session) -> list[dict[str, Any]]:
    """All waivers, for display."""
    query = (
        select(Waiver, PlanClass.title)
        .outerjoin(PlanClass, col(PlanClass.notation) == col(Waiver.class_notation))
        .order_by(col(Waiver.id))
    )
    return [
        {
            "waiver": waiver.id,
            "rule": waiver.rule_id,
            "class": waiver.class_notation,
            "class_title": title,
            "basis": waiver.basis,
            "given_by": waiver.given_by,
            "from": waiver.valid_from.isoformat(),
            "to": waiver.valid_to.isoformat() if waiver.valid_to else None,
        }
        for waiver, title in session.exec(query)
    ]
