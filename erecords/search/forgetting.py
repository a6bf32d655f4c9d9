"""What was asked goes with what was found: logged and saved queries that nobody but a destroyed record explains.

The log keeps the words of a search beside the chain (decision 11), and people keep searches under a name. When a
record is destroyed, every query goes of which a word, a number or the whole finds nothing else: it would tell of the
record by itself. That something was asked, when and by whom, stays in the chain.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
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
    there = Entries(frozenset(ids))

    def explains(node: Node) -> bool:
        found = _count(index, And((node, there)))
        return found > 0 and found == _count(index, node)

    logged, kept = _asked(engine)
    return _forget(engine, clock, _Telling(explains).among(logged | kept))


def forget_unexplained(engine: Engine, clock: Clock, index: SearchIndex) -> int:
    """Erase the logged queries of which a word or the whole finds nothing any more; returns how many.

    For when the index that knew the destroyed entries is lost: each query found something when it was logged, so what
    finds nothing now may have named one of them. Saved searches stay; what they find was never said.
    """
    logged, kept = _asked(engine)
    return _forget(engine, clock, _Telling(lambda node: _count(index, node) == 0).among(logged - kept))


def _asked(engine: Engine) -> tuple[set[str], set[str]]:
    """The living queries: of the log, and those that people keep, with their names."""
    with Session(engine) as session:
        logged = set(session.exec(select(AuditValue.value).where(_ASKED, col(AuditValue.key).in_(_TEXTS))))
        kept = {text for row in session.exec(select(SavedSearch)) for text in (row.query, row.name)}
    return logged, kept


def _count(index: SearchIndex, node: Node) -> int:
    return index.search(node, Rights(everything=True), Want(limit=0)).total


class _Telling:
    """Which queries have a part, or are a whole, that tells of what is gone."""

    def __init__(self, tells: Callable[[Node], bool]) -> None:
        self._tells = tells
        self._known: dict[Node, bool] = {}

    def among(self, queries: Collection[str]) -> set[str]:
        """Those of these queries."""
        return {query for query in queries if self._query(query)}

    def _query(self, query: str) -> bool:
        try:
            tree = parse(query)
        except QueryRefused:
            return False  # it was never answered
        parts = (replace(leaf, span=_NOWHERE) for leaf in leaves(tree, left_out=True))
        return any(map(self._node, dict.fromkeys([*parts, tree])))

    def _node(self, node: Node) -> bool:
        known = self._known.get(node)
        if known is None:
            known = self._known[node] = self._tells(node)
        return known


def _forget(engine: Engine, clock: Clock, gone: Collection[str]) -> int:
    if gone:
        with UnitOfWork(engine, clock, "system:search") as work:
            _erase(work, gone)
        cut_log(engine)
    return len(gone)


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
