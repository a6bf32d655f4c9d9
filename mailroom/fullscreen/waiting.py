"""The list of letters that wait, from which each is opened."""

from __future__ import annotations

from datetime import date

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import DataTable, Footer, Static

from erecords.errors import ErecordsError
from erecords.office import Office
from erecords.render import printable
from mailroom import shapes
from mailroom.fullscreen.app import TrayApp
from mailroom.fullscreen.dialogs import Choose
from mailroom.fullscreen.letter import LetterScreen
from mailroom.tray import listing, lookup
from mailroom.tray.lookup import Choice

_ALL = Choice("", "all units")
_COLUMNS = (("due", 9), ("number", 14), ("what it is", 0), ("suggestion", 19))
_PADDING = 10
_LATE = "!"


def tray(office: Office, unit: str | None = None) -> TrayApp:
    """The tray of a person as an application, with the letters of one unit or of all."""
    return TrayApp(office, unit, ListScreen)


class ListScreen(Screen[None]):
    """The letters that wait, most urgent first."""

    app: TrayApp
    BINDINGS = [
        Binding("enter", "open", "open", priority=True),
        Binding("f", "filter", "unit"),
        Binding("u", "undo", "undo"),
        Binding("r", "reload", "reload"),
        Binding("q,escape", "leave", "quit"),
    ]

    def compose(self) -> ComposeResult:
        """Title, table, message, keys."""
        with Vertical():
            yield Static("", id="title", markup=False)
            table: DataTable[str] = DataTable(cursor_type="row")
            yield table
            yield Static("", id="said", markup=False)
        yield Footer(show_command_palette=False)

    async def on_mount(self) -> None:
        """Columns and rows."""
        table = self.query_one(DataTable)
        rest = self.size.width - sum(width for _, width in _COLUMNS) - _PADDING
        for name, width in _COLUMNS:
            table.add_column(name, width=width or max(20, rest))
        await self.action_reload()

    async def on_screen_resume(self) -> None:
        """Back from a letter: some may be gone."""
        if self.query_one(DataTable).columns:
            await self.action_reload()

    async def action_reload(self) -> None:
        """Read the tray anew and stay at the same letter where it still waits."""
        table = self.query_one(DataTable)
        place = table.cursor_row
        try:
            rows = await self.app.run_service(self._rows)
        except ErecordsError as error:
            self.say(str(error))
            return
        table.clear()
        for row in rows:
            table.add_row(*(Text(printable(cell), no_wrap=True) for cell in row), key=row[1])
        if rows:
            table.move_cursor(row=min(place, len(rows) - 1))
        late = sum(row[0].startswith(_LATE) for row in rows)
        whose = f"unit {self.app.unit}" if self.app.unit else "all units"
        count = {0: "No letter waits", 1: "1 letter waits"}.get(len(rows), f"{len(rows)} letters wait")
        count += f", {late} late ({_LATE})" if late else ""
        self.query_one("#title", Static).update(f" Tray · {count} · {whose} · {self.app.office.actor.name}")
        table.focus()

    def _rows(self) -> list[tuple[str, str, str, str]]:
        office = self.app.office
        with office.read() as session:
            found = [shapes.letter_shape(row) for row in listing.letters(session, office.actor, self.app.unit)]
        return [_row(one, office.clock.today()) for one in found]

    def say(self, message: str) -> None:
        """Show a message above the keys."""
        self.query_one("#said", Static).update(f" {printable(message)}" if message else "")

    def action_open(self) -> None:
        """Open the letter under the cursor, and go on from there."""
        table = self.query_one(DataTable)
        if table.row_count:
            numbers = [str(key.value) for key in table.rows]
            self.app.push_screen(LetterScreen(numbers, table.cursor_row), self._returned)

    def _returned(self, message: str | None) -> None:
        self.say(message or "")

    def on_data_table_row_selected(self) -> None:
        """A click opens a letter."""
        self.action_open()

    async def action_undo(self) -> None:
        """Take back the last decision."""
        said, _ = await self.app.undo()
        self.say(said)
        await self.action_reload()

    def action_filter(self) -> None:
        """Choose the unit whose letters are shown."""

        async def chosen(unit: str | None) -> None:
            if unit is not None:
                self.app.unit = unit or None
                await self.action_reload()

        def find(words: str) -> list[Choice]:
            return [*([] if words else [_ALL]), *lookup.units(self.app.office, words)]

        self.app.push_screen(Choose("Letters of which unit?", find, hint="number or name"), chosen)

    def action_leave(self) -> None:
        """Stop; everything decided is written."""
        self.app.leave()


def _row(one: dict[str, object], today: date) -> tuple[str, str, str, str]:
    deadlines, suggestion = one["deadlines"], one["suggestion"]
    assert isinstance(deadlines, list) and isinstance(suggestion, dict)
    where = suggestion["case"] or suggestion["class"] or "?"
    marked, twins = one["markings"], one["perhaps_same"]
    assert isinstance(marked, list) and isinstance(twins, list)
    said = [*map(str, marked), *("came before?" for row in twins if row["state"] == "proposed")]
    what = f"[{', '.join(said)}] {one['title']}" if said else str(one["title"])
    due = _short(date.fromisoformat(deadlines[0]["date"]), today) if deadlines else ""
    return due, str(one["number"]), what, f"{where} {suggestion['score']:.0%}"


def _short(due: date, today: date) -> str:
    """A day in few characters; one that is past with a sign, one of another year with its year."""
    year = "" if due.year == today.year else f"{due:%y}"
    return f"{_LATE if due < today else ''}{due:%d.%m.}{year}"
