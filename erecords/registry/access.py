"""Who may do what: actors, roles, and the visibility of records as a part of the query.

Classes of protection ``offen`` are seen by all staff. Of the others the owning unit (with the units above it, by
their ``leitung``, and whoever stands in for an absent person of it) and ``datenschutz`` see the content; the
records manager and the archivist see metadata only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, or_, true
from sqlmodel import Session, col, select

from erecords.errors import NotFound, NotPermitted
from erecords.store.lifecycle import Protection, Role
from erecords.store.models import Case, Document, DocumentCopy, PlanClass, Staff, Unit

SYSTEM = "system"


class Right(StrEnum):
    """What an actor may be allowed."""

    MAIL_ROOM = "work in the mail room"
    EDIT_CASES = "change case files"
    MANAGE_RECORDS = "keep plan and schedule, propose and carry out disposal"
    PLACE_HOLD = "place and lift holds"
    APPRAISE = "appraise"
    ARCHIVE = "work in the archive"
    APPROVE_DISPOSAL = "approve disposal lists"
    READ_LOG = "read the audit log"
    ADMINISTER = "run the system"
    SEE_ALL_METADATA = "see the metadata of all case files"
    SEE_ALL_CONTENT = "see the content of all case files"


_OF_ROLE: dict[Role, frozenset[Right]] = {
    Role.MAIL_ROOM: frozenset({Right.MAIL_ROOM}),
    Role.CLERK: frozenset({Right.EDIT_CASES}),
    Role.REGISTRAR: frozenset({Right.EDIT_CASES}),
    Role.HEAD: frozenset({Right.EDIT_CASES, Right.APPROVE_DISPOSAL}),
    Role.RECORDS_MANAGER: frozenset(
        {Right.EDIT_CASES, Right.MANAGE_RECORDS, Right.PLACE_HOLD, Right.READ_LOG, Right.SEE_ALL_METADATA}
    ),
    Role.ARCHIVIST: frozenset({Right.APPRAISE, Right.ARCHIVE, Right.SEE_ALL_METADATA, Right.EDIT_CASES}),
    Role.DATA_PROTECTION: frozenset(
        {Right.PLACE_HOLD, Right.APPROVE_DISPOSAL, Right.READ_LOG, Right.SEE_ALL_METADATA, Right.SEE_ALL_CONTENT}
        | {Right.EDIT_CASES}
    ),
    Role.ADMINISTRATOR: frozenset({Right.ADMINISTER, Right.READ_LOG, Right.MANAGE_RECORDS, Right.MAIL_ROOM}),
}


@dataclass(frozen=True)
class Actor:
    """A person of the staff list with what follows from it, or the machine itself."""

    id: str
    name: str
    role: Role | None
    unit: str
    units: frozenset[str]
    """Units whose protected records the actor may see and change."""
    headed: frozenset[str] = frozenset()
    """Those of them that the actor heads, or whose absent head the actor stands in for."""

    @property
    def rights(self) -> frozenset[Right]:
        """What the actor's role allows; the machine may work in the mail room and file, nothing else."""
        return _OF_ROLE[self.role] if self.role else frozenset({Right.MAIL_ROOM, Right.EDIT_CASES})

    def may(self, right: Right) -> bool:
        """Whether the actor has the right."""
        return right in self.rights

    def require(self, right: Right) -> None:
        """Refuse an actor without the right.

        Raises:
            NotPermitted: names the actor, the role and what is missing.
        """
        if not self.may(right):
            raise NotPermitted(
                f"{self.name} ({self.id}, {self.role or SYSTEM}) may not {right.value}. Nothing was changed."
            )


def machine(name: str, units: frozenset[str]) -> Actor:
    """The program itself, acting by ``name`` (``system:mailroom``), for all units."""
    return Actor(f"{SYSTEM}:{name}", f"erecords {name}", None, "", units)


def all_units(session: Session) -> frozenset[str]:
    """Ids of all units."""
    return frozenset(session.exec(select(Unit.id)))


def actor(session: Session, actor_id: str, today: date) -> Actor:
    """The actor of that id on that day.

    Raises:
        NotPermitted: nobody of that id stands in the staff list.
    """
    person = session.get(Staff, actor_id)
    if person is None:
        keepers = session.exec(select(Staff).where(Staff.role == Role.ADMINISTRATOR).order_by(Staff.name).limit(1))
        asked = "".join(f"; ask {keeper.name} ({keeper.id}), who keeps the list" for keeper in keepers)
        raise NotPermitted(f"{actor_id!r} is not in the staff list. Say who you are with --actor ID{asked}.")
    stood_in_for = [
        absent
        for absent in session.exec(select(Staff).where(Staff.deputy == person.id))
        if absent.absent_from and absent.absent_to and absent.absent_from <= today <= absent.absent_to
    ]
    units: set[str] = set()
    headed: set[str] = set()
    for one in (person, *stood_in_for):
        own = _own_units(session, one)
        units |= own
        headed |= own if one.role is Role.HEAD else set()
    return Actor(person.id, person.name, person.role, person.unit, frozenset(units), frozenset(headed))


def _own_units(session: Session, person: Staff) -> set[str]:
    """The person's unit; for a head also all units below it."""
    units, edge = {person.unit}, {person.unit}
    while edge and person.role == Role.HEAD:
        edge = set(session.exec(select(Unit.id).where(col(Unit.parent).in_(edge)))) - units
        units |= edge
    return units


def content_visible(actor: Actor) -> ColumnElement[bool]:
    """Condition over ``Case`` joined with ``PlanClass``: the actor may see documents, texts and titles inside."""
    if actor.may(Right.SEE_ALL_CONTENT):
        return true()
    return or_(col(PlanClass.protection) == Protection.OPEN, col(Case.unit).in_(actor.units))


def document_visible(actor: Actor) -> ColumnElement[bool]:
    """Condition over ``Document`` joined with ``Case`` and ``PlanClass``: the actor may see this document.

    The content of its case is visible, or a copy of it went to one of the actor's units.
    """
    copied = select(DocumentCopy.document_id).where(col(DocumentCopy.unit).in_(actor.units))
    return or_(content_visible(actor), col(Document.id).in_(copied))


def metadata_visible(actor: Actor) -> ColumnElement[bool]:
    """Condition over ``Case`` joined with ``PlanClass``: the actor may see that the case exists, and its metadata."""
    return true() if actor.may(Right.SEE_ALL_METADATA) else content_visible(actor)


def may_see_content(actor: Actor, case: Case, protection: Protection) -> bool:
    """Whether the actor may see the documents of a case of that protection."""
    return actor.may(Right.SEE_ALL_CONTENT) or protection == Protection.OPEN or case.unit in actor.units


def require_edit(actor: Actor, case_unit: str, reference: str) -> None:
    """Refuse an actor who may not change that unit's cases.

    Raises:
        NotPermitted: the role does not edit, or the case belongs to another unit.
    """
    actor.require(Right.EDIT_CASES)
    if case_unit not in actor.units and not actor.may(Right.MANAGE_RECORDS):
        raise NotPermitted(
            f"{actor.name} ({actor.id}) may not change {reference}: it belongs to unit {case_unit}. "
            "Nothing was changed."
        )


def no_such_case(reference: str) -> NotFound:
    """The one answer for a case that does not exist and for one that may not be seen."""
    return NotFound(f"There is no case file {reference!r} that you may see. Try: erecords search {reference!r}")
