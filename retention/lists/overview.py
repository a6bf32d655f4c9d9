"""Disposal lists as people see them: state, cases with their decisions, and what blocks each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, false, literal
from sqlalchemy import select as query_of
from sqlmodel import Session, col, func, or_, select

from erecords.clock import instant_text
from erecords.registry import access, plan
from erecords.registry.access import Actor, Right
from erecords.store.models import Case, PlanClass
from retention.holds import placing
from retention.lifecycle import Disposal, ItemState, ListState
from retention.lists.approval import unchanged
from retention.lists.disposition import find_list, require_part
from retention.models import DisposalItem, DisposalList, DisposalStep, Hold, HoldMember, Rule
from retention.periods import rules, schedule

_MANY = 2000


@dataclass(frozen=True)
class ItemView:
    """A case on a list. ``title`` is None where the actor may not see it, or the case is gone."""

    reference: str
    title: str | None
    class_notation: str
    rule: str
    due: date | None
    proposed: str
    decision: str
    decided_by: str | None
    state: str
    blocked_by: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As it is shown."""
        return {
            "reference": self.reference,
            "title": self.title,
            "class": self.class_notation,
            "rule": self.rule,
            "due": self.due.isoformat() if self.due else None,
            "proposed": self.proposed,
            "decision": self.decision,
            "decided_by": self.decided_by,
            "state": self.state,
            "blocked_by": list(self.blocked_by),
        }


@dataclass(frozen=True)
class ListView:
    """A list with its head and its history."""

    found: DisposalList
    items: tuple[ItemView, ...]
    steps: tuple[DisposalStep, ...]

    def to_json(self) -> dict[str, Any]:
        """As it is shown."""
        return {
            **head(self.found),
            "items": [item.to_json() for item in self.items],
            "history": [
                {
                    "action": step.action, "actor": step.actor, "at": instant_text(step.at),
                    "as_of": step.as_of.isoformat() if step.as_of else None, "reference": step.reference,
                    "text": step.text,
                }
                for step in self.steps
            ],
        }  # fmt: skip


def head(found: DisposalList) -> dict[str, Any]:
    """State and people of a list."""
    return {
        "list": found.id,
        "state": found.state.value,
        "as_of": found.as_of.isoformat(),
        "proposed_by": found.proposed_by,
        "approved_by": found.approved_by,
        "offered": found.offered_on.isoformat() if found.offered_on else None,
        "answer_due": found.answer_due.isoformat() if found.answer_due else None,
        "cool_off_until": found.cool_off_until.isoformat() if found.cool_off_until else None,
        "carried_out_by": found.carried_out_by,
        "digest": found.digest,
    }


def lists(session: Session, actor: Actor) -> list[tuple[DisposalList, int]]:
    """All lists with the number of their cases, the newest first.

    Raises:
        NotPermitted: the actor has no part in disposal.
    """
    require_part(actor)
    query = (
        select(DisposalList, func.count(col(DisposalItem.id)))
        .outerjoin(DisposalItem, col(DisposalItem.list_id) == col(DisposalList.id))
        .group_by(col(DisposalList.id))
        .order_by(col(DisposalList.proposed).desc(), col(DisposalList.id).desc())
    )
    return list(session.exec(query).all())


def show(session: Session, actor: Actor, list_id: str) -> ListView:
    """A list as the actor may see it: titles only of cases whose metadata the actor may see.

    Raises:
        NotPermitted: the actor has no part in disposal.
        NotFound: there is no such list.
    """
    require_part(actor)
    found = find_list(session, list_id)
    query = select(DisposalStep).where(DisposalStep.list_id == found.id).order_by(col(DisposalStep.id))
    return ListView(found, tuple(_items(session, actor, found)), tuple(session.exec(query)))


def _items(session: Session, actor: Actor, found: DisposalList) -> Iterator[ItemView]:
    visible = literal(True) if actor.may(Right.SEE_ALL_METADATA) else access.metadata_visible(actor)
    held = placing.in_force(session) if found.state is not ListState.DONE else false()
    query = (
        query_of(
            DisposalItem, Rule, col(Case.title), visible.label("visible"), held.label("held"), unchanged().label("same")
        )
        .join(Rule, and_(col(Rule.id) == DisposalItem.rule_id, col(Rule.version) == DisposalItem.rule_version))
        .outerjoin(Case, col(Case.id) == col(DisposalItem.case_id))
        .outerjoin(PlanClass, col(PlanClass.notation) == col(Case.class_notation))
        .where(col(DisposalItem.list_id) == found.id)
        .order_by(col(DisposalItem.id))
    )
    names = _hold_names(session, found)
    for item, rule, title, seen, is_held, same in session.execute(query.execution_options(yield_per=_MANY)):
        blocks = list(_blocks(item, bool(is_held), bool(same), names)) if item.state is ItemState.LISTED else []
        yield ItemView(
            item.reference, title if seen else None, item.class_notation, f"{rule.id} v{rule.version}",
            schedule.due(rules.period(rule), item.trigger_date), item.proposed.value,
            item.decision.value if item.decision else item.proposed.value, item.decided_by, item.state.value,
            tuple(blocks),
        )  # fmt: skip


def _blocks(item: DisposalItem, held: bool, same: bool, names: dict[int, list[str]]) -> Iterator[str]:
    if held:
        yield from (f"hold {name}" for name in names.get(item.case_id, [])) if item.case_id in names else ("hold",)
    if not same:
        yield "changed"
    if item.decision is None:
        yield "appraisal" if item.proposed is Disposal.APPRAISE else "offer"


def _hold_names(session: Session, found: DisposalList) -> dict[int, list[str]]:
    """Per case of the list the holds in force that name it or its class."""
    living = (
        select(HoldMember, Hold.id)
        .join(Hold, col(Hold.id) == col(HoldMember.hold_id))
        .where(col(Hold.lifted).is_(None))
        .order_by(Hold.id)
    )
    result: dict[int, list[str]] = {}
    for member, name in session.exec(living).all():
        classes = plan.below(session, member.class_notation) if member.class_notation else []
        query = select(DisposalItem.case_id).where(
            DisposalItem.list_id == found.id,
            or_(col(DisposalItem.case_id) == member.case_id, col(DisposalItem.class_notation).in_(classes)),
        )
        for case_id in session.exec(query):
            result.setdefault(case_id, []).append(name)
    return result
