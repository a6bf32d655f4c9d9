"""The page gate: what a person should look at while the paper is still on the desk, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mailroom.ports import PageGate, PageText
from mailroom.settings import MailroomSettings
from mailroom.stages.sheets import cover_of, is_separator, looks_like_sheet

_LEAST_UNSEEN = 4
_SURE, _LONG, _FEW = 0.7, 4, 5
_EDGES = {"left": "left", "right": "right", "top": "upper", "bottom": "lower"}


def page_findings(pages: Sequence[PageText], settings: MailroomSettings) -> tuple[str, ...]:
    """What is to be looked at, as ``code: sentence``; pages count within the letter."""
    return tuple(finding for page in pages for finding in _of_page(page, settings, len(pages)))


def _of_page(page: PageText, settings: MailroomSettings, pages: int) -> Iterator[str]:
    if page.blank and _coded(page):
        yield f"sheet: Page {page.number} is a separator sheet; it stays where it lay and is not read."
        return
    if page.blank:
        yield f"blank: Page {page.number} is blank."
    elif page.source in ("ocr", "mixed") and page.confidence < settings.low_confidence:
        yield f"low-confidence: Page {page.number} was read with {page.confidence:.0%} confidence only."
    elif page.source == "none":
        yield f"no-text: Nothing was read on page {page.number}, though something stands on it."
    if page.rotated:
        yield f"turned: Page {page.number} was turned by {page.rotated} degrees to stand upright."
    if page.unseen >= _LEAST_UNSEEN:
        yield (
            f"hidden-text: Page {page.number} holds {page.unseen} letters that cannot be seen on it "
            "(white, covered, beside the page); they were left out of its text."
        )
    if page.gate is not None:
        yield from _of_scan(page.number, page.gate, settings)
    yield from _of_sheets(page, pages, settings)


def _of_scan(number: int, gate: PageGate, settings: MailroomSettings) -> Iterator[str]:
    if abs(gate.skew) >= settings.most_skew:
        put = ", and was put straight in the rendition" if gate.straightened else ""
        yield f"skewed: Page {number} lies askew by {abs(gate.skew):.1f} degrees{put}."
    if gate.cut:
        edges = " and ".join(_EDGES[edge] for edge in gate.cut)
        yield f"cut-edge: On page {number} writing runs over the {edges} edge of the scan; some of it may be missing."
    if gate.edge is not None and gate.edge > settings.most_blur:
        yield f"blurred: Page {number} is out of focus: the edges of its letters are {gate.edge:.2f} mm wide."
    if gate.contrast is not None and gate.contrast < settings.least_contrast:
        yield f"low-contrast: On page {number} the writing is pale: {gate.contrast:.0%} of black on white."


def _of_sheets(page: PageText, pages: int, settings: MailroomSettings) -> Iterator[str]:
    if _coded(page):
        yield (
            f"separator-on-letter: Page {page.number} bears the code of a separator sheet and much writing; "
            "it begins a letter and was kept."
        )
        return
    between = 1 < page.number < pages
    if looks_like_sheet(page):
        joined = f" If it is one, two letters are joined here: mail split after page {page.number}." if between else ""
        yield (
            f"separator-doubtful: Page {page.number} looks like a separator or cover sheet whose code cannot be read."
            f"{joined}"
        )
    elif between and _is_unreadable(page, settings):
        yield (
            f"separator-doubtful: Page {page.number} could not be read; it may be a spoilt separator sheet. "
            f"If it is one, two letters are joined here: mail split after page {page.number}."
        )


def _is_unreadable(page: PageText, settings: MailroomSettings) -> bool:
    """Whether there is something on a scanned page of which hardly a word was read: writing by hand, or a sheet."""
    if page.blank or page.source != "ocr" or page.confidence >= settings.low_confidence:
        return False
    sure = [word for word in page.words if word.confidence >= _SURE and sum(map(str.isalpha, word.text)) >= _LONG]
    return len(sure) < _FEW


def _coded(page: PageText) -> bool:
    return any(is_separator(code.text) or cover_of(code.text) for code in page.codes)
