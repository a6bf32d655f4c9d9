"""A backup from before a disposal, restored: what was destroyed goes again, holds and rules come back."""

import json
import shutil

import pytest

import cli
from tests.retention.test_commands import case

ON = ("--on", "2057-01-01")


class Home:
    """A home used by its commands."""

    def __init__(self, path, capsys):
        self.path, self.capsys, self.folder = path, capsys, path.parent

    def __call__(self, *arguments, actor="u-org1", code=0):
        assert cli.run_command(["--home", str(self.path), "--actor", actor, "--json", *map(str, arguments)]) == code
        return json.loads(self.capsys.readouterr().out or "null")

    def dispose(self):
        number = self("retention", "propose", *ON)["list"]
        self("retention", "approve", number, actor="u-hpa0")
        self("retention", "carry-out", number, *ON, "--yes")
        return number

    def files_with(self, word):
        return [path for path in self.path.rglob("*") if path.is_file() and word in path.read_bytes()]


@pytest.fixture
def home(city_home, tmp_path, capsys):
    shutil.copytree(city_home, tmp_path / "home")
    return Home(tmp_path / "home", capsys)


@pytest.fixture
def restored(home, tmp_path, capsys):
    return Home(tmp_path / "restored", capsys)


def backup(home, tmp_path):
    home("db", "backup", "--to", tmp_path / "b.tar", actor="u-it1")
    return tmp_path / "b.tar"


def test_what_was_destroyed_goes_again(home, restored, tmp_path):
    gone = case(home, "10.5", "u-anl1", title="Auskunft Quastenflosser", text="Quastenflosser im Teich")
    kept = case(home, "10.71", "u-anl1", title="Bleibt", text="Bleibt hier")
    file = backup(home, tmp_path)
    assert home.files_with(b"Quastenflosser")
    home("retention", "hold", "place", kept, "--title", "Klage", "--reason", "3 K 12/26", actor="u-dsb1")
    number = home.dispose()
    assert home.files_with(b"Quastenflosser") == []
    result = restored("db", "restore", file, "--ledger", home.path / "ledger")
    assert result["findings"] == []
    assert restored.files_with(b"Quastenflosser") == []
    assert restored("case", "show", gone)["certificate"] == "LP-2026-0001"
    assert restored("search", "Quastenflosser", actor="u-anl1")["total"] == 0
    assert restored("search", "Bleibt", actor="u-anl1")["total"] > 0
    held = restored("retention", "hold", "list")["holds"]
    assert [(hold["hold"], hold["references"]) for hold in held] == [("H-2026-0001", [kept])]
    restored("retention", "certificate", number, "--to", tmp_path / "wieder.json")
    home("retention", "certificate", number, "--to", tmp_path / "damals.json")
    assert (tmp_path / "wieder.json").read_bytes() == (tmp_path / "damals.json").read_bytes()
    assert restored("check", "--deep") == {"findings": [], "sound": True}
    log = restored("audit", "list", "--object", f"case:{gone}")["entries"]
    assert "disposal.repeated" in [entry["action"] for entry in log]
    again = restored("retention", "hold", "place", kept, "--title", "Neu", "--reason", "b", actor="u-dsb1")
    assert again["hold"] == "H-2026-0002", "numbers that the backup did not know are not given out again"


def test_a_ledger_that_comes_later_is_followed_at_the_next_opening(home, restored, tmp_path):
    gone = case(home, "10.5", "u-anl1", text="Quastenflosser")
    file = backup(home, tmp_path)
    home.dispose()
    restored("db", "restore", file)
    assert restored("case", "show", gone, actor="u-anl1")["state"] == "closed"
    shutil.copytree(home.path / "ledger", restored.path / "ledger", dirs_exist_ok=True)
    assert restored("case", "show", gone)["state"] == "destroyed"
    assert restored.files_with(b"Quastenflosser") == []
    assert restored("check")["sound"]


