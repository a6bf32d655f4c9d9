"""The program as a whole: help, exit codes, one JSON document, one line for a mistake."""

import errno
import json
import os
import re
import subprocess
import sys

import pytest
from sqlalchemy import text

import cli
from erecords.errors import NotFound
from erecords.invocation import Invocation


def run(*arguments: str, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "cli", *arguments], capture_output=True, text=True, **options)


def walk(command, path=()):
    yield path, command
    for name, child in getattr(command, "commands", {}).items():
        yield from walk(child, (*path, name))


COMMANDS = [(path, command) for name, top in cli.command_line().items() for path, command in walk(top, (name,))]


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=[" ".join(path) for path, _ in COMMANDS])
def test_each_command_has_help_with_an_example(path, command):
    assert command.help and "Example: erecords" in command.help, " ".join(path)


def test_the_list_of_commands_says_what_each_says_of_itself(capsys):
    assert cli.run_command(["--help"]) == 0
    shown = capsys.readouterr().out
    for name in cli.COMMANDS:
        assert f"  {name}" in shown


CONTRACT = """
init status check demo
mail:take watch tray show file reject split merge rerun book custody separators
mail.quarantine:list show release discard
search
case:open show list amend close reopen move event export import
doc:add show text list supersede export
plan:import list show
unit:list show
user:list show absent
index:rebuild check
audit:list verify export
db:upgrade backup restore
archive:list show verify export ingest rebuild search
retention:due why propose show appraise approve carry-out certificate run
retention.schedule:import list
retention.hold:place lift list
retention.xdomea:export import
"""


def test_every_command_of_the_contract_exists():
    wanted = set()
    for line in CONTRACT.strip().splitlines():
        group, _, names = line.rpartition(":")
        wanted |= {(*filter(None, group.split(".")), name) for name in names.split()}
    assert wanted - {path for path, _ in COMMANDS} == set()


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["status"], 3, "--home"),
        (["--home", "/nowhere", "status"], 6, "erecords init"),
        (["nonsense"], 2, "No such command"),
        (["init"], 2, "--sample-city"),
    ],
)
def test_a_mistake_gives_one_line_and_its_code(arguments, code, says, monkeypatch, capsys):
    monkeypatch.delenv("ERECORDS_HOME", raising=False)
    if arguments == ["init"]:
        arguments = ["--home", "/nowhere", "init"]
    assert cli.run_command(arguments) == code
    error = capsys.readouterr().err
    assert says in error and "Traceback" not in error


def test_an_error_with_json_is_one_document(capsys):
    assert cli.run_command(["status", "--json", "--home", "/nowhere"]) in (2, 6)
    cli.run_command(["--home", "/nowhere", "--json", "status"])
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["error"]["code"] == "not-a-home"


def test_foreign_names_move_no_terminal_and_break_no_line(office, monkeypatch, capsys):
    def fail(_office):
        raise NotFound("There is no 'a\x1b]0;titel\x07\nb\u202ec'.")

    monkeypatch.setattr("erecords.health.status", fail)
    assert cli.run_command(["--home", str(office.home), "--actor", "u-it1", "status"]) == 3
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and error.rstrip("\n").isprintable() and "titel" in error


def test_bytes_that_are_no_text_are_the_users_mistake(office, capsys):
    arguments = ["case", "open", "--class", "22.31", "--title", os.fsdecode(b"M\xfcller")]
    assert cli.run_command(["--home", str(office.home), "--actor", "u-hust1", *arguments]) == 8
    assert "UTF-8" in capsys.readouterr().err


def test_a_file_that_cannot_be_written_is_named(office, tmp_path, capsys):
    target = tmp_path / "nowhere" / "sheets.pdf"
    assert (
        cli.run_command(["--home", str(office.home), "--actor", "u-post1", "mail", "separators", "--to", str(target)])
        == 8
    )
    assert f"{target} cannot be written: No such file" in capsys.readouterr().err


