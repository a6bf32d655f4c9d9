"""A filed letter that starts a process stands in a transaction of it, whoever filed it; taking back leaves none."""

from __future__ import annotations

import pytest
from sqlmodel import Session, select

from erecords.registry import transactions
from erecords.store.models import Case, Document, Transaction
from mailroom.loading import RegistersAtHand
from mailroom.models import Letter, LetterState
from mailroom.tray import deciding, refiling, undoing
from tests.mailroom.tray.conftest import letter_text

LOW = "mein Hund heißt {}. Zur Hundesteuer habe ich eine Frage."
SIGN_ON, SIGN_OFF = "hundesteuer-anmeldung", "hundesteuer-abmeldung"


def file(office, number: str, kind: str, reference: str | None = None) -> Letter:
    with office.work() as work:
        if reference:
            deciding.file_in(office, work, RegistersAtHand(office), number, reference, kind)
        else:
            deciding.file_new(office, work, RegistersAtHand(office), number, "22.31", "Hundesteuer Colditz", kind)
    with Session(office.engine) as session:
        return session.get_one(Letter, number)


def rows(office) -> list[tuple[str, str, str, list[int | None]]]:
    """Number, process, title and documents of all transactions."""
    with Session(office.engine) as session:
        found = session.exec(select(Transaction).order_by(Transaction.number)).all()
        return [
            (row.number, row.process, row.title, [held.id for held in transactions.documents(session, row)])
            for row in found
        ]


@pytest.fixture
def waiting(receive) -> Letter:
    row = receive(letter_text(LOW.format("Waldi")))
    assert row.state is LetterState.TRAY
    return row


def test_the_first_letter_opens_one_and_the_next_joins_it(post, receive, waiting, run):
    first = file(post, waiting.number, SIGN_ON)
    second = receive(letter_text(LOW.format("Bello"), name="Uwe Ficker"))
    second = file(post, second.number, SIGN_ON, first.case_reference)
    assert rows(post) == [("V-2026-000001", SIGN_ON, first.title, [first.document_id, second.document_id])]
    with Session(post.engine) as session:
        row = session.get_one(Transaction, "V-2026-000001")
        assert (row.process_title, row.letter) == ("Hund zur Hundesteuer anmelden", first.number)
        assert row.opened == first.received
    (hit,) = run("search", "V-2026-000001", actor="u-hust1")["hits"]
    assert (hit["kind"], hit["transaction"], hit["case"]) == ("transaction", "V-2026-000001", first.case_reference)


def test_other_processes_and_closed_runs_get_their_own(post, receive, waiting):
    first = file(post, waiting.number, SIGN_ON)
    off = receive(letter_text(LOW.format("Hasso"), name="Eva Dietze")).number
    file(post, off, SIGN_OFF, first.case_reference)
    with post.work() as work:
        who = post.machine("test")
        transactions.close(work, who, work.session.get_one(Transaction, "V-2026-000001"))
    again = receive(letter_text(LOW.format("Rex"), name="Ute Ficker")).number
    file(post, again, SIGN_ON, first.case_reference)
    assert [(process, len(held)) for _, process, _, held in rows(post)] == [(SIGN_ON, 1), (SIGN_OFF, 1), (SIGN_ON, 1)]


def test_a_letter_that_starts_no_process_opens_none(post, receive):
    number = receive(letter_text("Bitte prüfen Sie das mit dem Zaun am Teich.")).number
    file(post, number, "vollmacht")
    assert rows(post) == []


def test_taking_back_removes_what_the_filing_opened_and_the_number_is_not_given_again(post, waiting):
    file(post, waiting.number, SIGN_ON)
    undoing.undo(post)
    assert rows(post) == []
    again = file(post, waiting.number, SIGN_ON)
    assert [(number, held) for number, _, _, held in rows(post)] == [("V-2026-000002", [again.document_id])]


def test_taking_back_leaves_what_holds_other_letters(post, receive, waiting):
    first = file(post, waiting.number, SIGN_ON)
    other = receive(letter_text(LOW.format("Bello"), name="Uwe Ficker")).number
    second = file(post, other, SIGN_ON, first.case_reference)
    undoing.undo(post, waiting.number)
    assert [held for *_, held in rows(post)] == [[second.document_id]]


def test_a_corrected_letter_goes_into_the_process_that_it_really_starts(post, waiting):
    first = file(post, waiting.number, SIGN_ON)
    with post.work() as work:
        refiling.refile(post, work, RegistersAtHand(post), waiting.number, "falsche Art", kind=SIGN_OFF)
    assert [(process, held) for _, process, _, held in rows(post)] == [(SIGN_OFF, [first.document_id])]
    with post.work() as work:
        refiling.refile(
            post,
            work,
            RegistersAtHand(post),
            waiting.number,
            "falsche Akte",
            notation="22.31",
            title="Hundesteuer Ficker",
        )
    ((number, process, _, held),) = rows(post)
    with Session(post.engine) as session:
        document = session.get_one(Document, first.document_id)
        assert session.get_one(Transaction, number).case_id == document.case_id
    assert (process, held) == (SIGN_OFF, [first.document_id])


def test_a_run_that_a_person_chose_stays(post, waiting):
    first = file(post, waiting.number, SIGN_ON)
    with post.work() as work:
        document = work.session.get_one(Document, first.document_id)
        case = work.session.get_one(Case, document.case_id)
        own = transactions.open_transaction(work, post.machine("test"), case, title="Zweiter Hund", process=SIGN_OFF)
        transactions.add(work, post.machine("test"), own, document)
    with post.work() as work:
        refiling.refile(post, work, RegistersAtHand(post), waiting.number, "Art", kind=SIGN_OFF)
    assert [(title, held) for _, _, title, held in rows(post)] == [("Zweiter Hund", [first.document_id])]


def test_what_the_machine_files_stands_in_one_too(post, receive):
    strong = receive(
        letter_text(
            "Anmeldung zur Hundesteuer\nhiermit melde ich meinen Hund zur Hundesteuer an. Name des Hundes: Waldi. "
            "Rasse: Dackel. Haltungsbeginn: 01.11.2026. Transpondernummer 276098106234567."
        )
    )
    assert strong.state is LetterState.FILED
    assert [held for *_, held in rows(post)] == [[strong.document_id]]
