"""The JSON shapes of the contract, asked of every command that has one, on a home with real letters and cases."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cli

CITY = Path(cli.__file__).parent / "erecords" / "sample_city"
LETTER = {
    "number", "state", "pages", "first_page", "last_page", "document_type", "title", "sender", "date", "references",
    "text_chars", "suggestion", "document", "case",
}  # fmt: skip
SUGGESTION = {"recommendation", "class", "case", "unit", "score", "reasons"}
DELIVERY = {"id", "source", "sha512", "bytes", "channel", "state", "reason", "letters"}
CASE = {"reference", "title", "class", "unit", "state", "opened", "closed", "retention", "documents"}
Run = Callable[..., Any]


@pytest.fixture
def run(office, capsys) -> Run:
    """Runs a command as a person and returns its one JSON document."""

    def call(actor: str, *arguments: str, code: int = 0) -> Any:
        capsys.readouterr()
        found = cli.run_command(["--home", str(office.home), "--actor", actor, "--json", *arguments])
        shown = capsys.readouterr()
        assert found == code, shown.err
        return json.loads(shown.out)

    return call


def taken(run: Run) -> dict[str, Any]:
    (delivery,) = run("u-post1", "mail", "take", str(CITY / "scans" / "16-geburtsurkunde-digital.pdf"))["deliveries"]
    return delivery


def test_mail_room(run, tmp_path):
    delivery = taken(run)
    assert delivery.keys() >= DELIVERY and delivery["state"] == "processed" and delivery["reason"] is None
    (letter,) = delivery["letters"]
    assert letter.keys() >= LETTER and letter["suggestion"].keys() >= SUGGESTION
    assert all(reason.keys() >= {"name", "weight", "page", "text"} for reason in letter["suggestion"]["reasons"])
    again = taken(run)
    assert (again["state"], again["letters"]) == ("duplicate", [])
    (tmp_path / "leer.pdf").write_bytes(b"")
    (refused,) = run("u-post1", "mail", "take", str(tmp_path / "leer.pdf"))["deliveries"]
    assert (refused["state"], refused["reason"]) == ("quarantined", "empty")
    custody = run("u-post1", "mail", "custody")
    assert custody.keys() >= {"seen", "processed", "quarantined", "duplicate", "pending", "missing", "surplus"}
    assert custody["complete"] is True and custody["seen"] == 3
    assert isinstance(run("u-post1", "mail", "tray")["letters"], list)
    assert run("u-post1", "mail", "book")["entries"][0]["number"] == letter["number"]
    shown = run("u-post1", "mail", "show", letter["number"])
    assert shown.keys() >= LETTER
    stages = [stage["stage"] for stage in shown["stages"] if stage.keys() >= {"stage", "seconds", "outcome"}]
    assert [stage for stage in stages if stage in ("identify", "split", "recognise", "suggest")] == [
        "identify", "split", "recognise", "suggest",
    ]  # fmt: skip
    (item,) = run("u-post1", "mail", "quarantine", "list")["items"]
    assert item.keys() >= {"id", "source", "sha512", "reason", "message"}


def test_cases_documents_and_search(run, tmp_path):
    case = run("u-org2", "case", "open", "--class", "10.11", "--title", "Dienstanweisung Müllabfuhr")
    assert case.keys() >= CASE and case["retention"].keys() >= {"rule", "trigger", "due", "disposal"}
    assert (case["state"], case["closed"]) == ("open", None)
    file = tmp_path / "anweisung.txt"
    file.write_text("Die Mülltonnen werden donnerstags geleert.", encoding="utf-8")
    added = run("u-org2", "doc", "add", str(file), "--case", case["reference"], "--title", "Fassung 1")
    number = str(added["id"])
    document = run("u-org2", "doc", "show", number)
    assert document.keys() >= {"id", "case", "title", "type", "date", "sender", "sha512", "puid", "renditions"}
    assert all(one.keys() >= {"kind", "sha512", "bytes", "mime"} for one in document["renditions"])
    run("u-org2", "doc", "export", number, "--rendition", "original", "--to", str(tmp_path / "aus.txt"))
    assert (tmp_path / "aus.txt").read_bytes() == file.read_bytes()
    found = run("u-org2", "search", "Mülltonne", "--facets")
    assert found.keys() >= {"total", "took_ms", "hits", "facets"} and found["facets"].keys() >= {"type", "class"}
    hit = found["hits"][0]
    assert hit.keys() >= {"document", "case", "class", "title", "date", "type", "score", "snippet"}
    assert (hit["document"], hit["case"]) == (added["id"], case["reference"])
    assert "Mülltonnen" in hit["snippet"]
    assert run("u-org2", "search", "--suggest", "müllab")["suggestions"]
    assert run("u-org2", "case", "show", case["reference"]).keys() >= CASE


def test_retention_and_archive(run, tmp_path):
    report = run("u-org1", "case", "import", str(CITY / "cases"))
    assert not report["refused"]
    case = run("u-rat1", "case", "open", "--class", "10.41", "--title", "Niederschrift Stadtrat")["reference"]
    file = tmp_path / "niederschrift.txt"
    file.write_text("Der Stadtrat beschließt.", encoding="utf-8")
    run("u-rat1", "doc", "add", str(file), "--case", case)
    run("u-rat1", "case", "close", case)
    why = run("u-org1", "retention", "why", case)
    assert why.keys() >= {
        "reference", "due", "rule", "basis", "trigger", "trigger_date", "holds", "blocked_by", "explanation",
    }  # fmt: skip
    placed = run("u-dsb1", "retention", "hold", "place", case, "--title", "Klage", "--reason", "Beweis")
    assert placed.keys() >= {"hold", "references"} and placed["references"] == [case]
    (hold,) = run("u-dsb1", "retention", "hold", "list")["holds"]
    assert hold.keys() >= {"hold", "title", "reason", "placed_by", "references", "lifted"} and hold["lifted"] is None
    run("u-dsb1", "retention", "hold", "lift", hold["hold"], "--reason", "Vergleich")
    on = ("--on", "2070-01-01")
    proposed = run("u-org1", "retention", "propose", *on)
    assert proposed.keys() >= {"list", "state", "items"}
    items = {item["reference"]: item for item in proposed["items"]}
    assert items[case].keys() >= {"reference", "decision", "blocked_by"} and items[case]["decision"] == "A"
    for item in proposed["items"]:
        if item["decision"] == "B":
            run("u-arc1", "retention", "appraise", proposed["list"], item["reference"], "V", "--reason", "ohne Wert")
    assert run("u-org1", "retention", "show", proposed["list"]).keys() >= {"list", "state", "items"}
    run("u-dsb1", "retention", "approve", proposed["list"], *on)
    done = run("u-org1", "retention", "carry-out", proposed["list"], "--yes", *on)
    assert done.keys() >= {"list", "results"}
    results = {row["reference"]: row for row in done["results"]}
    assert results[case].keys() >= {"reference", "outcome", "aip", "reason"}
    assert results[case]["outcome"] == "transferred" and results[case]["aip"]
    (package,) = run("u-arc1", "archive", "list")["packages"]
    assert package.keys() >= {"id", "reference", "title", "versions", "bytes", "ingested"}
    verified = run("u-arc1", "archive", "verify", "--all")
    assert verified.keys() >= {"checked", "bytes", "bad"} and verified["bad"] == []
    run("u-org1", "retention", "certificate", proposed["list"], "--to", str(tmp_path / "protokoll.pdf"))
    assert (tmp_path / "protokoll.pdf").read_bytes().startswith(b"%PDF")
    checked = run("u-dsb1", "audit", "verify")
    assert checked.keys() >= {"entries", "valid", "first_bad"} and (checked["valid"], checked["first_bad"]) == (
        True,
        None,
    )
