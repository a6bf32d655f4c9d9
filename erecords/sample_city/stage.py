"""What the demo shows: tables of letters, hits, disposals and proofs."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

Letters = dict[str, dict[str, Any]]


def console() -> Console:
    """Standard output, wide enough for the tables where it is no terminal."""
    return Console(highlight=False, width=None if shutil.get_terminal_size((0, 0)).columns else 130)


def progress(console: Console) -> Progress:
    """A bar with numbers and time."""
    columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, refresh_per_second=4)


def filed(letters: Letters) -> RenderableType:
    """What the machine filed by itself, where and why."""
    rows = [
        (letter["number"], name, letter["title"], letter["case"] or "", reasons(letter))
        for name, letter in letters.items()
        if letter["state"] == "filed"
    ]
    return _table(f"Filed by the machine: {len(rows)}", ("number", "scan", "letter", "case", "because"), rows)


def waiting(letters: Letters) -> RenderableType:
    """What waits for a person, with what the machine thinks."""
    rows = []
    for name, letter in letters.items():
        if letter["state"] == "tray":
            idea = letter["suggestion"]
            guess = idea["case"] or idea["class"] or "no idea"
            rows.append(
                (letter["number"], name, letter["title"], f"{guess} ({idea['recommendation']})", reasons(letter))
            )
    return _table(f"In the tray: {len(rows)}", ("number", "scan", "letter", "suggested", "because"), rows)


def reasons(letter: dict[str, Any], most: int = 2) -> str:
    """The strongest reasons of a suggestion, with the words found and the page."""
    found = sorted(letter["suggestion"]["reasons"], key=lambda reason: -abs(reason["weight"]))[:most]
    return "\n".join(f"{reason['name']}: {_short(reason['text'])} (p. {reason['page']})" for reason in found)


def hits(found: dict[str, Any]) -> RenderableType:
    """The hits of a search."""
    rows = [(hit["case"], hit["title"], hit["date"], _marked(hit["snippet"])) for hit in found["hits"][:3]]
    title = f"{found['total']} found in {found['took_ms']} ms"
    return _table(title, ("case", "document", "date", "text"), rows) if rows else Text(f"  {title}: nothing to see")


def disposed(results: Sequence[dict[str, Any]]) -> RenderableType:
    """What became of the cases on the disposal list."""
    rows = [(result["reference"], result["outcome"], result["aip"] or result["reason"] or "") for result in results]
    return _table("Carried out", ("case", "outcome", "package or reason"), rows)


def proofs(
    packages: Sequence[dict[str, Any]], archive: dict[str, Any], log: dict[str, Any], custody: dict[str, Any]
) -> RenderableType:
    """The last table: everything is where it belongs."""
    in_equals_out = (
        f"{custody['seen']} came in, {custody['processed']} processed, {custody['quarantined']} in quarantine"
    )
    rows = [
        ("Archive", f"{len(packages)} package(s), {archive['bytes']:,} bytes read", _sound(not archive["bad"])),
        ("Audit log", f"{log['entries']} entries, each chained to the one before", _sound(log["valid"])),
        ("Mail room", in_equals_out, _sound(custody["complete"])),
    ]
    return _table("Verified", ("what", "found", ""), rows)


def where_to_look(home: Path, keep: bool, seconds: float) -> RenderableType:
    """The end: what lies where, and what to try next."""
    head = Text(f"\nDone in {seconds:.0f} seconds. ", style="bold")
    if not keep:
        return head.append("The home was temporary and is gone; keep the next one with: erecords demo --keep DIR", "")
    rows = [
        (home / "archive", "the archive package: plain folders, originals, PDF/A, METS and PREMIS"),
        (home / "outbox", "the destruction certificate"),
        (home / "store", "originals and renditions by their digest"),
        (home / "erecords.toml", "every setting with a comment"),
    ]
    table = _table("Where to look", ("path", "what"), [(str(path), text) for path, text in rows])
    next_ = f"Go on with: export ERECORDS_HOME={home}; erecords --actor u-post1 mail tray"
    return Group(head, table, Text(f"  {next_}"))


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str | Text]]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold cyan", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column in ("number", "case"))
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text(cell or "") for cell in row))
    return table


def _short(text: str, most: int = 44) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _marked(snippet: str) -> Text:
    return Text.from_markup(
        _short(snippet, 160).replace("[", r"\[").replace("<mark>", "[b]").replace("</mark>", "[/b]")
    )


def _sound(good: bool) -> Text:
    return Text("sound", "green") if good else Text("NOT SOUND", "bold red")
