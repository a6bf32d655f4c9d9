"""The list of what is due: waiting and open letters, in order, within what the actor may see."""

from __future__ import annotations

from datetime import date

import pytest

from mailroom.loading import RegistersAtHand
from mailroom.tray import deciding, duelist
from tests.mailroom.tray.conftest import letter_text

ODD = "Bitte prüfen Sie das mit dem Zaun am Teich. Ich bitte um Antwort bis zum {}."


@pytest.fixture
def letters(receive):
    return [receive(letter_text(ODD.format(day))) for day in ("18.12.2026", "11.12.2026")]


def numbers(office, until: date, unit: str | None = None) -> list[str]:
    with office.read() as session:
        return [one.letter.number for one in duelist.due(session, office.actor, until, unit) if one.title]


def test_earliest_first_and_nothing_after_the_day(post, letters):
    late, soon = letters
    until = numbers(post, date(2026, 12, 18))
    assert until.index(soon.number) < until.index(late.number)
    assert numbers(post, date(2026, 12, 17)).count(late.number) == 0
    assert numbers(post, date(2026, 12, 18), "no such unit") == []


def test_a_filed_letter_stays_until_its_transaction_is_closed(post, letters, run):
    number = letters[0].number
    with post.work() as work:
        deciding.file_new(post, work, RegistersAtHand(post), number, "22.31", "Hundesteuer", "hundesteuer-anmeldung")
    assert number in numbers(post, date(2026, 12, 18))
    reference = run("mail", "show", number)["case"]
    (transaction,) = run("case", "transaction", "list", reference, actor="u-hust1")["transactions"]
    run("case", "transaction", "close", transaction["number"], actor="u-hust1")
    assert number not in numbers(post, date(2026, 12, 18))


def test_other_units_see_nothing_of_it(people, post, letters):
    assert numbers(people("u-ga1"), date(2026, 12, 31)) == []


def test_command_marks_what_is_late_and_writes_a_list(post, letters, run, tmp_path):
    found = run("mail", "due", "--on", "2026-12-18")
    assert found["on"] == "2026-12-18" and {letter.number for letter in letters} <= {
        one["number"] for one in found["entries"]
    }
    assert not any(one["late"] for one in found["entries"])
    run("mail", "due", "--on", "2026-12-18", "--format", "pdf", "--to", str(tmp_path / "due.pdf"))
    assert (tmp_path / "due.pdf").read_bytes().startswith(b"%PDF")
