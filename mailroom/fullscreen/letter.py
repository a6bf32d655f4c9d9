"""One letter on the screen, with one key for each decision."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from functools import partial

from textual import work
from textual.binding import Binding

from mailroom.fields.markings import MarkingKind
from mailroom.fullscreen.cutting import PageDesk
from mailroom.fullscreen.facts import german
from mailroom.fullscreen.words import KINDS, MARKS, REASONS, WITH_MARKED, among
from mailroom.models import CopyKind
from mailroom.tray import copying, lookup, marking, remarks, screens
from mailroom.tray.lookup import Choice
from mailroom.tray.screens import Doubt, Screen

_PATIENCE = 0.35
"""Seconds for which a letter must have been on the screen before Enter files it: a second stroke meets nobody."""


class LetterScreen(PageDesk):
    """One letter after the other, to decide on."""

    BINDINGS = [
        Binding("enter", "accept", "file"),
        *(Binding(str(n), f"choose({n})", show=False) for n in range(1, 10)),
        Binding("slash", "find", "case", key_display="/"),
        Binding("n", "new_case", "new"),
        Binding("r", "reject", "reject"),
        Binding("f", "forward", "forward"),
        Binding("s", "next", "skip"),
        Binding("u", "undo", "undo"),
        Binding("p", "large", "page"),
        Binding("question_mark", "keys", "all keys", key_display="?"),
        Binding("q,escape", "leave", "list"),
        Binding("equals_sign", "same", show=False),
        Binding("t", "type", show=False),
        Binding("c", "copy", show=False),
        Binding("k", "remark", show=False),
        Binding("x", "mark", show=False),
        Binding("d", "divide", show=False),
        Binding("j", "join", show=False),
        Binding("o", "turn", show=False),
        Binding("b", "back", show=False),
        Binding("space", "page(1)", show=False),
        Binding("backspace", "page(-1)", show=False),
        Binding("plus", "zoom(1)", show=False),
        Binding("minus", "zoom(-1)", show=False),
        Binding("left", "pan(-1, 0)", show=False),
        Binding("right", "pan(1, 0)", show=False),
        Binding("up", "pan(0, -1)", show=False, priority=True),
        Binding("down", "pan(0, 1)", show=False, priority=True),
    ]

    def action_accept(self) -> None:
        """File as suggested; where there is a doubt, ask; without a suggestion look for a case."""
        letter = self._letter
        if letter is None or time.monotonic() - self._shown < _PATIENCE:
            return
        match letter.doubt:
            case Doubt.SEALED:
                self.say(f"It stays sealed until {german(letter.letter['sealed_until'])}; s leaves it here.")
            case Doubt.MARKED:
                self._accept_marked(letter)
            case Doubt.SAME:
                self.action_same()
            case Doubt.CASES | Doubt.GUESS:
                self._accept_one_of(letter)
            case Doubt.UNKNOWN:
                self.action_find()
            case None:
                self._accept(letter)

    def _accept(self, letter: Screen) -> None:
        said = letter.letter["suggestion"]
        self._file(reference=said["case"], notation=said["class"])

    def _accept_one_of(self, letter: Screen) -> None:
        """One of the cases that it may belong to, or a new one."""
        notation = letter.letter["suggestion"]["class"]

        def chosen(key: str) -> None:
            if key == notation:
                self._file(notation=notation)
            else:
                self._file(reference=key)

        offered = (*letter.choices, *([Choice(notation, "a new case in this class")] if notation else []))
        self._choose("Into which case?", partial(among, offered), "a word of it", chosen)

    def _accept_marked(self, letter: Screen) -> None:
        """Special mail is not filed with one key."""

        def chosen(key: str) -> None:
            done: dict[str, Callable[[], None]] = {
                "forward": self.action_forward,
                "file": partial(self._accept, letter),
                "ordinary": partial(self._mark, [], None),
            }
            done[key]()

        said = letter.letter["suggestion"]
        offered = WITH_MARKED if said["case"] or said["class"] else (WITH_MARKED[0], WITH_MARKED[-1])
        self._choose("Special mail: what is done with it?", partial(among, offered), "", chosen)

    def action_same(self) -> None:
        """Say whether it came before: as the letter that is proposed, or as one that is named."""
        letter = self._letter
        if letter is None:
            return
        proposed = letter.perhaps_same
        if proposed is None:
            self._ask("It is the same as which letter? (its number, E-...)", "", self._same)
            return
        offered = (Choice(proposed, f"it is the same as this: {letter.twin}"), Choice("differs", "a letter of its own"))

        def chosen(key: str) -> None:
            if key == "differs":
                self._decide(partial(screens.differs, self.app.office, letter), None)
            else:
                self._same(key)

        self._choose("Did it come before?", partial(among, offered), "", chosen)

    def _same(self, other: str) -> None:
        if self._letter is not None and other:
            self._decide(partial(screens.same, self.app.office, self._letter, other), "rejected")

    def action_choose(self, number: int) -> None:
        """File into a case of the list."""
        if self._letter is not None and number <= len(self._letter.choices):
            self._file(reference=self._letter.choices[number - 1].key)

    def action_find(self) -> None:
        """Find a case by type-ahead."""
        self._choose(
            "File into which case?",
            partial(lookup.cases, self.app.office),
            "name, reference, street ...",
            lambda reference: self._file(reference=reference),
            chosen=True,
        )

    def action_new_case(self) -> None:
        """Choose a class, then the title of its new case."""

        def titled(notation: str) -> None:
            letter = self._letter
            if letter is None:
                return
            said = letter.letter["suggestion"]
            title = said["case_title"] if notation == said["class"] else letter.letter["title"]
            self._ask(f"Title of the new case in {notation}", title, lambda text: self._file_new(notation, text))

        self._choose("New case of which class?", partial(lookup.classes, self.app.office), "number or word", titled)

    def _file_new(self, notation: str, title: str) -> None:
        self._file(notation=notation, title=title or None)

    def action_type(self) -> None:
        """Another document type; it counts when the letter is filed."""

        def chosen(kind: str) -> None:
            if self._letter is not None:
                self._letter.kind = kind
                self._tell_facts()
                self.say(f"It will be filed as {kind}.")

        self._choose("What is it?", lookup.types(self.app.office), "a word of the type", chosen)

    def action_reject(self) -> None:
        """Take it out of the tray, with a reason."""

        def chosen(reason: str) -> None:
            if self._letter is not None:
                self._decide(partial(screens.reject, self.app.office, self._letter, reason), "rejected")

        self._choose("Why is it not filed?", partial(among, REASONS), "choose, or type a reason", chosen, typed=True)

    def action_forward(self) -> None:
        """Send it on to another unit."""

        def chosen(unit: str) -> None:
            self._ask(f"Remark for unit {unit} (may stay empty)", "", lambda text: self._forward(unit, text))

        self._choose("Send it on to which unit?", partial(lookup.units, self.app.office), "number or name", chosen)

    def _forward(self, unit: str, text: str) -> None:
        say = "{} lies in the tray of unit {} now.".format
        self._change(lambda number: say(number, unit), remarks.forward, unit, text, outcome="forwarded")

    def action_copy(self) -> None:
        """A copy note to a second unit."""

        def chosen(unit: str) -> None:
            self._choose(
                f"What for does unit {unit} get it?",
                partial(among, KINDS),
                "",
                lambda kind: self._ask("Remark (may stay empty)", "", lambda text: self._copy(unit, kind, text)),
            )

        self._choose("Copy to which unit?", partial(lookup.units, self.app.office), "number or name", chosen)

    def _copy(self, unit: str, kind: str, text: str) -> None:
        self._change(lambda _: f"Unit {unit} gets to read it ({kind}).", copying.give, unit, CopyKind(kind), text)

    def action_remark(self) -> None:
        """Write a remark."""

        def said(text: str) -> None:
            if text:
                self._change(lambda _: "Your remark was added.", remarks.remark, text)

        self._ask("Your remark", "", said)

    def action_mark(self) -> None:
        """Mark it as special mail."""

        def chosen(kind: str) -> None:
            if kind == "tender":
                self._ask("Opened on which day? (2026-12-15; may stay empty)", "", self._mark_tender)
            else:
                self._mark([] if kind == "none" else [MarkingKind(kind)], None)

        self._choose("Special mail", partial(among, MARKS), "", chosen)

    def _mark_tender(self, text: str) -> None:
        try:
            self._mark([MarkingKind.TENDER], date.fromisoformat(text) if text else None)
        except ValueError:
            self.say(f"{text} is no day; write it like 2026-12-15. Nothing was changed.")

    def _mark(self, kinds: list[MarkingKind], until: date | None) -> None:
        letter = self._letter
        if letter is None:
            return

        def change() -> str:
            marking.mark(self.app.office, letter.number, kinds, until)
            return f"{letter.number} is marked {kinds[0].value}." if kinds else f"{letter.number} is ordinary mail now."

        self._decide(change, None, wait="Marking ...")

    @work(exclusive=True)
    async def action_undo(self) -> None:
        """Take the last decision back; the letter comes up again."""
        if self._busy:
            return
        before = set(self._numbers)
        said, numbers = await self.app.undo()
        back = [number for number in numbers if number not in before]
        self._numbers[self._place : self._place] = back
        if numbers and numbers[0] in self._numbers:
            self._place = self._numbers.index(numbers[0])
        self.say(said)
        await self._show()
