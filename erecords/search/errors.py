"""What search refuses, in words that say where and what."""

from __future__ import annotations

from erecords.errors import Conflict, InputRefused, StoreDamaged


class QueryRefused(InputRefused):
    """The query cannot be understood as it stands; nothing was searched, so no misleading list is shown."""

    code = "query"

    def __init__(self, reason: str, query: str, start: int, end: int | None = None) -> None:
        """Keep the place: ``start`` and ``end`` count characters of ``query`` from 0."""
        self.reason = reason
        self.query = query
        self.start = max(0, min(start, len(query)))
        self.end = max(self.start + 1, end if end is not None else self.start + 1)
        super().__init__(f"Query, character {self.start + 1}: {reason} Nothing was searched.")

    @property
    def caret(self) -> str:
        """Two lines: the query as typed, and carets below the place that is meant."""
        shown = "".join(" " if c in "\r\n\t\v\f" else c for c in self.query)
        return f"{shown}\n{' ' * self.start}{'^' * min(self.end - self.start, max(1, len(shown) - self.start))}"


class IndexOutdated(Conflict):
    """The index was made by another analyser, engine version or format; it would give wrong results."""

    code = "index-outdated"


class IndexMissing(Conflict):
    """There is no index yet."""

    code = "index-missing"


class PurgeFailed(StoreDamaged):
    """After a purge the index still names what had to go; the receipt was not given."""

    code = "purge-failed"