def test_what_the_lost_archive_held_stays_with_the_office(home, restored, tmp_path):
    kept = case(home, "10.41", "u-rat1", text="Quastenflosser")
    file = backup(home, tmp_path)
    home.dispose()
    assert home("case", "show", kept)["state"] == "transferred"
    found = restored("db", "restore", file, "--ledger", home.path / "ledger")["findings"]
    assert len(found) == 1 and kept in found[0] and "does not hold it" in found[0]
    assert restored("case", "show", kept, actor="u-rat1")["state"] == "closed"


def test_what_the_archive_kept_leaves_the_office_again(home, restored, tmp_path):
    kept = case(home, "10.41", "u-rat1", text="Quastenflosser")
    file = backup(home, tmp_path)
    home.dispose()
    restored("db", "restore", file)
    for name in ("archive", "ledger"):
        shutil.rmtree(restored.path / name)
        shutil.copytree(home.path / name, restored.path / name)
    assert restored("case", "show", kept)["state"] == "transferred"
    assert not [path for path in restored.files_with(b"Quastenflosser") if "archive" not in path.parts]


def test_a_list_that_had_begun_ends_with_what_went(home, restored, tmp_path, monkeypatch):
    from retention.disposal import carryout

    one, other = case(home, "10.5", "u-anl1", text="Eins"), case(home, "10.5", "u-anl1", text="Zwei")
    file = backup(home, tmp_path)
    number = home("retention", "propose", *ON)["list"]
    home("retention", "approve", number, actor="u-hpa0")
    real = carryout._some

    def once(means, order, items):
        monkeypatch.setattr(carryout, "_some", _stop)
        return real(means, order, items)

    def _stop(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(carryout, "AT_ONCE", 1)
    monkeypatch.setattr(carryout, "_some", once)
    home("retention", "carry-out", number, *ON, "--yes", code=9)
    monkeypatch.setattr(carryout, "_some", real)
    restored("db", "restore", file, "--ledger", home.path / "ledger")
    assert restored("case", "show", one)["state"] == "destroyed"
    assert restored("case", "show", other, actor="u-anl1")["state"] == "closed"
    assert restored("case", "show", one)["certificate"] == "LP-2026-0001"
    assert [row["reference"] for row in restored("retention", "propose", *ON)["items"]] == [other]
    assert restored("check")["sound"]


def test_a_strange_ledger_is_refused(home, restored, tmp_path):
    case(home, "10.5", "u-anl1")
    file = backup(home, tmp_path)
    home.dispose()
    ledger = home.path / "ledger" / "ledger.jsonl"
    ledger.write_bytes(ledger.read_bytes().replace(b'"destroyed"', b'"destr0yed"'))
    restored("db", "restore", file, "--ledger", home.path / "ledger", code=9)


def test_rules_that_came_later_come_back(home, restored, tmp_path):
    reference = case(home, "10.5", "u-anl1")
    file = backup(home, tmp_path)
    schedule = tmp_path / "schedule.csv"
    schedule.write_text(
        "id,title,years,trigger,start,kind,disposal,basis,source\n"
        "R-DSGVO,Auskunft,9,zda,jahresende,min,V,gesetz,Neues Gesetz\n",
        encoding="utf-8",
    )
    home("retention", "schedule", "import", schedule)
    restored("db", "restore", file, "--ledger", home.path / "ledger")
    assert restored("retention", "why", reference)["due"] == home("retention", "why", reference)["due"]


def test_a_line_that_was_cut_off_is_written_anew(home, tmp_path):
    reference = case(home, "10.5", "u-anl1")
    ledger = home.path / "ledger" / "ledger.jsonl"
    before = ledger.read_bytes()
    with ledger.open("ab") as stream:
        stream.write(b'{"content":{"ki')
    home("retention", "hold", "place", reference, "--title", "t", "--reason", "r")
    lines = ledger.read_bytes().removeprefix(before).splitlines()
    assert [json.loads(line)["content"]["kind"] for line in lines] == ["hold"]
    assert home("check")["sound"]


def test_a_lost_ledger_is_found(home):
    case(home, "10.5", "u-anl1")
    (home.path / "ledger" / "ledger.jsonl").unlink()
    findings = home("check", code=100)["findings"]
    assert [finding["area"] for finding in findings] == ["ledger"]
