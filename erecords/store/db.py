"""The record database: one engine a process, writers that begin IMMEDIATE, readers that never block them."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError
from sqlmodel import Session

from erecords.errors import ConfigurationError, DiskFailing, InputRefused

_MEANINGS = {
    sqlite3.SQLITE_FULL: "the disk is full. Make room and repeat.",
    sqlite3.SQLITE_IOERR: "the disk is full or gives errors. Make room, check the disk, and repeat.",
    sqlite3.SQLITE_READONLY: "it may not be written. Check the owner and rights of the home.",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened. Check the owner and rights of the home.",
    sqlite3.SQLITE_CORRUPT: "its file is damaged. Restore a backup: erecords db restore.",
    sqlite3.SQLITE_NOTADB: "its file is damaged. Restore a backup: erecords db restore.",
    sqlite3.SQLITE_BUSY: "another program has held it for half a minute. Repeat it later.",
}
_BUSY_MILLISECONDS = 30_000
_WRITES = "erecords_writes"
_WRITER_LOCK = 0x65726563


def connect(url: str, home: Path) -> Engine:
    """The engine for a database URL; empty means ``records.db`` in the home.

    Raises:
        ConfigurationError: the URL cannot be understood or its driver is not installed.
    """
    try:
        parsed = make_url(url or f"sqlite:///{home / 'records.db'}")
        remote = not parsed.drivername.startswith("sqlite")
        engine = create_engine(parsed, pool_pre_ping=remote, hide_parameters=True)  # they are personal data
    except (ArgumentError, ImportError, ModuleNotFoundError) as error:
        raise ConfigurationError(
            f"[database] url: {error}. For PostgreSQL: pip install 'erecords[postgresql]'."
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        event.listen(engine, "handle_error", _explain)
    else:
        event.listen(engine, "handle_error", _explain_server)
    return engine


def _explain(context: ExceptionContext) -> None:
    """Turn what SQLite reports of the disk or the file into an error that people can act upon."""
    error = context.original_exception
    if isinstance(error, OverflowError):
        raise InputRefused("A number is larger than any that is kept here. Nothing was changed.") from error
    failing = disk_failing(error, "The database")
    if failing is not None:
        raise failing from error


def disk_failing(error: BaseException | None, what: str) -> DiskFailing | None:
    """The error for people where SQLite reports of the disk or the file, None where it means something else.

    Args:
        error: What SQLite raised.
        what: The file in words that begin a sentence, such as ``The database``.
    """
    text = _MEANINGS.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
    return None if text is None else DiskFailing(f"{what} cannot be used: {text} Nothing half was written.")


def _explain_server(context: ExceptionContext) -> None:
    """Turn a database server that is away, or goes away, into an error that people can act upon."""
    error = context.original_exception
    if context.connection is None or context.is_disconnect:
        said = str(error).partition("\n")[0]
        raise DiskFailing(
            f"The database server does not answer ({said}). Nothing half was written. "
            "Start it, or check the setting [database] url, and repeat."
        ) from error


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
        f"busy_timeout={_BUSY_MILLISECONDS}",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def begin_writing(session: Session) -> None:
    """Start the session's transaction as the only writer, waiting for its turn."""
    connection = session.connection(execution_options={_WRITES: True})
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})")


def cut_log(engine: Engine) -> bool:
    """Move SQLite's write-ahead log into the database and cut it to nothing, so that erased rows leave the files too.

    The pages themselves are overwritten when a row goes (``secure_delete``).

    Returns:
        False when another connection still reads an old state; the next call does it then. Other databases keep their
        log under their own administration: True.
    """
    if engine.dialect.name != "sqlite":
        return True
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
    return not busy
