"""Unpacking ZIP and tar files from outside: names stay inside, links are refused, sizes are limited."""

from __future__ import annotations

import bz2
import gzip
import lzma
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from archive.errors import PackageRefused
from archive.sip_check import unsafe
from erecords.digest import CHUNK

MAX_FILES = 200_000
MAX_RATIO = 200
"""Unpacked to packed bytes, counted above `FREE` bytes: no honest package is a bomb."""
FREE = 64 << 20
MAX_HEADER = 16 << 20
"""Bytes; long names and attributes of a file in a tar file are read into memory."""
_OPENERS: dict[bytes, Callable[..., Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\0": lzma.open}
_ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2")


@dataclass(frozen=True, slots=True)
class _Member:
    name: str
    bytes: int
    ordinary: bool
    folder: bool
    source: zipfile.ZipInfo | tarfile.TarInfo


def is_packed(path: Path) -> bool:
    """Whether the name is that of a packed file."""
    return path.is_file() and path.name.lower().endswith(_ENDINGS)


def unpack(path: Path, target: Path) -> None:
    """Unpack into a new folder.

    Raises:
        PackageRefused: it is no ZIP or tar file, damaged, encrypted, too big, or has unsafe names; all findings.
    """
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as pack:
                _check(path, [_zip_member(info) for info in pack.infolist()], target)
                _extract(path, ((m, pack.open(m)) for m in pack.infolist() if not m.is_dir()), target)
        else:
            with _unpacked(path) as stream, tarfile.open(fileobj=cast("IO[bytes]", _Careful(stream)), mode="r:") as tar:
                members = _members(path, tar)
                _check(path, [_tar_member(info) for info in members], target)
                _extract(path, _tar_streams(tar, members), target)
    except tarfile.ReadError as error:
        raise PackageRefused(
            f"{path.name} is neither a folder nor a ZIP or tar file that can be read; nothing was archived."
        ) from error
    except (
        lzma.LZMAError,
        zlib.error,
        zipfile.BadZipFile,
        tarfile.TarError,
        EOFError,
        RuntimeError,
        NotImplementedError,
        OSError,
    ) as error:
        raise PackageRefused(f"{path.name} cannot be unpacked ({error}); nothing was archived.") from error


def _unpacked(path: Path) -> IO[bytes]:
    """The bytes of a tar file, whatever it is packed with."""
    with path.open("rb") as stream:
        head = stream.read(6)
    opener = next((opener for magic, opener in _OPENERS.items() if head.startswith(magic)), open)
    return cast("IO[bytes]", opener(path, "rb"))


class _Careful:
    """A stream that reads no header of a tar file into memory that no honest one has."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.seek, self.tell = stream.seek, stream.tell

    def read(self, size: int) -> bytes:
        """Read bytes.

        Raises:
            PackageRefused: more at once than `MAX_HEADER`.
        """
        if size > MAX_HEADER:
            raise PackageRefused(f"A tar file with a header of {size} bytes was not unpacked. Nothing was archived.")
        return self._stream.read(size)


def _members(path: Path, tar: tarfile.TarFile) -> list[tarfile.TarInfo]:
    members = []
    for info in tar:
        members.append(info)
        if len(members) > MAX_FILES:
            finding = f"too-many-files: more than {MAX_FILES} entries"
            raise PackageRefused(f"{path.name} was not unpacked: {finding}. Nothing was archived.", (finding,))
    return members


def _zip_member(info: zipfile.ZipInfo) -> _Member:
    mode = info.external_attr >> 28
    return _Member(info.filename, info.file_size, mode in {0, 8} or info.is_dir(), info.is_dir(), info)


def _tar_member(info: tarfile.TarInfo) -> _Member:
    return _Member(info.name, info.size, info.isfile() or info.isdir(), info.isdir(), info)


def _tar_streams(tar: tarfile.TarFile, members: list[tarfile.TarInfo]) -> Iterator[tuple[tarfile.TarInfo, IO[bytes]]]:
    for info in members:
        stream = tar.extractfile(info) if info.isfile() else None
        if stream is not None:
            yield info, stream


def _check(path: Path, members: list[_Member], target: Path) -> None:
    size = sum(member.bytes for member in members)
    findings = []
    if len(members) > MAX_FILES:
        findings.append(f"too-many-files: {len(members)} entries")
    if size > FREE and size > path.stat().st_size * MAX_RATIO:
        findings.append(f"bomb: {size} bytes packed into {path.stat().st_size}")
    if size > shutil.disk_usage(target.parent).free - FREE:
        findings.append(f"no-space: {size} bytes do not fit into the temporary folder")
    seen: set[str] = set()
    for member in members:
        reason = unsafe(member.name.rstrip("/") if member.folder else member.name)
        if reason:
            findings.append(f"unsafe-name: {member.name!r} {reason}")
        if not member.ordinary:
            findings.append(f"special-file: {member.name!r} is a link or no ordinary file")
        if member.name in seen:
            findings.append(f"double-name: {member.name!r} occurs twice")
        seen.add(member.name)
    if findings:
        raise PackageRefused(
            f"{path.name} was not unpacked: {'; '.join(findings[:5])}. Nothing was archived.", tuple(findings)
        )


def _extract(path: Path, streams: Iterator[tuple[zipfile.ZipInfo | tarfile.TarInfo, IO[bytes]]], target: Path) -> None:
    """Write the files; more bytes than announced end it."""
    target.mkdir(parents=True)
    for info, source in streams:
        name = info.filename if isinstance(info, zipfile.ZipInfo) else info.name
        announced = info.file_size if isinstance(info, zipfile.ZipInfo) else info.size
        place = target / name
        place.parent.mkdir(parents=True, exist_ok=True)
        size = 0
        with source, place.open("xb") as stream:
            while chunk := source.read(CHUNK):
                size += len(chunk)
                if size > announced:
                    raise PackageRefused(f"{path.name} was not unpacked: {name!r} is longer than it says.")
                stream.write(chunk)
