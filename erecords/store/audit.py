"""The audit chain: append-only entries, each bound to the one before by SHA-256 (``docs/internals/audit.md``)."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session, col, select

from erecords.digest import canonical_json
from erecords.store.models import AuditEntry, AuditValue

GENESIS = "0" * 64


@dataclass(frozen=True)
class LogLine:
    """What is to be logged: details go into the chain for ever, personal values only as salted digests."""

    action: str
    object: str
    details: dict[str, Any] = field(default_factory=dict)
    personal: dict[str, str] = field(default_factory=dict)


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


def entry_hash(line: dict[str, Any]) -> str:
    """SHA-256 over the canonical JSON of an exported entry without its ``hash``."""
    return hashlib.sha256(canonical_json({key: value for key, value in line.items() if key != "hash"})).hexdigest()


def personal_digest(salt: str, value: str) -> str:
    """What the chain keeps of a personal value: SHA-256 over salt, a colon and the value."""
    return hashlib.sha256(f"{salt}:{value}".encode()).hexdigest()


def append(session: Session, lines: list[LogLine], *, actor: str, time: str) -> None:
    """Add entries to the end of the chain, in order, within the caller's write transaction."""
    last = session.exec(select(AuditEntry).order_by(col(AuditEntry.sequence).desc()).limit(1)).first()
    sequence, previous = (last.sequence, last.hash) if last else (0, GENESIS)
    for line in lines:
        sequence += 1
        details = dict(line.details)
        for key, value in line.personal.items():
            salt = secrets.token_hex(16)
            details.setdefault("personal", {})[key] = personal_digest(salt, value)
            session.add(AuditValue(sequence=sequence, object=line.object, key=key, salt=salt, value=value))
        entry = AuditEntry(
            sequence=sequence,
            time=time,
            actor=actor,
            action=line.action,
            object=line.object,
            details=canonical_json(details).decode(),
            previous=previous,
            hash="",
        )
        entry.hash = previous = entry_hash(exported(entry))
        session.add(entry)
        session.flush()


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
