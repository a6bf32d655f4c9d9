"""Retention through the command line: the shapes of the contract, and what refuses."""

import json
import shutil

import pytest

import cli
from tests.retention.city import DATA


@pytest.fixture
def erecords(city_home, tmp_path, capsys):
    home = tmp_path / "home"
    shutil.copytree(city_home, home)

    def run(*arguments, actor="u-org1", code=0):
        assert cli.run_command(["--home", str(home), "--actor", actor, "--json", *map(str, arguments)]) == code
        return json.loads(capsys.readouterr().out or "null")

    run.folder = tmp_path
    return run


def case(run, notation, actor, title="Akte", text="Ein Brief."):
    reference = run("case", "open", "--class", notation, "--title", title, actor=actor)["reference"]
    letter = run.folder / "brief.txt"
    letter.write_text(text, encoding="utf-8")
    run("doc", "add", letter, "--case", reference, "--title", "Brief", actor=actor)
    run("case", "close", reference, actor=actor)
    return reference


def test_from_a_closed_case_to_the_certificate(erecords, tmp_path):
    kept = case(erecords, "10.41", "u-rat1")
    gone = case(erecords, "10.5", "u-anl1", title="Auskunft Quastenflosser", text="Quastenflosser")
    held = case(erecords, "10.71", "u-anl1")
    why = erecords("retention", "why", gone, "--on", "2029-12-31")
    assert {
        "reference",
        "due",
        "rule",
        "basis",
        "trigger",
        "trigger_date",
        "holds",
        "blocked_by",
        "explanation",
    } <= set(why)
    assert why["due"] == "2030-01-01" and "period" in why["blocked_by"]
    hold = erecords("retention", "hold", "place", held, "--title", "Klage", "--reason", "3 K 12/26", actor="u-dsb1")
    assert hold["references"] == [held]
    assert len(erecords("retention", "due", "--on", "2057-01-01")["cases"]) == 3
    proposed = erecords("retention", "propose", "--on", "2057-01-01")
    assert {item["reference"]: item["decision"] for item in proposed["items"]} == {kept: "A", gone: "V"}
    number = proposed["list"]
    erecords("retention", "approve", number, code=4)
    erecords("retention", "carry-out", number, "--yes", "--on", "2057-01-01", code=32)
    assert erecords("retention", "approve", number, actor="u-hpa0")["state"] == "approved"
    dry = erecords("retention", "carry-out", number, "--on", "2057-01-01", "--dry-run")
    assert {row["outcome"] for row in dry["results"]} == {"transferred", "destroyed"}
    results = erecords("retention", "carry-out", number, "--on", "2057-01-01", "--yes")["results"]
    assert {row["reference"]: (row["outcome"], bool(row["aip"])) for row in results} == {
        kept: ("transferred", True), gone: ("destroyed", False),
    }  # fmt: skip
    erecords("retention", "certificate", number, "--to", tmp_path / "protokoll.pdf")
    assert (tmp_path / "protokoll.pdf").read_bytes().startswith(b"%PDF")
    erecords("retention", "certificate", number, "--to", tmp_path / "protokoll.json")
    assert json.loads((tmp_path / "protokoll.json").read_bytes())["list"] == number
    assert erecords("case", "show", gone)["state"] == "destroyed"
    assert erecords("search", "Quastenflosser", actor="u-anl1")["total"] == 0
    assert erecords("audit", "verify")["valid"]
    assert erecords("check")["sound"]
    home = tmp_path / "home"
    assert [p for p in home.rglob("*") if p.is_file() and b"Quastenflosser" in p.read_bytes()] == []
    erecords("retention", "hold", "lift", hold["hold"], "--reason", "Urteil", actor="u-dsb1")
    shown = erecords("retention", "hold", "list")["holds"][0]
    assert (shown["hold"], shown["lifted"] is not None) == (hold["hold"], True)


def test_nobody_to_ask_means_no(erecords, monkeypatch):
    case(erecords, "10.5", "u-anl1")
    number = erecords("retention", "propose", "--on", "2057-01-01")["list"]
    erecords("retention", "approve", number, actor="u-hpa0")
    monkeypatch.setattr("sys.stdin.isatty", lambda: False)
    erecords("retention", "carry-out", number, "--on", "2057-01-01", code=2)


def test_nothing_due_is_no_list(erecords):
    assert erecords("retention", "propose") == {"list": None, "state": None, "items": []}
    assert erecords("retention", "run")["list"] is None
    assert erecords("retention", "show") == {"lists": []}
    assert len(erecords("retention", "schedule", "list")["rules"]) == 54
    assert len(erecords("retention", "waiver", "list")["waivers"]) == 28


def test_an_event_that_no_rule_knows_is_refused_with_what_comes_near(erecords, capsys):
    reference = erecords("case", "open", "--class", "22.31", "--title", "Hund", actor="u-hust1")["reference"]
    answer = erecords("case", "event", reference, "ende_steuerflicht", "--on", "2026-01-01", actor="u-hust1", code=8)
    assert "ende_steuerpflicht" in answer["error"]["message"]
    answer = erecords("case", "event", reference, "zda", "--on", "2026-01-01", actor="u-hust1", code=8)
    assert "case close" in answer["error"]["message"]
    erecords("case", "event", reference, "ende_steuerpflicht", "--on", "2026-01-01", actor="u-hust1")


