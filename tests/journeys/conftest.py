"""The sample city as a home of its own for each module, driven through the command line."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest

from erecords.sample_city.demo import drop
from erecords.sample_city.program import Program

CITY = Path(__file__).parents[2] / "erecords" / "sample_city"


class City:
    """A home with Zwönau in it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.program = Program(home)
        self.inbox = home / "inbox" / "poststelle"

    def run(self, actor: str | None, *arguments: str, expect: tuple[int, ...] = (0,)) -> Any:
        return self.program.run(actor, *arguments, expect=expect)

    def drop(self, *names: str) -> None:
        for name in names:
            drop(CITY / "scans" / name, self.inbox)

    def read_mail(self) -> list[dict[str, Any]]:
        """One pass over the inbox; the deliveries that came of it."""
        found: list[dict[str, Any]] = self.run("u-post1", "mail", "watch", "--once")["deliveries"]
        return found

    def custody(self) -> dict[str, Any]:
        found: dict[str, Any] = self.run("u-post1", "mail", "custody", expect=(0, *range(100, 110)))
        return found


def found_city(template: Path, home: Path) -> City:
    """A city of its own, copied from the one that was founded once; the demo founds its own by command."""
    shutil.copytree(template, home)
    city = City(home)
    city.run("u-org1", "case", "import", str(CITY / "cases"))
    city.inbox.mkdir(parents=True, exist_ok=True)
    return city


@pytest.fixture(scope="module")
def city(city_home: Path, tmp_path_factory: pytest.TempPathFactory) -> City:
    return found_city(city_home, tmp_path_factory.mktemp("city") / "home")


@pytest.fixture(scope="session")
def manifest() -> dict[str, dict[str, Any]]:
    """What each scan really is, by its file name."""
    text = (CITY / "scans" / "scans.toml").read_text(encoding="utf-8")
    return {scan["file"]: scan for scan in tomllib.loads(text)["scan"]}
