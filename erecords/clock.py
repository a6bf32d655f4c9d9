"""The only place that reads the time: instants are aware UTC, dates are the city's calendar dates."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Where services get the time from."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...

    def today(self) -> date:
        """The present calendar date where the city is."""
        ...


class SystemClock:
    """The machine's clock, with dates in the city's time zone."""

    def __init__(self, time_zone: str = "Europe/Berlin") -> None:
        self._zone = ZoneInfo(time_zone)

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC)

    def today(self) -> date:
        """The present calendar date where the city is."""
        return datetime.now(self._zone).date()


def instant_text(instant: datetime) -> str:
    """An instant as stored and shown: ISO 8601 in UTC with microseconds and ``Z``, always 27 characters."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
