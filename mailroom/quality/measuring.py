"""How well the mail room decided over a period: read from the audit log, so that it holds for erased letters too."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlmodel import Session, col, func, select

from erecords.clock import instant_text
from erecords.registry.access import SYSTEM
from erecords.store.models import AuditEntry
from mailroom.classifiers.knowledge import split_label
from mailroom.classifiers.thresholds import Observed
from mailroom.models import Letter
from mailroom.tray.undoing import UNDO

_ACTIONS = ("letter.file", "letter.refile", "letter.reject")
_CERTAIN = 1.645
"""Standard deviations of a one-sided statement that is wrong in one of twenty cases."""
_EXPECTED = 0.95
"""Precision below which what is filed by itself is a matter for a person."""


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
    def stood(self) -> tuple[int, int]:
        """How many suggestions, of machine and people, stood; and how many were decided."""
        return self.by_itself - self.corrected + self.agreed, self.by_itself + self.suggested

    @property
    def right(self) -> float | None:
        """Share of all decided suggestions, of machine and people, that stood."""
        good, decided = self.stood
        return round(good / decided, 4) if decided else None


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

    A correction counts whenever it came, also after ``end``; a decision that was taken back does not count.
    """
    found = Quality(start, end)
    query = select(func.count()).select_from(Letter).where(Letter.received >= start, Letter.received <= end)
    found.received = session.exec(query).one()
    machine: dict[str, str] = {}
    gone = _taken_back(session, start)
    for entry, details in _entries(session, start, _ACTIONS):
        if entry.sequence in gone:
            continue
        inside = entry.time < instant_text(_midnight(end + timedelta(days=1)))
        if entry.action == "letter.reject":
            found.rejected += inside
        elif entry.action == "letter.file" and inside:
            _filed(found, entry, details, machine)
        elif entry.action == "letter.refile" and entry.object in machine:
            found.classes[machine.pop(entry.object)].corrected += 1
    return found


def _taken_back(session: Session, start: date) -> set[int]:
    """Log lines of decisions that were taken back, and of the taking back."""
    gone: set[int] = set()
    for entry, details in _entries(session, start, (UNDO,)):
        gone |= {details["of"], *range(entry.sequence - details["lines"], entry.sequence)}
    return gone


def _entries(session: Session, start: date, actions: tuple[str, ...]) -> Iterator[tuple[AuditEntry, dict[str, Any]]]:
    query = select(AuditEntry).where(
        col(AuditEntry.action).in_(actions), AuditEntry.time >= instant_text(_midnight(start))
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
    """Classes that need a person, as sentences: those that got worse, and those wrong too often by themselves.

    Said only when chance is an unlikely reason (one in twenty): by Newcombe's interval for the difference of two
    shares, and by Wilson's for one share (R. G. Newcombe, Statistics in Medicine 17, 1998).
    """
    said = []
    for notation, row in sorted(now.classes.items()):
        stood, decided = row.stood
        earlier, earlier_decided = before.classes[notation].stood if notation in before.classes else (0, 0)
        if got_worse(stood, decided, earlier, earlier_decided):
            said.append(
                f"{notation} got worse: {stood} of {decided} suggestions stood ({stood / decided:.0%}), "
                f"{earlier} of {earlier_decided} ({earlier / earlier_decided:.0%}) before."
            )
        kept = row.by_itself - row.corrected
        if row.by_itself and wilson(kept, row.by_itself)[1] < _EXPECTED:
            said.append(
                f"{notation} is wrong too often: {row.corrected} of {row.by_itself} that were filed by itself were "
                f"corrected, less than {_EXPECTED:.0%} can be expected to be right."
            )
    return said


def wilson(good: int, of: int, z: float = _CERTAIN) -> tuple[float, float]:
    """Wilson's bounds for a share, each exceeded in one of twenty cases; (0, 1) of nothing."""
    if of == 0:
        return 0.0, 1.0
    share = good / of
    middle = share + z * z / (2 * of)
    width = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    scale = 1 + z * z / of
    return max(0.0, (middle - width) / scale), min(1.0, (middle + width) / scale)


def got_worse(good: int, of: int, good_before: int, of_before: int) -> bool:
    """Whether a share fell, by more than chance explains: the lower bound of the fall lies above nought."""
    if not of or not of_before:
        return False
    now, before = good / of, good_before / of_before
    above = wilson(good, of)[1] - now
    below = before - wilson(good_before, of_before)[0]
    return before - now > math.hypot(above, below)


def shape(
    now: Quality, before: Quality, learned: dict[str, object], observed: Mapping[str, Observed]
) -> dict[str, Any]:
    """The report as JSON: the whole, each class, what was learned, how sure it must be, and what got worse."""
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
        "thresholds": [_threshold(label, seen) for label, seen in sorted(observed.items())],
        "warnings": warnings(now, before),
    }


def _threshold(label: str, seen: Observed) -> dict[str, Any]:
    kind, notation = split_label(label)
    threshold = round(seen.threshold, 4)
    return {"type": kind, "class": notation, "said": seen.said, "right": seen.right, "threshold": threshold}


def _row(row: ClassQuality) -> dict[str, Any]:
    return {**asdict(row), "precision": row.precision, "right": row.right}


def before(session: Session, start: date, end: date) -> Quality:
    """The report over the period of the same length that ended the day before ``start``."""
    return over(session, start - (end - start) - timedelta(days=1), start - timedelta(days=1))
