"""The commands of cases, documents, plan, units, staff and log, as a user calls them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest

import cli
from erecords import founding
from erecords.errors import Conflict, DoneWithFindings, ErecordsError, InputRefused, NotFound, NotPermitted
from erecords.invocation import Invocation
from erecords.office import Assembly

GROUPS = {
    "case": ["open", "show", "list", "amend", "close", "reopen", "move", "event", "export", "import", "transaction"],
    "case transaction": ["open", "show", "list", "add", "close", "reopen"],
    "doc": ["add", "show", "text", "list", "supersede", "export"],
    "plan": ["import", "list", "show"],
    "unit": ["import", "list", "show"],
    "user": ["import", "list", "show", "absent"],
    "audit": ["list", "verify", "export"],
}
Run = Callable[..., Any]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cli") / "home"
    founding.found_sample_city(path, Assembly())
    return path


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """Run a command as an actor; gives back its JSON, or its text with ``text=True``."""
    invocations = []

    def call(*arguments: str | Path, actor: str = "u-hust1", text: bool = False) -> Any:
        invocation = Invocation(Assembly(), home_option=home, actor_option=actor, as_json=not text)
        invocations.append(invocation)
        root = ["--home", str(home), "--actor", actor, *(str(argument) for argument in arguments)]
        try:
            cli.root.main(root, standalone_mode=False, obj=invocation)
        finally:
            out = capsys.readouterr().out
            call.output = out  # type: ignore[attr-defined]
        return out if text else json.loads(out)

    yield call
    for invocation in invocations:
        invocation.close()


def refused(run: Run, error: type[ErecordsError], *arguments: str | Path, actor: str = "u-hust1") -> str:
    with pytest.raises(error) as found:
        run(*arguments, actor=actor)
    return str(found.value)


def opened(run: Run, title: str = "Hundesteuer Colditz, Uwe", *more: str) -> str:
    return str(run("case", "open", "--class", "22.31", "--title", title, *more)["reference"])


@pytest.mark.parametrize(("group", "commands"), GROUPS.items(), ids=list(GROUPS))
def test_each_command_has_help_with_an_example(group: str, commands: list[str]):
    found: click.Command | None = cli.root
    for word in group.split():
        assert isinstance(found, click.Group)
        found = found.get_command(click.Context(found), word)
    assert isinstance(found, click.Group)
    assert sorted(found.commands) == sorted(commands)
    for name, command in {"": found, **found.commands}.items():
        assert f"Example: erecords {group}{' ' if name else ''}{name}" in (command.help or ""), name


def test_the_life_of_a_case(run: Run):
    case = run("case", "open", "--class", "22.31", "--title", "Hundesteuer Colditz, Uwe", "--key", "Colditz, Uwe")
    reference = case["reference"]
    assert case["state"] == "open" and case["class"] == "22.31" and case["unit"] == "22.3"
    assert set(case) >= {"reference", "title", "class", "unit", "state", "opened", "closed", "retention", "documents"}
    assert case["retention"] | {"due": None} == {
        "rule": "R-STEUER-10",
        "trigger": None,
        "due": None,
        "disposal": None,
        "holds": [],
    }
    assert run("case", "amend", reference, "--title", "Hundesteuer Colditz, Ute", "--if-version", "1")["version"] == 2
    refused(run, Conflict, "case", "amend", reference, "--title", "x", "--if-version", "1")
    events = run("case", "event", reference, "ende_steuerpflicht", "--on", "2026-10-31")["events"]
    assert events == [{"trigger": "ende_steuerpflicht", "on": "2026-10-31"}]
    closed = run("case", "close", reference)
    assert closed["state"] == "closed" and closed["closed"] == closed["opened"]
    assert run("case", "list", "--class", "22.31", "--state", "closed")["cases"][0]["reference"] == reference
    assert run("case", "reopen", reference, "--reason", "Widerspruch")["state"] == "open"
    moved = run("case", "move", reference, "--class", "22.32", "--reason", "Befreiung")
    assert moved["reference"].startswith("22.32-") and moved["former_references"] == [reference]
    assert run("case", "show", reference)["reference"] == moved["reference"]


def test_a_case_that_leaves_ones_own_unit_is_shown_a_last_time(run: Run):
    reference = opened(run, "Hundesteuer Umzug")
    assert run("case", "move", reference, "--class", "22.1", "--reason", "Irrläufer")["unit"] == "22.1"
    refused(run, NotFound, "case", "show", reference)


def test_documents_of_a_case(run: Run, tmp_path: Path):
    reference = opened(run, "Hundesteuer Dokumente")
    first, second, target = (tmp_path / name for name in ("Bescheid.txt", "b.txt", "out.txt"))
    first.write_text("Bescheid über 120 Euro")
    second.write_text("Bescheid über 96 Euro")
    added = run("doc", "add", first, "--case", reference, "--type", "hundesteuerbescheid", "--date", "2026-11-20")
    assert set(added) >= {"id", "case", "title", "type", "date", "sender", "sha512", "puid", "renditions"}
    assert (added["title"], added["case"], added["puid"]) == ("Bescheid", reference, "x-fmt/111")
    assert [rendition["kind"] for rendition in added["renditions"]] == ["original", "text"]
    number = str(added["id"])
    assert run("doc", "text", number) == {"id": added["id"], "text": "Bescheid über 120 Euro"}
    assert len(run("doc", "supersede", number, second)["versions"]) == 2
    assert run("doc", "list", reference)["documents"] == run("case", "show", reference)["documents"]
    assert run("doc", "export", number, "--to", target)["sha512"] == run("doc", "show", number)["sha512"]
    assert target.read_text() == "Bescheid über 96 Euro"
    refused(run, NotFound, "doc", "export", number, "--rendition", "pdfa", "--to", target)
    refused(run, NotFound, "doc", "show", number, actor="u-baug1")
    run("case", "close", reference)
    refused(run, Conflict, "doc", "add", first, "--case", reference)


def test_out_and_in_again(run: Run, tmp_path: Path):
    reference = opened(run, "Hundesteuer Ausfuhr")
    (tmp_path / "a.txt").write_text("Brief")
    run("doc", "add", tmp_path / "a.txt", "--case", reference)
    assert run("case", "export", reference, "--to", tmp_path / "out")["documents"] == 1
    with pytest.raises(DoneWithFindings):
        run("case", "import", tmp_path / "out")
    report = json.loads(run.output)  # type: ignore[attr-defined]
    assert report["imported"] == 0 and "is given to a case already" in report["refused"][0]["reason"]
    lines = [{"key": "neu", "class": "22.31", "title": "Altfall", "opened": "2019-05-01", "closed": "2020-01-01"}]
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "cases.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert run("case", "import", tmp_path / "in")["imported"] == 1
    assert run("case", "import", tmp_path / "in")["skipped"] == 1


def test_plan_units_and_staff(run: Run, tmp_path: Path):
    assert len(run("plan", "list")["classes"]) == 85
    assert run("plan", "show", "22.31")["path"] == ["2", "22", "22.3", "22.31"]
    assert len(run("unit", "list")["units"]) == 38
    assert {person["id"] for person in run("unit", "show", "22.3")["staff"]} == {"u-hust1", "u-hust2"}
    assert len(run("user", "list")["users"]) == 44
    assert run("user", "show", "u-sta0")["units"] == ["22", "22.1", "22.3"]
    absent = ("user", "absent", "u-hust1", "--from", "2027-01-04", "--to", "2027-01-15")
    assert run(*absent)["deputy"] == "u-hust2"
    refused(run, NotPermitted, *absent, actor="u-baug1")
    bad = tmp_path / "plan.csv"
    bad.write_text("notation,title,office,file_kind\nA,Oben,99,gruppe\n")
    assert "plan.csv: line 2, column office" in refused(run, InputRefused, "plan", "import", bad, actor="u-org1")
    refused(run, NotPermitted, "unit", "import", bad, actor="u-org1")
    refused(run, NotPermitted, "user", "import", bad, actor="u-org1")


def test_the_log(run: Run, tmp_path: Path):
    reference = opened(run, "Hundesteuer Protokoll")
    assert [entry["action"] for entry in run("audit", "list", "--object", reference)["entries"]] == ["case.open"]
    refused(run, NotPermitted, "audit", "list")
    whole = run("audit", "list", actor="u-dsb1")["entries"]
    verified = run("audit", "verify")
    assert (verified["entries"], verified["valid"], verified["first_bad"]) == (len(whole), True, None)
    target = tmp_path / "log.jsonl"
    assert run("audit", "export", "--to", target, actor="u-dsb1")["entries"] == len(whole)
    assert json.loads(target.read_text().splitlines()[-1])["hash"] == verified["head"]["hash"]


@pytest.mark.parametrize(
    ("actor", "error", "arguments"),
    [
        ("u-post1", NotPermitted, ["case", "open", "--class", "22.31", "--title", "x"]),
        ("u-it1", NotPermitted, ["case", "open", "--class", "22.31", "--title", "x"]),
        ("u-nobody", NotPermitted, ["case", "list"]),
        ("u-hust1", NotFound, ["case", "show", "22.31-1999/000001"]),
        ("u-hust1", NotFound, ["doc", "show", "999999"]),
        ("u-hust1", NotFound, ["plan", "show", "99"]),
        ("u-hust1", NotFound, ["unit", "show", "99"]),
        ("u-hust1", NotFound, ["user", "show", "u-nobody"]),
        ("u-hust1", Conflict, ["case", "open", "--class", "22.3", "--title", "x"]),
        ("u-hust1", InputRefused, ["case", "open", "--class", "22.31", "--title", " "]),
        ("u-hust1", click.BadParameter, ["case", "close", "22.31-1999/000001", "--on", "gestern"]),
    ],
)
def test_what_is_refused_and_how(run: Run, actor: str, error: type[Exception], arguments: list[str]):
    with pytest.raises(error):
        run(*arguments, actor=actor)


def test_people_get_tables(run: Run, tmp_path: Path):
    reference = opened(run, "Hundesteuer [bold]Tabelle[/bold]")
    (tmp_path / "a.txt").write_text("Brief an [red]alle[/red]")
    number = str(run("doc", "add", tmp_path / "a.txt", "--case", reference)["id"])
    for arguments, said in (
        (["case", "show", reference], "[bold]Tabelle[/bold]"),
        (["case", "list"], reference),
        (["doc", "list", reference], "a"),
        (["doc", "show", number], "text/plain"),
        (["doc", "text", number], "Brief an [red]alle[/red]"),
        (["plan", "list"], "Hundesteuer Einzelfälle"),
        (["plan", "show", "22.31"], "2 / 22 / 22.3 / 22.31"),
        (["unit", "list"], "Zentrale Poststelle"),
        (["unit", "show", "22.3"], "Katrin Ebersbach"),
        (["user", "list"], "Katrin Ebersbach"),
        (["user", "show", "u-hust1"], "change case files"),
        (["audit", "list", "--object", reference], "case.open"),
        (["audit", "verify"], "The log holds"),
    ):
        assert said in run(*arguments, text=True), arguments


def test_the_modules_load_nothing_heavy():
    code = (
        "import sys\n"
        "from erecords.commands import audit, case, doc, plan, unit, user\n"
        "heavy = {'sqlmodel', 'sqlalchemy', 'rich', 'pydantic', 'pygfried', 'pypdfium2'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(cli.__file__).parent)
