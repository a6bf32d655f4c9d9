"""Holds whose scope is a query: the cases that it finds, and those that it will find."""

from __future__ import annotations

from collections.abc import Iterator

from sqlmodel import col, select

from erecords.config import SearchSettings
from erecords.errors import ErecordsError
from erecords.office import Office
from erecords.search import desk
from erecords.search.engines.opening import open_index
from erecords.search.index import Kind, SearchIndex, Sort, Want
from erecords.search.query import parse
from erecords.search.tree import Node
from erecords.store.models import Document, Transaction
from retention.holds import placing
from retention.models import Hold

_PAGE = 5000


def case_ids(office: Office, query: str, actor_id: str) -> list[int]:
    """Ids of the cases that a query finds, by themselves, a document or a transaction, within what a person may see.

    Raises:
        QueryRefused: the query cannot be understood.
        NotPermitted: the person is not in the staff list.
    """
    tree = parse(query)
    office.refresh_index()
    engine = office.settings.section(SearchSettings).engine
    shelves = office.assembly.load_shelves
    seen = desk.of_database(office.home, engine, office.engine, actor_id, office.clock, shelves)
    cases: set[int] = set()
    documents: list[int] = []
    transactions: list[str] = []
    for name in _hits(open_index(office.home, engine), tree, seen):
        kind, _, number = name.partition(":")
        if kind == Kind.CASE:
            cases.add(int(number))
        elif kind == Kind.DOCUMENT:
            documents.append(int(number))
        elif kind == Kind.TRANSACTION:
            transactions.append(number)
    with office.read() as session:
        for first in range(0, len(documents), _PAGE):
            part = documents[first : first + _PAGE]
            cases.update(session.exec(select(Document.case_id).where(col(Document.id).in_(part))))
        for first in range(0, len(transactions), _PAGE):
            some = transactions[first : first + _PAGE]
            cases.update(session.exec(select(Transaction.case_id).where(col(Transaction.number).in_(some))))
    return sorted(cases)


def _hits(index: SearchIndex, tree: Node, seen: desk.Desk) -> Iterator[str]:
    offset = 0
    while True:
        result = index.search(tree, seen.rights, Want(_PAGE, offset, Sort.REFERENCE))
        yield from (hit.id for hit in result.hits)
        offset += _PAGE
        if offset >= result.total:
            return


def follow(office: Office) -> list[str]:
    """Put what the queries of holds in force find by now under those holds; asked before anything is proposed or goes.

    A case that changes after its list was approved is withheld anyway, so that the state at the beginning of an
    execution is the one that counts.

    Returns:
        What could not be asked, each a sentence.
    """
    with office.read() as session:
        asked = session.exec(select(Hold).where(Hold.future, col(Hold.lifted).is_(None)).order_by(Hold.id)).all()
    said = []
    for hold in asked:
        try:
            found = case_ids(office, hold.query, hold.placed_by)
        except ErecordsError as error:
            said.append(f"hold {hold.id} cannot look for future cases: {error}")
            continue
        with office.work() as work:
            placing.extend(work, hold.id, found)
    return said
