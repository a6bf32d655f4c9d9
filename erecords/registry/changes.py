"""Bringing a table to the state of a list: only what differs is written, and each row's change is logged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel

from erecords.errors import Conflict
from erecords.store.uow import UnitOfWork

M = TypeVar("M", bound=SQLModel)


@dataclass(frozen=True)
class Changes:
    """What an import changed, by the ids of the rows."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    """Missing in the list, but still in use, therefore not removed."""
    unchanged: int = 0
    waiting: tuple[str, ...] = ()
    """Of which a part of the change waits for another person."""

    def as_json(self) -> dict[str, Any]:
        """The report as JSON."""
        return {
            "added": list(self.added),
            "changed": list(self.changed),
            "removed": list(self.removed),
            "kept": list(self.kept),
            "unchanged": self.unchanged,
            "waiting": list(self.waiting),
        }


@dataclass(frozen=True)
class Subject:
    """How rows of one table are logged: the word before their id, and the columns that name people."""

    word: str
    key: str
    personal: frozenset[str] = frozenset()


def apply(
    work: UnitOfWork, subject: Subject, wanted: Iterable[M], present: Mapping[str, M], removable: Iterable[str]
) -> Changes:
    """Add and change rows as ``wanted`` (parents first), and remove ``removable`` (children first).

    Raises:
        Conflict: a row to be removed is still named by other records; the caller's unit of work undoes all.
    """
    added, changed, unchanged, seen = [], [], 0, set()
    for row in wanted:
        name = str(getattr(row, subject.key))
        seen.add(name)
        if name not in present:
            work.add(row)
            _log(work, subject, "create", name, row, _values(row, subject))
            added.append(name)
        elif _update(work, subject, name, present[name], row):
            changed.append(name)
        else:
            unchanged += 1
    removed = [name for name in removable if name not in seen]
    for name in removed:
        _remove(work, subject, name, present[name])
    kept = sorted(set(present) - seen - set(removed))
    return Changes(tuple(added), tuple(changed), tuple(removed), tuple(kept), unchanged)


def _values(row: SQLModel, subject: Subject) -> dict[str, Any]:
    values = row.model_dump(mode="json")
    return {name: value for name, value in values.items() if name != subject.key and value not in (None, "")}


def _update(work: UnitOfWork, subject: Subject, name: str, row: SQLModel, wanted: SQLModel) -> bool:
    before, after = row.model_dump(mode="json"), wanted.model_dump(mode="json")
    different = {column: after[column] for column in after if after[column] != before[column]}
    for column in different:
        setattr(row, column, getattr(wanted, column))
    if different:
        _log(work, subject, "change", name, row, different)
    return bool(different)


def _remove(work: UnitOfWork, subject: Subject, name: str, row: SQLModel) -> None:
    work.session.delete(row)
    try:
        work.session.flush()
    except IntegrityError as error:
        raise Conflict(
            f"{subject.word} {name} is missing in the list, but other records still name it. Nothing was changed."
        ) from error
    work.log(f"{subject.word}.remove", f"{subject.word}:{name}", row)


def _log(work: UnitOfWork, subject: Subject, verb: str, name: str, row: SQLModel, values: dict[str, Any]) -> None:
    details = {column: value for column, value in values.items() if column not in subject.personal}
    personal = {column: str(value) for column, value in values.items() if column in subject.personal}
    work.log(f"{subject.word}.{verb}", f"{subject.word}:{name}", row, personal=personal, values=details)


def parents_first(parents: Mapping[str, str | None]) -> list[str]:
    """Ids in an order in which each comes after its parent; ids on or below a cycle are left out."""
    children: dict[str | None, list[str]] = {}
    for name, parent in parents.items():
        children.setdefault(parent if parent in parents else None, []).append(name)
    order: list[str] = []
    waiting = children.get(None, [])[::-1]
    while waiting:
        name = waiting.pop()
        order.append(name)
        waiting.extend(reversed(children.get(name, [])))
    return order


def named_once(pairs: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str, int]]:
    """Lines whose id stood there before: (line, id, first line)."""
    first: dict[str, int] = {}
    for line, name in pairs:
        if name in first:
            yield line, name, first[name]
        first.setdefault(name, line)
