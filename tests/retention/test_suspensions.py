"""Suspensions move the due date while they last, and the rules of single cases bind beside the class's."""

from datetime import date, timedelta

import pytest
from sqlmodel import select

from erecords.errors import Conflict, InputRefused, NotFound, NotPermitted
from retention import explain, runs
from retention.disposal import names
from retention.errors import FourEyes
from retention.models import CaseRule, DisposalItem, Suspension
from retention.periods import caserules, due, suspensions, timing

DUE = date(2030, 1, 1)
"""Of a case in class 10.5 (three years from the year's end) that was closed on 2026-11-22."""


def begin(city, reference, actor=None, **values):
    who = actor or city.manager
    given = {"reason": "Festsetzung läuft", "basis": "AO § 147 Abs. 3 S. 5", "recheck": date(2027, 1, 1), **values}
    with city.work(who) as work:
        return suspensions.begin(work, who, reference, **given)


def end(city, row):
    with city.work(city.manager) as work:
        return suspensions.end(work, city.manager, row.id, reason="vorbei")


def on(city, reference, day=DUE, past=False):
    with city.read() as session:
        return timing.of_case(session, city.row(session, reference), day, 30, past=past)


def why(city, reference, day):
    with city.read() as session:
        return explain.why(session, city.manager, reference, day, city.settings, city.clock.today())


def due_on(city, day):
    with city.read() as session:
        return {row.reference: row.due for row in due.due_cases(session, city.manager, day, day, 30)}


def test_nothing_is_due_while_it_lasts(city):
    reference, free = city.case("10.5"), city.case("10.5")
    row = begin(city, reference)
    assert (on(city, reference).due, on(city, free).due) == (None, DUE)
    assert due_on(city, date(2099, 1, 1)) == {free: DUE}
    answer = why(city, reference, date(2099, 1, 1))
    assert answer.suspensions == (row.id,) and answer.blocked_by == (f"suspension {row.id}", "not listed")
    assert "AO § 147 Abs. 3 S. 5" in " ".join(answer.sentences)
    with city.read() as session:
        assert runs.figures(session, date(2099, 1, 1), city.settings).ripe == 1


def test_a_period_that_ends_later_anyway_is_as_before(city):
    reference = city.case("10.5")
    end(city, begin(city, reference))
    assert on(city, reference).due == DUE and due_on(city, DUE) == {reference: DUE}


def test_one_that_ended_in_the_meantime_is_due_the_day_after(city):
    reference = city.case("10.5", closed=date(2020, 5, 5))
    row = begin(city, reference)
    city.clock.advance(timedelta(days=100))
    today = city.clock.today()
    end(city, row)
    tomorrow = today + timedelta(days=1)
    assert on(city, reference).due == tomorrow
    assert due_on(city, today) == {} and due_on(city, tomorrow) == {reference: tomorrow}
    assert city.propose(today) is None
    assert city.propose(tomorrow)


def test_it_stops_an_approved_list(city):
    one, other = city.case("10.5"), city.case("10.5")
    list_id = city.approved()
    row = begin(city, one)
    results = city.carry_out(list_id)
    assert (results[one].outcome, results[other].outcome) == ("withheld", "destroyed") and row.id in results[one].reason


def test_the_past_is_as_it_was(city):
    reference = city.case("10.5", closed=date(2020, 5, 5))
    before = city.clock.today() - timedelta(days=1)
    row = begin(city, reference)
    begun = city.clock.today()
    city.clock.advance(timedelta(days=10))
    end(city, row)
    city.clock.advance(timedelta(days=10))
    assert why(city, reference, before).due == date(2024, 1, 1)
    assert why(city, reference, begun).suspensions == (row.id,)
    assert why(city, reference, city.clock.today()).suspensions == ()


