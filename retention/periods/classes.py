"""Another rule for a class of the filing plan: what it would change, and the second person who puts it into force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func
from sqlalchemy import select as query_of
from sqlmodel import Session, col, select

from erecords.errors import NotFound
from erecords.registry import plan
from erecords.registry.access import Actor, Right
from erecords.store.models import Case, PlanClass
from erecords.store.uow import UnitOfWork
from retention.errors import FourEyes
from retention.periods import due, rules


@dataclass(frozen=True)
class Waiting:
    """A class for which somebody asked for another rule.

    Attributes:
        cases: case files of the class without a rule of their own.
        due: how many of them are due on the day, under the old rule and under the new one.
    """

    notation: str
    rule: str | None
    asked: str | None
    asked_by: str
    cases: int
    due: tuple[int, int]

    def to_json(self) -> dict[str, Any]:
        """As it is shown."""
        return {
            "class": self.notation,
            "rule": self.rule,
            "asked": self.asked,
            "asked_by": self.asked_by,
            "cases": self.cases,
            "due": {"before": self.due[0], "after": self.due[1]},
        }


def waiting(session: Session, on: date) -> list[Waiting]:
    """The classes whose rule waits for another person, with what it would change as of a day."""
    query = select(PlanClass).where(col(PlanClass.rule_asked_by).is_not(None)).order_by(PlanClass.notation)
    pieces = due.clauses(rules.in_force(session, on), on, 0)
    found = []
    for row in session.exec(query):
        was, will = (_due(session, pieces, row.notation, rule, on) for rule in (row.rule, row.rule_asked))
        cases = session.execute(_cases(row.notation)).scalar_one()
        found.append(Waiting(row.notation, row.rule, row.rule_asked, row.rule_asked_by or "", cases, (was, will)))
    return found


def _cases(notation: str) -> Any:
    query = query_of(func.count(col(Case.id))).select_from(Case)
    return query.where(col(Case.class_notation) == notation, col(Case.rule_override).is_(None))


def _due(session: Session, pieces: due.Clauses, notation: str, rule_id: str | None, on: date) -> int:
    rule = pieces.rule_now
    query = _cases(notation).join(rule, rule.c.id == rule_id)
    query = query.where(due.closed_by(on), pieces.trigger_date <= rule.c.ripe_to, due.may_end(session, pieces, on))
    return int(session.execute(query).scalar_one())


def confirm(work: UnitOfWork, actor: Actor, notation: str) -> list[str]:
    """Put the rules into force that somebody else asked for: of a class, and of all below it.

    Returns:
        The classes that changed.

    Raises:
        NotPermitted: the actor neither approves disposal nor keeps the schedule.
        NotFound: there is no such class, or nothing waits there.
        FourEyes: the actor asked for it; nothing was changed.
    """
    if not actor.may(Right.APPROVE_DISPOSAL):
        actor.require(Right.MANAGE_RECORDS)
    names = plan.below(work.session, plan.find_class(work.session, notation).notation)
    query = select(PlanClass).where(col(PlanClass.notation).in_(names), col(PlanClass.rule_asked_by).is_not(None))
    found = work.session.exec(query.order_by(PlanClass.notation)).all()
    if not found:
        raise NotFound(f"No rule of class {notation} waits. erecords retention schedule classes shows all that do.")
    for row in found:
        if row.rule_asked_by == actor.id:
            raise FourEyes(f"You asked for another rule of class {row.notation}; another person has to confirm it.")
        before, row.rule, row.rule_inherited = row.rule, row.rule_asked, row.rule_asked_inherited
        asked_by, row.rule_asked, row.rule_asked_inherited, row.rule_asked_by = row.rule_asked_by, None, False, None
        work.log(
            "class.confirm", f"class:{row.notation}", row, before=before, asked_by=asked_by,
            values={"rule": row.rule, "rule_inherited": row.rule_inherited},
        )  # fmt: skip
    return [row.notation for row in found]
