"""Learning from the home's own records: letters that people filed, imported documents, and the city's samples.

The model lies in ``knowledge/`` with the list of what it was learned from; when that list differs from the living
records it is learned anew, so that nothing of a destroyed record stays in it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, or_, select

from erecords.digest import canonical_json, sha512_file
from erecords.errors import StoreDamaged
from erecords.files import make_folder, write_atomic
from erecords.office import Office
from erecords.registry.access import SYSTEM
from erecords.store.lifecycle import RenditionKind
from erecords.store.models import Case, Document, DocumentVersion, Rendition
from mailroom.classifiers import knowledge
from mailroom.classifiers.knowledge import Knowledge, Sample
from mailroom.models import Letter
from mailroom.registers import Registers

_FOLDER = "knowledge"
_SOURCES = "sources.json"
_TRAINING = "training_letters.jsonl"
_FEW, _SHARE = 20, 20
"""New letters that can wait: twenty, or a twentieth of what was learned."""


@dataclass(frozen=True)
class _Filed:
    """A document whose place a person or an import decided."""

    document_id: int
    kind: str
    notation: str
    sender: str
    text: str
    """SHA-512 of its text."""


def current(office: Office, registers: Registers) -> Knowledge:
    """The knowledge that follows from the living records.

    Learned anew when the registers changed, when a record that it was learned from is gone or stands elsewhere now,
    or when enough new ones came in; a few new letters can wait.
    """
    folder = make_folder(office.home / _FOLDER)
    filed = _filed(office, registers)
    wanted = _sources(office.registers, filed)
    if _serves(_read_sources(folder), wanted):
        try:
            return knowledge.load(folder)
        except StoreDamaged:
            forget(office.home)
    learned = knowledge.learn([*_training(office.registers), *_samples(office, filed)], registers)
    knowledge.save(learned, folder)
    write_atomic(folder / _SOURCES, canonical_json(wanted))
    return learned


def _serves(had: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Whether what was learned from ``had`` still serves for ``wanted``."""
    if had.get("registers") != wanted["registers"]:
        return False
    before, now = {tuple(row) for row in had["documents"]}, {tuple(row) for row in wanted["documents"]}
    return before <= now and len(now - before) <= max(_FEW, len(before) // _SHARE)


def _read_sources(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / _SOURCES).read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def forget(home: Path) -> None:
    """Remove the model; it is learned anew from the living records when it is needed."""
    shutil.rmtree(home / _FOLDER, ignore_errors=True)
    make_folder(home / _FOLDER)


def _filed(office: Office, registers: Registers) -> list[_Filed]:
    """Documents of incoming types; what the machine filed by itself does not teach it."""
    query = (
        select(Document, Case.class_notation, Rendition.sha512)
        .join(Case, col(Case.id) == col(Document.case_id))
        .join(DocumentVersion, col(DocumentVersion.document_id) == col(Document.id))
        .join(Rendition, col(Rendition.version_id) == col(DocumentVersion.id))
        .outerjoin(Letter, col(Letter.document_id) == col(Document.id))
        .where(
            Rendition.kind == RenditionKind.TEXT,
            col(Document.type).in_([row.key for row in registers.incoming]),
            or_(col(Letter.decided_by).is_(None), ~col(Letter.decided_by).startswith(SYSTEM)),
        )
        .order_by(col(Document.id))
    )
    with Session(office.engine) as session:
        return [_Filed(d.id or 0, d.type, notation, d.sender, text) for d, notation, text in session.exec(query)]


def _sources(registers: Path, filed: list[_Filed]) -> dict[str, Any]:
    files = sorted(path for path in registers.iterdir() if path.is_file())
    return {
        "registers": {path.name: sha512_file(path)[0] for path in files},
        "documents": [[row.document_id, row.kind, row.notation, row.text[:16]] for row in filed],
    }


def _training(registers: Path) -> tuple[Sample, ...]:
    path = registers / _TRAINING
    return knowledge.read_samples(path) if path.is_file() else ()


def _samples(office: Office, filed: list[_Filed]) -> Iterator[Sample]:
    for row in filed:
        try:
            text = office.blobs.read(row.text).decode("utf-8", "replace")
        except StoreDamaged:
            continue
        yield Sample(text, row.kind, row.notation, f"document:{row.document_id}", row.sender)


def description(home: Path) -> dict[str, object]:
    """What the model was learned from, for ``status``."""
    path = home / _FOLDER / "model.json"
    if not path.is_file():
        return {}
    table = json.loads(path.read_text(encoding="utf-8"))
    return {"samples": table["samples"], "fingerprint": table["fingerprint"][:16]}
