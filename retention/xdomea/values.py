"""What travels in messages, as plain values."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Kind(StrEnum):
    """The messages of a disposal, by their numbers."""

    OFFER = "0501"
    DECISIONS = "0502"
    DELIVERY = "0503"
    OFFER_RECEIVED = "0504"
    DECISIONS_RECEIVED = "0505"
    IMPORTED = "0506"
    DELIVERY_RECEIVED = "0507"


NAMES = {
    Kind.OFFER: "Aussonderung.Anbieteverzeichnis",
    Kind.DECISIONS: "Aussonderung.Bewertungsverzeichnis",
    Kind.DELIVERY: "Aussonderung.Aussonderung",
    Kind.OFFER_RECEIVED: "Aussonderung.AnbietungEmpfangBestaetigen",
    Kind.DECISIONS_RECEIVED: "Aussonderung.BewertungEmpfangBestaetigen",
    Kind.IMPORTED: "Aussonderung.AussonderungImportBestaetigen",
    Kind.DELIVERY_RECEIVED: "Aussonderung.AussonderungEmpfangBestaetigen",
}
"""Names of the messages; the root element and the file name carry them."""


@dataclass(frozen=True, slots=True)
class Head:
    """What every message begins with."""

    process: str
    """UUID of the procedure."""
    at: dt.datetime
    sender: str
    receiver: str
    product: str
    """Name and version of this program."""


@dataclass(frozen=True, slots=True)
class FileOut:
    """A stored form of a document: where its bytes lie, and the name under which they travel."""

    path: Path
    name: str
    """``<UUID>_<name>``, safe as a file name."""
    original_name: str
    sha512: str
    bytes: int
    mime: str
    puid: str
    archival: bool
    version: int


@dataclass(frozen=True, slots=True)
class DocumentOut:
    """A document of an offered case."""

    id: str
    number: int
    title: str
    type: str
    date: dt.date | None
    received: dt.date | None
    sender: str
    files: tuple[FileOut, ...]


@dataclass(frozen=True, slots=True)
class TransactionOut:
    """A transaction (Vorgang) of an offered case, with the documents that belong to it."""

    id: str
    number: int
    """Its place in the case."""
    reference: str
    title: str
    process: str
    """Title of the process that it is a run of; empty for none."""
    opened: dt.date
    closed: dt.date
    documents: tuple[DocumentOut, ...]


@dataclass(frozen=True, slots=True)
class CaseOut:
    """A case that is offered or delivered."""

    id: str
    reference: str
    title: str
    unit: str
    class_notation: str
    class_title: str
    opened: dt.date
    closed: dt.date
    years: int | None
    retained_to: dt.date
    disposal: str
    """A, B or V."""
    suggestion: str | None
    """A or V, what the office suggests."""
    documents: tuple[DocumentOut, ...]
    """Those that are in no transaction."""
    transactions: tuple[TransactionOut, ...]

    @property
    def all_documents(self) -> tuple[DocumentOut, ...]:
        """Those of the case itself, then those of its transactions."""
        return (*self.documents, *(each for run in self.transactions for each in run.documents))


@dataclass(frozen=True, slots=True)
class DecisionIn:
    """What the archive decided about one object (0502)."""

    id: str
    decision: str
    """A, B or V, or the archive's own word."""


@dataclass(frozen=True, slots=True)
class ImportIn:
    """What became of one delivered object (0506)."""

    id: str
    successful: bool
    archive_id: str
    message: str


@dataclass(frozen=True, slots=True)
class ObjectIn:
    """An object that a message speaks of, wherever it stands in it."""

    kind: str
    """``Akte``, ``Vorgang`` or ``Dokument``."""
    depth: int
    """0 for one that stands in no other."""
    reference: str
    title: str
    files: tuple[str, ...]
    """Names of its own files, as the message says them; never used as paths."""


@dataclass(frozen=True, slots=True)
class MessageIn:
    """A message from the archive."""

    kind: Kind
    version: str
    process: str
    sender: str
    wants_receipt: bool
    findings: tuple[str, ...] = ()
    """What is odd about it, though it can be understood."""
    decisions: tuple[DecisionIn, ...] = ()
    imports: tuple[ImportIn, ...] = ()
    objects: tuple[ObjectIn, ...] = ()
