"""What is given out can be read by others' tools, is closed to readers in time, and is logged."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import pytest

from archive.access.closure import closure
from archive.access.export import ExportForm, export
from archive.errors import Closed
from archive.ingest import ingest
from archive.package import FileRole, Rights
from archive.store import ArchiveStore
from erecords.errors import Conflict, NotFound
from tests.archive.samples import PDF, new_archive, sample_sip, sip_file
from tests.fakes import FixedClock

AIP = "erecords:case:22.31-2026/000147"


@pytest.fixture
def store(tmp_path: Path) -> ArchiveStore:
    from dataclasses import replace

    made = new_archive(tmp_path)
    sip = sample_sip(tmp_path / "src")
    scan = sip_file(
        tmp_path / "src", "documents/D-2/original/scan.tif", b"II*\0", FileRole.ORIGINAL, "D-000012", "image/tiff"
    )
    pdfa = sip_file(
        tmp_path / "src", "documents/D-000012/pdfa.pdf", PDF + b"a", FileRole.PDFA, "D-000012", "application/pdf"
    )
    ingest(made, replace(sip, files=(*sip.files, scan, pdfa)), FixedClock(), agent="A")
    return made


def test_bag_passes_bagit(store: ArchiveStore, tmp_path: Path) -> None:
    bagit = pytest.importorskip("bagit")
    dip = export(store, "22.31-2026/000147", ExportForm.BAGIT, tmp_path / "out", actor="A")
    bag = bagit.Bag(str(dip.folder))
    assert bag.validate() and bag.info["Payload-Oxum"] == f"{dip.bytes}.{dip.files}"
    assert bag.info["External-Identifier"] == "erecords:case:22.31-2026/000147"


def test_eark_form_matches_its_manifest(store: ArchiveStore, tmp_path: Path) -> None:
    dip = export(store, "22.31-2026/000147", ExportForm.EARK, tmp_path / "out", actor="A")
    assert (dip.folder / "METS.xml").is_file()
    lines = (dip.folder / "manifest-sha512.txt").read_text(encoding="utf-8").splitlines()
    for line in lines:
        digest, path = line.split("  ", 1)
        assert hashlib.sha512((dip.folder / path).read_bytes()).hexdigest() == digest
    assert len(lines) == dip.files - 1


def test_dip_prefers_renditions(store: ArchiveStore, tmp_path: Path) -> None:
    dip = export(store, "22.31-2026/000147", ExportForm.DIP, tmp_path / "out", actor="A")
    names = sorted(str(p.relative_to(dip.folder)) for p in dip.folder.rglob("*") if p.is_file())
    assert names == ["dc.xml", "documents/D-000012/pdfa.pdf", "index.html", "manifest-sha512.txt"]
    assert "Bescheid" in (dip.folder / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("roles", "names"),
    [
        (["original"], ["documents/D-000012/original/Bescheid Müller.pdf", "documents/D-2/original/scan.tif"]),
        (["text", "pdfa"], ["documents/D-000012/pdfa.pdf", "documents/D-000012/text.txt"]),
    ],
)
def test_dip_with_chosen_renditions_and_its_manifest(
    roles: list[str], names: list[str], store: ArchiveStore, tmp_path: Path
) -> None:
    chosen = [FileRole(role) for role in roles]
    dip = export(store, "22.31-2026/000147", ExportForm.DIP, tmp_path / "out", actor="A", roles=chosen)
    found = {str(p.relative_to(dip.folder)) for p in dip.folder.rglob("*") if p.is_file()}
    assert found == {*names, "dc.xml", "index.html", "manifest-sha512.txt"}
    lines = (dip.folder / "manifest-sha512.txt").read_text(encoding="utf-8").splitlines()
    listed = {line[130:]: line[:128] for line in lines}
    assert set(listed) == found - {"manifest-sha512.txt"}
    assert all(hashlib.sha512((dip.folder / name).read_bytes()).hexdigest() == d for name, d in listed.items())
    assert next(store.access_log.entries())["renditions"] == roles


def test_nothing_is_given_out_where_no_such_rendition_is(store: ArchiveStore, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="thumbnail"):
        export(store, AIP, ExportForm.DIP, tmp_path / "out", actor="A", roles=[FileRole.THUMBNAIL])
    assert not list((tmp_path / "out").iterdir()) and not list(store.access_log.entries())


def test_closed_to_readers_but_not_to_the_office(store: ArchiveStore, tmp_path: Path) -> None:
    with pytest.raises(Closed, match="2056-06-30"):
        export(store, "22.31-2026/000147", ExportForm.DIP, tmp_path / "a", actor="A", reader="Frau Leser")
    with pytest.raises(Closed):
        export(store, AIP, ExportForm.DIP, tmp_path / "a", actor="A", reader="Frau Leser", shortened_because=" ")
    export(store, "22.31-2026/000147", ExportForm.DIP, tmp_path / "b", actor="A")
    export(
        store, "22.31-2026/000147", ExportForm.DIP, tmp_path / "c",
        actor="A", reader="Frau Leser", shortened_because="Einwilligung",
    )  # fmt: skip
    log = [(entry["reader"], entry["shortened_because"]) for entry in store.access_log.entries()]
    assert log == [("", ""), ("Frau Leser", "Einwilligung")] and store.access_log.verify() == ()


def test_never_writes_over_a_folder(store: ArchiveStore, tmp_path: Path) -> None:
    export(store, "22.31-2026/000147", ExportForm.EARK, tmp_path / "out", actor="A")
    with pytest.raises(Conflict):
        export(store, "22.31-2026/000147", ExportForm.EARK, tmp_path / "out", actor="A")
    with pytest.raises(NotFound):
        export(store, "nothing", ExportForm.EARK, tmp_path / "out", actor="A")


@pytest.mark.parametrize(
    ("rights", "closed", "until"),
    [
        (Rights(), date(2026, 6, 30), date(2056, 6, 30)),
        (Rights(), None, None),
        (Rights(), date(2024, 2, 29), date(2054, 2, 28)),
        (Rights(secrecy=True), date(2026, 6, 30), date(2086, 6, 30)),
        (Rights(personal=True, died=date(2050, 1, 1)), date(2026, 6, 30), date(2060, 1, 1)),
        (Rights(personal=True, died=date(2030, 1, 1)), date(2026, 6, 30), date(2056, 6, 30)),
        (Rights(personal=True, born=date(1990, 5, 4)), date(2026, 6, 30), date(2090, 5, 4)),
        (Rights(personal=True), date(2026, 6, 30), date(2086, 6, 30)),
        (Rights(personal=True, secrecy=True, born=date(2000, 1, 1)), date(2026, 6, 30), date(2100, 1, 1)),
    ],
)
def test_closure_periods(rights: Rights, closed: date | None, until: date | None) -> None:
    assert closure(rights, closed).until == until