def test_who_looks_again_and_when(city):
    reference = city.case("10.5")
    row = begin(city, reference)
    with city.read() as session:
        assert suspensions.listing(session, city.manager, date(2026, 12, 31), due_only=True) == []
        views = suspensions.listing(session, city.manager, date(2027, 1, 1), due_only=True)
    assert [view.row.id for view in views] == [row.id]
    with city.work(city.manager) as work:
        report = runs.run(work, city.manager, date(2027, 1, 1), city.settings)
    assert any(row.id in warning for warning in report.warnings)
    with city.work(city.manager) as work:
        suspensions.recheck(work, city.manager, row.id, on=date(2028, 1, 1))
    with city.read() as session:
        assert suspensions.listing(session, city.manager, date(2027, 1, 1), due_only=True) == []


def test_what_is_refused(city):
    reference = city.case("10.5")
    for values in ({"reason": " "}, {"basis": ""}, {"recheck": city.clock.today()}):
        with pytest.raises(InputRefused):
            begin(city, reference, **values)
    with pytest.raises(NotPermitted):
        begin(city, reference, actor=city.archivist)
    with pytest.raises(NotFound):
        begin(city, "10.5-1999/000001")
    row = begin(city, reference)
    end(city, row)
    with pytest.raises(Conflict):
        end(city, row)


def add(city, reference, rule, actor=None, **values):
    who = actor or city.manager
    with city.work(who) as work:
        return caserules.add(work, who, reference, rule, **{"reason": "Rechnung in der Akte", **values})


def approve(city, row, actor=None):
    who = actor or city.head
    with city.work(who) as work:
        return caserules.approve(work, who, row.id)


def ask_to_end(city, row):
    with city.work(city.manager) as work:
        return caserules.ask_to_end(work, city.manager, row.id, reason="doch nicht")


def test_the_longest_least_time_counts(city):
    reference, free = city.case("10.5"), city.case("10.5")
    add(city, reference, "R-ALLG-10")
    assert on(city, reference).due == date(2037, 1, 1)
    assert due_on(city, date(2036, 12, 31)) == {free: DUE}
    assert due_on(city, date(2037, 1, 1)) == {free: DUE, reference: date(2037, 1, 1)}
    answer = why(city, reference, DUE)
    assert [each.rule.id for each in answer.obligations] == ["R-DSGVO", "R-ALLG-10"]
    assert "also bound by R-ALLG-10" in " ".join(answer.sentences)


def test_a_further_rule_whose_date_is_unknown_is_work(city):
    reference = city.case("10.5")
    add(city, reference, "R-BELEG-08")
    assert on(city, reference, date(2500, 1, 1)).due is None and due_on(city, date(2500, 1, 1)) == {}
    with city.read() as session:
        work = {row.reference: row.reason for row in due.not_computable(session, city.manager, DUE)}
        assert runs.figures(session, DUE, city.settings).not_computable == 1
    assert "further rule" in work[reference]


def test_a_document_may_bind_its_case(city):
    reference = city.case("10.5", closed=None)
    with city.work() as work:
        row = city.row(work.session, reference)
        bound = city.document(work, row, "Rechnung", on=date(2025, 3, 3))
        city.document(work, row, "Später", on=date(2026, 3, 3))
    city.close(reference, date(2026, 11, 22))
    add(city, reference, "R-BRIEF-06", document=bound.id)
    assert on(city, reference).due == date(2032, 1, 1), "six years from the end of the year of that document alone"
    assert due_on(city, date(2031, 12, 31)) == {} and due_on(city, date(2032, 1, 1)) == {reference: date(2032, 1, 1)}


def test_what_the_archive_takes_goes_before_destruction(city):
    reference = city.case("10.5", closed=date(2000, 5, 5))
    add(city, reference, "R-RAT")
    list_id = city.propose(date(2060, 1, 1))
    with city.read() as session:
        item = session.exec(select(DisposalItem)).one()
        assert (item.proposed, item.decision, item.decided_by, item.waiver_id) == ("A", "A", "schedule", None)
    city.approve(list_id)
    assert city.carry_out(list_id)[reference].outcome == "transferred"


