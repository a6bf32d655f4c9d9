"""Column types that hold the database to what the code believes."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import Dialect, Enum, String, TypeDecorator

from erecords.clock import instant_text

E = TypeVar("E", bound=StrEnum)


def enum_type(kind: type[E]) -> Enum:
    """A text column that holds the enum's values under a CHECK, and gives its members back."""
    return Enum(
        kind,
        values_callable=lambda members: [member.value for member in members],
        native_enum=False,
        create_constraint=True,
        validate_strings=True,
        length=40,
        name=f"ck_{kind.__name__.lower()}",
    )


class Instant(TypeDecorator[datetime]):
    """An aware instant, stored as sortable text in UTC (``2026-11-22T09:00:00.000000Z``)."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Aware instant to text; a naive one is refused."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant without time zone cannot be stored")
        return instant_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Text to aware instant."""
        return None if value is None else datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
