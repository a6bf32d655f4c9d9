"""How something is done to the letter on the screen: asked for in a small window, carried out, said."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from textual import work

from erecords.errors import ErecordsError
from mailroom.fullscreen.dialogs import Ask, Choose
from mailroom.fullscreen.view import LetterView
from mailroom.tray import lookup, screens


class LetterDesk(LetterView):
    """One letter after the other, to do something to."""

    @work(exclusive=True)
    async def _decide(self, what: Callable[[], str], outcome: str | None, *, wait: str = "") -> None:
        """Do something to the letter; go on to the next when it left the tray, else show it again."""
        if self._busy or self._letter is None:
            return
        self._busy = True
        self.say(wait)
        try:
            said = await self.app.run_service(what)
        except ErecordsError as error:
            said, outcome = str(error), None
        finally:
            self._busy = False
        if outcome is not None:
            self.app.counts[outcome] += 1
            self._numbers.pop(self._place)
        self.say(said)
        await self._show()

    def _file(self, **where: str | None) -> None:
        letter = self._letter
        if letter is not None:
            self._decide(partial(screens.file, self.app.office, letter, **where), "filed", wait="Filing ...")

    def _change(
        self, say: Callable[[str], str], service: Callable[..., object], *values: object, outcome: str | None = None
    ) -> None:
        """A change in one unit of work; without an outcome the letter is shown again after it."""
        letter = self._letter
        if letter is None:
            return
        office = self.app.office

        def change() -> str:
            with office.work() as unit_of_work:
                service(office, unit_of_work, letter.number, *values)
            return say(letter.number)

        self._decide(change, outcome)

    def _choose(
        self,
        title: str,
        find: lookup.Find,
        hint: str,
        then: Callable[[str], None],
        *,
        typed: bool = False,
        chosen: bool = False,
    ) -> None:
        def answered(key: str | None) -> None:
            if key is not None:
                then(key)

        if not self._busy and self._letter is not None:
            self.app.push_screen(Choose(title, find, hint=hint, typed=typed, chosen=chosen), answered)

    def _ask(self, title: str, value: str, then: Callable[[str], None]) -> None:
        def answered(text: str | None) -> None:
            if text is not None:
                then(text)

        if self._letter is not None:
            self.app.push_screen(Ask(title, value), answered)
