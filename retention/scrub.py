"""Erased rows leave the database's files too: pages are overwritten (``secure_delete``), the write-ahead log is cut."""

from __future__ import annotations

from sqlalchemy import Engine


def scrub(engine: Engine) -> bool:
    """Move the write-ahead log of SQLite into the database and cut it to nothing.

    Returns:
        False when another connection still reads an old state; the next run does it then. Other databases keep their
        log under their own administration: True.
    """
    if engine.dialect.name != "sqlite":
        return True
    connection = engine.raw_connection()
    try:
        busy, _, _ = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.close()
    return not busy
