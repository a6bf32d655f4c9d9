"""Opening case files: the class decides whether and how many, the series of class and year gives the reference."""

from __future__ import annotations

from datetime import date

from sqlmodel import col, select

from erecords.errors import Conflict, InputRefused
from erecords.registry import access, finding, numbering, org, plan, references, rules
from erecords.registry.access import Actor
from erecords.registry.rules import one_line
from erecords.store.lifecycle import CaseState, FileKind
from erecords.store.models import Case, PlanClass
from erecords.store.uow import UnitOfWork


def open_case(
    work: UnitOfWork,
    actor: Actor,
    *,
    class_notation: str,
    title: str,
    unit: str | None = None,
    key: str = "",
    opened: date | None = None,
    reference: str | None = None,
    imported_as: str | None = None,
    year: int | None = None,
) -> Case:
    """Open a case file in a class of the plan and give it the next reference of the class and year.

    Args:
        work: the unit of work.
        actor: who opens it.
        class_notation: a class that holds files.
        title: one line; personal data.
        unit: the responsible unit; that of the class when None.
        key: what a file of the class is kept by (person, plate, parcel, year); personal data.
        opened: day of opening, not in the future; today when None.
        reference: given elsewhere (import); the series goes on above it.
        imported_as: identity within an import.
        year: of the series that numbers it; that of the opening when None.

    Raises:
        NotPermitted: role or unit of the actor do not allow it.
        NotFound: no such class or unit.
        Conflict: the class is a group, the reference is taken, or an open file of that key exists.
        InputRefused: title, key, date or reference are not fit.
    """
    access.require_edit(actor, _unit_of(work, class_notation, unit), f"cases of class {class_notation}")
    plan_class = plan.find_class(work.session, class_notation)
    day = rules.not_in_future(work, opened or work.clock.today(), "opened")
    title, key = one_line(title, "title"), one_line(key, "key", may_be_empty=True)
    if plan_class.file_kind is FileKind.GROUP:
        raise Conflict(
            f"Class {plan_class.notation} is a group and holds no files; choose a class below it: "
            f"erecords plan show {plan_class.notation}. Nothing was opened."
        )
    refuse_second_file(work, actor, plan_class, key)
    case = Case(
        reference=claim_reference(work, reference) if reference else next_reference(work, plan_class, year or day.year),
        class_notation=plan_class.notation,
        title=title,
        key=key,
        unit=_unit_of(work, class_notation, unit),
        opened=day,
        imported_as=imported_as,
    )
    work.add(case)
    details = {"class": case.class_notation, "unit": case.unit, "opened": day.isoformat()}
    rules.log(work, "open", case, personal={"title": title, "key": key}, **details)
    work.index("case", rules.case_id(case))
    return case


def _unit_of(work: UnitOfWork, class_notation: str, unit: str | None) -> str:
    return org.unit(work.session, unit).id if unit else plan.find_class(work.session, class_notation).unit


def refuse_second_file(work: UnitOfWork, actor: Actor, plan_class: PlanClass, key: str) -> None:
    """One open file per key (``einzelfallakte``) or year (``sammelakte``); a closed one does not stand in the way.

    Raises:
        Conflict: there is one; it is named to those who may know of it.
    """
    if not key or plan_class.file_kind is FileKind.SUBJECT:
        return
    query = select(Case).where(Case.class_notation == plan_class.notation, Case.key == key)
    other = work.session.exec(query.where(col(Case.state) == CaseState.OPEN)).first()
    if other is not None:
        name = other.reference if finding.knows(work.session, actor, other) else "one of another unit"
        raise Conflict(
            f"Class {plan_class.notation} has an open file of that key already: {name}. "
            "Nothing was changed; file into that one, or close it first."
        )


def next_reference(work: UnitOfWork, plan_class: PlanClass, year: int) -> str:
    """The next reference of the series of a class and year."""
    return numbering.file_reference(work.session, plan_class.notation, year)


def claim_reference(work: UnitOfWork, given: str) -> str:
    """A reference given elsewhere, in the form that is stored; the series of its class and year goes on above it.

    Raises:
        InputRefused: it cannot be a reference.
        Conflict: a case has or had it.
    """
    reference = references.plain(given)
    if not references.fit(given):
        raise InputRefused(f"{given!r} cannot be a file reference. Nothing was changed.")
    if finding.locate(work.session, reference) is not None:
        raise Conflict(f"The reference {reference} is given to a case already. Nothing was changed.")
    parts = references.parse(reference)
    if parts and work.session.get(PlanClass, parts.notation):
        numbering.raise_to(work.session, f"case:{parts.notation}:{parts.year}", parts.number)
    return reference


def collective_case(work: UnitOfWork, actor: Actor, class_notation: str, year: int) -> Case | None:
    """The open file of a year in a class that keeps one per year (``sammelakte``), opened when there is none.

    Returns:
        The file, or None when the class keeps no collective files.

    Raises:
        InputRefused: the year is yet to come.
        NotPermitted, NotFound: as ``open_case``.
    """
    plan_class = plan.find_class(work.session, class_notation)
    access.require_edit(actor, plan_class.unit, f"cases of class {class_notation}")
    if plan_class.file_kind is not FileKind.COLLECTIVE:
        return None
    query = select(Case).where(Case.class_notation == plan_class.notation, Case.key == str(year))
    found = work.session.exec(query.where(col(Case.state) == CaseState.OPEN)).first()
    if found is not None:
        return found
    if year > work.clock.today().year:
        raise InputRefused(f"A file of the year {year} cannot be opened yet. Nothing was opened.")
    return open_case(
        work,
        actor,
        class_notation=plan_class.notation,
        title=f"{plan_class.title} {year}",
        key=str(year),
        year=year,
    )
