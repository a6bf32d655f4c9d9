"""The application of the terminal on which the tray is shown: what its screens share."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from typing import TypeVar

from textual.app import App
from textual.binding import Binding
from textual.screen import Screen

from erecords.errors import DiskFailing, ErecordsError
from erecords.office import Office
from mailroom.tray import undoing

T = TypeVar("T")
log = logging.getLogger(__name__)


class TrayApp(App[dict[str, int]]):
    """The tray. It returns how many letters were filed, rejected, sent on and skipped.

    Whatever is done to a letter is done by the same functions as by ``erecords mail``, one at a time, in a thread, so
    that the screen stays alive.
    """

    CSS_PATH = "tray.tcss"
    TITLE = "erecords"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS = [Binding("ctrl+q", "quit", show=False), Binding("ctrl+c", "quit", show=False)]

    def __init__(self, office: Office, unit: str | None, first: Callable[[], Screen[None]]) -> None:
        super().__init__()
        self._first = first
        self.office = office
        self.unit = unit
        self.counts = {"filed": 0, "rejected": 0, "forwarded": 0, "skipped": 0}
        self._one_at_a_time = asyncio.Lock()

    def on_mount(self) -> None:
        """The first screen."""
        self.push_screen(self._first())

    @property
    def colours(self) -> bool:
        """Whether the terminal shows shades."""
        terminal = f"{os.environ.get('TERM', '')} {os.environ.get('COLORTERM', '')}"
        return not self.no_color and any(word in terminal for word in ("256color", "truecolor", "24bit", "kitty"))

    async def run_service(self, service: Callable[[], T]) -> T:
        """Call something that reads or writes the records, in a thread.

        Raises:
            ErecordsError: of the service; also where the disk fails, or the program itself: then the log holds the
                details, and the screen stays.
        """
        async with self._one_at_a_time:
            try:
                return await asyncio.to_thread(service)
            except ErecordsError:
                raise
            except OSError as error:
                raise DiskFailing.from_error(error) from error
            except Exception as error:
                log.exception("the tray could not do what was asked")
                raise ErecordsError(
                    f"A bug in the program stopped this ({type(error).__name__}); nothing half was changed. "
                    f"The details are in {self.office.home / 'log' / 'erecords.log'}; please report them."
                ) from error

    async def undo(self) -> tuple[str, list[str]]:
        """Take back the last decision; returns what is to be said, and the letters that it was about."""
        try:
            done = await self.run_service(lambda: undoing.undo(self.office))
        except ErecordsError as error:
            return str(error), []
        return f"Taken back: {done.decision.sentence}. {done.hint}".rstrip(), done.decision.numbers

    def leave(self) -> None:
        """End with the counts."""
        self.exit(self.counts)
