"""Rules put on a transaction (Vorgang): it inherits what binds its case, and keeps the whole case by its own."""

from datetime import date, timedelta

import pytest
from sqlmodel import select

from erecords.errors import Conflict, InputRefused, NotFound
from erecords.registry import cases, transactions
from erecords.store.models import Document, Transaction
from retention import explain, runs
from retention.models import CaseRule
from retention.periods import caserules, due, importer, timing
from tests.retention.city import DATA

CLOSED = date(2026, 11, 22)
DUE = date(2030, 1, 1)
"""Of a case in class 10.5 (three years from the year's end) that was closed on 2026-11-22."""


def open_in(city, reference, *, opened=date(2020, 1, 1), documents=(), title="Hundesteuer"):
    with city.work() as work:
        row = city.row(work.session, reference)
        found = transactions.open_transaction(work, city.machine, row, title=title, opened=opened)
        for number in documents:
            transactions.add(work, city.machine, found, work.session.get_one(Document, number))
        return found.number


def close(city, number):
    with city.work() as work:
        transactions.close(work, city.machine, work.session.get_one(Transaction, number))


def bind(city, reference, rule, **values):
    with city.work(city.manager) as work:
        return caserules.add(work, city.manager, reference, rule, **{"reason": "Rechnung im Vorgang", **values})


def when(city, reference, day=DUE, **values):
    with city.read() as session:
        return timing.of_case(session, city.row(session, reference), day, 30, **values)


def why(city, name, day):
    with city.read() as session:
        return explain.why(session, city.manager, name, day, city.settings, city.clock.today())


def due_on(city, day):
    with city.read() as session:
        return {row.reference: row.due for row in due.due_cases(session, city.manager, day, day, 30)}


def filled(city):
    """An open case with a document of 2025 in a transaction, and a later one beside it."""
    reference = city.case("10.5", closed=None)
    with city.work() as work:
        row = city.row(work.session, reference)
        inside = city.document(work, row, "Rechnung", on=date(2025, 3, 3)).id
        city.document(work, row, "Später", on=date(2026, 3, 3))
    return reference, open_in(city, reference, documents=[inside])


def test_its_documents_count_and_no_others(city):
    reference, number = filled(city)
    bind(city, reference, "R-BRIEF-06", transaction=number.lower())
    city.close(reference, CLOSED)
    assert when(city, reference).due == date(2032, 1, 1), "six years from the end of 2025, not of 2026"
    assert due_on(city, date(2031, 12, 31)) == {} and due_on(city, date(2032, 1, 1)) == {reference: date(2032, 1, 1)}


def test_it_counts_from_the_closing_of_the_transaction(city):
    reference = city.case("10.5", closed=None)
    number = open_in(city, reference)
    close(city, number)
    bind(city, reference, "R-ALLG-05", transaction=number)
    bind(city, reference, "R-ALLG-05", transaction=open_in(city, reference))
    city.clock.advance(timedelta(days=800))
    today = city.clock.today()
    city.close(reference, today)
    bound = {each.of: each.due for each in when(city, reference, today).obligations}
    assert bound[f"transaction {number}"] == date(2032, 1, 1)
    assert sorted(bound.values())[-1] == date(today.year + 6, 1, 1), "the other was closed with the case"
    assert due_on(city, date(today.year + 6, 1, 1)) == {reference: date(today.year + 6, 1, 1)}
    assert due_on(city, date(today.year + 5, 12, 31)) == {}


def test_a_transaction_is_asked_for_by_its_number(city):
    reference, number = filled(city)
    other = open_in(city, reference)
    bind(city, reference, "R-BRIEF-06", transaction=number)
    city.close(reference, CLOSED)
    answer, free = why(city, number.lower(), DUE), why(city, other, DUE)
    assert answer.reference == free.reference == reference and answer.due == free.due == date(2032, 1, 1)
    assert f"Transaction {number} is itself bound by R-BRIEF-06" in answer.sentences[0]
    assert f"Transaction {other} has no rule of its own" in free.sentences[0]
    assert f"Because of transaction {number} the case is also bound by R-BRIEF-06" in " ".join(answer.sentences)
    with pytest.raises(NotFound):
        why(city, "V-2001-000001", DUE)


def test_a_transaction_that_was_withdrawn_leaves_work_and_nothing_is_due(city):
    reference, number = filled(city)
    bind(city, reference, "R-ALLG-05", transaction=number)
    city.close(reference, CLOSED)
    with city.work() as work:
        rows = work.session.exec(select(Document).where(Document.transaction == number)).all()
        for row in rows:
            row.transaction = None
        gone = work.session.get_one(Transaction, number)
        work.session.delete(gone)
        work.log("transaction.withdraw", f"case:{reference}", gone, *rows)
    assert when(city, reference, date(2099, 1, 1)).due is None and due_on(city, date(2099, 1, 1)) == {}
    with city.read() as session:
        assert [row.reference for row in due.not_computable(session, city.manager, DUE)] == [reference]
        assert runs.figures(session, DUE, city.settings).not_computable == 1


