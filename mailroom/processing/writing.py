"""Writing a letter down: its files into the store, its row with what is suggested."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

from sqlmodel import Session, select

from erecords.files import write_atomic
from erecords.store.blobs import Blob, BlobStore
from erecords.store.lifecycle import RenditionKind
from mailroom.custody import staging
from mailroom.models import Delivery, Letter, LetterFile
from mailroom.ports import Deadline, Recognition, Recommendation, Suggestion
from mailroom.processing import recognised

_PDF = "application/pdf"
_PDFA_2B = "fmt/477"


def stage_original(folder: Path, blobs: BlobStore, source: Path, mime: str, puid: str) -> LetterFile:
    """Store a letter's own file; its row waits for the letter's number."""
    return _file(RenditionKind.ORIGINAL, staging.stage(folder, blobs, source), mime, puid)


def stage_recognised(folder: Path, blobs: BlobStore, recognition: Recognition) -> list[LetterFile]:
    """Store what recognition made of a letter: PDF/A, text, words, thumbnail."""
    text, words = recognition.rendition.with_suffix(".txt"), recognition.rendition.with_suffix(".words.json")
    write_atomic(text, recognition.text.encode("utf-8", "replace"))
    write_atomic(words, recognised.words_json(recognition.pages))
    made = (
        (RenditionKind.PDFA, recognition.rendition, _PDF, _PDFA_2B if recognition.pdfa else ""),
        (RenditionKind.TEXT, text, "text/plain; charset=utf-8", "x-fmt/111"),
        (RenditionKind.WORDS, words, "application/json", "fmt/817"),
        (RenditionKind.THUMBNAIL, recognition.thumbnail, "image/png", ""),
    )
    return [_file(kind, staging.stage(folder, blobs, path), mime, puid) for kind, path, mime, puid in made]


def _file(kind: RenditionKind, blob: Blob, mime: str, puid: str) -> LetterFile:
    return LetterFile(letter="", kind=kind, sha512=blob.sha512, bytes=blob.bytes, mime=mime, puid=puid)


def form_of(session: Session, delivery: Delivery) -> tuple[str, str]:
    """Media type and PRONOM identifier of a delivery, as they were found when it was processed."""
    note = session.exec(select(Letter.transfer_note).where(Letter.delivery_id == delivery.id)).first() or {}
    form = note.get("format")
    found = form if isinstance(form, dict) else {}
    return str(found.get("mime") or "application/octet-stream"), str(found.get("puid") or "")


def take_suggestion(letter: Letter, suggestion: Suggestion | None, fallback_title: str) -> None:
    """Fill a letter's columns from a suggestion; its findings take the place of those of the one before."""
    letter.title = (_honest_title(suggestion) if suggestion else "") or fallback_title
    before: list[str] = letter.suggestion.get("findings", [])  # type: ignore[assignment]
    lasting = [finding for finding in letter.findings if finding not in before]
    renew_findings(letter, [*lasting, *(suggestion.findings if suggestion else ())])
    if suggestion is None:
        letter.suggestion = {"recommendation": "none"}
        return
    letter.document_type, letter.sender, letter.unit = suggestion.document_type, suggestion.sender, suggestion.unit
    letter.date = date.fromisoformat(suggestion.date) if suggestion.date else None
    letter.references = [asdict(reference) for reference in suggestion.references]
    letter.suggestion = asdict(suggestion) | {
        "references": [],
        "deadlines": [],
        "recommendation": suggestion.recommendation.value,
    }
    letter.markings, letter.confidential = list(suggestion.markings), bool(suggestion.markings)
    letter.sealed_until = date.fromisoformat(suggestion.sealed_until) if suggestion.sealed_until else None
    take_deadlines(letter, suggestion.deadlines)


def renew_findings(letter: Letter, said: Sequence[str]) -> None:
    """Give a letter these findings; those that it had keep their places."""
    kept = [finding for finding in letter.findings if finding in said]
    letter.findings = [*kept, *(finding for finding in dict.fromkeys(said) if finding not in kept)]


def _honest_title(suggestion: Suggestion) -> str:
    """The suggested title; where nothing is known of the letter, that it is one, and whose."""
    if suggestion.recommendation is not Recommendation.NONE:
        return suggestion.title
    return ", ".join(part for part in ("Brief", suggestion.sender) if part)


def take_deadlines(letter: Letter, deadlines: Sequence[Deadline]) -> None:
    """Note a letter's follow-ups, earliest first."""
    letter.deadlines = [asdict(deadline) for deadline in deadlines]
    letter.due = date.fromisoformat(deadlines[0].date) if deadlines else None
