"""Learning from the home's own records: letters that people filed, imported documents, and the city's samples.

The model lies in ``knowledge/`` with the list of what it was learned from; when that list differs from the living
records it is learned anew, so that nothing of a destroyed record stays in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlmodel import Session, and_, col, func, or_, select

from erecords.digest import sha512_file
from erecords.errors import StoreDamaged
from erecords.office import Office
from erecords.registry.access import SYSTEM
from erecords.store.lifecycle import RenditionKind
from erecords.store.models import Case, Document, DocumentVersion, Rendition
from mailroom import sources
from mailroom.classifiers import knowledge
from mailroom.classifiers.knowledge import Knowledge, Sample
from mailroom.models import Letter
from mailroom.quality import observing
from mailroom.registers import Registers

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
    """The knowledge that follows from the living records, with what became of its own decisions."""
    learned = _learned(office, registers)
    with Session(office.engine) as session:
        return replace(learned, observed=observing.observed(session, office.clock.now()))


def _learned(office: Office, registers: Registers) -> Knowledge:
    """What was learned from texts.

    Learned anew when the registers changed, when a record that it was learned from is gone or stands elsewhere now,
    or when enough new ones came in, or one of a kind never seen. Few new ones stand beside the model and count at once
    for letters like them.
    """
    filed = _filed(office, registers)
    wanted = _sources(office.registers, filed)
    had = sources.read(office.home)
    if _serves(had, wanted):
        try:
            model = knowledge.load(sources.folder(office.home))
        except StoreDamaged:
            sources.forget(office.home)
        else:
            before = {tuple(row) for row in had["documents"]}
            recent = [*_samples(office, [row for row in filed if tuple(_source(row)) not in before])]
            if all(sample.label in model.model.labels for sample in recent):
                return knowledge.with_recent(model, recent, registers)
    learned = knowledge.learn([*_training(office.registers), *_samples(office, filed)], registers)
    knowledge.save(learned, sources.folder(office.home))
    sources.write(office.home, wanted)
    return learned


def decisions(session: Session) -> int:
    """A number that grows with each decision of a person on a letter; then there may be something to learn."""
    by_people = ~col(Letter.decided_by).startswith(SYSTEM)
    return session.exec(select(func.coalesce(func.sum(Letter.version), 0)).where(by_people)).one()


def _serves(had: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Whether what was learned from ``had`` still serves for ``wanted``."""
    if had.get("registers") != wanted["registers"]:
        return False
    before, now = {tuple(row) for row in had["documents"]}, {tuple(row) for row in wanted["documents"]}
    return before <= now and len(now - before) <= max(_FEW, len(before) // _SHARE)


def _filed(office: Office, registers: Registers) -> list[_Filed]:
    """Documents of incoming types; neither what the machine filed by itself nor marked mail teaches it."""
    query = (
        select(Document, Case.class_notation, Rendition.sha512)
        .join(Case, col(Case.id) == col(Document.case_id))
        .join(DocumentVersion, col(DocumentVersion.document_id) == col(Document.id))
        .join(Rendition, col(Rendition.version_id) == col(DocumentVersion.id))
        .outerjoin(Letter, col(Letter.document_id) == col(Document.id))
        .where(
            Rendition.kind == RenditionKind.TEXT,
            col(Document.type).in_([row.key for row in registers.incoming]),
            or_(
                col(Letter.decided_by).is_(None),
                and_(~col(Letter.decided_by).startswith(SYSTEM), ~col(Letter.confidential)),
            ),
        )
        .order_by(col(Document.id))
    )
    with Session(office.engine) as session:
        return [_Filed(d.id or 0, d.type, notation, d.sender, text) for d, notation, text in session.exec(query)]


def _sources(registers: Path, filed: list[_Filed]) -> dict[str, Any]:
    files = sorted(path for path in registers.iterdir() if path.is_file())
    return {
        "registers": {path.name: sha512_file(path)[0] for path in files},
        "documents": [_source(row) for row in filed],
    }


def _source(row: _Filed) -> list[Any]:
    return [row.document_id, row.kind, row.notation, row.text[:16]]


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
    """What the model was learned from and how it was measured then; empty before anything was learned."""
    path = sources.folder(home) / "model.json"
    if not path.is_file():
        return {}
    table = json.loads(path.read_text(encoding="utf-8"))
    return {
        "samples": table["samples"],
        "documents": len(sources.read(home).get("documents", ())),
        "fingerprint": table["fingerprint"][:16],
        "measured": table["calibration"].get("accuracy"),
    }
