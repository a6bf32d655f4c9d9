"""Renditions that the format policy asks for: a PDF/A of each original that has none and whose format is at risk.

The converter belongs to another package and is handed in (`archive.ports.Normaliser`); without one, what was asked for
is reported.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from archive.formats.identification import identify
from archive.formats.policy import Action, Policy
from archive.metadata.model import NORMALISED, Content
from archive.package import FileRole, SipFile
from archive.ports import Normaliser
from erecords.digest import sha512_file


@dataclass(frozen=True, slots=True)
class Normalised:
    """What was made, and what could not be."""

    made: tuple[Content, ...]
    failed: tuple[str, ...]
    """``name: reason``."""

    @property
    def wanted(self) -> int:
        """How many the policy asked for."""
        return len(self.made) + len(self.failed)


def normalised_name(original: str) -> str:
    """Name of the rendition of an original, among the renditions: its own below a folder, with ``.pdf`` after it."""
    return f"{NORMALISED}/{original}.pdf"


def to_normalise(contents: Sequence[Content], policy: Policy) -> list[Content]:
    """The originals without PDF/A whose format the policy wants normalised."""
    with_rendition = {item.file.document for item in contents if item.file.role is FileRole.PDFA and item.file.document}
    taken = {item.file.name for item in contents if item.file.role is FileRole.PDFA}
    return [
        item
        for item in contents
        if item.file.role is FileRole.ORIGINAL
        and item.file.document not in with_rendition
        and normalised_name(item.file.name) not in taken
        and policy.of(item.format.puid).action is Action.NORMALISE
    ]


def normalise(wanted: Sequence[Content], converter: Normaliser | None, work: Path) -> Normalised:
    """Make the renditions in the work folder, which the caller keeps until they are stored."""
    if converter is None:
        return Normalised((), tuple(f"{item.file.name}: no converter is installed" for item in wanted))
    results = converter([(item.file.path, item.file.name) for item in wanted], work)
    made = [(item, found) for item, found in zip(wanted, results, strict=True) if isinstance(found, Path)]
    failed = [(item, found) for item, found in zip(wanted, results, strict=True) if not isinstance(found, Path)]
    formats = identify([(path, path.name) for _, path in made], work).formats
    contents_made = (
        Content(_file(item.file, path), known, item.path) for (item, path), known in zip(made, formats, strict=True)
    )
    return Normalised(tuple(contents_made), tuple(f"{item.file.name}: {reason}" for item, reason in failed))


def _file(original: SipFile, path: Path) -> SipFile:
    digest, size = sha512_file(path)
    name = normalised_name(original.name)
    return SipFile(path, name, digest, size, "application/pdf", FileRole.PDFA, original.document, "")
