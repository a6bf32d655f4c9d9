"""The arithmetic of periods, for any date and length."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from retention.lifecycle import RuleKind, RuleStart
from retention.periods.schedule import Period, due, last_day, latest_trigger, ripe

days = st.dates(date(1900, 1, 1), date(2150, 12, 31))
lengths = st.none() | st.integers(0, 130)
periods = st.builds(
    Period,
    years=lengths,
    months=lengths,
    days=st.none() | st.integers(0, 5000),
    start=st.sampled_from(RuleStart),
    kind=st.sampled_from(RuleKind),
)


@given(periods, days)
def test_a_period_lasts_at_least_its_length(period, trigger):
    end = last_day(period, trigger)
    if period.unlimited:
        assert end is None
    else:
        least = timedelta(days=(period.days or 0) + 365 * (period.years or 0) + 28 * (period.months or 0))
        assert end >= trigger + least
        assert due(period, trigger) == end + timedelta(days=1)


@given(periods, days, days)
def test_a_later_trigger_is_never_due_earlier(period, one, other):
    if not period.unlimited:
        first, second = sorted((one, other))
        assert due(period, first) <= due(period, second)
        assert ripe(period, first, 30) <= ripe(period, second, 30)


@given(periods, days)
def test_the_year_end_is_never_earlier_than_the_event(period, trigger):
    if not period.unlimited:
        by_year = Period(period.years, period.months, period.days, RuleStart.YEAR_END, period.kind)
        by_event = Period(period.years, period.months, period.days, RuleStart.EVENT, period.kind)
        assert last_day(by_year, trigger) >= last_day(by_event, trigger)


@given(periods, days, days, st.integers(0, 365))
def test_the_limit_that_sql_compares_with_says_the_same_as_the_dates(period, trigger, on, lead):
    limit = latest_trigger(period, on, lead)
    day = ripe(period, trigger, lead)
    assert (limit is not None and trigger <= limit) == (day is not None and day <= on)


@given(periods, days, st.integers(0, 365))
def test_nothing_with_a_least_time_is_ripe_before_it_is_over(period, trigger, lead):
    day = ripe(period, trigger, lead)
    if day is not None and period.kind is not RuleKind.MAXIMUM:
        assert day > last_day(period, trigger)
