"""How well the mail room decided over a period: read from the audit log, so that it holds for erased letters too."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlmodel import Session, col, func, select

from erecords.clock import instant_text
from erecords.registry.access import SYSTEM
from erecords.store.models import AuditEntry
from mailroom.models import Letter

_ACTIONS = ("letter.file", "letter.refile", "letter.reject")
_WORSE, _ENOUGH = 0.05, 5
"""A class got worse when its precision fell by more than that, over so many letters at least."""


@dataclass
class ClassQuality:
    """What became of the letters of one class."""

    filed: int = 0
    """Filed by anybody."""
    by_itself: int = 0
    corrected: int = 0
    """Filed by itself and refiled by a person since; counted where the machine had put it."""
    suggested: int = 0
    """Suggested for this class and decided by a person."""
    agreed: int = 0
    """Of these, filed as suggested."""

    @property
    def precision(self) -> float | None:
        """Share of what was filed by itself that nobody corrected; None where nothing was."""
        return round(1 - self.corrected / self.by_itself, 4) if self.by_itself else None

    @property
    def right(self) -> float | None:
        """Share of all decided suggestions, of machine and people, that stood."""
        decided = self.by_itself + self.suggested
        return round((self.by_itself - self.corrected + self.agreed) / decided, 4) if decided else None


@dataclass
class Quality:
    """The report of one period."""

    start: date
    end: date
    classes: dict[str, ClassQuality] = field(default_factory=lambda: defaultdict(ClassQuality))
    received: int = 0
    rejected: int = 0

    def total(self) -> ClassQuality:
        """All classes together."""
        rows = [asdict(row) for row in self.classes.values()]
        return ClassQuality(**{name: sum(row[name] for row in rows) for name in ClassQuality.__dataclass_fields__})


def over(session: Session, start: date, end: date) -> Quality:
    """The report over the days from ``start`` to ``end``, by the day (UTC) on which each letter was first filed.

    A correction counts whenever it came, also after ``end``.
    """
    found = Quality(start, end)
    query = select(func.count()).select_from(Letter).where(Letter.received >= start, Letter.received <= end)
    found.received = session.exec(query).one()
    machine: dict[str, str] = {}
    for entry, details in _entries(session, start):
        inside = entry.time < instant_text(_midnight(end + timedelta(days=1)))
        if entry.action == "letter.reject":
            found.rejected += inside
        elif entry.action == "letter.file" and inside:
            _filed(found, entry, details, machine)
        elif entry.action == "letter.refile" and entry.object in machine:
            found.classes[machine.pop(entry.object)].corrected += 1
    return found


def _entries(session: Session, start: date) -> Iterator[tuple[AuditEntry, dict[str, Any]]]:
    query = select(AuditEntry).where(
        col(AuditEntry.action).in_(_ACTIONS), AuditEntry.time >= instant_text(_midnight(start))
    )
    for entry in session.exec(query.order_by(col(AuditEntry.sequence)).execution_options(yield_per=1000)):
        yield entry, json.loads(entry.details)


def _filed(found: Quality, entry: AuditEntry, details: dict[str, Any], machine: dict[str, str]) -> None:
    notation = str(details["class"])
    row = found.classes[notation]
    row.filed += 1
    if entry.actor.startswith(SYSTEM):
        row.by_itself += 1
        machine[entry.object] = notation
        return
    suggested = details["suggested"]["class"]
    if suggested:
        found.classes[suggested].suggested += 1
        found.classes[suggested].agreed += bool(details["as_suggested"])


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def warnings(now: Quality, before: Quality) -> list[str]:
    """Classes that got worse since the period before, as sentences."""
    said = []
    for notation, row in sorted(now.classes.items()):
        earlier = before.classes.get(notation)
        if earlier is None or row.right is None or earlier.right is None:
            continue
        enough = min(row.by_itself + row.suggested, earlier.by_itself + earlier.suggested) >= _ENOUGH
        if enough and earlier.right - row.right > _WORSE:
            said.append(f"{notation} got worse: {row.right:.0%} of its suggestions stood, {earlier.right:.0%} before.")
    return said


def shape(now: Quality, before: Quality, learned: dict[str, object]) -> dict[str, Any]:
    """The report as JSON: the whole, each class, what was learned, and what got worse."""
    total = now.total()
    return {
        "from": now.start.isoformat(),
        "to": now.end.isoformat(),
        "received": now.received,
        **_row(total),
        "rejected": now.rejected,
        "share_by_itself": round(total.by_itself / total.filed, 4) if total.filed else None,
        "classes": [{"class": notation, **_row(row)} for notation, row in sorted(now.classes.items())],
        "learned": learned,
        "warnings": warnings(now, before),
    }


def _row(row: ClassQuality) -> dict[str, Any]:
    return {**asdict(row), "precision": row.precision, "right": row.right}


def before(session: Session, start: date, end: date) -> Quality:
    """The report over the period of the same length that ended the day before ``start``."""
    return over(session, start - (end - start) - timedelta(days=1), start - timedelta(days=1))
