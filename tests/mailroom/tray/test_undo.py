"""Taking back: each kind of decision, in order, only one's own, only while nobody built upon it; learning follows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from erecords.errors import Conflict, NotFound
from erecords.registry import cases, finding
from erecords.store import audit
from erecords.store.models import AuditValue, Document, Rendition
from mailroom import learning
from mailroom.fields.markings import MarkingKind
from mailroom.loading import RegistersAtHand, load_registers
from mailroom.models import Letter, LetterState
from mailroom.quality import measuring
from mailroom.tray import deciding, desk, listing, marking, refiling, remarks, undoing
from tests.mailroom.tray.conftest import letter_text
from tests.mailroom.tray.test_desk import Typist

LOW = "mein Hund heißt Waldi. Zur Hundesteuer habe ich eine Frage."


def stored(office, number: str) -> Letter:
    with Session(office.engine) as session:
        return session.get_one(Letter, number)


def file(office, number: str, notation: str = "22.31", kind: str | None = None) -> Letter:
    with office.work() as work:
        deciding.file_new(office, work, RegistersAtHand(office), number, notation, "Hundesteuer Colditz", kind)
    return stored(office, number)


@pytest.fixture
def waiting(receive) -> Letter:
    row = receive(letter_text(LOW))
    assert row.state is LetterState.TRAY
    return row


def test_a_filing_is_taken_back_and_the_letter_waits_as_before(post, waiting, run):
    done = file(post, waiting.number, kind="hundesteuer-abmeldung")
    said = run("mail", "undo")
    again = stored(post, waiting.number)
    assert said["letters"] == [waiting.number] and done.case_reference in said["undone"]
    assert (again.state, again.document_id, again.case_reference) == (LetterState.TRAY, None, None)
    assert (again.document_type, again.unit, again.deadlines) == (
        waiting.document_type, waiting.unit, waiting.deadlines,
    )  # fmt: skip
    with post.read() as session:
        assert [row.number for row in listing.letters(session, post.actor)] == [waiting.number]
        assert session.exec(select(Document)).all() == [] == session.exec(select(Rendition)).all()
        gone = f"document:{done.document_id}"
        assert session.exec(select(AuditValue).where(AuditValue.object == gone)).all() == []
        assert audit.verify(session).valid
        assert finding.locate(session, done.case_reference), "its reference was given out"
    assert run("search", "Waldi")["total"] == 0
    assert file(post, waiting.number).document_id > done.document_id


def test_decisions_are_taken_back_newest_first_and_never_twice(post, receive, run):
    first, second = receive(letter_text(LOW)), receive(letter_text(LOW, "Jana Hänel"))
    run("mail", "reject", first.number, "--reason", "Werbung")
    run("mail", "reject", second.number, "--reason", "Werbung")
    assert run("mail", "undo", "--dry-run")["would_undo"].startswith(second.number)
    assert run("mail", "undo")["letters"] == [second.number]
    assert run("mail", "undo")["letters"] == [first.number]
    assert {stored(post, one.number).state for one in (first, second)} == {LetterState.TRAY}
    with pytest.raises(NotFound, match="no decision of yours"):
        run("mail", "undo")


def test_one_of_several_is_taken_back_by_its_number(post, receive, run):
    first, second = receive(letter_text(LOW)), receive(letter_text(LOW, "Jana Hänel"))
    file(post, first.number)
    file(post, second.number)
    run("mail", "undo", first.number)
    assert stored(post, first.number).state is LetterState.TRAY
    assert stored(post, second.number).state is LetterState.FILED


def test_a_correction_is_taken_back_into_the_case_before(post, waiting):
    done = file(post, waiting.number)
    with post.work() as work:
        refiling.refile(
            post, work, RegistersAtHand(post), waiting.number, "Irrtum", notation="22.32", kind="hundesteuer-abmeldung"
        )
    undoing.undo(post)
    again = stored(post, waiting.number)
    assert (again.case_reference, again.document_type) == (done.case_reference, done.document_type)
    undoing.undo(post)
    assert stored(post, waiting.number).state is LetterState.TRAY


def test_forward_and_mark_are_taken_back(post, waiting):
    with post.work() as work:
        remarks.forward(post, work, waiting.number, "32.1", "Bitte prüfen")
    marking.mark(post, waiting.number, [MarkingKind.MEDICAL])
    assert stored(post, waiting.number).confidential
    undoing.undo(post)
    assert (stored(post, waiting.number).markings, stored(post, waiting.number).unit) == ([], "32.1")
    undoing.undo(post)
    assert stored(post, waiting.number).unit == waiting.unit


def test_others_decisions_and_old_ones_stay(people, post, waiting):
    file(post, waiting.number)
    with pytest.raises(NotFound):
        undoing.undo(people("u-post2"))
    post.clock.advance(timedelta(days=1, minutes=1))
    with pytest.raises(NotFound):
        undoing.undo(post)
    assert stored(post, waiting.number).state is LetterState.FILED


def test_what_others_built_upon_is_refused(people, post, waiting):
    done = file(post, waiting.number)
    second = people("u-post2")
    with second.work() as work:
        refiling.refile(second, work, RegistersAtHand(second), waiting.number, "Irrtum", notation="22.32")
    with pytest.raises(Conflict, match="decided again meanwhile by u-post2"):
        undoing.undo(post)
    undoing.undo(second)
    with pytest.raises(Conflict, match="decided again"):
        undoing.undo(post)
    assert stored(post, waiting.number).case_reference == done.case_reference


def test_a_closed_case_keeps_its_document(people, post, waiting):
    done = file(post, waiting.number)
    clerk = people("u-hust1")
    with clerk.work() as work:
        cases.close(work, clerk.actor, cases.find(work.session, clerk.actor, done.case_reference))
    with pytest.raises(Conflict, match="closed"):
        undoing.undo(post)
    assert stored(post, waiting.number).document_id == done.document_id


def test_what_was_learned_goes_back_too(post, waiting):
    registers = load_registers(post)
    file(post, waiting.number, "10.22", "werbung")
    assert [row.label for row in learning.current(post, registers).recent] == ["werbung|10.22"]
    with post.read() as session:
        before = learning.decisions(session)
    undoing.undo(post)
    with post.read() as session:
        assert learning.decisions(session) != before
    assert learning.current(post, registers).recent == ()


def test_the_report_counts_what_stands_in_the_end(post, waiting):
    day = post.clock.today()
    file(post, waiting.number)
    undoing.undo(post)
    with post.read() as session:
        report = measuring.over(session, day, day)
    assert report.total().filed == 0
    file(post, waiting.number)
    with post.read() as session:
        assert measuring.over(session, day, day).total().filed == 1


def test_undo_is_a_key_of_the_tray(post, receive, waiting):
    other = receive(letter_text(LOW, "Jana Hänel"))
    typist = Typist("", "u", "q")
    assert desk.work_through(post, typist)["filed"] == 1
    assert {stored(post, one.number).state for one in (waiting, other)} == {LetterState.TRAY}
    assert "Taken back" in typist.told[-1]
