"""The script for newcomers: it says what it can do, and what is wrong with the machine, without a traceback."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def dev(folder: Path, *arguments: str, path: str = os.environ["PATH"]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(folder / "dev"), *arguments],
        env={"PATH": path, "HOME": str(folder)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.mark.parametrize(("arguments", "code"), [((), 0), (("help",), 0), (("nonsense",), 2)])
def test_says_what_it_can_do(arguments: tuple[str, ...], code: int) -> None:
    done = dev(ROOT, *arguments)
    assert done.returncode == code
    assert "./dev demo" in done.stdout
    assert "./dev test" in done.stdout


def test_names_what_the_machine_lacks(tmp_path: Path) -> None:
    """Without a fitting Python: one line that says what to install, and nothing is left behind."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sh", "dirname", "cmp", "sed"):
        (tools / name).symlink_to(f"/usr/bin/{name}")
    (tools / "python3").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    (tools / "python3").chmod(0o755)
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    for name in ("dev", "pyproject.toml"):
        (checkout / name).write_bytes((ROOT / name).read_bytes())
    (checkout / "dev").chmod(0o755)
    done = dev(checkout, "demo", path=str(tools))
    assert done.returncode == 1
    assert "apt install python3 python3-venv" in done.stderr
    assert "Traceback" not in done.stderr
    assert {path.name for path in checkout.iterdir()} == {"dev", "pyproject.toml"}
