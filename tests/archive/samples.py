"""A small case file as a submission, and an archive to take it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from pathlib import Path

from archive.package import FileRole, Rights, Sip, SipDocument, SipEvent, SipFile
from archive.settings import ArchiveSettings
from archive.store import ArchiveStore, create_archive
from tests.fakes import FixedClock

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def new_archive(folder: Path, **settings: object) -> ArchiveStore:
    return create_archive(folder / "archive", ArchiveSettings(**settings), FixedClock())  # type: ignore[arg-type]


def sip_file(folder: Path, name: str, data: bytes, role: FileRole, document: str | None, mime: str) -> SipFile:
    folder.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha512(data).hexdigest()
    path = folder / digest
    path.write_bytes(data)
    return SipFile(path, name, digest, len(data), mime, role, document, name.rpartition("/")[2])


def sample_sip(folder: Path, reference: str = "22.31-2026/000147", extra: bytes = b"") -> Sip:
    number = "D-000012"
    base = f"documents/{number}"
    files = (
        sip_file(
            folder, f"{base}/original/Bescheid Müller.pdf", PDF + extra, FileRole.ORIGINAL, number, "application/pdf"
        ),
        sip_file(folder, f"{base}/text.txt", "Bescheid über Gebühren\n".encode(), FileRole.TEXT, number, "text/plain"),
        sip_file(folder, f"{base}/words.json", b'{"pages": []}', FileRole.WORDS, number, "application/json"),
        sip_file(folder, f"{base}/transfer.json", b'{"engine": "x"}', FileRole.METADATA, number, "application/json"),
    )
    return Sip(
        reference=reference,
        title="Gewerbeanmeldung Müller & Söhne <GmbH>",
        class_notation="22.31",
        class_title="Gewerbeanzeigen",
        unit="Ordnungsamt",
        opened=date(2026, 1, 7),
        closed=date(2026, 6, 30),
        description={"state": "closed", "transactions": [{"id": "V-2026-000123", "title": "Anmeldung"}]},
        documents=(SipDocument(number, "Bescheid", "bescheid", date(2026, 2, 3), "Frau Müller", {"class": "22.31"}),),
        files=files,
        audit_excerpt=({"sequence": 7, "action": "case.open", "hash": "ab" * 32},),
        rights=Rights(protection="normal"),
        agent="Erika Beispiel",
        basis="Aussonderungsliste 2026-001",
        events=(SipEvent("virus check", "2026-01-07T08:00:00.000000Z", "clamd", "no finding", "clamd 1.4"),),
        origin="Stadtverwaltung Musterstadt",
    )


def amended(sip: Sip, folder: Path) -> Sip:
    more = sip_file(
        folder, "documents/D-000012/original/Nachtrag.txt", b"Nachtrag\n", FileRole.ORIGINAL, "D-000012", "text/plain"
    )
    return replace(sip, files=(*sip.files, more), title="Gewerbeanmeldung (ergänzt)")
