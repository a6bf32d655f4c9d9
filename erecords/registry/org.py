"""Units and staff: imported from lists, shown, absence and deputies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from pydantic import ValidationError
from sqlmodel import Session, col, func, select

from erecords.errors import Conflict, InputRefused, NotFound, NotPermitted
from erecords.registry import changes, saved, tables
from erecords.registry.access import SYSTEM, Actor, Right
from erecords.registry.changes import Changes, Subject
from erecords.registry.tables import Key, Line, Numbered, Problems, Row, YesNo
from erecords.store.lifecycle import Role
from erecords.store.models import Case, PlanClass, Staff, Unit
from erecords.store.uow import UnitOfWork

INIT = f"{SYSTEM}:init"
_UNIT = Subject("unit", "id")
_STAFF = Subject("user", "id", frozenset({"name", "absent_from", "absent_to"}))


class UnitRow(Row):
    """A line of ``offices.csv``."""

    id: Key
    parent: Key | None = None
    kind: Key
    title: Line
    short: str = ""
    mailbox: str = ""
    tasks: str = ""


class StaffRow(Row):
    """A line of ``staff.csv``."""

    id: Key
    name: Line
    unit: Key
    role: Role
    deputy: Key | None = None
    absent_from: date | None = None
    absent_to: date | None = None
    may_sign: YesNo = False


def require_right(actor: Actor, right: Right) -> None:
    """Refuse an actor without the right; the machine that sets up a new home has it.

    Raises:
        NotPermitted: the role does not allow it.
    """
    if actor.id != INIT or actor.role is not None:
        actor.require(right)


def import_units(work: UnitOfWork, actor: Actor, path: Path) -> Changes:
    """Bring the units to the state of ``offices.csv``. A unit that is still in use is kept, and reported so.

    Raises:
        NotPermitted: only administrators.
        InputRefused: a mistake in the file, named by line and column; nothing was changed.
    """
    require_right(actor, Right.ADMINISTER)
    problems = Problems(path.name)
    rows = tables.read(path, UnitRow, problems)
    present = {unit.id: unit for unit in work.session.exec(select(Unit))}
    parents = {entry.row.id: entry.row.parent for entry in rows}
    _check_once(((entry.line, entry.row.id) for entry in rows), "id", problems)
    order = changes.parents_first(parents)
    for entry in rows:
        if entry.row.parent is not None and entry.row.parent not in parents:
            problems.add(entry.line, "parent", f"there is no unit {entry.row.parent!r} in this list")
        elif entry.row.id not in order:
            problems.add(entry.line, "parent", f"unit {entry.row.id!r} is its own superior by way of others")
    problems.refuse_if_any()
    wanted = {entry.row.id: Unit(**entry.row.model_dump()) for entry in rows}
    in_use = _with_superiors(_units_in_use(work.session), present)
    children_first = reversed(changes.parents_first({name: unit.parent for name, unit in present.items()}))
    removable = [name for name in children_first if name not in in_use]
    return changes.apply(work, _UNIT, (wanted[name] for name in order), present, removable)


def import_staff(work: UnitOfWork, actor: Actor, path: Path) -> Changes:
    """Bring the staff to the state of ``staff.csv``; who is missing there can no longer act.

    Raises:
        NotPermitted: only administrators.
        InputRefused: a mistake in the file, named by line and column; nothing was changed.
    """
    require_right(actor, Right.ADMINISTER)
    problems = Problems(path.name)
    rows = tables.read(path, StaffRow, problems)
    _check_once(((entry.line, entry.row.id) for entry in rows), "id", problems)
    _check_staff(work.session, rows, problems)
    if actor.id not in {entry.row.id for entry in rows} and actor.role is not None:
        problems.add(1, "id", f"you ({actor.id}) are missing in the list and would lock yourself out")
    problems.refuse_if_any()
    present = {person.id: person for person in work.session.exec(select(Staff))}
    wanted = [Staff(**entry.row.model_dump()) for entry in rows]
    saved.forget_all_of(work, present.keys() - {person.id for person in wanted})
    return changes.apply(work, _STAFF, wanted, present, list(present))


def _check_staff(session: Session, rows: Sequence[Numbered[StaffRow]], problems: Problems) -> None:
    units = set(session.exec(select(Unit.id)))
    people = {entry.row.id for entry in rows}
    for entry in rows:
        line, person = entry.line, entry.row
        if person.id.casefold().startswith(SYSTEM):
            problems.add(line, "id", f"{person.id!r} begins like the name of the program itself")
        if person.unit not in units:
            problems.add(line, "unit", f"there is no unit {person.unit!r}")
        if person.deputy is not None and (person.deputy not in people or person.deputy == person.id):
            problems.add(line, "deputy", f"{person.deputy!r} is no other person of this list")
        if (person.absent_from is None) != (person.absent_to is None):
            problems.add(line, "absent_to", "an absence needs both its first and its last day")
        if person.absent_from and person.absent_to and person.absent_from > person.absent_to:
            problems.add(line, "absent_to", "the absence ends before it begins")


def _check_once(pairs: Iterable[tuple[int, str]], column: str, problems: Problems) -> None:
    for line, name, first in changes.named_once(pairs):
        problems.add(line, column, f"{name!r} stands already on line {first}")


def _units_in_use(session: Session) -> set[str]:
    return {
        *session.exec(select(Staff.unit)),
        *session.exec(select(PlanClass.unit)),
        *session.exec(select(Case.unit).distinct()),
    }


def _with_superiors(names: set[str], units: dict[str, Unit]) -> set[str]:
    found: set[str] = set()
    for start in names:
        name: str | None = start
        while name is not None and name in units and name not in found:
            found.add(name)
            name = units[name].parent
    return found


def first_administrator(work: UnitOfWork, actor: Actor, *, user_id: str, name: str) -> Staff:
    """Enter the first person of a new home, with a unit to belong to, so that somebody can act.

    Raises:
        Conflict: there are people already.
        InputRefused: the id or name is not fit.
    """
    require_right(actor, Right.ADMINISTER)
    if work.session.exec(select(func.count()).select_from(Staff)).one():
        raise Conflict("This home has staff already; an administrator imports the staff list: erecords user import")
    try:
        row = StaffRow(id=user_id, name=name, unit="verwaltung", role=Role.ADMINISTRATOR)
    except ValidationError as error:
        raise InputRefused(f"{user_id!r} ({name!r}) cannot be the first person: {error.errors()[0]['msg']}.") from error
    if work.session.get(Unit, row.unit) is None:
        unit = Unit(id=row.unit, kind="amt", title="Verwaltung")
        work.add(unit)
        work.log("unit.create", f"unit:{unit.id}", unit, values={"kind": unit.kind, "title": unit.title})
    person = Staff(**row.model_dump())
    work.add(person)
    work.log("user.create", f"user:{row.id}", person, personal={"name": name}, role=row.role, unit=row.unit)
    return person


def set_absence(
    work: UnitOfWork, actor: Actor, user_id: str, *, first: date, last: date, deputy: str | None = None
) -> Staff:
    """Note that a person is absent from the first to the last day; the deputy then acts for the person's unit.

    Raises:
        NotPermitted: neither the person, nor a head of the unit, nor an administrator.
        NotFound: no such person or deputy.
        InputRefused: the absence ends before it begins, or nobody would stand in.
    """
    person = staff_member(work.session, user_id)
    heads = actor.role is Role.HEAD and person.unit in actor.units
    if actor.id != person.id and not heads and not actor.may(Right.ADMINISTER):
        raise NotPermitted(f"{actor.name} ({actor.id}) may not enter an absence of {user_id}. Nothing was changed.")
    if last < first:
        raise InputRefused(f"The absence would end ({last}) before it begins ({first}). Nothing was changed.")
    stand_in = staff_member(work.session, deputy).id if deputy else person.deputy
    if stand_in is None or stand_in == person.id:
        raise InputRefused(f"Who stands in for {user_id}? Name another person with --deputy ID. Nothing was changed.")
    person.absent_from, person.absent_to, person.deputy = first, last, stand_in
    personal = {"absent_from": first.isoformat(), "absent_to": last.isoformat()}
    work.log("user.absent", f"user:{person.id}", person, personal=personal, deputy=stand_in)
    return person


def units(session: Session) -> list[Unit]:
    """All units by id."""
    return list(session.exec(select(Unit).order_by(col(Unit.id))))


def unit(session: Session, unit_id: str) -> Unit:
    """The unit of that id.

    Raises:
        NotFound: there is none.
    """
    found = session.get(Unit, unit_id)
    if found is None:
        raise NotFound(f"There is no unit {unit_id!r}. erecords unit list shows all.")
    return found


def staff(session: Session, unit_id: str | None = None) -> list[Staff]:
    """All people, or those of a unit, by unit and id."""
    query = select(Staff).order_by(col(Staff.unit), col(Staff.id))
    return list(session.exec(query.where(Staff.unit == unit_id) if unit_id else query))


def staff_member(session: Session, user_id: str) -> Staff:
    """The person of that id.

    Raises:
        NotFound: there is none.
    """
    found = session.get(Staff, user_id)
    if found is None:
        raise NotFound(f"There is nobody {user_id!r} in the staff list. erecords user list shows all.")
    return found
