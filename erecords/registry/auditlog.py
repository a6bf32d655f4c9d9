"""Reading the audit log within the actor's rights, and writing it out for others to verify."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from erecords.digest import canonical_json
from erecords.errors import InputRefused
from erecords.files import fsync_folder
from erecords.registry import finding, references
from erecords.registry.access import Actor, Right
from erecords.store import audit, chain
from erecords.store.models import AuditEntry, AuditValue, Case

_DIGEST = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{52,}\b")


def entries(session: Session, actor: Actor, name: str | None = None) -> Iterator[dict[str, Any]]:
    """Entries of the log in order: all, or those about one case (with its documents) or other object.

    Whoever sees the documents of a case may read its log, with the personal values that still live; all else needs
    the right to read the log, and shows digests in their place. What somebody searched for, data protection reads.

    Args:
        session: for reading.
        actor: who reads.
        name: reference of a case in any spelling, or an object as the log names it (``unit:22.3``, ``document:12``).

    Raises:
        NotPermitted: the actor may not read the log.
    """
    case = finding.locate(session, name) if name else None
    sees_case = case is not None and finding.sees_content(session, actor, case)
    if not sees_case:
        actor.require(Right.READ_LOG)
    objects = None
    searches = name is not None and name.startswith("search:") and actor.may(Right.SEE_ALL_CONTENT)
    if case is not None:
        objects = _objects_of(session, case)
    elif name:  # also a case that was destroyed or handed over: its row is gone, its log is not
        objects = [name, *(f"case:{spelling}" for spelling in references.spellings(name))]
    return _entries(session, objects, personal=sees_case or searches)


def _objects_of(session: Session, case: Case) -> list[str]:
    case_id = case.id or 0
    names = [case.reference, *finding.former_references(session, case_id)]
    documents = finding.document_ids(session, case_id)
    return [f"case:{name}" for name in names] + [f"document:{number}" for number in documents]


def _entries(session: Session, objects: list[str] | None, *, personal: bool) -> Iterator[dict[str, Any]]:
    query = select(AuditEntry).order_by(col(AuditEntry.sequence)).execution_options(yield_per=1000)
    if objects is not None:
        query = query.where(col(AuditEntry.object).in_(objects))
    for entry in session.exec(query):
        line = audit.exported(entry)
        if personal and "personal" in line["details"]:
            line["details"]["personal"] = _living_values(session, entry.sequence)
        yield line


def _living_values(session: Session, sequence: int) -> dict[str, str]:
    values = session.exec(select(AuditValue).where(AuditValue.sequence == sequence)).all()
    return {value.key: value.value for value in values}


def export(session: Session, actor: Actor, path: Path) -> int:
    """Write the whole log as JSON lines in canonical form (``docs/internals/audit.md``); returns how many.

    Personal values are not in it, only their digests. The file appears whole or not at all.

    Raises:
        NotPermitted: the actor may not read the log.
        InputRefused: the file cannot be written.
    """
    actor.require(Right.READ_LOG)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    count = 0
    try:
        with temporary.open("wb") as stream:
            for entry in audit.entries(session):
                stream.write(canonical_json(audit.exported(entry)) + b"\n")
                count += 1
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as error:
        raise InputRefused(f"{path} cannot be written: {error.strerror or error}. Nothing was given out.") from error
    finally:
        temporary.unlink(missing_ok=True)
    fsync_folder(path.parent)
    return count


def head(session: Session) -> dict[str, Any]:
    """Sequence and hash of the newest entry: note it elsewhere, and a log cut short at its end shows itself."""
    last = session.exec(select(AuditEntry).order_by(col(AuditEntry.sequence).desc()).limit(1)).first()
    return {"sequence": last.sequence, "hash": last.hash} if last else {"sequence": 0, "hash": chain.GENESIS}


def in_words(details: dict[str, Any]) -> str:
    """Details of an entry on one line, for a table; digests are cut short."""
    flat = {**details, **details.get("personal", {})}
    flat.pop("personal", None)
    words = (
        f"{name}={value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in flat.items()
        if value not in (None, "", {}, [])
    )
    return _DIGEST.sub(r"\1...", ", ".join(words))
