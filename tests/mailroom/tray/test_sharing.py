"""Two offices, two clerks: copy notes, sending on, remarks, and who has a letter open."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from erecords.errors import Conflict, NotFound
from erecords.ports import RecordNames
from erecords.registry import documents, org
from erecords.store.models import AuditEntry, DocumentCopy
from mailroom.eraser import MailEraser
from mailroom.fields.markings import MarkingKind
from mailroom.loading import RegistersAtHand
from mailroom.models import CopyKind, Letter, LetterCopy, LetterLease, LetterNote, LetterState
from mailroom.tray import copying, deciding, leases, listing, marking, remarks, screens
from tests.mailroom.tray.conftest import letter_text

LOW = "mein Hund heißt Waldi. Zur Hundesteuer habe ich eine Frage."


def numbers(office) -> list[str]:
    with office.read() as session:
        return [row.number for row in listing.letters(session, office.actor)]


@pytest.fixture
def waiting(receive) -> Letter:
    row = receive(letter_text(LOW))
    assert (row.state, row.unit) == (LetterState.TRAY, "22.3")
    return row


def test_a_letter_for_two_offices_has_one_owner_and_a_copy(people, waiting, run):
    run("mail", "copy", waiting.number, "--unit", "32.1", "--for", "mitzeichnung", "--remark", "gefährlicher Hund?")
    other = people("u-ga1")
    assert numbers(other) == [], "it is the owner's to decide"
    (note,) = run("mail", "copies", actor="u-ga1")["copies"]
    assert (note["letter"]["number"], note["kind"], note["note"]) == (
        waiting.number, "mitzeichnung", "gefährlicher Hund?",
    )  # fmt: skip
    assert run("mail", "show", waiting.number, actor="u-ga1")["copies"][0]["unit"] == "32.1"
    with pytest.raises(NotFound):
        run("mail", "file", waiting.number, "--class", "22.31", "--title", "X", actor="u-ga1")
    for stranger in ("u-kasse1", "u-baug1"):
        with pytest.raises(NotFound):
            run("mail", "show", waiting.number, actor=stranger)


def test_the_copy_is_found_once_filed_and_nothing_else_of_the_case(people, post, waiting, receive, run):
    """22.31 is under the tax secret: without the copy, unit 32.1 finds none of it."""
    run("mail", "copy", waiting.number, "--unit", "32.1")
    run("mail", "file", waiting.number, "--class", "22.31", "--title", "Hundesteuer Colditz")
    other = receive(letter_text(LOW.replace("Waldi", "Rex"), "Jana Hänel"))
    case = run("mail", "show", waiting.number)["case"]
    run("mail", "file", other.number, "--case", case)
    found = run("search", "Waldi", actor="u-ga1")
    assert [hit["document"] for hit in found["hits"]] == [run("mail", "show", waiting.number)["document"]]
    assert run("search", "Rex", actor="u-ga1")["total"] == run("search", "Waldi", actor="u-baug1")["total"] == 0
    assert run("search", "Waldi", actor="u-hust1")["total"] == 1
    assert "Waldi" in run("doc", "text", str(found["hits"][0]["document"]), actor="u-ga1", text=True)
    with pytest.raises(NotFound):
        run("doc", "text", str(run("mail", "show", other.number)["document"]), actor="u-ga1", text=True)


def test_a_copy_of_a_filed_letter_counts_at_once_and_stands_in_the_log(post, waiting, run):
    run("mail", "file", waiting.number, "--class", "22.31", "--title", "Hundesteuer Colditz")
    assert run("search", "Waldi", actor="u-ga1")["total"] == 0
    run("mail", "copy", waiting.number, "--unit", "32.1", "--remark", "z. K.", actor="u-hust1")
    assert run("search", "Waldi", actor="u-ga1")["total"] == 1
    with post.read() as session:
        entries = session.exec(select(AuditEntry).where(AuditEntry.action == "letter.copy")).all()
        assert [json.loads(entry.details)["unit"] for entry in entries] == ["32.1"]
        assert "z. K." not in entries[0].details
    run("mail", "seen", waiting.number, actor="u-ga1")
    assert run("mail", "copies", actor="u-ga1")["copies"] == []
    assert run("mail", "copies", "--all", actor="u-ga1")["copies"][0]["seen_by"] == "u-ga1"
    run("mail", "undo")
    assert run("search", "Waldi", actor="u-ga1")["total"] == 0
    with post.read() as session:
        assert session.exec(select(DocumentCopy)).all() == []


def test_refusals_of_copies(post, waiting, run):
    for unit, error in (("22.3", Conflict), ("99", NotFound)):
        with pytest.raises(error):
            run("mail", "copy", waiting.number, "--unit", unit)
    with pytest.raises(NotFound):
        run("mail", "copy", waiting.number, "--unit", "32.1", actor="u-baug1")
    with pytest.raises(NotFound):
        run("mail", "seen", waiting.number, actor="u-ga1")
    run("mail", "copy", waiting.number, "--unit", "32.1")
    with pytest.raises(Conflict, match="already"):
        run("mail", "copy", waiting.number, "--unit", "32.1")


def test_marked_mail_is_copied_to_nobody(people, post, waiting, run):
    run("mail", "copy", waiting.number, "--unit", "32.1")
    marking.mark(post, waiting.number, [MarkingKind.PERSONAL])
    assert run("mail", "copies", actor="u-ga1")["copies"] == []
    with pytest.raises(NotFound):
        run("mail", "show", waiting.number, actor="u-ga1")
    with pytest.raises(Conflict, match="marked personal"):
        run("mail", "copy", waiting.number, "--unit", "66.1")
    run("mail", "file", waiting.number, "--class", "22.31", "--title", "Hundesteuer Colditz")
    assert run("search", "Waldi", actor="u-ga1")["total"] == 0 == run("search", "Colditz", actor="u-ga1")["total"]
    with post.read() as session:
        assert session.exec(select(DocumentCopy)).all() == []


def test_a_letter_is_sent_on_with_a_remark(people, waiting, run):
    assert numbers(people("u-hust1")) == [waiting.number]
    run("mail", "forward", waiting.number, "--unit", "32.1", "--remark", "Ist der Hund gefährlich?", actor="u-hust1")
    assert (numbers(people("u-hust1")), numbers(people("u-ga1"))) == ([], [waiting.number])
    shown = run("mail", "show", waiting.number, actor="u-ga1")
    assert [(row["by"], row["text"]) for row in shown["remarks"]] == [("u-hust1", "Ist der Hund gefährlich?")]
    run("mail", "undo", actor="u-hust1")
    assert numbers(people("u-hust1")) == [waiting.number]
    with pytest.raises(Conflict):
        run("mail", "forward", waiting.number, "--unit", "22.3")


def test_remarks_are_for_those_who_see_the_letter(waiting, run):
    run("mail", "remark", waiting.number, "Attest folgt", actor="u-hust1")
    assert run("mail", "show", waiting.number)["remarks"][0]["text"] == "Attest folgt"
    with pytest.raises(NotFound):
        run("mail", "remark", waiting.number, "x", actor="u-baug1")


def test_markings_by_hand_outlast_thinking_again(people, post, waiting, run):
    run("mail", "mark", waiting.number, "--as", "medical")
    assert numbers(people("u-hust1")) == [] and numbers(people("u-sta0")) == [waiting.number]
    run("mail", "rerun", waiting.number)
    shown = run("mail", "show", waiting.number)
    assert shown["markings"] == ["medical"] and "Waldi" not in json.dumps(shown["suggestion"])
    run("mail", "mark", waiting.number, "--not")
    assert run("mail", "show", waiting.number)["markings"] == []
    assert numbers(people("u-hust1")) == [waiting.number]


def test_a_wrong_marking_of_the_machine_is_taken_away_for_good(people, receive, run):
    row = receive("Persönlich\n" + letter_text(LOW))
    assert row.confidential
    run("mail", "mark", row.number, "--not")
    run("mail", "rerun", row.number)
    assert run("mail", "show", row.number)["markings"] == []


def test_a_second_clerk_is_told_who_has_it_open(people, post, waiting, run):
    second = people("u-post2")
    assert screens.look(post, waiting.number).open_by == ""
    assert "Ina Krauthammer (u-post1) has had this letter open since" in screens.look(second, waiting.number).open_by
    assert run("mail", "show", waiting.number)["open_by"] == "u-post1"
    leases.close_letter(second, waiting.number)
    assert screens.look(second, waiting.number).open_by, "another person's closing changes nothing"
    leases.close_letter(post, waiting.number)
    assert screens.look(second, waiting.number).open_by == ""


def test_a_lease_ends_by_itself_after_a_crash_and_is_renewed_by_an_open_screen(people, post, waiting):
    second = people("u-post2")
    screens.look(post, waiting.number)
    for office in (post, second):
        office.clock.advance(leases.LASTS - timedelta(seconds=1))
    leases.open_letter(post, waiting.number)
    for office in (post, second):
        office.clock.advance(leases.LASTS - timedelta(seconds=1))
    assert screens.look(second, waiting.number).open_by
    second.clock.advance(timedelta(seconds=2))
    assert screens.look(second, waiting.number).open_by == ""


def test_a_lease_leaves_no_trace_in_the_log(post, waiting):
    with post.read() as session:
        before = len(session.exec(select(AuditEntry)).all())
    screens.look(post, waiting.number)
    leases.close_letter(post, waiting.number)
    with post.read() as session:
        assert len(session.exec(select(AuditEntry)).all()) == before


@pytest.mark.parametrize("deputy", ["u-kasse2", "u-bg1"], ids=["head", "clerk"])
def test_a_deputy_sees_what_the_absent_would(people, post, waiting, receive, deputy):
    private = receive("Persönlich\n" + letter_text(LOW, "Jana Hänel"))
    assert numbers(people(deputy)) == []
    day, gone = post.clock.today(), timedelta(days=2)
    head = people("u-sta0").actor
    with post.work() as work:
        org.set_absence(work, head, "u-sta0", first=day, last=day, deputy=deputy)
    standing_in = people(deputy)
    assert numbers(standing_in) == [waiting.number, private.number]
    with standing_in.work() as work:
        deciding.file_new(standing_in, work, RegistersAtHand(standing_in), private.number, "22.31", "Hundesteuer", None)
    with post.work() as work:
        org.set_absence(work, head, "u-sta0", first=day - gone, last=day - gone, deputy=deputy)
    assert numbers(people(deputy)) == []


def test_who_stands_in_for_a_clerk_sees_what_that_clerk_does_and_no_more(people, post, waiting, receive):
    receive("Persönlich\n" + letter_text(LOW, "Jana Hänel"))
    day = post.clock.today()
    with post.work() as work:
        org.set_absence(work, people("u-hust1").actor, "u-hust1", first=day, last=day, deputy="u-oa0")
    assert numbers(people("u-oa0")) == [waiting.number]


def test_all_that_was_said_goes_with_the_record(post, waiting):
    with post.work() as work:
        remarks.remark(post, work, waiting.number, "Attest folgt")
        copying.give(post, work, waiting.number, "32.1", CopyKind.ABDRUCK, "z. K.")
        deciding.file_new(post, work, RegistersAtHand(post), waiting.number, "22.31", "Hundesteuer", None)
    desk_lease = leases.open_letter(post, waiting.number)
    assert desk_lease is None
    with post.work() as work:
        MailEraser().erase(work, [RecordNames(1, ("x",), (1,), (waiting.number,))])
    with Session(post.engine) as session:
        for table in (LetterCopy, LetterNote, LetterLease):
            assert session.exec(select(table)).all() == []


def test_the_copied_document_is_shown_to_the_unit_alone(people, post, waiting):
    with post.work() as work:
        copying.give(post, work, waiting.number, "32.1")
        deciding.file_new(post, work, RegistersAtHand(post), waiting.number, "22.31", "Hundesteuer", None)
    other = people("u-ga1")
    with other.read() as session:
        assert documents.find(session, other.actor, 1).letter == waiting.number
    stranger = people("u-baug1")
    with stranger.read() as session, pytest.raises(NotFound):
        documents.find(session, stranger.actor, 1)
