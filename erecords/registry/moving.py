"""Moving a document that was filed wrongly from one open case into another."""

from __future__ import annotations

from erecords.errors import Conflict
from erecords.registry import access, documents, finding, rules, transactions
from erecords.registry.access import Actor
from erecords.registry.rules import one_line
from erecords.store.models import Case, Document
from erecords.store.uow import UnitOfWork


def move(
    work: UnitOfWork, actor: Actor, document: Document, target: Case, *, reason: str, type: str | None = None
) -> Document:
    """Move a document with all its versions into another open case, or correct its type where it is.

    Number, versions and files stay as they are; it leaves its transaction, and from now on shares the target's
    protection and period.
    Whether a hold forbids it is asked by the caller, who knows of holds.

    Raises:
        NotPermitted: role or unit of the actor do not allow it for both cases.
        Conflict: one of the cases is closed, or neither case nor type would change.
        InputRefused: no reason was given, or the type is no key.
    """
    source = finding.case_of(work.session, document)
    for case in (source, target):
        access.require_edit(actor, case.unit, case.reference)
        rules.require_open(case)
    reason = one_line(reason, "reason")
    kind = document.type if type is None else documents.type_key(type)
    if source.id == target.id and kind == document.type:
        raise Conflict(f"The document is in {target.reference} with that type already. Nothing was changed.")
    was = document.type
    if source.id != target.id:
        transactions.take_out(work, source, document)
    document.case_id, document.type = rules.case_id(target), kind
    document.version += 1
    work.session.add(document)
    work.log(
        "document.move",
        f"document:{document.id}",
        document,
        personal={"reason": reason},
        was=source.reference,
        case=target.reference,
        type_was=was,
        type=kind,
    )
    work.index("document", documents.document_id(document))
    for case_id in sorted({rules.case_id(source), rules.case_id(target)}):
        work.index("case", case_id)
    return document
