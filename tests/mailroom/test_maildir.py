"""A maildir as a channel: messages stay unread in ``new`` until they are in custody, and then lie read in ``cur``."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from mailroom.channels import maildir
from mailroom.channels.folder import DropFolders, drop_folders
from mailroom.custody import claims, proof
from mailroom.models import Delivery
from mailroom.processing.room import MailRoom

MESSAGE = b"From: Eva <eva@example.org>\nTo: post@zwoenau.example\nSubject: Anfrage\n\nGuten Tag\n"


@pytest.fixture
def box(office) -> Path:
    """The mailbox of the channel ``mail``: two new messages, one that was read, one in delivery."""
    folder = office.inbox / "mail"
    for name in ("new", "cur", "tmp", ".Gesendet/new"):
        (folder / name).mkdir(parents=True)
    (folder / "new" / "1700000001.M1P1.host,S=80").write_bytes(MESSAGE + b"eins")
    (folder / "new" / "1700000002.M2P1.host,S=80").write_bytes(MESSAGE + b"zwei")
    (folder / "cur" / "1600000000.M1P1.host:2,RS").write_bytes(MESSAGE + b"alt")
    (folder / "tmp" / "1700000003.M3P1.host").write_bytes(MESSAGE[:20])
    (folder / ".Gesendet" / "new" / "1700000004.M4P1.host").write_bytes(MESSAGE + b"gesendet")
    return folder


def room(office) -> MailRoom:
    return MailRoom(office, None, DropFolders(office.inbox, timedelta(0), timedelta(0)))


def rows(office) -> list[Delivery]:
    with Session(office.engine) as session:
        return list(session.exec(select(Delivery).order_by(col(Delivery.id))))


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def report(office) -> proof.CustodyReport:
    with office.read() as session:
        return proof.report(session, office.blobs, drop_folders(office))


def test_new_messages_are_taken_and_then_lie_read_in_cur(office, box):
    assert report(office).waiting == 2
    room(office).receive_ready()
    assert sorted((row.channel, row.name, row.state) for row in rows(office)) == [
        ("mail", "1700000001.M1P1.host,S=80.eml", "pending"),
        ("mail", "1700000002.M2P1.host,S=80.eml", "pending"),
    ]
    assert files(box / "new") == []
    assert files(box / "cur") == [
        "1600000000.M1P1.host:2,RS",
        "1700000001.M1P1.host,S=80:2,S",
        "1700000002.M2P1.host,S=80:2,S",
    ]
    assert files(box / "tmp") == ["1700000003.M3P1.host"]
    assert (box / "cur" / "1700000001.M1P1.host,S=80:2,S").read_bytes() == MESSAGE + b"eins"
    room(office).receive_ready()
    assert len(rows(office)) == 2 and report(office).complete and report(office).waiting == 0


@pytest.mark.parametrize(
    "step", ["custody.claims._copied", "custody.intake.receive", "custody.claims.release", "processing.room.mark_seen"]
)
def test_a_stop_at_each_step_loses_doubles_and_marks_nothing(office, box, monkeypatch, step):
    class Stop(BaseException):
        """The power goes."""

    def stop(*_args, **_kwargs):
        raise Stop

    with monkeypatch.context() as patch, pytest.raises(Stop):
        patch.setattr(f"mailroom.{step}", stop)
        room(office).receive_ready()
    assert len(files(box / "new")) == 2 and len(files(box / "cur")) == 1
    again = room(office)
    again.recover()
    again.receive_ready()
    again.receive_ready()
    assert [row.state for row in rows(office)] == ["pending", "pending"]
    assert files(box / "new") == [] and len(files(box / "cur")) == 3
    assert report(office).complete


def test_a_name_used_again_for_another_message_is_another_delivery(office, box):
    room(office).receive_ready()
    (box / "new" / "1700000001.M1P1.host,S=80").write_bytes(MESSAGE + b"etwas anderes")
    room(office).receive_ready()
    assert [row.state for row in rows(office)] == ["pending"] * 3


def test_a_message_that_its_owner_takes_away_meanwhile_is_in_custody(office, box, monkeypatch):
    seen = maildir.mark_seen

    def read_by_somebody(message: Path, below: Path) -> None:
        message.rename(box / "cur" / f"{message.name}:2,F")
        seen(message, below)

    monkeypatch.setattr("mailroom.processing.room.mark_seen", read_by_somebody)
    room(office).receive_ready()
    assert [row.state for row in rows(office)] == ["pending", "pending"]


def test_a_folder_that_is_no_maildir_is_a_plain_channel(office, box):
    (box / "tmp" / "1700000003.M3P1.host").unlink()
    (box / "tmp").rmdir()
    room(office).receive_ready()
    assert len(rows(office)) == 3


@pytest.mark.parametrize("swapped", ["message", "folder", "pipe"])
def test_what_is_put_in_place_of_a_message_is_neither_read_nor_moved(office, box, monkeypatch, swapped):
    """Somebody who may write to the maildir wants the mail room to fetch a file that it alone may read."""
    secret = office.home / "store" / "1700000001.M1P1.host,S=80"
    secret.write_bytes(b"of somebody else")
    new, one = box / "new", box / "new" / "1700000001.M1P1.host,S=80"
    opened = claims.open_plain

    def swap(file: Path, below: Path):
        if file == one and not one.is_symlink():
            one.unlink()
            if swapped == "message":
                one.symlink_to(secret)
            elif swapped == "pipe":
                os.mkfifo(one)
            else:
                new.rename(box / "weg")
                new.symlink_to(secret.parent)
        return opened(file, below)

    monkeypatch.setattr(claims, "open_plain", swap)
    taken = room(office)
    taken.receive_ready()
    assert one in taken.folders.blocked
    assert all(b"somebody else" not in office.blobs.read(row.sha512) for row in rows(office) if row.sha512)
    assert secret.read_bytes() == b"of somebody else"
    if swapped != "folder":
        assert [row.name for row in rows(office)] == ["1700000002.M2P1.host,S=80.eml"]


def test_a_read_message_is_not_moved_through_a_link(office, box, monkeypatch):
    away = office.home.parent / "away"
    away.mkdir()

    def swap(message: Path, below: Path) -> None:
        if not (box / "cur").is_symlink():
            (box / "cur").rename(box / "weg")
            (box / "cur").symlink_to(away)
        maildir.mark_seen(message, below)

    monkeypatch.setattr("mailroom.processing.room.mark_seen", swap)
    room(office).receive_ready()
    assert files(away) == [] and len(files(box / "new")) == 2


def test_a_mailbox_whose_messages_cannot_be_marked_keeps_no_other_mail_waiting(office, box, monkeypatch):
    (office.inbox / "zettel.txt").write_text("Guten Tag")

    def refuse(message: Path, below: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("mailroom.processing.room.mark_seen", refuse)
    taken = room(office)
    taken.receive_ready()
    taken.receive_ready()
    assert sorted(row.channel for row in rows(office)) == ["mail", "mail", "scan"]
    assert sorted(path.parent for path in taken.folders.blocked) == [box / "new"] * 2
