"""What SQL finds due is what the dates say, for each trigger."""

from datetime import date, timedelta

import pytest
from sqlmodel import Session

from erecords.registry import cases
from retention import explain, runs
from retention.holds import placing
from retention.periods import due, rules, schedule, timing
from retention.periods.schedule import Trigger
from tests.retention.city import City

CLOSED = date(2026, 11, 22)


def found(city: City, on: date, until: date | None = None, actor=None):
    with city.read() as session:
        rows = due.due_cases(session, actor or city.manager, on, until or on, 30)
        return {row.reference: row for row in rows}


def unknown(city: City, on: date):
    with city.read() as session:
        return {row.reference: row.reason for row in due.not_computable(session, city.manager, on)}


def test_it_is_due_on_the_day_and_not_before(city):
    reference = city.case("10.5")
    assert found(city, date(2029, 12, 31)) == {}
    row = found(city, date(2030, 1, 1))[reference]
    assert (row.due, row.rule, row.disposal) == (date(2030, 1, 1), "R-DSGVO", "V")


def test_within_looks_ahead(city):
    reference = city.case("10.5")
    assert found(city, date(2029, 6, 1), date(2029, 12, 31)) == {}
    assert reference in found(city, date(2029, 6, 1), date(2030, 1, 1))


def test_an_open_case_is_never_due(city):
    city.case("10.5", closed=None)
    assert found(city, date(2500, 1, 1)) == {}


def test_an_unknown_trigger_is_work_and_never_due(city):
    reference = city.case("22.31")
    assert found(city, date(2500, 1, 1)) == {}
    assert "ende_steuerpflicht" in unknown(city, CLOSED)[reference]


def test_a_stated_event_counts(city):
    reference = city.case("22.31", events={"ende_steuerpflicht": date(2020, 3, 1)})
    assert found(city, date(2030, 12, 31)) == {}
    assert found(city, date(2031, 1, 1))[reference].trigger_date == date(2020, 3, 1)


def test_the_last_document_counts_for_what_came_into_being(city):
    """R-WEGLEGEN: 183 days after receipt; R-KASSATION: 30 years after the year in which it came into being."""
    reference = city.case("47.1", words=("Eins", "Zwei"))
    assert found(city, date(2050, 12, 31)) == {}
    assert found(city, date(2051, 1, 1))[reference].trigger_date == date(2020, 5, 5)


def test_a_document_without_a_date_leaves_it_unknown(city):
    with city.work() as work:
        row = cases.open_case(work, city.machine, class_notation="47.1", title="t", opened=date(2000, 1, 1))
        city.document(work, row, "Eins")
        city.document(work, row, "Zwei", on=None)
        cases.close_as_stated(work, city.machine, row, on=CLOSED)
    assert "not every document has a date" in unknown(city, CLOSED)[row.reference]
    with city.work() as work:
        row = city.row(work.session, row.reference)
        cases.event(work, city.machine, row, trigger="entstehung", on=date(2021, 1, 1))
    assert found(city, date(2052, 1, 1))[row.reference].trigger_date == date(2021, 1, 1)


def test_a_longest_period_may_be_proposed_before_its_end(city):
    reference = city.case("34.4")
    assert found(city, date(2028, 12, 1)) == {}
    row = found(city, date(2028, 12, 2))[reference]
    assert row.due == date(2029, 1, 1) and row.kind == "max"


def test_an_open_case_beyond_its_longest_period_is_reported(city):
    reference = city.case("11.2", closed=None, events={"absage": date(2026, 1, 1)})
    with city.read() as session:
        assert [row.reference for row in due.overdue_open(session, city.manager, date(2026, 12, 31))] == [reference]


def test_a_rule_of_its_own_stands_over_the_class(city):
    reference = city.case("10.5")
    with city.work() as work:
        row = city.row(work.session, reference)
        row.rule_override = "R-DAUERND"
        work.log("test", "x", row)
    assert found(city, date(2030, 1, 1)) == {}
    assert found(city, date(2060, 1, 1))[reference].rule == "R-DAUERND"


def test_a_rule_that_is_not_there_is_work(city):
    reference = city.case("10.5")
    with city.work() as work:
        row = city.row(work.session, reference)
        row.rule_override = "R-NICHT-DA"
        work.log("test", "x", row)
    assert "no version of rule R-NICHT-DA is in force" in unknown(city, CLOSED)[reference]


