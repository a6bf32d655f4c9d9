"""The port by which packages above the registry make their own things findable."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from erecords.search.index import IndexDocument, Kind, Rights

if TYPE_CHECKING:
    from sqlmodel import Session

Rows = Callable[[str, Sequence[Any]], list[Any]]
"""Runs a SELECT with ``?`` for each value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the records say of an entry, for a list of hits."""

    title: str
    document: int | None = None
    number: str = ""
    """Of a transaction."""
    case: str = ""
    class_notation: str = ""
    date: str | None = None
    type: str = ""
    sender: str = ""
    entry: str = ""
    state: str = ""
    text: str = ""
    """Where the passage is cut from."""


class Shelf(Protocol):
    """A kind of things beside documents and cases, and how search gets at them.

    A row's entry has the id ``kind:key``, with its key as text; the table's info ``{"indexed": kind}`` lets the index
    follow it. The module of a shelf imports nothing heavy: a search as a whole process loads it.
    """

    kind: Kind

    def keys(self, session: Session, after: str, limit: int) -> Sequence[str]:
        """Keys of findable rows behind ``after``, ascending."""
        ...

    def entries(self, session: Session, keys: Sequence[str]) -> Sequence[IndexDocument]:
        """The entries of these rows as they are now; what is gone or may not be in the index is left out."""
        ...

    def shown(self, rows: Rows, keys: Sequence[str], rights: Rights) -> Mapping[str, Shown]:
        """What is shown of these rows, by key; what the rights do not allow is left out."""
        ...
