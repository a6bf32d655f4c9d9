"""What the mail room expects of its engines, and the values that travel between its stages.

Every value here is frozen and plain (no database, no open file), so that it crosses process borders and is
kept as JSON between the stages of a letter.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Word:
    """A word on a page: its text, its box in PDF points from the top left corner, confidence 0.0 to 1.0."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    confidence: float
    line: int
    """Number of the line on its page, from 0 in reading order."""


@dataclass(frozen=True, slots=True)
class Barcode:
    """A barcode that was read: its kind (``Code 39``, ``QR Code`` ...) and text."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class PageGate:
    """What the page gate measured on the picture of a scanned page."""

    skew: float = 0.0
    """Degrees by which the lines of writing fall to the right; negative where they rise."""
    straightened: bool = False
    """Whether the rendition shows the page turned back by the skew."""
    contrast: float | None = None
    """Difference between paper and ink as a share of full black on white; None where there is nothing to measure."""
    edge: float | None = None
    """Width of the edges of the writing in millimetres; None on a bitonal scan, whose edges are always sharp."""
    cut: tuple[str, ...] = ()
    """Edges of the scan over which writing runs: ``left``, ``right``, ``top``, ``bottom``."""


@dataclass(frozen=True, slots=True)
class PageText:
    """What stands on one page, upright."""

    number: int
    """From 1."""
    width: float
    """In points (1/72 inch)."""
    height: float
    text: str
    """Lines in reading order, separated by line feeds."""
    words: tuple[Word, ...]
    source: str
    """``digital`` (the page had its own text), ``ocr``, ``mixed`` (both), or ``none`` (blank)."""
    confidence: float
    """Mean confidence of the words, 0.0 to 1.0; 1.0 for digital text; 0.0 for a page without words."""
    rotated: int = 0
    """Degrees clockwise by which the page was turned to stand upright."""
    blank: bool = False
    language: str = ""
    """``deu``, ``eng`` or empty."""
    codes: tuple[Barcode, ...] = ()
    """Barcodes that were read on it."""
    unread_codes: int = 0
    """Barcodes that are there and could not be read."""
    gate: PageGate | None = None
    """Of a scanned page that is not blank."""
    unseen: int = 0
    """Letters and figures of its own text that cannot be seen on it, and are not among its words."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """The result of recognising one letter: files lie in the work folder that the caller gave."""

    pages: tuple[PageText, ...]
    rendition: Path
    """The searchable PDF."""
    pdfa: bool
    """True only when the validator found the rendition to be PDF/A-2b."""
    thumbnail: Path
    """First page as PNG, 240 pixels wide."""
    engine: str
    """Name and version of engine and models, for the transfer note."""
    findings: tuple[str, ...] = ()
    """Anomalies as ``code: sentence`` (``active-content``, ``signed``, ``low-confidence``, ``not-pdfa`` ...)."""

    @property
    def text(self) -> str:
        """The text of all pages, separated by form feeds."""
        return "\f".join(page.text for page in self.pages)


class Recommendation(StrEnum):
    """How sure the machine is; only ``strong`` files by itself."""

    NONE = "none"
    LOW = "low"
    MEDIUM = "medium"
    STRONG = "strong"


@dataclass(frozen=True, slots=True)
class Reason:
    """One clue, as a clerk reads it: its name, its weight (log odds, may be negative), page and the words found."""

    name: str
    weight: float
    page: int
    text: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference found in the text: the pattern's key, its normal form, and where it stood."""

    key: str
    value: str
    page: int
    text: str
    role: str = ""
    """``ours`` where the letter calls it so ("Ihr Zeichen"), ``foreign`` for the sender's own sign, else empty."""


