"""Take the files out of a ZIP or TAR archive, within limits that count what really comes out, not what it claims."""

from __future__ import annotations

import errno
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from mailroom.channels.folder import is_clutter
from mailroom.custody.reasons import ReasonCode
from mailroom.errors import Refused
from mailroom.settings import MailroomSettings
from mailroom.stages.kinds import Kind

_CHUNK = 1 << 20
_FREE = 10_000_000
"""Bytes that any archive may unpack to, whatever the ratio."""
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE)
_DAMAGE = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, OSError, EOFError),
    *(ValueError, NotImplementedError, RuntimeError, IndexError, KeyError),
)


class Sink(Protocol):
    """Where members go."""

    def add(self, name: str, stream: IO[bytes]) -> None:
        """Take a member over; what reading it raises is passed on."""
        ...

    def lost(self, name: str, reason: ReasonCode) -> None:
        """Note a member that cannot be read, and why."""
        ...


@dataclass(frozen=True, slots=True)
class _Member:
    name: str
    entry: zipfile.ZipInfo | tarfile.TarInfo


def unpack(path: Path, kind: Kind, sink: Sink, settings: MailroomSettings) -> tuple[str, ...]:
    """Give each plain file of an archive to the sink; names are only text, nothing is written under them.

    Returns:
        Notes on what was left in the archive (links, devices, clutter of operating systems).

    Raises:
        Refused: too many members, too much data, a directory that cannot be read, or nothing in it.
    """
    try:
        if kind is Kind.ZIP:
            with zipfile.ZipFile(path) as packed:
                return _take(_zip_members(packed), packed, path, sink, settings)
        with tarfile.open(path, "r:") as tape:
            return _take(_tar_members(tape), tape, path, sink, settings)
    except _DAMAGE as error:
        raise_if_disk(error)
        raise Refused(ReasonCode.DAMAGED, f"a damaged {kind.value.upper()} archive") from error


def _take(
    members: Iterator[_Member | str],
    archive: zipfile.ZipFile | tarfile.TarFile,
    path: Path,
    sink: Sink,
    settings: MailroomSettings,
) -> tuple[str, ...]:
    left = 0
    count = 0
    meter = Meter(path.stat().st_size, settings)
    for member in members:
        count += 1
        if count > settings.max_parts:
            raise Refused(ReasonCode.TOO_LARGE, f"more than {settings.max_parts} files in it")
        if isinstance(member, str) or is_clutter(Path(member.name).name) or member.name.startswith("__MACOSX/"):
            left += 1
            continue
        try:
            with _opened(archive, member) as stream:
                sink.add(member.name, Metered(stream, meter))  # type: ignore[arg-type]
        except _DAMAGE as error:
            raise_if_disk(error)
            sink.lost(member.name, ReasonCode.DAMAGED)
    return (
        (f"left-inside: {left} entries that are no letters (links, system files) stay in the archive.",) if left else ()
    )


def _opened(archive: zipfile.ZipFile | tarfile.TarFile, member: _Member) -> IO[bytes]:
    if isinstance(archive, zipfile.ZipFile):
        assert isinstance(member.entry, zipfile.ZipInfo)
        return archive.open(member.entry)
    assert isinstance(member.entry, tarfile.TarInfo)
    stream = archive.extractfile(member.entry)
    if stream is None:
        raise tarfile.TarError("no file")
    return stream


def _zip_members(packed: zipfile.ZipFile) -> Iterator[_Member | str]:
    """Members in order; those that are no plain files as their names only."""
    for entry in packed.infolist():
        if entry.is_dir():
            continue
        mode = entry.external_attr >> 16
        plain = stat.S_IFMT(mode) in (0, stat.S_IFREG)
        yield _Member(entry.filename, entry) if plain else entry.filename


def _tar_members(tape: tarfile.TarFile) -> Iterator[_Member | str]:
    for entry in tape:
        if not entry.isdir():
            yield _Member(entry.name, entry) if entry.isfile() and not entry.issparse() else entry.name


def raise_if_disk(error: BaseException) -> None:
    """Pass on a fault of our own disk; damaged archives raise ``OSError`` as well, with other numbers."""
    if isinstance(error, OSError) and error.errno in _DISK:
        raise error


class Meter:
    """Counts what comes out of one file against the limits.

    Args:
        size: Bytes of the file itself.
        settings: Limits.
    """

    def __init__(self, size: int, settings: MailroomSettings) -> None:
        self.most = min(settings.max_unpacked, max(_FREE, size * settings.max_ratio))
        self._out = 0

    def count(self, length: int) -> None:
        """Count bytes that came out.

        Raises:
            Refused: more than the limits allow.
        """
        self._out += length
        if self._out > self.most:
            raise Refused(ReasonCode.TOO_LARGE, f"unpacks to more than {self.most} bytes")


class Metered:
    """A stream whose bytes are counted while they are read."""

    def __init__(self, stream: IO[bytes], meter: Meter) -> None:
        self._stream = stream
        self._meter = meter

    def read(self, length: int = -1) -> bytes:
        """Read at most ``length`` bytes, never more than a megabyte at once."""
        data = self._stream.read(_CHUNK if length < 0 else min(length, _CHUNK))
        self._meter.count(len(data))
        return data
