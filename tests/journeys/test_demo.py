"""The demo as a newcomer starts it, and the tutorial as a reader types it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def clean(tmp_path: Path) -> dict[str, str]:
    """An environment with an empty HOME, and ``erecords`` on the path."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "erecords"
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -P -m cli "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    kept = {key: value for key, value in os.environ.items() if not key.startswith("ERECORDS_")}
    (tmp_path / "user").mkdir()
    return kept | {"HOME": str(tmp_path / "user"), "PATH": f"{folder}:{kept['PATH']}"}


def test_demo(tmp_path: Path, clean: dict[str, str]) -> None:
    home = tmp_path / "zwoenau"
    done = subprocess.run(
        ["erecords", "demo", "--keep", str(home)], env=clean, capture_output=True, encoding="utf-8", timeout=500
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    filed = re.search(r"Filed by the machine: (\d+)", done.stdout)
    assert filed is not None and int(filed[1]) >= 6
    for words in ("In the tray", "found in", "transferred", "destroyed", "sound", "Where to look"):
        assert words in done.stdout
    assert "NOT SOUND" not in done.stdout
    assert (home / "outbox" / "loeschprotokoll.pdf").stat().st_size > 1000
    assert list((home / "archive").rglob("inventory.json"))
    assert not list((tmp_path / "user").iterdir()), "nothing is written into the user's folder"


def tutorial_commands() -> list[str]:
    text = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
    year = datetime.now(ZoneInfo("Europe/Berlin")).year
    text = (
        text.replace("E-2026-", f"E-{year}-")
        .replace("L-2026-", f"L-{year}-")
        .replace("2039-02-01", f"{year + 13}-02-01")
    )
    return re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def test_tutorial(clean: dict[str, str]) -> None:
    """All blocks in one shell, which stops at the first command that fails."""
    blocks = [block.replace('export PATH="$PWD/.venv/bin:$PATH"\n', "") for block in tutorial_commands()]
    script = "set -eu\n" + "".join(f"echo '== {number}'\n{block}" for number, block in enumerate(blocks))
    done = subprocess.run(
        ["bash", "-c", script], env=clean, cwd=ROOT, capture_output=True, encoding="utf-8", timeout=500
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    parts = done.stdout.split("\n== ")
    assert len(parts) == len(blocks)
    assert "10.5-2026/000003" in done.stdout
