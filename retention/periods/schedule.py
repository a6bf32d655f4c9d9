"""When a retention period ends: pure functions over calendar dates, the one truth that SQL and people are told.

Counting follows BGB sections 187 (1) and 188 (2), (3): the day of the event is not counted, a period of years or
months ends with the day of the same number, or with the last of the month where that day does not exist.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from retention.lifecycle import RuleKind, RuleStart

ONE_DAY = timedelta(days=1)


class Trigger(StrEnum):
    """Triggers that the records themselves answer; every other one is an event that somebody states for the case."""

    CLOSED = "zda"
    """The case was closed (zu den Akten)."""
    CREATED = "entstehung"
    """The last of its documents came into being: its own date, else the day of receipt."""
    RECEIVED = "eingang"
    """The last of its documents was received; else its own date."""


@dataclass(frozen=True, slots=True)
class Period:
    """How long, from when, and what the end means. Neither years, months nor days: without limit."""

    years: int | None
    months: int | None
    days: int | None
    start: RuleStart
    kind: RuleKind

    @property
    def unlimited(self) -> bool:
        """Whether it never ends."""
        return self.years is None and self.months is None and self.days is None


def last_day(period: Period, trigger: date) -> date | None:
    """The last day of the period (retained to); None when it is unlimited or ends beyond the calendar.

    Closed on 2026-11-22 with ten years from the year's end: 2036-12-31.
    """
    if period.unlimited:
        return None
    begin = date(trigger.year, 12, 31) if period.start is RuleStart.YEAR_END else trigger
    try:
        return _add_months(begin, 12 * (period.years or 0) + (period.months or 0)) + timedelta(days=period.days or 0)
    except (OverflowError, ValueError):
        return None


def due(period: Period, trigger: date | None) -> date | None:
    """The first day after the period; None when the trigger's date is not known or the period does not end."""
    end = last_day(period, trigger) if trigger else None
    return end + ONE_DAY if end and end < date.max else None


def ripe(period: Period, trigger: date | None, lead_days: int) -> date | None:
    """The first day on which disposal may be proposed and carried out.

    That is the due date; for a pure maximum, which must be gone when the period ends and has no least time,
    ``lead_days`` before it, but not before the trigger.
    """
    day = due(period, trigger)
    if day is None or trigger is None or period.kind is not RuleKind.MAXIMUM:
        return day
    return max(day - timedelta(days=min(lead_days, (day - date.min).days)), trigger)


def latest_trigger(period: Period, on: date, lead_days: int) -> date | None:
    """The latest trigger date whose `ripe` day is not after ``on``; None when there is none.

    `ripe` never falls as the trigger grows, so that "trigger not after this" in SQL is the same as "ripe" here.
    """
    low, high = date.min.toordinal(), on.toordinal()
    if not _is_ripe(period, low, on, lead_days):
        return None
    while low < high:
        middle = (low + high + 1) // 2
        if _is_ripe(period, middle, on, lead_days):
            low = middle
        else:
            high = middle - 1
    return date.fromordinal(low)


def _is_ripe(period: Period, ordinal: int, on: date, lead_days: int) -> bool:
    day = ripe(period, date.fromordinal(ordinal), lead_days)
    return day is not None and day <= on


def months_later(day: date, months: int) -> date:
    """The same day so many months later, the last of the month where it does not exist."""
    return _add_months(day, months)


def _add_months(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
