"""Small windows: choose by typing ahead, type a line, read the keys."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from erecords.render import printable
from mailroom.tray.lookup import Find


class Choose(ModalScreen[str | None]):
    """Type some letters, take one of what is found; the answer is its key, or what was typed where that is allowed.

    With ``chosen`` nothing is taken before a letter was typed or the mark was moved. What is typed while the window
    opens is not lost.
    """

    BINDINGS = [
        Binding("escape", "leave", "back"),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
    ]

    def __init__(self, title: str, find: Find, *, hint: str, typed: bool = False, chosen: bool = False) -> None:
        super().__init__()
        self._chosen = not chosen
        self._title = title
        self._find = find
        self._hint = hint
        self._typed = typed

    def compose(self) -> ComposeResult:
        """Title, line, list."""
        with Vertical(classes="window"):
            yield Static(self._title, markup=False, classes="title")
            yield Input(placeholder=self._hint)
            yield OptionList()
            yield Static("↑↓ choose · Enter takes it · Esc back", classes="keys")

    def on_mount(self) -> None:
        """What is found without a word."""
        self._fill("")
        self.query_one(Input).focus()

    def on_key(self, event: Key) -> None:
        """A letter that came before the line had the keyboard."""
        line = self.query_one(Input)
        if not line.has_focus and event.is_printable and event.character:
            line.insert_text_at_cursor(event.character)
            event.stop()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Look again after each letter."""
        self._chosen = self._chosen or bool(event.value.strip())
        self._fill(event.value)

    def _fill(self, words: str) -> None:
        found = self._find(words)
        rows = self.query_one(OptionList)
        rows.clear_options()
        for one in found:
            line = Text(printable(one.key), style="bold", no_wrap=True, overflow="ellipsis")
            rows.add_option(Option(line.append(f"  {printable(one.title)}", "not bold"), id=one.key))
        if found:
            rows.highlighted = 0
        elif words.strip():
            said = (
                "Enter takes what you typed." if self._typed else "Nothing is called so; other words, or parts of them?"
            )
            rows.add_option(Option(Text(said, style="italic"), disabled=True))

    def action_move(self, step: int) -> None:
        """Move in the list while the line keeps the keyboard."""
        rows = self.query_one(OptionList)
        if self._anything(rows):
            self._chosen = True
            rows.highlighted = ((rows.highlighted or 0) + step) % rows.option_count

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take what is marked, else what was typed."""
        rows = self.query_one(OptionList)
        if not self._chosen:
            self.query_one(Input).placeholder = "Type a word of it, or choose with the arrows."
        elif self._anything(rows) and rows.highlighted is not None:
            self.dismiss(rows.get_option_at_index(rows.highlighted).id)
        elif self._typed and event.value.strip():
            self.dismiss(event.value.strip())
        else:
            self.query_one(Input).placeholder = "Nothing is called so; type something else."

    @staticmethod
    def _anything(rows: OptionList) -> bool:
        return any(not option.disabled for option in rows.options)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A click on a line takes it."""
        self.dismiss(event.option.id)

    def action_leave(self) -> None:
        """Nothing was chosen."""
        self.dismiss(None)


class Ask(ModalScreen[str | None]):
    """Type a line."""

    BINDINGS = [Binding("escape", "leave", "back")]

    def __init__(self, title: str, value: str = "", hint: str = "") -> None:
        super().__init__()
        self._title = title
        self._value = value
        self._hint = hint

    def compose(self) -> ComposeResult:
        """Title and line."""
        with Vertical(classes="window small"):
            yield Static(self._title, markup=False, classes="title")
            yield Input(self._value, placeholder=self._hint)
            yield Static("Enter · Esc back", classes="keys")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """The line, which may be empty."""
        self.dismiss(event.value.strip())

    def action_leave(self) -> None:
        """Nothing was said."""
        self.dismiss(None)


class Keys(ModalScreen[None]):
    """All keys with what they do."""

    BINDINGS = [Binding("escape,question_mark,enter,q", "leave", "back")]

    def __init__(self, lines: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._lines = lines

    def compose(self) -> ComposeResult:
        """A line each key."""
        text = Text()
        for key, what in self._lines:
            text.append(f"{key:>9}  ", "bold").append(f"{what}\n")
        with Vertical(classes="window"):
            yield Static("Keys · Esc back", classes="title")
            yield Static(text)

    def action_leave(self) -> None:
        """Back to the letter."""
        self.dismiss(None)
