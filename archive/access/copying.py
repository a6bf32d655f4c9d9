"""Copying stored content out of the archive: every byte is compared with its digest on the way."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from archive.errors import ObjectDamaged
from erecords.digest import CHUNK
from erecords.errors import Conflict
from erecords.files import fsync_folder, make_folder, remove_folder


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """A folder to fill that becomes ``target`` when the block ends without error, and disappears otherwise.

    Raises:
        Conflict: the target exists.
    """
    if target.exists():
        raise Conflict(f"{target} exists already; nothing was written. Choose another folder.")
    make_folder(target.parent)
    work = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    work.mkdir()
    try:
        yield work
        fsync_folder(work)
        work.rename(target)
    except BaseException:
        remove_folder(work)
        raise
    fsync_folder(target.parent)


def copy_checked(source: BinaryIO, target: Path, sha512: str, what: str) -> int:
    """Copy a stream into a new file and force it to the disk; return its length.

    Raises:
        ObjectDamaged: the bytes have another digest; the file is removed, for damaged content is never given out.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha512()
    size = 0
    with target.open("xb") as stream:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
            stream.write(chunk)
        stream.flush()
        os.fsync(stream.fileno())
    if digest.hexdigest() != sha512:
        target.unlink()
        raise ObjectDamaged(f"{what} is damaged and was not given out. Run: erecords archive verify --all")
    return size


def write_new(target: Path, data: bytes) -> None:
    """Write a small new file and force it to the disk."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
