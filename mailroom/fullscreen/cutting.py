"""What is done to the pages of the letter on the screen: divide, join, turn."""

from __future__ import annotations

from functools import partial

from mailroom import showing
from mailroom.fullscreen.doing import LetterDesk
from mailroom.fullscreen.words import QUARTERS, among
from mailroom.tray import deciding


class PageDesk(LetterDesk):
    """One letter after the other, whose pages may belong to another, or stand wrongly."""

    def action_divide(self) -> None:
        """Cut after the page that is shown."""
        letter, page = self._letter, self._pane.page
        if letter is None:
            return

        def change() -> str:
            made = deciding.split(self.app.office, letter.number, [page])
            self._numbers[self._place + 1 : self._place + 1] = made[1:]
            return f"Divided: {' and '.join(made)}."

        self._decide(change, None, wait="Dividing ...")

    def action_join(self) -> None:
        """Join with the letter that follows it in the same scan."""
        letter = self._letter
        if letter is None:
            return

        def change() -> str:
            follower = showing.follower(self.app.office, letter.number)
            deciding.merge(self.app.office, [letter.number, follower])
            if follower in self._numbers:
                self._numbers.remove(follower)
            self._place = self._numbers.index(letter.number)
            return f"{follower} is a part of {letter.number} now."

        self._decide(change, None, wait="Joining ...")

    def action_turn(self) -> None:
        """Turn the page that is shown by a quarter, and read it anew."""
        letter, page = self._letter, self._pane.page
        if letter is None:
            return

        def chosen(degrees: str) -> None:
            def change() -> str:
                deciding.rotate(self.app.office, letter.number, [page], int(degrees))
                return f"Page {page} was turned and read anew."

            self._decide(change, None, wait="Turning and reading the page; this takes some seconds ...")

        self._choose(f"Turn page {page}", partial(among, QUARTERS), "", chosen)
