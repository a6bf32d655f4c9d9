"""Legal arithmetic of periods, §§ 187 to 193 BGB (by § 31 VwVfG also for authorities), as functions of dates."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

IsHoliday = Callable[[date], bool]
_SATURDAY, _SUNDAY = 5, 6


class Unit(StrEnum):
    """What a period is counted in, in the words of the process register."""

    DAYS = "tage"
    WEEKS = "wochen"
    MONTHS = "monate"
    YEARS = "jahre"
    WORKDAYS = "werktage"
    """Monday to Saturday without holidays."""
    OFFICE_DAYS = "arbeitstage"
    """Monday to Friday without holidays."""


def saxon_holiday(day: date) -> bool:
    """Whether a day is a public holiday in all of Saxony (SächsSFG § 1)."""
    return day in _saxon(day.year)


@lru_cache(maxsize=64)
def _saxon(year: int) -> frozenset[date]:
    import holidays

    return frozenset(holidays.country_holidays("DE", subdiv="SN", years=year))


def is_office_day(day: date, holiday: IsHoliday = saxon_holiday) -> bool:
    """Whether a day is neither Saturday nor Sunday nor a holiday."""
    return day.weekday() < _SATURDAY and not holiday(day)


def next_office_day(day: date, holiday: IsHoliday = saxon_holiday) -> date:
    """The day itself, or the next that is neither Saturday nor Sunday nor a holiday (§ 193 BGB)."""
    while not is_office_day(day, holiday):
        day += timedelta(days=1)
    return day


def last_day(
    start: date, amount: int, unit: Unit, *, counts_start: bool = False, holiday: IsHoliday = saxon_holiday
) -> date:
    """The day with whose end a period ends, wherever it falls (§§ 187, 188 BGB).

    Args:
        start: day of the event that sets the period off; it does not count itself (§ 187 Abs. 1).
        amount: at least 1.
        unit: what it is counted in.
        counts_start: the period begins with the beginning of ``start``, which then counts (§ 187 Abs. 2).
        holiday: which days are holidays; asked when working days are counted.

    Raises:
        ValueError: ``amount`` is less than 1.
        OverflowError: the period ends after the year 9999.
    """
    if amount < 1:
        raise ValueError("a period has at least one unit")
    event = start - timedelta(days=1) if counts_start else start
    if unit is Unit.DAYS:
        return event + timedelta(days=amount)
    if unit is Unit.WEEKS:
        return event + timedelta(weeks=amount)
    if unit in (Unit.WORKDAYS, Unit.OFFICE_DAYS):
        return _counted(event, amount, _SATURDAY if unit is Unit.OFFICE_DAYS else _SUNDAY, holiday)
    months = amount * 12 if unit is Unit.YEARS else amount
    if not counts_start:
        return _months_later(start, months)
    end = _months_later(start, months)
    return end if end.day < start.day else end - timedelta(days=1)


def due_day(
    start: date, amount: int, unit: Unit, *, counts_start: bool = False, holiday: IsHoliday = saxon_holiday
) -> date:
    """The last day on which something can be done in time: ``last_day``, moved on by § 193 BGB.

    Raises:
        ValueError, OverflowError: see ``last_day``.
    """
    return next_office_day(last_day(start, amount, unit, counts_start=counts_start, holiday=holiday), holiday)


def part_of_month(year: int, month: int, part: str) -> date:
    """The first, fifteenth or last day that ``anfang``, ``mitte`` or ``ende`` of a month means (§ 192 BGB)."""
    day = {"anfang": 1, "mitte": 15, "ende": calendar.monthrange(year, month)[1]}[part]
    return date(year, month, day)


def _counted(event: date, amount: int, first_free: int, holiday: IsHoliday) -> date:
    day = event
    while amount:
        day += timedelta(days=1)
        if day.weekday() < first_free and not holiday(day):
            amount -= 1
    return day


def _months_later(day: date, months: int) -> date:
    """The day of the same number; the last of the month where that lacks it (§ 188 Abs. 3)."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    if year > date.max.year:
        raise OverflowError("the period ends after the year 9999")
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
