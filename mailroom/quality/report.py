"""The report on quality as a file: CSV for a spreadsheet, PDF with a picture for a meeting."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from erecords.fonts import regular_font

if TYPE_CHECKING:
    from fpdf import FPDF

COLUMNS = ("class", "filed", "by_itself", "corrected", "precision", "suggested", "agreed", "right")
_HEADINGS = ("Klasse", "abgelegt", "davon selbst", "berichtigt", "Treffer", "vorgeschlagen", "angenommen", "richtig")
_MOST_BARS = 25
_GREY, _GREEN, _RED = (222, 226, 230), (86, 140, 98), (176, 58, 46)


def as_csv(data: dict[str, Any]) -> bytes:
    """The classes and their sum as CSV: UTF-8 with byte order mark and semicolons, shares with a point."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in _rows(data):
        writer.writerow(["" if row[column] is None else row[column] for column in COLUMNS])
    return out.getvalue().encode("utf-8-sig")


def _rows(data: dict[str, Any]) -> list[dict[str, Any]]:
    return [*data["classes"], {**data, "class": "alle"}]


def as_pdf(data: dict[str, Any], city: str) -> bytes:
    """The report on A4: figures, a bar for each class (filed by itself, of these corrected), warnings, the table."""
    from fpdf import FPDF
    from fpdf.fonts import FontFace

    period = f"{_german(data['from'])} bis {_german(data['to'])}"

    class Sheet(FPDF):
        def footer(self) -> None:
            self.set_y(-10)
            self.set_font("report", size=7)
            self.cell(0, 5, f"Güte der Posteingangserkennung, {period} · Seite {self.page_no()}", align="C")

    pdf = Sheet(format="A4")
    pdf.set_title(f"Güte der Posteingangserkennung {period}")
    pdf.add_font("report", fname=str(regular_font()))
    pdf.add_page()
    pdf.set_font("report", size=13)
    pdf.cell(0, 9, f"{city}: Güte der Posteingangserkennung", new_x="LMARGIN", new_y="NEXT")
    pdf.set_font("report", size=9)
    head = [
        f"{period}: {data['received']} Briefe, {data['filed']} abgelegt, {data['rejected']} zurückgewiesen.",
        f"Selbst abgelegt: {data['by_itself']} ({_share(data['share_by_itself'])}), davon berichtigt: "
        f"{data['corrected']}; Treffer {_share(data['precision'])}.",
        f"Gelernt aus {data['learned'].get('samples', 0)} Beispielen.",
    ]
    for line in head:
        pdf.multi_cell(0, 5, line, new_x="LMARGIN", new_y="NEXT")
    if data["warnings"]:
        pdf.ln(2)
        pdf.set_text_color(*_RED)
        for line in data["warnings"]:
            pdf.multi_cell(0, 5, f"! {line}", new_x="LMARGIN", new_y="NEXT")
        pdf.set_text_color(0)
    _bars(pdf, data["classes"])
    pdf.ln(4)
    pdf.set_font("report", size=8)
    pdf.set_fill_color(255)
    heading = FontFace(emphasis="", fill_color=(225, 230, 235))
    with pdf.table(line_height=4.5, headings_style=heading, text_align="LEFT") as table:
        table.row(_HEADINGS)
        for row in _rows(data):
            shares = {name: _share(row[name]) for name in ("precision", "right")}
            table.row([str({**row, **shares}[column]) for column in COLUMNS])
    return bytes(pdf.output())


def _bars(pdf: FPDF, classes: list[dict[str, Any]]) -> None:
    """A bar for each class, those with most letters first: grey filed, green of these by itself, red corrected."""
    shown = sorted(classes, key=lambda row: -row["filed"])[:_MOST_BARS]
    most = max((row["filed"] for row in shown), default=0)
    if not most:
        return
    pdf.ln(3)
    pdf.set_font("report", size=8)
    pdf.cell(0, 5, "abgelegt (grau), davon selbst (grün), davon berichtigt (rot)", new_x="LMARGIN", new_y="NEXT")
    left, width = pdf.l_margin + 22, pdf.epw - 40
    for row in shown:
        y = pdf.get_y()
        pdf.cell(22, 4.5, row["class"])
        kept = row["by_itself"] - row["corrected"]
        for value, start, colour in (
            (row["filed"], 0, _GREY),
            (kept, 0, _GREEN),
            (row["corrected"], kept, _RED),
        ):
            if value:
                pdf.set_fill_color(*colour)
                pdf.rect(left + width * start / most, y + 0.6, width * value / most, 3.3, style="F")
        pdf.set_xy(left + width + 2, y)
        pdf.cell(16, 4.5, str(row["filed"]), new_x="LMARGIN", new_y="NEXT")


def _share(value: float | None) -> str:
    return "" if value is None else f"{value * 100:.1f} %".replace(".", ",")


def _german(day: str) -> str:
    year, month, date = day.split("-")
    return f"{date}.{month}.{year}"