def test_who_may_not_know_of_a_case_does_not_see_it_due(city):
    reference = city.case("22.31", events={"ende_steuerpflicht": date(2000, 1, 1)})
    assert reference in found(city, CLOSED, actor=city.privacy)
    assert found(city, CLOSED, actor=city.person("u-str1")) == {}
    assert reference in found(city, CLOSED, actor=city.person("u-hust1"))


@pytest.mark.parametrize("notation", ["10.41", "10.5", "34.4", "47.1", "10.22", "53.12", "36.1", "22.31"])
def test_sql_and_dates_agree_on_every_day(city, notation):
    """Around the ripe day that the pure functions give, SQL flips at that day and at no other."""
    with city.read() as session:
        rule = next(r for r in rules.in_force(session, CLOSED).values() if r.id == _rule(session, notation))
    events = {} if rule.trigger in list(Trigger) else {rule.trigger: date(2024, 2, 29)}
    reference = city.case(notation, events=events)
    with city.read() as session:
        when = timing.of_case(session, city.row(session, reference), CLOSED, 30)
    assert when.ripe == schedule.ripe(rules.period(rule), when.trigger_date, 30)
    first = max(when.ripe, CLOSED)
    assert reference in found(city, first)
    if first > CLOSED:
        assert reference not in found(city, first - timedelta(days=1))


def _rule(session: Session, notation: str) -> str:
    from erecords.store.models import PlanClass

    return session.get(PlanClass, notation).rule


def test_figures_count_the_same(city):
    city.case("10.5")
    held = city.case("10.5")
    city.case("22.31")
    with city.work(city.privacy) as work:
        placing.place(work, city.privacy, [held], title="t", reason="r")
    with city.read() as session:
        figures = runs.figures(session, date(2030, 1, 1), city.settings)
    assert figures == runs.Figures(closed=3, ripe=2, held=1, listed=0, not_computable=1)


def test_a_run_warns_and_proposes_and_destroys_nothing(city):
    reference = city.case("10.5")
    city.case("22.31")
    with city.work(city.manager) as work:
        report = runs.run(work, city.manager, date(2030, 1, 1), city.settings)
    assert report.proposed and city.exists(reference)
    assert any("without a computable due date" in warning for warning in report.warnings)
    with city.work(city.manager) as work:
        again = runs.run(work, city.manager, date(2030, 1, 1), city.settings)
    assert again.proposed is None and any("waits" in warning for warning in again.warnings)


def why(city, reference, on, actor=None):
    with city.read() as session:
        return explain.why(session, actor or city.manager, reference, on, city.settings, city.clock.today())


def test_why_names_rule_trigger_and_days(city):
    reference = city.case("10.5")
    answer = why(city, reference, date(2029, 12, 31)).to_json()
    assert (answer["rule"], answer["trigger"], answer["trigger_date"]) == ("R-DSGVO", "zda", "2026-11-22")
    assert (answer["retained_to"], answer["due"]) == ("2029-12-31", "2030-01-01")
    assert answer["blocked_by"] == ["period", "not listed"]
    assert "It is not due yet as of 2029-12-31" in answer["explanation"]
    assert why(city, reference, date(2030, 1, 1)).blocked_by == ("not listed",)


def test_why_knows_the_past(city):
    reference = city.case("10.5", closed=date(2020, 5, 5))
    with city.work(city.privacy) as work:
        view = placing.place(work, city.privacy, [reference], title="t", reason="r")
    assert why(city, reference, CLOSED - timedelta(days=1)).holds == ()
    assert why(city, reference, CLOSED).holds == (view.hold,)
    assert why(city, reference, date(2020, 5, 4)).blocked_by[0] == "open"
    city.clock.advance(timedelta(days=10))
    with city.work(city.privacy) as work:
        placing.lift(work, city.privacy, view.hold, reason="r")
    city.reopen(reference)
    assert why(city, reference, CLOSED).holds == (view.hold,)
    assert why(city, reference, CLOSED).due == date(2024, 1, 1), "it was closed then, though it is open now"
    assert why(city, reference, city.clock.today()).due is None
    assert why(city, reference, city.clock.today()).holds == ()


def test_why_follows_the_list_and_the_end(city):
    reference = city.case("10.71")
    list_id = city.propose()
    assert {"appraisal", "approval"} <= set(why(city, reference, date(2060, 1, 1)).blocked_by)
    city.appraise(list_id, reference, "A")
    city.approve(list_id)
    assert why(city, reference, date(2060, 1, 1)).blocked_by == ()
    city.carry_out(list_id)
    answer = why(city, reference, date(2060, 1, 1))
    assert answer.blocked_by == ("gone",) and "handed over to the archive" in " ".join(answer.sentences)
