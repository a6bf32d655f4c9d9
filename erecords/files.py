"""File handling that survives a power cut and does not believe names from outside."""

from __future__ import annotations

import errno
import fcntl
import io
import os
import re
import shutil
import stat
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from erecords.errors import Conflict, ErecordsError, InputRefused

_UNSAFE = re.compile(r"[^\w .,()+@=-]")
_NAME_BYTES = 180
_NO_PLAIN_FILE = "it is a link or no plain file"


def fsync_file(path: Path) -> None:
    """Force a file's bytes to the disk."""
    _fsync(path, os.O_RDONLY)


def fsync_folder(folder: Path) -> None:
    """Force a folder's entries (new, renamed, removed names) to the disk."""
    _fsync(folder, os.O_RDONLY | os.O_DIRECTORY)


def _fsync(path: Path, flags: int) -> None:
    handle = os.open(path, flags | os.O_CLOEXEC)
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
    _replace(path, io.BytesIO(data))


def copy_atomic(source: Path, path: Path) -> None:
    """The same with the bytes of a file, of any size."""
    with source.open("rb") as stream:
        _replace(path, stream)


def _replace(path: Path, source: BinaryIO) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as stream:
            shutil.copyfileobj(source, stream, 1 << 20)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    fsync_folder(path.parent)


def write_out(path: Path, data: bytes) -> None:
    """Write a file that somebody asked for; it appears whole or not at all.

    Raises:
        InputRefused: it cannot be written there.
    """
    try:
        write_atomic(path.absolute(), data)
    except OSError as error:
        raise InputRefused(f"{path} cannot be written: {error.strerror or error}. Nothing was given out.") from error


def private(path: Path) -> BinaryIO:
    """A new file that its owner alone may read, whatever the umask, open for writing.

    Raises:
        FileExistsError: there is one already.
    """
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb")


def move(source: Path, target: Path, *, below: Path | None = None) -> None:
    """Rename within one file system and force both folders to the disk.

    With ``below`` the source must be a plain file, and no link on the way to it from that folder is followed, not
    even one that somebody puts there at this moment; nor one on the way to a target below that folder.

    Raises:
        PermissionError: there is such a link; the source stays where it was.
    """
    if below is None:
        source.rename(target)
    else:
        _move_plain(source, target, below)
    fsync_folder(target.parent)
    if source.parent != target.parent:
        fsync_folder(source.parent)


def _move_plain(source: Path, target: Path, below: Path) -> None:
    with _folder_below(source, below) as here, _folder_below(target, below) as there:
        os.rename(source.name, target.name, src_dir_fd=here, dst_dir_fd=there)
        if not stat.S_ISREG(os.stat(target.name, dir_fd=there, follow_symlinks=False).st_mode):
            os.rename(target.name, source.name, src_dir_fd=there, dst_dir_fd=here)
            raise PermissionError(errno.EPERM, _NO_PLAIN_FILE, str(source))


def open_plain(file: Path, below: Path) -> BinaryIO:
    """A plain file open for reading, reached from the folder ``below`` without following a link.

    Raises:
        PermissionError: it is a link or no plain file, or a folder on the way to it is a link.
    """
    with _folder_below(file, below) as folder:
        try:
            handle = os.open(file.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
        except OSError as error:
            if error.errno != errno.ELOOP:
                raise
            raise PermissionError(errno.EPERM, _NO_PLAIN_FILE, str(file)) from error
    if stat.S_ISREG(os.fstat(handle).st_mode):
        return os.fdopen(handle, "rb")
    os.close(handle)
    raise PermissionError(errno.EPERM, _NO_PLAIN_FILE, str(file))


@contextmanager
def _folder_below(file: Path, below: Path) -> Iterator[int]:
    """The folder of a file as an open handle, reached from ``below`` without following a link."""
    handle = os.open(below, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in file.relative_to(below).parts[:-1]:
            deeper = _open_folder(part, handle)
            os.close(handle)
            handle = deeper
        yield handle
    finally:
        os.close(handle)


def _open_folder(name: str, within: int) -> int:
    try:
        return os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=within)
    except NotADirectoryError as error:
        raise PermissionError(errno.EPERM, "a folder on the way to it is a link", name) from error


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
