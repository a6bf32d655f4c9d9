"""Closed sets of retention: kinds of rules, decisions, states of lists and of what stands on them."""

from __future__ import annotations

from enum import StrEnum


class RuleStart(StrEnum):
    """When a period begins to run (column ``start`` of the schedule)."""

    YEAR_END = "jahresende"
    """With the end of 31 December of the year of the trigger."""
    EVENT = "ereignis"
    """With the end of the trigger's own day (BGB section 187 (1))."""


class RuleKind(StrEnum):
    """What the end of a period means (column ``kind`` of the schedule)."""

    MINIMUM = "min"
    """Not to be destroyed before the end."""
    MAXIMUM = "max"
    """To be gone at the end."""
    FIXED = "fix"
    """Both."""


class Disposal(StrEnum):
    """Appraisal (Bewertung) as a rule states it."""

    ARCHIVE = "A"
    """The archive takes it over."""
    APPRAISE = "B"
    """The archive has to decide."""
    DESTROY = "V"
    """To be destroyed, once the archive has waived it."""


class Decision(StrEnum):
    """What becomes of a single case."""

    ARCHIVE = "A"
    DESTROY = "V"


class ListState(StrEnum):
    """Where a disposal list (Aussonderungsliste) stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    RUNNING = "running"
    """Carrying out has begun; every further run goes on where the last one stopped."""
    DONE = "done"
    CANCELLED = "cancelled"


OPEN_STATES = (ListState.PROPOSED, ListState.APPROVED, ListState.RUNNING)
"""A case stands on at most one list in these states."""


class ItemState(StrEnum):
    """What has become of one case on a list."""

    LISTED = "listed"
    TAKEN_OUT = "taken-out"
    TRANSFERRED = "transferred"
    DESTROYED = "destroyed"
    WITHHELD = "withheld"


FINAL_STATES = (ItemState.TAKEN_OUT, ItemState.TRANSFERRED, ItemState.DESTROYED, ItemState.WITHHELD)


class Outcome(StrEnum):
    """What the deletion gate did with a case."""

    TRANSFERRED = "transferred"
    DESTROYED = "destroyed"


class Direction(StrEnum):
    """Which way an xdomea message went."""

    SENT = "sent"
    RECEIVED = "received"
