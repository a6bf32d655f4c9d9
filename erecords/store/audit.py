"""The audit chain: append-only entries, each bound to the one before by SHA-256 (``docs/internals/audit.md``)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, col, select

from erecords.store.chain import GENESIS, LogLine, entry_hash, links, personal_digest
from erecords.store.models import AuditEntry, AuditValue

_AT_ONCE = 1000


@dataclass(frozen=True)
class Verification:
    """The result of walking the chain: how many entries, and the first one that does not hold (or None)."""

    entries: int
    first_bad: int | None

    @property
    def valid(self) -> bool:
        """Whether each entry holds."""
        return self.first_bad is None


def exported(entry: AuditEntry) -> dict[str, Any]:
    """An entry in the form of the export; its hash is taken over this without ``hash``."""
    return {
        "sequence": entry.sequence,
        "time": entry.time,
        "actor": entry.actor,
        "action": entry.action,
        "object": entry.object,
        "details": json.loads(entry.details),
        "previous": entry.previous,
        "hash": entry.hash,
    }


def append(session: Session, lines: list[LogLine], *, actor: str, time: str) -> None:
    """Add entries to the end of the chain, in order, within the caller's write transaction."""
    newest = select(AuditEntry.sequence, AuditEntry.hash).order_by(col(AuditEntry.sequence).desc()).limit(1)
    last = session.exec(newest).first()
    following = links(lines, (last[0], last[1]) if last else None, actor=actor, time=time)
    connection = session.connection()
    while some := list(islice(following, _AT_ONCE)):
        connection.execute(insert(AuditEntry), [link.columns for link in some])
        if values := [value for link in some for value in link.values]:
            connection.execute(insert(AuditValue), values)


def entries(session: Session, object_name: str | None = None) -> Iterator[AuditEntry]:
    """Entries in order, of one object or of all, streamed."""
    query = select(AuditEntry).order_by(col(AuditEntry.sequence)).execution_options(yield_per=1000)
    if object_name is not None:
        query = query.where(AuditEntry.object == object_name)
    yield from session.exec(query)


def verify(session: Session) -> Verification:
    """Walk the whole chain; a changed, missing, added or reordered entry breaks it at its place.

    Personal values that still exist are held against their digests as well.
    """
    values = _values(session)
    previous, count, expected = GENESIS, 0, 1
    for entry in entries(session):
        try:
            line = exported(entry)
            holds = entry.sequence == expected and entry.previous == previous and entry.hash == entry_hash(line)
        except ValueError:
            holds = False
        if not holds or not _values_hold(line, values):
            return Verification(count, entry.sequence)
        previous, count, expected = entry.hash, count + 1, expected + 1
    return Verification(count, None)


def _values(session: Session) -> dict[int, list[tuple[str, str]]]:
    """Per entry the keys of its living personal values with the digest that each gives."""
    found: dict[int, list[tuple[str, str]]] = {}
    for value in session.exec(select(AuditValue).execution_options(yield_per=1000)):
        found.setdefault(value.sequence, []).append((value.key, personal_digest(value.salt, value.value)))
    return found


def _values_hold(line: dict[str, Any], values: dict[int, list[tuple[str, str]]]) -> bool:
    kept = line["details"].get("personal", {})
    return all(kept.get(key) == digest for key, digest in values.get(line["sequence"], []))
