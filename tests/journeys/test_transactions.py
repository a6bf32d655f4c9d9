"""Transactions through the real commands: filed mail stands in one, a clerk works on it, closing the case ends it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

import cli

CLERK = "u-org2"


@pytest.fixture
def run(office: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    def call(actor: str, *arguments: str, code: int = 0) -> Any:
        capsys.readouterr()
        said = cli.run_command(["--home", str(office.home), "--actor", actor, "--json", *arguments])
        captured = capsys.readouterr()
        assert said == code, captured.err
        call.err = captured.err  # type: ignore[attr-defined]
        return json.loads(captured.out) if captured.out else None

    return call


def test_a_clerk_works_on_transactions(run, tmp_path):
    file = tmp_path / "antrag.txt"
    file.write_text("Antrag", encoding="utf-8")
    case = run(CLERK, "case", "open", "--class", "10.11", "--title", "Dienstanweisung")["reference"]
    inside = str(run(CLERK, "doc", "add", str(file), "--case", case, "--title", "Antrag")["id"])
    outside = str(run(CLERK, "doc", "add", str(file), "--case", case, "--title", "Notiz")["id"])

    opened = run(CLERK, "case", "transaction", "open", case, "--title", "Xylophonwort", "--process", "buergeranliegen")
    number = opened["number"]
    assert re.fullmatch(r"V-\d{4}-000001", number) and opened["process_title"] and opened["state"] == "open"
    run(CLERK, "case", "transaction", "open", case, "--title", "T", "--process", "buergeranlieg", code=8)

    assert [d["id"] for d in run(CLERK, "case", "transaction", "add", number, inside)["documents"]] == [int(inside)]
    run(CLERK, "case", "transaction", "add", number, outside, inside, code=5)
    assert run(CLERK, "doc", "show", inside)["transaction"] == number
    assert run(CLERK, "doc", "show", outside)["transaction"] is None

    (hit,) = run(CLERK, "search", "kind:vorgang Xylophonwort")["hits"]
    assert (hit["transaction"], hit["case"]) == (number, case)

    second = run(CLERK, "case", "transaction", "open", case, "--title", "Zweiter")["number"]
    assert run(CLERK, "case", "transaction", "close", number)["state"] == "closed"
    closed = run(CLERK, "case", "close", case)
    assert closed["closed_transactions"] == [second] and second in run.err
    listed = run(CLERK, "case", "transaction", "list", case)["transactions"]
    assert [(one["number"], one["state"]) for one in listed] == [(number, "closed"), (second, "closed")]
    assert run(CLERK, "case", "show", case)["transactions"] == listed
    assert run(CLERK, "case", "transaction", "show", number.lower())["case"] == case
    assert run("u-dsb1", "audit", "verify")["valid"]
