"""Recognised letters as JSON: kept in the work folder between stages, and as the stored words of a letter."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from erecords.files import fsync_file, write_atomic
from mailroom.ports import Barcode, PageGate, PageText, Recognition, Word

_NAME = "recognition.json"


def keep(recognition: Recognition, folder: Path) -> None:
    """Keep a recognition whose files lie in ``folder``; the JSON comes last, so what is found is complete."""
    fsync_file(recognition.rendition)
    fsync_file(recognition.thumbnail)
    data = asdict(recognition)
    data["rendition"], data["thumbnail"] = recognition.rendition.name, recognition.thumbnail.name
    write_atomic(folder / _NAME, json.dumps(data, ensure_ascii=False).encode())


def kept(folder: Path) -> Recognition | None:
    """The recognition that an earlier run kept in ``folder``, if it came to its end."""
    try:
        data = json.loads((folder / _NAME).read_bytes())
    except FileNotFoundError:
        return None
    data["pages"] = tuple(_page(page) for page in data["pages"])
    data["rendition"], data["thumbnail"] = folder / data["rendition"], folder / data["thumbnail"]
    data["findings"] = tuple(data["findings"])
    return Recognition(**data)


def words_json(pages: Sequence[PageText]) -> bytes:
    """Pages, lines and words with their boxes and confidence, as stored (``docs/internals/words.md``)."""
    stored = [_stored_page(page) for page in pages]
    return json.dumps({"format": "erecords-words", "version": 1, "pages": stored}, ensure_ascii=False).encode()


def from_words_json(data: bytes) -> tuple[PageText, ...]:
    """The pages of a letter as stored by ``words_json``."""
    return tuple(_read_page(page) for page in json.loads(data)["pages"])


def _stored_page(page: PageText) -> dict[str, Any]:
    words = [
        [w.text, round(w.x0, 1), round(w.y0, 1), round(w.x1, 1), round(w.y1, 1), round(w.confidence, 3), w.line]
        for w in page.words
    ]
    return {
        "number": page.number,
        "width": page.width,
        "height": page.height,
        "source": page.source,
        "confidence": round(page.confidence, 3),
        "rotated": page.rotated,
        "blank": page.blank,
        "language": page.language,
        "codes": [[code.kind, code.text] for code in page.codes],
        "unread_codes": page.unread_codes,
        "gate": asdict(page.gate) if page.gate else None,
        "unseen": page.unseen,
        "text": page.text,
        "words": words,
    }


def _read_page(stored: dict[str, Any]) -> PageText:
    return _with_gate(
        {
            **stored,
            "words": tuple(Word(*word) for word in stored["words"]),
            "codes": tuple(Barcode(*code) for code in stored.get("codes", ())),
        }
    )


def _page(data: dict[str, Any]) -> PageText:
    data["words"] = tuple(Word(**word) for word in data["words"])
    data["codes"] = tuple(Barcode(**code) for code in data["codes"])
    return _with_gate(data)


def _with_gate(data: dict[str, Any]) -> PageText:
    gate = data.get("gate")
    return PageText(**{**data, "gate": PageGate(**{**gate, "cut": tuple(gate["cut"])}) if gate else None})
