"""Holds (Löschsperren): placed on cases or whole classes, several at once, lifted but never removed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, or_, select

from erecords.clock import instant_text
from erecords.errors import Conflict, InputRefused, NotFound
from erecords.registry import finding, numbering, plan
from erecords.registry.access import Actor, Right
from erecords.registry.references import spellings
from erecords.registry.rules import case_id
from erecords.store.models import Case
from erecords.store.uow import UnitOfWork
from retention.lifecycle import Outcome
from retention.models import Hold, HoldMember, Tombstone

_MANY = 5000


@dataclass(frozen=True)
class Search:
    """The scope of a hold as a query: what it found, frozen, and whether what it finds later is held too."""

    query: str
    found: tuple[int, ...]
    """Ids of cases."""
    future: bool = False


@dataclass(frozen=True)
class HoldView:
    """A hold with what it covers, for display."""

    hold: str
    title: str
    reason: str
    basis: str
    owner: str
    query: str
    future: bool
    placed_by: str
    placed: datetime
    references: tuple[str, ...]
    lifted: date | None
    lifted_by: str | None
    lift_reason: str

    def to_json(self) -> dict[str, Any]:
        """As it is shown."""
        return {
            "hold": self.hold,
            "title": self.title,
            "reason": self.reason,
            "basis": self.basis,
            "owner": self.owner,
            "query": self.query,
            "future": self.future,
            "placed_by": self.placed_by,
            "placed": instant_text(self.placed),
            "references": list(self.references),
            "lifted": self.lifted.isoformat() if self.lifted else None,
            "lifted_by": self.lifted_by,
            "lift_reason": self.lift_reason,
        }


def place(
    work: UnitOfWork,
    actor: Actor,
    references: Sequence[str],
    *,
    title: str,
    reason: str,
    classes: Sequence[str] = (),
    basis: str = "",
    owner: str = "",
    search: Search | None = None,
) -> HoldView:
    """Place a hold on cases, on classes with all that is and will be opened below them, and on what a query found.

    What was handed over to the archive can be held by its reference as well.

    Raises:
        NotPermitted: the actor may not place holds.
        NotFound: a case or class does not exist; nothing was placed.
        InputRefused: no title, no reason, or nothing to hold.
    """
    actor.require(Right.PLACE_HOLD)
    if not title.strip() or not reason.strip() or not (references or classes or search):
        raise InputRefused("A hold needs a title, a reason and at least one case file. Nothing was placed.")
    if search and not search.found and not search.future:
        raise InputRefused(f"Nothing that you may see matches {search.query!r}. Nothing was placed.")
    found = dict(_named(work.session, actor, name) for name in references)
    found |= _numbered(work.session, search.found if search else ())
    notations = [plan.find_class(work.session, name).notation for name in dict.fromkeys(classes)]
    today = work.clock.today()
    hold = Hold(
        id=f"H-{today.year}-{numbering.next_number(work.session, f'hold:{today.year}'):04d}",
        title=title.strip(),
        reason=reason.strip(),
        basis=basis.strip(),
        owner=owner.strip() or actor.id,
        query=search.query if search else "",
        future=bool(search and search.future),
        placed_by=actor.id,
        placed=work.clock.now(),
        placed_on=today,
    )
    work.add(hold)
    members = [HoldMember(hold_id=hold.id, case_id=key, reference=name) for key, name in found.items()]
    members += [HoldMember(hold_id=hold.id, class_notation=name, reference=name) for name in notations]
    for member in members:
        work.add(member)
    named = [member.reference for member in members]
    work.log(
        "hold.place", f"hold:{hold.id}", hold, *members, references=named, future=hold.future, personal=_words(hold)
    )
    for name in found.values():
        work.log("hold.place", f"case:{name}", hold=hold.id)
    work.keep("hold", hold, *members)
    return _view(hold, members)


def _words(hold: Hold) -> dict[str, str]:
    words = {"title": hold.title, "reason": hold.reason, "basis": hold.basis, "query": hold.query}
    return {name: value for name, value in words.items() if value}


def _named(session: Session, actor: Actor, name: str) -> tuple[int, str]:
    """Number and reference of a case, living or handed over.

    Raises:
        NotFound: there is neither.
    """
    try:
        case = finding.case(session, actor, name)
    except NotFound:
        query = select(Tombstone).where(col(Tombstone.reference).in_(spellings(name)))
        stone = session.exec(query.where(Tombstone.outcome == Outcome.TRANSFERRED)).first()
        if stone is None:
            raise
        return stone.case_id, stone.reference
    return case_id(case), case.reference


def _numbered(session: Session, numbers: Sequence[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for first in range(0, len(numbers), _MANY):
        part = numbers[first : first + _MANY]
        rows = session.exec(select(Case.id, Case.reference).where(col(Case.id).in_(part)))
        found |= {number: name for number, name in rows if number is not None}
    return found


def extend(work: UnitOfWork, hold_id: str, found: Sequence[int]) -> list[HoldMember]:
    """Put further cases that its query found under a hold; those that are there already stay.

    A step of `holdqueries.follow`: the right was asked for when the hold was placed, and holding only protects.
    """
    hold = work.session.get_one(Hold, hold_id)
    known = {member.case_id for member in _members(work.session, hold.id)}
    fresh = _numbered(work.session, [number for number in found if number not in known])
    members = [HoldMember(hold_id=hold.id, case_id=key, reference=name) for key, name in fresh.items()]
    for member in members:
        work.add(member)
        work.log("hold.extend", f"case:{member.reference}", member, hold=hold.id)
    if members:
        work.keep("hold", hold, *members)
    return members


def lift(work: UnitOfWork, actor: Actor, hold_id: str, *, reason: str) -> HoldView:
    """Lift a hold. It stays as history; other holds on the same cases stay in force.

    Raises:
        NotPermitted: the actor may not lift holds.
        NotFound: there is no such hold.
        Conflict: it was lifted before.
    """
    actor.require(Right.PLACE_HOLD)
    hold = work.session.get(Hold, hold_id.strip())
    if hold is None:
        raise NotFound(f"There is no hold {hold_id!r}. erecords retention hold list shows all.")
    if hold.lifted is not None:
        raise Conflict(f"Hold {hold.id} was lifted on {hold.lifted_on} by {hold.lifted_by}. Nothing was changed.")
    if not reason.strip():
        raise InputRefused("To lift a hold needs a reason. Nothing was changed.")
    hold.lifted, hold.lifted_on, hold.lifted_by = work.clock.now(), work.clock.today(), actor.id
    hold.lift_reason = reason.strip()
    members = _members(work.session, hold.id)
    work.log("hold.lift", f"hold:{hold.id}", hold, personal={"reason": hold.lift_reason})
    for member in members:
        if member.case_id is not None:
            work.log("hold.lift", f"case:{member.reference}", hold=hold.id)
    work.keep("hold", hold)
    return _view(hold, members)


def _members(session: Session, hold_id: str) -> list[HoldMember]:
    return list(session.exec(select(HoldMember).where(HoldMember.hold_id == hold_id).order_by(HoldMember.reference)))


def _view(hold: Hold, members: Sequence[HoldMember]) -> HoldView:
    return HoldView(
        hold=hold.id,
        title=hold.title,
        reason=hold.reason,
        basis=hold.basis,
        owner=hold.owner,
        query=hold.query,
        future=hold.future,
        placed_by=hold.placed_by,
        placed=hold.placed,
        references=tuple(member.reference for member in members),
        lifted=hold.lifted_on,
        lifted_by=hold.lifted_by,
        lift_reason=hold.lift_reason,
    )


def listing(session: Session, actor: Actor, reference: str | None = None) -> list[HoldView]:
    """All holds, or those that cover one case, the newest first.

    Raises:
        NotPermitted: without a reference, the actor may not see the metadata of all cases.
        NotFound: there is no such case that the actor may see.
    """
    query = select(Hold).order_by(col(Hold.placed).desc(), col(Hold.id).desc())
    if reference is None:
        actor.require(Right.SEE_ALL_METADATA)
    else:
        query = query.where(_covers(session, finding.case(session, actor, reference)))
    views = [_view(hold, _members(session, hold.id)) for hold in session.exec(query).all()]
    return views if reference is None or actor.may(Right.SEE_ALL_METADATA) else [_only(view) for view in views]


def _only(view: HoldView) -> HoldView:
    """A hold without the other cases that it covers, for those who may not know of them."""
    return HoldView(**{**view.__dict__, "references": ()})


def _covers(session: Session, case: Case) -> ColumnElement[bool]:
    """Condition over ``Hold``: it covers the case, by itself or by its class or one above."""
    return _covering(session, case.id, case.class_notation)


def _covering(session: Session, case_id: int | None, class_notation: str) -> ColumnElement[bool]:
    above = plan.ancestors(session, class_notation)
    members = select(HoldMember.hold_id).where(
        or_(col(HoldMember.case_id) == case_id, col(HoldMember.class_notation).in_(above))
    )
    return col(Hold.id).in_(members)


def on_case(session: Session, case: Case, on: date | None = None) -> list[Hold]:
    """Holds on a case that are in force now, or were on a past day."""
    query = select(Hold).where(_covers(session, case)).order_by(Hold.id)
    if on is None:
        query = query.where(col(Hold.lifted).is_(None))
    else:
        query = query.where(Hold.placed_on <= on, or_(col(Hold.lifted_on).is_(None), col(Hold.lifted_on) > on))
    return list(session.exec(query))


def on_cases(session: Session, cases: Sequence[Case]) -> dict[int, list[Hold]]:
    """Holds in force now, per case id; the same as `on_case` for each, asked at once. Free cases are left out."""
    ways = {case.class_notation: plan.ancestors(session, case.class_notation) for case in cases}
    query = (
        select(Hold, HoldMember)
        .join(HoldMember, col(HoldMember.hold_id) == col(Hold.id))
        .where(col(Hold.lifted).is_(None))
        .where(
            or_(
                col(HoldMember.case_id).in_([case.id for case in cases]),
                col(HoldMember.class_notation).in_({name for way in ways.values() for name in way}),
            )
        )
        .order_by(Hold.id)
    )
    found: dict[int, list[Hold]] = {}
    for hold, member in session.exec(query).all():
        for case in cases:
            if member.case_id == case.id or member.class_notation in ways[case.class_notation]:
                on_it = found.setdefault(case.id or 0, [])
                if hold not in on_it:
                    on_it.append(hold)
    return found


def any_in_force(session: Session) -> bool:
    """Whether there is any hold that was not lifted."""
    return session.exec(select(Hold.id).where(col(Hold.lifted).is_(None)).limit(1)).first() is not None


def on_gone(session: Session, case_id: int, class_notation: str) -> list[Hold]:
    """Holds in force that cover the records of a case that went into the archive: a hold survives the hand-over."""
    query = select(Hold).where(_covering(session, case_id, class_notation), col(Hold.lifted).is_(None))
    return list(session.exec(query.order_by(Hold.id)))


def in_force(session: Session) -> ColumnElement[bool]:
    """Condition over ``Case``: a hold that is in force now covers it. Whole classes are resolved here and now."""
    living = (
        select(HoldMember.class_notation)
        .join(Hold, col(Hold.id) == col(HoldMember.hold_id))
        .where(col(Hold.lifted).is_(None), col(HoldMember.class_notation).is_not(None))
        .distinct()
    )
    classes = {name for top in session.exec(living) if top for name in plan.below(session, top)}
    members = (
        select(HoldMember.case_id)
        .join(Hold, col(Hold.id) == col(HoldMember.hold_id))
        .where(and_(col(HoldMember.case_id).is_not(None), col(Hold.lifted).is_(None)))
    )
    on_it = col(Case.id).in_(members)
    return or_(on_it, col(Case.class_notation).in_(sorted(classes))) if classes else on_it
