"""The mail book (Posteingangsbuch) of a year, and the list of what is not filed, as rows, CSV or PDF."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from erecords.fonts import regular_font
from mailroom import findings
from mailroom.models import Delivery, DeliveryState, EntryLabel, Letter, LetterState
from mailroom.sheets import labels


@dataclass(frozen=True)
class Form:
    """How a list is printed: its columns with their German headings and widths in millimetres."""

    title: str
    columns: tuple[str, ...]
    headings: tuple[str, ...]
    widths: tuple[int, ...]


BOOK = Form(
    "Posteingangsbuch",
    ("number", "received", "channel", "sender", "title", "date", "pages", "state", "unit", "case", "decided_by"),
    ("Nummer", "Eingang", "Kanal", "Absender", "Betreff", "Datum", "Seiten", "Stand", "Stelle", "Akte", "durch"),
    (25, 17, 16, 42, 58, 17, 11, 14, 11, 32, 20),
)
UNFILED = Form(
    "Nicht abgelegt",
    ("number", "received", "days", "due", "unit", "sender", "title", "pages", "state", "look_at"),
    ("Nummer", "Eingang", "Tage", "Frist", "Stelle", "Absender", "Betreff", "Seiten", "Stand", "Zu prüfen"),
    (25, 17, 10, 17, 12, 42, 62, 11, 18, 46),
)

DUE = Form(
    "Wiedervorlagen bis",
    ("date", "what", "basis", "number", "title", "sender", "unit", "case", "state"),
    ("Fällig", "Was", "Grundlage", "Nummer", "Betreff", "Absender", "Stelle", "Akte", "Stand"),
    (17, 50, 34, 25, 58, 40, 11, 32, 14),
)


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
        **dict.fromkeys(BOOK.columns, ""),
        "number": row.number,
        "received": row.printed.isoformat(),
        "title": "(Etikett, noch kein Brief)",
        "pages": 0,
        "state": "label",
        "decided_by": row.printed_by,
        "delivery": None,
        "erased": False,
    }


def unfiled(session: Session, today: date) -> list[dict[str, Any]]:
    """What is not filed: letters that wait, and deliveries in quarantine; the longest waiting first."""
    letters = session.exec(select(Letter).where(Letter.state == LetterState.TRAY))
    held = session.exec(select(Delivery).where(Delivery.state == DeliveryState.QUARANTINED))
    rows = [_waiting(letter, today) for letter in letters] + [_held(row, today) for row in held]
    return sorted(rows, key=lambda row: (row["received"], row["number"]))


def _waiting(letter: Letter, today: date) -> dict[str, Any]:
    urgent = dict.fromkeys(code for code in map(findings.code, letter.findings) if findings.is_urgent(code))
    return {
        "number": letter.number,
        "received": letter.received.isoformat(),
        "days": (today - letter.received).days,
        "due": letter.due.isoformat() if letter.due else "",
        "unit": letter.unit or "",
        "sender": letter.sender or "",
        "title": letter.title,
        "pages": letter.last_page - letter.first_page + 1,
        "state": letter.state.value,
        "look_at": ", ".join(urgent),
    }


def _held(row: Delivery, today: date) -> dict[str, Any]:
    received = row.received.date()
    return {
        **dict.fromkeys(UNFILED.columns, ""),
        "number": f"quarantine {row.id}",
        "received": received.isoformat(),
        "days": (today - received).days,
        "title": row.source,
        "pages": 0,
        "state": row.state.value,
        "look_at": row.reason or "",
    }


def as_csv(rows: list[dict[str, Any]], form: Form = BOOK) -> bytes:
    """The rows as CSV: UTF-8 with byte order mark and semicolons, as German office programs open it.

    A cell that a spreadsheet would take for a formula is put behind an apostrophe.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(form.columns)
    for row in rows:
        writer.writerow([_harmless(str(row[column])) for column in form.columns])
    return out.getvalue().encode("utf-8-sig")


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def as_pdf(rows: list[dict[str, Any]], city: str, when: str, form: Form = BOOK) -> bytes:
    """The rows as a printable PDF table, A4 landscape; ``when`` is the year or day that stands in its title."""
    from fpdf import FPDF
    from fpdf.fonts import FontFace

    class Sheet(FPDF):
        def footer(self) -> None:
            self.set_y(-10)
            self.set_font("book", size=7)
            self.cell(0, 5, f"{form.title} {when} · Seite {self.page_no()}", align="C")

    pdf = Sheet(orientation="landscape", format="A4")
    pdf.set_title(f"{form.title} {when}")
    pdf.add_font("book", fname=str(regular_font()))
    pdf.add_page()
    pdf.set_font("book", size=13)
    pdf.cell(0, 9, f"{city}: {form.title} {when}", new_x="LMARGIN", new_y="NEXT")
    pdf.set_font("book", size=7)
    heading = FontFace(emphasis="", fill_color=(225, 230, 235))
    with pdf.table(col_widths=form.widths, line_height=4, headings_style=heading, text_align="LEFT") as table:
        table.row(form.headings)
        for row in rows:
            table.row([str(row[column]) for column in form.columns])
    return bytes(pdf.output())
