"""Batches are cut at separator sheets; nothing is lost, nothing merged silently."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from mailroom.engines.reading import Grey
from mailroom.ports import Barcode, PageText
from mailroom.settings import MailroomSettings
from mailroom.sheets import separators
from mailroom.stages.identify import identify
from mailroom.stages.marks import PageMarks
from mailroom.stages.prepare import prepare
from mailroom.stages.sheets import Cover, cover_of, looks_like_sheet
from mailroom.stages.split import Batch, PageRange, batches, ranges, read_codes, split
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


def labelled(number: int, *texts: str) -> PageMarks:
    return PageMarks(number, tuple(Barcode("Code128", text) for text in texts), 0, False)


@pytest.mark.parametrize(
    ("codes", "starts"),
    [
        (["PE-26-000123", "", "PE-26-000124"], [1, 3]),
        (["", "pe-26-000123 ", ""], [1, 2]),
        (["PE-26-000123", "PE-26-000123", "PE-26-000123"], [1]),
        (["", "PE-26-00012", "PE-26-0001234", "XPE-26-000123", "PE-26-00012A", "PE-26-00012²"], [1]),
        (["PE-26-000123", "PATCHT", "PE-26-000124"], [1, 2, 3]),
        (["", "E-2026-0000001"], [1]),
    ],
)
def test_labels_of_other_programs_begin_a_letter(codes: list[str], starts: list[int]) -> None:
    marks = [labelled(place, *filter(None, [code])) for place, code in enumerate(codes, 1)]
    found = ranges(marks, frozenset(), ["PE-##-######"])
    assert [one.first for one in found] == starts
    assert {one.label for one in found} == {""}, "only own labels give a number"
    assert len(ranges(marks)) == (3 if "PATCHT" in codes else 1)


@pytest.mark.parametrize("form", ["########", "PE-##", "pe-######", "PE.*###", "P###|Q###", "P" * 38 + "###", ""])
def test_what_is_no_form_of_a_label(form: str) -> None:
    with pytest.raises(ValueError, match="no form of a label"):
        MailroomSettings(label_forms=[form])


def test_damaged_sheet_is_doubted(tmp_path: Path) -> None:
    page = sheet("QRCode")
    box = page.point(lambda value: 255 - value).getbbox()
    assert box
    middle = ((box[0] + box[2]) // 2, (box[1] + box[3]) // 2)
    page.paste(0, (middle[0] - 12, middle[1] - 12, middle[0] + 40, middle[1] + 30))
    found = cut(tmp_path, LETTER, page, LETTER)
    assert [(one.first, one.last) for one in found] == [(1, 3)]
    assert found[0].doubtful == (2,)


def printed(data: bytes, dpi: int) -> Image.Image:
    with closing(pdfium.PdfDocument(data)) as pdf:
        return pdf[0].render(scale=dpi / 72, grayscale=True).to_pil().convert("L")


def noisy(picture: Image.Image) -> Image.Image:
    noise = np.random.default_rng(1).normal(0, 45, (picture.height, picture.width))
    return Image.fromarray((np.asarray(picture) + noise).clip(0, 255).astype(np.uint8))


DEGRADE = {
    "as printed": lambda picture: picture,
    "askew": lambda picture: picture.rotate(7, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC),
    "upside down": lambda picture: picture.rotate(182, fillcolor=255, resample=Image.Resampling.BICUBIC),
    "noisy": noisy,
    "blurred": lambda picture: picture.filter(ImageFilter.GaussianBlur(1.5)),
    "fax": drawing.bitonal,
    "pale": lambda picture: picture.point(lambda value: 150 + value * 90 // 255),
}


@pytest.mark.parametrize("how", sorted(DEGRADE))
@pytest.mark.parametrize("dpi", [100, 200])
def test_printed_sheets_and_labels_are_read_from_poor_scans(how: str, dpi: int) -> None:
    label = separators.label_pdf(["E-2026-0000815"], separators.LABEL_SHEETS["70x37"], "Stadt Zwönau")
    for data, text in (
        (separators.separator_pdf(), "PATCHT"),
        (separators.cover_pdf(Cover("POST1", 37)), "STAPEL-37-POST1"),
        (label, "E-2026-0000815"),
    ):
        picture = DEGRADE[how](printed(data, dpi)).convert("L")
        codes, _ = read_codes(Grey(np.ascontiguousarray(np.asarray(picture)), dpi))
        assert {code.text for code in codes} == {text}


def test_a_written_page_with_the_code_of_a_sheet_is_kept_and_begins_a_letter(tmp_path: Path) -> None:
    page = drawing.page("\n".join([drawing.GERMAN] * 4), dpi=150, size=(8.27, 11.69))
    page.paste(sheet("QRCode").crop((280, 380, 480, 580)), (1000, 60))
    found = cut(tmp_path, LETTER, page, LETTER)
    assert [(one.first, one.last, one.separator) for one in found] == [(1, 1, False), (2, 3, False)]


def test_cover_sheets_declare_the_pages_up_to_the_next() -> None:
    cover = PageMarks(1, (Barcode("QR Code", "STAPEL-12-POST1"),), 0, False)
    found = ranges([mark(1, "letter"), replace(cover, number=2), mark(3, "letter"), mark(4, "sheet"), mark(5, "letter"),
                    replace(cover, number=6)])  # fmt: skip
    assert batches(found) == (Batch("POST1", 12, 2, 5), Batch("POST1", 12, 6, 6))


@pytest.mark.parametrize("text", ["STAPEL-0-A", "STAPEL-12345-A", "STAPEL-3-", "STAPEL-3-ä", "XSTAPEL-3-A", ""])
def test_what_is_no_cover_sheet(text: str) -> None:
    assert cover_of(text) is None


def page_of(text: str, **more: object) -> PageText:
    return PageText(1, 595.0, 842.0, text, (), "ocr", 0.9, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("page", "looks"),
    [
        (page_of("TRENNBLATT\nZwischen zwei Briefe legen. Dieses Blatt wird nicht abgelegt."), True),
        (page_of("TRENN8LATI\nZwisehen zwei Briele legen. Dieses B1att"), True),
        (page_of("PATCH T"), True),
        (page_of("DECKBLATT\nStapel POST1: 37 Briefe"), True),
        (page_of("", unread_codes=1), True),
        (page_of(drawing.GERMAN + " Im Deckblatt steht mehr." + drawing.GERMAN, unread_codes=1), False),
        (page_of("Sehr geehrte Frau Blatt, danke. Uwe Trenn"), False),
        (page_of(""), False),
        (page_of("", unread_codes=1, blank=True), False),
    ],
)
def test_pages_that_look_like_a_sheet(page: PageText, looks: bool) -> None:
    assert looks_like_sheet(page) is looks


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
