"""What the learned model was learned from: the list beside it, by which it goes when one of its records goes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection
from pathlib import Path
from typing import Any

from erecords.digest import canonical_json
from erecords.files import make_folder, write_atomic

_FOLDER = "knowledge"
_SOURCES = "sources.json"


def folder(home: Path) -> Path:
    """Where the model lies."""
    return make_folder(home / _FOLDER)


def read(home: Path) -> dict[str, Any]:
    """Digests of the registers and the documents that were learned from; empty when nothing was."""
    try:
        found = json.loads((home / _FOLDER / _SOURCES).read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write(home: Path, sources: dict[str, Any]) -> None:
    """Note what was learned from, once the model is stored."""
    write_atomic(folder(home) / _SOURCES, canonical_json(sources))


def forget(home: Path) -> None:
    """Remove the model; it is learned anew from the living records when it is needed."""
    shutil.rmtree(home / _FOLDER, ignore_errors=True)
    make_folder(home / _FOLDER)


def forget_with(home: Path, documents: Collection[int]) -> None:
    """Remove the model when it was learned from one of these documents. May be repeated."""
    if any(row[0] in documents for row in read(home).get("documents", ())):
        forget(home)
