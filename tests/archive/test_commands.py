"""The commands as a user types them: shapes of the contract, exit codes, rights."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

import cli
from archive.commands import group
from archive.formats.policy import load_policy
from archive.ingest import ingest
from archive.settings import ArchiveSettings
from archive.store import in_home
from tests.archive.samples import sample_sip
from tests.archive.test_metadata import SCHEMAS, schema
from tests.fakes import FixedClock

ARCHIVIST, CLERK = "u-arc1", "u-pers1"


@pytest.fixture(scope="module")
def home(city_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("city") / "home"
    shutil.copytree(city_home, folder)
    ingest(in_home(folder, ArchiveSettings(), FixedClock()), sample_sip(folder.parent / "src"), FixedClock(), agent="A")
    return folder


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def call(*arguments: str, actor: str = ARCHIVIST, code: int = 0) -> Any:
        capsys.readouterr()
        assert cli.run_command(["--home", str(home), "--actor", actor, "--json", "archive", *arguments]) == code
        return json.loads(capsys.readouterr().out)

    return call


def test_list_and_search(run: Any) -> None:
    (package,) = run("list")["packages"]
    assert package["id"] == "erecords:case:22.31-2026/000147"
    assert {"id", "reference", "title", "versions", "bytes", "ingested"} <= set(package)
    assert run("search", "gewerb* müller")["packages"] == [package]
    assert run("search", "nothing")["packages"] == []


def test_show_by_reference(run: Any) -> None:
    data = run("show", "22.31-2026/000147")
    assert data["closed_until"] == "2056-06-30" and data["history"][0]["version"] == "v1"
    assert run("show", "22.31-2026/999999", code=3)["error"]["code"] == "not-found"


def test_export_each_form(run: Any, tmp_path: Path) -> None:
    for form in ("bagit", "eark", "dip"):
        data = run("export", "22.31-2026/000147", "--as", form, "--to", str(tmp_path / form))
        assert Path(data["folder"]).is_dir() and data["as"] == form
    run("export", "22.31-2026/000147", "--as", "dip", "--to", str(tmp_path / "x"), "--reader", "Max", code=25)


def test_only_the_archive_shortens_a_closure_period(run: Any, home: Path, tmp_path: Path) -> None:
    call = ("export", "22.31-2026/000147", "--as", "dip", "--to", str(tmp_path), "--reader", "Max")
    run(*call, "--shortened-because", "Einwilligung", actor="u-dsb", code=4)
    run(*call, "--shortened-because", "Einwilligung", "--rendition", "original")
    root = ["--home", str(home), "--actor", ARCHIVIST]
    assert cli.run_command([*root, "archive", *call[:2], "--as", "bagit", *call[4:6], "--rendition", "text"]) == 2


def test_ingest_of_an_export_and_refusal(run: Any, tmp_path: Path) -> None:
    folder = run("export", "22.31-2026/000147", "--as", "bagit", "--to", str(tmp_path))["folder"]
    assert run("ingest", folder)["aip_id"].startswith("erecords:bag:")
    (Path(folder) / "data" / "more.txt").write_text("x")
    assert run("ingest", folder, code=21)["error"]["code"] == "package-refused"
    run("ingest", folder, actor=CLERK, code=4)


def test_verify_finds_damage_with_exit_code_100(run: Any, home: Path) -> None:
    report = run("verify", "--all")
    assert report["bad"] == [] and report["checked"] >= 1 and report["bytes"] > 0
    path = next((home / "archive").rglob("v1/content/representations/rep1/**/*.pdf"))
    data = path.read_bytes()
    path.write_bytes(data[:-1] + b"X")
    report = run("verify", "22.31-2026/000147", code=100)
    (bad,) = report["bad"]
    assert (bad["id"], bad["code"]) == ("erecords:case:22.31-2026/000147", "content-damaged")
    path.write_bytes(data)
    assert run("verify", "--all")["bad"] == []


def test_verify_by_lot_is_repeatable_and_reported(run: Any, home: Path, tmp_path: Path) -> None:
    first = run("verify", "--sample", "1", "--seed", "x", "--max-rate", "500", "--report", str(tmp_path / "r.json"))
    assert first["checked"] == 1 and first["scope"] == "sample of 1, seed x"
    assert json.loads((tmp_path / "r.json").read_text()) == first
    assert run("verify", "--older-than", "1")["scope"] == "not checked for 1 days"
    register = (home / "archive/extensions/erecords/register/accessions.jsonl").read_text().splitlines()
    assert any('"scope":"sample of 1, seed x"' in line and '"packages":["erecords:' in line for line in register)


@pytest.mark.parametrize("more", [("22.31-2026/000147",), ("--all",), ("--older-than", "3")])
def test_two_ways_of_choosing_are_refused(home: Path, more: tuple[str, ...]) -> None:
    assert (
        cli.run_command(["--home", str(home), "--actor", ARCHIVIST, "archive", "verify", "--sample", "1", *more]) == 2
    )


@pytest.mark.parametrize(
    "words", [("formats", "--to"), ("events", "--to"), ("verify", "--all", "--report")], ids=lambda words: words[0]
)
def test_a_file_that_cannot_be_written_is_named(
    words: tuple[str, ...], home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "nowhere" / "written"
    assert cli.run_command(["--home", str(home), "--actor", ARCHIVIST, "archive", *words, str(target)]) == 8
    assert f"{target} cannot be written: No such file" in capsys.readouterr().err


def test_events_of_a_package(run: Any, tmp_path: Path) -> None:
    run("verify", "--all")
    run("export", "22.31-2026/000147", "--as", "dip", "--to", str(tmp_path))
    told = run("events", "22.31-2026/000147", "--to", str(tmp_path / "events.xml"))
    document = etree.parse(str(tmp_path / "events.xml"))
    kinds = document.xpath("//*[local-name()='eventType']/text()")
    assert told["events"] == len(kinds) and kinds[0] == "ingestion"
    assert {"fixity check", "dissemination"} <= set(kinds)
    if SCHEMAS.is_dir():
        schema("premis/premis-v3-0.xsd").assertValid(document)
    run("events", "--to", str(tmp_path / "x.xml"), actor=CLERK, code=4)


def test_formats_report_and_identification(run: Any, home: Path, tmp_path: Path) -> None:
    lines = run("formats")["formats"]
    assert {"puid", "packages", "files", "bytes", "policy", "risk"} <= set(lines[0])
    run("formats", "--policy", "--to", str(tmp_path / "policy.csv"))
    assert load_policy(str(tmp_path / "policy.csv")) == load_policy()
    assert run("formats", "--holding", "fmt/276")["packages"][0]["id"].endswith("22.31-2026/000147")
    assert run("identify")["checked"] == 0
    run("formats", actor=CLERK, code=4)
    run("identify", actor=CLERK, code=4)


def test_rebuild(run: Any, home: Path) -> None:
    for path in (home / "archive/extensions/erecords").glob("catalogue.db*"):
        path.unlink()
    assert run("rebuild")["bad"] == []
    assert run("list")["packages"]


def test_packages_of_other_units_are_not_seen(run: Any, tmp_path: Path) -> None:
    assert run("list", actor=CLERK)["packages"] == []
    assert run("search", "gewerb*", actor=CLERK)["packages"] == []
    run("show", "22.31-2026/000147", actor=CLERK, code=3)
    run("export", "22.31-2026/000147", "--as", "dip", "--to", str(tmp_path), actor=CLERK, code=3)
    run("verify", actor=CLERK, code=4)
    run("rebuild", actor=CLERK, code=4)


def test_changes_stand_in_the_audit_log(run: Any, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("rebuild")
    assert cli.run_command(["--home", str(home), "--actor", "u-dsb", "--json", "audit", "list"]) in {0, 4}
    from sqlmodel import Session, create_engine, select

    from erecords.store.models import AuditEntry

    engine = create_engine(f"sqlite:///{home / 'records.db'}")
    with Session(engine) as session:
        actions = set(session.exec(select(AuditEntry.action)))
    engine.dispose()
    assert "archive.rebuild" in actions


def test_help_has_examples() -> None:
    done = subprocess.run(
        [sys.executable, "cli.py", "archive", "--help"], cwd=Path(__file__).parents[2], capture_output=True, check=True
    )
    assert b"Example" in done.stdout
    for name, command in group.commands.items():
        assert "Example:" in (command.help or ""), name


def test_what_needs_places_or_an_authority_says_when_none_is_set(run: Any, tmp_path: Path) -> None:
    assert "No place for copies is set" in run("replicate", code=7)["error"]["message"]
    assert "No place for copies is set" in run("evidence", "restore", code=7)["error"]["message"]
    assert "No time-stamp authority is set" in run("evidence", "create", code=7)["error"]["message"]


def test_ingest_tells_what_was_done(run: Any, tmp_path: Path) -> None:
    (tmp_path / "brief.txt").write_text("Lieber Freund")
    (tmp_path / "metadata.csv").write_text("file;title;puid\nbrief.txt;Brief;fmt/18\n")
    told = {event["event"]: event["outcome"] for event in run("ingest", str(tmp_path))["events"]}
    assert "brief.txt handed over as fmt/18, identified as x-fmt/111" in told["format identification"]
