"""A letter on the screen: the page beside what it is, why, and where it belongs; and how one moves about."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.events import Resize
from textual.screen import Screen as TextualScreen
from textual.widgets import Footer, Static

from erecords.errors import ErecordsError
from erecords.office import Office
from erecords.render import printable
from mailroom import showing
from mailroom.fullscreen.app import TrayApp
from mailroom.fullscreen.dialogs import Keys
from mailroom.fullscreen.facts import facts, german, words
from mailroom.fullscreen.pagepane import PagePane
from mailroom.fullscreen.words import KEYS
from mailroom.tray import leases, screens
from mailroom.tray.screens import Screen

_WIDE = 118
"""Columns from which the page stands beside text and facts."""
_RENEW = leases.LASTS.total_seconds() / 3


class LetterView(TextualScreen[str]):
    """One letter after the other, from a list of numbers, to look at; gives back what was said last."""

    app: TrayApp

    def __init__(self, numbers: list[str], place: int) -> None:
        super().__init__()
        self._numbers = numbers
        self._place = place
        self._letter: Screen | None = None
        self._shown = 0.0
        self._said = ""
        self._busy = False

    def compose(self) -> ComposeResult:
        """Title, warning, page and facts, message, keys."""
        with Vertical():
            yield Static("", id="title", markup=False)
            yield Static("", id="warned", markup=False)
            with Horizontal(id="body"):
                yield PagePane(colours=self.app.colours)
                with VerticalScroll(id="words", can_focus=False):
                    yield Static("", id="text", markup=False)
                with VerticalScroll(id="facts", can_focus=False):
                    yield Static("", id="known", markup=False)
            yield Static("", id="said", markup=False)
        yield Footer(show_command_palette=False)

    async def on_mount(self) -> None:
        """The first letter; its lease is renewed while it is open."""
        self.set_interval(_RENEW, self._renew)
        await self._show()

    def on_resize(self, event: Resize) -> None:
        """The page stands beside the text where there is room for both."""
        self.query_one("#body").set_class(event.size.width >= _WIDE, "wide")
        self.call_after_refresh(self._tell_facts)

    @property
    def _pane(self) -> PagePane:
        return self.query_one(PagePane)

    async def _show(self) -> None:
        """Show the letter at the present place; one that is gone is told of and passed over."""
        await self._close()
        while 0 <= self._place < len(self._numbers):
            number = self._numbers[self._place]
            look = partial(screens.look, self.app.office, number, self._place + 1, len(self._numbers))
            try:
                self._letter = await self.app.run_service(look)
                file = await self.app.run_service(partial(showing.page_file, self.app.office, number))
                break
            except ErecordsError as error:
                self.say(str(error))
                self._numbers.pop(self._place)
        else:
            await self.action_leave()
            return
        self._pane.open(file, int(self._letter.letter["pages"]))
        self._tell_facts()
        for pane in self.query(VerticalScroll):
            pane.scroll_home(animate=False)
        self._shown = time.monotonic()

    async def _close(self) -> None:
        if self._letter is not None:
            number, self._letter = self._letter.number, None
            await self._hold(leases.close_letter, number)

    async def _renew(self) -> None:
        if self._letter is not None:
            await self._hold(leases.open_letter, self._letter.number)

    async def _hold(self, change: Callable[[Office, str], object], number: str) -> None:
        """Tell others that the letter is open here, or not any more; that this fails stops no work."""
        try:
            await self.app.run_service(partial(change, self.app.office, number))
        except ErecordsError as error:
            self.say(str(error))

    def _tell_facts(self) -> None:
        letter = self._letter
        if letter is None:
            return
        one = letter.letter
        pages = f"page {self._pane.page} of {one['pages']}" + (" (Space)" if one["pages"] > 1 else "")
        late = "LATE since" if letter.overdue else "due"
        due = f" · {late} {german(one['deadlines'][0]['date'])}" if one["deadlines"] else ""
        self.query_one("#title", Static).update(f" {letter.number} · {letter.place} of {letter.total} · {pages}{due}")
        warning = self.query_one("#warned", Static)
        warning.update(f" {printable(letter.open_by)}")
        warning.set_class(bool(letter.open_by), "shown")
        self.query_one("#known", Static).update(facts(letter, self._facts_width))
        self.query_one("#text", Static).update(words(letter, self._pane.page))

    @property
    def _facts_width(self) -> int:
        """Columns for the facts: those of their pane without its edges, half the screen before it is laid out."""
        pane = self.query_one("#facts")
        return (pane.size.width or self.app.size.width // 2) - 3

    def say(self, message: str) -> None:
        """Show a message above the keys."""
        self._said = message
        self.query_one("#said", Static).update(f" {printable(message)}" if message else "")

    async def action_next(self) -> None:
        """Leave this letter for later."""
        if self._busy:
            return
        self.app.counts["skipped"] += 1
        self._place += 1
        self.say("")
        await self._show()

    async def action_back(self) -> None:
        """The letter before."""
        if not self._busy and self._place > 0:
            self._place -= 1
            self.say("")
            await self._show()

    def action_page(self, step: int) -> None:
        """Turn over."""
        self._pane.turn_over(step)
        self._tell_facts()
        self.query_one("#words").scroll_home(animate=False)

    def action_large(self) -> None:
        """The page over the whole width, and back."""
        body = self.query_one("#body")
        body.toggle_class("large")
        self._pane.reset(large=body.has_class("large"))

    def action_zoom(self, step: int) -> None:
        """Nearer or further."""
        self._pane.zoom(step)

    def action_pan(self, across: int, down: int) -> None:
        """Move over a page that is larger than its pane; else the text, and the facts."""
        if self._pane.zoomed:
            self._pane.pan(across, down)
            return
        for pane in self.query(VerticalScroll):
            pane.scroll_relative(y=3 * down, animate=False)

    async def action_leave(self) -> None:
        """Back to the list."""
        await self._close()
        if self.is_current:
            self.dismiss(self._said)

    def action_keys(self) -> None:
        """All keys."""
        self.app.push_screen(Keys(KEYS))