def test_text_that_looks_like_markup_is_shown_as_it_stands(capsys):
    run = Invocation(cli.ASSEMBLY)
    run.emit({}, "Taken back: [/bold] [red]Rechnung[/red] \x1b[2J :smile:")
    run.say("Ein \x1b[31mName")
    shown = capsys.readouterr()
    assert shown.out == "Taken back: [/bold] [red]Rechnung[/red] \N{REPLACEMENT CHARACTER}[2J :smile:\n"
    assert "\x1b" not in shown.err


def test_a_bug_in_mid_statement_writes_no_letter_into_the_log(office, monkeypatch, capsys):
    def fail(opened):
        with opened.read() as session:
            session.connection().execute(text("INSERT INTO unit (id) VALUES (:id)"), {"id": "".join(("Diag", "nose"))})

    monkeypatch.setattr("erecords.health.status", fail)
    assert cli.run_command(["--home", str(office.home), "--actor", "u-it1", "status"]) == 1
    log = (office.home / "log" / "erecords.log").read_text()
    assert "IntegrityError" in log and "Diagnose" not in log + capsys.readouterr().err


def test_a_bug_gives_one_line_and_its_traceback_lies_in_the_log(office, monkeypatch, capsys):
    monkeypatch.setattr("erecords.health.status", lambda _office: 1 / 0)
    assert cli.run_command(["--home", str(office.home), "--actor", "u-it1", "status"]) == 1
    assert "Traceback" not in capsys.readouterr().err
    assert "ZeroDivisionError" in (office.home / "log" / "erecords.log").read_text()


def test_status_and_check_of_a_fresh_city(office, capsys):
    assert cli.run_command(["--home", str(office.home), "--actor", "u-it1", "--json", "status"]) == 0
    assert json.loads(capsys.readouterr().out)["registry"]["cases"] == {}
    assert cli.run_command(["--home", str(office.home), "--actor", "u-it1", "--json", "check", "--deep"]) in (0, 100)


def test_status_reads_well_for_people(office, capsys):
    assert cli.run_command(["--home", str(office.home), "--actor", "u-it1", "status"]) == 0
    shown = capsys.readouterr().out
    assert "{" not in shown and re.search(r"cases +none", shown) and re.search(r"free bytes +[\d.]+ [GT]B", shown)


def test_help_imports_nothing_heavy():
    code = "import sys, cli; cli.run_command(['--help']); print([m for m in sys.modules if m in set(sys.argv[1:])])"
    heavy = ["sqlmodel", "sqlalchemy", "pydantic", "rich", "ocrmypdf", "pikepdf", "tantivy", "whoosh", "lxml", "numpy"]
    done = subprocess.run([sys.executable, "-c", code, *heavy], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_search_imports_nothing_of_recognition(office):
    code = (
        "import sys, cli; cli.run_command(['--home', sys.argv[1], '--actor', 'u-post1', 'search', 'Hund']);"
        "print([m for m in sys.modules if m in set(sys.argv[2:])])"
    )
    heavy = ["ocrmypdf", "pikepdf", "whoosh", "lxml", "tesserocr", "alembic", "fpdf", "PIL"]
    done = subprocess.run([sys.executable, "-c", code, str(office.home), *heavy], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EIO, errno.EACCES])
def test_a_failing_disk_gives_one_line(office, monkeypatch, capsys, number):
    def fail(_office):
        raise OSError(number, os.strerror(number), "records")

    monkeypatch.setattr("erecords.health.status", fail)
    assert cli.run_command(["--home", str(office.home), "--actor", "u-it1", "status"]) == 9
    error = capsys.readouterr().err
    assert "kept" in error and "Traceback" not in error and error.count("\n") == 1


def test_a_database_that_cannot_grow_gives_one_line(office):
    office.engine.dispose()
    code = (
        "import resource, signal, sys, cli;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192));"
        "sys.exit(cli.run_command(sys.argv[1:]))"
    )
    command = ["--home", str(office.home), "--actor", "u-org2", "case", "open", "--class", "10.11", "--title", "Neu"]
    done = subprocess.run([sys.executable, "-c", code, *command], capture_output=True, text=True)
    assert done.returncode == 9, done.stderr[-500:]
    assert "disk" in done.stderr and "Traceback" not in done.stderr
    assert cli.run_command(["--home", str(office.home), "--actor", "u-dsb1", "audit", "verify"]) == 0
