"""Finding a case by a reference it has or had, as far as the actor may know of it."""

from __future__ import annotations

from sqlmodel import Session, col, or_, select

from erecords.registry import access
from erecords.registry.access import Actor
from erecords.store.models import Case, FormerReference, PlanClass


def find_case(session: Session, actor: Actor, reference: str) -> Case:
    """The case of that reference.

    Raises:
        NotFound: there is none, or the actor may not know of it (both read the same).
    """
    former = select(FormerReference.case_id).where(FormerReference.reference == reference.strip())
    query = (
        select(Case)
        .join(PlanClass, col(PlanClass.notation) == col(Case.class_notation))
        .where(or_(col(Case.reference) == reference.strip(), col(Case.id).in_(former)))
        .where(access.metadata_visible(actor))
    )
    found = session.exec(query).first()
    if found is None:
        raise access.no_such_case(reference)
    return found


def case_id(case: Case) -> int:
    """The id of a stored case."""
    assert case.id is not None
    return case.id


def former_references(session: Session, of_case: int) -> tuple[str, ...]:
    """References that a case had before it was moved, in order."""
    query = select(FormerReference.reference).where(FormerReference.case_id == of_case)
    return tuple(session.exec(query.order_by(FormerReference.reference)))
