"""The page about disposal, read literally: each of its commands in turn, from an empty list to the proof."""

import json
import re
import shlex
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pikepdf.pdfa import validate_written

import cli
from erecords.clock import SystemClock

ROOT = Path(__file__).parents[2]
DATA = ROOT / "erecords" / "sample_city" / "data"
PAGE = ROOT / "docs" / "howto" / "disposal.md"
OTHERWISE = {"retention lapse L-2026-0001": 5}
"""What the page shows and is refused on that day, with the exit code: the archive's time has not run out."""


def lines() -> list[list[str]]:
    blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    joined = "".join(blocks).replace("\\\n", " ").splitlines()
    return [shlex.split(line)[1:] for line in joined if line.startswith("erecords ") and " init " not in line]


def changed(source: Path, target: Path, was: str, now: str) -> None:
    text = source.read_text(encoding="utf-8")
    assert was in text
    target.write_text(text.replace(was, now), encoding="utf-8")


@pytest.fixture
def place(city_home, tmp_path, monkeypatch):
    """A home of the sample city, and beside it the files that the page speaks of."""
    shutil.copytree(city_home, tmp_path / "home")
    (tmp_path / "brief.txt").write_text("Guten Tag, ich bitte um Antwort.\n", encoding="utf-8")
    changed(DATA / "retention_schedule.csv", tmp_path / "schedule.csv", "Rechnungen,8,", "Rechnungen,7,")
    changed(DATA / "filing_plan.csv", tmp_path / "filing_plan.csv", "10.4,R-ORTSRECHT", "10.4,R-ORG-10")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ERECORDS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ERECORDS_ACTOR", "u-org1")
    monkeypatch.setattr(SystemClock, "now", lambda _clock: datetime(2026, 11, 22, 9, 0, tzinfo=UTC))
    return tmp_path


def test_the_page_leads_from_an_empty_list_to_the_certificate(place, capsys):
    said = {}
    for words in lines():
        plain = " ".join(word for word in words if not word.startswith(("--actor", "u-")))
        code = cli.run_command(words)
        said[plain] = "".join(capsys.readouterr())
        assert code == OTHERWISE.get(plain, 0), f"erecords {' '.join(words)}\n{said[plain]}"
    proposed = said["retention propose --on 2057-01-01"]
    assert "6 cases" in proposed and "held" not in proposed
    assert "case-rule approve 3" in said["case move 10.41-2026/000002 --class 10.42 --reason Satzung"]
    proof = json.loads((place / "protokoll.json").read_text(encoding="utf-8"))
    assert proof["counts"] == {"destroyed": 3, "transferred": 3}
    of = {item["reference"]: item for item in proof["items"]}
    assert of["10.5-2026/000001"]["waiver"] and of["10.41-2026/000001"]["receipt"]
    assert of["10.71-2026/000001"]["decided_by"]["id"] == "u-arc1"
    bound = of["10.5-2026/000002"]["further"]
    assert [row.get("rule", row.get("suspension")) for row in bound] == ["R-BRIEF-06", "S-2026-0001"]
    assert all(item["objects"] and item["rule"]["basis"] for item in of.values())
    for name in ("protokoll.pdf", "antwort.pdf"):
        assert validate_written(place / name, "2b").passed, name
    assert cli.run_command(["--json", "check"]) == 0
