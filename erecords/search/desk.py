"""What a search needs from the records, read without the object-relational layer, which takes too long to import.

``erecords search`` has half a second as a whole process: the rights of the actor and the rows of one page of hits are
read with plain SELECTs, and the full office is opened only when something is out of the ordinary. The visibility is
that of ``registry.access.content_visible``; a test holds both against each other for the whole staff.
"""

from __future__ import annotations

import os
import sqlite3
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from erecords.clock import SystemClock
from erecords.errors import NotPermitted, StoreDamaged
from erecords.search.index import OPEN_PROTECTION, Hit, Kind, Rights
from erecords.search.snippets import snippet
from erecords.search.tree import Node
from erecords.store.blobs import BlobStore
from erecords.store.lifecycle import RenditionKind, Role

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Engine

Rows = Callable[[str, Sequence[Any]], list[Any]]
"""Runs a SELECT with ``?`` for each value."""

_SETTINGS = "erecords.toml"
_HOME_FORMAT = 1
_MIGRATIONS = Path(__file__).parents[1] / "store" / "migrations" / "versions"
_PLACES = """
    FROM {table} JOIN case_file c ON c.id = {key} JOIN plan_class p ON p.notation = c.class_notation
    WHERE {id} IN ({marks})
"""
_DOCUMENTS = (
    "SELECT d.id, d.title, d.type, d.date, d.sender, c.reference, c.class_notation, c.unit, p.protection"
    + _PLACES.replace("{table}", "document d").replace("{key}", "d.case_id").replace("{id}", "d.id")
)
_CASES = (
    "SELECT c.id, c.title, '', c.opened, '', c.reference, c.class_notation, c.unit, p.protection, c.key"
    " FROM case_file c JOIN plan_class p ON p.notation = c.class_notation WHERE c.id IN ({marks})"
)
_TEXTS = """
    SELECT v.document_id, r.sha512 FROM document_version v JOIN rendition r ON r.version_id = v.id
    WHERE v.document_id IN ({marks}) AND r.kind = ?
    AND v.number = (SELECT max(number) FROM document_version WHERE document_id = v.document_id)
"""


@dataclass(frozen=True, slots=True)
class Found:
    """A hit as it is shown."""

    kind: Kind
    document: int | None
    """None for a case file itself."""
    case: str
    class_notation: str
    title: str
    date: str | None
    type: str
    sender: str
    score: float
    snippet: str
    marks: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Desk:
    """A home as a search sees it."""

    home: Path
    engine: str
    rights: Rights
    last_sequence: int
    rows: Rows

    def page(self, hits: Sequence[Hit], tree: Node) -> list[Found]:
        """The hits with what is shown of them; what the actor may not see, or was removed meanwhile, is left out."""
        numbers: dict[Kind, list[int]] = {Kind.DOCUMENT: [], Kind.CASE: []}
        for hit in hits:
            kind, _, number = hit.id.partition(":")
            numbers[Kind(kind)].append(int(number))
        documents = self._visible(_DOCUMENTS, numbers[Kind.DOCUMENT])
        cases = self._visible(_CASES, numbers[Kind.CASE])
        texts = self._texts(list(documents))
        found = []
        for hit in hits:
            kind, _, number = hit.id.partition(":")
            row = (documents if kind == Kind.DOCUMENT else cases).get(int(number))
            if row is not None:
                text = texts.get(int(number), "") if kind == Kind.DOCUMENT else row[9]
                found.append(_found(Kind(kind), row, hit.score, text, tree))
        return found

    def _visible(self, query: str, numbers: list[int]) -> dict[int, Any]:
        rows = self._select(query, numbers)
        return {row[0]: row for row in rows if self._sees(row[7], row[8])}

    def _sees(self, unit: str, protection: str) -> bool:
        return self.rights.everything or protection == OPEN_PROTECTION or unit in self.rights.units

    def _texts(self, numbers: list[int]) -> dict[int, str]:
        blobs = BlobStore(self.home / "store")
        found = {}
        for number, digest in self._select(_TEXTS, numbers, RenditionKind.TEXT.value):
            try:
                found[number] = blobs.read(digest).decode("utf-8", errors="replace")
            except StoreDamaged:
                continue  # the hit is shown without a passage; ``erecords check`` reports the damage
        return found

    def _select(self, query: str, numbers: list[int], *more: str) -> list[Any]:
        if not numbers:
            return []
        return self.rows(query.replace("{marks}", ", ".join("?" * len(numbers))), [*numbers, *more])


