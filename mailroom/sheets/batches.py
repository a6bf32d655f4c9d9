"""Batches (Stapel): as many letters must come of one as its cover sheet declares, or the mail room says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from erecords.errors import Conflict, NotFound
from erecords.registry.access import Actor, Right
from erecords.store.uow import UnitOfWork
from mailroom import findings
from mailroom.models import Delivery, Letter, LetterState

CODE = "batch-count"
"""Of the finding on every letter of such a batch."""


@dataclass(frozen=True)
class Counted:
    """A batch with the letters that came of it."""

    delivery: int
    source: str
    name: str
    declared: int
    first_page: int
    last_page: int
    accepted: str
    """Why a person accepted another count; empty when nobody did."""
    letters: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether as many letters came as were declared, or a person accepted the count."""
        return len(self.letters) == self.declared or bool(self.accepted)

    @property
    def sentence(self) -> str:
        """What is wrong, as a person reads it."""
        return (
            f"The cover sheet of batch {self.name} declares {self.declared} letters, {len(self.letters)} came "
            f"(pages {self.first_page}-{self.last_page} of the scan). Count the paper; then mail split, mail merge, "
            f"or mail batch accept {self.delivery} --reason R."
        )


def counted(delivery: Delivery, letters: Sequence[Letter]) -> list[Counted]:
    """The batches of a delivery, held against its letters."""
    found = []
    for row in delivery.batches:
        batch: dict[str, Any] = row
        mine = [
            letter.number
            for letter in letters
            if letter.merged_into is None and batch["first_page"] <= letter.first_page <= batch["last_page"]
        ]
        found.append(
            Counted(
                delivery.id or 0,
                delivery.source,
                batch["name"],
                batch["declared"],
                batch["first_page"],
                batch["last_page"],
                batch.get("accepted", ""),
                tuple(mine),
            )
        )
    return found


def recount(work: UnitOfWork, delivery: Delivery) -> list[Counted]:
    """Count again after letters came, were split or merged: the finding comes to, or goes from, waiting letters.

    Returns:
        The batches that do not add up.
    """
    if not delivery.batches:
        return []
    letters = _letters(work.session, delivery)
    wrong = [batch for batch in counted(delivery, letters) if not batch.complete]
    said = {number: batch.sentence for batch in wrong for number in batch.letters}
    waiting = [letter for letter in letters if letter.state is LetterState.TRAY]
    for letter in waiting:
        others = findings.without(letter.findings, [CODE])
        letter.findings = [*others, *([f"{CODE}: {said[letter.number]}"] if letter.number in said else [])]
    delivery.unbalanced = bool(wrong)
    work.session.add_all([delivery, *waiting])
    work.session.flush()
    work.log(
        "batch.count",
        f"delivery:{delivery.id}",
        delivery,
        *waiting,
        batches={batch.name: [batch.declared, len(batch.letters)] for batch in counted(delivery, letters)},
    )
    return wrong


def unbalanced(session: Session) -> list[Counted]:
    """All batches that do not add up, oldest first."""
    rows = session.exec(select(Delivery).where(col(Delivery.unbalanced)).order_by(col(Delivery.id)))
    return [batch for row in rows for batch in counted(row, _letters(session, row)) if not batch.complete]


def accept(work: UnitOfWork, actor: Actor, delivery_id: int, reason: str) -> None:
    """Accept that other than the declared number of letters came of the batches of a delivery.

    Raises:
        NotPermitted: the actor does not work in the mail room.
        NotFound: there is no such delivery with a batch.
        Conflict: its batches add up.
    """
    actor.require(Right.MAIL_ROOM)
    delivery = work.session.get(Delivery, delivery_id)
    if delivery is None or not delivery.batches:
        raise NotFound(f"Delivery {delivery_id} has no batch with a cover sheet. See: erecords mail batch list")
    if not delivery.unbalanced:
        raise Conflict(f"The batches of delivery {delivery_id} add up; nothing was changed.")
    wrong = {(one.name, one.first_page) for one in recount(work, delivery)}
    delivery.batches = [
        {**row, "accepted": reason} if (row["name"], row["first_page"]) in wrong else row for row in delivery.batches
    ]
    recount(work, delivery)
    work.log("batch.accept", f"delivery:{delivery_id}", delivery, personal={"reason": reason})


def _letters(session: Session, delivery: Delivery) -> list[Letter]:
    query = select(Letter).where(Letter.delivery_id == delivery.id).order_by(col(Letter.first_page))
    return list(session.exec(query))