@dataclass(frozen=True, slots=True)
class FieldValue:
    """A value read from a letter beside those with a place of their own: of a form, a ticked box, an amount."""

    name: str
    """The label as it stands in a form; else ``ticked``, ``amount``, ``recipient`` or ``sender's sign``."""
    value: str
    page: int
    text: str
    """The words as they stand there."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A day by which something is to be done (Wiedervorlage), and why."""

    date: str
    """Last day on which it is in time, ISO 8601; never a Saturday, Sunday or holiday (§ 193 BGB)."""
    title: str
    basis: str
    """What it rests on, as a clerk reads it: wording and clause, or the basis that the process register names."""
    page: int | None = None
    """Where it stands in the letter; None for one of the process register."""
    text: str = ""
    """The words found."""
    stated: str = ""
    """The last day before Saturday, Sunday or holiday moved it, ISO 8601."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the mail room thinks a letter is and where it belongs, with its reasons."""

    recommendation: Recommendation
    document_type: str | None
    title: str
    sender: str | None
    date: str | None
    """The letter's own date, ISO 8601."""
    class_notation: str | None
    unit: str | None
    case: str | None
    """Reference of an existing open case."""
    score: float
    """Calibrated probability, 0.0 to 1.0, that class (and case, where named) are right."""
    references: tuple[Reference, ...] = ()
    reasons: tuple[Reason, ...] = ()
    alternatives: tuple[str, ...] = field(default=())
    """Runner-up document types, best first."""
    process: str | None = None
    """Key of the process in the register that it starts or belongs to; None for none."""
    process_score: float = 0.0
    """Calibrated probability of that answer, 0.0 to 1.0."""
    process_reasons: tuple[Reason, ...] = ()
    """The kinds of letter that speak for the process."""
    case_title: str = ""
    """What a new case would be called; empty when ``case`` is named."""
    file_key: str = ""
    """The file key that a new case would have (``Colditz, Uwe, geb. 03.05.1972``), as far as the letter tells."""
    candidates: tuple[str, ...] = ()
    """References of open cases that it might belong to, best first; several when a person must choose."""
    findings: tuple[str, ...] = ()
    """What a clerk should look at, as ``code: sentence`` (``date-implausible``, ``case-ambiguous`` ...)."""
    deadlines: tuple[Deadline, ...] = ()
    """Of the letter and of the process that it starts, earliest first."""
    fields: tuple[FieldValue, ...] = ()
    """Recipient, amounts, fields of forms and ticked boxes, as they were read."""
    markings: tuple[str, ...] = ()
    """``personal``, ``tender``, ``election``, ``medical``: others must not read it; nothing here quotes its text."""
    sealed_until: str | None = None
    """Of a tender: the day before which it is not opened, ISO 8601."""


@dataclass(frozen=True, slots=True)
class KnownCase:
    """What matching must know of a case that exists."""

    reference: str
    class_notation: str
    unit: str
    title: str
    file_key: str
    state: str
    """``open`` for a case that takes letters; every other state is shown but never suggested."""
    former_references: tuple[str, ...] = ()


class CaseDirectory(Protocol):
    """Where matching looks up cases; answered from the registry."""

    def by_reference(self, reference: str) -> KnownCase | None:
        """The case that has or had this reference, in its normal form."""
        ...

    def by_words(self, class_notation: str, words: tuple[str, ...]) -> tuple[KnownCase, ...]:
        """Open cases of a class whose title or file key holds all these words (folded, any order)."""
        ...

    def by_identifier(self, key: str, value: str) -> tuple[KnownCase, ...]:
        """Open cases that have this pair among what ``mailroom.matching.identifiers.case_identifiers`` gave for them.

        Answer at most 200; a value that more cases share says nothing.
        """
        ...

    def identifiers(self, reference: str) -> frozenset[tuple[str, str]]:
        """All pairs of (key, value) known of a case; empty for an unknown one."""
        ...


class VirusScanner(Protocol):
    """Looks for viruses in a file before anything else reads it."""

    def check(self, path: Path) -> None:
        """Return when the file was looked through and nothing was found.

        Raises:
            Refused: ``infected``, or ``unscanned`` when there was no clear answer.
        """
        ...


class OcrEngine(Protocol):
    """An OCR engine as ocrmypdf's plugin needs it, by name and version."""

    name: str

    def version(self) -> str:
        """Version of engine and models, as written into the transfer note."""
        ...
