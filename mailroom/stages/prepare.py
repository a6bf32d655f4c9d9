"""Bring every kind of delivery into one form: a PDF whose pages are the delivery's pages, safe to draw from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mailroom.settings import MailroomSettings
from mailroom.stages import cleanpdf, picturepdf
from mailroom.stages.identify import Identified, Kind

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


def prepare(source: Path, work: Path, kind: Identified, settings: MailroomSettings, password: str = "") -> Prepared:
    """Make ``prepared.pdf`` in the work folder; done again it gives the same.

    Raises:
        Refused: the file is damaged, locked or too large.
    """
    work.mkdir(parents=True, exist_ok=True)
    target = work / _NAME
    findings = kind.flags
    pages = kind.pages
    if kind.kind is Kind.PDF:
        cleanpdf.clean(source, target, password)
    else:
        pages, more = picturepdf.bind(source, kind.kind.value, target, settings)
        findings = (*findings, *more)
    return Prepared(source, target, pages, kind, findings)
