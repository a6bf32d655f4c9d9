"""Places keep the same promises: local folder, memory, and one that fails."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from archive.ingest import ingest
from archive.ocfl.validation import validate_object
from archive.ports import Storage
from archive.storage.local import LocalStorage
from archive.storage.memory import MemoryStorage
from tests.archive.samples import amended, new_archive, sample_sip
from tests.fakes import FixedClock


class FullDisk:
    """A place whose stage takes so many files and no more."""

    def __init__(self, inner: LocalStorage, files: int) -> None:
        self._inner, self._left = inner, files

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    @contextmanager
    def stage(self, target: str) -> Iterator[Any]:
        with self._inner.stage(target) as stage:
            create = stage.create

            @contextmanager
            def limited(name: str) -> Iterator[BinaryIO]:
                self._left -= 1
                if self._left < 0:
                    raise OSError(errno.ENOSPC, "No space left on device")
                with create(name) as stream:
                    yield stream

            stage.create = limited  # type: ignore[method-assign]
            yield stage


@pytest.fixture(params=["local", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    return MemoryStorage() if request.param == "memory" else LocalStorage(tmp_path)


def fill(place: Storage, target: str, files: dict[str, bytes], last: tuple[str, ...] = ()) -> None:
    with place.stage(target) as stage:
        for name, data in files.items():
            with stage.create(name) as stream:
                stream.write(data)
        stage.seal()
        stage.publish(last)
        stage.finish()


def test_what_is_published_is_seen(place: Storage) -> None:
    fill(place, "a/b", {"x/y": b"1", "top": b"22"})
    assert [(e.name, e.folder, e.bytes) for e in place.entries("a/b")] == [("top", False, 2), ("x", True, 0)]
    assert place.read("a/b/x/y") == b"1" and place.exists("a/b/x") and not place.exists("a/c")
    with place.open("a/b/top") as stream:
        assert stream.read() == b"22"


def test_second_publication_adds_and_replaces_last(place: Storage) -> None:
    fill(place, "a", {"v1/f": b"1", "list": b"old"})
    fill(place, "a", {"v2/f": b"2", "list": b"new"}, last=("list",))
    assert [e.name for e in place.entries("a")] == ["list", "v1", "v2"] and place.read("a/list") == b"new"


def test_what_is_not_published_is_not_there(place: Storage) -> None:
    with pytest.raises(KeyError), place.stage("a") as stage:
        with stage.create("x") as stream:
            stream.write(b"1")
        raise KeyError
    assert not place.exists("a") and place.entries("a") == ()
    with pytest.raises(FileNotFoundError):
        place.read("a/x")


def test_replacing_a_folder_leaves_nothing_of_the_old(place: Storage) -> None:
    fill(place, "a", {"v1/secret": b"1"})
    with place.stage("a") as stage:
        with stage.create("stub") as stream:
            stream.write(b"2")
        stage.seal()
        place.replace_folder("a", stage)
        stage.finish()
    assert [e.name for e in place.entries("a")] == ["stub"] and place.recover() == ()


def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/passwd")
    place = LocalStorage(tmp_path)
    (entry,) = place.entries("")
    assert entry.special and not entry.folder
    with pytest.raises(OSError):
        place.read("link")


def test_archive_over_memory(tmp_path: Path) -> None:
    store = replace(new_archive(tmp_path), storage=MemoryStorage())
    sip = sample_sip(tmp_path / "src")
    ingest(store, sip, FixedClock(), agent="A")
    receipt = ingest(store, amended(sip, tmp_path / "src"), FixedClock(), agent="A")
    assert receipt.version == "v2" and validate_object(store.storage, store.folder(receipt.aip_id)) == ()


def test_full_disk_leaves_nothing(tmp_path: Path) -> None:
    whole = new_archive(tmp_path)
    assert isinstance(whole.storage, LocalStorage)
    sip = sample_sip(tmp_path / "src")
    for files in range(15):
        store = replace(whole, storage=FullDisk(whole.storage, files))  # type: ignore[arg-type]
        with pytest.raises(OSError, match="No space"):
            ingest(store, sip, FixedClock(), agent="A")
        assert whole.holdings() == () and not list((whole.root / "extensions/erecords/staging").iterdir())
    assert ingest(whole, sip, FixedClock(), agent="A").version == "v1"
