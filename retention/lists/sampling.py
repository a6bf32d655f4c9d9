"""Sampling by the archive: of many alike cases it takes a few, by letter or by lot, in a way that can be repeated."""

from __future__ import annotations

import hashlib
import math
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from erecords.errors import InputRefused
from erecords.registry import plan
from erecords.registry.access import Actor, Right
from erecords.store.models import Case
from erecords.store.uow import UnitOfWork
from retention.lifecycle import Decision, ItemState, ListState
from retention.lists.disposition import add_step, find_list, require_state, subject
from retention.models import DisposalItem, DisposalList


@dataclass(frozen=True)
class ByLetter:
    """Cases whose title, or key, begins with one of these letters; an umlaut counts as its letter."""

    letters: str
    field: str
    """``title`` or ``key``."""

    def __str__(self) -> str:
        """As it is written down."""
        return f"{self.field} beginning with {', '.join(sorted(set(_plain(self.letters))))}"


@dataclass(frozen=True)
class ByLot:
    """So many percent of the cases, rounded up: those whose SHA-256 of ``seed:reference`` comes first."""

    percent: float
    seed: str

    def __str__(self) -> str:
        """As it is written down."""
        return f"{self.percent:g} % by lot, seed {self.seed!r} (SHA-256 of seed:reference, smallest first)"


@dataclass(frozen=True)
class Sample:
    """What was taken of how many, and what stands in the list's history."""

    taken: tuple[str, ...]
    others: int
    text: str


def sample(
    work: UnitOfWork, actor: Actor, list_id: str, how: ByLetter | ByLot, *, reason: str, notation: str | None = None
) -> Sample:
    """Decide about all undecided cases of a list (of a class): those drawn are taken over (A), the others go (V).

    Raises:
        NotPermitted: the actor is no archivist.
        WrongState: the list is approved already.
        InputRefused: no reason, no letter, a share that is none, or nothing is undecided.
    """
    actor.require(Right.APPRAISE)
    found = find_list(work.session, list_id)
    require_state(found, ListState.PROPOSED)
    if not reason.strip():
        raise InputRefused("A sample needs a reason. Nothing was changed.")
    items = _undecided(work.session, found, notation)
    if not items:
        raise InputRefused(f"Nothing on list {found.id} is undecided there. Nothing was changed.")
    drawn = _drawn(work.session, items, how)
    for item in items:
        item.decision = Decision.ARCHIVE if item.reference in drawn else Decision.DESTROY
        item.decided_by, item.waiver_id = actor.id, None
    found.version += 1
    where = f" of class {notation}" if notation else ""
    text = f"{how}{where}: {len(drawn)} of {len(items)} taken (A), the others V. {reason.strip()}"
    step = add_step(work, found, "sample", text=text)
    work.log(
        "disposal.sample", subject(found), found, step, *items, how=str(how), taken=sorted(drawn), of=len(items),
        personal={"reason": reason.strip()},
    )  # fmt: skip
    for item in items:
        work.log("disposal.appraise", f"case:{item.reference}", list=found.id, decision=item.decision)
    return Sample(tuple(sorted(drawn)), len(items) - len(drawn), text)


def _undecided(session: Session, found: DisposalList, notation: str | None) -> Sequence[DisposalItem]:
    query = select(DisposalItem).where(DisposalItem.list_id == found.id, DisposalItem.state == ItemState.LISTED)
    query = query.where(col(DisposalItem.decision).is_(None)).order_by(col(DisposalItem.id))
    if notation is not None:
        top = plan.find_class(session, notation).notation
        query = query.where(col(DisposalItem.class_notation).in_(plan.below(session, top)))
    return session.exec(query).all()


def _drawn(session: Session, items: Sequence[DisposalItem], how: ByLetter | ByLot) -> set[str]:
    if isinstance(how, ByLot):
        if not 0 < how.percent <= 100 or not how.seed.strip():
            raise InputRefused("A lot needs a share above 0 up to 100 percent, and a seed. Nothing was changed.")
        names = sorted((item.reference for item in items), key=_lot(how.seed))
        return set(names[: math.ceil(len(names) * how.percent / 100)])
    letters = set(_plain(how.letters))
    if not letters or not all(letter.isalpha() for letter in letters):
        raise InputRefused(f"{how.letters!r} are no letters. Nothing was changed.")
    drawn = set()
    for item in items:
        case = session.get_one(Case, item.case_id)
        text = _plain(case.key if how.field == "key" else case.title)
        if text[:1] in letters:
            drawn.add(item.reference)
    return drawn


def _lot(seed: str) -> Callable[[str], bytes]:
    return lambda reference: hashlib.sha256(f"{seed}:{reference}".encode()).digest()


def _plain(text: str) -> str:
    """Capital letters without marks, so that Ä counts as A; no space, comma or digit before them."""
    bare = unicodedata.normalize("NFD", text.upper())
    return "".join(c for c in bare if c.isalpha() and not unicodedata.combining(c))
