"""Several places: losing one, or a byte in one, loses nothing."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from archive.errors import ObjectDamaged
from archive.ingest import ingest
from archive.keeping import open_erasures
from archive.keeping.copies import compare, repair, repair_from_any, replicate, replicate_all
from archive.keeping.erase import erase
from archive.keeping.fixity import verify
from archive.keeping.places import open_place
from archive.keeping.rebuild import rebuild
from archive.settings import ArchiveSettings
from archive.store import ArchiveStore, create_archive
from tests.archive.samples import amended, new_archive, sample_sip
from tests.fakes import FixedClock

AIP = "erecords:case:22.31-2026/000147"


@pytest.fixture
def store(tmp_path: Path) -> ArchiveStore:
    made = new_archive(tmp_path)
    ingest(made, sample_sip(tmp_path / "src"), FixedClock(), agent="A")
    ingest(made, sample_sip(tmp_path / "src", "22.31-2026/000148"), FixedClock(), agent="A")
    return made


def content(root: Path, store: ArchiveStore) -> Path:
    return next((root / store.folder(AIP) / "v1/content/representations").rglob("*.pdf"))


def test_replicates_new_packages_and_versions(store: ArchiveStore, tmp_path: Path) -> None:
    place = open_place(store, tmp_path / "second")
    assert replicate(store, place, "second").copied == 2
    assert replicate(store, place, "second").copied == 0
    original = content(tmp_path / "second", store)
    before = original.stat().st_ino
    ingest(store, amended(sample_sip(tmp_path / "src"), tmp_path / "src"), FixedClock(), agent="A")
    assert replicate(store, place, "second").copied == 1
    assert original.stat().st_ino == before, "an old version was copied again"
    assert compare(store, place, "second").bad == ()


def test_repairs_damage_and_loss_from_the_copy(store: ArchiveStore, tmp_path: Path) -> None:
    place = open_place(store, tmp_path / "second")
    replicate(store, place, "second")
    content(store.root, store).write_bytes(b"damaged")
    assert verify(store).bad
    repair(store, AIP, place, "second")
    assert verify(store).bad == ()
    shutil.rmtree(store.root / store.folder(AIP))
    repair(store, AIP, place, "second")
    assert verify(store).bad == ()
    assert [entry["kind"] for entry in store.register.entries()].count("repair") == 2


def test_repairs_from_the_first_good_place(store: ArchiveStore, tmp_path: Path) -> None:
    names = [str(tmp_path / "second"), str(tmp_path / "third")]
    for name in names:
        replicate(store, open_place(store, Path(name)), name)
    content(tmp_path / "second", store).write_bytes(b"damaged")
    content(store.root, store).write_bytes(b"damaged")
    with pytest.raises(ObjectDamaged, match="none is set"):
        repair_from_any(store, AIP)
    assert repair_from_any(replace(store, settings=ArchiveSettings(copies=names)), AIP) == names[1]
    assert verify(store).bad == ()


def test_damage_is_not_copied(store: ArchiveStore, tmp_path: Path) -> None:
    place = open_place(store, tmp_path / "second")
    content(store.root, store).write_bytes(b"damaged")
    result = replicate(store, place, "second")
    assert [name for name, _ in result.failed] == [AIP] and result.copied == 1
    with pytest.raises(ObjectDamaged):
        repair(store, AIP, place, "second")


def test_damaged_copy_is_found(store: ArchiveStore, tmp_path: Path) -> None:
    place = open_place(store, tmp_path / "second")
    replicate(store, place, "second")
    content(tmp_path / "second", store).unlink()
    assert "file-missing" in {bad.code for bad in compare(store, place, "second").bad}
    repair(replace_storage(store, tmp_path / "second"), AIP, store.storage, "first")
    assert compare(store, place, "second").bad == ()


def replace_storage(store: ArchiveStore, folder: Path) -> ArchiveStore:
    return replace(store, storage=open_place(store, folder))


def test_erasure_reaches_the_copies(store: ArchiveStore, tmp_path: Path) -> None:
    place = open_place(store, tmp_path / "second")
    replicate(store, place, "second")
    with_copy = replace(store, settings=ArchiveSettings(copies=[str(tmp_path / "second")]))
    assert erase(with_copy, AIP, FixedClock(), agent="R", order="1", reason="x").open == ()
    assert compare(store, place, "second").bad == ()
    folder = tmp_path / "second" / store.folder(AIP)
    assert [path.name for path in folder.rglob("content/**/*") if path.is_file()] == ["erased.json"]


def test_unreachable_copy_stays_on_the_list_until_it_is_erased(store: ArchiveStore, tmp_path: Path) -> None:
    name = str(tmp_path / "second")
    replicate(store, open_place(store, name), name)
    store = replace(store, settings=ArchiveSettings(copies=[name]))
    (tmp_path / "second").rename(tmp_path / "unplugged")
    (tmp_path / "second").write_text("no folder")
    (left,) = erase(store, AIP, FixedClock(), agent="R", order="1", reason="x").open
    assert (left.aip_id, left.place, left.until) == (AIP, name, None) and open_erasures.of(store) == (left,)
    assert erase(store, AIP, FixedClock(), agent="R", order="1", reason="x").open == (left,)
    (tmp_path / "second").unlink()
    (tmp_path / "unplugged").rename(tmp_path / "second")
    assert replicate(store, open_place(store, name), name).failed == ()
    assert open_erasures.of(store) == ()
    assert not list((tmp_path / "second" / store.folder(AIP)).rglob("*.pdf"))


def test_register_goes_with_the_copies_and_may_only_grow(store: ArchiveStore, tmp_path: Path) -> None:
    place = open_place(store, tmp_path / "second")
    copied = tmp_path / "second/extensions/erecords/register/accessions.jsonl"
    for _ in range(2):
        assert replicate(store, place, "second").failed == ()
        assert copied.read_bytes() == store.register.path.read_bytes()
    copied.write_text(copied.read_text().replace('"version":"v1"', '"version":"v9"', 1))
    forged = copied.read_bytes()
    assert [name for name, _ in replicate(store, place, "second").failed] == ["register"]
    assert copied.read_bytes() == forged, "what differs is kept for inquiry"


def test_lost_first_place_is_rebuilt_from_a_copy(store: ArchiveStore, tmp_path: Path) -> None:
    before = store.holdings()
    replicate(store, open_place(store, tmp_path / "second"), "second")
    shutil.rmtree(store.root)
    again = create_archive(tmp_path / "second", ArchiveSettings(), FixedClock())
    assert rebuild(again).bad == ()
    assert again.holdings() == before and verify(again).bad == ()


@pytest.mark.parametrize("harm", ["surplus", "missing"])
def test_only_whole_objects_are_copied_and_nothing_more(harm: str, store: ArchiveStore, tmp_path: Path) -> None:
    file = content(store.root, store)
    if harm == "missing":
        file.unlink()
    else:
        file.with_name("stray.txt").write_text("x")
    place = open_place(store, tmp_path / "second")
    failed = [name for name, _ in replicate(store, place, "second").failed]
    assert failed == ([AIP] if harm == "missing" else [])
    assert (tmp_path / "second" / store.folder(AIP)).exists() == (harm == "surplus")
    assert {bad.id for bad in compare(store, place, "second").bad} == ({AIP} if harm == "missing" else set())


def test_an_archive_restored_from_an_old_backup_does_not_replace_newer_copies(
    store: ArchiveStore, tmp_path: Path
) -> None:
    shutil.copytree(store.root, tmp_path / "old" / "archive")
    place = open_place(store, tmp_path / "second")
    ingest(store, amended(sample_sip(tmp_path / "src"), tmp_path / "src"), FixedClock(), agent="A")
    replicate(store, place, "second")
    old = create_archive(tmp_path / "old" / "archive", ArchiveSettings(), FixedClock())
    failed = dict(replicate(old, open_place(old, tmp_path / "second"), "second").failed)
    assert "that the archive does not have" in failed[AIP] and set(failed) == {AIP, "register"}
    assert compare(store, place, "second").bad == (), "the newer copies are as they were"


@pytest.mark.parametrize("lost", ["object", "inventory"])
def test_nothing_begins_anew_where_an_object_was_lost(lost: str, store: ArchiveStore, tmp_path: Path) -> None:
    place = open_place(store, tmp_path / "second")
    replicate(store, place, "second")
    folder = store.root / store.folder(AIP)
    if lost == "object":
        shutil.rmtree(folder)
    else:
        (folder / "inventory.json").unlink()
    more = amended(sample_sip(tmp_path / "src"), tmp_path / "src")
    with pytest.raises(ObjectDamaged, match="archive repair"):
        ingest(store, more, FixedClock(), agent="A")
    repair(store, AIP, place, "second")
    assert ingest(store, more, FixedClock(), agent="A").version == "v2"
    assert verify(store).bad == ()


def test_a_place_that_is_empty_where_copies_were_is_not_begun_anew_by_itself(
    store: ArchiveStore, tmp_path: Path
) -> None:
    """A disk that is not mounted: its folder is there, and empty."""
    names = [str(tmp_path / "second"), str(tmp_path / "third")]
    store = replace(store, settings=ArchiveSettings(copies=names))
    assert [done.copied for done in replicate_all(store)] == [2, 2]
    (tmp_path / "second").rename(tmp_path / "unplugged")
    (tmp_path / "second").mkdir()
    ingest(store, amended(sample_sip(tmp_path / "src"), tmp_path / "src"), FixedClock(), agent="A")
    gone, there = replicate_all(store)
    assert there.copied == 1 and [what for what, _ in gone.failed] == ["place"] and "--afresh" in gone.failed[0][1]
    (left,) = erase(store, AIP, FixedClock(), agent="R", order="1", reason="x").open
    assert left.place == names[0] and not list((tmp_path / "second").iterdir())
    with pytest.raises(ObjectDamaged, match="is the disk there"):
        repair_from_any(replace(store, settings=ArchiveSettings(copies=names[:1])), AIP)
    assert [done.failed for done in replicate_all(store, afresh=names)] == [(), ()]
    assert open_erasures.of(store) == () and compare(store, open_place(store, names[0]), names[0]).bad == ()
