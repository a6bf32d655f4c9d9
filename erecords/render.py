"""What people see: tables and colours on standard output, messages and progress on standard error.

rich is loaded on first use: ``--json`` and ``--help`` do not pay for it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.progress import Progress
    from rich.table import Table
    from rich.text import Text


def console(*, stderr: bool = False) -> Console:
    """A console for standard output or standard error; no colours where that is no terminal."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else 160
    return Console(stderr=stderr, width=width, highlight=False, soft_wrap=not stream.isatty())


_NAME = 24
"""Most characters of a cell that is kept on one line."""


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """A table for people; empty cells for None."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    result = Table(
        title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, show_header=any(columns)
    )
    lines = [[cell if isinstance(cell, Text) else Text(printable(cell)) for cell in row] for row in rows]
    for place, column in enumerate(columns):
        whole = all(_is_name(line[place].plain) for line in lines)
        result.add_column(column, overflow="fold", no_wrap=whole)
    for line in lines:
        result.add_row(*line)
    return result


def _is_name(text: str) -> bool:
    """Whether a cell is a number, a date or a reference, which people copy: narrow tables break other columns first."""
    return len(text) <= _NAME and " " not in text


def facts(title: str, pairs: Iterable[tuple[str, object]]) -> Table:
    """Names and values of one thing, a line each."""
    return table(title, ("", ""), [(name, value) for name, value in pairs if value not in (None, "", [], ())])


def plain(text: str) -> Text:
    """Text of a record as it stands, made harmless."""
    from rich.text import Text

    return Text(printable(text))


def figure(name: str, value: object) -> str:
    """A figure of ``status`` as people say it: counts by kind in one line, bytes and shares in their units."""
    if isinstance(value, dict):
        return ", ".join(f"{count} {kind}" for kind, count in value.items()) or "none"
    if isinstance(value, int) and name.endswith("bytes"):
        from rich.filesize import decimal

        return decimal(value)
    return f"{value:.0%}" if isinstance(value, float) and name.endswith("share") else str(value)


def printable(value: object) -> str:
    """A value as one harmless piece of text: control characters of foreign names cannot move the terminal."""
    if isinstance(value, list | tuple):
        return ", ".join(map(printable, value))
    text = "" if value is None else str(value)
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


def one_line(message: object) -> str:
    """A message as one harmless line, whatever foreign names it tells of."""
    return " ".join(printable(message).split("\n"))


def write_json(data: Any) -> None:
    """Exactly one JSON document on standard output."""
    sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=2, default=str) + "\n")


def write(renderable: RenderableType) -> None:
    """A table or text on standard output; a plain text is shown as it stands, harmless and without mark-up."""
    from rich.text import Text

    console().print(Text(printable(renderable)) if isinstance(renderable, str) else renderable)


def progress(*, quiet: bool = False) -> Progress:
    """A progress bar on standard error; invisible when that is no terminal or the user asked for quiet."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console(stderr=True),
        transient=True,
        disable=quiet or not sys.stderr.isatty(),
    )
