"""Transactions: numbered without gaps, of one case, closed with it; documents come and go as the case allows."""

from __future__ import annotations

from datetime import date

import pytest
from sqlmodel import Session, select

from erecords.errors import Conflict, InputRefused, NotFound
from erecords.registry import cases, documents, finding, moving, transactions, views, withdrawing
from erecords.registry.documents import NewRendition
from erecords.store.lifecycle import CaseState, RenditionKind
from erecords.store.models import AuditEntry, AuditValue, Case, Document, Transaction
from tests.city import City

TODAY = date(2026, 11, 22)
CLERK = "u-hust1"


@pytest.fixture
def case(city: City) -> str:
    with city.work(CLERK) as work:
        return cases.open_case(work, city.actor(CLERK), class_notation="22.31", title="Hundesteuer Colditz").reference


def open_in(city: City, reference: str, **values) -> str:
    with city.work(CLERK) as work:
        who = city.actor(CLERK)
        found = cases.find(work.session, who, reference)
        return transactions.open_transaction(work, who, found, **{"title": "Anmeldung Bello", **values}).number


def add_document(city: City, reference: str, number: str | None = None, letter: str | None = None) -> int:
    blob = city.blobs.put_bytes(b"Brief")
    original = NewRendition(RenditionKind.ORIGINAL, blob.sha512, blob.bytes, "text/plain")
    with city.work(CLERK) as work:
        who = city.actor(CLERK)
        found = cases.find(work.session, who, reference)
        document = documents.register(
            work, who, city.blobs, found, title="Brief", name="b.txt", renditions=[original], letter=letter
        )
        if number:
            transactions.add(work, who, work.session.get_one(Transaction, number), document)
        return document.id or 0


def row(session: Session, number: str) -> Transaction:
    return session.get_one(Transaction, number)


def test_numbers_are_given_out_without_gaps_per_year_over_all_cases(city, case):
    with city.work(CLERK) as work:
        other = cases.open_case(
            work, city.actor(CLERK), class_notation="22.31", title="Alt", opened=date(2025, 3, 1)
        ).reference
    assert open_in(city, case) == "V-2026-000001"
    with pytest.raises(InputRefused):
        open_in(city, case, title=" ")
    assert open_in(city, other) == "V-2026-000002"
    assert open_in(city, other, opened=date(2025, 4, 1)) == "V-2025-000001"
    assert open_in(city, case) == "V-2026-000003"


def test_it_is_not_opened_before_its_case_nor_in_the_future(city, case):
    number = open_in(city, case, opened=date(2026, 1, 1))
    with city.read() as session:
        assert row(session, number).opened == TODAY
    with pytest.raises(InputRefused):
        open_in(city, case, opened=date(2026, 11, 23))


def test_a_closed_case_takes_no_transaction_and_closes_those_it_has(city, case):
    was_closed, was_open = open_in(city, case), open_in(city, case)
    with city.work(CLERK) as work:
        transactions.close(work, city.actor(CLERK), row(work.session, was_closed))
    with city.work(CLERK) as work:
        who = city.actor(CLERK)
        cases.close(work, who, cases.find(work.session, who, case))
    with city.read() as session:
        assert (row(session, was_open).state, row(session, was_open).closed) == (CaseState.CLOSED, TODAY)
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "case.close")).one()
        assert was_open in entry.details and was_closed not in entry.details
    with pytest.raises(Conflict):
        open_in(city, case)
    with pytest.raises(Conflict), city.work(CLERK) as work:
        transactions.reopen(work, city.actor(CLERK), row(work.session, was_open), reason="Irrtum")


def test_a_closed_one_takes_nothing_until_it_is_opened_again(city, case):
    number, document = open_in(city, case), add_document(city, case)
    who = city.actor(CLERK)

    def add() -> None:
        with city.work(CLERK) as work:
            transactions.add(work, who, row(work.session, number), work.session.get_one(Document, document))

    with city.work(CLERK) as work:
        transactions.close(work, who, row(work.session, number))
    with pytest.raises(Conflict), city.work(CLERK) as work:
        transactions.close(work, who, row(work.session, number))
    with pytest.raises(Conflict, match="reopen"):
        add()
    with city.work(CLERK) as work:
        transactions.reopen(work, who, row(work.session, number), reason="Widerspruch")
    add()
    with pytest.raises(Conflict, match="already"):
        add()
    with city.read() as session:
        assert [held.id for held in transactions.documents(session, row(session, number))] == [document]


