"""A package as the command ``archive show`` gives it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archive.access.export import closure_of
from archive.catalogue import Holding
from archive.metadata.model import PREMIS
from archive.metadata.premis_reading import read_premis
from archive.package import Receipt
from archive.reading import part_of
from archive.store import ArchiveStore


def package_data(store: ArchiveStore, holding: Holding) -> dict[str, Any]:
    """All that is known of a package, as JSON; errors as `ArchiveStore.package`."""
    aip = store.package(holding.id)
    closed = closure_of(aip.package)
    found = store.inventory(aip.id)
    versions = found[0].versions if found else {}
    return {
        "id": aip.id,
        "reference": aip.reference,
        "title": aip.title,
        "versions": aip.versions,
        "bytes": aip.bytes,
        "ingested": aip.ingested,
        "erased": aip.erased,
        "folder": store.folder(aip.id),
        "part_of": part_of(aip.package) or None,
        "parts": [{"id": part.id, "reference": part.reference, "erased": part.erased} for part in store.parts(holding)],
        "closed_until": closed.until.isoformat() if closed.until else None,
        "closure": closed.reason,
        "history": [
            {"version": name, "created": v.created, "message": v.message, "agent": v.user_name}
            for name, v in versions.items()
        ],
        "metadata": {key: value for key, value in aip.package.items() if key not in {"files", "audit"}},
        "files": [{"path": file.path, "sha512": file.sha512, "bytes": file.bytes} for file in aip.files],
    }


def ingest_events(store: ArchiveStore, receipt: Receipt) -> list[dict[str, str]]:
    """What the archive did and found when it took in the version of a receipt, for the one who handed over."""
    found = store.inventory(receipt.aip_id)
    if found is None:
        return []
    path = found[0].content_path(PREMIS, receipt.version)
    with store.storage.open(f"{store.folder(receipt.aip_id)}/{path}") as stream:
        told = read_premis(stream).events
    return [
        {"event": event.type, "detail": event.detail, "outcome": event.outcome}
        for event in told
        if event.at == receipt.ingested
    ]


def package_facts(data: dict[str, Any]) -> Iterator[tuple[str, object]]:
    """The same for people, a line each."""
    for key in ("reference", "title", "versions", "bytes", "ingested", "folder"):
        yield key, data[key]
    if data["erased"]:
        event = data["metadata"]["event"]
        yield "erased", f"{event['at']} by order {event['order']}: {event['reason']}; only the stub is left"
    if data["part_of"]:
        yield "part of", data["part_of"]
    for part in data["parts"]:
        yield "transaction", f"{part['reference']}{' (erased)' if part['erased'] else ''}"
    if not data["erased"]:
        yield "closed to readers until", f"{data['closed_until'] or 'a date is known'} ({data['closure']})"
    for version in data["history"]:
        yield version["version"], f"{version['created']} {version['message']} ({version['agent']})"
    for file in data["files"]:
        yield "file", f"{file['path']} ({file['bytes']} bytes, SHA-512 {file['sha512'][:16]}...)"
