"""Tick boxes that are drawn on a scan, and what only looks like one."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mailroom.engines.boxes import EMPTY, TICKED, find_boxes, with_boxes
from mailroom.engines.readers import reader_for
from mailroom.engines.reading import Grey, Reading, ReadLine, ReadWord
from mailroom.engines.straight import read_straight
from mailroom.fields.forms import ticked
from mailroom.fields.lines import lines_of
from mailroom.settings import MailroomSettings
from mailroom.stages.textpages import read_text
from tests.mailroom.recognition import drawing

DPI = 300


def sheet() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    picture = Image.new("L", (1200, 600), 255)
    return picture, ImageDraw.Draw(picture)


def grey(picture: Image.Image) -> Grey:
    return Grey(np.asarray(picture.convert("L")), float(DPI))


def seen(picture: Image.Image) -> list[bool]:
    return [box.ticked for box in find_boxes(grey(picture))]


@pytest.mark.parametrize("line", [1, 2, 5])
@pytest.mark.parametrize("edge", [30, 50, 80])
def test_empty_boxes_and_crossed_ones(edge: int, line: int) -> None:
    picture, pen = sheet()
    for left, crossed in ((100, False), (400, True), (700, False)):
        pen.rectangle((left, 100, left + edge, 100 + edge), outline=0, width=line)
        if crossed:
            pen.line((left - 4, 96, left + edge + 4, 104 + edge), fill=0, width=4)
            pen.line((left + edge, 100, left, 100 + edge), fill=0, width=4)
    found = sorted(find_boxes(grey(picture)), key=lambda box: box.left)
    assert [box.ticked for box in found] == [False, True, False]
    assert [abs(box.left - left) <= 4 for box, left in zip(found, (100, 400, 700), strict=True)] == [True] * 3


def test_a_hook_over_the_edge_a_scribble_and_a_bitonal_scan_askew() -> None:
    picture, pen = sheet()
    for left in (100, 400):
        pen.rectangle((left, 100, left + 50, 150), outline=0, width=3)
    pen.line(((108, 125), (122, 145), (170, 80)), fill=0, width=5)
    pen.line(((410, 110), (440, 140), (412, 135), (438, 112), (425, 145)), fill=0, width=4)
    askew = picture.rotate(0.8, resample=Image.Resampling.BICUBIC, fillcolor=255)
    assert seen(askew) == [True, True]
    assert seen(drawing.bitonal(askew)) == [True, True]


def test_tables_comb_fields_bullets_and_writing_hold_no_boxes() -> None:
    picture, pen = sheet()
    for column in range(5):
        pen.rectangle((100 + 60 * column, 100, 160 + 60 * column, 160), outline=0, width=3)
    for row in range(4):
        pen.rectangle((600, 100 + 60 * row, 660, 160 + 60 * row), outline=0, width=3)
    pen.rectangle((800, 100, 850, 150), fill=0)
    pen.rectangle((900, 100, 1100, 150), outline=0, width=3)
    assert seen(picture) == []
    assert seen(drawing.page(drawing.GERMAN)) == [] == seen(drawing.page("BDEOQ08 HDR\nLogo", points=28))


def word(text: str, left: int, right: int, top: int = 100, bottom: int = 140) -> ReadWord:
    return ReadWord(text, left, top, right, bottom, 0.9)


def line(*words: ReadWord) -> ReadLine:
    sides = [(one.left, one.top, one.right, one.bottom) for one in words]
    left, top, right, bottom = (
        pick(side) for pick, side in zip((min, min, max, max), zip(*sides, strict=True), strict=True)
    )
    return ReadLine(words, left, top, right, bottom, 0.0, 0.0, 0)


def test_a_box_stands_before_its_label_in_place_of_what_was_read_of_it() -> None:
    picture, pen = sheet()
    for left in (100, 500):
        pen.rectangle((left, 97, left + 45, 142), outline=0, width=3)
    pen.line((500, 97, 545, 142), fill=0, width=5)
    reading = Reading(
        (line(word("LJ", 98, 147), word("ja", 170, 210), word("nein", 570, 650)), line(word("X", 499, 546)))
    )
    (only,) = with_boxes(grey(picture), reading).lines
    assert [one.text for one in only.words] == [EMPTY, "ja", TICKED, "nein"]


def test_a_square_without_a_word_at_its_right_changes_nothing() -> None:
    picture, pen = sheet()
    pen.rectangle((700, 97, 745, 142), outline=0, width=3)
    reading = Reading((line(word("Hund", 100, 210)), line(word("O", 702, 744))))
    assert with_boxes(grey(picture), reading) == reading


def test_a_letter_of_a_word_is_no_box() -> None:
    picture, pen = sheet()
    pen.rectangle((100, 97, 145, 142), outline=0, width=5)
    reading = Reading((line(word("Die", 98, 240), word("Mauer", 270, 500)),))
    assert find_boxes(grey(picture)) and with_boxes(grey(picture), reading) == reading


def test_ticks_of_a_scanned_form_are_fields_of_the_letter() -> None:
    picture = drawing.page(
        "Antrag auf Anmeldung einer Wohnung\n\n      Hauptwohnung\n\n      Nebenwohnung\n\n      beides"
    )
    pen = ImageDraw.Draw(picture)
    tops = [place for place in range(150, 900) if ink_starts(picture, place)]
    for place, top in enumerate(tops[1:4]):
        pen.rectangle((150, top - 4, 195, top + 41), outline=0, width=3)
        if place == 1:
            pen.line((150, top - 4, 195, top + 41), fill=0, width=5)
            pen.line((195, top - 4, 150, top + 41), fill=0, width=5)
    read, _ = read_straight(reader_for(MailroomSettings()), grey(picture))
    page = read_text(1, read)
    assert [field.value for field in ticked([lines_of(page)])] == ["Nebenwohnung"], page.text
    assert page.text.count(EMPTY) == 2 and "Hauptwohnung" in page.text


def ink_starts(picture: Image.Image, row: int) -> bool:
    pixels = np.asarray(picture) < 128
    return bool(pixels[row].any() and not pixels[row - 1].any())
