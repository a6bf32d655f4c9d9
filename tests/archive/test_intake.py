"""Packages from outside: our own exports come back, and hostile ones are refused."""

from __future__ import annotations

import gzip
import io
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from archive.access.export import ExportForm, export
from archive.access.showing import ingest_events
from archive.errors import PackageRefused
from archive.ingest import ingest
from archive.intake import read_package, take_in
from archive.intake.unpack import unpack
from tests.archive.samples import new_archive, sample_sip
from tests.fakes import FixedClock


@pytest.mark.parametrize("form", [ExportForm.BAGIT, ExportForm.EARK])
def test_own_export_comes_back(form: ExportForm, tmp_path: Path) -> None:
    one, two = new_archive(tmp_path / "1"), new_archive(tmp_path / "2")
    sip = sample_sip(tmp_path / "src")
    ingest(one, sip, FixedClock(), agent="A")
    dip = export(one, sip.reference, form, tmp_path / "out", actor="A")
    receipt = take_in(two, dip.folder, FixedClock(), agent="A")
    stored = {file.sha512 for file in two.package(receipt.aip_id).files}
    assert {file.sha512 for file in sip.files} <= stored


def test_folder_with_csv(tmp_path: Path) -> None:
    folder = tmp_path / "Nachlass Müller"
    folder.mkdir()
    (folder / "brief.txt").write_text("Lieber Freund")
    (folder / "metadata.csv").write_text(
        "file;title;date;sender\n;Nachlass Müller;1999-12-31;Familie Müller\nbrief.txt;Brief;1950-05-01;K. Müller\n"
    )
    store = new_archive(tmp_path)
    receipt = take_in(store, folder, FixedClock(), agent="A")
    aip = store.package(receipt.aip_id)
    assert (aip.title, aip.package["closed"]) == ("Nachlass Müller", "1999-12-31")
    assert receipt.aip_id == "erecords:folder:Nachlass%20M%C3%BCller"


def test_a_format_named_by_the_maker_is_kept_and_compared(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "brief.txt").write_text("Lieber Freund")
    (folder / "liste.txt").write_text("Liste")
    (folder / "metadata.csv").write_text(
        "file;title;puid;Bemerkung\nbrief.txt;Brief;fmt/18;x\nliste.txt;L;no id;\n", encoding="utf-8"
    )
    store = new_archive(tmp_path)
    receipt = take_in(store, folder, FixedClock(), agent="A")
    told = {event["event"]: event["outcome"] for event in ingest_events(store, receipt)}
    assert told["format identification"] == (
        "3 of 3 files identified; brief.txt handed over as fmt/18, identified as x-fmt/111"
    )
    assert told["validation"] == (
        "success; remarks: unknown-column: metadata.csv has the unknown column 'Bemerkung'; it was not read"
    )
    assert take_in(store, folder, FixedClock(), agent="A") == receipt


def test_folder_findings_all_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "surplus.txt").write_text("x")
    (folder / "there.txt").write_text("x")
    (folder / "link").symlink_to("/etc/passwd")
    (folder / "metadata.csv").write_text(
        "file,title,date,sha512\nthere.txt,T,31.12.1999,00\n../out,T,,\nabsent.txt,T,,\n"
    )
    with pytest.raises(PackageRefused) as refused:
        take_in(new_archive(tmp_path), folder, FixedClock(), agent="A")
    codes = sorted(text.partition(":")[0] for text in refused.value.findings)
    assert codes == ["bad-date", "missing-file", "special-file", "surplus-file", "unsafe-name", "wrong-digest"]


def hostile_zip(path: Path, name: str, data: bytes = b"x") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return path


