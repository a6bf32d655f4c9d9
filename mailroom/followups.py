"""Follow-ups (Wiedervorlagen): what a letter and the process that it starts want to be done by when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from mailroom.fields.periods import Unit, due_day, last_day
from mailroom.ports import Deadline
from mailroom.registers import Deadline as Period
from mailroom.registers import Registers

_ON_RECEIPT = "eingang"
_ROUTED = "routing"
_PERIODS = frozenset(Unit)


def of_process(registers: Registers, process: str | None, notation: str | None, received: date) -> list[Deadline]:
    """What the process register wants done, counted from receipt; periods that start otherwise are not known yet.

    Args:
        registers: of the home.
        process: key of the process that the letter starts.
        notation: class of the letter, by which the routing table names its target.
        received: day of receipt.
    """
    row = registers.processes.get(process or "")
    if row is None:
        return []
    return [
        Deadline(due.isoformat(), period.title, period.basis or row.title, stated=stated.isoformat())
        for period in row.deadlines
        if period.start == _ON_RECEIPT
        for stated, due in _days(registers, period, notation, received)
    ]


def _days(registers: Registers, period: Period, notation: str | None, received: date) -> Iterable[tuple[date, date]]:
    amount, unit = period.amount, period.unit
    if unit == _ROUTED:
        targets = [r.target_workdays for r in registers.routes if r.filing_class == notation and r.target_workdays > 0]
        amount, unit = min(targets, default=0), Unit.OFFICE_DAYS
    if unit in _PERIODS and 1 <= amount <= 1000:
        yield last_day(received, amount, Unit(unit)), due_day(received, amount, Unit(unit))


def in_order(deadlines: Iterable[Deadline]) -> tuple[Deadline, ...]:
    """Deadlines, earliest first; those of the letter before those of the process on the same day."""
    return tuple(sorted(deadlines, key=lambda one: (one.date, one.page is None, one.title)))
