"""What METS, PREMIS and the index page say of one version of a package: plain values, gathered by ingest."""

from __future__ import annotations

from dataclasses import dataclass

from archive.access.closure import Closure
from archive.formats.identification import Format
from archive.package import FileRole, Sip, SipEvent, SipFile

PACKAGE = "metadata/descriptive/package.json"
DUBLIN_CORE = "metadata/descriptive/dc.xml"
PREMIS = "metadata/preservation/premis.xml"
AUDIT = "metadata/preservation/audit.jsonl"
INDEX = "documentation/index.html"
METS = "METS.xml"
MANIFEST = "manifest-sha512.txt"
STUB = "erased.json"
OTHER = "metadata/other"
ORIGINALS = "representations/rep1"
RENDITIONS = "representations/rep2"


NORMALISED = "normalised"
"""Folder among the renditions for those that the archive made at ingest."""


def is_normalised(path: str) -> bool:
    """Whether the file at a path of the package is a rendition that the archive made."""
    return path.startswith(f"{RENDITIONS}/data/{NORMALISED}/")


def place(file: SipFile) -> str:
    """Where a file of a submission lies inside the package (E-ARK CSIP: one folder a representation)."""
    return place_of(file.role, file.name)


def place_of(role: FileRole, name: str) -> str:
    """The same of a role and name."""
    if role is FileRole.METADATA:
        return f"{OTHER}/{name}"
    return f"{ORIGINALS if role is FileRole.ORIGINAL else RENDITIONS}/data/{name}"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of the package as METS lists it."""

    path: str
    sha512: str
    bytes: int
    mime: str


@dataclass(frozen=True, slots=True)
class Content:
    """A file of the submission, or made from one at ingest, with its format."""

    file: SipFile
    format: Format
    source: str = ""
    """Path inside the package of what it was made from, where the archive made it."""

    @property
    def path(self) -> str:
        """Where it lies inside the package."""
        return place(self.file)


@dataclass(frozen=True, slots=True)
class PackageView:
    """One version of a package."""

    aip_id: str
    version: str
    created: str
    """Instant of this version."""
    first: str
    """Instant of the package's first version."""
    sip: Sip
    contents: tuple[Content, ...]
    events: tuple[SipEvent, ...]
    """What happened before and at ingest, oldest first."""
    closure: Closure
    package: bytes
    """``package.json``."""
    sip_digest: str
    """SHA-512 of ``package``."""
    program: str
    """This program with version."""
    identifier: str
    """Identification tool with version and signatures."""

    @property
    def originals(self) -> dict[str, str]:
        """Document id to the path of its original, of documents that have exactly one."""
        paths: dict[str, list[str]] = {}
        for content in self.contents:
            if content.file.role is FileRole.ORIGINAL and content.file.document:
                paths.setdefault(content.file.document, []).append(content.path)
        return {document: found[0] for document, found in paths.items() if len(found) == 1}
