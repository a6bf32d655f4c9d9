"""Stopping the mail room while it reads: at once, nothing is said about what was in work, the next start goes on."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from mailroom.channels.folder import drop_folders
from mailroom.custody import proof
from mailroom.models import Delivery
from mailroom.processing import pipeline, room, runs
from mailroom.processing.room import open_room, receive_file


def endless(*_arguments: Any) -> None:
    """What a worker does with a file that takes long."""
    time.sleep(600)


def interrupted(*_arguments: Any) -> None:
    raise KeyboardInterrupt


def states(office) -> list[str]:
    with Session(office.engine) as session:
        return [row.state for row in session.exec(select(Delivery).order_by(Delivery.id))]


@pytest.fixture
def letters(office, tmp_path: Path) -> None:
    for number in range(3):
        path = tmp_path / f"{number}.txt"
        path.write_text(f"Sehr geehrte Damen und Herren, Anliegen {number}", encoding="utf-8")
        receive_file(office, path, "scan")


@pytest.mark.usefixtures("letters")
def test_a_stop_does_not_wait_for_the_pages_in_work(office, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "identify", endless)
        with open_room(office, 1) as opened:
            worker = threading.Thread(target=opened.work_off, args=(lambda _id: None,))
            worker.start()
            opened.stop()
            worker.join(60)
            assert not worker.is_alive()
    assert states(office) == ["pending"] * 3
    with office.read() as session:
        assert proof.report(session, office.blobs, drop_folders(office)).complete
    runs.watch_once(office, 1, lambda _id: None, print)
    assert states(office) == ["processed"] * 3


@pytest.mark.usefixtures("letters")
def test_an_interrupted_run_does_not_wait_either(office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "identify", endless)
    monkeypatch.setattr(room, "wait", interrupted)
    with open_room(office, 1) as opened, pytest.raises(KeyboardInterrupt):
        opened.work_off(lambda _id: None)
    assert states(office) == ["pending"] * 3
