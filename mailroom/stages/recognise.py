"""Recognise a letter: text with boxes and confidence, a searchable PDF/A, a thumbnail.

A long letter is cut into ranges of pages that any worker may take (:func:`recognise_range`); :func:`merge` puts
them together. The cut depends on the letter alone, so the result does not depend on the number of workers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium

from mailroom.custody.reasons import ReasonCode
from mailroom.engines.readers import reader_for
from mailroom.errors import Refused
from mailroom.ports import PageText, Recognition, Word
from mailroom.settings import MailroomSettings
from mailroom.stages import pdfa, textpages, visible
from mailroom.stages.gate import page_findings
from mailroom.stages.identify import Identified
from mailroom.stages.pages import PageFacts, Pages
from mailroom.stages.plan import PagePlan, Way, plan_chunks, plan_page
from mailroom.stages.prepare import Prepared, prepare
from mailroom.stages.textlayer import lay

THUMBNAIL_WIDTH = 240
_RENDITION, _THUMBNAIL = "rendition.pdf", "thumbnail.png"


@dataclass(frozen=True, slots=True)
class Part:
    """A recognised range of a delivery's pages; the page texts carry the delivery's page numbers."""

    first: int
    last: int
    path: Path
    pages: tuple[PageText, ...]
    engine: str


def recognise(source: Path, work: Path, kind: Identified, settings: MailroomSettings) -> Recognition:
    """Recognise a whole file as one letter, in this process.

    Raises:
        Refused: the file is damaged, locked or too large.
        EngineMissing: the OCR engine or its data is not installed.
    """
    prepared = prepare(source, work, kind, settings)
    return recognise_pages(prepared, 1, prepared.pages, work, settings)


def recognise_pages(prepared: Prepared, first: int, last: int, work: Path, settings: MailroomSettings) -> Recognition:
    """Recognise the pages from ``first`` to ``last`` of a delivery as one letter, in this process."""
    ranges = plan_chunks(first, last, settings.chunk_pages)
    parts = tuple(recognise_range(prepared, start, end, work, settings) for start, end in ranges)
    return merge(prepared, parts, work, settings)


def recognise_range(prepared: Prepared, first: int, last: int, work: Path, settings: MailroomSettings) -> Part:
    """Recognise a range of pages; writes ``part-FIRST-LAST.pdf`` into the work folder, the same when done again."""
    work.mkdir(parents=True, exist_ok=True)
    stem = f"part-{first:06d}-{last:06d}"
    target = work / f"{stem}.pdf"
    source = cut(prepared, first, last, work / f"{stem}.in.pdf")
    try:
        with Pages(source) as pages:
            numbers = range(1, len(pages) + 1)
            facts = {number: pages.facts(number) for number in numbers}
            plans = {number: plan_page(number, facts[number]) for number in numbers}
            own = {}
            for number in numbers:
                if plans[number].way is not Way.READ:
                    own[number], plans[number] = _own(pages, facts[number], plans[number])
        reads = {}
        engine = ""
        if any(plan.way is not Way.OWN for plan in plans.values()):
            reader = reader_for(settings)
            engine = reader.version()
            reads = lay(source, target, plans, facts, reader, settings, may_turn=not prepared.upright)
        else:
            target = source
    except (pdfium.PdfiumError, pikepdf.PdfError) as error:
        raise Refused(ReasonCode.DAMAGED, "a page that cannot be drawn") from error
    texts = []
    for number in numbers:
        place = first + number - 1
        if plans[number].way is Way.READ:
            texts.append(textpages.read_text(place, reads[number]))
            continue
        words, text, unseen = own[number]
        if plans[number].way is Way.BOTH:
            made = textpages.both_texts(place, facts[number], words, text, reads[number])
        else:
            made = textpages.own_text(place, facts[number], words, text)
        texts.append(replace(made, unseen=unseen))
    return Part(first, last, target, tuple(_marked(text, prepared) for text in texts), engine)


def _own(pages: Pages, facts: PageFacts, plan: PagePlan) -> tuple[tuple[tuple[Word, ...], str, int], PagePlan]:
    """The own words of a page that are seen, and how many letters are not; a scan with a bad layer is to be read."""
    words, text = pages.words(plan.number)
    flags = visible.seen(words, pages.grey(plan.number, facts, visible.DPI)) if words else ()
    if facts.hidden and facts.image_dpi and plan.way is Way.OWN:
        if not visible.is_credible(words, flags):
            return ((), "", 0), PagePlan(plan.number, Way.READ)
        flags = visible.by_line(words, flags)
    return visible.only_seen(words, text, flags), plan


def _marked(text: PageText, prepared: Prepared) -> PageText:
    """The page with the codes that were found on it when the delivery was split."""
    if not prepared.marks:
        return text
    mark = prepared.marks[text.number - 1]
    return replace(text, codes=mark.barcodes, unread_codes=mark.unreadable)


def merge(prepared: Prepared, parts: tuple[Part, ...], work: Path, settings: MailroomSettings) -> Recognition:
    """Put the recognised ranges of one letter together; page numbers then count from 1 within the letter."""
    parts = tuple(sorted(parts, key=lambda part: part.first))
    shift = parts[0].first - 1
    pages = tuple(replace(page, number=page.number - shift) for part in parts for page in part.pages)
    rendition, thumbnail = work / _RENDITION, work / _THUMBNAIL
    whole = len(pages) == prepared.pages
    kept = ""
    if whole and all(page.source == "digital" for page in pages):
        kept = pdfa.keep_original(prepared.source, prepared.kind, rendition)
    valid, reason = (True, "") if kept else pdfa.finish(tuple(part.path for part in parts), rendition)
    with Pages(rendition) as drawn:
        drawn.thumbnail(1, THUMBNAIL_WIDTH, thumbnail)
    engine = next((part.engine for part in parts if part.engine), "")
    findings = (*prepared.findings, *page_findings(pages, settings))
    claim = "" if kept else pdfa.claimed(prepared.source, prepared.kind)
    if claim:
        findings = (*findings, f"pdfa-claim: The original claims to be PDF/A-{claim}; its rendition is made anew.")
    if kept:
        findings = (*findings, f"already-pdfa: The original is valid PDF/A-{kept}; it is its own rendition.")
    if not valid:
        findings = (*findings, f"not-pdfa: The rendition is a plain PDF, it could not be made PDF/A: {reason}")
    return Recognition(pages, rendition, valid, thumbnail, engine, findings)


def cut(prepared: Prepared, first: int, last: int, target: Path) -> Path:
    """The range as a file of its own; the prepared file itself where the range is all of it."""
    if first == 1 and last == prepared.pages:
        return prepared.path
    with pikepdf.open(prepared.path) as whole, pikepdf.new() as piece:
        piece.pages.extend(whole.pages[first - 1 : last])
        piece.save(target)
    return target
