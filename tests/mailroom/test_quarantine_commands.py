"""``mail quarantine`` as people call it."""

from __future__ import annotations

from typing import Any

import click
import pytest
from sqlmodel import select

import cli
from erecords.office import Office
from mailroom.custody import quarantine
from mailroom.custody.reasons import ReasonCode
from mailroom.models import Delivery
from mailroom.processing import runs
from mailroom.processing.room import receive_file


@pytest.mark.parametrize(
    ("reason", "options", "asks", "password"),
    [
        (ReasonCode.ENCRYPTED, [], True, "geheim"),
        (ReasonCode.ENCRYPTED, ["--password", "anders"], False, "anders"),
        (ReasonCode.DAMAGED, [], False, None),
    ],
)
def test_a_password_is_asked_for_unseen_where_one_is_needed(
    office: Office,
    monkeypatch: pytest.MonkeyPatch,
    reason: ReasonCode,
    options: list[str],
    asks: bool,
    password: str | None,
) -> None:
    letter = office.home.parent / "brief.pdf"
    letter.write_bytes(b"%PDF-1.4 brief")
    number = receive_file(office, letter, "scan")
    with office.work() as work:
        quarantine.put(work, work.session.exec(select(Delivery)).one(), reason, "")
    asked: list[dict[str, Any]] = []
    given: list[str | None] = []

    def prompt(_text: str, **more: Any) -> str:
        asked.append(more)
        return "geheim"

    monkeypatch.setattr(click, "prompt", prompt)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr(runs, "release", lambda _office, _id, word: given.append(word) or [])
    call = ["--home", str(office.home), "--actor", "u-post1", "mail", "quarantine", "release", str(number), *options]
    assert cli.run_command(call) == 0
    assert given == [password] and [more["hide_input"] for more in asked] == [True] * asks
