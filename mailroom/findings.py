"""Findings on a letter: stable codes with what they mean and what to do, and which of them want a person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A kind of finding, as a clerk reads it."""

    meaning: str
    advice: str
    """What to do; empty where there is nothing to do."""
    of_page: bool = False
    """Said of single pages: found anew when pages go to another letter."""
    of_scan: bool = False
    """Said of the scan: worth a look while the paper is still on the desk."""
    holds: str = ""
    """Why a letter with it is not filed by the machine, however sure that is of the case."""


_RESCAN = "Look at the page; scan the paper again where something is missing, and reject the poor one."
_JOINED = "perhaps two letters were joined"

KINDS: dict[str, Kind] = {
    "active-content": Kind(
        "The PDF holds scripts, actions or embedded programs.",
        "The rendition is without; be wary of the original.",
    ),
    "already-pdfa": Kind("The original is valid PDF/A and is its own rendition.", ""),
    "anonymous": Kind("Its writer will not be known.", "Decide whether it is followed up."),
    "attachments": Kind(
        "The PDF carries files that are no pages of it.",
        "Those that are letters became deliveries of their own.",
    ),
    "attachments-left": Kind(
        "Files that are nested too deep stay in the original.",
        "Open the original if they matter; raise `max_nesting` if it is usual.",
    ),
    "batch-count": Kind(
        "The cover sheet of its batch declares another number of letters than came of the scan.",
        "Count the paper; then `mail split`, `mail merge`, or `mail batch accept`.",
        holds="the letters of its batch do not add up",
    ),
    "blank": Kind("The page bears no writing; it is kept and hidden.", "", of_page=True),
    "blurred": Kind("The scan is out of focus.", _RESCAN, of_page=True, of_scan=True),
    "case-ambiguous": Kind("Several open cases fit.", "Choose one: `mail file NUMBER --case REF`."),
    "case-closed": Kind(
        "The case that the letter quotes takes no letters now.",
        "Have it reopened, or file elsewhere.",
    ),
    "case-missing": Kind(
        "It names a company or a number of ours whose case was not found, or nothing that cases are kept by.",
        "Look for the case by hand; open one only when there is none.",
    ),
    "converted": Kind(
        "The office document was converted with LibreOffice.",
        "Compare with the original where the look matters.",
    ),
    "cut-edge": Kind("Writing runs over an edge of the scan.", _RESCAN, of_page=True, of_scan=True),
    "date-implausible": Kind("The letter's own date does not fit its receipt.", "Look at the date on the page."),
    "date-missing": Kind("No date of the letter itself was found.", "The day of receipt counts."),
    "encrypted": Kind(
        "The PDF, or what is attached to it, is locked in part.",
        "Ask for the password if the attachments matter.",
    ),
    "form": Kind("The PDF has form fields; the rendition shows their values as text.", ""),
    "hidden-text": Kind(
        "A page holds text that cannot be seen on it: white, covered, or beside the page.",
        "Be wary of its sender where it says something; the original holds it.",
        of_page=True,
    ),
    "invoice-data": Kind("XML that repeats the invoice for machines stays in the PDF.", ""),
    "label-taken": Kind(
        "A page bears a label whose entry number another letter has.",
        "Compare with that letter: scanned again, or pages that belong there?",
        holds=_JOINED,
    ),
    "label-unknown": Kind(
        "A page bears a label that is not this letter's number and that no letter has.",
        "If a letter begins there: `mail split`.",
    ),
    "left-inside": Kind("Entries of the archive that are no letters stay in it.", ""),
    "low-confidence": Kind("The page was hard to read.", _RESCAN, of_page=True, of_scan=True),
    "low-contrast": Kind(
        "The writing is pale.",
        "Scan again, darker; pencil and thermal paper need it.",
        of_page=True,
        of_scan=True,
    ),
    "machine-data": Kind(
        "The file was written for programs (XML), such as an electronic invoice; the rendition lists its values.",
        "Have an invoice checked by the program for it; the original is kept.",
    ),
    "macros": Kind("The office document carries macros; they were not run.", "Be wary of the original."),
    "marked": Kind(
        "The letter is marked as personal, a tender, for the election office or medical.",
        "See special mail.",
    ),
    "misdirected": Kind("The letter is addressed to somebody else.", "Send it on; it is not filed by itself."),
    "name-differs": Kind("The ending of the file's name does not fit its content.", ""),
    "name-of-program": Kind("The file is named like a program, but is none.", "Be wary of its sender."),
    "name-turned": Kind("The file's name is written to deceive.", "Be wary of its sender."),
    "near-duplicate": Kind(
        "It is perhaps the same letter as another: scanned twice, or come by mail and on paper.",
        "Compare both; `mail same NUMBER` or `mail differs NUMBER`.",
        holds="perhaps it came before",
    ),
    "no-text": Kind("Something stands on the page, but nothing was read.", _RESCAN, of_page=True, of_scan=True),
    "not-converted": Kind(
        "The office document could not be converted; only the original is kept.",
        "Open the original.",
    ),
    "not-filed": Kind(
        "The machine was sure of the case, but something speaks against filing.",
        "Read the reason; file it by hand.",
    ),
    "not-pdfa": Kind("The rendition could not be made PDF/A and is a plain PDF.", ""),
    "not-here": Kind(
        "The text of an Outlook message is written in a form that is not read.",
        "Open the original; the attachments were taken out.",
    ),
    "not-recognised": Kind(
        "Reading the letter failed; the other letters of the scan are not touched.",
        "Look at the original; file by hand or scan again.",
    ),
    "not-understood": Kind("The program failed on what the letter says.", "File it by hand; tell an administrator."),
    "pdfa-claim": Kind("The original says that it is PDF/A; the rendition was made anew.", ""),
    "polyglot": Kind(
        "The file is another kind of file as well, or has data behind its end.",
        "Be wary of its sender.",
    ),
    "portfolio": Kind("The PDF is a portfolio; its files are deliveries of their own.", ""),
    "remarks": Kind(
        "Readers wrote remarks into the PDF that stand on no page, like notes that open with a click.",
        "Read them in the finding, or in the original.",
    ),
    "repaired": Kind("The PDF was damaged and repaired for reading.", "Check that all pages are there."),
    "resolution": Kind("The picture states no credible resolution; the size of the paper was assumed.", ""),
    "separator-doubtful": Kind(
        "A page looks like a separator or cover sheet whose code cannot be read.",
        "If it is one: `mail split NUMBER PAGE` behind it.",
        of_page=True,
        holds=_JOINED,
    ),
    "separator-on-letter": Kind(
        "A page bears a separator's code and much writing; it was kept and begins a letter.",
        "",
        of_page=True,
    ),
    "sheet": Kind("A separator sheet lies between letters that were merged.", "", of_page=True),
    "signature": Kind("A signature of the PDF was checked.", "Read what was found; the original is kept unchanged."),
    "signed": Kind("The PDF is signed; the original is kept unchanged.", ""),
    "skewed": Kind(
        "The page lies askew.",
        "It was put straight in the rendition; scan again where text is missing.",
        of_page=True,
        of_scan=True,
    ),
    "unusual-sender": Kind(
        "A court, a lawyer or a laboratory sends what the type list does not expect of it.",
        "Read what it wants; often it is an objection or a notice.",
    ),
    "spoken-to": Kind("It speaks to somebody who does not work here.", "Decide whether it is for us."),
    "text-cut": Kind("A text was too long to be shown whole; the original holds all.", "Open the original."),
    "thanks": Kind("It only says thanks.", "File it with its case, or put it away."),
    "turned": Kind("The page was turned to stand upright in the rendition.", "", of_page=True),
    "unfamiliar": Kind("It is worded like no letter before.", "Decide by hand."),
    "xfa": Kind("The PDF holds an XFA form; the pages show its printed state.", ""),
}
"""Every kind of finding, by its code."""

_UNKNOWN = Kind("", "")


def code(finding: str) -> str:
    """The code of a finding ``code: sentence``."""
    return finding.partition(":")[0]


def kind(finding: str) -> Kind:
    """The kind of a finding or code; one that says nothing for a code that is not known (any more)."""
    return KINDS.get(code(finding), _UNKNOWN)


def without(findings: Iterable[str], codes: Iterable[str]) -> list[str]:
    """The findings of all other codes."""
    left_out = frozenset(codes)
    return [finding for finding in findings if code(finding) not in left_out]


def not_of_pages(findings: Iterable[str]) -> list[str]:
    """The findings that are said of the whole letter."""
    return [finding for finding in findings if not kind(finding).of_page]


def wants_person(findings: Iterable[str]) -> str:
    """Why a letter is not filed by the machine however sure it is of the case; empty when it may be."""
    return next((kind(finding).holds for finding in findings if kind(finding).holds), "")


def is_urgent(code: str) -> bool:
    """Whether it should be looked at while the paper is still on the desk."""
    return kind(code).of_scan or bool(kind(code).holds)