def test_reports_offers_and_samples_by_command(erecords, tmp_path, capsys):
    one = case(erecords, "10.71", "u-anl1", title="Huber")
    other = case(erecords, "10.71", "u-anl1", title="Maier")
    assert len(erecords("retention", "report", "due", "--on", "2057-01-01")["rows"]) == 2
    number = erecords("retention", "propose", "--on", "2057-01-01")["list"]
    erecords("retention", "offer", number, "--to", tmp_path / "angebot.csv")
    assert one in (tmp_path / "angebot.csv").read_text("utf-8-sig")
    assert len(erecords("retention", "report", "offered")["rows"]) == 2
    erecords("retention", "lapse", number, code=5)
    erecords("retention", "sample", number, "--reason", "r", actor="u-arc1", code=2)
    items = erecords("retention", "sample", number, "--letters", "H", "--reason", "r", actor="u-arc1")["items"]
    assert {item["reference"]: item["decision"] for item in items} == {one: "A", other: "V"}
    added = erecords("retention", "case-rule", "add", one, "R-RAT", "--reason", "Ratsbeschluss")
    assert added["state"] == "in force"
    row = erecords(
        "retention", "suspension", "begin", other, "--reason", "r", "--basis", "BGB § 203", "--recheck", "2099-01-01"
    )
    assert erecords("retention", "suspension", "list")["suspensions"][0]["suspension"] == row["suspension"]
    assert erecords("retention", "report", "suspended")["rows"][0]["reference"] == other
    assert erecords("retention", "why", other, "--on", "2057-01-01")["suspensions"] == [row["suspension"]]


def test_a_rule_of_a_transaction_by_command(erecords):
    reference = erecords("case", "open", "--class", "10.5", "--title", "Auskunft", actor="u-anl1")["reference"]
    opened = erecords("case", "transaction", "open", reference, "--title", "Antrag", actor="u-anl1")
    number = opened["number"]
    erecords("case", "close", reference, actor="u-anl1")
    before = erecords("retention", "why", reference)["due"]
    given = ("retention", "case-rule", "add", reference, "R-ALLG-10", "--transaction", number, "--reason", "Rechnung")
    tried = erecords(*given, "--dry-run")
    assert tried["due"]["before"] == before < tried["due"]["after"] and tried["waits"] is False
    assert erecords("retention", "case-rule", "list")["case_rules"] == []
    added = erecords(*given)
    assert (added["transaction"], added["document"], added["state"]) == (number, None, "in force")
    answer = erecords("retention", "why", number)
    assert answer["reference"] == reference and answer["due"] == tried["due"]["after"]
    assert answer["obligations"][1] == {
        "rule": "R-ALLG-10", "of": f"transaction {number}", "kind": "min", "due": answer["due"],
    }  # fmt: skip
    erecords("retention", "why", number, actor="u-hust1", code=3)
    erecords(*given[:5], "--transaction", number, "--document", "1", "--reason", "r", code=8)


def test_another_rule_for_a_class_by_command(erecords, tmp_path):
    reference = case(erecords, "10.5", "u-anl1")
    text = (DATA / "filing_plan.csv").read_text("utf-8").replace(",R-DSGVO,", ",R-TERMIN,")
    (tmp_path / "plan.csv").write_text(text, "utf-8")
    tried = erecords("plan", "import", tmp_path / "plan.csv", "--dry-run")
    assert tried["dry_run"] is True and tried["waiting"] == ["10.5"]
    assert erecords("retention", "schedule", "classes")["classes"] == []
    assert erecords("plan", "import", tmp_path / "plan.csv")["waiting"] == ["10.5"]
    [row] = erecords("retention", "schedule", "classes")["classes"]
    assert (row["class"], row["rule"], row["asked"], row["cases"]) == ("10.5", "R-DSGVO", "R-TERMIN", 1)
    assert erecords("retention", "why", reference)["rule"] == "R-DSGVO"
    erecords("retention", "schedule", "confirm-class", "10.5", code=34)
    assert erecords("retention", "schedule", "confirm-class", "10.5", actor="u-hpa0")["classes"] == ["10.5"]
    assert erecords("retention", "why", reference)["rule"] == "R-TERMIN"


def test_a_move_says_what_it_changes_before_and_afterwards(erecords):
    reference = erecords("case", "open", "--class", "10.41", "--title", "Vorlage", actor="u-rat1")["reference"]
    moving = ("case", "move", reference, "--class", "10.42", "--reason", "Satzung")
    tried = erecords(*moving, "--dry-run", actor="u-rat1")
    assert tried["dry_run"] and tried["effect"]["before"]["due"] == "2057-01-01"
    assert erecords("case", "show", reference, actor="u-rat1")["class"] == "10.41"
    assert erecords("retention", "case-rule", "list")["case_rules"] == []
    moved = erecords(*moving, actor="u-rat1")
    [row] = erecords("retention", "case-rule", "list")["case_rules"]
    assert row["state"] == "end waits" and row["rule"] == "R-RAT" and str(row["number"]) in moved["effect"]["notes"][0]
    assert any("case-rule approve" in text for text in erecords("retention", "run")["warnings"])
    ended = erecords("retention", "case-rule", "approve", row["number"], actor="u-hpa0")
    assert ended["state"] == "ended"
