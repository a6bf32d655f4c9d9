"""Sheets to print: separator sheets (Trennblatt), cover sheets of batches (Deckblatt), labels (Etiketten)."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mailroom.stages import sheets
from mailroom.stages.sheets import Cover

if TYPE_CHECKING:
    from fpdf import FPDF


@dataclass(frozen=True)
class LabelSheet:
    """A4 sheet of labels as sold: columns and rows, size of a label and margins in millimetres."""

    columns: int
    rows: int
    width: float
    height: float
    left: float
    top: float
    gap: float = 0.0
    """Between columns."""


LABEL_SHEETS = {
    "70x37": LabelSheet(3, 8, 70.0, 37.0, 0.0, 0.5),
    "48x25": LabelSheet(4, 11, 48.5, 25.4, 8.0, 8.8),
    "38x21": LabelSheet(5, 13, 38.1, 21.2, 4.75, 10.7, 2.5),
}
"""By the size of a label: 24, 44 and 65 on a sheet."""


def separator_pdf() -> bytes:
    """Two A4 sheets with the separator as QR, DataMatrix and Code 128, upright and readable from any side."""
    pdf = _document("Trennblatt")
    for _ in range(2):
        _sheet(pdf, sheets.SEPARATOR_TITLE, sheets.SEPARATOR_HINT, sheets.SEPARATOR_TEXT)
    return bytes(pdf.output())


def cover_pdf(cover: Cover) -> bytes:
    """One A4 cover sheet that declares a batch and how many letters it has."""
    pdf = _document(f"Deckblatt {cover.name}")
    _sheet(pdf, sheets.COVER_TITLE, sheets.COVER_HINT, cover.text)
    pdf.set_xy(10, 118)
    pdf.set_font("sheet", size=30)
    pdf.cell(0, 14, f"Stapel {cover.name}: {cover.letters} Briefe", align="C")
    return bytes(pdf.output())


def label_pdf(numbers: Sequence[str], sheet: LabelSheet, city: str) -> bytes:
    """Labels with these entry numbers, as QR and in print, on A4 sheets of labels."""
    pdf = _document("Etiketten")
    on_sheet = sheet.columns * sheet.rows
    for place, number in enumerate(numbers):
        if place % on_sheet == 0:
            pdf.add_page()
        row, column = divmod(place % on_sheet, sheet.columns)
        x, y = sheet.left + column * (sheet.width + sheet.gap), sheet.top + row * sheet.height
        size = min(sheet.height - 5.0, sheet.width * 0.42)
        pdf.image(_png(number, "QRCode"), x=x + 3, y=y + (sheet.height - size) / 2, w=size)
        left, wide = x + size + 4, sheet.width - size - 9
        for text, largest, below in ((city, 8.0, -5.0), (number, 13.0, 1.0)):
            _fitting(pdf, text, wide, largest)
            pdf.set_xy(left, y + sheet.height / 2 + below)
            pdf.cell(wide, 4, text)
    return bytes(pdf.output())


def _document(title: str) -> FPDF:
    from fpdf import FPDF

    from erecords.fonts import regular_font

    pdf = FPDF(format="A4")
    pdf.set_title(title)
    pdf.set_auto_page_break(False)
    pdf.c_margin = 0
    pdf.add_font("sheet", fname=str(regular_font()))
    return pdf


def _fitting(pdf: FPDF, text: str, width: float, largest: float) -> None:
    pdf.set_font("sheet", size=largest)
    wide = pdf.get_string_width(text)
    if wide > width:
        pdf.set_font("sheet", size=largest * width / wide)


def _sheet(pdf: FPDF, title: str, hint: str, text: str) -> None:
    pdf.add_page()
    pdf.set_font("sheet", size=40)
    pdf.set_y(24)
    pdf.cell(0, 20, title, align="C", new_x="LMARGIN", new_y="NEXT")
    pdf.set_font("sheet", size=13)
    pdf.multi_cell(0, 7, hint, align="C")
    pdf.image(_png(text, "QRCode"), x=30, y=62, w=52)
    pdf.image(_png(text, "DataMatrix"), x=128, y=62, w=52)
    pdf.image(_png(text, "Code128"), x=25, y=160, w=160, h=28)
    pdf.image(_png(text, "QRCode"), x=77, y=210, w=55)


def _png(text: str, form: str) -> io.BytesIO:
    import numpy as np
    import zxingcpp
    from PIL import Image

    barcode: Any = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, form))
    picture = np.array(barcode.to_image(scale=12, add_quiet_zones=True))
    out = io.BytesIO()
    Image.fromarray(picture).save(out, format="PNG")
    out.seek(0)
    return out
