"""The desk: one letter of the tray after the other, shown and decided through an interface.

Each decision is a unit of work of its own and is written before the next letter is shown; a stop loses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlmodel import Session, col, select

from erecords.errors import Conflict, ErecordsError
from erecords.office import Office
from erecords.store.lifecycle import RenditionKind
from erecords.store.models import AuditEntry, Case
from erecords.store.uow import UnitOfWork
from mailroom import showing
from mailroom.loading import RegistersAtHand
from mailroom.models import Letter, LetterFile
from mailroom.tray import deciding, filing, leases, listing, lookup, undoing
from mailroom.tray.lookup import Choice

_FIRST_LINES = 14

HELP = (
    "Enter  file as suggested          1-9    file into that case\n"
    "/WORDS find open cases            c CLASS [TITLE]  new case of a class (or the year's file)\n"
    "t KEY  another document type      r REASON  reject (advertising, misdirected mail)\n"
    "m      show the whole text        s      skip          q  stop\n"
    "u      take your last decision back; an older one is corrected with: erecords mail refile NUMBER"
)


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
    lines: list[str]
    """What it says; empty for mail that others must not read."""
    choices: list[Choice] = field(default_factory=list)
    kind: str | None = None
    """Document type that the person set."""
    open_by: str = ""
    """Who else has it open, as a sentence."""

    @property
    def number(self) -> str:
        """Entry number."""
        return str(self.letter["number"])


class Person(Protocol):
    """Who decides: shows a screen, answers with a line, is told things. None as an answer means to stop."""

    def show(self, screen: Screen, whole: bool = False) -> None:
        """Show a letter; with ``whole`` all of its text."""
        ...

    def answer(self, screen: Screen) -> str | None:
        """The next line that the person types."""
        ...

    def tell(self, message: str) -> None:
        """Say something."""
        ...


def work_through(office: Office, person: Person, unit: str | None = None) -> dict[str, int]:
    """Show each waiting letter, most urgent first, and do as the person says; returns how many got which outcome.

    Raises:
        NotPermitted: the actor may decide nothing; raised by the first decision.
    """
    with office.read() as session:
        numbers = [row.number for row in listing.letters(session, office.actor, unit)]
    counts = {"filed": 0, "rejected": 0, "skipped": 0}
    for place, number in enumerate(numbers, 1):
        try:
            screen = look(office, number, place, len(numbers))
        except ErecordsError as error:
            person.tell(str(error))
            continue
        if screen.open_by:
            person.tell(screen.open_by)
        person.show(screen)
        outcome = _decide(office, person, screen)
        leases.close_letter(office, number)
        if outcome is None:
            break
        counts[outcome] += 1
    return counts


def look(office: Office, number: str, place: int = 1, total: int = 1) -> Screen:
    """A letter of the tray with the cases that it may belong to; from now on others are told who has it open.

    Raises:
        NotFound, Conflict: it does not wait in the actor's tray (any more); the message says who decided.
    """
    with office.read() as session:
        letter, _ = filing.waiting(session, office.actor, number)
        shape = showing.shown(office, session, number)
        lines = [] if letter.confidential else _lines(office, session, letter)
        suggestion = shape["suggestion"]
        wanted = [suggestion["case"], *suggestion["candidates"]]
        references = list(dict.fromkeys(str(one) for one in wanted if one))[: lookup.MOST]
        titles = dict(session.exec(select(Case.reference, Case.title).where(col(Case.reference).in_(references))).all())
        choices = [Choice(reference, titles.get(reference, "")) for reference in references]
    holder = leases.open_letter(office, number)
    told = holder.sentence if holder else ""
    return Screen(shape, letter.version, place, total, lines, choices, open_by=told)


def _lines(office: Office, session: Session, letter: Letter) -> list[str]:
    query = select(LetterFile.sha512).where(LetterFile.letter == letter.number, LetterFile.kind == RenditionKind.TEXT)
    digest = session.exec(query).first()
    text = office.blobs.read(digest).decode("utf-8", "replace") if digest else ""
    return [line for line in text.replace("\f", "\n").splitlines() if line.strip()]


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


def _decide(office: Office, person: Person, screen: Screen) -> str | None:
    """Ask until the letter is decided, skipped or given up to somebody else; None to stop."""
    while True:
        answer = person.answer(screen)
        if answer is None or answer.strip() == "q":
            return None
        try:
            outcome = _act(office, person, screen, answer.strip())
        except Conflict as error:
            person.tell(str(error))
            if not _still_waits(office, screen):
                return "skipped"
        except ErecordsError as error:
            person.tell(str(error))
        else:
            if outcome:
                return outcome


def _still_waits(office: Office, screen: Screen) -> bool:
    """Whether the letter still lies there as it was shown."""
    try:
        return look(office, screen.number).version == screen.version
    except ErecordsError:
        return False


def _act(office: Office, person: Person, screen: Screen, answer: str) -> str | None:
    command, _, rest = answer.partition(" ")
    suggestion = screen.letter["suggestion"]
    if answer.startswith("/"):
        screen.choices = lookup.cases(office, answer[1:])
        person.tell("" if screen.choices else "No open case holds these words.")
        person.show(screen)
    elif answer.isdecimal() and 1 <= int(answer) <= len(screen.choices):
        person.tell(file(office, screen, reference=screen.choices[int(answer) - 1].key))
        return "filed"
    elif answer == "" and (suggestion["case"] or suggestion["class"]):
        person.tell(file(office, screen, reference=suggestion["case"], notation=suggestion["class"]))
        return "filed"
    elif command == "c" and rest:
        notation, _, title = rest.strip().partition(" ")
        person.tell(file(office, screen, notation=notation, title=title.strip() or None))
        return "filed"
    elif command == "t" and rest:
        screen.kind = rest.strip()
        person.tell(f"It will be filed as {screen.kind}.")
    elif command == "r" and rest.strip():
        person.tell(reject(office, screen, rest.strip()))
        return "rejected"
    elif answer == "u":
        done = undoing.undo(office)
        person.tell(f"Taken back: {done.decision.sentence}. {done.hint}".rstrip())
    elif answer == "s":
        return "skipped"
    elif answer == "m":
        person.show(screen, whole=True)
    else:
        person.tell(HELP)
    return None


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
        where = work.session.get_one(Letter, screen.number).case_reference
    return f"{screen.number} was filed into {where}."


def reject(office: Office, screen: Screen, reason: str) -> str:
    """Take a letter as it was shown out of the tray; returns what was done, as a sentence.

    Raises:
        NotFound, Conflict: as ``filing.reject``; also when it was changed since it was shown.
    """
    with office.work() as work:
        unchanged(work, office, screen)
        filing.reject(work, office.actor, screen.number, reason)
    return f"{screen.number} was rejected: {reason}."


def first_lines(screen: Screen, whole: bool) -> list[str]:
    """The lines of a letter that a screen shows."""
    return screen.lines if whole else screen.lines[:_FIRST_LINES]
