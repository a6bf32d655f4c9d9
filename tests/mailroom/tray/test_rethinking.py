"""Thinking again: what changes with registry and settings, and what never does."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import Session, select

from erecords.office import Office
from mailroom.fields.markings import MarkingKind
from mailroom.loading import RegistersAtHand
from mailroom.matching import doubles
from mailroom.models import Delivery, Letter, LetterFile
from mailroom.tray import deciding, marking, remarks, rethinking
from tests.mailroom.tray.conftest import letter_text

DOG = "hiermit melde ich meinen Hund zur Hundesteuer an. Der Hund heißt Waldi, Transponder 276098106234567."
FENCE = "Bitte prüfen Sie das mit dem Zaun am Teich. Ich bitte um Antwort bis zum 18.12.2026."


def row(office: Office, number: str) -> dict[str, Any]:
    with Session(office.engine) as session:
        return session.get_one(Letter, number).model_dump(exclude={"version"})


def in_custody(office: Office, number: str) -> tuple[Any, ...]:
    """What is kept of a letter as it came and as it was read."""
    with Session(office.engine) as session:
        letter = session.get_one(Letter, number)
        files = session.exec(select(LetterFile).where(LetterFile.letter == number)).all()
        delivery = session.get_one(Delivery, letter.delivery_id).model_dump()
        pages = letter.first_page, letter.last_page
        return delivery, [file.model_dump() for file in files], letter.transfer_note, letter.received, pages


def codes(office: Office, number: str) -> list[str]:
    return [finding.partition(":")[0] for finding in row(office, number)["findings"]]


@pytest.mark.parametrize("text", [DOG, FENCE, "Persönlich\n" + DOG, "Rechnung\nIhr Zeichen: 99.99-2026/000001"])
def test_same_knowledge_gives_the_same_answer(text: str, post, receive) -> None:
    receive(letter_text(text))
    number = receive(letter_text(text)).number
    before = row(post, number)
    rethinking.rerun(post, number)
    assert row(post, number) == before
    rethinking.rerun(post, number)
    assert row(post, number) == before


def test_a_case_that_was_opened_since_is_found(post, receive) -> None:
    said = letter_text(DOG, "Xaver Quittenbaum")
    number = receive(said).number
    other = receive(said.replace("melde ich", "melde ich noch einmal")).number
    assert not row(post, number)["suggestion"]["case"]
    with post.work() as work:
        doubles.dismiss(work, post.actor, other)
    with post.work() as work:
        deciding.file_new(post, work, RegistersAtHand(post), other, "22.31", "Hundesteuer Quittenbaum", None)
    before = in_custody(post, number)
    rethinking.rerun(post, number)
    suggestion = row(post, number)["suggestion"]
    assert row(post, other)["case_reference"] in (suggestion["case"], *suggestion["candidates"])
    assert row(post, number)["state"] == "tray", "nothing is filed by thinking"
    assert in_custody(post, number) == before


def test_findings_of_pages_follow_the_settings(people, post, receive) -> None:
    number = receive(letter_text(FENCE)).number
    before = row(post, number)
    settings = post.home / "erecords.toml"
    usual = settings.read_text(encoding="utf-8")
    settings.write_text(usual.replace("# low_confidence = 0.6", "low_confidence = 0.99"), encoding="utf-8")
    strict = people("u-post1")
    rethinking.rerun(strict, number)
    assert set(codes(post, number)) - {"low-confidence"} == {one.partition(":")[0] for one in before["findings"]}
    assert "low-confidence" in codes(post, number)
    settings.write_text(usual, encoding="utf-8")
    rethinking.rerun(post, number)
    assert row(post, number) == before


def test_what_people_said_stays(post, receive) -> None:
    receive(letter_text(FENCE))
    number = receive(letter_text(FENCE)).number
    assert "near-duplicate" in codes(post, number)
    with post.work() as work:
        doubles.dismiss(work, post.actor, number)
    with post.work() as work:
        remarks.forward(post, work, number, "32.1")
    before = row(post, number)
    rethinking.rerun(post, number)
    assert row(post, number) == before
    assert row(post, number)["unit"] == "32.1"


def test_findings_go_with_a_marking(post, receive) -> None:
    number = receive(letter_text(FENCE)).number
    before = codes(post, number)
    marking.mark(post, number, [MarkingKind.MEDICAL])
    assert "marked" in codes(post, number)
    marking.mark(post, number, [])
    assert codes(post, number) == before


def test_a_letter_that_was_not_understood_is_understood_later(post, receive) -> None:
    number = receive(letter_text(FENCE)).number
    said = row(post, number)["suggestion"]
    with post.work() as work:
        letter = work.session.get_one(Letter, number)
        letter.findings = ["not-understood: The program failed on what the letter says; the log holds the details."]
        letter.suggestion = {"recommendation": "none"}
        work.session.add(letter)
        work.log("letter.receive", f"letter:{number}", letter)
    rethinking.rerun(post, number)
    assert "not-understood" not in codes(post, number)
    assert row(post, number)["suggestion"] == said
