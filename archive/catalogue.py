"""What the archive holds, for lists and search: a SQLite file beside the register, derived and rebuilt at any time."""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from erecords.store.db import disk_failing

_SCHEMA = """
CREATE TABLE IF NOT EXISTS package (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, reference TEXT NOT NULL, title TEXT NOT NULL,
    versions INTEGER NOT NULL, bytes INTEGER NOT NULL, ingested TEXT NOT NULL, class TEXT NOT NULL, unit TEXT NOT NULL,
    head TEXT NOT NULL, inventory TEXT NOT NULL, erased INTEGER NOT NULL, part_of TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS package_reference ON package (reference, id);
CREATE INDEX IF NOT EXISTS package_part ON package (part_of) WHERE part_of <> '';
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (
    text, tokenize = "unicode61 remove_diacritics 2");
CREATE TABLE IF NOT EXISTS checked (id TEXT PRIMARY KEY, at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS format (
    id TEXT NOT NULL, puid TEXT NOT NULL, name TEXT NOT NULL, files INTEGER NOT NULL, bytes INTEGER NOT NULL,
    normalised INTEGER NOT NULL, PRIMARY KEY (id, puid, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS identified (id TEXT PRIMARY KEY, tool TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS position (sequence INTEGER NOT NULL);
"""
_COLUMNS = "id, reference, title, versions, bytes, ingested, class, unit, head, inventory, erased, part_of"
_EXCLUDED = ", ".join(f"excluded.{column}" for column in _COLUMNS.split(", "))
_ORDER = "ORDER BY iif(part_of = '', reference, part_of), part_of <> '', reference, id"
"""Cases by reference, each followed by its transactions."""
_DERIVED = ("package", "words", "format", "identified", "position")
_SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "ẞ": "SS"})
_VERSION = 4
"""Of the tables; a file of another one is made anew."""


class Holding(NamedTuple):
    """One package as lists show it; a named tuple, for a list of 100,000 is made three times as fast."""

    id: str
    reference: str
    title: str
    versions: int
    bytes: int
    """Bytes of all stored content."""
    ingested: str
    class_notation: str
    unit: str
    head: str
    inventory_sha512: str
    erased: bool
    part_of: str = ""
    """Reference of the case, of a transaction that is a package of its own."""


@dataclass(frozen=True, slots=True)
class PackageFormats:
    """The formats of one package, and what they were identified with."""

    tool: str = ""
    """Program and signatures, each with version."""
    rows: tuple[tuple[str, str, int, int, int], ...] = ()
    """PRONOM id, name, files, bytes, and how many of the files have a rendition that the archive made."""


