"""Which version of a retention rule applies, to which day and to which case."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from erecords.store.models import Case, PlanClass
from retention.models import Rule
from retention.periods.schedule import Period, Trigger

BEGINNING = date(1900, 1, 1)
"""First day of the first version of a rule, unless the schedule says another."""


def period(rule: Rule) -> Period:
    """The length of a rule version, ready for computing."""
    return Period(rule.years, rule.months, rule.days, rule.start, rule.kind)


def in_force(session: Session, on: date) -> dict[str, Rule]:
    """Per rule the version that applies on that day: the highest confirmed one whose time it is."""
    return {rule.id: rule for rule in session.exec(_applicable(on).order_by(col(Rule.id), col(Rule.version)))}


def _applicable(on: date) -> SelectOfScalar[Rule]:
    return (
        select(Rule)
        .where(Rule.valid_from <= on, (col(Rule.valid_to).is_(None)) | (col(Rule.valid_to) >= on))
        .where(col(Rule.confirmed_by).is_not(None))
    )


def effective() -> ColumnElement[str]:
    """The id of the rule of a case, over ``Case`` joined with ``PlanClass``: its own, else that of its class."""
    return func.coalesce(Case.rule_override, PlanClass.rule)


def of_class(session: Session, case: Case) -> str | None:
    """The id of the rule of a case's class, its own or inherited; None without one."""
    return session.get_one(PlanClass, case.class_notation).rule


def version_on(session: Session, rule_id: str, on: date) -> Rule | None:
    """The version of a rule that applies on that day."""
    return versions_on(session, [rule_id], on).get(rule_id)


def versions_on(session: Session, rule_ids: Iterable[str], on: date) -> dict[str, Rule]:
    """The same for several rules; those without a version are left out."""
    query = _applicable(on).where(col(Rule.id).in_(set(rule_ids))).order_by(col(Rule.version))
    return {rule.id: rule for rule in session.exec(query)}


def versions(session: Session) -> list[Rule]:
    """All versions of all rules, in order."""
    return list(session.exec(select(Rule).order_by(col(Rule.id), col(Rule.version))))


def triggers(session: Session) -> frozenset[str]:
    """Names of the events that some version of a rule counts from, without the closing, which is no event."""
    return frozenset(session.exec(select(Rule.trigger).distinct())) - {Trigger.CLOSED.value}


def length_text(rule: Rule) -> str:
    """The period in plain words: ``10 years``, ``183 days``, ``without limit``."""
    parts = [
        f"{number} {unit if number != 1 else unit[:-1]}"
        for number, unit in ((rule.years, "years"), (rule.months, "months"), (rule.days, "days"))
        if number is not None
    ]
    return " and ".join(parts) or "without limit"
