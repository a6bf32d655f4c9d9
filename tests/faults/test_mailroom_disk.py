"""A disk that fails at one write of the mail room after the other: nothing is lost, nothing comes twice."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, col, select

from erecords.errors import DiskFailing
from mailroom.channels.folder import DropFolders, drop_folders
from mailroom.custody import proof
from mailroom.models import Delivery, Letter
from mailroom.processing.pipeline import Bench
from mailroom.processing.room import MailRoom, tidy
from mailroom.settings import MailroomSettings

PLACES = (1, 2, 3, 5, 9, 17, 30, 55, 90)
"""Which call of a run fails, until there are fewer calls than that."""


class InlinePool:
    """Runs tasks in this process, at once."""

    workers = 1
    settings = MailroomSettings()

    def submit(self, function: Callable[..., Any], *arguments: Any, seconds: float) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(function(*arguments))
        except BaseException as error:
            future.set_exception(error)
        return future


class FailingCall:
    """Lets the n-th call of a function of the operating system fail; 0 lets none fail."""

    def __init__(self, patch: pytest.MonkeyPatch, name: str, number: int) -> None:
        self.calls, self._number, self._real = 0, number, getattr(os, name)
        patch.setattr(os, name, self)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        self.calls += 1
        if self.calls == self._number:
            raise OSError(errno.ENOSPC, "No space left on device")
        return self._real(*arguments, **named)


def room(office) -> MailRoom:
    (office.home / "work").mkdir(exist_ok=True)
    bench = Bench(office.blobs, InlinePool(), office.home / "work")  # type: ignore[arg-type]
    return MailRoom(office, bench, DropFolders(office.inbox, timedelta(0), timedelta(0)))


def work(office) -> None:
    opened = room(office)
    tidy(office, office.home / "work")
    opened.recover()
    opened.receive_ready()
    opened.work_off(lambda _id: None)


def message(number: int) -> bytes:
    """A message with an attachment, and one that is refused: both ways of a file."""
    return (
        f"From: eva@example.org\nTo: post@zwoenau.example\nSubject: Anliegen {number}\nMIME-Version: 1.0\n"
        f'Content-Type: multipart/mixed; boundary="x"\n\n--x\nContent-Type: text/plain\n\nGuten Tag {number}\n'
        f'--x\nContent-Type: text/plain\nContent-Disposition: attachment; filename="a.txt"\n\nAnlage {number}\n--x--\n'
    ).encode()


@pytest.mark.parametrize("call", ["fsync", "rename", "replace"])
def test_each_call_fails_once(office, monkeypatch, call):
    inbox = office.inbox / "scan"
    inbox.mkdir(exist_ok=True)
    failures = 0
    for rounds, number in enumerate(PLACES, start=1):  # noqa: B007 - counted to the end
        (inbox / f"{number}.eml").write_bytes(message(number))
        (inbox / f"{number}.pdf").write_bytes(b"MZ program %d" % number)
        with monkeypatch.context() as patch:
            failing = FailingCall(patch, call, number)
            try:
                work(office)
            except (OSError, DiskFailing):
                failures += 1
        work(office)
        if failing.calls < number:
            break
    assert failures >= 2
    work(office)
    with Session(office.engine) as session:
        rows = session.exec(select(Delivery).order_by(col(Delivery.id))).all()
        numbers = [int(letter.number[-7:]) for letter in session.exec(select(Letter)).all()]
    assert sorted(numbers) == list(range(1, 2 * rounds + 1))
    assert sorted(row.state for row in rows) == ["processed"] * 2 * rounds + ["quarantined"] * rounds
    with office.read() as session:
        report = proof.report(session, office.blobs, drop_folders(office))
    assert report.complete and (report.seen, report.pending, report.waiting) == (3 * rounds, 0, 0)
    assert list(office.home.rglob("*.tmp")) == [] and list((office.home / "work").iterdir()) == []
    assert not [path for path in (office.home / "store").rglob("*") if path.is_file() and len(path.name) != 128]
    for row in rows:
        assert (office.home / "quarantine" / str(row.id)).is_dir() == (row.state == "quarantined")


def test_a_disk_that_is_full_when_a_file_is_copied_in(office, tmp_path, monkeypatch):
    from mailroom.processing.room import receive_file

    path = tmp_path / "brief.pdf"
    path.write_bytes(b"%PDF-1.4 brief")
    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space"):
        patch.setattr(
            shutil, "copyfileobj", lambda *_: (_ for _ in ()).throw(OSError(errno.ENOSPC, "No space left on device"))
        )
        receive_file(office, path, "scan")
    assert [item for item in Path(office.inbox).rglob("*") if item.is_file()] == []
    receive_file(office, path, "scan")
    with Session(office.engine) as session:
        assert [row.state for row in session.exec(select(Delivery)).all()] == ["pending"]
