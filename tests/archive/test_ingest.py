"""Ingest: what is stored, what is refused, and that asking twice changes nothing."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from archive.access.showing import ingest_events
from archive.errors import PackageRefused
from archive.ingest import ingest
from archive.keeping.fixity import verify
from archive.ocfl.validation import validate_object
from archive.reading import sip_of
from tests.archive.samples import amended, new_archive, sample_sip
from tests.fakes import FixedClock


def test_stores_a_valid_object_that_explains_itself(tmp_path: Path) -> None:
    store = new_archive(tmp_path)
    sip = sample_sip(tmp_path / "src")
    receipt = ingest(store, sip, FixedClock(), agent="Archivar")
    assert receipt.aip_id == "erecords:case:22.31-2026/000147"
    assert receipt.files == 4 and receipt.version == "v1" and receipt.sip_digest == sip.digest()
    assert validate_object(store.storage, store.folder(receipt.aip_id)) == ()
    aip = store.package("22.31-2026/000147")
    assert {file.path for file in aip.files} >= {
        "METS.xml",
        "manifest-sha512.txt",
        "metadata/descriptive/package.json",
        "metadata/preservation/premis.xml",
        "representations/rep1/data/documents/D-000012/original/Bescheid Müller.pdf",
        "representations/rep2/data/documents/D-000012/text.txt",
        "metadata/other/documents/D-000012/transfer.json",
    }
    folder = store.root / store.folder(receipt.aip_id)
    assert "22%2e31-2026%2f000147" in folder.name
    assert (folder / "inventory.json.sha512").read_text().startswith(receipt.inventory_sha512)
    assert not list((store.root / "extensions/erecords/staging").iterdir())


def test_valid_for_ocfl_py(tmp_path: Path) -> None:
    validator = pytest.importorskip("ocfl.validator").Validator(log_errors=False, log_warnings=True)
    store = new_archive(tmp_path)
    sip = sample_sip(tmp_path / "src")
    ingest(store, sip, FixedClock(), agent="Archivar")
    receipt = ingest(store, amended(sip, tmp_path / "src"), FixedClock(), agent="Archivar")
    assert validator.validate_object(str(store.root / store.folder(receipt.aip_id))), str(validator)
    assert validator.log.codes == {}


def test_second_hand_over_gives_the_same_receipt(tmp_path: Path) -> None:
    store, clock = new_archive(tmp_path), FixedClock()
    sip = sample_sip(tmp_path / "src")
    first = ingest(store, sip, clock, agent="Archivar")
    clock.advance(timedelta(days=3))
    assert ingest(store, sip, clock, agent="Someone else") == first
    assert store.package(first.aip_id).versions == 1
    assert len(list(store.register.entries())) == 1


def test_changed_package_becomes_a_version_with_forward_delta(tmp_path: Path) -> None:
    store = new_archive(tmp_path)
    sip = sample_sip(tmp_path / "src")
    first = ingest(store, sip, FixedClock(), agent="Archivar")
    second = ingest(store, amended(sip, tmp_path / "src"), FixedClock(), agent="Archivar")
    assert (second.version, second.aip_id) == ("v2", first.aip_id)
    folder = store.root / store.folder(first.aip_id)
    stored = [path for path in (folder / "v2/content/representations").rglob("*") if path.is_file()]
    names = [path.relative_to(folder / "v2/content/representations").as_posix() for path in stored]
    assert sorted(names) == ["rep1/METS.xml", "rep1/data/documents/D-000012/original/Nachtrag.txt", "rep2/METS.xml"]
    assert validate_object(store.storage, store.folder(first.aip_id)) == ()
    assert ingest(store, sip, FixedClock(), agent="Archivar") == first
    with store.open(first.aip_id, "metadata/preservation/premis.xml") as stream:
        premis = stream.read().decode()
    assert premis.count("<eventType>ingestion</eventType>") == 2


def test_fixity_block_is_written_and_checked(tmp_path: Path) -> None:
    store = new_archive(tmp_path, fixity_block=["md5", "sha512/256"])
    sip = sample_sip(tmp_path / "src")
    receipt = ingest(store, sip, FixedClock(), agent="Archivar")
    ingest(store, amended(sip, tmp_path / "src"), FixedClock(), agent="Archivar")
    folder = store.root / store.folder(receipt.aip_id)
    inventory = json.loads((folder / "inventory.json").read_text())
    content = {path for paths in inventory["manifest"].values() for path in paths}
    for name, block in inventory["fixity"].items():
        assert {path for paths in block.values() for path in paths} == content, name
        for digest, paths in block.items():
            new = hashlib.md5 if name == "md5" else partial(hashlib.new, "sha512_256")
            assert all(new((folder / path).read_bytes()).hexdigest() == digest for path in paths)
    assert validate_object(store.storage, store.folder(receipt.aip_id)) == () and verify(store).bad == ()


def test_all_findings_at_once(tmp_path: Path) -> None:
    store = new_archive(tmp_path)
    sip = sample_sip(tmp_path / "src")
    good = sip.files[0]
    bad = (
        replace(good, name="../escape.pdf"),
        replace(good, name="a\nb.pdf"),
        replace(good, name="x.pdf", path=tmp_path / "absent"),
        replace(good, name="y.pdf", bytes=1),
        replace(good, name="Z.pdf", sha512="00"),
        replace(good, name="z.pdf", document="D-9"),
    )
    with pytest.raises(PackageRefused) as refused:
        ingest(store, replace(sip, files=bad), FixedClock(), agent="Archivar")
    codes = [text.partition(":")[0] for text in refused.value.findings]
    assert codes == [
        "unsafe-name",
        "unsafe-name",
        "missing-file",
        "wrong-size",
        "bad-digest",
        "unknown-document",
        "double-name",
    ]
    assert store.holdings() == ()


def test_formats_are_identified_here_and_differences_told(tmp_path: Path) -> None:
    store = new_archive(tmp_path)
    sip = sample_sip(tmp_path / "src")
    said = ("fmt/18", "x-fmt/111", "", "UNKNOWN")
    sip = replace(sip, files=tuple(replace(f, puid=p) for f, p in zip(sip.files, said, strict=True)))
    receipt = ingest(store, sip, FixedClock(), agent="Archivar")
    (told,) = (e["outcome"] for e in ingest_events(store, receipt) if e["event"] == "format identification")
    assert told == (
        "4 of 4 files identified; documents/D-000012/original/Bescheid Müller.pdf handed over as fmt/18, identified as"
        " fmt/276; documents/D-000012/transfer.json handed over as UNKNOWN, identified as fmt/817"
    )
    package = store.package(receipt.aip_id).package
    assert [file["puid"] for file in package["files"]] == list(said)
    assert sip_of(package).digest() == sip.digest()


@pytest.mark.parametrize("name", ["", "/a", "a//b", "a/./b", "..", "a\\b", "a:b", "a\u202eb", "a ", "a/.", "x" * 300])
def test_unsafe_names_are_refused(name: str, tmp_path: Path) -> None:
    sip = sample_sip(tmp_path / "src")
    with pytest.raises(PackageRefused, match="unsafe-name"):
        ingest(new_archive(tmp_path), replace(sip, files=(replace(sip.files[0], name=name),)), FixedClock(), agent="A")


def test_empty_package_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackageRefused, match="empty"):
        ingest(new_archive(tmp_path), replace(sample_sip(tmp_path / "src"), files=()), FixedClock(), agent="A")


def test_changed_source_is_refused_and_nothing_stays(tmp_path: Path) -> None:
    store = new_archive(tmp_path)
    sip = sample_sip(tmp_path / "src")
    data = sip.files[0].path.read_bytes()
    sip.files[0].path.write_bytes(data[:-1] + b"X")
    with pytest.raises(PackageRefused, match="wrong-digest"):
        ingest(store, sip, FixedClock(), agent="A")
    assert store.holdings() == () and not list((store.root / "extensions/erecords/staging").iterdir())
    assert sorted(p.name for p in store.root.iterdir()) == ["0=ocfl_1.1", "extensions", "ocfl_layout.json"]


def test_register_and_catalogue(tmp_path: Path) -> None:
    store = new_archive(tmp_path)
    receipt = ingest(store, sample_sip(tmp_path / "src"), FixedClock(), agent="Archivar")
    assert store.register.verify() == ()
    entry = next(store.register.entries())
    assert entry["aip"] == receipt.aip_id and entry["inventory_sha512"] == receipt.inventory_sha512
    assert [h.reference for h in store.search("mUller gewerb*")] == ["22.31-2026/000147"]
    assert store.search('mül"ler OR nix') == ()
    store.catalogue.clear()
    assert [h.id for h in store.holdings()] == [receipt.aip_id]


def test_layout_0004(tmp_path: Path) -> None:
    store = new_archive(tmp_path, layout="0004-hashed-n-tuple-storage-layout")
    receipt = ingest(store, sample_sip(tmp_path / "src"), FixedClock(), agent="A")
    assert len(store.folder(receipt.aip_id).split("/")[-1]) == 64
    config = json.loads((store.root / "extensions/0004-hashed-n-tuple-storage-layout/config.json").read_text())
    assert config["shortObjectRoot"] is False
    assert store.package(receipt.reference).id == receipt.aip_id
