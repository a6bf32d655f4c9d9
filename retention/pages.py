"""Pages of retention as PDF/A-2b: certificates, letters, reports. The same values give the same bytes."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from erecords.fonts import regular_font

if TYPE_CHECKING:
    from fpdf import FPDF

_FONT = "Noto"


def begin(title: str, author: str, at: datetime, footer: str) -> FPDF:
    """An empty first page.

    Args:
        title: of the document.
        author: who issues it.
        at: when it is issued; no other time gets into it.
        footer: text below each page; ``{page}`` is its number, ``{nb}`` (in double braces) how many there are.
    """
    from fpdf import FPDF

    class Page(FPDF):
        """A page with its number below."""

        def footer(self) -> None:
            self.set_y(-14)
            self.set_font(_FONT, size=8)
            self.cell(0, 6, footer.format(page=self.page_no()), align="C")

    pdf = Page(format="A4", enforce_compliance="PDF/A-2B")
    pdf.set_creation_date(at)
    pdf.set_title(title)
    pdf.set_author(author)
    pdf.set_lang("de-DE")
    pdf.add_font(_FONT, fname=regular_font())
    pdf.set_margins(20, 18, 20)
    pdf.set_auto_page_break(True, margin=20)
    pdf.add_page()
    return pdf


def text(pdf: FPDF, words: str, *, size: float, gap: float = 0) -> None:
    """A paragraph; ``gap`` millimetres below."""
    pdf.set_font(_FONT, size=size)
    pdf.multi_cell(0, size * 0.5, words, align="L", new_x="LMARGIN", new_y="NEXT")
    if gap:
        pdf.ln(gap)


def facts(pdf: FPDF, pairs: Iterable[tuple[str, str]]) -> None:
    """Name on the left, value beside it."""
    for name, value in pairs:
        if pdf.will_page_break(14):
            pdf.add_page()
        pdf.set_font(_FONT, size=8.5)
        top = pdf.get_y()
        pdf.set_text_color(90)
        pdf.multi_cell(46, 4.4, name, align="L", new_x="LMARGIN", new_y="NEXT")
        below = pdf.get_y()
        pdf.set_text_color(0)
        pdf.set_xy(66, top)
        pdf.multi_cell(0, 4.4, value or "–", align="L", new_x="LMARGIN", new_y="NEXT")
        pdf.set_y(max(below, pdf.get_y()))


def finished(pdf: FPDF) -> bytes:
    """The file, without what the writer adds: zoom on opening (an archival page does not act), time of writing, id."""
    import pikepdf

    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(bytes(pdf.output()))) as document:
        if "/ID" in document.trailer:
            del document.trailer.ID
        if "/OpenAction" in document.Root:
            del document.Root.OpenAction
        with document.open_metadata(set_pikepdf_as_editor=False) as metadata:
            metadata["xmp:ModifyDate"] = metadata["xmp:MetadataDate"] = metadata["xmp:CreateDate"]
        document.save(target, deterministic_id=True)
    return target.getvalue()
