"""The desk in a terminal: one screen a letter, one line an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from erecords import render
from mailroom.commands import views
from mailroom.tray import desk

if TYPE_CHECKING:
    from rich.console import RenderableType

    from mailroom.tray.screens import Screen


class Terminal:
    """The person at the terminal."""

    def __init__(self) -> None:
        self._console = render.console()

    def show(self, screen: Screen, whole: bool = False) -> None:
        """Print a letter."""
        self._console.print(_view(screen, whole))

    def answer(self, screen: Screen) -> str | None:
        """The next line; None at the end of the input."""
        hint = "Enter accepts" if screen.letter["suggestion"]["class"] else "no suggestion"
        try:
            return self._console.input(f"{screen.number} ({hint}, ? helps) > ", markup=False)
        except EOFError:
            return None

    def tell(self, message: str) -> None:
        """Print a message."""
        if message:
            self._console.print(render.printable(message), markup=False)


def _view(screen: Screen, whole: bool) -> RenderableType:
    from rich.console import Group
    from rich.text import Text

    one = screen.letter
    suggestion = one["suggestion"]
    where = suggestion["case"] or (f"new case in {suggestion['class']}" if suggestion["class"] else "nobody knows")
    head = [
        ("what it is", one["title"]),
        ("sender", one["sender"]),
        ("date", f"{one['date'] or 'unknown'}, received {one['received']}"),
        ("pages", one["pages"]),
        ("type", screen.kind or one["document_type"]),
        ("suggestion", f"{where} ({suggestion['recommendation']}, {suggestion['score']:.0%})"),
        ("marked", ", ".join(one["markings"])),
        ("sealed until", one["sealed_until"]),
    ]
    parts: list[RenderableType] = [render.facts(f"{one['number']} · {screen.place} of {screen.total}", head)]
    if one["deadlines"]:
        parts.append(views.deadlines(one))
    reasons = [(reason["name"], reason["page"] or "", reason["text"]) for reason in suggestion["reasons"][:5]]
    if reasons:
        parts.append(render.table("Because of", ("clue", "page", "words"), reasons))
    if one["findings"]:
        parts.append(render.table("Please look at", ("",), [(finding,) for finding in one["findings"]]))
    if one["remarks"]:
        parts.append(render.table("Remarks", ("by", "when", ""), [views.said(row) for row in one["remarks"]]))
    if screen.choices:
        rows = [(number, choice.key, choice.title) for number, choice in enumerate(screen.choices, 1)]
        parts.append(render.table("Cases", ("", "reference", "title"), rows))
    lines = desk.first_lines(screen, whole)
    shown = "\n".join(f"  {render.printable(line)}" for line in lines)
    parts.append(Text(shown or ("  (its text is not shown)" if one["markings"] else "  (no text)")))
    return Group(*parts)
