"""Lay the text that was read under the pages of a PDF, through ocrmypdf."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ocrmypdf
import pikepdf
from ocrmypdf import OcrOptions
from ocrmypdf._options import ProcessingMode, TaggedPdfMode
from ocrmypdf.exceptions import ExitCodeException

from mailroom.engines import plugin
from mailroom.engines.reading import PageReader
from mailroom.errors import Refused
from mailroom.reasons import ReasonCode
from mailroom.settings import MailroomSettings
from mailroom.stages.pages import PageFacts, Pages
from mailroom.stages.plan import PagePlan, Way

_NO_LINEARISING = 1e6
"""Megabytes from which ocrmypdf would rewrite the file for reading over a network."""
_ANY_CONFIDENCE = 1.0


def lay(
    source: Path,
    target: Path,
    plans: Mapping[int, PagePlan],
    facts: Mapping[int, PageFacts],
    reader: PageReader,
    settings: MailroomSettings,
) -> dict[int, plugin.PageRead]:
    """Read the pages whose plan asks for it and write the PDF with their text layer, turned upright.

    Pictures are not touched: only text is added, and the page's own turn is changed.

    Returns:
        What was read, by page number from 1.

    Raises:
        Refused: the file cannot be drawn or rewritten.
    """
    wanted = sorted(number for number, plan in plans.items() if plan.way is not Way.OWN)
    with Pages(source) as pages:

        def render(number: int) -> Any:
            only = plans[number].regions if plans[number].way is Way.BOTH else None
            return pages.grey(number, facts[number], settings.dpi, only)

        run = plugin.RangeRun(render, reader, lambda number: facts[number].chars == 0)
        options = OcrOptions(
            input_file=source,
            output_file=target,
            languages=settings.languages,
            output_type="pdf",
            mode=ProcessingMode.redo if any(facts[number].chars for number in wanted) else ProcessingMode.skip,
            pages=",".join(map(str, wanted)),
            rotate_pages=True,
            rotate_pages_threshold=_ANY_CONFIDENCE,
            tagged_pdf_mode=TaggedPdfMode.ignore,
            optimize=0,
            fast_web_view=_NO_LINEARISING,
            progress_bar=False,
            jobs=1,
            use_threads=True,
            plugins=[plugin.NAME],
        )
        logging.getLogger("ocrmypdf").setLevel(logging.CRITICAL)
        try:
            with plugin.running(run):
                ocrmypdf.ocr(options)
        except (ExitCodeException, pikepdf.PdfError, ValueError, RuntimeError) as error:
            raise Refused(ReasonCode.DAMAGED, f"no text layer could be laid: {type(error).__name__}") from error
    return run.pages


def slim_fonts(pdf: pikepdf.Pdf) -> None:
    """Empty the outlines of the fonts of text layers: that text is never painted, its shapes only take room.

    Widths, encodings and the table of meanings stay, so that search and selection work as before.
    """
    done: set[tuple[int, int]] = set()
    for page in pdf.pages:
        for name, form in _members(page.obj, "/XObject"):
            if not name.startswith("/OCR-") or not isinstance(form, pikepdf.Stream) or form.objgen in done:
                continue
            done.add(form.objgen)
            form.write(zlib.compress(form.read_bytes(), 9), filter=pikepdf.Name.FlateDecode)
            for _, font in _members(form, "/Font"):
                _slim_font(font, done)


def _members(holder: Any, category: str) -> list[tuple[str, Any]]:
    resources = holder.get("/Resources")
    found = resources.get(category) if isinstance(resources, pikepdf.Dictionary) else None
    return list(found.items()) if isinstance(found, pikepdf.Dictionary) else []


def _slim_font(font: Any, done: set[tuple[int, int]]) -> None:
    for descendant in font.get("/DescendantFonts", []):
        descriptor = descendant.get("/FontDescriptor")
        program = descriptor.get("/FontFile2") if descriptor is not None else None
        if program is None or program.objgen in done:
            continue
        done.add(program.objgen)
        data = _without_outlines(program.read_bytes())
        program.write(zlib.compress(data, 9), filter=pikepdf.Name.FlateDecode)
        program["/Length1"] = len(data)


def _without_outlines(data: bytes) -> bytes:
    import io

    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
    from fontTools.ttLib.tables._g_l_y_f import Glyph  # type: ignore[import-untyped]

    font = TTFont(io.BytesIO(data))
    for name in font.getGlyphOrder():
        font["glyf"][name] = Glyph()
    for table in ("fpgm", "prep", "cvt ", "gasp"):
        if table in font:
            del font[table]
    slim = io.BytesIO()
    font.save(slim, reorderTables=False)
    return slim.getvalue()
