"""Batches (Stapel): as many letters must come of one as its cover sheet declares, or the mail room says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session, col, select

from erecords.errors import Conflict, NotFound
from erecords.registry.access import Actor, Right
from erecords.store.uow import UnitOfWork
from mailroom import findings
from mailroom.models import Delivery, Letter, LetterState

CODE = "batch-count"
"""Of the finding on every letter of such a batch."""
_Key = tuple[str, int]
"""Name and declared letters: cover sheets of one day that agree in both are one batch's."""


@dataclass(frozen=True)
class Counted:
    """The part of a batch that lies in one delivery, with the letters that came of it and of the whole batch."""

    delivery: int
    source: str
    name: str
    declared: int
    first_page: int
    last_page: int
    accepted: str
    """Why a person accepted another count; empty when nobody did."""
    letters: tuple[str, ...]
    """Of this delivery."""
    came: int
    """Letters of the batch in all files of that day that bear its cover sheet."""
    files: int
    """How many files these are."""

    @property
    def complete(self) -> bool:
        """Whether as many letters came as were declared, or a person accepted the count."""
        return self.came == self.declared or bool(self.accepted)

    @property
    def sentence(self) -> str:
        """What is wrong, as a person reads it."""
        where = f"pages {self.first_page}-{self.last_page} of the scan" if self.files == 1 else f"in {self.files} files"
        return (
            f"The cover sheet of batch {self.name} declares {self.declared} letters, {self.came} came ({where}). "
            "Count the paper; then mail split, mail merge, scan what is missing under a copy of the cover sheet, "
            f"or mail batch accept {self.delivery} --reason R."
        )


def counted(delivery: Delivery, letters: Sequence[Letter]) -> list[Counted]:
    """The batches of a delivery, held against its letters and what else came of them."""
    found = []
    for row in delivery.batches:
        batch: dict[str, Any] = row
        mine = _letters_of(batch, letters)
        found.append(
            Counted(
                delivery.id or 0,
                delivery.source,
                batch["name"],
                batch["declared"],
                batch["first_page"],
                batch["last_page"],
                batch.get("accepted", ""),
                mine,
                batch.get("came", len(mine)),
                batch.get("files", 1),
            )
        )
    return found


def _letters_of(batch: Mapping[str, Any], letters: Sequence[Letter]) -> tuple[str, ...]:
    return tuple(
        letter.number
        for letter in letters
        if letter.merged_into is None and batch["first_page"] <= letter.first_page <= batch["last_page"]
    )


def recount(work: UnitOfWork, delivery: Delivery) -> list[Counted]:
    """Count again after letters came, were split or merged: the finding comes to, or goes from, waiting letters.

    A batch may lie in several files of one day, each with a copy of its cover sheet on top; they are counted together.

    Returns:
        The batches of the delivery that do not add up.
    """
    if not delivery.batches:
        return []
    keys = {_key(row) for row in delivery.batches}
    group = [delivery, *_others(work.session, delivery, keys)]
    letters = {one.id: _letters(work.session, one) for one in group}
    came, files = Counter[_Key](), Counter[_Key]()
    for one in group:
        files.update({_key(row) for row in one.batches})
        for row in one.batches:
            came[_key(row)] += len(_letters_of(row, letters[one.id]))
    changed: list[Letter] = []
    for one in group:
        one.batches = [
            {**row, "came": came[_key(row)], "files": files[_key(row)]} if _key(row) in keys else row
            for row in one.batches
        ]
        changed += _tell(one, letters[one.id])
    work.session.add_all([*group, *changed])
    work.session.flush()
    work.log(
        "batch.count",
        f"delivery:{delivery.id}",
        *group,
        *changed,
        batches={name: [declared, came[name, declared]] for name, declared in sorted(keys)},
    )
    return [batch for batch in counted(delivery, letters[delivery.id]) if not batch.complete]


def _key(row: Mapping[str, Any]) -> _Key:
    return str(row["name"]), int(row["declared"])


def _others(session: Session, delivery: Delivery, keys: set[_Key]) -> list[Delivery]:
    """Other deliveries of the same day that bear a cover sheet of one of these batches."""
    day = delivery.received.replace(hour=0, minute=0, second=0, microsecond=0)
    query = select(Delivery).where(
        Delivery.received >= day,
        Delivery.received < day + timedelta(days=1),
        Delivery.sheets > 0,
        Delivery.id != delivery.id,
    )
    return [
        one for one in session.exec(query.order_by(col(Delivery.id))) if any(_key(row) in keys for row in one.batches)
    ]


def _tell(delivery: Delivery, letters: Sequence[Letter]) -> list[Letter]:
    """Say of a delivery and of its waiting letters which batch does not add up."""
    wrong = [batch for batch in counted(delivery, letters) if not batch.complete]
    said = {number: batch.sentence for batch in wrong for number in batch.letters}
    waiting = [letter for letter in letters if letter.state is LetterState.TRAY]
    for letter in waiting:
        others = findings.without(letter.findings, [CODE])
        letter.findings = [*others, *([f"{CODE}: {said[letter.number]}"] if letter.number in said else [])]
    delivery.unbalanced = bool(wrong)
    return waiting


def unbalanced(session: Session) -> list[Counted]:
    """All batches that do not add up, oldest first; one in several files stands once, with the letters of all."""
    found: dict[tuple[date, _Key], Counted] = {}
    for row in session.exec(select(Delivery).where(col(Delivery.unbalanced)).order_by(col(Delivery.id))):
        for batch in counted(row, _letters(session, row)):
            if not batch.complete:
                key = row.received.date(), (batch.name, batch.declared)
                before = found.setdefault(key, batch)
                if before is not batch:
                    found[key] = replace(before, letters=before.letters + batch.letters)
    return list(found.values())


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
    wrong = {(one.name, one.declared) for one in recount(work, delivery)}
    for one in (delivery, *_others(work.session, delivery, wrong)):
        one.batches = [{**row, "accepted": reason} if _key(row) in wrong else row for row in one.batches]
        work.session.add(one)
    recount(work, delivery)
    work.log("batch.accept", f"delivery:{delivery_id}", delivery, personal={"reason": reason})


def _letters(session: Session, delivery: Delivery) -> list[Letter]:
    query = select(Letter).where(Letter.delivery_id == delivery.id).order_by(col(Letter.first_page))
    return list(session.exec(query))
