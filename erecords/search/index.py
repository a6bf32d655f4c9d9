"""The port of search: what every engine promises, and the values that go in and come out.

The index is derived: it can be thrown away and built again from the records. No engine keeps the text of a letter;
whoever needs a snippet reads the text from the record store.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from erecords.search.tree import Node

OPEN_PROTECTION = "offen"
"""The level of protection of the filing plan that everybody may see."""
MAIL_PROTECTION = "post"
"""Stands for it in entries of the mail book, which are in no class."""


class Kind(StrEnum):
    """What an entry of the index stands for."""

    DOCUMENT = "document"
    CASE = "case"
    MAIL = "mail"
    TRANSACTION = "transaction"


class Sort(StrEnum):
    """Order of the hits; ``date`` and ``received`` newest first, ``reference`` ascending (``reverse`` turns)."""

    RELEVANCE = "relevance"
    DATE = "date"
    RECEIVED = "received"
    REFERENCE = "reference"


class Facet(StrEnum):
    """What hits can be counted by; ``class`` and ``unit`` count at every step from the top, for drilling down.

    ``protection`` counts what is in a class of the filing plan, by its level.
    """

    TYPE = "type"
    CLASS = "class"
    UNIT = "unit"
    YEAR = "year"
    KIND = "kind"
    CASE = "case"
    PROTECTION = "protection"


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexDocument:
    """One thing that can be found. Sealed mail is never made into one."""

    id: str
    """Unique over all kinds."""
    kind: Kind = Kind.DOCUMENT
    title: str
    protection: str
    """Level of protection of the class; ``offen`` is open to everybody."""
    seen_by: str | None = None
    """Unit whose people see it although it is protected; None: the responsible one."""
    text: str = ""
    """Text of all pages; analysed, never stored."""
    case: str = ""
    """Present reference of its case."""
    references: tuple[str, ...] = ()
    """Former references of the case and other numbers by which it is known."""
    class_path: tuple[str, ...] = ()
    """Notations from the top of the filing plan down to the class itself."""
    unit: str = ""
    """The responsible unit, for example ``22.3``."""
    type: str = ""
    sender: str = ""
    date: dt.date | None = None
    """The letter's own date."""
    received: dt.date | None = None
    entry: str = ""
    """Entry number of the mail book."""
    state: str = ""
    copied_to: tuple[str, ...] = ()
    """Further units that may read it, whatever its protection."""
    closing_year: int | None = None
    """Year in which the case was closed; None while it is open."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What an actor may see; part of every query, so that no hit, count, facet or suggestion leaks a record."""

    everything: bool = False
    """True for the system itself (checks, rebuild); never for a person."""
    units: frozenset[str] = frozenset()
    """Units whose protected records are visible."""
    mail_book: bool = False
    """Whether all entries of the mail book are visible, as the mail room sees them."""
    excluded: frozenset[Kind] = frozenset()
    """Kinds that this actor does not see at all."""


@dataclass(frozen=True, slots=True)
class Want:
    """Which part of the result is wanted, in which order, and what is to be counted."""

    limit: int = 20
    offset: int = 0
    sort: Sort = Sort.RELEVANCE
    reverse: bool = False
    facets: frozenset[Facet] = frozenset()


@dataclass(frozen=True, slots=True)
class Hit:
    """One found entry."""

    id: str
    score: float
    """The place as a number: 1 for the best hit, 1/2 for the next; 0.0 when sorted by something else than relevance."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found within the rights of the actor."""

    total: int
    """All hits, not only those of this page."""
    took_ms: float
    hits: tuple[Hit, ...]
    facets: Mapping[Facet, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PurgeReceipt:
    """Proof that the index let go: the files that held the purged entries no longer exist."""

    ids: tuple[str, ...]
    """Purged, or not known at all (both are gone)."""
    parts: tuple[str, ...]
    """Parts of the index that were merged."""
    files: tuple[str, ...]
    """Removed files, relative to the index folder."""
    kept: int
    """Entries that were copied because they stood in the same parts."""


@dataclass(frozen=True, slots=True)
class IndexStats:
    """State and size of an index."""

    engine: str
    documents: int
    parts: int
    bytes: int
    sequence: int
    """Last outbox sequence that is contained."""
    fingerprint: str


Progress = Callable[[int], None]
"""Called with the number of entries done so far."""


class SearchIndex(Protocol):
    """An engine. One process writes at a time; any number may search meanwhile, also during a rebuild.

    Opening raises ``IndexOutdated`` when the index was made by another analyser: it needs ``rebuild`` and never gives
    wrong results; ``IndexMissing`` when there is none.
    """

    engine: str

    @property
    def sequence(self) -> int:
        """Last outbox sequence that is contained and committed."""
        ...

    def apply(self, put: Iterable[IndexDocument], remove: Iterable[str], sequence: int) -> None:
        """Replace or add entries, and take others out; durable only after ``commit``.

        Repeating it changes nothing. ``sequence`` is the last outbox row that the batch covers.

        Raises:
            Conflict: another process is writing.
        """
        ...

    def commit(self) -> None:
        """Make what was applied durable and visible; the sequence is written last, so a crash before it replays."""
        ...

    def search(self, tree: Node, rights: Rights, want: Want) -> SearchResult:
        """Find entries within the rights.

        Raises:
            QueryRefused: the query asks for what cannot be answered (a distance too wide, for example).
        """
        ...

    def suggest(self, prefix: str, rights: Rights, limit: int = 10) -> tuple[str, ...]:
        """Words of titles, senders and references that begin so, in entries within the rights; most frequent first."""
        ...

    def vocabulary(self, prefix: str, rights: Rights, limit: int = 10) -> tuple[tuple[str, str], ...]:
        """Words of texts that begin so, most frequent first, counted and taken within the rights.

        Each is folded as the index holds it, with the id of an entry that has it, for whoever shows it as written.
        """
        ...

    def marks(self) -> dict[str, int]:
        """The mark (``record.mark``) of every entry that the index holds, for ``index check``."""
        ...

    def purge(self, ids: Iterable[str]) -> PurgeReceipt:
        """Make the index forget: each part that holds or held one of these ids is merged once, without them.

        Raises:
            PurgeFailed: an old file could not be removed.
        """
        ...

    def tidy(self) -> int:
        """Merge the parts that are full of replaced entries; returns how many. Keeps the size in bounds."""
        ...

    def rebuild(self, documents: Iterable[IndexDocument], sequence: int, progress: Progress | None = None) -> None:
        """Write a new index beside the present one, then switch; until then searches see the present one."""
        ...

    def stats(self) -> IndexStats:
        """State and size."""
        ...

    def close(self) -> None:
        """Let go of locks and files; what was applied and not committed is dropped."""
        ...