def test_a_longest_time_that_cannot_be_kept_is_said_and_never_applied(city):
    reference = city.case("10.5")
    add(city, reference, "R-BEWERBUNG")
    with city.work() as work:
        from erecords.registry import cases

        cases.event(work, city.machine, city.row(work.session, reference), trigger="absage", on=date(2026, 11, 1))
    when = on(city, reference)
    assert when.due == DUE and [each.rule.id for each in when.conflicts] == ["R-BEWERBUNG"]
    assert due_on(city, date(2029, 12, 31)) == {}
    assert why(city, reference, DUE).conflicts == ("R-BEWERBUNG",)
    with city.read() as session:
        assert [row.reference for row in due.conflicts(session, city.manager, DUE, 30)] == [reference]


def test_instead_of_the_classs_rule_needs_two_people(city):
    reference = city.case("10.5")
    row = add(city, reference, "R-ALLG-05", instead=True)
    assert on(city, reference).due == DUE, "it waits"
    with pytest.raises(FourEyes):
        approve(city, row, actor=city.manager)
    with pytest.raises(NotPermitted):
        approve(city, row, actor=city.archivist)
    list_id = city.approved()
    approve(city, row)
    assert on(city, reference).due == date(2032, 1, 1)
    assert city.carry_out(list_id)[reference].outcome == "withheld", "its rule is another than was approved"
    with pytest.raises(Conflict):
        add(city, reference, "R-ALLG-10", instead=True)
    ask_to_end(city, row)
    assert on(city, reference).due == date(2032, 1, 1)
    approve(city, row)
    assert on(city, reference).due == DUE


def test_the_past_knows_the_rule_of_then(city):
    reference = city.case("10.5")
    row = add(city, reference, "R-ALLG-05", instead=True)
    city.clock.advance(timedelta(days=10))
    before = city.clock.today()
    city.clock.advance(timedelta(days=10))
    approve(city, row)
    city.clock.advance(timedelta(days=10))
    assert why(city, reference, before).rule == "R-DSGVO"
    assert why(city, reference, city.clock.today()).rule == "R-ALLG-05"


def test_a_further_rule_ends_by_two_people(city):
    reference = city.case("10.5")
    row = add(city, reference, "R-ALLG-10")
    ask_to_end(city, row)
    assert on(city, reference).due == date(2037, 1, 1)
    with pytest.raises(FourEyes):
        approve(city, row, actor=city.manager)
    approve(city, row)
    assert on(city, reference).due == DUE


def test_rules_of_cases_that_are_refused(city):
    reference, other = city.case("10.5"), city.case("10.5")
    with city.read() as session:
        strange = names.names_of(session, [city.row(session, other)])[0].document_ids[0]
    for values, error in (
        ({"rule": "R-NICHTS"}, NotFound),
        ({"reason": ""}, InputRefused),
        ({"document": strange}, NotFound),
        ({"actor": city.head}, NotPermitted),
    ):
        with pytest.raises(error):
            add(city, reference, **{"rule": "R-ALLG-10", **values})
    add(city, reference, "R-ALLG-10")
    with pytest.raises(Conflict):
        add(city, reference, "R-ALLG-10")


def test_they_go_with_the_case(city):
    reference = city.case("10.5", closed=date(2020, 5, 5))
    add(city, reference, "R-DSGVO", reason="Xylophonwort")
    row = begin(city, reference, reason="Xylophonwort")
    end(city, row)
    city.carry_out(city.approved())
    assert not city.exists(reference)
    with city.read() as session:
        assert session.exec(select(Suspension)).all() == [] and session.exec(select(CaseRule)).all() == []
    assert [p for p in city.home.rglob("*") if p.is_file() and b"Xylophonwort" in p.read_bytes()] == []
