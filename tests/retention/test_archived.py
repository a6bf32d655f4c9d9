"""Packages of the archive go by order alone: two people, no hold, all versions and all places for copies."""

from __future__ import annotations

import ast
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from pikepdf.pdfa import validate_written

import cli
from archive.ingest import ingest
from archive.keeping.copies import replicate
from archive.keeping.places import open_place
from archive.package import Related, aip_id
from archive.settings import ArchiveSettings
from archive.store import in_home
from erecords.clock import SystemClock
from erecords.digest import sha512_file
from retention.disposal import archived, gate
from retention.holds import placing
from retention.models import ArchiveErasure
from tests.archive.samples import sample_sip
from tests.retention.city import City

ROOT = Path(__file__).parents[2]
REFERENCE = "22.31-2026/000147"
PRIVACY, HEAD, MANAGER, ARCHIVIST, CLERK = "u-dsb1", "u-hpa0", "u-org1", "u-arc1", "u-pers1"


@pytest.fixture(scope="module")
def home(city_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("city") / "home"
    shutil.copytree(city_home, folder)
    settings = folder / "erecords.toml"
    before = settings.read_text(encoding="utf-8")
    copy = json.dumps(str(folder.parent / "copy"))
    settings.write_text(before.replace("\n[archive]\n", f"\n[archive]\ncopies = [{copy}]\n"), encoding="utf-8")
    return folder


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def call(actor: str, *arguments: str, code: int = 0) -> Any:
        capsys.readouterr()
        found = cli.run_command(["--home", str(home), "--actor", actor, "--json", *arguments])
        out, err = capsys.readouterr()
        assert found == code, err
        return json.loads(out)

    return call


def test_an_order_is_taken_back(run: Any, home: Path) -> None:
    reference = "22.31-2026/000190"
    take_in(home, reference)
    order = ("retention", "archived", "order", reference, "--reason", "Urteil VG 3 K 12/26")
    wrong = run(PRIVACY, *order)["order"]
    run(HEAD, "retention", "archived", "approve", wrong)
    assert run(PRIVACY, "retention", "archived", "withdraw", wrong)["withdrawn_by"] == PRIVACY
    assert (
        "withdrawn" in run(MANAGER, "retention", "archived", "carry-out", wrong, "--yes", code=30)["error"]["message"]
    )
    for again in ("withdraw", "approve"):
        run(PRIVACY if again == "withdraw" else HEAD, "retention", "archived", again, wrong, code=5)
    right = run(PRIVACY, *order)["order"]
    run(HEAD, "retention", "archived", "approve", right)
    assert run(MANAGER, "retention", "archived", "carry-out", right, "--yes")["open"] == []
    run(PRIVACY, "retention", "archived", "withdraw", right, code=5)


def test_the_certificate_is_a_page_and_a_table(run: Any, home: Path, tmp_path: Path) -> None:
    reference = "22.31-2026/000210"
    take_in(home, reference)
    number = run(PRIVACY, "retention", "archived", "order", reference, "--reason", "Urteil VG 3 K 12/26")["order"]
    run(HEAD, "retention", "archived", "approve", number)
    write = ("retention", "archived", "certificate", number, "--to")
    run(PRIVACY, *write, str(tmp_path / "early.pdf"), code=3)
    done = run(MANAGER, "retention", "archived", "carry-out", number, "--yes")
    run(PRIVACY, *write, str(tmp_path / "l.json"))
    page = run(PRIVACY, *write, str(tmp_path / "l.pdf"))
    assert page["sha512"] == sha512_file(tmp_path / "l.pdf")[0]
    values = json.loads((tmp_path / "l.json").read_text("utf-8"))
    assert [values[key]["id"] for key in ("ordered", "approved", "carried_out")] == [PRIVACY, HEAD, MANAGER]
    assert values["removed"] == done["removed"] and values["copies_open"] == []
    assert validate_written(tmp_path / "l.pdf", "2b").passed
    words = pypdfium2.PdfDocument(tmp_path / "l.pdf")[0].get_textpage().get_text_range()
    assert "Urteil VG 3 K 12/26" in words and number in words and reference in words
    assert "Müller" not in words, "no title, nobody's name but of those who acted"
    run(CLERK, *write, str(tmp_path / "no.pdf"), code=4)


def test_a_case_of_several_packages_is_ordered_as_a_whole_or_alone(run: Any, home: Path) -> None:
    reference, number = "22.31-2026/000200", "V-2026-000200"
    part = replace(
        sample_sip(home.parent / "src", number), kind="transaction", part_of=Related(reference, aip_id(reference))
    )
    whole = replace(sample_sip(home.parent / "src", reference), parts=(Related(number, part.aip_id),))
    store = in_home(home, ArchiveSettings(), SystemClock())
    for sip in (part, whole):
        ingest(store, sip, SystemClock(), agent="A")
    order = ("retention", "archived", "order", reference, "--reason", "Urteil VG 3 K 12/26")
    before = run(PRIVACY, "retention", "archived", "list")
    assert cli.run_command(["--home", str(home), "--actor", PRIVACY, *order]) == 2
    assert run(PRIVACY, "retention", "archived", "list") == before, "nothing is ordered by half"
    alone = run(PRIVACY, *order, "--alone")
    assert (alone["package"], alone["part_of"]) == (whole.aip_id, None)
    run(PRIVACY, "retention", "archived", "withdraw", alone["order"])
    both = run(PRIVACY, *order, "--parts")["orders"]
    assert [(row["package"], row["part_of"]) for row in both] == [(whole.aip_id, None), (part.aip_id, reference)]
    numbers = [row["order"] for row in both]
    run(HEAD, "retention", "archived", "approve", *numbers)
    done = run(MANAGER, "retention", "archived", "carry-out", *numbers, "--yes")["orders"]
    assert [row["carried_out_by"] for row in done] == [MANAGER, MANAGER]
    assert run(ARCHIVIST, "archive", "show", reference)["parts"][0]["erased"] is True
    assert run(ARCHIVIST, "archive", "show", number)["part_of"] == reference


def take_in(home: Path, reference: str) -> None:
    store = in_home(home, ArchiveSettings(), SystemClock())
    ingest(store, sample_sip(home.parent / "src", reference), SystemClock(), agent="A")
    place = open_place(store, home.parent / "copy")
    assert replicate(store, place, str(home.parent / "copy")).failed == ()


def test_from_order_to_stub_with_all_copies(run: Any, home: Path) -> None:
    take_in(home, REFERENCE)
    found = run(PRIVACY, "retention", "archived", "order", REFERENCE, "--reason", "Urteil VG 3 K 12/26")
    number = found["order"]
    assert number.startswith("AL-") and found["approved_by"] is None
    run(PRIVACY, "retention", "archived", "order", REFERENCE, "--reason", "again", code=5)
    carry_out = ("retention", "archived", "carry-out", number, "--yes")
    assert "not approved" in run(MANAGER, *carry_out, code=30)["error"]["message"]
    run(PRIVACY, "retention", "archived", "approve", number, code=34)
    run(CLERK, "retention", "archived", "approve", number, code=4)
    run(HEAD, "retention", "archived", "approve", number)
    run(HEAD, "retention", "archived", "approve", number, code=5)
    for actor in (ARCHIVIST, HEAD, CLERK):
        run(actor, *carry_out, code=30)
    for actor in (ARCHIVIST, CLERK):
        run(actor, "retention", "archived", "withdraw", number, code=4)
    assert list(home.parent.glob("*/archive/**/*.pdf")) and list((home.parent / "copy").rglob("*.pdf"))
    done = run(MANAGER, *carry_out)
    assert done["carried_out_by"] == MANAGER and len(done["removed"]) > 8 and done["open"] == []
    assert not list((home / "archive").rglob("*.pdf")) and not list((home.parent / "copy").rglob("*.pdf"))
    run(MANAGER, *carry_out, code=30)
    assert run(PRIVACY, "retention", "archived", "list")["orders"][0]["removed"] == done["removed"]
    assert run(ARCHIVIST, "archive", "show", REFERENCE)["erased"]
    assert run(ARCHIVIST, "archive", "verify", "--all")["bad"] == []
    assert run(PRIVACY, "audit", "verify")["valid"]


def test_who_may_not_order(run: Any, home: Path) -> None:
    take_in(home, "22.31-2026/000148")
    run(ARCHIVIST, "retention", "archived", "order", "22.31-2026/000148", "--reason", "x", code=4)
    run(CLERK, "retention", "archived", "order", "22.31-2026/000148", "--reason", "x", code=3)
    run(PRIVACY, "retention", "archived", "order", "22.31-2026/000148", "--reason", " ", code=8)
    run(PRIVACY, "retention", "archived", "approve", "AL-1", code=3)
    run(CLERK, "retention", "archived", "list", code=4)


@pytest.mark.parametrize("part", [False, True])
def test_a_hold_survives_the_hand_over(city: City, part: bool) -> None:
    reference = city.case("10.41")
    city.carry_out(city.approved())
    aip = city.archive.package(reference).id
    with city.work(city.privacy) as work:
        named = ("erecords:transaction:V-1", "V-1", "Urteil") if part else (aip, reference, "Urteil")
        number = archived.order(work, city.privacy, *named, part_of=reference if part else "").id
    with city.work(city.head) as work:
        archived.approve(work, city.head, number)
    with city.work(city.privacy) as work:
        hold = placing.place(work, city.privacy, [reference], title="Klage", reason="VG").hold
    erased: list[str] = []

    def erase(row: ArchiveErasure) -> gate.Gone:
        erased.append(row.aip)
        return [("00" * 64, 1)]

    def carry_out() -> None:
        with city.work(city.manager) as work:
            gate.erase_archived(work, city.manager, archived.find(work.session, number), erase)

    with pytest.raises(gate.Withheld, match=hold):
        carry_out()
    assert erased == []
    with city.work(city.privacy) as work:
        placing.lift(work, city.privacy, hold, reason="erledigt")
    carry_out()
    with pytest.raises(gate.Withheld, match="carried out already"):
        carry_out()
    assert erased == [named[0]]


def test_nothing_else_erases_packages() -> None:
    callers = set()
    for package in ("erecords", "mailroom", "archive", "retention"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom) and node.module == "archive.keeping.erase":
                    callers.add(path.relative_to(ROOT).as_posix())
    assert callers == {"retention/commands/archived.py"}, "which hands it to the gate"
