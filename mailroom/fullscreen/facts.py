"""What a screen says of a letter, as text with styles that are readable without colours."""

from __future__ import annotations

import textwrap
from typing import Any

from rich.text import Text

from erecords.render import printable
from mailroom.matching import doubles
from mailroom.tray.screens import Doubt, Screen


def unseen(letter: Screen) -> Text:
    """What stands in place of a page that is not shown."""
    marked = ", ".join(letter.letter["markings"])
    until = letter.letter["sealed_until"]
    if until:
        return Text(f"\n Sealed until {german(until)}.\n\n The page is not shown.")
    if marked:
        return Text(f"\n Marked: {marked}.\n\n The page is not shown\n to protect its writer.")
    return Text("\n There is no picture of it.")


def facts(letter: Screen, width: int) -> Text:
    """What it is, what Enter does, where it belongs, by when, and why; in lines of so many characters."""
    one, said = letter.letter, letter.letter["suggestion"]
    lines = _Lines(width)
    lines.add("", one["title"], "bold")
    _offer(letter, lines)
    for name, value in (
        ("from", one["sender"]),
        ("date", german(one["date"]) if one["date"] else ""),
        ("type", letter.kind or one["document_type"]),
        ("unit", letter.unit),
        ("marked", ", ".join(one["markings"])),
        ("copies", ", ".join(f"{row['unit']} ({row['kind']})" for row in one["copies"])),
    ):
        if value:
            lines.add(name, value)
    for due in one["deadlines"][:3]:
        lines.add("late" if due["date"] < letter.today else "due", f"{german(due['date'])} {due['title']}")
    for finding in one["findings"][:4]:
        code, _, sentence = finding.partition(": ")
        if code != doubles.CODE:
            lines.add("!", sentence or finding, "italic")
    for row in one["remarks"]:
        lines.add("»", f"{row['text']} ({row['by']})", "italic")
    if letter.choices and (len(letter.choices) > 1 or not said["case"]):
        lines.add("", "cases, taken with their number:", "dim")
        for number, choice in enumerate(letter.choices, 1):
            lines.add(str(number), f"{choice.key} {_one_line(choice.title)}")
    if said["reasons"]:
        lines.add("", "because", "dim")
    for reason in said["reasons"][:6]:
        page = f" (p. {reason['page']})" if reason["page"] and one["pages"] > 1 else ""
        lines.add("·", f"{reason['name']}: {_one_line(reason['text'])}{page}")
    return lines.text


def _offer(letter: Screen, lines: _Lines) -> None:
    """The marked line that says what Enter does."""
    said, sure = letter.letter["suggestion"], f"{letter.letter['suggestion']['score']:.0%} sure"
    title = next((choice.title for choice in letter.choices if choice.key == said["case"]), "")
    match letter.doubt:
        case Doubt.SEALED:
            lines.add("⏎", f"sealed until {german(letter.letter['sealed_until'])}; s leaves it here", _OFFER)
        case Doubt.MARKED:
            lines.add("⏎", "asks: it is special mail", _OFFER)
        case Doubt.SAME:
            same = next(row for row in letter.letter["perhaps_same"] if row["number"] == letter.perhaps_same)
            lines.add("⏎", f"asks: the same as {letter.perhaps_same}?", _OFFER)
            lines.add("", f"{same['similarity']:.0%} alike: {same['reason']}")
            lines.add("", letter.twin)
        case Doubt.UNKNOWN:
            lines.add("⏎", "finds a case: nothing is suggested", _OFFER)
        case Doubt.CASES:
            lines.add("⏎", f"asks: a case that is there, or a new one in {said['class']}?", _OFFER)
        case Doubt.GUESS:
            lines.add("⏎", f"asks: {said['case'] or 'a new case in ' + said['class']} is only a guess", _OFFER)
        case None if said["case"]:
            lines.add("⏎", f"file into {said['case']}", _OFFER)
            lines.add("", f"{sure}: {_one_line(title)}")
        case None:
            lines.add("⏎", f"new case in {said['class']}", _OFFER)
            lines.add("", f"{sure}: {_one_line(said['case_title'])}")


_OFFER = "bold reverse"
_NAMES = 7
"""Characters before each value."""


class _Lines:
    """Lines with a name before them; what does not fit goes on below its beginning."""

    def __init__(self, width: int) -> None:
        self.text = Text()
        self._width = max(20, width)

    def add(self, name: str, value: str, style: str = "") -> None:
        """A value under its name; without a name a heading over the whole width, or the going on of an offer."""
        head = f"{name:>{_NAMES - 1}} " if name or not style else ""
        wrapped = textwrap.wrap(printable(value), self._width - len(head)) or [""]
        for number, line in enumerate(wrapped):
            self.text.append(head if number == 0 else " " * len(head), "dim")
            self.text.append(f"{line}\n", style)


def _one_line(text: str) -> str:
    return ", ".join(text.splitlines())


def words(letter: Screen, page: int = 1) -> Text:
    """What the letter says, from a page on; where there are several, with their numbers."""
    if letter.letter["markings"]:
        return unseen(letter)
    text = Text()
    for number, lines in list(enumerate(letter.pages, 1))[page - 1 :]:
        if letter.letter["pages"] > 1:
            text.append(f"── page {number} of {letter.letter['pages']} ──\n", "dim")
        text.append("".join(f"{printable(line)}\n" for line in lines))
    return text if text.plain.strip() else Text("(no text)")


def german(day: Any) -> str:
    """A day as people write it."""
    year, month, number = str(day).split("-")
    return f"{number}.{month}.{year}"
