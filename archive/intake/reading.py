"""What all readers of outside packages share: findings, safe walking, digests in one pass."""

from __future__ import annotations

import hashlib
import mimetypes
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archive.errors import PackageRefused
from archive.ocfl import digests
from archive.package import FileRole, Sip, SipFile
from archive.sip_check import SipFinding
from erecords.digest import CHUNK

_SHOWN = 5
_PUID = re.compile(r"(x-)?fmt/[0-9]{1,6}")


@dataclass(frozen=True, slots=True)
class PackageRead:
    """A package that was read: the submission it becomes, and what is wrong with it."""

    sip: Sip | None
    """None when it is too broken to be one."""
    findings: tuple[SipFinding, ...]
    """Any of these refuses it."""
    warnings: tuple[SipFinding, ...] = ()
    """These do not."""


def require_sound(found: PackageRead, path: Path) -> Sip:
    """The submission of a package without findings.

    Raises:
        PackageRefused: there are findings.
    """
    if found.sip is None or found.findings:
        texts = tuple(str(finding) for finding in found.findings)
        more = f" (and {len(texts) - _SHOWN} more)" if len(texts) > _SHOWN else ""
        raise PackageRefused(
            f"{path.name} was not archived: {'; '.join(texts[:_SHOWN])}{more}. Nothing was written or changed.",
            texts,
        )
    return found.sip


@dataclass
class Collector:
    """Findings while a package is read."""

    findings: list[SipFinding] = field(default_factory=list)
    warnings: list[SipFinding] = field(default_factory=list)

    def bad(self, code: str, message: str) -> None:
        """Note what refuses the package."""
        self.findings.append(SipFinding(code, message))

    def odd(self, code: str, message: str) -> None:
        """Note what does not."""
        self.warnings.append(SipFinding(code, message))


def walk(folder: Path, collector: Collector) -> Iterator[str]:
    """Relative paths of all ordinary files, sorted; links and special files are findings and not followed."""
    for base, folders, names in os.walk(folder, followlinks=False):
        folders.sort()
        for name in sorted(names + [item for item in folders if (Path(base) / item).is_symlink()]):
            path = Path(base) / name
            relative = path.relative_to(folder).as_posix()
            if path.is_symlink() or not path.is_file():
                collector.bad("special-file", f"{relative!r} is a link or no ordinary file")
            else:
                yield relative


@dataclass(frozen=True, slots=True)
class Digested:
    """A file that was read once."""

    sha512: str
    bytes: int
    others: dict[str, str]
    """Further digests asked for, by algorithm, in lower-case hex."""


def digest_file(path: Path, algorithms: frozenset[str] = frozenset()) -> Digested:
    """Read a file once; take SHA-512 and the other known algorithms."""
    hashes: dict[str, Any] = {name: digests.new(name) for name in algorithms if digests.known(name)}
    main = hashlib.sha512()
    size = 0
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            main.update(chunk)
            for value in hashes.values():
                value.update(chunk)
    return Digested(main.hexdigest(), size, {name: value.hexdigest() for name, value in hashes.items()})


def file_of(
    path: Path,
    name: str,
    read: Digested,
    role: FileRole,
    document: str | None = None,
    mime: str = "",
    puid: str = "",
) -> SipFile:
    """A file of the submission; a ``puid`` that is no PRONOM id is left out."""
    kind = mime or mimetypes.guess_type(name)[0] or "application/octet-stream"
    named = puid if _PUID.fullmatch(puid) else ""
    return SipFile(path, name, read.sha512, read.bytes, kind, role, document, name.rpartition("/")[2], named)
