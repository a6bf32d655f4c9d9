"""How a case stood on a past day: what changed since is in the log, with what was before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from erecords.registry import finding
from erecords.registry.rules import case_id
from erecords.store.models import AuditEntry, Case, PlanClass, Transaction


def closed(session: Session, case: Case, on: date) -> date | None:
    """The closing day of a case that counted on a day; None when the case was open then."""
    for details in _since(session, case, "case.reopen", on):
        was = details.get("closed")
        if was and date.fromisoformat(was) <= on:
            return date.fromisoformat(was)
    return case.closed if case.closed and case.closed <= on else None


def transaction_closed(session: Session, case: Case, number: str, on: date) -> date | None:
    """The same for a transaction of the case; None also when the case has no such transaction."""
    for details in _since(session, case, "transaction.reopen", on):
        was = details.get("closed")
        if details.get("transaction") == number and was and date.fromisoformat(was) <= on:
            return date.fromisoformat(was)
    row = session.get(Transaction, number)
    return row.closed if row and row.case_id == case.id and row.closed and row.closed <= on else None


def class_notation(session: Session, case: Case, on: date) -> str:
    """The class in which a case stood on a day; the first known one for days before."""
    for details in _since(session, case, "case.move", on):
        known = details.get("class_was")
        if known:
            return str(known)
    return case.class_notation


def class_rule(session: Session, case: Case, on: date) -> str | None:
    """The rule, own or inherited, of the class in which a case stood on a day; the first known one for days before."""
    notation = class_notation(session, case, on)
    query = select(AuditEntry).where(AuditEntry.object == f"class:{notation}")
    query = query.where(col(AuditEntry.action).in_(("class.create", "class.change", "class.confirm")))
    known: list[str | None] = []
    for entry in session.exec(query.order_by(col(AuditEntry.sequence))):
        values = json.loads(entry.details)["values"]
        if date.fromisoformat(entry.time[:10]) > on and known:
            break
        if entry.action == "class.create" or "rule" in values:
            known.append(values.get("rule"))
    return known[-1] if known else session.get_one(PlanClass, notation).rule


def _since(session: Session, case: Case, action: str, on: date) -> Iterator[dict[str, Any]]:
    """Details of what was done to a case after a day, the oldest first."""
    names = [f"case:{name}" for name in (case.reference, *finding.former_references(session, case_id(case)))]
    query = select(AuditEntry).where(col(AuditEntry.object).in_(names), AuditEntry.action == action)
    for entry in session.exec(query.order_by(col(AuditEntry.sequence))):
        if date.fromisoformat(entry.time[:10]) > on:
            yield json.loads(entry.details)
