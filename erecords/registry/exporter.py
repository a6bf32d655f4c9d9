"""Writing a case file out, in the form that the import reads, with the files as they arrived."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlmodel import Session

from erecords.errors import Conflict, InputRefused, NotPermitted
from erecords.files import fsync_file, make_folder, safe_name, write_atomic
from erecords.registry import documents, finding, transactions
from erecords.registry.access import Actor
from erecords.registry.documents import VersionView
from erecords.registry.importform import CASES, DOCUMENTS
from erecords.store.blobs import BlobStore
from erecords.store.lifecycle import RenditionKind
from erecords.store.models import Case, Document, Rendition, Transaction


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    documents: int
    files: int


def export_case(session: Session, actor: Actor, blobs: BlobStore, case: Case, folder: Path) -> Exported:
    """Write a case with all versions of its documents into a new or empty folder; originals are verified on the way.

    Raises:
        NotPermitted: the actor may see the metadata of the case only.
        Conflict: the folder holds something.
        StoreDamaged: an original is missing or changed; the lists are not written then.
    """
    if not finding.sees_content(session, actor, case):
        raise NotPermitted(f"{actor.name} ({actor.id}) may not see the documents of {case.reference}.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Conflict(f"{folder} is not an empty folder. Nothing was written.")
    make_folder(folder / "files")
    lines, files = [], 0
    for number, document in enumerate(finding.documents(session, actor, case), start=1):
        line, written = _document_line(session, blobs, case, document, folder, number)
        lines.append(line)
        files += written
    write_atomic(folder / DOCUMENTS, _json_lines(lines))
    write_atomic(folder / CASES, _json_lines([_case_line(session, case)]))
    return Exported(len(lines), files)


def _json_lines(lines: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()


def _case_line(session: Session, case: Case) -> dict[str, Any]:
    case_id = case.id or 0
    line = {
        "key": case.reference,
        "class": case.class_notation,
        "title": case.title,
        "opened": case.opened.isoformat(),
        "closed": case.closed.isoformat() if case.closed else None,
        "reference": case.reference,
        "unit": case.unit,
        "file_key": case.key,
        "triggers": {event.trigger: event.on.isoformat() for event in finding.events(session, case_id)},
        "former_references": finding.former_references(session, case_id),
        "transactions": [_transaction_line(row) for row in transactions.of_case(session, case)],
    }
    return {name: value for name, value in line.items() if value}


def _transaction_line(row: Transaction) -> dict[str, Any]:
    line = {
        "key": row.number,
        "title": row.title,
        "process": row.process,
        "process_title": row.process_title,
        "opened": row.opened.isoformat(),
        "closed": row.closed.isoformat() if row.closed else None,
    }
    return {name: value for name, value in line.items() if value}


def _document_line(
    session: Session, blobs: BlobStore, case: Case, document: Document, folder: Path, number: int
) -> tuple[dict[str, Any], int]:
    *earlier, current = documents.versions(session, document)
    line: dict[str, Any] = {
        "case": case.reference,
        "title": document.title,
        "date": document.date.isoformat() if document.date else None,
        "type": document.type,
        "sender": document.sender,
        "received": document.received.isoformat() if document.received else None,
        "entry": document.letter,
        "transaction": document.transaction,
        "earlier_versions": [_write(blobs, version, folder, number) for version in earlier],
    }
    original, text = (current.rendition(kind) for kind in (RenditionKind.ORIGINAL, RenditionKind.TEXT))
    if not _is_text_only(original, text):
        line["file"] = _write(blobs, current, folder, number)
    if text is not None:
        line["text"] = blobs.verified(text.sha512).read_bytes().decode()
    return {name: value for name, value in line.items() if value}, len(earlier) + ("file" in line)


def _is_text_only(original: Rendition | None, text: Rendition | None) -> bool:
    return original is not None and text is not None and original.sha512 == text.sha512


def _write(blobs: BlobStore, version: VersionView, folder: Path, number: int) -> str:
    original = version.rendition(RenditionKind.ORIGINAL)
    assert original is not None
    name = f"files/{number:04d}-{version.number}/{safe_name(version.name)}"
    make_folder((folder / name).parent)
    shutil.copyfile(blobs.verified(original.sha512), folder / name)
    fsync_file(folder / name)
    return name


def copy_out(source: Path, target: Path, name: str) -> Path:
    """Copy stored bytes to a file (or into a folder, under ``name``); it appears whole or not at all.

    Raises:
        InputRefused: it cannot be written there.
    """
    target = target / safe_name(name) if target.is_dir() else target
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        shutil.copyfile(source, temporary)
        fsync_file(temporary)
        temporary.replace(target)
    except OSError as error:
        raise InputRefused(f"{target} cannot be written: {error.strerror or error}. Nothing was given out.") from error
    finally:
        temporary.unlink(missing_ok=True)
    return target
