"""The office: an opened home with its settings and stores."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlmodel import Session

    from erecords.clock import Clock
    from erecords.config import Section, Settings
    from erecords.ports import Effect, Outlook, Part
    from erecords.registry.access import Actor
    from erecords.search.index import Progress
    from erecords.search.indexer import Records
    from erecords.search.shelf import Shelf
    from erecords.store.blobs import BlobStore
    from erecords.store.models import Case
    from erecords.store.uow import UnitOfWork


@dataclass(frozen=True)
class Assembly:
    """The packages that make up this program, by dotted names that are loaded when needed."""

    sections: tuple[str, ...] = ()
    """``module:Class`` of each settings section beyond the ground's."""
    parts: tuple[str, ...] = ()
    """``module:PART`` of each package built upon the registry."""
    shelves: tuple[str, ...] = ()
    """``module:SHELF`` of each kind of findable things beside documents and cases; light modules."""

    def section_types(self) -> tuple[type[Section], ...]:
        """All sections of ``erecords.toml``."""
        from erecords.config import GROUND_SECTIONS

        return GROUND_SECTIONS + tuple(_load(name) for name in self.sections)

    def load_parts(self) -> tuple[Part, ...]:
        """The parts themselves; this imports their packages."""
        return tuple(_load(name) for name in self.parts)

    def load_shelves(self) -> tuple[Shelf, ...]:
        """What packages make findable."""
        return tuple(_load(name) for name in self.shelves)


def _load(name: str) -> Any:
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)


@dataclass
class Office:
    """An opened home: everything a command needs to call a service."""

    home: Path
    settings: Settings
    engine: Engine
    blobs: BlobStore
    clock: Clock
    actor: Actor
    assembly: Assembly
    _many: bool = False

    @property
    def inbox(self) -> Path:
        """Drop folders, one a channel."""
        return self.home / "inbox"

    @property
    def registers(self) -> Path:
        """Document types, process register and routing of the city."""
        return self.home / "registers"

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The packages of the assembled program."""
        return self.assembly.load_parts()

    @contextmanager
    def work(self, actor: Actor | None = None) -> Iterator[UnitOfWork]:
        """A unit of work of the actor (or of ``actor``); the index follows when it has committed."""
        from erecords.store.uow import UnitOfWork

        with UnitOfWork(self.engine, self.clock, (actor or self.actor).id) as work:
            yield work
        if work.ledger_filled:
            self.refresh_ledger()
        if work.outbox_filled and not self._many:
            self.refresh_index()

    @contextmanager
    def many_changes(self) -> Iterator[None]:
        """Within the block the index does not follow each change; it follows all of them at its end."""
        self._many = True
        try:
            yield
        finally:
            self._many = False
            self.refresh_index()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for reading; it sees one state of the database and blocks nobody."""
        from sqlmodel import Session

        with Session(self.engine) as session:
            yield session

    @contextmanager
    def disposal(self) -> Iterator[None]:
        """Hold what keeps disposal, archive and backup apart; waits for a running one to end."""
        from erecords.files import exclusive
        from erecords.store.backup import disposal_lock

        with exclusive(disposal_lock(self.home), "A backup or disposal runs.", wait=True):
            yield

    def machine(self, name: str) -> Actor:
        """The program itself as an actor, for what it does without a person."""
        from erecords.registry import access

        with self.read() as session:
            return access.machine(name, access.all_units(session))

    def refresh_ledger(self) -> None:
        """Let the ledger follow the database."""
        from erecords.store import ledger

        ledger.drain(self.engine, self.home, self.clock)

    def refresh_index(self) -> None:
        """Let the index follow the database."""
        from erecords.search import indexer

        indexer.catch_up(self.engine, self.findable, self.home, self.settings)

    def rebuild_index(self, progress: Progress | None = None) -> None:
        """Build the index anew from the database, beside the old one."""
        from erecords.search import indexer

        indexer.rebuild(self.engine, self.findable, self.home, self.settings, progress)

    @cached_property
    def findable(self) -> Records:
        """What the index is made from."""
        from erecords.search.indexer import Records

        return Records(self.blobs, self.assembly.load_shelves(), self.clock)

    @property
    def to_pdfa(self) -> Callable[[Sequence[tuple[Path, str]], Path], Sequence[Path | str]] | None:
        """The converter to PDF/A that a package offers, None where none does."""
        return next((part.to_pdfa(self) for part in self.parts if part.to_pdfa), None)

    def outlook(self, session: Session, case: Case) -> Outlook | None:
        """What retention says of a case."""
        for part in self.parts:
            if part.outlook:
                return part.outlook(session, case, self.clock)
        return None

    def moved(self, work: UnitOfWork, case: Case, was: str, reason: str) -> Effect | None:
        """Let the packages keep what the class ``was`` asked of a case that moves; what retention says changes."""
        for part in self.parts:
            if part.moved:
                return part.moved(work, case, was, reason)
        return None

    def triggers(self, session: Session) -> frozenset[str]:
        """Names of the events that somebody counts from; empty when nobody says."""
        return frozenset(name for part in self.parts if part.triggers for name in part.triggers(session))

    def processes(self) -> Mapping[str, str]:
        """Titles of the processes of the city's register, by key."""
        return {key: title for part in self.parts if part.processes for key, title in part.processes(self).items()}

    def tombstone(self, session: Session, reference: str) -> dict[str, Any] | None:
        """What remains of a case that was destroyed or handed over."""
        for part in self.parts:
            found = part.tombstone(session, reference) if part.tombstone else None
            if found:
                return found
        return None
