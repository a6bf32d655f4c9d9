"""The filing plan: classes with inherited retention rule and protection. The shape of a notation is data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from sqlmodel import Session, col, select

from erecords.errors import NotFound
from erecords.registry import changes, tables
from erecords.registry.access import Actor, Right
from erecords.registry.changes import Changes, Subject
from erecords.registry.org import require_right
from erecords.registry.tables import Key, Line, Numbered, Problems, Row
from erecords.store.lifecycle import FileKind, Protection
from erecords.store.models import Case, Document, PlanClass, Transaction, Unit
from erecords.store.uow import UnitOfWork

DEFAULT_PROTECTION = Protection.PERSONAL
"""Protection of a class when neither it nor any class above states one: rather too narrow than too wide."""
_CLASS = Subject("class", "notation")


class PlanRow(Row):
    """A line of ``filing_plan.csv``."""

    notation: Key
    parent: Key | None = None
    title: Line
    office: Key
    retention: Key | None = None
    file_kind: FileKind
    file_key: str = ""
    protection: Protection | None = None
    scope: str = ""


def import_plan(work: UnitOfWork, actor: Actor, path: Path) -> Changes:
    """Bring the filing plan to the state of a list. A class that holds case files stays, and is reported so.

    Another retention rule for a class that holds case files waits until another person confirms it (retention does);
    the old one applies until then, also to what is opened meanwhile. A list that says the old one takes it back.
    Cases of classes whose protection or place changed are indexed anew.

    Raises:
        NotPermitted: only records managers and administrators.
        InputRefused: a mistake in the file, named by line and column; nothing was changed.
    """
    require_right(actor, Right.MANAGE_RECORDS)
    problems = Problems(path.name)
    rows = tables.read(path, PlanRow, problems)
    present = {found.notation: found for found in work.session.exec(select(PlanClass))}
    seen_before = _seen(present)
    with_cases = set(work.session.exec(select(Case.class_notation).distinct()))
    order = _check(rows, set(work.session.exec(select(Unit.id))), with_cases, problems)
    problems.refuse_if_any()
    wanted = _effective({entry.row.notation: entry.row for entry in rows}, order)
    in_use = {step for name in with_cases for step in path_of(present, name)}
    children_first = reversed(changes.parents_first({name: found.parent for name, found in present.items()}))
    removable = [name for name in children_first if name not in in_use]
    waiting = [name for name in order if name in with_cases and _let_wait(wanted[name], present[name], actor)]
    report = changes.apply(work, _CLASS, (wanted[name] for name in order), present, removable)
    after = {found.notation: found for found in work.session.exec(select(PlanClass))}
    now = _seen(after)
    _index_again(work, [name for name in with_cases if now.get(name) != seen_before.get(name)])
    return replace(report, waiting=tuple(waiting))


def _let_wait(wanted: PlanClass, present: PlanClass, actor: Actor) -> bool:
    """Keep the rule of a class with case files, and note the wish for another one; whether there is such a wish."""
    if wanted.rule == present.rule:
        return False
    again = present.rule_asked_by is not None and present.rule_asked == wanted.rule
    wanted.rule_asked, wanted.rule_asked_inherited = wanted.rule, wanted.rule_inherited
    wanted.rule_asked_by = present.rule_asked_by if again else actor.id
    wanted.rule, wanted.rule_inherited = present.rule, present.rule_inherited
    return True


def _check(rows: Sequence[Numbered[PlanRow]], units: set[str], with_cases: set[str], problems: Problems) -> list[str]:
    parents = {entry.row.notation: entry.row.parent for entry in rows}
    order = changes.parents_first(parents)
    for line, name, first in changes.named_once((entry.line, entry.row.notation) for entry in rows):
        problems.add(line, "notation", f"{name!r} stands already on line {first}")
    placed = set(order)
    for entry in rows:
        row = entry.row
        if row.parent is not None and row.parent not in parents:
            problems.add(entry.line, "parent", f"there is no class {row.parent!r} in this list")
        elif row.notation not in placed:
            problems.add(entry.line, "parent", f"class {row.notation!r} stands below itself")
        if row.office not in units:
            problems.add(entry.line, "office", f"there is no unit {row.office!r}")
        if row.file_kind is FileKind.GROUP and row.notation in with_cases:
            problems.add(entry.line, "file_kind", f"class {row.notation!r} holds case files and cannot become a group")
    return order


def _effective(rows: Mapping[str, PlanRow], order: Iterable[str]) -> dict[str, PlanClass]:
    """Classes with what they inherit; ``order`` has parents first."""
    found: dict[str, PlanClass] = {}
    for notation in order:
        row = rows[notation]
        above = found.get(row.parent) if row.parent else None
        found[notation] = PlanClass(
            notation=notation,
            parent=row.parent,
            title=row.title,
            unit=row.office,
            rule=row.retention or (above.rule if above else None),
            rule_inherited=row.retention is None and above is not None and above.rule is not None,
            file_kind=row.file_kind,
            file_key="" if row.file_key == "none" else row.file_key,
            protection=row.protection or (above.protection if above else DEFAULT_PROTECTION),
            protection_inherited=row.protection is None,
            scope=row.scope,
        )
    return found


def _seen(classes: Mapping[str, PlanClass]) -> dict[str, tuple[str, ...]]:
    """What the index holds of a class: its protection and its way from the top."""
    return {name: (found.protection.value, *path_of(classes, name)) for name, found in classes.items()}


def _index_again(work: UnitOfWork, notations: Sequence[str]) -> None:
    for notation in notations:
        of_class = select(Case.id).where(Case.class_notation == notation)
        for case_id in work.session.exec(of_class).all():
            work.index("case", _known(case_id))
        for document_id in work.session.exec(select(Document.id).where(col(Document.case_id).in_(of_class))).all():
            work.index("document", _known(document_id))
        for number in work.session.exec(select(Transaction.number).where(col(Transaction.case_id).in_(of_class))).all():
            work.index("transaction", number)


def _known(row_id: int | None) -> int:
    assert row_id is not None
    return row_id


def path_of(classes: Mapping[str, PlanClass], notation: str) -> tuple[str, ...]:
    """Notations from the top of the plan down to this class."""
    way: list[str] = []
    name: str | None = notation
    while name is not None and name in classes and name not in way:
        way.append(name)
        name = classes[name].parent
    return tuple(reversed(way))


def all_classes(session: Session) -> dict[str, PlanClass]:
    """All classes by notation, parents before children, siblings in the order of their notations."""
    classes = {found.notation: found for found in session.exec(select(PlanClass).order_by(col(PlanClass.notation)))}
    order = changes.parents_first({name: found.parent for name, found in classes.items()})
    return {name: classes[name] for name in order}


def find_class(session: Session, notation: str) -> PlanClass:
    """The class of that notation.

    Raises:
        NotFound: there is none.
    """
    found = session.get(PlanClass, notation.strip())
    if found is None:
        raise NotFound(f"There is no class {notation!r} in the filing plan. erecords plan list shows all.")
    return found


def below(session: Session, notation: str) -> list[str]:
    """The notation itself and all below it."""
    found, edge = [notation], [notation]
    while edge:
        edge = list(session.exec(select(PlanClass.notation).where(col(PlanClass.parent).in_(edge))))
        found += edge
    return found


def ancestors(session: Session, notation: str) -> tuple[str, ...]:
    """Notations from the top of the plan down to this class, which comes last."""
    way: list[str] = []
    name: str | None = notation
    while name is not None and name not in way:
        way.append(name)
        found = session.get(PlanClass, name)
        name = found.parent if found else None
    return tuple(reversed(way))


def children(session: Session, notation: str) -> list[str]:
    """Notations of the classes directly below."""
    return list(
        session.exec(select(PlanClass.notation).where(PlanClass.parent == notation).order_by(col(PlanClass.notation)))
    )
