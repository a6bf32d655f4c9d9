"""Batches are cut at separator sheets; nothing is lost, nothing merged silently."""

from __future__ import annotations

from pathlib import Path

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mailroom.settings import MailroomSettings
from mailroom.stages.identify import identify
from mailroom.stages.prepare import prepare
from mailroom.stages.split import Barcode, PageMarks, PageRange, ranges, split
from tests.mailroom.recognition import drawing

SETTINGS = MailroomSettings()


def sheet(kind: str, text: str = "PATCHT", turn: int = 0) -> Image.Image:
    code = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, kind))
    picture = Image.fromarray(zxingcpp.write_barcode_to_image(code, scale=4))
    page = Image.new("L", (1240, 1754), 255)
    page.paste(picture, (300, 400))
    return page.rotate(turn, expand=True, fillcolor=255)


def cut(tmp_path: Path, *pictures: Image.Image) -> tuple[PageRange, ...]:
    path = drawing.scan_pdf(tmp_path / "batch.pdf", *pictures, dpi=150)
    return split(prepare(path, tmp_path / "work", identify(path, "batch.pdf", SETTINGS), SETTINGS), SETTINGS)


LETTER = drawing.page(drawing.GERMAN, dpi=150, size=(8.27, 11.69))
BLANK = Image.new("L", (1240, 1754), 255)


@pytest.mark.parametrize("kind", ["Code39", "Code128", "QRCode", "DataMatrix"])
@pytest.mark.parametrize("turn", [0, 90, 180, 7])
def test_sheets_of_all_kinds_at_any_angle(kind: str, turn: int, tmp_path: Path) -> None:
    found = cut(tmp_path, LETTER, sheet(kind, turn=turn), LETTER)
    assert [(one.first, one.last, one.separator) for one in found] == [(1, 1, False), (2, 2, True), (3, 3, False)]


def test_blank_back_goes_with_the_sheet_and_blank_pages_are_named(tmp_path: Path) -> None:
    found = cut(tmp_path, LETTER, BLANK, sheet("QRCode"), BLANK, LETTER)
    assert [(one.first, one.last, one.separator, one.blank) for one in found] == [
        (1, 2, False, (2,)),
        (3, 4, True, (4,)),
        (5, 5, False, ()),
    ]


def test_other_codes_cut_nothing_and_are_kept(tmp_path: Path) -> None:
    found = cut(tmp_path, LETTER, sheet("QRCode", "E-2026-0000815"), LETTER)
    assert [(one.first, one.last, one.separator) for one in found] == [(1, 3, False)]
    assert found[0].barcodes == (Barcode("QR Code", "E-2026-0000815"),)


def test_damaged_sheet_is_doubted(tmp_path: Path) -> None:
    page = sheet("QRCode")
    box = page.point(lambda value: 255 - value).getbbox()
    assert box
    middle = ((box[0] + box[2]) // 2, (box[1] + box[3]) // 2)
    page.paste(0, (middle[0] - 12, middle[1] - 12, middle[0] + 40, middle[1] + 30))
    found = cut(tmp_path, LETTER, page, LETTER)
    assert [(one.first, one.last) for one in found] == [(1, 3)]
    assert found[0].doubtful == (2,)


def mark(number: int, kind: str) -> PageMarks:
    codes = (Barcode("Code 39", "PATCHT"),) if kind == "sheet" else ()
    return PageMarks(number, codes, int(kind == "doubtful"), kind == "blank")


@given(st.lists(st.sampled_from(["letter", "sheet", "blank", "doubtful"]), max_size=40))
def test_ranges_are_the_whole_batch_in_order(kinds: list[str]) -> None:
    found = ranges(mark(number, kind) for number, kind in enumerate(kinds, 1))
    assert [page for one in found for page in range(one.first, one.last + 1)] == list(range(1, len(kinds) + 1))
    for one in found:
        sheets = [number for number in range(one.first, one.last + 1) if kinds[number - 1] == "sheet"]
        assert sheets == ([one.first] if one.separator else [])
    letters = [one for one in found if not one.separator]
    assert all(kinds[number - 1] != "sheet" for one in letters for number in range(one.first, one.last + 1))
