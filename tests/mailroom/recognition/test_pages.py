"""Pages: what they hold, blank or not, which way up, and how they are shared out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter

from mailroom.engines.ink import is_blank
from mailroom.engines.reading import Grey, Reading, ReadLine, ReadWord
from mailroom.engines.turning import read_upright, turned
from mailroom.stages.language import language_of
from mailroom.stages.pages import PageFacts, Pages
from mailroom.stages.plan import Way, plan_chunks, plan_page
from tests.mailroom.recognition import drawing


def grey(picture: Image.Image, dpi: float = 150) -> Grey:
    return Grey(np.asarray(picture.convert("L")).copy(), dpi)


def sheet(shade: int = 250) -> Image.Image:
    noise = Image.effect_noise((1240, 1754), 12).point(lambda value: min(255, shade + (value - 128) // 6))
    return noise


def test_empty_sheet_is_blank() -> None:
    assert is_blank(grey(sheet()))
    assert is_blank(grey(sheet(shade=205)))


def test_punch_holes_edges_and_dust_are_no_writing() -> None:
    picture = sheet()
    draw = ImageDraw.Draw(picture)
    for y in (640, 1110):
        draw.ellipse((60, y, 95, y + 35), fill=10)
    draw.rectangle((0, 0, 12, 1754), fill=0)
    for spot in range(6):
        draw.point((200 + spot * 150, 300 + spot * 200), fill=0)
    assert is_blank(grey(picture))


def test_what_shines_through_is_no_writing() -> None:
    back = drawing.page(drawing.GERMAN, dpi=150, size=(8.27, 11.69)).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    faint = back.filter(ImageFilter.GaussianBlur(2)).point(lambda value: 215 + value * 35 // 255)
    assert is_blank(grey(faint))


@pytest.mark.parametrize("text", ["Seite 2", "gez. Müller", drawing.GERMAN])
def test_little_writing_is_writing(text: str) -> None:
    assert not is_blank(grey(drawing.page(text, dpi=150, size=(8.27, 11.69))))


def test_picture_without_text_is_not_blank() -> None:
    picture = sheet()
    ImageDraw.Draw(picture).rectangle((200, 300, 1000, 1400), fill=90)
    assert not is_blank(grey(picture))


def line(text: str, confidence: float, *, lying: bool = False) -> ReadLine:
    box = (0, 0, 10, 100) if lying else (0, 0, 100, 10)
    words = tuple(ReadWord(word, *box, confidence) for word in text.split())
    return ReadLine(words, *box, 0.0, 0.0, 0)


class PretendedReader:
    """Reads well at one angle only, and counts what it was asked."""

    name = "pretended"

    def __init__(self, right: int, certainty: float = 30.0) -> None:
        self.right, self.certainty, self.reads, self.looks = right, certainty, 0, 0

    def version(self) -> str:
        return "pretended 1"

    def read(self, image: Grey) -> Reading:
        self.reads += 1
        angle = int(image.pixels[0, 0])
        if (self.right - angle) % 180:
            return Reading((line("lies on its side here", 0.9, lying=True),))
        good = angle == self.right
        return Reading((line("Sehr geehrte Damen und Herren" if good else "uaiJaH pun uawe", 0.95 if good else 0.3),))

    def orientation(self, image: Grey) -> tuple[int, float]:
        self.looks += 1
        return (self.right - int(image.pixels[0, 0])) % 360, self.certainty


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> Grey:
    """An image whose first pixel tells by how much it was turned (values above 255 would not fit: 270 is 14)."""

    def turn(image: Grey, angle: int) -> Grey:
        return Grey(np.full((2, 2), (int(image.pixels[0, 0]) + angle) % 360, dtype=np.uint16), image.dpi)

    monkeypatch.setattr("mailroom.engines.turning.turned", turn)
    return Grey(np.zeros((2, 2), dtype=np.uint16), 300.0)


@pytest.mark.parametrize("right", [0, 90, 180, 270])
@pytest.mark.parametrize("certainty", [30.0, 2.0, 0.0])
@pytest.mark.parametrize("hint", [0, 180])
def test_pages_are_read_upright(right: int, certainty: float, hint: int, marked: Grey) -> None:
    reader = PretendedReader(right, certainty)
    angle, reading = read_upright(reader, marked, hint)
    assert angle == right
    assert next(reading.words()).text == "Sehr"


def test_upright_page_is_read_once_without_looking(marked: Grey) -> None:
    reader = PretendedReader(0)
    read_upright(reader, marked)
    assert (reader.reads, reader.looks) == (1, 0)


def test_stack_fed_upside_down_is_read_once_a_page(marked: Grey) -> None:
    reader = PretendedReader(180)
    read_upright(reader, marked, hint=180)
    assert reader.reads == 1


def test_turning_is_counter_clockwise() -> None:
    image = Grey(np.array([[1, 2], [3, 4]], dtype=np.uint8), 300.0)
    assert turned(image, 90).pixels.tolist() == [[2, 4], [1, 3]]
    assert turned(image, 0) is image


def facts(**changes: object) -> PageFacts:
    values = {"width": 595.0, "height": 842.0, "chars": 0, "suspect": 0.0, "hidden": False, "images": ()}
    return PageFacts(**{**values, "image_dpi": 0.0, "vectors": False, **changes})  # type: ignore[arg-type]


FULL = (0.0, 0.0, 595.0, 842.0)


@pytest.mark.parametrize(
    ("page", "way", "regions"),
    [
        (facts(), Way.READ, 0),
        (facts(images=(FULL,)), Way.READ, 0),
        (facts(chars=800), Way.OWN, 0),
        (facts(chars=800, suspect=0.6), Way.READ, 0),
        (facts(chars=3000, hidden=True, images=(FULL,)), Way.OWN, 0),
        (facts(chars=30, images=(FULL,)), Way.BOTH, 1),
        (facts(chars=74, images=((16.0, 45.0, 413.0, 94.0),)), Way.BOTH, 1),
        (facts(chars=1250, images=((369.0, 24.0, 570.0, 101.0),)), Way.OWN, 0),
        (facts(chars=1250, images=((50.0, 300.0, 550.0, 600.0),)), Way.BOTH, 1),
        (facts(chars=74, images=((0.0, 0.0, 595.0, 2.0),)), Way.OWN, 0),
    ],
)
def test_each_page_is_decided_for_itself(page: PageFacts, way: Way, regions: int) -> None:
    plan = plan_page(1, page)
    assert (plan.way, len(plan.regions)) == (way, regions)


@given(st.integers(1, 500), st.integers(0, 500), st.integers(1, 40))
def test_chunks_cover_the_range_once(first: int, more: int, pages: int) -> None:
    chunks = plan_chunks(first, first + more, pages)
    assert [page for start, end in chunks for page in range(start, end + 1)] == list(range(first, first + more + 1))
    assert all(end - start < pages for start, end in chunks)


def test_own_words_have_boxes(tmp_path: Path) -> None:
    with Pages(drawing.text_pdf(tmp_path / "a.pdf", "Guten Tag\nFrau Müller")) as pages:
        words, text = pages.words(1)
        found = pages.facts(1)
    assert text == "Guten Tag\nFrau Müller"
    assert [word.line for word in words] == [0, 0, 1, 1]
    assert all(0 < word.x0 < word.x1 < found.width and 0 < word.y0 < word.y1 < found.height for word in words)
    assert words[2].y0 > words[0].y0
    assert (found.chars, found.readable, found.hidden) == (18, True, False)


@pytest.mark.parametrize(
    ("text", "language"),
    [(drawing.GERMAN, "deu"), (drawing.ENGLISH, "eng"), ("4711", ""), ("", "")],
)
def test_language_is_told_by_little_words(text: str, language: str) -> None:
    assert language_of(text.split()) == language
