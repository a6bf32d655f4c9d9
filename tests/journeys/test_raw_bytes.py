"""What a destroyed letter leaves in the home and among temporary files, byte by byte: nothing of its own."""

import json
import shutil
from email.message import EmailMessage
from pathlib import Path

import pytest
from fpdf import FPDF

import cli

GONE, STAYS = "Quastenflosser", "Wabenkroete"
"""Two people; all of the first is to go."""
SPELLINGS = [GONE.encode(), GONE.lower().encode(), GONE.encode("utf-16-le"), GONE.encode().hex().encode()]


def email() -> bytes:
    """A letter by e-mail, with another attached to it."""
    message = EmailMessage()
    message["From"], message["To"] = f"Anna {GONE} <anna@{GONE.lower()}.example>", "post@zwoenau.example"
    message["Subject"], message["Date"] = f"Auskunft {GONE}", "Mon, 02 Nov 2026 10:00:00 +0100"
    message.set_content(f"Ich, Anna {GONE}, bitte um Auskunft nach Art. 15 DSGVO.")
    message.add_attachment(f"Anlage {GONE}".encode(), maintype="text", subtype="plain", filename=f"{GONE}.txt")
    return bytes(message)


def batch(path: Path) -> None:
    """One file with a page of each of them, as a scanner makes it; its text can be read in the bytes."""
    pdf = FPDF()
    pdf.set_compression(False)
    pdf.set_font("helvetica", size=12)
    for who in (GONE, STAYS):
        pdf.add_page()
        pdf.multi_cell(0, 8, f"{who}\n\nStadt Zwoenau\n\nGuten Tag, hier schreibt {who} wegen neulich.")
    pdf.output(str(path))


@pytest.fixture
def run(city_home, tmp_path, monkeypatch, capsys):
    home = tmp_path / "home"
    shutil.copytree(city_home, home)
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr("tempfile.tempdir", None)

    def call(*arguments: object, actor: str = "u-post1"):
        assert cli.run_command(["--home", str(home), "--actor", actor, "--json", *map(str, arguments)]) == 0
        return json.loads(capsys.readouterr().out or "null")

    return call


def found(folder: Path) -> set[str]:
    """Files whose name or bytes have the word, in any of its spellings."""
    return {
        path.name for path in folder.rglob("*")
        if path.is_file() and (GONE in path.name or any(word in path.read_bytes() for word in SPELLINGS))
    }  # fmt: skip


def file_all(run) -> None:
    """Each letter of the tray in a case of its own, with a remark; a batch is split before."""
    for letter in run("mail", "tray")["letters"]:
        if letter["pages"] == 2:
            run("mail", "split", letter["number"], 1)
    for letter in run("mail", "tray")["letters"]:
        who = STAYS if letter["last_page"] == 2 else GONE
        run("mail", "remark", letter["number"], f"{who} rief an")
        run("mail", "file", letter["number"], "--class", "10.5", "--title", f"Auskunft {who} {letter['number']}")


def test_nothing_of_its_own_is_left(run, tmp_path):
    for name in ("einmal", "zweimal"):
        (tmp_path / f"{GONE} {name}.eml").write_bytes(email())
    batch(tmp_path / "stapel.pdf")
    run("mail", "take", *sorted(tmp_path.glob("*.eml")), tmp_path / "stapel.pdf")
    file_all(run)
    clerk = "u-anl1"
    run("search", GONE, "--save", f"{GONE} offen", actor=clerk)
    cases = run("case", "list", "--class", "10.5", actor=clerk)["cases"]
    going = [case["reference"] for case in cases if GONE in case["title"]]
    assert len(going) >= 2 and len(going) < len(cases)
    for reference in going:
        run("case", "close", reference, actor=clerk)
    assert found(tmp_path / "home")
    list_id = run("retention", "propose", "--on", "2099-01-01", actor="u-org1")["list"]
    run("retention", "comment", list_id, f"{GONE} drängt", "--case", going[0], actor="u-org1")
    run("retention", "approve", list_id, "--on", "2099-01-01", actor="u-hpa0")
    run("retention", "carry-out", list_id, "--on", "2099-01-01", "--yes", actor="u-org1")
    run("retention", "certificate", list_id, "--to", tmp_path / "proof.json", actor="u-org1")
    proof = json.loads((tmp_path / "proof.json").read_text(encoding="utf-8"))
    shared = {
        thing["sha512"]: thing["kind"] for item in proof["items"] for thing in item["objects"] if thing.get("shared")
    }  # fmt: skip
    assert list(shared.values()) == ["delivery of several"], "the batch stays with the page of the other, and is named"
    assert found(tmp_path / "home") | found(tmp_path / "tmp") == set(shared)
    close_other(run, cases, going, clerk)
    assert found(tmp_path / "home") | found(tmp_path / "tmp") == set(), "the batch goes with the last letter of it"
    assert run("check", actor="u-it1")["sound"]


def close_other(run, cases, going, clerk) -> None:
    """Close and destroy what is left in the class."""
    for case in cases:
        if case["reference"] not in going:
            run("case", "close", case["reference"], actor=clerk)
    list_id = run("retention", "propose", "--on", "2099-01-01", actor="u-org1")["list"]
    run("retention", "approve", list_id, "--on", "2099-01-01", actor="u-hpa0")
    run("retention", "carry-out", list_id, "--on", "2099-01-01", "--yes", actor="u-org1")
