"""The same code on PostgreSQL: a letter taken, found, its case destroyed by list, the log sound."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed: pip install 'erecords[postgresql]'")

SCAN = Path(__file__).parents[2] / "erecords" / "sample_city" / "scans" / "16-geburtsurkunde-digital.pdf"


def _program(name: str) -> str | None:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else shutil.which(name)


def _as_server(*command: str) -> list[str]:
    """PostgreSQL refuses to run as root; its own user does it then."""
    if os.geteuid() != 0:
        return list(command)
    return [
        shutil.which("runuser", path="/usr/sbin:/sbin:/usr/bin:/bin") or "runuser",
        "-u",
        "postgres",
        "--",
        *command,
    ]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[str]:
    initdb, control = _program("initdb"), _program("pg_ctl")
    if initdb is None or control is None:
        pytest.skip("no PostgreSQL server is installed here (apt install postgresql)")
    folder = Path("/tmp") / f"erecords-pg-{os.getpid()}"
    folder.mkdir()
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "cwd": folder}
    try:
        subprocess.run(_as_server(initdb, "-D", f"{folder}/data", "-A", "trust", "-U", "tester"), **quiet)
        options = f"-p {port} -k {folder} -h 127.0.0.1"
        log = f"{folder}/log"
        subprocess.run(_as_server(control, "-D", f"{folder}/data", "-w", "-o", options, "-l", log, "start"), **quiet)
        yield f"postgresql+psycopg://tester@127.0.0.1:{port}/postgres"
        subprocess.run(_as_server(control, "-D", f"{folder}/data", "-m", "immediate", "stop"), **quiet)
    finally:
        shutil.rmtree(folder)


def test_the_journey_on_postgresql(database: str, tmp_path: Path) -> None:
    environment = {**os.environ, "ERECORDS_HOME": str(tmp_path / "home"), "ERECORDS_DATABASE__URL": database}

    def run(*arguments: str, code: int = 0) -> dict:
        command = [sys.executable, "-m", "cli", "--json", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
        assert done.returncode == code, done.stderr[-800:]
        return json.loads(done.stdout)

    run("init", "--sample-city")
    (delivery,) = run("--actor", "u-post1", "mail", "take", str(SCAN))["deliveries"]
    case = delivery["letters"][0]["case"]
    assert run("--actor", "u-urk1", "search", "Geburtsurkunde")["total"] >= 1
    assert run("--actor", "u-park1", "search", "Geburtsurkunde")["total"] == 0
    run("--actor", "u-urk1", "case", "close", case)
    on = ("--on", "2050-01-01")
    proposed = run("--actor", "u-org1", "retention", "propose", *on)
    assert proposed["items"][0]["reference"] == case
    run("--actor", "u-dsb1", "retention", "approve", proposed["list"], *on)
    results = run("--actor", "u-org1", "retention", "carry-out", proposed["list"], "--yes", *on)["results"]
    assert [(result["reference"], result["outcome"]) for result in results] == [(case, "destroyed")]
    assert run("--actor", "u-urk1", "search", "Geburtsurkunde")["total"] == 0
    assert run("--actor", "u-dsb1", "audit", "verify")["valid"]
    assert run("--actor", "u-post1", "mail", "custody")["complete"]
    assert run("--actor", "u-it1", "check", "--deep")["sound"]
    run("--actor", "u-it1", "db", "backup", "--to", str(tmp_path / "b.tar"), code=5)
