"""Staging: derived bytes go into the store just before the rows that name them, and a crash between leaves no orphan.

Each digest is noted in ``staged.jsonl`` of the delivery's work folder before the bytes are stored. At the next start
whatever is noted there and named by no row is erased again: no text of a citizen stays behind unseen.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from erecords.digest import sha512_file
from erecords.errors import Conflict
from erecords.files import exclusive, fsync_folder, make_folder, remove_folder
from erecords.store.blobs import Blob, BlobStore
from erecords.store.models import Rendition
from mailroom.models import Delivery, LetterFile

_NOTE = "staged.jsonl"
_PREFIX = "at-"
_LOCK = ".lock"


def stage(folder: Path, blobs: BlobStore, path: Path) -> Blob:
    """Store a file's bytes, noted first in the work folder."""
    note(folder, [sha512_file(path)[0]])
    return blobs.put_file(path)


def note(folder: Path, digests: Iterable[str]) -> None:
    """Note bytes that may soon be named by no row, or are not named yet; ``tidy`` decides."""
    with (folder / _NOTE).open("a", encoding="ascii") as stream:
        stream.writelines(f"{digest}\n" for digest in digests)
        stream.flush()
        os.fsync(stream.fileno())
    fsync_folder(folder)


def tidy(engine: Engine, blobs: BlobStore, work: Path, folder: str = "*") -> int:
    """Erase staged bytes that no row names, of all work folders or of one; returns how many.

    Call it while nobody else stages there.
    """
    erased = 0
    for path in work.glob(f"{folder}/{_NOTE}"):
        digests = {line for line in path.read_text("ascii").split("\n") if len(line) == 128}
        with Session(engine) as session:
            orphans = digests - named(session, digests)
        for digest in orphans:
            blobs.erase(digest)
        erased += len(orphans)
        path.unlink()
    return erased


@contextmanager
def workplace(engine: Engine, blobs: BlobStore, work: Path, name: str) -> Iterator[Path]:
    """A folder of its own below the work folder, locked while it is used, tidied and removed afterwards.

    Raises:
        Conflict: somebody else works at the same thing now.
    """
    folder = make_folder(work / f"{_PREFIX}{name}")
    with exclusive(folder / _LOCK, f"Somebody else works on {name} now; try again in a moment."):
        try:
            yield folder
        finally:
            tidy(engine, blobs, work, folder.name)
            remove_folder(folder)


def tidy_abandoned(engine: Engine, blobs: BlobStore, work: Path) -> None:
    """Tidy and remove workplaces whose process was stopped; those in use are left alone."""
    for folder in work.glob(f"{_PREFIX}*"):
        try:
            with exclusive(folder / _LOCK, "in use"):
                tidy(engine, blobs, work, folder.name)
                remove_folder(folder)
        except (Conflict, FileNotFoundError):
            continue


def named(session: Session, digests: Iterable[str]) -> set[str]:
    """Which of these bytes a row names."""
    wanted = list(digests)
    found: set[str] = set()
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        found |= set(session.exec(select(Rendition.sha512).where(col(Rendition.sha512).in_(part))))
        found |= set(session.exec(select(LetterFile.sha512).where(col(LetterFile.sha512).in_(part))))
        found |= {d for d in session.exec(select(Delivery.sha512).where(col(Delivery.sha512).in_(part))) if d}
    return found
