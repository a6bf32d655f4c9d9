"""Draw the picture of the README: real commands on a home that ``erecords demo --keep DIR`` made.

Usage: python docs/make_picture.py DIR
"""

from __future__ import annotations

import io
import os
import pty
import re
import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

PICTURE = Path(__file__).parent / "pictures" / "terminal.svg"
WIDTH = 124
COMMANDS = (
    ("u-post1", "mail tray"),
    ("u-hust1", "search Hundesteuer --limit 2"),
    ("u-org1", "retention why 41.2-2026/000003"),
)
_FONT_FACE = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def shown(home: Path, actor: str, command: str) -> str:
    """What the command writes on a terminal of our width."""
    os.environ |= {"ERECORDS_HOME": str(home), "COLUMNS": str(WIDTH), "LINES": "60", "TERM": "xterm-256color"}
    written = bytearray()

    def keep(handle: int) -> bytes:
        data = os.read(handle, 65536)
        written.extend(data)
        return data

    program = str(Path(sys.executable).with_name("erecords"))
    status = pty.spawn([program, "--actor", actor, *command.split()], keep)
    assert status == 0, command
    return written.decode().replace("\r\n", "\n").rstrip()


def draw(home: Path) -> None:
    """Run the commands and write the picture."""
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    for actor, command in COMMANDS:
        console.print(Text.assemble(("$ ", "bold green"), (f"erecords --actor {actor} {command}", "bold")))
        console.print(Text.from_ansi(shown(home, actor, command)))
        console.print()
    svg = console.export_svg(title="erecords", theme=MONOKAI, unique_id="erecords")
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(re.sub(r" +$", "", _FONT_FACE.sub("", svg), flags=re.MULTILINE), encoding="utf-8")


if __name__ == "__main__":
    draw(Path(sys.argv[1]).absolute())
