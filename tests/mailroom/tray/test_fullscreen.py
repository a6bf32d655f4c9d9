"""The tray on the full screen: each key through the real application over a real home, at 80 by 24."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from PIL import Image, ImageDraw
from sqlmodel import Session
from textual.pilot import Pilot
from textual.widgets import DataTable, Input, OptionList, Static

from mailroom.fullscreen import letter as letterscreen
from mailroom.fullscreen.app import TrayApp
from mailroom.fullscreen.dialogs import Choose
from mailroom.fullscreen.letter import LetterScreen
from mailroom.fullscreen.pagepane import written
from mailroom.fullscreen.picture import drawn
from mailroom.fullscreen.waiting import tray
from mailroom.loading import RegistersAtHand
from mailroom.models import Letter, LetterState
from mailroom.tray import deciding, filing, leases, listing, screens
from tests.mailroom.tray.conftest import letter_text

LOW = "mein Hund heißt {}. Zur Hundesteuer habe ich eine Frage."
TWIN = (
    "hiermit melde ich meinen Hund zur Hundesteuer an. Der Hund heißt Waldi, er ist ein Dackel und zwei Jahre alt. "
    "Er kam im Herbst zu uns und lebt im Garten. Bitte senden Sie mir den Bescheid an die Adresse im Briefkopf."
)
NAMES = ("Uwe Colditz", "Jana Hänel", "Doreen Arnold", "Ralf Lenk")
Work = Callable[[Pilot], Awaitable[None]]


def stored(office, number: str) -> Letter:
    with Session(office.engine) as session:
        return session.get_one(Letter, number)


def waiting_numbers(office) -> list[str]:
    with office.read() as session:
        return [row.number for row in listing.letters(session, office.actor)]


async def settled(pilot: Pilot) -> None:
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def press(pilot: Pilot, *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await settled(pilot)


def said(pilot: Pilot, name: str = "said") -> str:
    return str(pilot.app.screen.query_one(f"#{name}", Static).content)


@pytest.fixture(autouse=True)
def no_patience(monkeypatch):
    monkeypatch.setattr(letterscreen, "_PATIENCE", 0.0)


@pytest.fixture
def letters(post, receive) -> list[Letter]:
    """In the order of the tray."""
    found = {row.number: row for name in NAMES for row in [receive(letter_text(LOW.format(name), name))]}
    return [found[number] for number in waiting_numbers(post)]


@pytest.fixture
def at_the_screen(post) -> Callable[[Work], TrayApp]:
    def play(work: Work, office=post, size: tuple[int, int] = (80, 24)) -> TrayApp:
        app = tray(office)

        async def run() -> None:
            async with app.run_test(size=size) as pilot:
                await settled(pilot)
                await work(pilot)

        asyncio.run(run())
        return app

    return play


def test_enter_after_enter_clears_the_tray(post, letters, at_the_screen):
    async def work(pilot: Pilot) -> None:
        assert pilot.app.screen.query_one(DataTable).row_count == 4
        await press(pilot, "enter")
        assert "1 of 4" in said(pilot, "title")
        await press(pilot, "enter", "enter", "enter", "enter")
        assert not isinstance(pilot.app.screen, LetterScreen)
        assert "No letter waits" in said(pilot, "title")
        await press(pilot, "q")

    app = at_the_screen(work)
    assert app.return_value == {"filed": 4, "rejected": 0, "forwarded": 0, "skipped": 0}
    assert {stored(post, one.number).state for one in letters} == {LetterState.FILED}
    assert {stored(post, one.number).decided_by for one in letters} == {"u-post1"}


@pytest.mark.parametrize("error", [RuntimeError("Waldi"), OSError(28, "No space left on device")])
def test_a_fault_is_told_and_the_screen_stays(post, letters, at_the_screen, monkeypatch, error):
    async def work(pilot: Pilot) -> None:
        await press(pilot, "enter")

        def fail(*_args: object, **_more: object) -> None:
            raise error

        with monkeypatch.context() as patch:
            patch.setattr(screens, "file", fail)
            await press(pilot, "enter")
            assert "1 of 4" in said(pilot, "title")
            assert ("disk is full" in said(pilot)) is isinstance(error, OSError)
            assert ("bug" in said(pilot)) is isinstance(error, RuntimeError) and "Waldi" not in said(pilot)
            patch.setattr(leases, "close_letter", fail)
            await press(pilot, "s")
            assert "2 of 4" in said(pilot, "title")
        await press(pilot, "enter", "q", "q")

    assert at_the_screen(work).return_value["filed"] == 1
    assert stored(post, letters[0].number).state is LetterState.TRAY


def test_a_look_up_takes_nothing_before_something_was_chosen(post, letters, at_the_screen):
    machine = post.machine("test")
    with post.work(machine) as work:
        reference = filing.case_of_class(work, machine, letters[0], "22.32", "Hundesteuer Grünthal").reference

    async def work(pilot: Pilot) -> None:
        await press(pilot, "enter", "slash", "enter", "enter")
        assert isinstance(pilot.app.screen, Choose)
        await press(pilot, *"gibtesnicht", "enter")
        assert isinstance(pilot.app.screen, Choose)
        (only,) = pilot.app.screen.query_one(OptionList).options
        assert "Nothing is called so" in str(only.prompt)
        await press(pilot, "escape", "slash", *"grünthal", "enter")
        assert f"{reference}, Hundesteuer Grünthal" in said(pilot)

    at_the_screen(work)
    assert stored(post, letters[0].number).case_reference == reference


def test_what_is_typed_while_a_window_opens_is_not_lost(post, letters, at_the_screen):
    async def work(pilot: Pilot) -> None:
        await press(pilot, "enter", "slash")
        pilot.app.screen.set_focus(None)
        await press(pilot, *"wald")
        assert pilot.app.screen.query_one(Input).value == "wald"

    at_the_screen(work)


def test_what_the_letter_is_and_why_stands_on_the_screen(letters, at_the_screen):
    async def work(pilot: Pilot) -> None:
        await press(pilot, "enter")
        known, text = said(pilot, "known"), said(pilot, "text")
        assert "new case in 22.31" in known and letters[0].sender in known and "because" in known
        assert f"Hund heißt {letters[0].sender}." in text

    at_the_screen(work)


def test_a_case_is_found_by_typing_and_taken_with_enter(post, letters, at_the_screen):
    machine = post.machine("test")
    with post.work(machine) as unit_of_work:
        case = filing.case_of_class(unit_of_work, machine, letters[0], "22.32", "Befreiung Zschopau")

    async def work(pilot: Pilot) -> None:
        await press(pilot, "enter", "slash", *"zscho", "enter")
        assert case.reference in said(pilot)

    at_the_screen(work)
    assert stored(post, letters[0].number).case_reference == case.reference


def test_new_case_with_class_and_title(post, letters, at_the_screen):
    async def work(pilot: Pilot) -> None:
        await press(pilot, "enter", "n", *"befreiung", "enter", "enter")

    at_the_screen(work)
    assert stored(post, letters[0].number).case_reference.startswith("22.32-")


def test_reject_with_an_offered_and_an_own_reason(post, letters, at_the_screen):
    async def work(pilot: Pilot) -> None:
        await press(pilot, "enter", "r", "enter", "r", *"xyz", "enter")

    app = at_the_screen(work)
    assert [stored(post, one.number).reject_reason for one in letters[:2]] == ["Werbung", "xyz"]
    assert app.counts["rejected"] == 2


def test_undo_brings_the_letter_back_onto_the_screen(post, letters, at_the_screen):
    async def work(pilot: Pilot) -> None:
        await press(pilot, "enter", "enter")
        assert letters[0].number not in waiting_numbers(post)
        await press(pilot, "u")
        assert letters[0].number in said(pilot, "title") and "Taken back" in said(pilot)

    at_the_screen(work)
    assert stored(post, letters[0].number).state is LetterState.TRAY


def test_forward_copy_remark_and_mark(post, letters, at_the_screen):
    first = letters[0].number

    async def work(pilot: Pilot) -> None:
        await press(pilot, "enter", "k", *"Rückruf", "enter")
        await press(pilot, "c", *"32.1", "enter", "enter", *"z.K.", "enter")
        assert "32.1 (abdruck)" in said(pilot, "known") and "Rückruf" in said(pilot, "known")
        await press(pilot, "x", *"medical", "enter")
        assert "is marked medical" in said(pilot) and "Hund" not in said(pilot, "text")
        await press(pilot, "f", *"66.1", "enter", "enter")
        assert letters[1].number in said(pilot, "title"), "what was sent on makes room for the next"

    app = at_the_screen(work)
    row = stored(post, first)
    assert (row.unit, row.markings, app.counts["forwarded"]) == ("66.1", ["medical"], 1)


def test_a_tender_is_marked_with_its_day_and_a_wrong_day_is_said(post, letters, at_the_screen):
    async def work(pilot: Pilot) -> None:
        await press(pilot, "enter", "x", *"tender", "enter", *"morgen", "enter")
        assert "is no day" in said(pilot)
        await press(pilot, "x", *"tender", "enter", *"2026-12-15", "enter")
        await press(pilot, "enter")
        assert "sealed until 15.12.2026" in said(pilot)

    at_the_screen(work)
    assert stored(post, letters[0].number).state is LetterState.TRAY


def test_another_type_counts_when_it_is_filed(post, letters, at_the_screen):
    async def work(pilot: Pilot) -> None:
        await press(pilot, "enter", "t", *"abmeldung von der", "enter", "enter")

    at_the_screen(work)
    assert stored(post, letters[0].number).document_type == "hundesteuer-abmeldung"


def test_skip_back_keys_and_leaving_change_nothing(post, letters, at_the_screen):
    async def work(pilot: Pilot) -> None:
        await press(pilot, "enter", "s", "s", "b", "question_mark", "escape", "p", "plus", "left", "p", "down", "slash")
        await press(pilot, "escape", "escape", "q")

    before = waiting_numbers(post)
    at_the_screen(work)
    assert waiting_numbers(post) == before
    with post.read() as session:
        assert leases.holders(session, post.clock.now(), before) == {}


def test_a_second_clerk_is_told_and_a_late_one_loses_nothing(people, post, letters, at_the_screen):
    second = people("u-post2")
    leases.open_letter(second, letters[0].number)

    async def work(pilot: Pilot) -> None:
        await press(pilot, "enter")
        assert "Jens Bartuschka (u-post2) has had this letter open" in said(pilot, "warned")
        with second.work() as unit_of_work:
            deciding.file_new(
                second, unit_of_work, RegistersAtHand(second), letters[0].number, "22.31", "Hundesteuer", None
            )
        await press(pilot, "enter")
        assert "by u-post2" in said(pilot)
        assert letters[1].number in said(pilot, "title")

    at_the_screen(work)
    assert stored(post, letters[0].number).decided_by == "u-post2"


def test_marked_mail_shows_neither_text_nor_page(receive, at_the_screen):
    receive("Persönlich\n" + letter_text(LOW.format("Waldi")))

    async def work(pilot: Pilot) -> None:
        await press(pilot, "enter", "p")
        everything = " ".join(str(one.content) for one in pilot.app.screen.query(Static))
        assert "Waldi" not in everything and "not shown" in everything

    at_the_screen(work, size=(140, 40))


def test_a_second_stroke_of_enter_files_nothing_unseen(post, letters, at_the_screen, monkeypatch):
    monkeypatch.setattr(letterscreen, "_PATIENCE", 60.0)

    async def work(pilot: Pilot) -> None:
        await press(pilot, "enter", "enter", "enter")

    at_the_screen(work)
    assert len(waiting_numbers(post)) == 4


def test_only_the_units_own_letters_are_listed_and_filtered(people, letters, at_the_screen):
    async def none(pilot: Pilot) -> None:
        assert pilot.app.screen.query_one(DataTable).row_count == 0

    async def filtered(pilot: Pilot) -> None:
        await press(pilot, "f", *"22.3", "enter")
        assert pilot.app.screen.query_one(DataTable).row_count == 4
        await press(pilot, "f", *"66.1", "enter")
        assert pilot.app.screen.query_one(DataTable).row_count == 0

    at_the_screen(none, office=people("u-ga1"))
    at_the_screen(filtered)


def test_enter_asks_whether_it_came_before(post, receive, at_the_screen):
    first, second = receive(letter_text(TWIN)), receive(letter_text(TWIN))
    assert second.state is LetterState.TRAY

    async def work(pilot: Pilot) -> None:
        rows = pilot.app.screen.query_one(DataTable)
        assert "[came before?]" in str(rows.get_row(second.number)[2])
        await press(pilot, *["down"] * rows.get_row_index(second.number), "enter")
        assert f"the same as {first.number}?" in " ".join(said(pilot, "known").split())
        await press(pilot, "enter", *"differs", "enter")
        assert "letter of its own" in said(pilot) and "asks" not in said(pilot, "known")
        await press(pilot, "equals_sign", *first.number, "enter")
        assert f"is the same as {first.number}" in said(pilot)

    app = at_the_screen(work)
    done = stored(post, second.number)
    assert (done.state, done.reject_reason) == (LetterState.REJECTED, f"dasselbe wie {first.number}")
    assert app.counts["rejected"] == 1


def test_enter_files_special_mail_only_when_told_so(post, receive, at_the_screen):
    marked = receive("Persönlich\n" + letter_text(LOW.format("Waldi")))

    async def work(pilot: Pilot) -> None:
        await press(pilot, "enter", "enter", "escape")
        assert stored(post, marked.number).state is LetterState.TRAY
        await press(pilot, "enter", *"file", "enter")

    at_the_screen(work)
    assert stored(post, marked.number).state is LetterState.FILED


def test_enter_asks_where_a_case_may_fit_and_a_new_one_is_suggested(post, letters, at_the_screen):
    machine, waiting = post.machine("test"), letters[0]
    with post.work(machine) as unit_of_work:
        case = filing.case_of_class(unit_of_work, machine, waiting, "22.31", "Hundesteuer Colditz")
        row = unit_of_work.session.get_one(Letter, waiting.number)
        row.suggestion = {**row.suggestion, "candidates": [case.reference]}
        unit_of_work.session.add(row)
        unit_of_work.log("letter.rerun", f"letter:{row.number}", row)

    async def work(pilot: Pilot) -> None:
        await press(pilot, "enter")
        assert "asks: a case that is there, or a new one in 22.31?" in " ".join(said(pilot, "known").split())
        await press(pilot, "enter", "enter")
        assert f"filed into {case.reference}" in said(pilot)

    at_the_screen(work)
    assert stored(post, waiting.number).case_reference == case.reference


def test_what_is_late_is_marked(post, receive, at_the_screen):
    row = receive(letter_text("Xyz qqq. Ich bitte um Antwort bis zum 18.12.2026."))
    post.clock.advance(timedelta(days=60))

    async def work(pilot: Pilot) -> None:
        assert str(pilot.app.screen.query_one(DataTable).get_row(row.number)[0]) == "!18.12.26"
        assert "1 late (!)" in said(pilot, "title")
        await press(pilot, "enter")
        assert "LATE since 18.12.2026" in said(pilot, "title") and "late 18.12.2026" in said(pilot, "known")

    at_the_screen(work)


def test_facts_stay_within_their_column(letters, at_the_screen):
    async def work(pilot: Pilot) -> None:
        await press(pilot, "enter")
        assert max(map(len, said(pilot, "known").splitlines())) <= 40

    at_the_screen(work)


def test_the_margins_of_a_page_are_not_drawn():
    page = Image.new("L", (200, 280), 250)
    ImageDraw.Draw(page).rectangle((50, 70, 149, 209), fill=10)
    page.putpixel((3, 3), 0)
    assert written(page) == pytest.approx((0.23, 0.23, 0.77, 0.77), abs=0.01)
    assert written(Image.new("L", (200, 280), 250)) == (0.0, 0.0, 1.0, 1.0)


@pytest.mark.parametrize(("colours", "fine"), [(True, False), (True, True), (False, False)])
def test_a_page_is_drawn_in_its_cells(colours, fine):
    page = Image.new("RGB", (400, 560), "white")
    ImageDraw.Draw(page).rectangle((0, 0, 199, 279), fill="black")
    text = drawn(page, 20, 10, colours=colours, fine=fine)
    lines = text.plain.split("\n")
    assert [len(line) for line in lines] == [20] * 10
    assert lines[0][0] != lines[9][19] or text.spans, "ink and paper look different"
    if not colours:
        assert lines[0][0] == "\u28ff" and lines[9][19] == "\u2800" and not text.spans
