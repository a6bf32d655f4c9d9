"""Take the files out of archives and mailboxes, within limits that count what really comes out, not what it claims."""

from __future__ import annotations

import bz2
import errno
import gzip
import io
import lzma
import stat
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from typing import IO, Any, Protocol

from mailroom.channels.folder import is_clutter
from mailroom.custody.reasons import ReasonCode
from mailroom.errors import Refused
from mailroom.settings import MailroomSettings
from mailroom.stages.kinds import Kind
from mailroom.stages.mailbox import message_starts

_CHUNK = 1 << 20
_UNNAMED = "Inhalt"
_NAMED_IN_UTF8 = 0x800
_UNPACKERS: dict[bytes, Callable[..., Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZ": bz2.open,
    b"\xfd7": lzma.open,
}
_FREE = 10_000_000
"""Bytes that any archive may unpack to, whatever the ratio."""
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EMFILE, errno.ENFILE)
_DAMAGE = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, OSError, EOFError),
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
        if kind is Kind.PACKED:
            return _unpack_stream(path, sink, settings)
        if kind is Kind.MAILBOX:
            return _part_messages(path, sink, settings)
        with tarfile.open(path, "r:") as tape:
            return _take(_tar_members(tape), tape, path, sink, settings)
    except _DAMAGE as error:
        raise_if_disk(error)
        raise Refused(ReasonCode.DAMAGED, f"a damaged {kind.value.upper()} archive") from error


def _unpack_stream(path: Path, sink: Sink, settings: MailroomSettings) -> tuple[str, ...]:
    """One packed file, or a packed tape; whatever is unpacked counts, also what is skipped."""
    with path.open("rb") as stream:
        opener = _UNPACKERS[stream.read(2)]
    with opener(path, "rb") as unpacked:
        is_tape = unpacked.read(262)[257:] == b"ustar"
    with opener(path, "rb") as unpacked:
        metered = Metered(unpacked, Meter(path.stat().st_size, settings))
        if not is_tape:
            sink.add(_UNNAMED, metered)  # type: ignore[arg-type]
            return ()
        with tarfile.open(fileobj=metered, mode="r|") as tape:  # type: ignore[call-overload]
            return _take(_tar_members(tape), tape, path, sink, settings)


def _part_messages(path: Path, sink: Sink, settings: MailroomSettings) -> tuple[str, ...]:
    """Each message of a mailbox, without the line that stands before it, as it lies there."""
    with path.open("rb") as stream:
        starts = list(islice(message_starts(stream), settings.max_parts + 1))
        if len(starts) > settings.max_parts:
            raise Refused(ReasonCode.TOO_LARGE, f"more than {settings.max_parts} messages in it")
        for number, (start, end) in enumerate(pairwise([*starts, path.stat().st_size]), 1):
            stream.seek(start)
            stream.readline()
            sink.add(f"Nachricht {number}.eml", io.BytesIO(stream.read(end - stream.tell())))
    return ()


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
        yield _Member(_zip_name(entry), entry) if plain else entry.filename


def _zip_name(entry: zipfile.ZipInfo) -> str:
    """The name of a member, which old programs write in the alphabet of their system without saying which."""
    if entry.flag_bits & _NAMED_IN_UTF8 or entry.filename.isascii():
        return entry.filename
    raw = entry.orig_filename.encode("cp437", "replace")
    for alphabet in ("utf-8", "cp437", "cp1252"):
        try:
            name = raw.decode(alphabet)
        except UnicodeDecodeError:
            continue
        if all(char.isascii() or unicodedata.name(char, "").startswith("LATIN ") for char in name):
            return name
    return entry.filename


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
