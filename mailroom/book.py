"""The mail book (Posteingangsbuch): every letter of a year by its entry number, as rows, CSV or PDF."""

from __future__ import annotations

import csv
import io
from typing import Any

from sqlmodel import Session, col, select

from erecords.fonts import regular_font
from mailroom import labels
from mailroom.models import Delivery, EntryLabel, Letter

COLUMNS = ("number", "received", "channel", "sender", "title", "date", "pages", "state", "unit", "case", "decided_by")
_HEADINGS = ("Nummer", "Eingang", "Kanal", "Absender", "Betreff", "Datum", "Seiten", "Stand", "Stelle", "Akte", "durch")


def entries(session: Session, year: int) -> list[dict[str, Any]]:
    """The entries of a year, in order of their numbers; gap-free, since labels without a letter stand there too."""
    rows = session.exec(
        select(Letter, Delivery)
        .join(Delivery, col(Delivery.id) == col(Letter.delivery_id))
        .where(col(Letter.number).startswith(f"E-{year}-"))
        .order_by(col(Letter.number))
    )
    found = [_entry(letter, delivery) for letter, delivery in rows]
    found += [_label(row) for row in labels.free_rows(session, year)]
    return sorted(found, key=lambda row: str(row["number"]))


def _entry(letter: Letter, delivery: Delivery) -> dict[str, Any]:
    return {
        "number": letter.number,
        "received": letter.received.isoformat(),
        "channel": delivery.channel,
        "sender": letter.sender or "",
        "title": letter.title,
        "date": letter.date.isoformat() if letter.date else "",
        "pages": letter.last_page - letter.first_page + 1,
        "state": letter.state.value,
        "unit": letter.unit or "",
        "case": letter.case_reference or "",
        "decided_by": letter.decided_by or "",
        "delivery": delivery.id,
        "erased": letter.erased,
    }


def _label(row: EntryLabel) -> dict[str, Any]:
    return {
        **dict.fromkeys(COLUMNS, ""),
        "number": row.number,
        "received": row.printed.isoformat(),
        "title": "(Etikett, noch kein Brief)",
        "pages": 0,
        "state": "label",
        "decided_by": row.printed_by,
        "delivery": None,
        "erased": False,
    }


def as_csv(rows: list[dict[str, Any]]) -> bytes:
    """The entries as CSV: UTF-8 with byte order mark and semicolons, as German office programs open it.

    A cell that a spreadsheet would take for a formula is put behind an apostrophe.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_harmless(str(row[column])) for column in COLUMNS])
    return out.getvalue().encode("utf-8-sig")


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def as_pdf(rows: list[dict[str, Any]], city: str, year: int) -> bytes:
    """The entries as a printable PDF table, A4 landscape."""
    from fpdf import FPDF
    from fpdf.fonts import FontFace

    class Sheet(FPDF):
        def footer(self) -> None:
            self.set_y(-10)
            self.set_font("book", size=7)
            self.cell(0, 5, f"Posteingangsbuch {year} · Seite {self.page_no()}", align="C")

    pdf = Sheet(orientation="landscape", format="A4")
    pdf.set_title(f"Posteingangsbuch {year}")
    pdf.add_font("book", fname=str(regular_font()))
    pdf.add_page()
    pdf.set_font("book", size=13)
    pdf.cell(0, 9, f"{city}: Posteingangsbuch {year}", new_x="LMARGIN", new_y="NEXT")
    pdf.set_font("book", size=7)
    widths = (25, 17, 16, 42, 58, 17, 11, 14, 11, 32, 20)
    heading = FontFace(emphasis="", fill_color=(225, 230, 235))
    with pdf.table(col_widths=widths, line_height=4, headings_style=heading, text_align="LEFT") as table:
        table.row(_HEADINGS)
        for row in rows:
            table.row([str(row[column]) for column in COLUMNS])
    return bytes(pdf.output())
