"""Periods: §§ 187 to 193 BGB by table and by properties."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.fields.periods import (
    Unit,
    due_day,
    is_office_day,
    last_day,
    next_office_day,
    part_of_month,
    saxon_holiday,
)

DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))
CALENDAR = st.sampled_from([Unit.DAYS, Unit.WEEKS, Unit.MONTHS, Unit.YEARS])
COUNTED = st.sampled_from([Unit.WORKDAYS, Unit.OFFICE_DAYS])


@pytest.mark.parametrize(
    ("start", "amount", "unit", "end"),
    [
        ("2026-03-02", 14, "tage", "2026-03-16"),
        ("2026-03-02", 2, "wochen", "2026-03-16"),
        ("2026-03-04", 1, "wochen", "2026-03-11"),
        ("2026-01-15", 1, "monate", "2026-02-15"),
        ("2026-01-31", 1, "monate", "2026-02-28"),
        ("2024-01-31", 1, "monate", "2024-02-29"),
        ("2026-02-28", 1, "monate", "2026-03-28"),
        ("2026-11-30", 3, "monate", "2027-02-28"),
        ("2025-12-31", 6, "monate", "2026-06-30"),
        ("2024-02-29", 1, "jahre", "2025-02-28"),
        ("2026-02-12", 20, "arbeitstage", "2026-03-12"),
        ("2026-04-02", 1, "arbeitstage", "2026-04-07"),
        ("2026-04-02", 1, "werktage", "2026-04-04"),
        ("2026-11-17", 1, "arbeitstage", "2026-11-19"),
        ("2026-12-23", 3, "arbeitstage", "2026-12-29"),
    ],
)
def test_last_day_after_an_event(start: str, amount: int, unit: str, end: str) -> None:
    assert last_day(date.fromisoformat(start), amount, Unit(unit)).isoformat() == end


@pytest.mark.parametrize(
    ("start", "amount", "unit", "end"),
    [
        ("2026-03-01", 1, "monate", "2026-03-31"),
        ("2026-03-16", 1, "monate", "2026-04-15"),
        ("2026-03-02", 1, "wochen", "2026-03-08"),
        ("2026-01-01", 1, "jahre", "2026-12-31"),
        ("2026-01-31", 1, "monate", "2026-02-28"),
        ("2026-03-02", 1, "tage", "2026-03-02"),
    ],
)
def test_last_day_when_the_first_counts(start: str, amount: int, unit: str, end: str) -> None:
    assert last_day(date.fromisoformat(start), amount, Unit(unit), counts_start=True).isoformat() == end


@pytest.mark.parametrize(
    ("start", "amount", "unit", "due"),
    [
        ("2026-02-14", 1, "monate", "2026-03-16"),
        ("2026-03-20", 2, "wochen", "2026-04-07"),
        ("2026-04-01", 1, "monate", "2026-05-04"),
        ("2026-10-18", 1, "monate", "2026-11-19"),
        ("2026-12-11", 2, "wochen", "2026-12-28"),
        ("2026-09-30", 1, "monate", "2026-10-30"),
        ("2025-10-03", 4, "wochen", "2025-11-03"),
    ],
)
def test_saturday_sunday_and_saxon_holidays_move_the_end(start: str, amount: int, unit: str, due: str) -> None:
    assert due_day(date.fromisoformat(start), amount, Unit(unit)).isoformat() == due


@pytest.mark.parametrize("day", ["2026-10-31", "2026-11-18", "2025-11-19", "2026-04-03", "2026-05-14"])
def test_saxon_holidays(day: str) -> None:
    assert saxon_holiday(date.fromisoformat(day))


@pytest.mark.parametrize("day", ["2026-01-06", "2026-06-04", "2026-11-01", "2026-08-15", "2026-12-24"])
def test_no_holidays_of_all_saxony(day: str) -> None:
    assert not saxon_holiday(date.fromisoformat(day))


@pytest.mark.parametrize(("part", "day"), [("anfang", 1), ("mitte", 15), ("ende", 28)])
def test_parts_of_a_month(part: str, day: int) -> None:
    assert part_of_month(2026, 2, part) == date(2026, 2, day)


def test_no_period_of_nothing() -> None:
    with pytest.raises(ValueError, match="at least one"):
        last_day(date(2026, 1, 1), 0, Unit.DAYS)


def test_no_end_beyond_the_calendar() -> None:
    with pytest.raises(OverflowError):
        last_day(date(9999, 6, 1), 1, Unit.YEARS)


@given(DAYS, st.integers(1, 60), CALENDAR)
def test_a_period_ends_later_the_longer_it_is(start: date, amount: int, unit: Unit) -> None:
    assert start < last_day(start, amount, unit) < last_day(start, amount + 1, unit)


@given(DAYS, st.integers(1, 36))
def test_months_end_on_the_same_number_or_the_last_of_the_month(start: date, amount: int) -> None:
    end = last_day(start, amount, Unit.MONTHS)
    assert end.day == start.day or (end.day < start.day and (end + timedelta(days=1)).day == 1)


@given(DAYS, st.integers(1, 60), CALENDAR)
def test_a_due_day_is_an_office_day_close_by(start: date, amount: int, unit: Unit) -> None:
    end, due = last_day(start, amount, unit), due_day(start, amount, unit)
    assert is_office_day(due) and timedelta(0) <= due - end <= timedelta(days=5)
    assert not any(is_office_day(end + timedelta(days=n)) for n in range((due - end).days))


@given(DAYS, st.integers(1, 30), COUNTED)
def test_working_days_are_counted_one_by_one(start: date, amount: int, unit: Unit) -> None:
    end = last_day(start, amount, unit)
    free = 5 if unit is Unit.OFFICE_DAYS else 6
    between = [start + timedelta(days=n) for n in range(1, (end - start).days + 1)]
    assert sum(day.weekday() < free and not saxon_holiday(day) for day in between) == amount


@given(DAYS, st.integers(1, 60), st.sampled_from(list(Unit)))
def test_a_period_that_counts_its_first_day_ends_no_later(start: date, amount: int, unit: Unit) -> None:
    assert start <= next_office_day(start) and last_day(start, amount, unit, counts_start=True) <= last_day(
        start, amount, unit
    )
