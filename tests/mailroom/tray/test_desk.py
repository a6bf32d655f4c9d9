"""The tray as one screen a letter: each key, two clerks at one letter, and what is not shown."""

from __future__ import annotations

import io

import click
import pytest
from rich.console import Console
from sqlmodel import Session

from erecords.errors import Conflict, InputRefused, NotFound, NotPermitted
from mailroom.commands import views
from mailroom.loading import RegistersAtHand
from mailroom.models import Letter, LetterState
from mailroom.tray import deciding, desk, filing, lookup, rethinking, screens
from mailroom.tray.screens import Screen
from tests.mailroom.tray.conftest import letter_text

ODD = "Bitte prüfen Sie das mit dem Zaun am Teich. Ich bitte um Antwort bis zum 18.12.2026."
LOW = "mein Hund heißt Waldi. Zur Hundesteuer habe ich eine Frage."


class Typist:
    """A person who types given lines."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.screens: list[Screen] = []
        self.told: list[str] = []
        self.before_answer = lambda: None

    def show(self, screen, whole=False):
        self.screens.append(screen)

    def answer(self, screen):
        self.before_answer()
        return self.answers.pop(0) if self.answers else None

    def tell(self, message):
        self.told.append(message)


def stored(office, number: str) -> Letter:
    with Session(office.engine) as session:
        return session.get_one(Letter, number)


@pytest.fixture
def waiting(post, receive) -> Letter:
    row = receive(letter_text(LOW))
    assert row.state is LetterState.TRAY
    return row


def test_enter_files_as_suggested(post, waiting):
    typist = Typist("")
    assert desk.work_through(post, typist) == {"filed": 1, "rejected": 0, "skipped": 0}
    done = stored(post, waiting.number)
    assert done.case_reference.startswith("22.31-") and done.decided_by == "u-post1"
    assert done.case_reference in typist.told[-1]


def test_cases_are_found_by_words_and_chosen_by_number(post, waiting):
    machine = post.machine("test")
    with post.work(machine) as work:
        case = filing.case_of_class(work, machine, waiting, "22.32", "Hundesteuer Befreiung Zschopau")
    typist = Typist("/zscho befrei", "1")
    desk.work_through(post, typist)
    assert stored(post, waiting.number).case_reference == case.reference
    assert [choice.key for choice in typist.screens[-1].choices] == [case.reference]


def test_cases_are_found_by_a_plain_command_of_the_mail_room_alone(post, waiting, run):
    machine = post.machine("test")
    with post.work(machine) as work:
        case = filing.case_of_class(work, machine, waiting, "22.32", "Hundesteuer Befreiung Zschopau")
    assert run("mail", "cases", "zscho", "befrei")["cases"] == [{"reference": case.reference, "title": case.title}]
    assert run("mail", "cases", "gibtesnicht") == {"cases": []}
    assert "No open case" in run("mail", "cases", "gibtesnicht", text=True)
    with pytest.raises(NotPermitted):
        run("mail", "cases", "zscho", actor="u-hust1")


def test_wildcards_in_words_are_plain_letters(post, waiting):
    assert lookup.cases(post, "%") == [] == lookup.cases(post, "_____")


def test_class_type_and_reject(post, receive, waiting):
    other = receive("Persönlich\n" + letter_text(ODD))
    typist = Typist("t hundesteuer-abmeldung", "c 22.31 Hundesteuer Colditz", "r Irrläufer")
    first = min(waiting, other, key=lambda row: (row.due is None, row.due, row.number))
    if first is other:
        typist.answers = [typist.answers[2], *typist.answers[:2]]
    assert desk.work_through(post, typist) == {"filed": 1, "rejected": 1, "skipped": 0}
    assert stored(post, waiting.number).document_type == "hundesteuer-abmeldung"
    assert stored(post, other.number).reject_reason == "Irrläufer"


def test_a_type_that_nobody_knows_is_refused_and_another_one_names_the_letter(post, waiting, run):
    typist = Typist("t quatsch", "t abmeldung von der hund", "c 22.31 Hundesteuer Colditz")
    assert desk.work_through(post, typist)["filed"] == 1
    assert "no document type 'quatsch'" in typist.told[0] and "hundesteuer-abmeldung" in typist.told[1]
    titles = {stored(post, waiting.number).title, waiting.title}
    assert stored(post, waiting.number).title == "Abmeldung von der Hundesteuer, Uwe Colditz", titles
    run("mail", "undo")
    assert stored(post, waiting.number).title == waiting.title
    for command in (("file", "--class", "22.31"), ("refile", "--reason", "falsch")):
        with pytest.raises(InputRefused, match="no document type"):
            run("mail", command[0], waiting.number, *command[1:], "--type", "hundesteuer-anmeldnug")
    said = run("mail", "file", waiting.number, "--class", "22.31", "--title", "Hund Colditz", "--dry-run", text=True)
    assert "Hund Colditz" in said and stored(post, waiting.number).state is LetterState.TRAY


def test_skip_quit_help_and_mistakes(post, waiting):
    typist = Typist("?", "7", "c 99.99 X", "x", "s")
    assert desk.work_through(post, typist)["skipped"] == 1
    assert desk.HELP in typist.told and any("99.99" in line for line in typist.told)
    assert desk.work_through(post, Typist("q")) == {"filed": 0, "rejected": 0, "skipped": 0}
    assert stored(post, waiting.number).state is LetterState.TRAY


def test_a_second_clerk_is_told_who_filed_it(people, post, waiting):
    second = people("u-post2")

    def file_first():
        if stored(post, waiting.number).state is LetterState.TRAY:
            with second.work() as work:
                deciding.file_new(second, work, RegistersAtHand(second), waiting.number, "22.31", "Hundesteuer", None)

    typist = Typist("")
    typist.before_answer = file_first
    assert desk.work_through(post, typist) == {"filed": 0, "rejected": 0, "skipped": 1}
    assert "by u-post2" in typist.told[-1]
    assert stored(post, waiting.number).decided_by == "u-post2"


def test_a_second_clerk_is_told_who_changed_it(people, post, waiting):
    second = people("u-post2")
    typist = Typist("")
    typist.before_answer = lambda: rethinking.rerun(second, waiting.number)
    desk.work_through(post, typist)
    assert "changed meanwhile by u-post2 (letter.rerun)" in typist.told[-1]
    assert stored(post, waiting.number).state is LetterState.TRAY


def test_marked_mail_shows_no_text(post, receive):
    row = receive("Persönlich\n" + letter_text(ODD))
    assert screens.look(post, row.number).lines == []


def test_command(run, waiting, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("m\ns\n"))
    out = run("mail", "tray", "--interactive", text=True)
    assert waiting.number in out and "Hund heißt Waldi." in out and "1 skipped" in out
    with pytest.raises(click.UsageError):
        run("mail", "tray", "--interactive")


def test_the_suggestion_is_accepted_by_one_command(run, waiting):
    done = run("mail", "file", waiting.number, "--suggested")
    assert done["state"] == "filed" and done["case"].startswith("22.31-")


def test_a_doubt_is_said_instead_of_filed(post, receive, run):
    marked = receive("Persönlich\n" + letter_text(LOW))
    with pytest.raises(Conflict, match="special mail"):
        run("mail", "file", marked.number, "--suggested")
    with pytest.raises(NotPermitted, match="marked personal"):
        run("mail", "text", marked.number)
    with pytest.raises(NotFound, match="not shown"):
        run("mail", "export", marked.number, "--to", str(post.home / "brief.pdf"))
    assert stored(post, marked.number).state is LetterState.TRAY
    typist = Typist("", "s")
    desk.work_through(post, typist)
    assert "special mail" in typist.told[0]


def test_a_letter_is_read_by_plain_commands_before_it_is_decided(run, waiting, tmp_path):
    assert "Hund heißt Waldi." in run("mail", "text", waiting.number, text=True)
    run("mail", "export", waiting.number, "--to", str(tmp_path / "brief.pdf"))
    assert (tmp_path / "brief.pdf").read_bytes().startswith(b"%PDF")


def test_numbers_stay_whole_in_a_narrow_terminal(run, waiting):
    data = run("mail", "tray")["letters"]
    console = Console(width=60, file=io.StringIO())
    console.print(views.tray(data, "2026-11-22"))
    assert waiting.number in console.file.getvalue()
