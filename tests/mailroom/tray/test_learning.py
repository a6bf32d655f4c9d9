"""A correction counts for the next letter; what was learned of a destroyed record goes with it."""

from __future__ import annotations

import pytest
from sqlmodel import Session

from erecords.ports import RecordNames
from mailroom import learning, sources
from mailroom.eraser import MailEraser
from mailroom.loading import RegistersAtHand, load_registers
from mailroom.matching.advice import Adviser
from mailroom.models import Letter
from mailroom.ports import PageText
from mailroom.tray import deciding, refiling
from tests.mailroom.tray.conftest import letter_text

ODD = (
    "Der Zaun am Löschteich ist kaputt, die Bretter hängen schief und Kinder klettern hinein. "
    "Bitte kümmern Sie sich um die Bretter und den Riegel am Löschteich, bevor jemand ertrinkt."
)
AGAIN = ODD.replace("Bitte kümmern", "Ich bitte Sie, kümmern").replace("jemand", "eines")


def think(adviser: Adviser, text: str):
    page = PageText(1, 595.0, 842.0, text, (), "ocr", 0.95)
    return adviser.advise([page], adviser._office.clock.today()).suggestion


@pytest.fixture
def filed(post, receive) -> Letter:
    row = receive(letter_text(ODD))
    if row.document_id is None:
        with post.work() as work:
            deciding.file_new(post, work, RegistersAtHand(post), row.number, "66.11", None, "maengelmeldung")
    with Session(post.engine) as session:
        return session.get_one(Letter, row.number)


@pytest.fixture
def relearnings(monkeypatch) -> list[int]:
    counted: list[int] = []
    learn = learning.knowledge.learn
    monkeypatch.setattr(learning.knowledge, "learn", lambda *given: counted.append(1) or learn(*given))
    return counted


def test_a_correction_counts_at_once_without_learning_anew(post, filed, relearnings):
    adviser = Adviser(post, post.machine("mailroom"))
    before = think(adviser, letter_text(AGAIN, "Jana Hänel"))
    with post.work() as work:
        refiling.refile(post, work, RegistersAtHand(post), filed.number, "Baugesuch", notation="10.22", kind="werbung")
    after = think(adviser, letter_text(AGAIN, "Jana Hänel"))
    assert before.class_notation != "10.22"
    assert (after.document_type, after.class_notation) == ("werbung", "10.22")
    assert any(reason.name == "a letter like it was filed so" for reason in after.reasons)
    assert relearnings == []


def test_letters_unlike_it_are_not_moved(post, filed):
    adviser = Adviser(post, post.machine("mailroom"))
    text = letter_text("Mein Hund ist gestorben, bitte beenden Sie die Hundesteuer.")
    before = think(adviser, text)
    with post.work() as work:
        refiling.refile(post, work, RegistersAtHand(post), filed.number, "Baugesuch", notation="10.22", kind="werbung")
    after = think(adviser, text)
    assert (after.class_notation, after.score) == (before.class_notation, before.score)


def test_the_model_goes_with_a_destroyed_record(post, filed):
    had = sources.read(post.home)
    sources.write(post.home, {**had, "documents": [[filed.document_id, "maengelmeldung", "66.11", "00"]]})
    record = RecordNames(case_id=0, references=("x",), document_ids=(filed.document_id,), letters=())
    MailEraser().after_commit(post.blobs, [record])
    assert sources.read(post.home) == {} and not list((post.home / "knowledge").iterdir())
    MailEraser().after_commit(post.blobs, [record])


def test_the_model_stays_when_another_record_goes(post):
    before = sources.read(post.home)
    MailEraser().after_commit(post.blobs, [RecordNames(0, ("x",), (4711,), ())])
    assert before and sources.read(post.home) == before


def test_marked_mail_teaches_nothing(post, receive):
    row = receive("Persönlich\n" + letter_text(ODD))
    with post.work() as work:
        deciding.file_new(post, work, RegistersAtHand(post), row.number, "66.11", None, "maengelmeldung")
    registers = load_registers(post)
    assert learning.current(post, registers).recent == ()