def test_the_past_knows_when_it_was_closed(city):
    reference = city.case("10.5", closed=None)
    number = open_in(city, reference)
    close(city, number)
    bind(city, reference, "R-ALLG-05", transaction=number)
    before = city.clock.today()
    city.clock.advance(timedelta(days=500))
    with city.work() as work:
        row = work.session.get_one(Transaction, number)
        transactions.reopen(work, city.machine, row, reason="Nachtrag")
    city.clock.advance(timedelta(days=500))
    close(city, number)
    today = city.clock.today()
    then = {each.of: each.trigger_date for each in when(city, reference, before, past=True).obligations}
    now = {each.of: each.trigger_date for each in when(city, reference, today).obligations}
    assert then[f"transaction {number}"] == before and now[f"transaction {number}"] == today


def test_a_longest_time_of_a_transaction_in_an_open_case_is_said(city):
    reference = city.case("10.5", closed=None)
    number = open_in(city, reference)
    bind(city, reference, "R-BEWERBUNG", transaction=number)
    with city.work() as work:
        cases.event(work, city.machine, city.row(work.session, reference), trigger="absage", on=date(2026, 1, 1))
    with city.read() as session:
        found = list(due.overdue_open(session, city.manager, date(2028, 1, 1)))
    assert [row.reference for row in found] == [reference] and number in found[0].reason


def test_a_preview_writes_nothing(city):
    reference, number = filled(city)
    city.close(reference, CLOSED)
    with city.read() as session:
        row = caserules.draft(
            session, city.manager, city.clock, reference, "R-BRIEF-06", reason="r", transaction=number
        )  # fmt: skip
        case = city.row(session, reference)
        assert timing.of_case(session, case, DUE, 30, trial=row).due == date(2032, 1, 1)
        instead = caserules.draft(session, city.manager, city.clock, reference, "R-ALLG-05", reason="r", instead=True)
        assert timing.of_case(session, case, DUE, 30, trial=instead).due == date(2032, 1, 1)
        assert session.exec(select(CaseRule)).all() == []
    assert when(city, reference).due == DUE


def test_a_change_of_a_rule_counts_the_cases_bound_from_inside(city, tmp_path):
    reference, number = filled(city)
    bind(city, reference, "R-BRIEF-06", transaction=number)
    city.close(reference, CLOSED)
    text = (DATA / "retention_schedule.csv").read_text("utf-8")
    path = tmp_path / "s.csv"
    path.write_text(
        text.replace("R-BRIEF-06,Handels- und Geschäftsbriefe,6,", "R-BRIEF-06,Geschäftsbriefe,2,"), "utf-8"
    )
    with city.read() as session:
        diff = importer.preview(session, city.manager, path, DUE)
    assert diff.changed == ("R-BRIEF-06",) and diff.affected == {"R-BRIEF-06": 1}
    assert diff.due == {"R-BRIEF-06": (0, 1)}


def test_what_is_refused(city):
    reference, number = filled(city)
    strange = open_in(city, city.case("10.5", closed=None))
    with city.read() as session:
        document = session.exec(select(Document.id)).first()
    for values, error in (
        ({"transaction": strange}, NotFound),
        ({"transaction": "V-1999-000001"}, NotFound),
        ({"transaction": number, "instead": True}, InputRefused),
        ({"transaction": number, "document": document}, InputRefused),
    ):
        with pytest.raises(error):
            bind(city, reference, "R-ALLG-10", **values)
    bind(city, reference, "R-ALLG-10", transaction=number)
    bind(city, reference, "R-ALLG-10")
    with pytest.raises(Conflict):
        bind(city, reference, "R-ALLG-10", transaction=number)


def test_they_go_with_the_case(city):
    reference = city.case("10.5", closed=None)
    number = open_in(city, reference, title="Xylophonwort")
    bind(city, reference, "R-ALLG-05", transaction=number, reason="Xylophonwort")
    city.close(reference, CLOSED)
    city.carry_out(city.approved())
    assert not city.exists(reference)
    with city.read() as session:
        assert session.exec(select(CaseRule)).all() == []
    assert [p for p in city.home.rglob("*") if p.is_file() and b"Xylophonwort" in p.read_bytes()] == []


def test_of_a_past_day_counts_the_class_of_then(city):
    reference = city.case("10.5", closed=None)
    before = city.clock.today()
    city.clock.advance(timedelta(days=10))
    with city.work() as work:
        row = cases.move(work, city.machine, city.row(work.session, reference), class_notation="10.41", reason="falsch")
        now = row.reference
    today = city.clock.today()
    then, moved = why(city, now, before), why(city, now, today)
    assert then.rule == "R-DSGVO" and "class 10.5 " in then.sentences[0]
    assert moved.rule != "R-DSGVO" and "class 10.41 " in moved.sentences[0]
