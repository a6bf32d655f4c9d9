"""Bags, E-ARK packages and xdomea messages of others: read or refused, with the finding that fits."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from archive.errors import PackageRefused
from archive.intake import read_package, take_in
from archive.keeping.fixity import verify
from tests.archive.samples import new_archive
from tests.fakes import FixedClock

CORPUS = Path(__file__).parents[2] / "../shared/corpus"
pytestmark = pytest.mark.skipif(not (CORPUS / "bagit").is_dir(), reason="the corpus folder ../shared/corpus is absent")

BAGS = {
    "v0.97_invalid_corrupt-data-file": {"wrong-digest"},
    "v0.97_invalid_extra-file-in-bag": {"surplus-file", "wrong-oxum"},
    "v0.97_invalid_missing-bagit.txt": {"no-declaration"},
    "v0.97_invalid_out-of-scope-file-paths-using-dot-notation": {"unsafe-name"},
    "v0.97_valid_UTF-16-encoded-tag-files": set(),
    "v0.97_valid_bag-with-encoded-names": set(),
    "v0.97_valid_basic-bag": set(),
    "v0.97_valid_holey-bag": set(),
    "v0.97_warning_duplicate-file-with-different-case": set(),
    "v1.0_invalid_notAllManifestsListAllFiles": {"surplus-file"},
    "v1.0_valid_basicBag": set(),
}


@pytest.mark.parametrize("name", BAGS)
def test_bag(name: str, tmp_path: Path) -> None:
    with tarfile.open(CORPUS / "bagit" / f"{name}.tar") as tar:
        tar.extraction_filter = getattr(tarfile, "data_filter", None)  # Debian 12 has Python 3.11.2, before filters
        tar.extractall(tmp_path)
    found = read_package(tmp_path / name, tmp_path / "work")
    assert {finding.code for finding in found.findings} >= BAGS[name]
    assert bool(found.findings) == ("invalid" in name), found.findings
    assert not ("warning" in name and not found.warnings)


def test_holey_bag_without_its_files_is_incomplete(tmp_path: Path) -> None:
    with tarfile.open(CORPUS / "bagit/v0.97_valid_holey-bag.tar") as tar:
        tar.extraction_filter = getattr(tarfile, "data_filter", None)  # Debian 12 has Python 3.11.2, before filters
        tar.extractall(tmp_path)
    (tmp_path / "v0.97_valid_holey-bag/data/test2.txt").unlink()
    found = read_package(tmp_path / "v0.97_valid_holey-bag", tmp_path / "work")
    assert {finding.code for finding in found.findings} >= {"incomplete", "missing-file"}


def test_sound_bag_is_archived(tmp_path: Path) -> None:
    store = new_archive(tmp_path)
    receipt = take_in(store, CORPUS / "bagit/v1.0_valid_basicBag.tar", FixedClock(), agent="A")
    assert receipt.aip_id == "erecords:bag:v1.0_valid_basicBag"
    assert take_in(store, CORPUS / "bagit/v1.0_valid_basicBag.tar", FixedClock(), agent="A") == receipt
    assert verify(store).bad == ()


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("minimal-ip.zip", {"empty", "wrong-digest"}),  # its METS gives another MD5 for schemas/xlink.xsd
        ("multi-file.zip", {"no-mets"}),
        ("no-mets.tar.gz", {"no-mets"}),
        ("shallow-sip.zip", {"outside", "empty"}),
    ],
)
def test_eark(name: str, codes: set[str], tmp_path: Path) -> None:
    found = read_package(CORPUS / "eark" / name, tmp_path)
    assert {finding.code for finding in found.findings} == codes, found.findings


def test_xdomea_0503(tmp_path: Path) -> None:
    store = new_archive(tmp_path)
    names = {"9a75050f-323a-4e84-94c9-a889aa2b4fe8": 4, "9fde4e7a-b41b-11ec-9225-005056871b7c": 2}
    for process, files in names.items():
        pack = CORPUS / f"xdomea/{process}_Aussonderung.Aussonderung.0503.zip"
        receipt = take_in(store, pack, FixedClock(), agent="A")
        assert (receipt.reference, receipt.files) == (process, files)
    aip = store.package("9a75050f-323a-4e84-94c9-a889aa2b4fe8")
    assert len(aip.package["documents"]) == 3 and aip.package["description"]["xdomea"] == "3.0.0"
    assert verify(store).bad == ()


def test_xdomea_message_without_its_file_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "message"
    folder.mkdir()
    (folder / "a_Aussonderung.Aussonderung.0503.xml").write_bytes((CORPUS / "xdomea/nrw_v3_0503.xml").read_bytes())
    with pytest.raises(PackageRefused) as refused:
        take_in(new_archive(tmp_path), folder, FixedClock(), agent="A")
    assert [text.partition(":")[0] for text in refused.value.findings] == ["missing-file", "empty"]
