"""The office: an opened home with its settings and stores, and the invocation of the program that opened it."""

from __future__ import annotations

import getpass
import importlib
import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from erecords.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import RenderableType
    from rich.progress import Progress
    from sqlalchemy import Engine
    from sqlmodel import Session

    from erecords.clock import Clock
    from erecords.config import Section, Settings
    from erecords.ports import Outlook, Part
    from erecords.registry.access import Actor
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

    def section_types(self) -> tuple[type[Section], ...]:
        """All sections of ``erecords.toml``."""
        from erecords.config import GROUND_SECTIONS

        return GROUND_SECTIONS + tuple(_load(name) for name in self.sections)

    def load_parts(self) -> tuple[Part, ...]:
        """The parts themselves; this imports their packages."""
        return tuple(_load(name) for name in self.parts)


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
        if work.outbox_filled:
            self.refresh_index()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for reading; it sees one state of the database and blocks nobody."""
        from sqlmodel import Session

        with Session(self.engine) as session:
            yield session

    def machine(self, name: str) -> Actor:
        """The program itself as an actor, for what it does without a person."""
        from erecords.registry import access

        with self.read() as session:
            return access.machine(name, access.all_units(session))

    def refresh_index(self) -> None:
        """Let the index follow the database."""
        from erecords.search import indexer

        indexer.catch_up(self.engine, self.blobs, self.home, self.settings)

    def rebuild_index(self) -> None:
        """Build the index anew from the database, beside the old one."""
        from erecords.search import indexer

        indexer.rebuild(self.engine, self.blobs, self.home, self.settings)

    def outlook(self, session: Session, case: Case) -> Outlook | None:
        """What retention says of a case."""
        for part in self.parts:
            if part.outlook:
                return part.outlook(session, case, self.clock)
        return None

    def tombstone(self, session: Session, reference: str) -> dict[str, Any] | None:
        """What remains of a case that was destroyed or handed over."""
        for part in self.parts:
            found = part.tombstone(session, reference) if part.tombstone else None
            if found:
                return found
        return None


@dataclass
class Invocation:
    """One call of the program: the root options, and how its commands open the office and speak."""

    assembly: Assembly
    home_option: Path | None = None
    actor_option: str | None = None
    as_json: bool = False
    verbose: int = 0
    quiet: bool = False
    _open: list[Office] = field(default_factory=list)

    @property
    def home(self) -> Path:
        """The home that the user named, by ``--home`` or ``ERECORDS_HOME``."""
        if self.home_option is None:
            raise NotFound("Which home? Say --home DIR or set ERECORDS_HOME. A new one is made with: erecords init")
        return self.home_option.expanduser().absolute()

    def office(self) -> Office:
        """Open the home as the actor.

        Raises:
            NotAHome, ConfigurationError, NotPermitted: as their messages say.
        """
        if not self._open:
            from erecords import home

            _log_to(self.home / "log" / "erecords.log", self.verbose)
            self._open.append(home.open_home(self.home, self.actor_option or operating_system_user(), self.assembly))
        return self._open[0]

    def emit(self, data: Any, view: RenderableType | Callable[[], RenderableType]) -> None:
        """Print the result: ``data`` as JSON, or ``view`` (a renderable, or a function that makes it) for people."""
        from erecords import render

        if self.as_json:
            render.write_json(data)
        else:
            render.write(view() if callable(view) else view)

    def say(self, message: str) -> None:
        """A message for the person at the terminal, on standard error; nothing with ``--quiet``."""
        if not self.quiet:
            sys.stderr.write(message + "\n")

    def progress(self) -> Progress:
        """A progress bar on standard error; invisible when that is no terminal."""
        from erecords import render

        return render.progress(quiet=self.quiet or self.as_json)

    def as_of(self, given: date | None) -> date:
        """The as-of date of retention: the given one or today."""
        return given or self.office().clock.today()

    def fail_json(self, code: str, message: str) -> None:
        """With ``--json``, the error as the one document on standard output."""
        if self.as_json:
            sys.stdout.write(json.dumps({"error": {"code": code, "message": message}}, ensure_ascii=False) + "\n")

    def close(self) -> None:
        """Let go of the database."""
        for office in self._open:
            office.engine.dispose()


def _log_to(file: Path, verbose: int) -> None:
    """Send what the program logs into the home's log; with ``-v`` more of it. Never to the terminal."""
    if file.parent.is_dir():
        level = {0: logging.WARNING, 1: logging.INFO}.get(verbose, logging.DEBUG)
        form = "%(asctime)s %(levelname)s %(name)s: %(message)s"
        logging.basicConfig(filename=file, level=level, format=form, encoding="utf-8")
        logging.getLogger("fontTools").setLevel(logging.ERROR)


def operating_system_user() -> str:
    """Name of the user whom the operating system knows, looked up in the staff list when no actor is named."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
