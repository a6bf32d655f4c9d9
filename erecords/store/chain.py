"""The links of the audit chain as plain values, and the quick way to add one without the object-relational layer."""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from erecords.digest import canonical_json

GENESIS = "0" * 64


@dataclass(frozen=True)
class LogLine:
    """What is to be logged: details go into the chain for ever, personal values only as salted digests."""

    action: str
    object: str
    details: dict[str, Any] = field(default_factory=dict)
    personal: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Link:
    """An entry of the chain with its columns, and the personal values that stand beside it."""

    columns: dict[str, Any]
    values: tuple[dict[str, Any], ...]


def links(lines: Sequence[LogLine], last: tuple[int, str] | None, *, actor: str, time: str) -> Iterator[Link]:
    """The links that follow on the one with this sequence and hash; None where the chain begins."""
    sequence, previous = last or (0, GENESIS)
    for line in lines:
        sequence += 1
        details = dict(line.details)
        values = []
        for key, value in line.personal.items():
            salt = secrets.token_hex(16)
            details.setdefault("personal", {})[key] = personal_digest(salt, value)
            values.append({"sequence": sequence, "object": line.object, "key": key, "salt": salt, "value": value})
        columns: dict[str, Any] = {
            "sequence": sequence,
            "time": time,
            "actor": actor,
            "action": line.action,
            "object": line.object,
            "details": canonical_json(details).decode(),
            "previous": previous,
        }
        columns["hash"] = previous = entry_hash({**columns, "details": json.loads(columns["details"])})
        yield Link(columns, tuple(values))


def entry_hash(line: dict[str, Any]) -> str:
    """SHA-256 over the canonical JSON of an exported entry without its ``hash``."""
    return hashlib.sha256(canonical_json({key: value for key, value in line.items() if key != "hash"})).hexdigest()


def personal_digest(salt: str, value: str) -> str:
    """What the chain keeps of a personal value: SHA-256 over salt, a colon and the value."""
    return hashlib.sha256(f"{salt}:{value}".encode()).hexdigest()


def append_quickly(connection: sqlite3.Connection, line: LogLine, *, actor: str, time: str) -> None:
    """Add one entry in a transaction of its own, durable at the return; for acts that change nothing but the log.

    The connection is in autocommit mode (``isolation_level=None``).

    Raises:
        sqlite3.Error: the database cannot be written; nothing was logged.
    """
    connection.execute("PRAGMA synchronous=FULL").close()
    connection.execute("BEGIN IMMEDIATE")
    try:
        last = connection.execute("SELECT sequence, hash FROM audit_entry ORDER BY sequence DESC LIMIT 1").fetchone()
        for link in links([line], last, actor=actor, time=time):
            _insert(connection, "audit_entry", link.columns)
            for value in link.values:
                _insert(connection, "audit_value", value)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _insert(connection: sqlite3.Connection, table: str, columns: dict[str, Any]) -> None:
    marks = ", ".join(f":{name}" for name in columns)
    connection.execute(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", columns)