def open_quickly(home: Path, actor_id: str) -> Desk | None:
    """The desk of an ordinary home (SQLite, current, the actor in its staff list); else None: open the office."""
    settings = _settings(home)
    database = home / "records.db"
    if settings is None or not database.is_file():
        return None
    try:
        connection = sqlite3.connect(f"file:{quote(str(database))}?mode=ro", uri=True, timeout=30)
        revisions = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        if revisions != [(_newest_revision(),)]:
            return None
        engine, zone = settings
        return _desk(home, engine, actor_id, SystemClock(zone).today(), lambda *q: connection.execute(*q).fetchall())
    except (sqlite3.Error, NotPermitted):
        return None


def of_database(home: Path, engine: str, database: Engine, actor_id: str, today: date) -> Desk:
    """The desk of a home whose database was opened already, whatever kind it is of.

    Raises:
        NotPermitted: the actor is not in the staff list.
    """
    mark = "%s" if database.dialect.name == "postgresql" else "?"

    def rows(query: str, values: Sequence[Any]) -> list[Any]:
        with database.connect() as connection:
            return list(connection.exec_driver_sql(query.replace("?", mark), tuple(values)).fetchall())

    return _desk(home, engine, actor_id, today, rows)


def rights_of(rows: Rows, actor_id: str, today: date) -> Rights:
    """What a person of the staff list may see on that day.

    Raises:
        NotPermitted: nobody of that id is in the list.
    """
    people = rows("SELECT id, unit, role, deputy, absent_from, absent_to FROM staff", ())
    units = rows("SELECT id, parent FROM unit", ())
    person = next((one for one in people if one[0] == actor_id), None)
    if person is None:
        raise NotPermitted(f"{actor_id!r} is not in the staff list.")
    visible = _units(person, units)
    for other in people:
        if other[3] == actor_id and other[4] and other[5] and str(other[4]) <= today.isoformat() <= str(other[5]):
            visible |= _units(other, units)
    return Rights(everything=person[2] == Role.DATA_PROTECTION, units=frozenset(visible))


def _units(person: Any, units: list[Any]) -> set[str]:
    found = {person[1]}
    while person[2] == Role.HEAD and (below := {id for id, parent in units if parent in found} - found):
        found |= below
    return found


def _desk(home: Path, engine: str, actor_id: str, today: date, rows: Rows) -> Desk:
    last = rows("SELECT max(sequence) FROM outbox", ())[0][0] or 0
    return Desk(home, engine, rights_of(rows, actor_id, today), last, rows)


def _settings(home: Path) -> tuple[str, str] | None:
    """Engine and time zone; None when the settings are not those of an ordinary home."""
    try:
        tables: Mapping[str, Any] = tomllib.loads((home / _SETTINGS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if any(key.startswith("ERECORDS_") and "__" in key for key in os.environ):
        return None
    city, search = tables.get("city", {}), tables.get("search", {})
    engine, zone = search.get("engine", "tantivy"), city.get("time_zone", "Europe/Berlin")
    ordinary = city.get("format", _HOME_FORMAT) == _HOME_FORMAT and not tables.get("database", {}).get("url")
    return (engine, zone) if ordinary and engine in ("tantivy", "whoosh") and isinstance(zone, str) else None


def _newest_revision() -> str:
    return max(path.name.partition("_")[0] for path in _MIGRATIONS.glob("[0-9]*_*.py"))


def _found(kind: Kind, row: Any, score: float, text: str, tree: Node) -> Found:
    passage = snippet(text, tree)
    return Found(
        kind=kind,
        document=row[0] if kind is Kind.DOCUMENT else None,
        case=row[5],
        class_notation=row[6],
        title=row[1],
        date=str(row[3]) if row[3] else None,
        type=row[2],
        sender=row[4],
        score=round(score, 4),
        snippet=passage.text,
        marks=passage.marks,
    )
