"""Calendar dates as people write them, for queries and for what is found in letters."""

from __future__ import annotations

import calendar
import datetime as dt
import re

_FORMS = (
    re.compile(r"(?P<y>\d{4})"),
    re.compile(r"(?P<y>\d{4})-?(?P<m>\d{2})"),
    re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})"),
    re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})"),
    re.compile(r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})"),
    re.compile(r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{2})"),
    re.compile(r"(?P<m>\d{1,2})[./](?P<y>\d{4})"),
)
_TURN = 50
"""A year of two digits below is of this century, the others of the last."""


def interval(text: str) -> tuple[dt.date, dt.date] | None:
    """First and last day of a year, month or day as written: ``2026``, ``2026-03``, ``5.3.2026``, ``5.3.26``.

    None when the text is no date of the calendar.
    """
    for form in _FORMS:
        found = form.fullmatch(text.strip())
        if found:
            parts = found.groupdict()
            return _days(_year(parts["y"]), parts.get("m"), parts.get("d"))
    return None


def _year(written: str) -> int:
    year = int(written)
    return year if len(written) == 4 else year + (2000 if year < _TURN else 1900)


def _days(year: int, month: str | None, day: str | None) -> tuple[dt.date, dt.date] | None:
    try:
        if month is None:
            return dt.date(year, 1, 1), dt.date(year, 12, 31)
        if day is None:
            last = calendar.monthrange(year, int(month))[1]
            return dt.date(year, int(month), 1), dt.date(year, int(month), last)
        one = dt.date(year, int(month), int(day))
    except ValueError:  # includes calendar.IllegalMonthError
        return None
    return one, one


def number(day: dt.date) -> int:
    """A date as the index holds it: 20260305."""
    return day.year * 10000 + day.month * 100 + day.day