def test_it_holds_documents_of_its_own_case_alone(city, case):
    with city.work(CLERK) as work:
        other = cases.open_case(work, city.actor(CLERK), class_notation="22.31", title="Anderer").reference
    number, strange = open_in(city, case), add_document(city, other)
    with pytest.raises(Conflict, match=other[:5]), city.work(CLERK) as work:
        document = work.session.get_one(Document, strange)
        transactions.add(work, city.actor(CLERK), row(work.session, number), document)


def test_a_document_that_is_moved_leaves_its_transaction_and_one_that_is_retyped_stays(city, case):
    number = open_in(city, case)
    document = add_document(city, case, number)
    who = city.actor(CLERK)
    with city.work(CLERK) as work:
        same = cases.find(work.session, who, case)
        moving.move(work, who, work.session.get_one(Document, document), same, reason="Art", type="antrag")
        assert work.session.get_one(Document, document).transaction == number
        other = cases.open_case(work, who, class_notation="22.31", title="Anderer")
        moving.move(work, who, work.session.get_one(Document, document), other, reason="Irrtum")
    with city.read() as session:
        assert session.get_one(Document, document).transaction is None
        assert row(session, number).state is CaseState.OPEN


@pytest.mark.parametrize(
    ("opened_by", "others", "stays"),
    [("E-2026-0000001", 0, False), ("E-2026-0000001", 1, True), ("E-2026-0000009", 0, True), (None, 0, True)],
)
def test_what_a_letters_filing_opened_goes_with_the_letter_when_nothing_else_is_in_it(
    city, case, opened_by, others, stays
):
    number = open_in(city, case, letter=opened_by)
    for _ in range(others):
        add_document(city, case, number)
    document = add_document(city, case, number, letter="E-2026-0000001")
    with city.work(CLERK) as work:
        withdrawing.withdraw(work, city.actor(CLERK), work.session.get_one(Document, document))
    with city.read() as session:
        assert (session.get(Transaction, number) is not None) is stays
        assert session.get(Document, document) is None


def test_it_is_seen_by_whoever_sees_the_content_of_its_case(city, case):
    number = open_in(city, case)
    with city.read() as session:
        for name in (CLERK, "u-dsb1"):
            assert finding.transaction(session, city.actor(name), number.lower())[0].number == number
        for name in ("u-baug1", "u-org1", "u-arc1", "u-post1"):
            with pytest.raises(NotFound):
                finding.transaction(session, city.actor(name), number)
        known = cases.find(session, city.actor("u-org1"), case)
        assert finding.transactions(session, city.actor("u-org1"), known) == []


def test_the_newest_open_one_of_a_process_is_found(city, case):
    open_in(city, case, process="hundesteuer-anmeldung")
    newest = open_in(city, case, process="hundesteuer-anmeldung")
    open_in(city, case, process="hundesteuer-abmeldung")
    with city.read() as session:
        of_case = session.exec(select(Case)).one()
        found = transactions.open_of_process(session, of_case, "hundesteuer-anmeldung")
        assert found is not None and found.number == newest
        assert transactions.open_of_process(session, of_case, "befreiung") is None


def test_titles_and_reasons_stay_out_of_the_chain_and_the_views_name_the_documents(city, case):
    number = open_in(city, case, title="Anmeldung Quittenbaum")
    document = add_document(city, case, number)
    with city.read() as session:
        assert not [e for e in session.exec(select(AuditEntry)) if "Quittenbaum" in e.details]
        values = session.exec(select(AuditValue).where(AuditValue.value == "Anmeldung Quittenbaum")).all()
        assert [value.object for value in values] == [f"case:{case}"]
        of_case = session.exec(select(Case)).one()
        view = views.transaction_view(session, row(session, number), of_case)
        assert [held["id"] for held in view["documents"]] == [document]
        whole = views.case_view(session, city.actor(CLERK), of_case, None)
        assert [line["number"] for line in whole["transactions"]] == [number]
        assert whole["documents"][0]["transaction"] == number
