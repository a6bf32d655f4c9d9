"""What was asked goes with what was found: logged and saved queries that nobody but a destroyed record explains.

The log keeps the words of a search beside the chain (decision 11), and people keep searches under a name. When a
record is destroyed, every query goes of which a word, a number or the whole finds nothing else: it would tell of the
record by itself. That something was asked, when and by whom, stays in the chain.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from erecords.clock import Clock
from erecords.search.errors import QueryRefused
from erecords.search.index import Rights, SearchIndex, Want
from erecords.search.query import parse
from erecords.search.tree import And, Entries, Node, Span, leaves
from erecords.store.db import cut_log
from erecords.store.models import AuditValue, SavedSearch
from erecords.store.uow import UnitOfWork

_ASKED = col(AuditValue.object).startswith("search:")
_TEXTS = ("query", "name")
_NOWHERE = Span(0, 0)


def forget(engine: Engine, clock: Clock, index: SearchIndex, ids: Collection[str]) -> int:
    """Erase the queries that only these entries explain, before the index lets go of them; returns how many.

    Stopped midway nothing is lost: the entries are still in the index, and the next call finds the same queries.
    """
    with Session(engine) as session:
        asked = set(session.exec(select(AuditValue.value).where(_ASKED, col(AuditValue.key).in_(_TEXTS))))
        for row in session.exec(select(SavedSearch)):
            asked |= {row.query, row.name}
    telling = _Telling(index, ids)
    gone = {query for query in asked if telling.query(query)}
    if gone:
        with UnitOfWork(engine, clock, "system:search") as work:
            _erase(work, gone)
        cut_log(engine)
    return len(gone)


class _Telling:
    """Which queries find something among the entries and, in a part of theirs, nowhere else."""

    def __init__(self, index: SearchIndex, ids: Collection[str]) -> None:
        self._index = index
        self._there = Entries(frozenset(ids))
        self._known: dict[Node, bool] = {}

    def query(self, query: str) -> bool:
        """Whether it would tell of the entries by itself."""
        try:
            tree = parse(query)
        except QueryRefused:
            return False  # it was never answered
        parts = (replace(leaf, span=_NOWHERE) for leaf in leaves(tree, left_out=True))
        return any(map(self._only_there, dict.fromkeys([*parts, tree])))

    def _only_there(self, node: Node) -> bool:
        known = self._known.get(node)
        if known is None:
            there = self._count(And((node, self._there)))
            known = self._known[node] = there > 0 and there == self._count(node)
        return known

    def _count(self, node: Node) -> int:
        return self._index.search(node, Rights(everything=True), Want(limit=0)).total


def _erase(work: UnitOfWork, gone: Collection[str]) -> None:
    session = work.session
    values = list(session.exec(select(AuditValue).where(_ASKED)))
    numbers = {row.sequence for row in values if row.key in _TEXTS and row.value in gone}
    values = [row for row in values if row.sequence in numbers]
    saved = [row for row in session.exec(select(SavedSearch)) if row.query in gone or row.name in gone]
    for row in (*values, *saved):
        session.delete(row)
    session.flush()
    for owner in sorted({row.owner for row in saved}):
        mine = [row for row in saved if row.owner == owner]
        work.log("search.forget", f"search:{owner}", *mine, rows=len(mine))
    if values:
        work.log("log.erase-personal", "search:queries", *values, rows=len(values))
