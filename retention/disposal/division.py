"""Dividing the submission of a case, so that each of its transactions becomes a package of its own.

No title of a transaction and no entry of the log about it stays in the package of the case: what is erased with the
one must not be readable in the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from archive.package import Related, Sip, aip_id

PER_TRANSACTION = "transaction"
"""Value of the setting ``aip_per`` of ``[archive]`` that asks for `divide`."""
KIND = "transaction"
_SHARED = {"unit_title", "disposal"}
_OWN = ("id", "title", "opened", "closed", "documents")


def divide(sip: Sip) -> tuple[Sip, ...]:
    """A submission for each transaction that has documents, and last that of the case with all the rest.

    Each document, each file and each entry of the log is in exactly one of them. The parts name the case, and the case
    names them; a case without such transactions stays as it is.

    Args:
        sip: the submission of a case, as `retention.disposal.handover.build_sip` makes it.
    """
    rows = [row for row in sip.description["transactions"] if row["documents"]]
    if not rows:
        return (sip,)
    owners = _owners(sip, rows)
    parts = tuple(_part(sip, row, owners) for row in rows)
    return (*parts, _rest(sip, parts, owners))


def _owners(sip: Sip, rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Number of the transaction that a document, or an object of the log, belongs to; each by its name."""
    number = {document: row["id"] for row in rows for document in row["documents"]}
    owners = {row["id"]: row["id"] for row in rows} | number
    for document in sip.documents:
        if document.id in number:
            owners[f"document:{document.description['number']}"] = number[document.id]
            owners[f"letter:{document.description['letter']}"] = number[document.id]
    return owners


def _owner(entry: Mapping[str, Any], owners: Mapping[str, str]) -> str | None:
    return owners.get(entry["object"]) or owners.get(str(entry["details"].get("transaction")))


def _part(sip: Sip, row: Mapping[str, Any], owners: Mapping[str, str]) -> Sip:
    number = row["id"]
    known = {key: value for key, value in row.items() if key not in _OWN}
    return replace(
        sip,
        reference=number,
        title=row["title"],
        opened=_date(row["opened"]),
        closed=_date(row["closed"]) or sip.closed,
        description=known | {key: value for key, value in sip.description.items() if key in _SHARED},
        documents=tuple(document for document in sip.documents if owners.get(document.id) == number),
        files=tuple(file for file in sip.files if owners.get(file.document or "") == number),
        audit_excerpt=tuple(entry for entry in sip.audit_excerpt if _owner(entry, owners) == number),
        kind=KIND,
        part_of=Related(sip.reference, sip.aip_id),
    )


def _rest(sip: Sip, parts: Sequence[Sip], owners: Mapping[str, str]) -> Sip:
    told = [_short(row) if row["id"] in owners else dict(row) for row in sip.description["transactions"]]
    return replace(
        sip,
        description={**sip.description, "transactions": told},
        documents=tuple(document for document in sip.documents if document.id not in owners),
        files=tuple(file for file in sip.files if (file.document or "") not in owners),
        audit_excerpt=tuple(entry for entry in sip.audit_excerpt if _owner(entry, owners) is None),
        parts=tuple(Related(part.reference, part.aip_id) for part in parts),
    )


def _short(row: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in row.items() if key not in {"title", "documents"}}
    return {**kept, "package": aip_id(row["id"], KIND)}


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
