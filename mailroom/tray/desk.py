"""The desk: one letter of the tray after the other, shown and decided line by line through an interface.

Each decision is written before the next letter is shown; a stop loses nothing.
"""

from __future__ import annotations

from typing import Protocol

from erecords.errors import Conflict, ErecordsError
from erecords.office import Office
from mailroom.loading import RegistersAtHand
from mailroom.tray import filing, leases, listing, lookup, undoing
from mailroom.tray.screens import Doubt, Screen, differs, file, look, reject, same

_FIRST_LINES = 14

HELP = (
    "Enter  file as suggested          1-9    file into that case\n"
    "=      the same as the letter that it is held for          !  another letter\n"
    "/WORDS find open cases            c CLASS [TITLE]  new case of a class (or the year's file)\n"
    "t KEY  another document type      r REASON  reject (advertising, misdirected mail)\n"
    "m      show the whole text        s      skip          q  stop\n"
    "u      take your last decision back; an older one is corrected with: erecords mail refile NUMBER"
)


_SAID = {
    Doubt.SEALED: "It stays sealed until {screen.letter[sealed_until]}. Skip it with s.",
    Doubt.MARKED: "It is special mail: say with c CLASS where it is filed, or skip it with s.",
    Doubt.SAME: "Perhaps it is the same as {screen.perhaps_same}. Say = if it is, ! if it is another letter.",
    Doubt.GUESS: "It is a guess. Find a case with /WORDS, or say c {suggestion[class]} where it is right.",
    Doubt.CASES: "Choose one of the cases with its number, or open a new one: c {suggestion[class]}",
}
"""What Enter answers where it does not file."""


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


def _refresh(office: Office, person: Person, screen: Screen) -> None:
    """Show a letter anew that the person changed."""
    again = look(office, screen.number, screen.place, screen.total)
    screen.letter, screen.version = again.letter, again.version
    person.show(screen)


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
    elif answer == "" and screen.doubt in _SAID:
        person.tell(_SAID[screen.doubt].format(screen=screen, suggestion=suggestion))
    elif answer == "" and (suggestion["case"] or suggestion["class"]):
        person.tell(file(office, screen, reference=suggestion["case"], notation=suggestion["class"]))
        return "filed"
    elif command == "c" and rest:
        notation, _, title = rest.strip().partition(" ")
        person.tell(file(office, screen, notation=notation, title=title.strip() or None))
        return "filed"
    elif command == "t" and rest:
        with office.read() as session:
            screen.kind = filing.known_type(RegistersAtHand(office).current(session), rest.strip())
        person.tell(f"It will be filed as {screen.kind}.")
    elif command == "r" and rest.strip():
        person.tell(reject(office, screen, rest.strip()))
        return "rejected"
    elif answer == "=" and screen.perhaps_same:
        person.tell(same(office, screen, screen.perhaps_same))
        return "rejected"
    elif answer == "!" and screen.perhaps_same:
        person.tell(differs(office, screen))
        _refresh(office, person, screen)
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


def first_lines(screen: Screen, whole: bool) -> list[str]:
    """The lines of a letter that a screen shows."""
    return screen.lines if whole else screen.lines[:_FIRST_LINES]
