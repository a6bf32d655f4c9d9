"""Whether one rule could let a record go earlier than another, or destroy what the other was to keep."""

from __future__ import annotations

from typing import Protocol

from retention.lifecycle import Disposal, RuleKind, RuleStart

_CLAIM = (Disposal.DESTROY, Disposal.APPRAISE, Disposal.ARCHIVE)
"""How far a rule claims for the archive what it is about, the least first."""


class Length(Protocol):
    """A rule, as far as it says how long something is kept and what comes then."""

    years: int | None
    months: int | None
    days: int | None
    trigger: str
    start: RuleStart
    kind: RuleKind
    disposal: Disposal


def may_shorten(old: Length, new: Length) -> bool:
    """Whether something under ``new`` could be gone earlier than under ``old``, or without being offered as before.

    Periods of years and of days are not weighed against each other: where one of them falls, it may.
    """
    if old.trigger != new.trigger or _CLAIM.index(new.disposal) < _CLAIM.index(old.disposal):
        return True
    if old.kind is not RuleKind.MAXIMUM and new.kind is RuleKind.MAXIMUM:
        return True
    if _unlimited(new):
        return False
    if _unlimited(old) or (old.start is RuleStart.YEAR_END and new.start is not RuleStart.YEAR_END):
        return True
    return _months(new) < _months(old) or (new.days or 0) < (old.days or 0)


def _unlimited(rule: Length) -> bool:
    return (rule.years, rule.months, rule.days) == (None, None, None)


def _months(rule: Length) -> int:
    return 12 * (rule.years or 0) + (rule.months or 0)
