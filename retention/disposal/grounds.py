"""Why a case was kept as long as it was: what bound it beside its own rule, and the versions of all these rules.

The certificate says it when the rows are gone, the package of the archive for as long as the archive lasts.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlmodel import Session, col, or_, select

from retention.models import Rule
from retention.periods.timing import Obligation, Timing


def further(when: Timing) -> list[dict[str, Any]]:
    """The further rules and the suspensions that a case was under; nothing in it names a person or a title."""
    rules = [_rule(each) for each in when.obligations[1:]]
    stops = [
        {
            "suspension": stop.id,
            "basis": stop.basis,
            "from": stop.begun_on.isoformat(),
            "to": stop.ended_on.isoformat() if stop.ended_on else None,
        }
        for stop in (*when.suspensions_over, *when.suspended)
    ]
    return [*rules, *stops]


def _rule(each: Obligation) -> dict[str, Any]:
    return {
        "rule": each.rule.id,
        "rule_version": each.rule.version,
        "title": each.rule.title,
        "basis": each.rule.source,
        "of": each.of,
        "trigger": each.rule.trigger,
        "trigger_date": each.trigger_date.isoformat() if each.trigger_date else None,
        "due": each.due.isoformat() if each.due else None,
    }


def versions(session: Session, when: Timing, opened: date, until: date) -> list[dict[str, Any]]:
    """Every version of the rules of a case that applied on some day from its opening to ``until``, in order."""
    query = (
        select(Rule)
        .where(col(Rule.id).in_({each.rule.id for each in when.obligations}), col(Rule.confirmed_by).is_not(None))
        .where(Rule.valid_from <= until, or_(col(Rule.valid_to).is_(None), col(Rule.valid_to) >= opened))
        .order_by(col(Rule.id), col(Rule.version))
    )
    return [
        {
            "rule": row.id,
            "rule_version": row.version,
            "title": row.title,
            "basis": row.source,
            "kind_of_basis": row.basis,
            "trigger": row.trigger,
            "start": row.start.value,
            "kind": row.kind.value,
            **{unit: value for unit in ("years", "months", "days") if (value := getattr(row, unit)) is not None},
            "disposal": row.disposal.value,
            "from": row.valid_from.isoformat(),
            "to": row.valid_to.isoformat() if row.valid_to and row.valid_to < until else None,
        }
        for row in session.exec(query)
    ]
