"""Findings on a letter: stable codes with what they mean and what to do, and which of them want a person."""

from __future__ import annotations

from collections.abc import Iterable

_PAGE = frozenset((
    "blank", "low-confidence", "no-text", "turned", "skewed", "cut-edge", "blurred", "low-contrast",
    "separator-doubtful", "separator-on-letter", "sheet",
))  # fmt: skip
"""Said of single pages: found anew when pages go to another letter."""
_SCAN = frozenset(("skewed", "cut-edge", "blurred", "low-contrast", "low-confidence", "no-text"))
"""Said of the scan: the paper can still be scanned again."""
_HOLDING = {
    "separator-doubtful": "perhaps two letters were joined",
    "label-taken": "perhaps two letters were joined",
    "batch-count": "the letters of its batch do not add up",
    "near-duplicate": "perhaps it came before",
}


def code(finding: str) -> str:
    """The code of a finding ``code: sentence``."""
    return finding.partition(":")[0]


def without(findings: Iterable[str], codes: Iterable[str]) -> list[str]:
    """The findings of all other codes."""
    left_out = frozenset(codes)
    return [finding for finding in findings if code(finding) not in left_out]


def not_of_pages(findings: Iterable[str]) -> list[str]:
    """The findings that are said of the whole letter."""
    return without(findings, _PAGE)


def wants_person(findings: Iterable[str]) -> str:
    """Why a letter is not filed by the machine however sure it is of the case; empty when it may be."""
    return next((_HOLDING[code(finding)] for finding in findings if code(finding) in _HOLDING), "")


def is_urgent(code: str) -> bool:
    """Whether it should be looked at while the paper is still on the desk."""
    return code in _HOLDING or code in _SCAN
