"""Write-once bytes by their SHA-512: ``store/ab/cd/<sha512>`` (``docs/internals/blob-store.md``)."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from erecords.digest import CHUNK, sha512_file
from erecords.errors import DiskFailing, StoreDamaged
from erecords.files import fsync_folder, make_folder

_TEMPORARY = "tmp"


@dataclass(frozen=True, slots=True)
class Blob:
    """Name and size of stored bytes."""

    sha512: str
    bytes: int


class BlobStore:
    """The stored originals and renditions of a home. Never overwrites; reading an original verifies it."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @property
    def root(self) -> Path:
        """Folder of the store: ``store/`` of the home."""
        return self._root

    def put(self, stream: BinaryIO) -> Blob:
        """Store a stream; on return its bytes are on the disk under their digest.

        Stopped midway it leaves at most a temporary file, which ``sweep`` removes.

        Raises:
            OSError: the disk is full or failing; nothing was stored.
        """
        temporary = make_folder(self._root / _TEMPORARY) / f"{os.getpid()}-{secrets.token_hex(8)}"
        digest, size = hashlib.sha512(), 0
        try:
            with temporary.open("xb") as target:
                while chunk := stream.read(CHUNK):
                    digest.update(chunk)
                    size += target.write(chunk)
                target.flush()
                os.fsync(target.fileno())
            blob = Blob(digest.hexdigest(), size)
            self._settle(temporary, self.path(blob.sha512))
        finally:
            temporary.unlink(missing_ok=True)
        return blob

    def put_file(self, path: Path) -> Blob:
        """Store a file's bytes; the file itself stays."""
        with path.open("rb") as stream:
            return self.put(stream)

    def put_bytes(self, data: bytes) -> Blob:
        """Store bytes."""
        import io

        return self.put(io.BytesIO(data))

    def _settle(self, temporary: Path, final: Path) -> None:
        make_folder(final.parent)
        if final.exists() and sha512_file(final)[0] == final.name:
            return
        temporary.chmod(0o440)
        temporary.replace(final)
        fsync_folder(final.parent)

    def path(self, sha512: str) -> Path:
        """Where the bytes of that digest lie or would lie."""
        if len(sha512) != 128 or not set(sha512) <= set("0123456789abcdef"):
            raise StoreDamaged(f"{sha512!r} is no SHA-512; the record that names it is damaged.")
        return self._root / sha512[:2] / sha512[2:4] / sha512

    def open(self, sha512: str) -> BinaryIO:
        """Open stored bytes for reading.

        Raises:
            StoreDamaged: they are missing.
        """
        try:
            return self.path(sha512).open("rb")
        except FileNotFoundError as error:
            raise StoreDamaged(
                f"The stored bytes {sha512[:16]}... are missing. Restore them from a backup: erecords db restore."
            ) from error

    def verified(self, sha512: str) -> Path:
        """The path of stored bytes after they were read once and agree with their digest.

        Raises:
            StoreDamaged: they are missing or differ.
        """
        self.open(sha512).close()
        path = self.path(sha512)
        if sha512_file(path)[0] != sha512:
            raise StoreDamaged(
                f"The stored bytes {sha512[:16]}... differ from their digest. Nothing was given out; "
                "restore them from a backup: erecords db restore."
            )
        return path

    def read(self, sha512: str) -> bytes:
        """All stored bytes, unverified; for derived forms such as text."""
        with self.open(sha512) as stream:
            return stream.read()

    def exists(self, sha512: str) -> bool:
        """Whether bytes of that digest are stored."""
        return self.path(sha512).is_file()

    def require(self, digests: Iterable[str]) -> None:
        """Refuse to go on when stored bytes are gone again; asked within the unit of work that will name them.

        Bytes that were there already may have been the last trace of a record that a disposal erased meanwhile. It
        erases while it holds the write lock, so what is found here stays.

        Raises:
            DiskFailing: some are gone; repeating the work stores them again.
        """
        gone = [digest for digest in digests if not self.exists(digest)]
        if gone:
            raise DiskFailing(f"Stored bytes {gone[0][:16]}... went while they were used; repeat it. Nothing was lost.")

    def all(self) -> Iterator[str]:
        """Digests of all stored bytes."""
        if self._root.is_dir():
            for path in self._root.glob("??/??/*"):
                yield path.name

    def erase(self, sha512: str) -> None:
        """Remove bytes for ever. Only the deletion gate calls this, after it found that no record names them."""
        path = self.path(sha512)
        path.unlink(missing_ok=True)
        if path.parent.is_dir():
            fsync_folder(path.parent)

    def sweep(self) -> int:
        """Remove what writes of ended processes left; returns how many. Others may go on writing."""
        leftovers = [path for path in (self._root / _TEMPORARY).glob("*") if not _runs(path.name.partition("-")[0])]
        for path in leftovers:
            path.unlink(missing_ok=True)
        return len(leftovers)


def _runs(process: str) -> bool:
    """Whether a process of that number runs on this machine; this one does not write while it sweeps."""
    return process.isdigit() and int(process) != os.getpid() and Path(f"/proc/{process}").exists()
