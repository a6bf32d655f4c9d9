"""The values that travel: handed over (`Sip`), kept (`Aip`), given out (`Dip`) and confirmed (`Receipt`).

Terms are those of ISO 14721 (OAIS). All values are frozen and plain; a `Sip` names files by path, it holds no bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import quote

from erecords.digest import sha512_bytes

PACKAGE_FORMAT = 1
"""Format of ``package.json`` in each AIP; a newer one is refused, never guessed."""


OF_THE_OFFICE = frozenset({"case", "transaction"})
"""Kinds of packages that come by a disposal list; all others come from outside."""


class FileRole(StrEnum):
    """What a file is to its document."""

    ORIGINAL = "original"
    PDFA = "pdfa"
    TEXT = "text"
    WORDS = "words"
    THUMBNAIL = "thumbnail"
    METADATA = "metadata"
    """Transfer notes, signatures as received, messages: kept under ``metadata/other``."""


@dataclass(frozen=True, slots=True)
class SipFile:
    """One file to be archived."""

    path: Path
    """Readable local source; never stored."""
    name: str
    """Logical path inside the package, with ``/``, e.g. ``documents/D-000012/original/brief.pdf``."""
    sha512: str
    """Expected digest, lower-case hex; ingest refuses other bytes."""
    bytes: int
    """Expected length."""
    mime: str
    role: FileRole
    document: str | None
    """Id of a `SipDocument` of the same package, or None for what belongs to the case itself."""
    original_name: str
    """Name as it arrived; it may be anything."""
    puid: str = ""
    """PRONOM id that the maker names; the archive identifies by itself and tells where it differs."""


@dataclass(frozen=True, slots=True)
class SipDocument:
    """What is known of one document of the case."""

    id: str
    title: str
    type: str
    date: date | None
    """The document's own date."""
    sender: str
    description: Mapping[str, Any] = field(default_factory=dict)
    """Further metadata as JSON: class, versions, transaction, entry number of the mail book ..."""


@dataclass(frozen=True, slots=True)
class SipEvent:
    """Something that happened to the records before the hand-over, in PREMIS terms."""

    type: str
    """Term of the vocabulary ``eventType``: ``capture``, ``virus check``, ``normalization`` ..."""
    at: str
    """ISO 8601 instant."""
    detail: str
    outcome: str
    agent: str
    """Person or program with version."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What limits the use of a package; `archive.access.closure` computes its closure period (SächsArchivG § 10)."""

    protection: str = ""
    """The filing plan's protection level, as a word."""
    secrecy: bool = False
    """Subject to a legal duty of secrecy: 60 years."""
    personal: bool = False
    """About a natural person by purpose or content."""
    born: date | None = None
    died: date | None = None


@dataclass(frozen=True, slots=True)
class Related:
    """Another package that this one belongs to, or that belongs to it."""

    reference: str
    aip: str
    """Its id, as `aip_id` makes it."""


