import re
import subprocess
import sys
from pathlib import Path

import pytest

from erecords.errors import NotPermitted
from erecords.registry import auditlog, cases, documents, saved
from erecords.registry.documents import NewRendition
from erecords.store import audit
from erecords.store.lifecycle import RenditionKind
from tests.city import City

PAGE = Path(__file__).parents[3] / "docs" / "internals" / "audit.md"


@pytest.fixture
def moved(city: City) -> str:
    with city.work("u-hust1") as work:
        actor = city.actor("u-hust1")
        case = cases.open_case(work, actor, class_notation="22.31", title="Hundesteuer Colditz, Uwe")
        blob = city.blobs.put_bytes(b"Brief")
        original = NewRendition(RenditionKind.ORIGINAL, blob.sha512, blob.bytes, "text/plain")
        documents.register(work, actor, city.blobs, case, title="Brief Colditz", name="b.txt", renditions=[original])
        cases.open_case(work, actor, class_notation="22.31", title="Hundesteuer Dietze")
        return cases.move(work, actor, case, class_notation="22.32", reason="Umzug ins Heim").reference


def script(tmp_path: Path, export: Path) -> subprocess.CompletedProcess[str]:
    """Run the script of the page, with nothing of this program on its path."""
    code = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL).group(1)
    assert len([line for line in code.splitlines() if line.strip()]) <= 20
    (tmp_path / "verify.py").write_text(code, encoding="utf-8")
    command = [sys.executable, "-I", str(tmp_path / "verify.py"), str(export)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)


def exported(city: City, tmp_path: Path, actor: str = "u-dsb1") -> Path:
    with city.read() as session:
        assert auditlog.export(session, city.actor(actor), tmp_path / "log.jsonl") == audit.verify(session).entries
    return tmp_path / "log.jsonl"


def test_the_script_of_the_page_verifies_an_export(city, moved, tmp_path):
    result = script(tmp_path, exported(city, tmp_path))
    with city.read() as session:
        head = auditlog.head(session)
    assert result.returncode == 0
    assert result.stdout == f"{head['sequence']} entries hold, the last is {head['hash']}\n"


@pytest.mark.parametrize("damage", ["edit", "remove", "swap", "first"])
def test_the_script_of_the_page_finds_damage(city, moved, tmp_path, damage):
    path = exported(city, tmp_path)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    place = next(number for number, line in enumerate(lines) if "case.open" in line)
    if damage == "edit":
        lines[place] = lines[place].replace("u-hust1", "u-hust2")
    elif damage == "remove":
        del lines[place]
    elif damage == "swap":
        lines[place], lines[place + 1] = lines[place + 1], lines[place]
    else:
        del lines[0]
    path.write_text("".join(lines), encoding="utf-8")
    result = script(tmp_path, path)
    assert result.returncode == 1
    assert result.stderr == f"entry {1 if damage == 'first' else place + 1} does not hold\n"


def test_an_export_names_nobody(city, moved, tmp_path):
    text = exported(city, tmp_path).read_text(encoding="utf-8")
    assert "Colditz" not in text and "Ebersbach" not in text and "Umzug" not in text


@pytest.mark.parametrize("actor", ["u-hust1", "u-sta0", "u-arc1", "u-post1"])
def test_who_may_not_read_the_whole_log(city, moved, tmp_path, actor):
    with city.read() as session:
        with pytest.raises(NotPermitted):
            auditlog.entries(session, city.actor(actor))
        with pytest.raises(NotPermitted):
            auditlog.export(session, city.actor(actor), tmp_path / "log.jsonl")
    assert not (tmp_path / "log.jsonl").exists()


def test_a_cases_log_has_all_its_references_and_documents(city, moved):
    with city.read() as session:
        for name in (moved, "22.31-2026/000001", "22.31-2026/1"):
            lines = list(auditlog.entries(session, city.actor("u-hust1"), name))
            assert [line["action"] for line in lines] == ["case.open", "document.register", "case.moved", "case.move"]
        assert lines[0]["details"]["personal"] == {"title": "Hundesteuer Colditz, Uwe"}
        assert auditlog.in_words(lines[0]["details"]) == (
            "class=22.31, opened=2026-11-22, unit=22.3, title=Hundesteuer Colditz, Uwe"
        )


@pytest.mark.parametrize(("actor", "error"), [("u-baug1", NotPermitted), ("u-arc1", NotPermitted), ("u-it1", None)])
def test_others_see_a_cases_log_without_names_or_not_at_all(city, moved, actor, error):
    with city.read() as session:
        if error:
            with pytest.raises(error):
                auditlog.entries(session, city.actor(actor), moved)
        else:
            text = str(list(auditlog.entries(session, city.actor(actor), moved)))
            assert "case.open" in text and "Colditz" not in text


def test_the_log_of_another_object(city, moved):
    with city.read() as session:
        lines = list(auditlog.entries(session, city.actor("u-org1"), "class:22.31"))
        assert [line["action"] for line in lines] == ["class.create"]


@pytest.mark.parametrize(("actor", "seen"), [("u-dsb1", True), ("u-it1", False), ("u-org1", False)])
def test_what_was_searched_for_is_read_by_data_protection_alone(city, actor, seen):
    with city.work("u-hust1") as work:
        saved.save(work, city.actor("u-hust1"), "Nachbar", "Colditz", {})
    with city.read() as session:
        text = str(list(auditlog.entries(session, city.actor(actor), "search:u-hust1")))
        assert "search.save" in text and ("Colditz" in text) is seen
        assert "Colditz" not in str(list(auditlog.entries(session, city.actor(actor))))


@pytest.mark.parametrize("name", ["22.31-2026/000099", "22.31-2026/99", "case:22.31-2026/000099"])
def test_the_log_of_a_case_outlives_the_case(city, name):
    with city.work("u-org1") as work:
        work.log("case.erase", "case:22.31-2026/000099", rows=9)
    with city.read() as session:
        lines = list(auditlog.entries(session, city.actor("u-dsb1"), name))
        assert [line["action"] for line in lines] == ["case.erase"]
        with pytest.raises(NotPermitted):
            auditlog.entries(session, city.actor("u-hust1"), name)
