"""Doubles that several tests share."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta


class FixedClock:
    """A clock that stands until it is told to move."""

    def __init__(self, instant: datetime = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)) -> None:
        self.instant = instant

    def now(self) -> datetime:
        return self.instant

    def today(self) -> date:
        return self.instant.date()

    def advance(self, delta: timedelta) -> None:
        self.instant += delta
