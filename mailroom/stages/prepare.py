"""Bring every kind of delivery into one form: a PDF whose pages are the delivery's pages, safe to draw from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mailroom.custody.reasons import ReasonCode
from mailroom.errors import Refused
from mailroom.settings import MailroomSettings
from mailroom.stages import cleanpdf, inspect_pdf, mail, office, picturepdf, textpdf, xmltext
from mailroom.stages.htmltext import decoded_html, html_text
from mailroom.stages.identify import Identified
from mailroom.stages.kinds import Kind
from mailroom.stages.marks import PageMarks
from mailroom.stages.plaintext import decoded

_NAME = "prepared.pdf"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A delivery as PDF; ``pages`` count from 1, in the order of the delivery."""

    source: Path
    """The untouched original."""
    path: Path
    """The PDF to draw from, in the work folder."""
    pages: int
    kind: Identified
    findings: tuple[str, ...] = ()
    marks: tuple[PageMarks, ...] = ()
    """Of its pages, in order, once they were looked at (:func:`mailroom.stages.split.scan_pages`)."""
    upright: bool = False
    """Whether a person put the pages upright: then none of them is turned when it is read."""


def prepare(source: Path, work: Path, kind: Identified, settings: MailroomSettings, password: str = "") -> Prepared:
    """Make ``prepared.pdf`` in the work folder; done again it gives the same.

    Raises:
        Refused: the file is damaged, locked or too large.
    """
    work.mkdir(parents=True, exist_ok=True)
    target = work / _NAME
    findings = kind.flags
    pages = kind.pages
    more: tuple[str, ...] = ()
    if kind.kind is Kind.PDF:
        cleanpdf.clean(source, target, password)
    elif kind.kind is Kind.OFFICE:
        made = office.convert(source, work, settings)
        pages, _ = inspect_pdf.inspect(made, settings)
        cleanpdf.clean(made, target)
        more = ("converted: The office document was converted with LibreOffice; its look may differ a little.",)
    elif kind.kind.is_mail:
        pages, more = _print_message(source, kind.kind, target, settings)
    elif kind.kind in (Kind.TEXT, Kind.HTML):
        data = source.read_bytes()
        text = decoded(data) if kind.kind is Kind.TEXT else html_text(decoded_html(data))
        pages, more = textpdf.print_text(text, (), "", target, settings.max_pages), _cut(text)
    elif kind.kind is Kind.XML:
        pages, more = _print_xml(source, target, settings)
    elif kind.kind.is_archive:
        raise Refused(ReasonCode.CONTAINER)
    else:
        pages, more = picturepdf.bind(source, kind.kind.value, target, settings)
    return Prepared(source, target, pages, kind, (*findings, *more))


def _print_message(source: Path, kind: Kind, target: Path, settings: MailroomSettings) -> tuple[int, tuple[str, ...]]:
    read = mail.read_mail(source, kind, settings)
    text = read.text if read.text.strip() else "(Die Nachricht hat keinen Text.)"
    pages = textpdf.print_text(text, read.head, read.headers.get("subject", ""), target, settings.max_pages)
    return pages, _cut(text)


def _print_xml(source: Path, target: Path, settings: MailroomSettings) -> tuple[int, tuple[str, ...]]:
    text, head = xmltext.xml_text(source)
    title = "Elektronische Rechnung" if head else ""
    pages = textpdf.print_text(text, [("Art", title), *head] if head else (), title, target, settings.max_pages)
    what = "an electronic invoice" if head else "an XML message"
    made = f"machine-data: It is {what}, written for programs; the rendition lists what it says, value by value."
    return pages, (made, *_cut(text))


def _cut(text: str) -> tuple[str, ...]:
    if len(text) <= textpdf.MAX_CHARS:
        return ()
    return (f"text-cut: Only the first {textpdf.MAX_CHARS} characters are shown; the original holds all.",)
