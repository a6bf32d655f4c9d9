"""File handling that survives a power cut and does not believe names from outside."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from erecords.errors import Conflict, ErecordsError, InputRefused

_UNSAFE = re.compile(r"[^\w .,()+@=-]")
_NAME_BYTES = 180


def fsync_file(path: Path) -> None:
    """Force a file's bytes to the disk."""
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


def fsync_folder(folder: Path) -> None:
    """Force a folder's entries (new, renamed, removed names) to the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path) -> Path:
    """Create a folder with its parents; each new entry is forced to the disk."""
    missing = [folder] if not folder.is_dir() else []
    for parent in folder.parents:
        if missing and not parent.is_dir():
            missing.append(parent)
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        fsync_folder(path.parent)
    return folder


def write_atomic(path: Path, data: bytes) -> None:
    """Replace ``path`` so that a reader, even after a power cut, sees the old bytes or the new, never a mixture."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    fsync_folder(path.parent)


def move(source: Path, target: Path) -> None:
    """Rename within one file system and force both folders to the disk."""
    source.rename(target)
    fsync_folder(target.parent)
    if source.parent != target.parent:
        fsync_folder(source.parent)


def safe_name(name: str) -> str:
    """A file name fit to be written: NFC, one line, no separators, controls or direction marks, at most 180 bytes.

    Never empty, never ``.`` or ``..``, never starting with a dot or a hyphen; the ending is kept where possible.
    """
    text = unicodedata.normalize("NFC", name)
    text = _UNSAFE.sub("_", "".join(c for c in text if unicodedata.category(c)[0] != "C")).strip(" .")
    text = text.lstrip("-")
    stem, dot, ending = text.rpartition(".")
    if not dot or len(ending) > 12:
        stem, ending = text, ""
    suffix = f".{ending}" if ending else ""
    while len(f"{stem}{suffix}".encode()) > _NAME_BYTES:
        stem = stem[:-1]
    return f"{stem}{suffix}" or "unnamed"


def inside(base: Path, name: str) -> Path:
    """The path of ``name`` below ``base``.

    Raises:
        InputRefused: the name is absolute or leaves the folder.
    """
    path = (base / name).resolve()
    if Path(name).is_absolute() or not path.is_relative_to(base.resolve()):
        raise InputRefused(f"The name {name!r} leads out of its folder; it was not used.")
    return path


@contextmanager
def exclusive(
    path: Path, message: str, *, wait: bool = False, refusal: type[ErecordsError] = Conflict
) -> Iterator[None]:
    """Hold an exclusive lock on ``path`` (created if missing); it falls with the process, however that ends.

    Raises:
        Conflict: somebody else holds it and ``wait`` is false; ``refusal`` names another error, ``message`` its text.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise refusal(message) from error
        yield
    finally:
        os.close(handle)


def remove_folder(folder: Path) -> None:
    """Remove a folder with all it holds and force its disappearance to the disk; a missing one is fine."""
    if folder.exists():
        shutil.rmtree(folder)
        fsync_folder(folder.parent)
