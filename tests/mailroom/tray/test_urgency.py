"""Follow-ups of letters, and the tray in their order."""

from __future__ import annotations

from sqlmodel import Session

from erecords.ports import RecordNames
from mailroom.eraser import MailEraser
from mailroom.loading import RegistersAtHand
from mailroom.models import Letter
from mailroom.tray import deciding, listing
from tests.mailroom.tray.conftest import letter_text

ODD = "Bitte prüfen Sie das mit dem Zaun am Teich."


def test_most_urgent_first(post, receive):
    late = receive(letter_text(f"{ODD} Ich bitte um Antwort bis zum 18.12.2026."))
    none = receive(letter_text("Xyz qqq."))
    soon = receive(letter_text(f"{ODD} Ich bitte um Antwort binnen einer Woche."))
    with post.read() as session:
        found = listing.letters(session, post.actor)
    order = [row.number for row in found]
    assert order.index(soon.number) < order.index(late.number)
    assert [row.due for row in found if row.due] == sorted(row.due for row in found if row.due)
    assert none.due is None or order.index(none.number) >= 0


def test_shown_with_the_letter(receive, run):
    row = receive(letter_text(f"{ODD} Ich bitte um Antwort bis zum 13.12.2026."))
    shown = run("mail", "show", row.number)
    due = next(one for one in shown["deadlines"] if one["page"])
    assert {"date", "title", "basis", "page", "text"} <= set(due)
    assert (due["date"], due["page"], due["text"]) == ("2026-12-14", 1, "bis zum 13.12.2026")
    assert "2026-12-14" in run("mail", "show", row.number, text=True)


def test_deciding_otherwise_brings_the_deadlines_of_the_other_process(post, receive):
    row = receive(letter_text(f"{ODD} Ich bitte um Antwort bis zum 18.12.2026."))
    with post.work() as work:
        deciding.file_new(post, work, RegistersAtHand(post), row.number, "10.5", "Auskunft", "dsgvo-auskunftsersuchen")
    with Session(post.engine) as session:
        done = session.get_one(Letter, row.number)
    assert [(one["date"], one["basis"]) for one in done.deadlines] == [
        ("2026-12-18", "genannter Tag"),
        ("2026-12-22", "DSGVO Art. 12 Abs. 3"),
    ]


def test_erased_with_the_letter(post, receive):
    row = receive(letter_text(f"{ODD} Ich bitte um Antwort bis zum 18.12.2026."))
    with post.work() as work:
        MailEraser().erase(work, [RecordNames(case_id=0, references=("x",), document_ids=(), letters=(row.number,))])
    with Session(post.engine) as session:
        done = session.get_one(Letter, row.number)
    assert (done.deadlines, done.due, done.markings, done.erased) == ([], None, [], True)
