"""Custody: what comes in is stored, recorded and released once, wherever it is stopped."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from erecords.store.models import AuditEntry
from mailroom.channels.folder import DropFolders, drop_folders
from mailroom.custody import claims, intake, proof
from mailroom.models import Delivery, DeliveryState
from mailroom.processing.room import MailRoom, receive_file
from tests.fakes import FixedClock


def report(office):
    with office.read() as session:
        return proof.report(session, office.blobs, drop_folders(office))


def drop(office, name: str, data: bytes) -> Path:
    path = office.inbox / "scan" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def claim(office, path: Path) -> claims.Claim:
    return claims.claim(path, office.inbox / "scan", "scan", office.clock.now())


def receive(office, made: claims.Claim) -> int:
    return intake.receive(office.engine, office.blobs, office.clock, "u-post1", made)


def deliveries(office) -> list[Delivery]:
    with Session(office.engine) as session:
        return list(session.exec(select(Delivery).order_by(Delivery.id)))


def test_a_dropped_file_is_moved_into_custody(office):
    path = drop(office, "brief.pdf", b"%PDF-1.4 brief")
    receive(office, claim(office, path))
    (row,) = deliveries(office)
    assert not path.exists()
    assert office.blobs.read(row.sha512) == b"%PDF-1.4 brief"
    assert (row.source, row.name, row.channel, row.state) == ("scan/brief.pdf", "brief.pdf", "scan", "pending")
    assert list((office.inbox / "scan" / claims.FOLDER).iterdir()) == []
    assert report(office).complete and report(office).pending == 1


def test_a_file_from_outside_stays_with_its_owner(office, tmp_path):
    path = tmp_path / "brief.pdf"
    path.write_bytes(b"%PDF-1.4 brief")
    receive_file(office, path, "papier")
    assert path.exists() and deliveries(office)[0].channel == "papier"


@pytest.mark.parametrize("step", ["described", "moved", "stored", "recorded"])
def test_a_stop_at_each_step_loses_nothing_and_doubles_nothing(office, monkeypatch, step):
    class Stop(BaseException):
        """The power goes."""

    def stop(*_args, **_kwargs):
        raise Stop

    path = drop(office, "brief.pdf", b"%PDF-1.4 brief")
    with monkeypatch.context() as patch, pytest.raises(Stop):
        if step == "described":
            patch.setattr(claims, "move", stop)
            patch.setattr(claims, "remove_folder", stop)
        if step == "moved":
            patch.setattr(type(office.blobs), "put_file", stop)
        if step == "stored":
            patch.setattr(intake, "_record", stop)
        if step == "recorded":
            patch.setattr(claims, "release", stop)
        receive(office, claim(office, path))
    before = report(office)
    assert before.complete or before.waiting == 1
    claims.tidy(office.inbox / "scan")
    found = list(claims.found(office.inbox / "scan"))
    if path.exists():
        found.append(claim(office, path))
    for made in found:
        receive(office, made)
    assert [row.state for row in deliveries(office)] == [DeliveryState.PENDING]
    after = report(office)
    assert after.complete and (after.seen, after.waiting) == (1, 0)
    assert list((office.inbox / "scan" / claims.FOLDER).iterdir()) == []


def test_a_full_disk_leaves_the_claim_and_the_next_try_receives_it(office, monkeypatch):
    path = drop(office, "brief.pdf", b"%PDF-1.4 brief")
    made = claim(office, path)
    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space"):
        patch.setattr(os, "fsync", lambda _handle: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        receive(office, made)
    assert made.file.read_bytes() == b"%PDF-1.4 brief"
    assert report(office).pending == 1 and report(office).complete
    receive(office, made)
    assert len(deliveries(office)) == 1


def test_a_full_disk_that_has_room_again_needs_no_restart(office, monkeypatch):
    drop(office, "brief.pdf", TestDropFolders.PDF)
    room = MailRoom(office, None, DropFolders(office.inbox, timedelta(0), timedelta(0)))
    room.receive_ready()
    drop(office, "zweiter.pdf", TestDropFolders.PDF + b"%")
    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space"):
        patch.setattr(type(office.blobs), "put_file", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left")))
        room.receive_ready()
    assert report(office).pending == 2 and len(deliveries(office)) == 1
    assert len(room.receive_ready()) == 1
    assert [row.name for row in deliveries(office)] == ["brief.pdf", "zweiter.pdf"]


def test_a_claim_that_may_not_be_read_keeps_no_other_waiting(office, monkeypatch):
    made = claim(office, drop(office, "a.pdf", TestDropFolders.PDF))
    drop(office, "b.pdf", TestDropFolders.PDF + b"%")
    room = MailRoom(office, None, DropFolders(office.inbox, timedelta(0), timedelta(0)))
    store = type(office.blobs).put_file

    def refuse(blobs, path):
        if path == made.file:
            raise PermissionError(13, "Permission denied", str(path))
        return store(blobs, path)

    with monkeypatch.context() as patch:
        patch.setattr(type(office.blobs), "put_file", refuse)
        for _ in range(2):
            room.receive_ready()
            assert room.folders.blocked == {made.file: "Permission denied"}
    assert [row.name for row in deliveries(office)] == ["b.pdf"]
    room.receive_ready()
    assert [row.name for row in deliveries(office)] == ["b.pdf", "a.pdf"] and room.folders.blocked == {}


def test_a_clock_that_is_set_back_keeps_nothing_waiting(office, monkeypatch):
    drop(office, "brief.pdf", TestDropFolders.PDF)
    clock = FixedClock()
    office = replace(office, clock=clock)
    room = MailRoom(office, None, DropFolders(office.inbox, timedelta(seconds=1), timedelta(seconds=20)))
    seconds = iter((5000.0, 5002.0))
    monkeypatch.setattr("mailroom.processing.room.time.monotonic", lambda: next(seconds))
    room.receive_ready()
    clock.advance(timedelta(hours=-1))
    room.receive_ready()
    assert [row.name for row in deliveries(office)] == ["brief.pdf"]


def test_the_proof_leaves_a_claim_in_the_making_alone(office):
    made = office.inbox / "scan" / claims.FOLDER / "0123"
    made.mkdir(parents=True)
    assert report(office).complete
    assert made.is_dir()


def test_a_claim_in_the_making_is_not_taken_for_one_that_was_left(office, tmp_path, monkeypatch):
    """Two people take mail over at once: one copies, the other opens the room and tidies."""
    path = tmp_path / "brief.pdf"
    path.write_bytes(b"%PDF-1.4 brief")
    room = MailRoom(office, None, drop_folders(office))
    describe = claims._describe
    others = [threading.Thread(target=room.recover)]

    def tidy_meanwhile(made, now):
        describe(made, now)
        others[0].start()
        others[0].join(0.3)

    monkeypatch.setattr(claims, "_describe", tidy_meanwhile)
    receive_file(office, path, "papier")
    others[0].join()
    assert [(row.state, row.reason) for row in deliveries(office)] == [("pending", None)]


def test_a_file_that_may_not_be_moved_does_not_keep_the_others(office, monkeypatch):
    for name in ("a.pdf", "b.pdf"):
        drop(office, name, TestDropFolders.PDF + name.encode())
    room = MailRoom(office, None, DropFolders(office.inbox, timedelta(0), timedelta(0)))
    move = claims.move

    def refuse(source, target, *, below):
        if source.name == "a.pdf":
            raise PermissionError(13, "Permission denied")
        move(source, target, below=below)

    monkeypatch.setattr(claims, "move", refuse)
    room.receive_ready()
    assert [row.name for row in deliveries(office)] == ["b.pdf"]
    assert [path.name for path in room.folders.blocked] == ["a.pdf"] and room.folders.waiting() == []
    monkeypatch.setattr(claims, "move", move)
    room.receive_ready()
    assert [row.name for row in deliveries(office)] == ["b.pdf", "a.pdf"] and room.folders.blocked == {}


@pytest.mark.parametrize("swapped", ["file", "folder"])
def test_a_link_put_in_place_of_a_looked_at_file_is_not_taken(office, monkeypatch, swapped):
    """Somebody who may write to the drop folder wants the mail room to fetch a file that it alone may read."""
    secret = office.home / "store" / "a.pdf"
    secret.write_bytes(b"%PDF-1.4 of somebody else")
    dropped = drop(office, "tief/a.pdf", TestDropFolders.PDF)
    drop(office, "b.pdf", TestDropFolders.PDF)
    room = MailRoom(office, None, DropFolders(office.inbox, timedelta(0), timedelta(0)))
    describe = claims._describe

    def swap(made, now):
        describe(made, now)
        if made.name == "a.pdf" and not dropped.is_symlink():
            dropped.unlink()
            if swapped == "file":
                dropped.symlink_to(secret)
            else:
                dropped.parent.rmdir()
                dropped.parent.symlink_to(secret.parent)

    monkeypatch.setattr(claims, "_describe", swap)
    room.receive_ready()
    assert [row.name for row in deliveries(office)] == ["b.pdf"]
    assert secret.read_bytes() == b"%PDF-1.4 of somebody else" and [path.name for path in room.folders.blocked]
    assert list((office.inbox / "scan" / claims.FOLDER).iterdir()) == []


def test_the_same_bytes_again_are_a_line_at_the_first_and_no_second_letter(office):
    for name in ("a.pdf", "b.pdf", "c.pdf"):
        receive(office, claim(office, drop(office, name, b"%PDF-1.4 same")))
    first, second, third = deliveries(office)
    assert (second.state, second.duplicate_of) == (DeliveryState.DUPLICATE, first.id)
    assert third.duplicate_of == first.id
    with office.read() as session:
        again = session.exec(select(AuditEntry).where(AuditEntry.action == "delivery.again")).all()
    assert [entry.object for entry in again] == [f"delivery:{first.id}"] * 2


def test_empty_files_are_not_the_same_letter(office):
    for name in ("a.pdf", "b.pdf"):
        receive(office, claim(office, drop(office, name, b"")))
    assert [(row.state, row.duplicate_of) for row in deliveries(office)] == [("pending", None)] * 2


def test_what_comes_again_after_it_was_discarded_is_looked_at_again(office):
    receive(office, claim(office, drop(office, "a.pdf", b"%PDF-1.4 same")))
    with office.work() as work:
        row = work.session.get(Delivery, 1)
        row.state = DeliveryState.DISCARDED
        work.session.add(row)
        work.log("delivery.discard", "delivery:1", row)
    receive(office, claim(office, drop(office, "b.pdf", b"%PDF-1.4 same")))
    assert deliveries(office)[1].state == DeliveryState.PENDING


@pytest.mark.parametrize("name", [b"zeile1\nzeile2.pdf", b"\xff\xfe.pdf", "Antrag_\u202efdp.exe".encode(), b"-rf.pdf"])
def test_any_name_is_taken_and_shown_harmlessly(office, name):
    folder = os.fsencode(office.inbox / "scan")
    path = Path(os.fsdecode(os.path.join(folder, name)))  # noqa: PTH118 - a name of bytes
    path.write_bytes(b"%PDF-1.4 x")
    receive(office, claim(office, path))
    (row,) = deliveries(office)
    assert row.name.isprintable() and "\n" not in row.source and not row.name.startswith("-")


def test_custody_names_a_lost_row_a_lost_original_and_a_surplus_row(office):
    for name in (b"a", b"b"):
        receive(office, claim(office, drop(office, f"{name.decode()}.pdf", b"%PDF-1.4 " + name)))
    first, second = deliveries(office)
    path = office.blobs.path(second.sha512)
    path.unlink()
    with office.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE delivery SET id = 99 WHERE id = {first.id}")
    found = report(office)
    assert not found.complete
    assert any("delivery:1" in line for line in found.missing) and any("delivery:2" in line for line in found.missing)
    assert any("delivery:99" in line for line in found.surplus)


class TestDropFolders:
    """A file is ready when it stood still over two looks, nobody writes it, and its structure is complete."""

    PDF = b"%PDF-1.4\n%%junk\nstartxref\n9\n%%EOF\n"

    @pytest.fixture
    def folders(self, office):
        return DropFolders(office.inbox, timedelta(seconds=1), timedelta(seconds=20))

    def look(self, folders, seconds: float) -> list[str]:
        return [one.file.name for one in folders.look(seconds)]

    def test_two_looks(self, office, folders):
        drop(office, "a.pdf", self.PDF)
        assert self.look(folders, 0) == []
        assert self.look(folders, 1.5) == ["a.pdf"]

    def test_a_growing_file_waits(self, office, folders):
        path = drop(office, "a.pdf", self.PDF[:10])
        assert self.look(folders, 0) == []
        path.write_bytes(self.PDF)
        assert self.look(folders, 1.5) == []
        assert self.look(folders, 3) == ["a.pdf"]

    def test_an_open_writer_holds_the_file_back(self, office, folders):
        path = drop(office, "a.pdf", self.PDF)
        with path.open("ab"):
            self.look(folders, 0)
            assert self.look(folders, 30) == []
        assert self.look(folders, 31) == ["a.pdf"]

    def test_an_open_writer_is_named_after_a_while(self, office, folders):
        path = drop(office, "a.pdf", self.PDF)
        with path.open("ab"):
            self.look(folders, 0)
            self.look(folders, 30)
            assert folders.blocked == {path: "another program has it open for writing"}
        self.look(folders, 31)
        assert folders.blocked == {}

    def test_on_a_share_nobody_is_asked_who_writes(self, office):
        """The clients of SMB and NFS refuse the lease by which a writer is seen, whether there is one or not."""
        path = drop(office, "a.pdf", self.PDF)
        folders = DropFolders(office.inbox, timedelta(seconds=1), timedelta(seconds=20), frozenset({"scan"}))
        with path.open("ab"):
            self.look(folders, 0)
            assert self.look(folders, 2) == ["a.pdf"]

    @pytest.mark.parametrize("data", [b"", PDF])
    def test_a_file_that_may_not_be_read_keeps_no_other_waiting(self, office, folders, monkeypatch, data):
        mine, others = drop(office, "a.pdf", self.PDF), drop(office, "b.pdf", data)
        opened = os.open

        def refuse(path, *arguments, **named):
            if path == others:
                raise PermissionError(13, "Permission denied", str(path))
            return opened(path, *arguments, **named)

        monkeypatch.setattr(os, "open", refuse)
        self.look(folders, 0)
        assert self.look(folders, 30) == [mine.name]
        assert folders.blocked == {others: "Permission denied"} and folders.waiting() == [mine]

    def test_a_share_that_went_away_keeps_no_other_waiting(self, office, folders, monkeypatch):
        drop(office, "a.pdf", self.PDF)
        share = office.inbox / "rathaus"
        share.mkdir()
        scan, status = os.scandir, Path.lstat

        def away(path):
            if Path(path) == share:
                raise OSError(107, "Transport endpoint is not connected", str(path))

        monkeypatch.setattr(os, "scandir", lambda path: away(path) or scan(path))
        monkeypatch.setattr(Path, "lstat", lambda path: away(path) or status(path))
        self.look(folders, 0)
        assert self.look(folders, 2) == ["a.pdf"]
        assert folders.blocked == {share: "Transport endpoint is not connected"}
        assert folders.channel_folders() == [office.inbox, office.inbox / "scan"]

    def test_an_inbox_that_went_away_is_said_and_read_when_it_is_back(self, office, folders, tmp_path):
        drop(office, "brief.pdf", self.PDF)
        away = office.inbox.rename(tmp_path / "away")
        assert self.look(folders, 0) == [] and "share" in folders.blocked[office.inbox]
        away.rename(office.inbox)
        assert self.look(folders, 1) == [] and not folders.blocked
        assert self.look(folders, 3) == ["brief.pdf"]

    @pytest.mark.parametrize("data", [b"", b"%PDF-1.4\nhalf"])
    def test_an_incomplete_file_is_held_and_then_taken(self, office, folders, data):
        drop(office, "a.pdf", data)
        self.look(folders, 0)
        assert self.look(folders, 5) == []
        assert self.look(folders, 21) == ["a.pdf"]

    def test_subfolders_channels_and_clutter(self, office, folders):
        for name in ("scan/tief/unten/a.pdf", "fax/b.pdf", "c.pdf", "scan/.hidden", "scan/x.part", "scan/Thumbs.db"):
            path = office.inbox / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.PDF)
        (office.inbox / "scan" / "link.pdf").symlink_to("/etc/passwd")
        folders.look(0)
        ready = folders.look(2)
        assert {(one.file.name, one.channel) for one in ready} == {
            ("a.pdf", "scan"),
            ("b.pdf", "fax"),
            ("c.pdf", "scan"),
        }

    def test_the_same_name_used_again_is_another_file(self, office, folders):
        path = drop(office, "a.pdf", self.PDF)
        self.look(folders, 0)
        path.unlink()
        drop(office, "a.pdf", self.PDF + b"%")
        assert self.look(folders, 2) == []

    def test_a_folder_deleted_and_made_again(self, office, folders):
        import shutil

        drop(office, "a.pdf", self.PDF)
        self.look(folders, 0)
        shutil.rmtree(office.inbox)
        assert self.look(folders, 2) == []
        drop(office, "b.pdf", self.PDF)
        self.look(folders, 3)
        assert self.look(folders, 5) == ["b.pdf"]


def test_bytes_that_a_disposal_erased_in_between_are_stored_again(office, monkeypatch):
    made = claim(office, drop(office, "brief.pdf", b"%PDF-1.4 again"))
    store = type(office.blobs).put_file

    def store_and_lose(blobs, path):
        blob = store(blobs, path)
        monkeypatch.undo()
        blobs.erase(blob.sha512)
        return blob

    monkeypatch.setattr(type(office.blobs), "put_file", store_and_lose)
    receive(office, made)
    (row,) = deliveries(office)
    assert office.blobs.read(row.sha512) == b"%PDF-1.4 again"