class Catalogue:
    """The derived list; opened at first use, shared by the threads of a process and by several processes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._guard = threading.RLock()
        self._connection: sqlite3.Connection | None = None

    @contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        with self._guard:
            try:
                if self._connection is None:
                    self._connection = _open(self._path)
                    weakref.finalize(self, self._connection.close)
                yield self._connection
            except sqlite3.OperationalError as error:
                failing = disk_failing(error, "The list of packages")
                if failing is None:
                    raise
                raise failing from error

    def position(self) -> int:
        """Sequence of the last register entry that is in the list."""
        with self._connect() as connection:
            row = connection.execute("SELECT max(sequence) FROM position").fetchone()
        return int(row[0] or 0)

    def put(self, holding: Holding, package: Mapping[str, Any], sequence: int, formats: PackageFormats) -> None:
        """Add or replace a package with its searchable words and its formats."""
        values = (
            holding.id, holding.reference, holding.title, holding.versions, holding.bytes, holding.ingested,
            holding.class_notation, holding.unit, holding.head, holding.inventory_sha512, int(holding.erased),
            holding.part_of,
        )  # fmt: skip
        with self._connect() as connection, _writing(connection):
            (number,) = connection.execute(
                f"INSERT INTO package ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)"
                f" ON CONFLICT (id) DO UPDATE SET ({_COLUMNS}) = ({_EXCLUDED}) RETURNING number",
                values,
            ).fetchone()
            connection.execute("REPLACE INTO words (rowid, text) VALUES (?, ?)", (number, _text(package)))
            connection.execute("DELETE FROM format WHERE id = ?", (holding.id,))
            connection.executemany(
                "INSERT INTO format VALUES (?,?,?,?,?,?)", [(holding.id, *row) for row in formats.rows]
            )
            connection.execute("REPLACE INTO identified VALUES (?, ?)", (holding.id, formats.tool))
            _move(connection, sequence)

    def purge(self) -> None:
        """Make sure that what was replaced is also gone from the file: erasure calls this."""
        with self._connect() as connection:
            connection.execute("INSERT INTO words (words) VALUES ('optimize')")
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def note_checked(self, names: Iterable[str], at: str) -> None:
        """Note when the fixity of packages was found sound."""
        with self._connect() as connection, _writing(connection):
            connection.executemany("REPLACE INTO checked VALUES (?, ?)", [(name, at) for name in names])

    def note_identified(self, names: Iterable[str], tool: str) -> None:
        """Note that the formats of packages are those that this tool and signature find."""
        with self._connect() as connection, _writing(connection):
            connection.executemany("REPLACE INTO identified VALUES (?, ?)", [(name, tool) for name in names])

    def identified_otherwise(self, tool: str) -> tuple[str, ...]:
        """Ids of packages whose formats were not identified with this tool and signature; erased ones left out."""
        with self._connect() as connection:
            rows = connection.execute(
                "SELECT id FROM package LEFT JOIN identified USING (id)"
                " WHERE NOT erased AND coalesce(tool, '') <> ? ORDER BY id",
                (tool,),
            ).fetchall()
        return tuple(row[0] for row in rows)

    def formats(self) -> tuple[tuple[str, str, int, int, int, int], ...]:
        """PRONOM id, name, packages, files, bytes, and files with a rendition of the archive; by id and name."""
        with self._connect() as connection:
            rows = connection.execute(
                "SELECT puid, max(name), count(DISTINCT id), sum(files), sum(bytes), sum(normalised)"
                " FROM format GROUP BY puid ORDER BY puid"
            ).fetchall()
        return tuple(tuple(row) for row in rows)

    def with_format(self, puid: str) -> tuple[str, ...]:
        """Ids of the packages that hold a format."""
        with self._connect() as connection:
            rows = connection.execute("SELECT DISTINCT id FROM format WHERE puid = ? ORDER BY id", (puid,)).fetchall()
        return tuple(row[0] for row in rows)

    def unchecked_since(self, instant: str) -> tuple[str, ...]:
        """Ids of packages that were not found sound since then, the longest unchecked first."""
        with self._connect() as connection:
            rows = connection.execute(
                "SELECT package.id FROM package LEFT JOIN checked USING (id)"
                " WHERE coalesce(at, '') < ? ORDER BY coalesce(at, ''), package.id",
                (instant,),
            ).fetchall()
        return tuple(row[0] for row in rows)

    def advance(self, sequence: int) -> None:
        """Note a register entry that changes no package."""
        with self._connect() as connection, _writing(connection):
            _move(connection, sequence)

    def clear(self) -> None:
        """Forget everything; what was deleted is also gone from the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        for suffix in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)

    def all(self) -> tuple[Holding, ...]:
        """Every package, by reference; transactions after their case."""
        with self._connect() as connection:
            rows = connection.execute(f"SELECT {_COLUMNS} FROM package {_ORDER}").fetchall()
        return tuple(_holding(row) for row in rows)

    def parts(self, reference: str) -> tuple[Holding, ...]:
        """The packages of the transactions of a case, by reference."""
        with self._connect() as connection:
            query = f"SELECT {_COLUMNS} FROM package WHERE part_of <> '' AND part_of = ? ORDER BY reference, id"
            rows = connection.execute(query, (reference,)).fetchall()
        return tuple(_holding(row) for row in rows)

    def find(self, name: str) -> Holding | None:
        """The package of an id or, if only one has it, of a reference."""
        with self._connect() as connection:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM package WHERE id = ?1 OR reference = ?1 ORDER BY id = ?1 DESC LIMIT 2", (name,)
            ).fetchall()
        return _holding(rows[0]) if len(rows) == 1 or (rows and rows[0][0] == name) else None

    def has(self, aip_id: str) -> bool:
        """Whether a package of this id is in the list."""
        with self._connect() as connection:
            return connection.execute("SELECT 1 FROM package WHERE id = ?", (aip_id,)).fetchone() is not None

    def search(self, query: str) -> tuple[Holding, ...]:
        """Packages whose metadata hold all words of the query; a word ending in ``*`` matches beginnings."""
        terms = [_term(word) for word in query.split() if any(c.isalnum() for c in word)]
        if not terms:
            return ()
        with self._connect() as connection:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM package"
                f" WHERE number IN (SELECT rowid FROM words WHERE words MATCH ?) {_ORDER}",
                (" AND ".join(terms),),
            ).fetchall()
        return tuple(_holding(row) for row in rows)


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=60, isolation_level=None, check_same_thread=False)
    try:
        _prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA secure_delete = ON")
    with _writing(connection):
        if connection.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
            for table in _DERIVED:
                connection.execute(f"DROP TABLE IF EXISTS {table}")
            connection.execute(f"PRAGMA user_version = {_VERSION}")
    connection.executescript(_SCHEMA)


@contextmanager
def _writing(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _move(connection: sqlite3.Connection, sequence: int) -> None:
    last = connection.execute("SELECT max(sequence) FROM position").fetchone()[0] or 0
    if sequence > last:
        connection.execute("DELETE FROM position")
        connection.execute("INSERT INTO position VALUES (?)", (sequence,))


def _term(word: str) -> str:
    """A word in FTS5's syntax: a phrase, with a star at its end where it had one; umlauts in both spellings."""
    star = "*" if word.endswith("*") else ""
    spellings = dict.fromkeys((word, word.translate(_SPELLED)))
    phrases = ['"' + spelling.rstrip("*").replace('"', '""') + f'"{star}' for spelling in spellings]
    return f"({' OR '.join(phrases)})"


def _holding(row: tuple[Any, ...]) -> Holding:
    return Holding._make((*row[:10], bool(row[10]), row[11]))


def _text(value: Any) -> str:
    """All texts of the metadata, without digests, audit entries and file lists; umlauts in both spellings."""
    text = "\n".join(_texts({key: part for key, part in value.items() if key not in {"files", "audit", "events"}}))
    spelled = text.translate(_SPELLED)
    return text if spelled == text else f"{text}\n{spelled}"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)
