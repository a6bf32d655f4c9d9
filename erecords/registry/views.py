"""The JSON shapes of the registry (contract of the commands): more keys may come, these stay."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlmodel import Session

from erecords.ports import Outlook
from erecords.registry import documents, finding, plan, transactions
from erecords.registry.access import Actor
from erecords.store.lifecycle import RenditionKind
from erecords.store.models import Case, Document, PlanClass, Rendition, Staff, Transaction, Unit


def day(value: date | None) -> str | None:
    """A date as ISO 8601."""
    return value.isoformat() if value else None


def case_line(case: Case) -> dict[str, Any]:
    """A case in a list."""
    return {
        "reference": case.reference,
        "title": case.title,
        "class": case.class_notation,
        "unit": case.unit,
        "key": case.key,
        "state": case.state.value,
        "opened": day(case.opened),
        "closed": day(case.closed),
        "version": case.version,
    }


def case_view(session: Session, actor: Actor, case: Case, outlook: Outlook | None) -> dict[str, Any]:
    """A case with its documents, as far as the actor may see them, and what retention says of it."""
    plan_class = session.get_one(PlanClass, case.class_notation)
    case_id = case.id or 0
    listed = [document_line(document) for document in finding.documents(session, actor, case)]
    return case_line(case) | {
        "class_title": plan_class.title,
        "protection": plan_class.protection.value,
        "former_references": finding.former_references(session, case_id),
        "events": [{"trigger": event.trigger, "on": day(event.on)} for event in finding.events(session, case_id)],
        "retention": {
            "rule": outlook.rule if outlook else case.rule_override or plan_class.rule,
            "trigger": outlook.trigger if outlook else None,
            "due": day(outlook.due) if outlook else None,
            "disposal": outlook.disposal if outlook else None,
            "holds": list(outlook.holds) if outlook else [],
        },
        "transactions": [transaction_line(row) for row in finding.transactions(session, actor, case)],
        "documents": listed,
        "withheld": finding.document_count(session, case_id) - len(listed),
    }


def transaction_line(row: Transaction) -> dict[str, Any]:
    """A transaction in a list."""
    return {
        "number": row.number,
        "title": row.title,
        "process": row.process,
        "process_title": row.process_title,
        "state": row.state.value,
        "opened": day(row.opened),
        "closed": day(row.closed),
        "version": row.version,
    }


def transaction_view(session: Session, row: Transaction, case: Case) -> dict[str, Any]:
    """A transaction with its case and its documents."""
    held = transactions.documents(session, row)
    return transaction_line(row) | {
        "case": case.reference,
        "documents": [document_line(document) for document in held],
    }


def document_line(document: Document) -> dict[str, Any]:
    """A document in a list."""
    return {
        "id": document.id,
        "title": document.title,
        "type": document.type,
        "date": day(document.date),
        "sender": document.sender,
        "received": day(document.received),
        "entry": document.letter,
        "transaction": document.transaction,
    }


def document_view(session: Session, document: Document) -> dict[str, Any]:
    """A document with the renditions of its current version; ``sha512`` and ``puid`` are those of the original."""
    versions = documents.versions(session, document)
    original = versions[-1].rendition(RenditionKind.ORIGINAL)
    return document_line(document) | {
        "case": finding.case_of(session, document).reference,
        "name": versions[-1].name,
        "sha512": original.sha512 if original else None,
        "puid": original.puid if original else "",
        "renditions": [_rendition(rendition) for rendition in versions[-1].renditions],
        "versions": [
            {
                "number": version.number,
                "name": version.name,
                "renditions": [_rendition(rendition) for rendition in version.renditions],
            }
            for version in versions
        ],
    }


def _rendition(rendition: Rendition) -> dict[str, Any]:
    return {
        "kind": rendition.kind.value,
        "sha512": rendition.sha512,
        "bytes": rendition.bytes,
        "mime": rendition.mime,
        "puid": rendition.puid,
    }


def class_line(found: PlanClass) -> dict[str, Any]:
    """A class of the plan in a list."""
    return {
        "notation": found.notation,
        "parent": found.parent,
        "title": found.title,
        "unit": found.unit,
        "retention": found.rule,
        "retention_inherited": found.rule_inherited,
        "file_kind": found.file_kind.value,
        "file_key": found.file_key,
        "protection": found.protection.value,
        "protection_inherited": found.protection_inherited,
        "scope": found.scope,
    }


def class_view(session: Session, actor: Actor, found: PlanClass) -> dict[str, Any]:
    """A class with its place in the plan, and how many case files below it the actor may see."""
    return class_line(found) | {
        "path": list(plan.ancestors(session, found.notation)),
        "below": plan.children(session, found.notation),
        "cases": finding.case_count(session, actor, found.notation),
    }


def unit_line(unit: Unit) -> dict[str, Any]:
    """A unit."""
    return unit.model_dump()


def user_line(person: Staff) -> dict[str, Any]:
    """A person of the staff list."""
    return person.model_dump(mode="json")
