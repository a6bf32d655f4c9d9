"""Erasure leaves a stub and no trace of content; rebuild restores all from the storage root alone."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from archive.access.export import ExportForm, export
from archive.errors import Erased
from archive.ingest import ingest
from archive.keeping.erase import erase
from archive.keeping.fixity import verify
from archive.keeping.rebuild import rebuild
from archive.ocfl.validation import validate_object
from archive.settings import ArchiveSettings
from archive.store import ArchiveStore, create_archive
from tests.archive.samples import amended, new_archive, sample_sip
from tests.fakes import FixedClock

AIP = "erecords:case:22.31-2026/000147"


@pytest.fixture
def store(tmp_path: Path) -> ArchiveStore:
    made, clock = new_archive(tmp_path), FixedClock()
    sip = sample_sip(tmp_path / "src")
    ingest(made, sip, clock, agent="A")
    clock.advance(timedelta(days=1))
    ingest(made, sample_sip(tmp_path / "src", "22.31-2026/000148"), clock, agent="A")
    clock.advance(timedelta(days=1))
    ingest(made, amended(sip, tmp_path / "src"), clock, agent="A")
    return made


def traces(store: ArchiveStore, words: tuple[bytes, ...]) -> list[str]:
    files = [path for path in store.root.rglob("*") if path.is_file()]
    return [path.name for path in files if any(word in path.read_bytes() for word in words)]


def test_erasure_leaves_a_stub_only(store: ArchiveStore, tmp_path: Path) -> None:
    other = store.root / store.folder("erecords:case:22.31-2026/000148")
    shutil.rmtree(other)  # so that only the erased package could leave traces
    words = ("ergänzt".encode(), "Müller".encode(), b"Nachtrag", b"%PDF")
    assert traces(store, words)
    erased = erase(store, AIP, FixedClock(), agent="R", order="2026-007", reason="Art. 17 DSGVO")
    assert erased.reference == "22.31-2026/000147" and len(erased.removed) > 10
    store.catalogue.clear()
    assert traces(store, words) == []
    assert validate_object(store.storage, store.folder(AIP)) == ()
    assert verify(store, [AIP]).bad == ()
    assert [entry["kind"] for entry in store.register.entries()] == ["ingestion"] * 3 + ["erasure", "fixity check"]
    assert store.package(AIP).erased and store.find("22.31-2026/000147").title == ""


def test_catalogue_forgets_what_was_erased(store: ArchiveStore) -> None:
    erase(store, AIP, FixedClock(), agent="R", order="2026-007", reason="Art. 17 DSGVO")
    for path in store.root.glob("extensions/erecords/catalogue.db*"):
        assert "ergänzt".encode() not in path.read_bytes()
    assert store.search("ergänzt") == ()


def test_erasure_is_repeatable_and_final(store: ArchiveStore, tmp_path: Path) -> None:
    first = erase(store, AIP, FixedClock(), agent="R", order="2026-007", reason="Art. 17 DSGVO")
    assert erase(store, AIP, FixedClock(), agent="X", order="other", reason="other") == first
    with pytest.raises(Erased):
        ingest(store, sample_sip(tmp_path / "src"), FixedClock(), agent="A")
    with pytest.raises(Erased):
        export(store, AIP, ExportForm.DIP, tmp_path / "out", actor="A")


def test_rebuild_from_the_storage_root_alone(store: ArchiveStore, tmp_path: Path) -> None:
    before = store.holdings()
    shutil.copytree(store.root, tmp_path / "new", ignore=shutil.ignore_patterns("erecords"))
    fresh = create_archive(tmp_path / "new", ArchiveSettings(), FixedClock())
    assert fresh.holdings() == ()
    result = rebuild(fresh)
    assert (result.packages, result.entries_added, result.bad) == (2, 3, ())
    assert fresh.holdings() == before
    assert [entry["version"] for entry in fresh.register.entries()] == ["v1", "v1", "v2"]
    assert [h.reference for h in fresh.search("ergänzt")] == ["22.31-2026/000147"]
    assert verify(fresh).bad == ()
    assert rebuild(fresh).entries_added == 0


def test_rebuild_sets_a_broken_register_aside(store: ArchiveStore) -> None:
    path = store.register.path
    path.write_text(path.read_text().replace('"version":"v2"', '"version":"v9"'))
    result = rebuild(store)
    assert result.set_aside and path.with_name(result.set_aside).exists()
    assert verify(store).bad == ()


def test_rebuild_names_damaged_and_missing_objects(store: ArchiveStore) -> None:
    (store.root / store.folder(AIP) / "inventory.json").write_text("{}")
    shutil.rmtree(store.root / store.folder("erecords:case:22.31-2026/000148"))
    assert {bad.code for bad in rebuild(store).bad} == {"inventory-damaged", "object-missing"}
