from datetime import date

import pytest

from retention.lifecycle import RuleKind, RuleStart
from retention.periods.schedule import Period, due, last_day, latest_trigger, months_later, ripe

YEAR_END, EVENT = RuleStart.YEAR_END, RuleStart.EVENT


def period(start=YEAR_END, kind=RuleKind.MINIMUM, **length):
    return Period(length.get("years"), length.get("months"), length.get("days"), start, kind)


@pytest.mark.parametrize(
    ("trigger", "of", "retained_to"),
    [
        ("2026-11-22", period(years=10), "2036-12-31"),
        ("2026-01-01", period(years=10), "2036-12-31"),
        ("2026-12-31", period(years=10), "2036-12-31"),
        ("2027-01-01", period(years=10), "2037-12-31"),
        ("2024-02-29", period(years=1), "2025-12-31"),
        ("2026-05-05", period(years=0), "2026-12-31"),
        ("2026-05-05", period(months=2), "2027-02-28"),
        ("2027-05-05", period(months=2), "2028-02-29"),
        ("2026-05-05", period(days=183), "2027-07-02"),
        ("2026-11-22", period(EVENT, years=10), "2036-11-22"),
        ("2024-02-29", period(EVENT, years=1), "2025-02-28"),
        ("2024-02-29", period(EVENT, years=4), "2028-02-29"),
        ("2023-02-28", period(EVENT, years=1), "2024-02-28"),
        ("2026-01-31", period(EVENT, months=1), "2026-02-28"),
        ("2026-01-01", period(EVENT, days=14), "2026-01-15"),
        ("2026-12-31", period(EVENT, days=1), "2027-01-01"),
        ("2026-03-28", period(EVENT, days=2), "2026-03-30"),  # the night the clocks go forward
        ("2026-10-24", period(EVENT, days=2), "2026-10-26"),  # the night they go back
        ("2026-01-31", period(EVENT, years=1, months=1, days=1), "2027-03-01"),
        ("1916-07-01", period(years=110), "2026-12-31"),
    ],
)
def test_the_last_day_of_a_period(trigger, of, retained_to):
    assert last_day(of, date.fromisoformat(trigger)) == date.fromisoformat(retained_to)


def test_it_is_due_the_day_after():
    assert due(period(years=10), date(2026, 11, 22)) == date(2037, 1, 1)


@pytest.mark.parametrize("trigger", [None, date(9998, 1, 1), date.max])
def test_what_cannot_be_computed_is_never_due(trigger):
    assert due(period(years=10), trigger) is None
    assert due(period(), date(2000, 1, 1)) is None


@pytest.mark.parametrize(
    ("kind", "first"),
    [(RuleKind.MINIMUM, date(2029, 1, 1)), (RuleKind.FIXED, date(2029, 1, 1)), (RuleKind.MAXIMUM, date(2028, 12, 2))],
)
def test_only_a_pure_maximum_may_go_before_its_end(kind, first):
    assert ripe(period(kind=kind, years=2), date(2026, 3, 1), lead_days=30) == first


def test_a_maximum_is_not_ripe_before_its_trigger():
    short = period(EVENT, RuleKind.MAXIMUM, days=14)
    assert ripe(short, date(2026, 3, 1), lead_days=30) == date(2026, 3, 1)


def test_the_latest_trigger_that_is_ripe():
    assert latest_trigger(period(years=10), date(2037, 1, 1), 0) == date(2026, 12, 31)
    assert latest_trigger(period(years=10), date(2036, 12, 31), 0) == date(2025, 12, 31)
    assert latest_trigger(period(), date(2037, 1, 1), 0) is None


def test_months_later():
    assert months_later(date(2026, 8, 31), 6) == date(2027, 2, 28)
