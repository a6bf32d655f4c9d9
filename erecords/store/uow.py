"""The unit of work: the one place that commits, and that refuses a change nobody logged.

Rows, audit entries and outbox rows are written in one database transaction. Services take a unit of work and
never commit; leaving the ``with`` block does, and any error undoes all of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Delete, Engine, Insert, Update, event, inspect
from sqlalchemy.orm import ORMExecuteState, UOWTransaction
from sqlmodel import Session, SQLModel

from erecords.clock import Clock, instant_text
from erecords.digest import canonical_json
from erecords.store import audit
from erecords.store.chain import LogLine
from erecords.store.db import begin_writing
from erecords.store.lifecycle import OutboxOperation
from erecords.store.models import AuditEntry, AuditValue, Counter, LedgerLine, Outbox

_KEPT_BY_THE_STORE = (AuditEntry, AuditValue, Counter, Outbox)


class UnloggedChange(RuntimeError):
    """A bug: a row was changed and no log line covers it. Nothing was committed."""


class DryRun(Exception):
    """Raised inside a unit of work to undo what was only tried."""


class UnitOfWork:
    """One change of the records: ``with UnitOfWork(engine, clock, actor_id) as work: service(work, ...)``.

    Attributes:
        session: the open session, sole writer of the database until the block ends.
        actor: id of the person (or ``system:<name>`` part) that acts.
        clock: where services get the time from.
    """

    def __init__(self, engine: Engine, clock: Clock, actor: str) -> None:
        self.session = Session(engine, expire_on_commit=False, autoflush=True)
        self.actor = actor
        self.clock = clock
        self.outbox_filled = False
        self.ledger_filled = False
        self._lines: list[LogLine] = []
        self._kept: list[LedgerLine] = []
        self._changed: dict[int, SQLModel] = {}
        self._covered: dict[int, SQLModel] = {}
        self._indexed: set[tuple[str, str]] = set()
        self._bulk_allowed = False
        event.listen(self.session, "after_flush", self._remember)
        event.listen(self.session, "do_orm_execute", self._watch_bulk)

    def __enter__(self) -> Self:
        begin_writing(self.session)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._commit()
            else:
                self.session.rollback()
        except BaseException:
            self.session.rollback()
            raise
        finally:
            self.session.close()

    def add(self, row: SQLModel) -> None:
        """Add a row and give it its id."""
        self.session.add(row)
        self.session.flush()

    def log(
        self, action: str, subject: str, *rows: SQLModel, personal: dict[str, str] | None = None, **details: Any
    ) -> None:
        """Log a change. ``rows`` are the changed rows that this line covers.

        Args:
            action: dotted verb (``case.close``).
            subject: what it is about, as ``kind:name`` (``case:22.31-2026/000147``).
            rows: every row that the change touched.
            personal: values that name people; they stay out of the chain (salted digests stand for them).
            details: plain JSON facts, kept for ever.
        """
        self._covered.update({id(row): row for row in rows})
        self._lines.append(LogLine(action, subject, details, personal or {}))

    @property
    def lines(self) -> int:
        """How many lines were logged so far."""
        return len(self._lines)

    def bulk(self, statement: Insert | Update | Delete, action: str, subject: str, **details: Any) -> int:
        """Run a statement over many rows with the log line that covers it; returns the number of rows."""
        self._bulk_allowed = True
        try:
            result = self.session.connection().execute(statement)
        finally:
            self._bulk_allowed = False
        self.log(action, subject, rows=result.rowcount, **details)
        return int(result.rowcount)

    def derive(self, statement: Insert | Update | Delete, rows: Sequence[Mapping[str, Any]] = ()) -> None:
        """Run a statement over a derived table (``info={"derived": True}``), which can be rebuilt and is not logged."""
        if not _is_derived(statement.table):
            raise UnloggedChange(f"{statement.table} holds records; change it through UnitOfWork.bulk, which logs it.")
        self.session.connection().execute(statement, rows or None)

    def index(self, kind: str, object_id: int | str, operation: OutboxOperation = OutboxOperation.PUT) -> None:
        """Leave work for the indexer.

        Changed rows of a table whose info says ``{"indexed": kind}`` are left to it at the commit without being named.
        """
        self.session.add(Outbox(kind=kind, object_id=str(object_id), operation=operation))
        self._indexed.add((kind, str(object_id)))
        self.outbox_filled = True

    def keep(self, kind: str, *rows: SQLModel) -> None:
        """Leave a line for the ledger, which a restored backup does not undo: rows in the order of their keys."""
        self.session.flush()
        values = [[row.__tablename__, row.model_dump(mode="json")] for row in rows]
        self._kept.append(LedgerLine(content=canonical_json({"kind": kind, "rows": values}).decode()))
        self.ledger_filled = True

    def _remember(self, session: Session, _context: UOWTransaction) -> None:
        modified = [row for row in session.dirty if session.is_modified(row)]
        for row in [*session.new, *session.deleted, *modified]:
            if not isinstance(row, _KEPT_BY_THE_STORE) and not _is_derived(type(row).__table__):
                self._changed[id(row)] = row

    def _watch_bulk(self, state: ORMExecuteState) -> None:
        if (state.is_update or state.is_delete or state.is_insert) and not self._bulk_allowed:
            raise UnloggedChange("A bulk statement goes through UnitOfWork.bulk, which logs it.")

    def _commit(self) -> None:
        self.session.flush()
        forgotten = [row for key, row in self._changed.items() if key not in self._covered]
        if forgotten:
            raise UnloggedChange(f"No log line covers: {', '.join(sorted({type(row).__name__ for row in forgotten}))}.")
        self._index_changed()
        self.session.add_all(self._kept)
        audit.append(self.session, self._lines, actor=self.actor, time=instant_text(self.clock.now()))
        self.session.commit()

    def _index_changed(self) -> None:
        for row in self._changed.values():
            table = type(row).__table__  # type: ignore[attr-defined]  # SQLAlchemy gives it to each mapped class
            kind, key = table.info.get("indexed"), inspect(row).identity
            if kind and key and (kind, str(key[0])) not in self._indexed:
                self.index(kind, key[0], OutboxOperation.REMOVE if inspect(row).deleted else OutboxOperation.PUT)


def _is_derived(table: Any) -> bool:
    return bool(table.info.get("derived", False))
