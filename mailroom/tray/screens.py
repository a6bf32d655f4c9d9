"""One letter of the tray as it lies before a person, and what the person does to it as it was shown.

Each decision is a unit of work of its own; what somebody else changed meanwhile is refused with the name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlmodel import Session, col, select

from erecords.errors import Conflict
from erecords.office import Office
from erecords.store.models import AuditEntry, Case, Unit
from erecords.store.uow import UnitOfWork
from mailroom import showing
from mailroom.loading import RegistersAtHand
from mailroom.matching import doubles
from mailroom.models import Letter
from mailroom.ports import Recommendation
from mailroom.tray import deciding, filing, leases, listing, lookup
from mailroom.tray.lookup import Choice


class Doubt(StrEnum):
    """What keeps a suggestion from being accepted with one key."""

    SEALED = "sealed"
    MARKED = "marked"
    SAME = "same"
    """It was perhaps here before."""
    UNKNOWN = "unknown"
    """Nothing is suggested."""
    CASES = "cases"
    """There are cases that it may belong to, and a new one is suggested."""
    GUESS = "guess"
    """What is suggested is the best guess of many, and recommended by nothing."""


@dataclass
class Screen:
    """One letter as it lies on the desk."""

    letter: dict[str, Any]
    """LETTER of the contract."""
    version: int
    """As read; whoever decides later than somebody else is told."""
    place: int
    """Of how many, from 1."""
    total: int
    pages: list[list[str]]
    """The lines of each page; empty for mail that others must not read."""
    choices: list[Choice] = field(default_factory=list)
    kind: str | None = None
    """Document type that the person set."""
    open_by: str = ""
    """Who else has it open, as a sentence."""
    twin: str = ""
    """What the letter is that this one is perhaps the same as; empty where the actor may not see it."""
    unit: str = ""
    """Number and title of the unit that it is for."""
    today: str = ""
    """ISO date, by which what is sealed is judged."""
    overdue: bool = False
    """Whether its earliest follow-up lies before today."""

    @property
    def number(self) -> str:
        """Entry number."""
        return str(self.letter["number"])

    @property
    def lines(self) -> list[str]:
        """What it says, all pages."""
        return [line for page in self.pages for line in page]

    @property
    def perhaps_same(self) -> str | None:
        """The number of a letter that this one is proposed to be the same as."""
        proposed = (row["number"] for row in self.letter["perhaps_same"] if row["state"] == "proposed")
        return next(proposed, None)

    @property
    def doubt(self) -> Doubt | None:
        """Why the suggestion is not simply to be accepted; None where it may be."""
        suggestion, until = self.letter["suggestion"], self.letter["sealed_until"]
        if until and str(until) > self.today:
            return Doubt.SEALED
        if self.letter["markings"]:
            return Doubt.MARKED
        if self.perhaps_same:
            return Doubt.SAME
        if not suggestion["case"] and not suggestion["class"]:
            return Doubt.UNKNOWN
        if self.choices and not suggestion["case"]:
            return Doubt.CASES
        return Doubt.GUESS if suggestion["recommendation"] == Recommendation.NONE else None


def look(office: Office, number: str, place: int = 1, total: int = 1) -> Screen:
    """A letter of the tray with the cases that it may belong to; from now on others are told who has it open.

    Raises:
        NotFound, Conflict: it does not wait in the actor's tray (any more); the message says who decided.
    """
    screen = _read(office, number, place, total)
    holder = leases.open_letter(office, number)
    screen.open_by = holder.sentence if holder else ""
    return screen


def _read(office: Office, number: str, place: int, total: int) -> Screen:
    with office.read() as session:
        letter, _ = filing.waiting(session, office.actor, number)
        shape = showing.shown(office, session, number)
        pages = [] if letter.confidential else _pages(showing.text(office, session, number))
        suggestion = shape["suggestion"]
        wanted = [suggestion["case"], *suggestion["candidates"]]
        references = list(dict.fromkeys(str(one) for one in wanted if one))[: lookup.MOST]
        titles = dict(session.exec(select(Case.reference, Case.title).where(col(Case.reference).in_(references))).all())
        choices = [Choice(reference, titles[reference]) for reference in references if reference in titles]
        unit = session.get(Unit, letter.unit) if letter.unit else None
        twin = _twin(office, session, letter)
    today = office.clock.today()
    return Screen(
        shape, letter.version, place, total, pages, choices, today=today.isoformat(), twin=twin,
        unit=f"{unit.id} {unit.title}" if unit else "", overdue=letter.due is not None and letter.due < today,
    )  # fmt: skip


def _twin(office: Office, session: Session, letter: Letter) -> str:
    proposed = [row["number"] for row in letter.likenesses if row["state"] == "proposed"]
    query = select(Letter).where(col(Letter.number).in_(proposed[:1]), listing.visible(office.actor))
    found = session.exec(query).first()
    if found is None:
        return ""
    where = f" in {found.case_reference}" if found.case_reference else ""
    return f"{found.title} of {found.received}, {found.state.value}{where}"


def _pages(text: str) -> list[list[str]]:
    return [[line for line in page.splitlines() if line.strip()] for page in text.split("\f")]


def suggested(office: Office, number: str) -> tuple[str | None, str | None]:
    """Case, else class, that is suggested for a letter of the tray.

    Raises:
        NotFound, Conflict: it does not wait in the actor's tray.
        Conflict: nothing is suggested, or there is a doubt that a person must settle; the message says how.
    """
    screen = _read(office, number, 1, 1)
    said = screen.letter["suggestion"]
    if screen.doubt is not None:
        references = ", ".join(choice.key for choice in screen.choices)
        raise Conflict(_DOUBTS[screen.doubt].format(number=number, screen=screen, references=references))
    return (said["case"], None) if said["case"] else (None, said["class"])


_DOUBTS = {
    Doubt.SEALED: "{number} is a tender that stays sealed until {screen.letter[sealed_until]}. Nothing was changed.",
    Doubt.MARKED: "{number} is special mail: say with --case or --class where it is filed. Nothing was changed.",
    Doubt.SAME: "{number} is perhaps the same as {screen.perhaps_same}: erecords mail same {number}, or differs. "
    "Nothing was changed.",
    Doubt.UNKNOWN: "Nothing is suggested for {number}: say --case or --class. Nothing was changed.",
    Doubt.GUESS: "What is suggested for {number} is a guess: say --case REF, or --class "
    "{screen.letter[suggestion][class]} where it is right. Nothing was changed.",
    Doubt.CASES: "{number} perhaps belongs to {references}: say --case REF, or --class "
    "{screen.letter[suggestion][class]} for a new one. Nothing was changed.",
}


def unchanged(work: UnitOfWork, office: Office, screen: Screen) -> None:
    """Refuse to decide what somebody else decided or changed since it was shown.

    Raises:
        NotFound, Conflict: the message names who did, and how.
    """
    letter = filing.waiting_letter(work, office.actor, screen.number)
    if letter.version == screen.version:
        return
    query = select(AuditEntry).where(AuditEntry.object == f"letter:{screen.number}")
    last = work.session.exec(query.order_by(col(AuditEntry.sequence).desc()).limit(1)).one()
    raise Conflict(
        f"{screen.number} was changed meanwhile by {last.actor} ({last.action}). Nothing was changed; look at it again."
    )


def file(
    office: Office,
    screen: Screen,
    *,
    reference: str | None = None,
    notation: str | None = None,
    title: str | None = None,
) -> str:
    """File a letter as it was shown, into a case or a new one of a class; returns what was done, as a sentence.

    Raises:
        NotFound, NotPermitted, Conflict: as ``deciding``; also when it was changed since it was shown.
    """
    at_hand = RegistersAtHand(office)
    with office.work() as work:
        unchanged(work, office, screen)
        if reference:
            deciding.file_in(office, work, at_hand, screen.number, reference, screen.kind)
        else:
            deciding.file_new(office, work, at_hand, screen.number, str(notation), title, screen.kind)
        where = filed_where(work.session, screen.number)
    return f"{screen.number} was filed into {where}."


def filed_where(session: Session, number: str) -> str:
    """Reference and title of the case that a filed letter lies in."""
    reference = session.get_one(Letter, number).case_reference
    title = session.exec(select(Case.title).where(Case.reference == reference)).one()
    return f"{reference}, {title}"


def reject(office: Office, screen: Screen, reason: str) -> str:
    """Take a letter as it was shown out of the tray; returns what was done, as a sentence.

    Raises:
        NotFound, Conflict: as ``filing.reject``; also when it was changed since it was shown.
    """
    with office.work() as work:
        unchanged(work, office, screen)
        filing.reject(work, office.actor, screen.number, reason)
    return f"{screen.number} was rejected: {reason}."


def same(office: Office, screen: Screen, other: str) -> str:
    """Take a letter out of the tray as the same one as another; returns what was done, as a sentence.

    Raises:
        NotFound, Conflict: as ``doubles.confirm``; also when it was changed since it was shown.
    """
    with office.work() as work:
        unchanged(work, office, screen)
        doubles.confirm(work, office.actor, screen.number, None if other == screen.perhaps_same else other)
    return f"{screen.number} is the same as {other}; it was put away, and its original is kept."


def differs(office: Office, screen: Screen) -> str:
    """Say that a letter is none of those that it was held for; it stays in the tray.

    Raises:
        NotFound, Conflict: as ``doubles.dismiss``; also when it was changed since it was shown.
    """
    with office.work() as work:
        unchanged(work, office, screen)
        doubles.dismiss(work, office.actor, screen.number)
    return f"{screen.number} is a letter of its own."
