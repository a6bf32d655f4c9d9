"""Alembic migrations of the record database, and the refusal of one that this program does not know."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, Engine, String, TypeDecorator, inspect, text

from erecords.errors import Conflict, NotAHome

HEAD = "0001"
_KNOWN = ("0001",)


def current(engine: Engine) -> str | None:
    """The revision of the database; None for an empty one."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def require_current(engine: Engine, home: Path) -> None:
    """Refuse a database of another age than this program.

    Raises:
        NotAHome: it is newer, or none of ours.
        Conflict: it is older and waits for the upgrade.
    """
    found = current(engine)
    refuse_unknown(found, home)
    if found != HEAD:
        raise Conflict(f"The database of {home} is older than this program; run: erecords db upgrade")


def refuse_unknown(revision: str | None, home: Path) -> None:
    """Refuse a revision that is none of ours or of a newer program.

    Raises:
        NotAHome: it is.
    """
    if revision not in _KNOWN:
        raise NotAHome(
            f"The database of {home} has revision {revision!r}, which this program does not know (newest: {HEAD}). "
            "Nothing was touched; update the program."
        )


def upgrade(engine: Engine) -> None:
    """Bring the database to this program's revision, in one transaction where the database can."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["engine"] = engine
    command.upgrade(config, "head")


def run(connection: Connection) -> None:
    """Run the migrations that Alembic chose, on an open connection (called by ``env.py``)."""
    from alembic import context
    from sqlmodel import SQLModel

    context.configure(
        connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True, render_item=_plain_type
    )
    with context.begin_transaction():
        context.run_migrations()


def _plain_type(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Write our own column types into a migration as the plain text columns that they are."""
    if kind == "type" and isinstance(item, TypeDecorator) and isinstance(item.impl_instance, String):
        return f"sa.String(length={item.impl_instance.length})" if item.impl_instance.length else "sa.String()"
    return False
