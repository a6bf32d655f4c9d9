"""What a screen says of a letter, as text with styles that are readable without colours."""

from __future__ import annotations

from typing import Any

from rich.text import Text

from erecords.render import printable
from mailroom.tray.desk import Screen


def unseen(letter: Screen) -> Text:
    """What stands in place of a page that is not shown."""
    marked = ", ".join(letter.letter["markings"])
    until = letter.letter["sealed_until"]
    if until:
        return Text(f"\n Sealed until {german(until)}.\n\n The page is not shown.")
    if marked:
        return Text(f"\n Marked: {marked}.\n\n The page is not shown\n to protect its writer.")
    return Text("\n There is no picture of it.")


def facts(letter: Screen) -> Text:
    """What it is, where it belongs, by when, and why."""
    one, said = letter.letter, letter.letter["suggestion"]
    text = Text()
    text.append(f"{printable(one['title'])}\n", "bold")
    sure = f"{said['score']:.0%} sure"
    if said["case"]:
        title = next((c.title for c in letter.choices if c.key == said["case"]), "")
        text.append(f"⏎ file into {said['case']} ", "bold reverse").append(f" {sure}\n  {printable(title)}\n")
    elif said["class"]:
        text.append(f"⏎ new case in {said['class']} ", "bold reverse").append(f" {sure}\n")
        text.append(f"  {printable(said['case_title'])}\n" if said["case_title"] else "")
    else:
        text.append("⏎ find a case: nothing is suggested\n", "bold reverse")
    known = (
        ("from", one["sender"]),
        ("date", german(one["date"]) if one["date"] else ""),
        ("type", letter.kind or one["document_type"]),
        ("unit", one["unit"]),
        ("marked", ", ".join(one["markings"])),
        ("copies", ", ".join(f"{row['unit']} ({row['kind']})" for row in one["copies"])),
    )
    for name, value in known:
        if value:
            text.append(f"{name:>6} ", "dim").append(f"{printable(value)}\n")
    for due in one["deadlines"][:3]:
        text.append(f"{'due':>6} ", "dim").append(f"{german(due['date'])} {printable(due['title'])}\n")
    for finding in one["findings"][:4]:
        text.append(f"     ! {printable(finding.partition(': ')[2] or finding)}\n", "italic")
    for row in one["remarks"]:
        text.append(f"     » {printable(row['text'])} ({row['by']})\n", "italic")
    others = [(n, c) for n, c in enumerate(letter.choices, 1) if c.key != said["case"] or len(letter.choices) > 1]
    if others:
        text.append("cases\n", "dim")
    for number, choice in others:
        text.append(f"     {number} ", "bold").append(f"{choice.key} {printable(choice.title)}\n")
    if said["reasons"]:
        text.append("because\n", "dim")
    for reason in said["reasons"][:6]:
        page = f" (p. {reason['page']})" if reason["page"] and one["pages"] > 1 else ""
        text.append(f"     · {reason['name']}: {printable(reason['text'])}{page}\n")
    return text


def words(letter: Screen) -> Text:
    """What the letter says."""
    if letter.letter["markings"]:
        return unseen(letter)
    return Text("\n".join(printable(line) for line in letter.lines) or "(no text)")


def german(day: Any) -> str:
    """A day as people write it."""
    year, month, number = str(day).split("-")
    return f"{number}.{month}.{year}"
