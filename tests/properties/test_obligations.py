"""Several rules and suspensions on one case: it never goes before any single one lets it, and SQL says the same."""

import shutil
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from erecords.registry import cases, transactions
from erecords.store.lifecycle import CaseState
from erecords.store.models import Document
from retention.lifecycle import Disposal, RuleKind, RuleStart
from retention.models import Rule, Suspension
from retention.periods import caserules, due, rules, schedule, suspensions, timing
from tests.retention.city import City

days = st.dates(date(2000, 1, 1), date(2040, 12, 31))
CLOSED = date(2026, 11, 22)


@st.composite
def obligations(draw):
    rule = Rule(
        id="R", version=1, valid_from=date(1900, 1, 1), title="t", trigger="zda", basis="gesetz", source="s",
        imported_by="x", years=draw(st.none() | st.integers(0, 30)), days=draw(st.none() | st.integers(0, 400)),
        start=draw(st.sampled_from(RuleStart)), kind=draw(st.sampled_from(RuleKind)),
        disposal=draw(st.sampled_from(Disposal)),
    )  # fmt: skip
    day, period = draw(st.none() | days), rules.period(rule)
    return timing.Obligation(rule, "case", day, schedule.due(period, day), schedule.ripe(period, day, 30))


@st.composite
def suspended(draw):
    begun = draw(days)
    ended = draw(st.none() | st.integers(0, 4000).map(lambda number: begun + timedelta(days=number)))
    return Suspension(
        id="S", case_id=1, reference="r", reason="r", basis="b", recheck=begun, begun_by="x",
        begun=datetime(2026, 1, 1, tzinfo=UTC), begun_on=begun, ended_on=ended,
    )  # fmt: skip


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(obligations(), min_size=1, max_size=5), st.lists(suspended(), max_size=3))
def test_never_earlier_than_any_single_one(bound, stops):
    when = timing.together(bound, stops, CLOSED, None)
    keeping = [each for each in bound if each.keeps]
    if when.ripe is None:
        assert when.due is None
        assert any(s.ended_on is None for s in stops) or any(each.due is None for each in [bound[0], *keeping])
        return
    assert all(each.due is not None and when.ripe >= each.due and when.due >= each.due for each in keeping)
    assert all(stop.ended_on is not None and when.ripe > stop.ended_on for stop in stops)
    assert when.ripe >= bound[0].ripe and when.retained_to == when.due - timedelta(days=1)
    broken = [each for each in bound if each.limits and each.due and each.due < when.ripe]
    assert list(when.conflicts) == broken, "what cannot be kept is said"


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    home = tmp_path_factory.mktemp("template")
    City(home).engine.dispose()
    return home


FURTHER = ["R-ALLG-05", "R-ALLG-10", "R-RAT", "R-BEWERBUNG", "R-BRIEF-06", "R-BELEG-08", "R-TERMIN"]
EVENTS = {"R-BEWERBUNG": "absage", "R-BELEG-08": "haushaltsjahr", "R-TERMIN": "termin"}


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(["10.5", "10.41", "36.1"]),
    st.lists(
        st.tuples(st.sampled_from(FURTHER), st.sampled_from(["case", "transaction", "document"]), st.none() | days),
        max_size=3,
        unique_by=lambda x: x[0],
    ),
    st.none() | st.integers(1, 3000),
    st.integers(0, 4000),
)
def test_sql_says_the_same_as_the_dates(template, tmp_path_factory, notation, further, lasts, ended):
    home = tmp_path_factory.mktemp("city") / "home"
    shutil.copytree(template, home)
    city = City(home)
    try:
        reference = city.case(notation, words=("Eins", "Zwei"), closed=None)
        number = _transaction(city, reference, ended)
        city.close(reference, CLOSED)
        _bind(city, reference, further, number)
        if lasts is not None:
            _suspend(city, reference, lasts)
        with city.read() as session:
            when = timing.of_case(session, city.row(session, reference), date(2100, 1, 1), 30)
        assert when.due is None or all(each.due <= when.due for each in when.obligations if each.keeps)
        if when.ripe is None:
            assert not _due(city, reference, date(2100, 1, 1))
        elif when.ripe > CLOSED:
            assert _due(city, reference, when.ripe)
            assert not _due(city, reference, when.ripe - timedelta(days=1))
    finally:
        city.engine.dispose()
        shutil.rmtree(home)


def _transaction(city, reference, ended):
    """A transaction with one of the documents; closed some days before the case, or with it."""
    with city.work() as work:
        row = city.row(work.session, reference)
        found = transactions.open_transaction(work, city.machine, row, title="t", opened=date(2010, 1, 1))
        document = cases.finding.document_ids(work.session, row.id)[0]
        transactions.add(work, city.machine, found, work.session.get_one(Document, document))
        if ended:
            found.state, found.closed = CaseState.CLOSED, CLOSED - timedelta(days=ended)
        return found.number


def _bind(city, reference, further, number):
    with city.work(city.manager) as work:
        row = city.row(work.session, reference)
        document = cases.finding.document_ids(work.session, row.id)[0]
        for rule, bound, event in further:
            of = {"case": {}, "transaction": {"transaction": number}, "document": {"document": document}}[bound]
            caserules.add(work, city.manager, reference, rule, reason="r", **of)
            if event and rule in EVENTS:
                cases.event(work, city.machine, row, trigger=EVENTS[rule], on=event)


def _suspend(city, reference, lasts):
    with city.work(city.manager) as work:
        row = suspensions.begin(
            work, city.manager, reference, reason="r", basis="b", recheck=city.clock.today() + timedelta(days=1)
        )
    city.clock.advance(timedelta(days=lasts))
    with city.work(city.manager) as work:
        suspensions.end(work, city.manager, row.id, reason="r")


def _due(city, reference, day):
    with city.read() as session:
        return reference in {row.reference for row in due.due_cases(session, city.manager, day, day, 30)}
