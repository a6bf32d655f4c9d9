"""Amounts of money that stand in a letter."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailroom.fields.values import Found
from mailroom.ports import PageText

_AMOUNT = re.compile(
    r"(?<![\d.,])(?P<pre>€|EUR)?\s?(?P<whole>\d{1,3}(?:[. ]\d{3})+|\d{1,7})(?:,(?P<cents>\d{2}|-{1,2}))?"
    r"\s?(?P<post>€|EUR|Euro)?(?!\d|,\d)",
    re.IGNORECASE,
)


def amounts(pages: Sequence[PageText]) -> tuple[Found, ...]:
    """Amounts with a currency sign, in cents, in reading order, at most 50."""
    found = []
    for page in pages:
        for match in _AMOUNT.finditer(page.text[:60_000]):
            if not (match.group("pre") or match.group("post")):
                continue
            cents = (match.group("cents") or "00").replace("-", "0").ljust(2, "0")
            value = re.sub(r"[. ]", "", match.group("whole")) + cents
            found.append(Found(str(int(value)), page.number, match.group().strip(), "text", 0.9))
            if len(found) == 50:
                return tuple(found)
    return tuple(found)
