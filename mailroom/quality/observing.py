"""What became of the letters of which the machine was sure: by the rows as they stand now, so taking back counts."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, case, or_
from sqlmodel import Session, col, func, select

from erecords.store.models import Case
from mailroom.classifiers.knowledge import label_of
from mailroom.classifiers.thresholds import STRONG, Observed
from mailroom.models import Letter, LetterState
from mailroom.ports import Recommendation

WITHIN = timedelta(days=365)


def observed(session: Session, now: datetime) -> dict[str, Observed]:
    """Per type and class (``knowledge.label_of``) what became of sure suggestions in the last year.

    Letters that were filed by the machine and stand so, were corrected, or were decided by a person count; marked ones,
    and those that were merged into others or erased, do not.
    """
    said = col(Letter.suggestion)
    kind, notation = said["document_type"].as_string(), said["class_notation"].as_string()
    same_type = func.coalesce(Letter.document_type, "") == func.coalesce(kind, "")
    right = and_(col(Letter.state) == LetterState.FILED, same_type, col(Case.class_notation) == notation)
    letters = (
        select(kind.label("kind"), notation.label("notation"), case((right, 1), else_=0).label("right"))
        .select_from(Letter)
        .outerjoin(Case, col(Case.reference) == col(Letter.case_reference))
        .where(
            col(Letter.state) == LetterState.FILED,
            col(Letter.decided) >= now - WITHIN,
            ~col(Letter.confidential),
            ~col(Letter.erased),
            or_(
                said["recommendation"].as_string() == Recommendation.STRONG.value,
                said["score"].as_float() >= STRONG,
            ),
        )
        .subquery()
    )
    one = letters.c
    query = select(one.kind, one.notation, func.count(), func.sum(one.right)).group_by(one.kind, one.notation)
    return {label_of(k, n): Observed(int(count), int(good)) for k, n, count, good in session.exec(query) if n}
