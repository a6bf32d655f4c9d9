"""One call of the program: the root options, and how its commands open the office and speak."""

from __future__ import annotations

import getpass
import json
import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from erecords.errors import NotFound

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.progress import Progress

    from erecords.office import Assembly, Office


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

    @property
    def actor_id(self) -> str:
        """Who acts: as the user said, or whom the operating system knows."""
        return self.actor_option or operating_system_user()

    def office(self) -> Office:
        """Open the home as the actor.

        Raises:
            NotAHome, ConfigurationError, NotPermitted: as their messages say.
        """
        if not self._open:
            from erecords import home

            _log_to(self.home / "log" / "erecords.log", self.verbose)
            self._open.append(home.open_home(self.home, self.actor_id, self.assembly))
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
        from erecords import render

        if not self.quiet:
            sys.stderr.write(render.printable(message) + "\n")

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
