"""What a search needs from the records, read without the object-relational layer, which takes too long to import.

``erecords search`` has half a second as a whole process: the rights of the actor and the rows of one page of hits are
read with plain SELECTs (``page``), and the full office is opened only when something is out of the ordinary. The
visibility is that of ``registry.access.content_visible``; a test holds both against each other for the whole staff.
"""

from __future__ import annotations

import os
import sqlite3
import tomllib
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from erecords.clock import Clock, SystemClock, instant_text
from erecords.errors import DiskFailing, NotPermitted
from erecords.search.index import Rights
from erecords.search.page import Reader
from erecords.search.shelf import Rows, Shelf
from erecords.store.chain import LogLine, append_quickly
from erecords.store.lifecycle import Role

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Engine

_MAIL_BOOK = frozenset({Role.MAIL_ROOM, Role.ADMINISTRATOR, Role.RECORDS_MANAGER, Role.DATA_PROTECTION})
"""Who works in the mail room or reads the log, and so sees the mail book."""
_SETTINGS = "erecords.toml"
_HOME_FORMAT = 1
_MIGRATIONS = Path(__file__).parents[1] / "store" / "migrations" / "versions"


@dataclass(frozen=True)
class Desk:
    """A home as a search sees it."""

    home: Path
    engine: str
    actor: str
    rights: Rights
    last_sequence: int
    rows: Rows
    log: Callable[[LogLine], None]
    """Adds an entry to the audit log, durable at the return."""
    shelves: Callable[[], Sequence[Shelf]]

    @property
    def reader(self) -> Reader:
        """Reads what is shown of hits."""
        return Reader(self.home, self.rights, self.rows, self.shelves)


def open_quickly(home: Path, actor_id: str, shelves: Callable[[], Sequence[Shelf]]) -> Desk | None:
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
        if _ledger_is_ahead(home, connection):
            return None
        engine, zone = settings
        clock = SystemClock(zone)
        return _desk(
            home,
            engine,
            actor_id,
            clock.today(),
            lambda *q: connection.execute(*q).fetchall(),
            lambda line: _log(database, line, actor_id, clock),
            shelves,
        )
    except (sqlite3.Error, NotPermitted):
        return None


def _ledger_is_ahead(home: Path, connection: sqlite3.Connection) -> bool:
    """Whether the database was restored and has to follow the ledger before anybody searches."""
    known = connection.execute("SELECT bytes FROM ledger_mark").fetchone()
    try:
        return (home / "ledger" / "ledger.jsonl").stat().st_size > (known[0] if known else 0)
    except FileNotFoundError:
        return False


def _log(database: Path, line: LogLine, actor_id: str, clock: Clock) -> None:
    uri = f"file:{quote(str(database))}?mode=rw"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=30, isolation_level=None)) as connection:
            append_quickly(connection, line, actor=actor_id, time=instant_text(clock.now()))
    except sqlite3.Error as error:
        raise DiskFailing(
            f"This search finds protected records and must be logged, but the database cannot be written: {error}. "
            "Nothing is shown; repeat it later."
        ) from error


def of_database(
    home: Path,
    engine: str,
    database: Engine,
    actor_id: str,
    clock: Clock,
    shelves: Callable[[], Sequence[Shelf]],
) -> Desk:
    """The desk of a home whose database was opened already, whatever kind it is of.

    Raises:
        NotPermitted: the actor is not in the staff list.
    """
    mark = "%s" if database.dialect.name == "postgresql" else "?"

    def rows(query: str, values: Sequence[Any]) -> list[Any]:
        with database.connect() as connection:
            return list(connection.exec_driver_sql(query.replace("?", mark), tuple(values)).fetchall())

    def log(line: LogLine) -> None:
        from erecords.store.uow import UnitOfWork  # the quick desk does without it

        with UnitOfWork(database, clock, actor_id) as work:
            work.log(line.action, line.object, personal=line.personal, **line.details)

    return _desk(home, engine, actor_id, clock.today(), rows, log, shelves)


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
    return Rights(
        everything=person[2] == Role.DATA_PROTECTION, units=frozenset(visible), mail_book=person[2] in _MAIL_BOOK
    )


def _units(person: Any, units: list[Any]) -> set[str]:
    found = {person[1]}
    while person[2] == Role.HEAD and (below := {id for id, parent in units if parent in found} - found):
        found |= below
    return found


def _desk(
    home: Path,
    engine: str,
    actor_id: str,
    today: date,
    rows: Rows,
    log: Callable[[LogLine], None],
    shelves: Callable[[], Sequence[Shelf]],
) -> Desk:
    last = rows("SELECT max(sequence) FROM outbox", ())[0][0] or 0
    return Desk(home, engine, actor_id, rights_of(rows, actor_id, today), last, rows, log, shelves)


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