@dataclass(frozen=True, slots=True)
class Sip:
    """A submission: one case file, one transaction of it, or one package from outside, with files and metadata."""

    reference: str
    """File reference, e.g. ``22.31-2026/000147``; unique among packages of its kind."""
    title: str
    class_notation: str
    class_title: str
    unit: str
    opened: date | None
    closed: date | None
    description: Mapping[str, Any]
    """Metadata of the case as JSON: state, transactions, mail book entries, former references ..."""
    documents: tuple[SipDocument, ...]
    files: tuple[SipFile, ...]
    audit_excerpt: tuple[Mapping[str, Any], ...]
    """Entries of the audit chain that concern the case, as exported."""
    rights: Rights
    agent: str
    """Who hands over."""
    basis: str
    """Why: disposal list, retention rule, law."""
    events: tuple[SipEvent, ...] = ()
    kind: str = "case"
    """``case``, ``transaction``, ``bag``, ``xdomea``, ``eark`` or ``folder``; part of the AIP's id."""
    origin: str = ""
    """Name of the body that made the records."""
    part_of: Related | None = None
    """Of a transaction, the package of its case."""
    parts: tuple[Related, ...] = ()
    """Of a case, the packages of its transactions; such a one may hold no file of its own (in OAIS: a collection)."""

    def to_json(self) -> dict[str, Any]:
        """All values except where the files lie, as JSON; this is ``package.json``, and the digest is taken over it."""
        return {
            "format": PACKAGE_FORMAT,
            "kind": self.kind,
            "reference": self.reference,
            "title": self.title,
            "class": {"notation": self.class_notation, "title": self.class_title},
            "unit": self.unit,
            "origin": self.origin,
            "opened": _iso(self.opened),
            "closed": _iso(self.closed),
            "description": dict(self.description),
            "documents": [_document(item) for item in self.documents],
            "files": [_file(item) for item in self.files],
            "audit": [dict(entry) for entry in self.audit_excerpt],
            "rights": {**asdict(self.rights), "born": _iso(self.rights.born), "died": _iso(self.rights.died)},
            "events": [asdict(event) for event in self.events],
            "agent": self.agent,
            "basis": self.basis,
            "part_of": asdict(self.part_of) if self.part_of else None,
            "parts": [asdict(part) for part in self.parts],
        }

    def digest(self) -> str:
        """SHA-512 of `package_bytes`: equal submissions have equal digests."""
        return sha512_bytes(self.package_bytes())

    def package_bytes(self) -> bytes:
        """``package.json``: `to_json` with sorted keys, indented so that a person can read it."""
        text = json.dumps(self.to_json(), sort_keys=True, ensure_ascii=False, indent=1, allow_nan=False)
        return text.encode("utf-8") + b"\n"

    @property
    def aip_id(self) -> str:
        """The id of the AIP this becomes; see `aip_id`."""
        return aip_id(self.reference, self.kind)


def aip_id(reference: str, kind: str = "case") -> str:
    """The stable id of the AIP of a reference: a URI such as ``erecords:case:22.31-2026/000147``."""
    return f"erecords:{kind}:{quote(reference, safe='-._~/+,()@')}"


def _iso(value: date | None) -> str | None:
    return value.isoformat() if value else None


def _document(item: SipDocument) -> dict[str, Any]:
    return {
        "id": item.id,
        "title": item.title,
        "type": item.type,
        "date": _iso(item.date),
        "sender": item.sender,
        "description": dict(item.description),
    }


def _file(item: SipFile) -> dict[str, Any]:
    return {
        "name": item.name,
        "sha512": item.sha512,
        "bytes": item.bytes,
        "mime": item.mime,
        "role": item.role.value,
        "document": item.document,
        "original_name": item.original_name,
        "puid": item.puid,
    }


@dataclass(frozen=True, slots=True)
class Receipt:
    """The archive's word that a submission is stored and was read back: only after this may a working copy go."""

    aip_id: str
    version: str
    """OCFL version, ``v1``."""
    reference: str
    ingested: str
    """Instant, ISO 8601 in UTC."""
    files: int
    """Files of the submission."""
    bytes: int
    """Bytes of the submission."""
    inventory_sha512: str
    """Digest of the OCFL inventory of that version, as in its sidecar."""
    sip_digest: str
    """`Sip.digest` of what was handed over."""

    def to_json(self) -> dict[str, Any]:
        """The receipt as it is kept and shown."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class AipFile:
    """A file of an archived package."""

    path: str
    """Logical path in the newest version, e.g. ``representations/rep1/data/documents/...``."""
    sha512: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Aip:
    """An archived package as it stands in its newest version."""

    id: str
    reference: str
    title: str
    version: str
    versions: int
    ingested: str
    """Instant of the first version."""
    bytes: int
    """Of all stored content of all versions."""
    files: tuple[AipFile, ...]
    package: Mapping[str, Any]
    """``package.json`` of the newest version; of an erased package the stub."""
    erased: bool = False


@dataclass(frozen=True, slots=True)
class Dip:
    """What was given out."""

    aip_id: str
    version: str
    folder: Path
    form: str
    """``bagit``, ``eark`` or ``dip``."""
    files: int
    bytes: int
