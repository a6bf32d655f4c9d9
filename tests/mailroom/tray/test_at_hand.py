"""The registers at hand: read while others may still write, and never staler than the decision."""

from __future__ import annotations

import os
import sqlite3

import pytest
from sqlmodel import Session, select

from erecords.errors import ConfigurationError
from erecords.store.models import Transaction, Unit
from mailroom.loading import RegistersAtHand
from mailroom.models import Letter, LetterState
from mailroom.registers import Registers
from mailroom.tray import deciding, refiling, screens, undoing
from tests.mailroom.tray.conftest import letter_text

KIND = "hundesteuer-anmeldung"


@pytest.fixture
def waiting(receive) -> Letter:
    return receive(letter_text("Bitte prüfen Sie das mit dem Zaun am Teich."))


@pytest.fixture
def processes(post):
    """The process register of the home, and a way to change it as an editor may: unseen by size and time."""
    path = post.registers / "processes.toml"

    def change(old: str, new: str) -> None:
        text, stat = path.read_text(encoding="utf-8"), path.stat()
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    return change


def title_of(office) -> str:
    with Session(office.engine) as session:
        return session.exec(select(Transaction.process_title)).one()


def file(office, number: str, at_hand: RegistersAtHand) -> None:
    with office.work() as work:
        deciding.file_new(office, work, at_hand, number, "22.31", "Hundesteuer Colditz", KIND)


def test_unchanged_registers_are_read_once(post):
    at_hand = RegistersAtHand(post)
    with post.read() as session:
        assert at_hand.current(session) is at_hand.current(session)


def test_a_process_that_changed_since_counts(post, waiting, processes):
    at_hand = RegistersAtHand(post)
    title = Registers.load(post.registers).processes[KIND].title
    processes(f'"{title}"', f'"{title[::-1]}"')
    file(post, waiting.number, at_hand)
    assert title_of(post) == title[::-1]


def test_a_unit_that_changed_in_the_same_unit_of_work_counts(post):
    at_hand = RegistersAtHand(post)
    with post.work() as work:
        unit = work.session.get_one(Unit, "22.3")
        unit.title = "Steuern und Abgaben"
        work.session.add(unit)
        work.log("unit.import", "unit:22.3", unit)
        assert at_hand.current(work.session).offices["22.3"].title == "Steuern und Abgaben"


def test_a_register_that_was_spoilt_since_files_nothing(post, waiting, processes):
    at_hand = RegistersAtHand(post)
    processes("[[process]]", "[[process]")
    with pytest.raises(ConfigurationError, match=r"processes\.toml"):
        file(post, waiting.number, at_hand)
    with Session(post.engine) as session:
        assert session.get_one(Letter, waiting.number).state is LetterState.TRAY


def test_nobody_waits_while_they_are_read(post, waiting, monkeypatch):
    """Filing, correcting and taking back read the registers while another connection may still write."""
    read, original = [], Registers.load.__func__

    def watched(cls, *arguments, **options):
        connection = sqlite3.connect(post.home / "records.db", timeout=0, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        connection.close()
        read.append(1)
        return original(cls, *arguments, **options)

    monkeypatch.setattr(Registers, "load", classmethod(watched))
    screens.file(post, screens.look(post, waiting.number), notation="22.31", title="Hundesteuer Colditz")
    at_hand = RegistersAtHand(post)
    with post.work() as work:
        refiling.refile(post, work, at_hand, waiting.number, "falsche Art", kind=KIND)
    undoing.undo(post)
    undoing.undo(post)
    assert len(read) == 4