@pytest.mark.parametrize("name", ["../escape", "/etc/x", "a/../../b", "a\\b", "x\u202e"])
def test_unsafe_names_in_zip(name: str, tmp_path: Path) -> None:
    with pytest.raises(PackageRefused, match="unsafe-name"):
        unpack(hostile_zip(tmp_path / "a.zip", name), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_bomb_is_refused_before_unpacking(tmp_path: Path) -> None:
    with pytest.raises(PackageRefused, match="bomb"):
        unpack(hostile_zip(tmp_path / "a.zip", "zeros", bytes(80 << 20)), tmp_path / "out")


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_header_of_a_gigabyte_is_not_read(tmp_path: Path, kind: bytes) -> None:
    """What tar reads into memory at once compresses to nothing."""
    announced = tarfile.TarInfo("long")
    announced.type, announced.size = kind, 1 << 30
    (tmp_path / "a.tar.gz").write_bytes(gzip.compress(announced.tobuf(tarfile.GNU_FORMAT) + bytes(20 << 20)))
    with pytest.raises(PackageRefused, match="a header of 1073741824 bytes"):
        unpack(tmp_path / "a.tar.gz", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_entries_without_end_are_not_listed_to_their_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["archive.intake.unpack"], "MAX_FILES", 3)
    with tarfile.open(tmp_path / "a.tar.xz", "w:xz") as tar:
        for number in range(9):
            tar.addfile(tarfile.TarInfo(f"{number}"))
    with pytest.raises(PackageRefused, match="too-many-files: more than 3"):
        unpack(tmp_path / "a.tar.xz", tmp_path / "out")


@pytest.mark.parametrize("packing", ["", "gz", "bz2", "xz"])
def test_tar_files_of_each_packing(tmp_path: Path, packing: str) -> None:
    with tarfile.open(tmp_path / "a.tar", f"w:{packing}") as tar:
        info = tarfile.TarInfo("a/good")
        info.size = 1
        tar.addfile(info, io.BytesIO(b"x"))
    unpack(tmp_path / "a.tar", tmp_path / "out")
    assert (tmp_path / "out" / "a" / "good").read_bytes() == b"x"


def test_links_and_devices_in_tar(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        for kind, name in ((tarfile.SYMTYPE, "link"), (tarfile.CHRTYPE, "dev"), (tarfile.LNKTYPE, "hard")):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            tar.addfile(info)
        info = tarfile.TarInfo("good")
        info.size = 1
        tar.addfile(info, io.BytesIO(b"x"))
    with pytest.raises(PackageRefused) as refused:
        unpack(tmp_path / "a.tar", tmp_path / "out")
    assert [text.partition(":")[0] for text in refused.value.findings] == ["special-file"] * 3


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 broken", b"no package at all"])
def test_what_is_no_package(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    with pytest.raises(PackageRefused):
        take_in(new_archive(tmp_path), path, FixedClock(), agent="A")


def test_mets_documents_that_name_each_other_are_read_once_each(tmp_path: Path) -> None:
    """Ten that all point to all: followed on every way there would be more than three million readings."""
    names = ["METS.xml", *(f"METS-{number}.xml" for number in range(10))]
    pointers = "".join(f'<mptr xlink:href="{name}"/>' for name in names)
    for name in names:
        (tmp_path / name).write_text(
            '<mets xmlns="http://www.loc.gov/METS/" xmlns:xlink="http://www.w3.org/1999/xlink">'
            f'{pointers}<mptr xlink:href="http://["/></mets>'
        )
    read = read_package(tmp_path, tmp_path / "work")
    outside = [str(finding) for finding in read.findings if "outside" in str(finding)]
    assert len(outside) == len(names)


def test_a_table_that_no_table_reader_bears_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "metadata.csv").write_text(f"file;title\na.txt;{'A' * 200_000}\n")
    read = read_package(tmp_path, tmp_path / "work")
    assert any("csv" in str(finding) for finding in read.findings)


def test_entities_of_mets_are_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "representations/rep1/data").mkdir(parents=True)
    (folder / "representations/rep1/data/a.txt").write_text("x")
    (folder / "METS.xml").write_text(
        '<!DOCTYPE mets [<!ENTITY e SYSTEM "file:///etc/passwd">]>\n'
        '<mets xmlns="http://www.loc.gov/METS/" OBJID="x" LABEL="y">'
        "<metsHdr><agent><name>&e;</name></agent></metsHdr></mets>"
    )
    with pytest.raises(PackageRefused) as refused:
        take_in(new_archive(tmp_path), folder, FixedClock(), agent="A")
    assert "root:" not in str(refused.value.findings)


def test_a_row_with_more_values_than_columns_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "metadata.csv").write_text("file;title\na.txt;Brief; mit Anlage\n")
    read = read_package(tmp_path, tmp_path / "work")
    assert [str(finding) for finding in read.findings] == [
        "bad-csv: row 1 of metadata.csv has more values than columns; quote texts with separators"
    ]


def test_a_date_in_a_name_makes_no_xdomea_message(tmp_path: Path) -> None:
    (tmp_path / "rechnung_20250503.xml").write_text("<x/>")
    (tmp_path / "metadata.csv").write_text("file;title\nrechnung_20250503.xml;Rechnung\n")
    read = read_package(tmp_path, tmp_path / "work")
    assert read.findings == () and read.sip is not None and read.sip.kind == "folder"


def test_an_xdomea_message_of_another_kind_is_named(tmp_path: Path) -> None:
    (tmp_path / "1_Aussonderung.Anbieteverzeichnis.0501.xml").write_text(
        '<Aussonderung.Anbieteverzeichnis.0501 xmlns="urn:xoev-de:xdomea:schema:3.0.0"/>'
    )
    read = read_package(tmp_path, tmp_path / "work")
    (finding,) = read.findings
    assert finding.code == "no-0503" and "is the xdomea message Aussonderung.Anbieteverzeichnis.0501" in finding.message
