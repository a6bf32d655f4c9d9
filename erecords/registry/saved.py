"""Searches that people keep under a name. Each person sees only their own."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlmodel import col, select

from erecords.errors import InputRefused, NotFound, NotPermitted
from erecords.registry.access import Actor
from erecords.store.models import SavedSearch
from erecords.store.uow import UnitOfWork

_LONGEST_NAME = 60


def save(work: UnitOfWork, actor: Actor, name: str, query: str, options: Mapping[str, object]) -> SavedSearch:
    """Keep a search; one that the person has under this name already is replaced.

    Raises:
        NotPermitted: the machine keeps no searches.
        InputRefused: the name is empty, too long or not printable.
    """
    _require_person(actor)
    name = name.strip()
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise InputRefused(f"A saved search needs a name of 1 to {_LONGEST_NAME} printable characters.")
    row = _find(work, actor, name) or SavedSearch(owner=actor.id, name=name, query="", saved=work.clock.now())
    row.query, row.options, row.saved = query, dict(options), work.clock.now()
    work.add(row)
    work.log("search.save", f"search:{actor.id}", row, personal={"name": name, "query": query})
    return row


def forget(work: UnitOfWork, actor: Actor, name: str) -> None:
    """Forget a saved search.

    Raises:
        NotFound: the person has none of that name.
    """
    _require_person(actor)
    row = _find(work, actor, name.strip())
    if row is None:
        raise none_of(name)
    work.session.delete(row)
    work.session.flush()
    work.log("search.forget", f"search:{actor.id}", row, personal={"name": row.name})


def forget_all_of(work: UnitOfWork, people: Collection[str]) -> None:
    """Forget what people kept who leave the staff list."""
    rows = work.session.exec(select(SavedSearch).where(col(SavedSearch.owner).in_(people))).all()
    for row in rows:
        work.session.delete(row)
        work.log("search.forget", f"search:{row.owner}", row)
    work.session.flush()


def none_of(name: str) -> NotFound:
    """The person has no saved search of that name."""
    return NotFound(f"You have no saved search {name!r}. erecords search --saved lists yours.")


def _find(work: UnitOfWork, actor: Actor, name: str) -> SavedSearch | None:
    return work.session.exec(
        select(SavedSearch).where(SavedSearch.owner == actor.id, SavedSearch.name == name)
    ).one_or_none()


def _require_person(actor: Actor) -> None:
    if actor.role is None:
        raise NotPermitted(f"{actor.id} is the program itself and keeps no searches. Nothing was changed.")
