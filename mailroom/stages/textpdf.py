"""Print plain text as a PDF on A4, with a head of named lines: the form in which e-mail and text files are kept."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from erecords.fonts import regular_font

_SIZE, _LINE = 10, 5
_MARGIN = 20
_NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)
"""The file states no time of its own, so that printing it again gives the same bytes."""
MAX_CHARS = 300_000


def print_text(text: str, head: Sequence[tuple[str, str]], title: str, target: Path, max_pages: int) -> int:
    """Write text as PDF; letters that the font lacks are shown as a question mark.

    Args:
        text: Lines; at most ``MAX_CHARS`` characters of it are printed.
        head: Named lines to stand above it (``Von``, ``Betreff`` ...).
        title: Title of the PDF.
        target: File to write.
        max_pages: Pages after which printing stops.

    Returns:
        The number of pages.
    """
    from fpdf import FPDF

    pdf = FPDF(format="A4")
    pdf.set_creation_date(_NO_DATE)
    pdf.set_title(printable(title))
    pdf.set_margins(_MARGIN, _MARGIN)
    pdf.set_auto_page_break(True, margin=_MARGIN)
    pdf.add_font("text", fname=str(regular_font()))
    pdf.add_page()
    pdf.set_font("text", size=_SIZE)
    known = frozenset(cast(Any, pdf.fonts["text"]).cmap)
    for name, value in head:
        _line(pdf, f"{name}: {value}", known)
    if head:
        pdf.set_y(pdf.get_y() + 2)
        pdf.line(_MARGIN, pdf.get_y(), pdf.w - _MARGIN, pdf.get_y())
        pdf.set_y(pdf.get_y() + 3)
    for line in text[:MAX_CHARS].split("\n"):
        if pdf.page_no() > max_pages:
            break
        _line(pdf, line, known)
    pdf.output(str(target))
    return int(pdf.page_no())


def _line(pdf: Any, line: str, known: frozenset[int]) -> None:
    shown = "".join(char if ord(char) in known else "?" for char in printable(line))
    if not shown.strip():
        pdf.ln(_LINE)
        return
    pdf.multi_cell(0, _LINE, shown, align="L", new_x="LMARGIN", new_y="NEXT")


def printable(text: str) -> str:
    """One line of text in composed form, without control characters and marks that turn the direction of writing."""
    composed = unicodedata.normalize("NFC", text.replace("\t", "    ").replace("\xa0", " "))
    return "".join(char for char in composed if unicodedata.category(char)[0] != "C")
