"""A backup is complete, restores to the same, and refuses whatever is not quite a backup."""

import io
import tarfile
import threading

import pytest

import cli
from archive.ingest import ingest
from archive.keeping.fixity import verify
from archive.settings import ArchiveSettings
from archive.storage import local
from archive.store import in_home
from erecords import home
from erecords.errors import Conflict, InputRefused, StoreDamaged
from erecords.store import audit, backup
from mailroom.processing.room import receive_file
from tests.archive.samples import amended, sample_sip


def ignore(_name: str) -> None:
    """Progress that nobody watches."""


@pytest.fixture
def filled(office, tmp_path):
    letter = tmp_path / "brief.pdf"
    letter.write_bytes(b"%PDF-1.4 brief")
    receive_file(office, letter, "scan")
    (office.inbox / "scan" / "wartet.pdf").write_bytes(b"%PDF-1.4 noch da")
    return office


def test_what_was_backed_up_comes_back(filled, tmp_path):
    report = backup.create(filled.engine, filled.home, tmp_path / "b.tar", ignore)
    assert report.files > 10
    target = tmp_path / "restored"
    backup.restore(tmp_path / "b.tar", target, ignore)
    again = home.open_home(target, "u-post1", cli.ASSEMBLY)
    with again.read() as session:
        assert audit.verify(session).valid
    assert sorted(again.blobs.all()) == sorted(filled.blobs.all())
    assert (again.inbox / "scan" / "wartet.pdf").read_bytes() == b"%PDF-1.4 noch da"
    again.engine.dispose()


def test_nobody_else_may_read_a_backup_or_what_it_is_made_from(filled, tmp_path):
    seen = []

    def look(_name):
        seen.extend(path.stat().st_mode for path in tmp_path.glob(".b.tar.*"))

    backup.create(filled.engine, filled.home, tmp_path / "b.tar", look)
    assert len(seen) > 10 and {mode & 0o077 for mode in seen} == {0}
    assert (tmp_path / "b.tar").stat().st_mode & 0o777 == 0o600


def test_a_backup_taken_while_letters_come_in_names_no_missing_bytes(filled, tmp_path):
    stop = threading.Event()

    def keep_writing() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            path = tmp_path / f"{number}.pdf"
            path.write_bytes(f"%PDF-1.4 {number}".encode())
            receive_file(filled, path, "scan")

    writer = threading.Thread(target=keep_writing)
    writer.start()
    try:
        for number in range(3):
            backup.create(filled.engine, filled.home, tmp_path / f"{number}.tar", ignore)
    finally:
        stop.set()
        writer.join()
    for number in range(3):
        backup.restore(tmp_path / f"{number}.tar", tmp_path / f"home{number}", ignore)
        again = home.open_home(tmp_path / f"home{number}", "u-post1", cli.ASSEMBLY)
        with again.read() as session:
            digests = session.connection().exec_driver_sql("SELECT sha512 FROM delivery").scalars().all()
            assert audit.verify(session).valid
        assert digests and all(again.blobs.exists(digest) for digest in digests)
        again.engine.dispose()


def changed(data: bytes, member: str, how: str) -> bytes:
    """The backup with one member changed, left out, or added."""
    out = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(data)) as old, tarfile.open(fileobj=out, mode="w") as new:
        for entry in old:
            content = old.extractfile(entry).read()
            if entry.name == member and how == "drop":
                continue
            if entry.name == member and how == "flip":
                content = bytes([content[0] ^ 1]) + content[1:]
            new.addfile(entry, io.BytesIO(content))
        if how in ("escape", "link", "surplus"):
            entry = tarfile.TarInfo("../outside" if how == "escape" else "surplus.txt")
            if how == "link":
                entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
            new.addfile(entry, io.BytesIO(b""))
    return out.getvalue()


@pytest.mark.parametrize(
    ("member", "how", "error"),
    [
        ("records.db", "flip", StoreDamaged),
        ("records.db", "drop", StoreDamaged),
        ("manifest.jsonl", "drop", InputRefused),
        ("", "surplus", StoreDamaged),
        ("", "escape", InputRefused),
        ("", "link", InputRefused),
    ],
)
def test_a_damaged_or_hostile_backup_is_refused_and_leaves_nothing(filled, tmp_path, member, how, error):
    backup.create(filled.engine, filled.home, tmp_path / "b.tar", ignore)
    bad = tmp_path / "bad.tar"
    bad.write_bytes(changed((tmp_path / "b.tar").read_bytes(), member, how))
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(error):
        backup.restore(bad, tmp_path / "restored", ignore)
    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.parametrize("data", [b"", b"no tar at all", b"\0" * 1024])
def test_what_is_no_backup_is_refused(tmp_path, data):
    (tmp_path / "b.tar").write_bytes(data)
    with pytest.raises(InputRefused):
        backup.restore(tmp_path / "b.tar", tmp_path / "restored", ignore)


def test_nothing_is_overwritten(filled, tmp_path):
    (tmp_path / "b.tar").write_bytes(b"mine")
    with pytest.raises(Conflict):
        backup.create(filled.engine, filled.home, tmp_path / "b.tar", ignore)
    with pytest.raises(Conflict):
        backup.restore(tmp_path / "b.tar", filled.home, ignore)
    assert (tmp_path / "b.tar").read_bytes() == b"mine"


def test_work_space_and_derived_files_of_the_archive_stay_out(filled, tmp_path):
    own = filled.home / "archive" / "extensions" / "erecords"
    for name in ("staging/ab12/files/half", "locks/abc.lock", "catalogue.db-wal"):
        (own / name).parent.mkdir(parents=True, exist_ok=True)
        (own / name).write_bytes(b"changes under the backup")
    backup.create(filled.engine, filled.home, tmp_path / "b.tar", ignore)
    with tarfile.open(tmp_path / "b.tar") as tar:
        inside = {name for name in tar.getnames() if name.startswith("archive/")}
    assert "archive/0=ocfl_1.1" in inside
    assert [name for name in inside if "staging" in name or "locks" in name or "catalogue" in name] == []


def test_a_version_that_was_on_its_way_is_completed_before_the_backup(filled, tmp_path, monkeypatch):
    store = in_home(filled.home, ArchiveSettings(), filled.clock)
    sip = sample_sip(tmp_path / "src")
    ingest(store, sip, filled.clock, agent="A")

    def stop(*_arguments) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as stopped, pytest.raises(KeyboardInterrupt):
        stopped.setattr(local, "complete", stop)
        ingest(store, amended(sip, tmp_path / "src"), filled.clock, agent="A")
    assert (
        cli.run_command(
            ["--home", str(filled.home), "--actor", "u-it1", "-q", "db", "backup", "--to", str(tmp_path / "b.tar")]
        )
        == 0
    )
    backup.restore(tmp_path / "b.tar", tmp_path / "restored", ignore)
    again = in_home(tmp_path / "restored", ArchiveSettings(), filled.clock)
    assert again.package(sip.reference).versions == 2
    assert verify(again).bad == ()
