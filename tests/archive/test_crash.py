"""Stopped before any change of the file system, the archive holds the whole new version or none.

An audit hook counts the operations that change files and, from a chosen one on, refuses all: for the code under test
the machine is dead from that moment, clean-up included.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from archive.ingest import ingest
from archive.keeping.amend import amending
from archive.keeping.copies import compare, replicate
from archive.keeping.erase import erase
from archive.keeping.fixity import verify
from archive.keeping.places import open_place
from archive.settings import ArchiveSettings
from archive.store import ArchiveStore, open_archive
from tests.archive.samples import amended, new_archive, sample_sip
from tests.fakes import FixedClock

CHANGES = {"os.rename", "os.mkdir", "os.rmdir", "os.remove", "os.truncate", "os.link", "os.symlink"}


class Dead(BaseException):
    """The power is off."""


class Power:
    """Counts changes; after ``left`` of them there is no power."""

    def __init__(self) -> None:
        self.on, self.left, self.count = False, 0, 0

    def hook(self, event: str, args: tuple[object, ...]) -> None:
        if self.on and (event in CHANGES or (event == "open" and _writes(args))):
            self.count += 1
            if self.count > self.left:
                raise Dead(event)

    @contextmanager
    def for_changes(self, left: int) -> Iterator[None]:
        self.on, self.left, self.count = True, left, 0
        try:
            yield
        finally:
            self.on = False


def _writes(args: tuple[object, ...]) -> bool:
    path, _, flags = args
    if not isinstance(path, str | os.PathLike) or "/archive/" not in os.fspath(path):
        return False
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


POWER = Power()
sys.addaudithook(POWER.hook)


def reopen(store: ArchiveStore) -> ArchiveStore:
    return open_archive(store.root, ArchiveSettings(), FixedClock())


def check_whole(store: ArchiveStore, versions: int) -> None:
    report = verify(store)
    assert report.bad == ()
    assert [holding.versions for holding in store.holdings()] == ([versions] if versions else [])
    staging = store.root / "extensions/erecords/staging"
    assert not staging.exists() or not list(staging.iterdir())


@pytest.mark.parametrize("before", [0, 1], ids=["first version", "next version"])
def test_stopped_at_every_change(before: int, tmp_path: Path) -> None:
    outcomes = set()
    for left in range(200):
        home = tmp_path / str(left)
        store = new_archive(home)
        sip = sample_sip(home / "src")
        if before:
            ingest(store, sip, FixedClock(), agent="A")
            sip = amended(sip, home / "src")
        try:
            with POWER.for_changes(left):
                ingest(store, sip, FixedClock(), agent="A")
            finished = True
        except Dead:
            finished = False
        again = reopen(store)
        versions = max((holding.versions for holding in again.holdings()), default=0)
        outcomes.add(versions)
        assert versions in {before, before + 1}
        check_whole(again, versions)
        receipt = ingest(again, sip, FixedClock(), agent="A")
        assert receipt.version == f"v{before + 1}"
        check_whole(again, before + 1)
        if finished:
            break
    assert finished and left > 20
    assert outcomes == {before, before + 1}


def test_erasure_stopped_at_every_change(tmp_path: Path) -> None:
    for left in range(200):
        home = tmp_path / str(left)
        store = new_archive(home)
        aip = ingest(store, sample_sip(home / "src"), FixedClock(), agent="A").aip_id
        try:
            with POWER.for_changes(left):
                erase(store, aip, FixedClock(), agent="R", order="1", reason="x")
            finished = True
        except Dead:
            finished = False
        again = reopen(store)
        check_whole(again, 1)
        erased = erase(again, aip, FixedClock(), agent="R", order="1", reason="x")
        assert len(erased.removed) == 13
        check_whole(again, 1)
        assert not list(store.root.rglob("*.pdf"))
        if finished:
            break
    assert finished and left > 10


def test_amending_stopped_at_every_change(tmp_path: Path) -> None:
    outcomes = set()
    for left in range(200):
        home = tmp_path / str(left)
        store = new_archive(home)
        aip = ingest(store, sample_sip(home / "src"), FixedClock(), agent="A").aip_id
        try:
            with POWER.for_changes(left), amending(store, aip, FixedClock(), agent="A", message="Note") as amendment:
                amendment.put("note.txt", b"x", "text/plain")
            finished = True
        except Dead:
            finished = False
        again = reopen(store)
        versions = again.package(aip).versions
        outcomes.add(versions)
        check_whole(again, versions)
        kinds = [entry["kind"] for entry in again.register.entries()]
        assert kinds.count("amendment") == versions - 1
        if finished:
            break
    assert finished and left > 10 and outcomes == {1, 2}


def test_replication_stopped_at_every_change(tmp_path: Path) -> None:
    store = new_archive(tmp_path)
    ingest(store, sample_sip(tmp_path / "src"), FixedClock(), agent="A")
    open_place(store, tmp_path / "empty")
    for left in range(200):
        name = tmp_path / str(left)
        shutil.copytree(tmp_path / "empty", name)
        place = open_place(store, name)
        try:
            with POWER.for_changes(left):
                replicate(store, place, str(name))
            finished = True
        except Dead:
            finished = False
        place = open_place(store, name)
        whole = place.exists(store.folder("erecords:case:22.31-2026/000147"))
        bad = {item.code for item in compare(store, place, str(name)).bad}
        assert bad == (set() if whole else {"object-missing"}), "a copy is whole or not there"
        assert replicate(store, place, str(name)).failed == ()
        assert compare(store, place, str(name)).bad == ()
        if finished:
            break
    assert finished and left > 10


CHILD = """
import sys, types
sys.path.insert(0, {root!r})
tests = types.ModuleType("tests"); tests.__path__ = [{root!r} + "/tests"]; sys.modules["tests"] = tests
from pathlib import Path
from archive.ingest import ingest
from archive.settings import ArchiveSettings
from archive.store import open_archive
from tests.archive.samples import sample_sip
from tests.fakes import FixedClock
store = open_archive(Path({home!r}) / "archive", ArchiveSettings(), FixedClock())
for number in range(100000):
    ingest(store, sample_sip(Path({home!r}) / "src", f"22.31-2026/{{number:06d}}"), FixedClock(), agent="A")
    if not number:
        print("ready", flush=True)
"""


@pytest.mark.parametrize("pause", [0.05, 0.31, 0.77])
def test_killed_for_real(pause: float, tmp_path: Path) -> None:
    store = new_archive(tmp_path)
    code = CHILD.format(root=str(Path(__file__).parents[2]), home=str(tmp_path))
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert child.stdout is not None and child.stdout.readline() == b"ready\n"
    time.sleep(pause)
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    again = reopen(store)
    report = verify(again)
    assert report.bad == () and report.checked == len(again.holdings()) > 0


def test_many_writers_and_openers_at_once(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    store = new_archive(tmp_path)

    def work(number: int) -> None:
        mine = reopen(store) if number % 5 == 0 else store
        ingest(mine, sample_sip(tmp_path / f"src{number}", f"22.31-2026/{number:06d}"), FixedClock(), agent="A")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(80)))
    report = verify(store)
    assert (report.checked, report.bad) == (80, ())
    assert len(list(store.register.entries())) == 81


def test_two_writers_of_one_case(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    store = new_archive(tmp_path)
    sip = sample_sip(tmp_path / "src")
    with ThreadPoolExecutor(4) as pool:
        receipts = set(pool.map(lambda _: ingest(store, sip, FixedClock(), agent="A"), range(8)))
    assert len(receipts) == 1
    check_whole(store, 1)
