"""Lay the text that was read under the pages of a PDF, through ocrmypdf."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import ocrmypdf
import pikepdf
from ocrmypdf import OcrOptions
from ocrmypdf._options import ProcessingMode, TaggedPdfMode
from ocrmypdf.exceptions import ExitCodeException

from mailroom.custody.reasons import ReasonCode
from mailroom.engines import plugin
from mailroom.engines.layer import FONT_KEY, FONT_NAME
from mailroom.engines.reading import PageRead, PageReader
from mailroom.engines.straight import straighten
from mailroom.errors import Refused
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
    *,
    may_turn: bool = True,
) -> dict[int, PageRead]:
    """Read the pages whose plan asks for it and write the PDF with their text layer, turned upright.

    Pictures are not touched: only text is added, the page's own turn is changed, and a page that lies askew is shown
    turned back. With ``may_turn`` false the pages are not turned, however badly they read so.

    Returns:
        What was read, by page number from 1.

    Raises:
        Refused: the file cannot be drawn or rewritten.
    """
    wanted = sorted(number for number, plan in plans.items() if plan.way is not Way.OWN)
    with Pages(source) as pages, ExitStack() as held:

        def render(number: int) -> Any:
            only = plans[number].regions if plans[number].way is Way.BOTH else None
            return pages.grey(number, facts[number], settings.dpi, only)

        run = plugin.RangeRun(render, reader, lambda number: may_turn and facts[number].chars == 0)
        for number in wanted:
            run.look(number)
        written = held.enter_context(target.open("w+b"))  # into a stream: what comes of it is checked in pdfa.finish
        options = OcrOptions(
            input_file=_straight(source, target, run.pages),
            output_file=written,
            languages=settings.languages,
            output_type="pdf",
            pdf_renderer="sandwich",
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


def _straight(source: Path, target: Path, pages: dict[int, PageRead]) -> Path:
    """The PDF with the pages put straight that were read so; the source itself where there is none."""
    askew = {number: read.gate.skew for number, read in pages.items() if read.gate and read.gate.straightened}
    if not askew:
        return source
    straight = target.with_suffix(".straight.pdf")
    straighten(source, straight, askew)
    return straight


def share_font(pdf: pikepdf.Pdf) -> None:
    """Let all text layers of a file use one font: each page brought its own copy of the same."""
    shared = None
    for page in pdf.pages:
        for name, form in _members(page.obj, "/XObject"):
            if not name.startswith("/OCR-") or not isinstance(form, pikepdf.Stream):
                continue
            fonts = dict(_members(form, "/Font"))
            if FONT_KEY in fonts and _is_ours(fonts[FONT_KEY]):
                shared = shared if shared is not None else fonts[FONT_KEY]
                form["/Resources"]["/Font"][FONT_KEY] = shared
                on_page = dict(_members(page.obj, "/Font")).get(FONT_KEY)
                if on_page is not None and _is_ours(on_page):
                    del page.obj["/Resources"]["/Font"][FONT_KEY]


def _is_ours(font: Any) -> bool:
    return isinstance(font, pikepdf.Dictionary) and font.get("/BaseFont") == FONT_NAME


def _members(holder: Any, category: str) -> list[tuple[str, Any]]:
    resources = holder.get("/Resources")
    found = resources.get(category) if isinstance(resources, pikepdf.Dictionary) else None
    return list(found.items()) if isinstance(found, pikepdf.Dictionary) else []
