"""Cutting, joining and turning through the commands with the real OCR engine, and each taken back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pikepdf
import pytest
from sqlmodel import Session, col, select
from textual.widgets import Static

from erecords.errors import Conflict, InputRefused
from erecords.store.lifecycle import RenditionKind
from mailroom.fullscreen.waiting import tray
from mailroom.models import Delivery, Letter, LetterFile, LetterState
from mailroom.tray import undoing
from tests.mailroom.recognition import drawing

FIRST = "Anmeldung zur Hundesteuer\nmein Hund Waldi ist ein Dackel\nAnonym"
"""No name, so that the machine files it never by itself, however sure it is."""
SECOND = "Beschwerde wegen Laerm\nin der Lindenstrasse wird gefeiert"


def stored(office, number: str) -> Letter:
    with Session(office.engine) as session:
        return session.get_one(Letter, number)


def text(office, number: str) -> str:
    with Session(office.engine) as session:
        query = select(LetterFile.sha512).where(LetterFile.letter == number, LetterFile.kind == RenditionKind.TEXT)
        return office.blobs.read(session.exec(query).one()).decode()


def pages(office, number: str) -> tuple[int, int]:
    row = stored(office, number)
    return row.first_page, row.last_page


@pytest.fixture
def batch(post, run, tmp_path: Path) -> str:
    """A scan of two pages that is taken for one letter."""
    scan = drawing.scan_pdf(tmp_path / "stapel.pdf", drawing.page(FIRST), drawing.page(SECOND))
    taken = run("mail", "take", str(scan))["deliveries"][0]["letters"]
    assert [(one["pages"], one["state"]) for one in taken] == [(2, "tray")]
    return str(taken[0]["number"])


def test_a_batch_is_divided_and_each_step_is_taken_back(post, run, batch):
    first, second = (one["number"] for one in run("mail", "split", batch, "1")["letters"])
    assert (pages(post, first), pages(post, second)) == ((1, 1), (2, 2))
    assert "Waldi" in text(post, first) and "Lindenstrasse" in text(post, second)
    run("mail", "merge", first, second)
    assert stored(post, second).merged_into == first and pages(post, first) == (1, 2)

    assert set(run("mail", "undo")["letters"]) == {first, second}
    assert (pages(post, first), pages(post, second)) == ((1, 1), (2, 2))
    assert stored(post, second).state is LetterState.TRAY and "Lindenstrasse" in text(post, second)

    run("mail", "undo")
    assert pages(post, first) == (1, 2) and stored(post, second).merged_into == first
    assert "Waldi" in text(post, first) and "Lindenstrasse" in text(post, first)


def test_a_division_that_was_built_upon_stays(post, run, batch):
    first, second = (one["number"] for one in run("mail", "split", batch, "1")["letters"])
    run("mail", "reject", second, "--reason", "Werbung", actor="u-post2")
    with pytest.raises(Conflict):
        undoing.undo(post)
    assert pages(post, first) == (1, 1)


def test_a_page_is_turned_and_read_as_it_stands(post, run, batch):
    before = text(post, batch)
    with Session(post.engine) as session:
        original = session.exec(select(Delivery.sha512)).one()
    run("mail", "rotate", batch, "2", "--by", "180")
    turned = text(post, batch)
    assert "Waldi" in turned and "Lindenstrasse" not in turned, "nobody turns back what a person turned"
    with Session(post.engine) as session:
        query = select(LetterFile.sha512).where(LetterFile.letter == batch, LetterFile.kind == RenditionKind.PDFA)
        rendition = session.exec(query).one()
        assert session.exec(select(Delivery.sha512)).one() == original
    with pikepdf.open(post.blobs.path(rendition)) as pdf:
        assert [int(page.obj.get("/Rotate", 0)) for page in pdf.pages] == [0, 180]
    run("mail", "undo")
    assert text(post, batch) == before


def test_what_cannot_be_cut_or_turned_is_said(run, batch):
    for arguments in (("split", batch, "2"), ("rotate", batch, "3")):
        with pytest.raises(InputRefused, match="2"):
            run("mail", *arguments)


def test_pages_are_divided_and_joined_on_the_screen(post, batch):
    async def work() -> None:
        app = tray(post)
        async with app.run_test(size=(80, 24)) as pilot:
            for key in ("enter", "d", "j", "u"):
                await pilot.press(key)
                await app.workers.wait_for_complete()
                await pilot.pause()
            assert str(app.screen.query_one("#said", Static).content).strip().startswith("Taken back")

    asyncio.run(work())
    with Session(post.engine) as session:
        rows = session.exec(select(Letter).order_by(col(Letter.number))).all()
    assert [(row.first_page, row.last_page, row.state) for row in rows] == [
        (1, 1, LetterState.TRAY),
        (2, 2, LetterState.TRAY),
    ]
