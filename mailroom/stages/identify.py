"""Tell what a file is by its content, count its pages, and refuse what must not go further."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mailroom.custody.completeness import is_complete
from mailroom.custody.reasons import ReasonCode
from mailroom.errors import Refused
from mailroom.settings import MailroomSettings
from mailroom.stages import inspect_image, inspect_office, inspect_pdf
from mailroom.stages.kinds import Kind, kind_of
from mailroom.stages.signatures import PdfSignature, examine

_ENDS_SURELY = (Kind.PDF, Kind.TIFF, Kind.HEIC)
"""Kinds of which a part may be read as if it were the whole; a picture of another kind is decoded to its end."""


@dataclass(frozen=True, slots=True)
class Identified:
    """What a file is. ``flags`` are findings as ``code: sentence`` that do not stop it."""

    kind: Kind
    mime: str
    puid: str | None
    """PRONOM's identifier of the format, None where PRONOM names none."""
    pages: int
    """1 where only the prepared form has pages that could be counted."""
    bytes: int
    flags: tuple[str, ...] = ()
    signatures: tuple[PdfSignature, ...] = ()
    """Of a PDF, where they could be examined."""

    def has(self, code: str) -> bool:
        """Whether a flag of that code was raised."""
        return any(flag.startswith(f"{code}:") for flag in self.flags)


def identify(
    path: Path, name: str, settings: MailroomSettings, password: str = "", rewritten: bool = False
) -> Identified:
    """Say what a file is, by content alone; its name is only compared with the finding.

    Runs in a worker: parsers of hostile files, and a format library that must not be imported before a fork.

    Args:
        path: The file.
        name: The name under which it arrived; never opened.
        settings: Limits.
        password: For a locked PDF that a clerk released.
        rewritten: It is an unlocked copy of what arrived, which no signature fits any more.

    Raises:
        Refused: with the reason code under which it goes to quarantine.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            head = stream.read(4096)
    except FileNotFoundError as error:
        raise Refused(ReasonCode.VANISHED, name) from error
    except OSError as error:
        raise Refused(ReasonCode.UNREADABLE, error.strerror or "") from error
    if size == 0:
        raise Refused(ReasonCode.EMPTY)
    if size > settings.max_bytes:
        raise Refused(ReasonCode.TOO_LARGE, f"{size} bytes, limit {settings.max_bytes}")
    kind = kind_of(path, head, name)
    mime = kind.mime
    pages, flags = 1, tuple[str, ...]()
    try:
        if kind is Kind.PDF:
            pages, flags = inspect_pdf.inspect(path, settings, password)
        elif kind is Kind.OFFICE:
            mime, flags = inspect_office.inspect(path)
        elif kind.is_picture:
            pages, flags = inspect_image.inspect(path, kind.value, settings)
    except FileNotFoundError as error:
        raise Refused(ReasonCode.VANISHED, name) from error
    except MemoryError as error:
        raise Refused(ReasonCode.TOO_LARGE, "needs more memory than a worker may use") from error
    except Refused as refused:
        if refused.reason is ReasonCode.DAMAGED and not is_complete(path):
            raise Refused(ReasonCode.TRUNCATED, refused.detail) from refused
        raise
    if kind in _ENDS_SURELY and not is_complete(path):
        raise Refused(ReasonCode.TRUNCATED, f"{kind.value.upper()}, of which {pages} pages could be found")
    flags = (*_name_flags(name, kind), *flags)
    signatures: tuple[PdfSignature, ...] = ()
    if any(flag.startswith("signed:") for flag in flags) and not rewritten:
        signatures = examine(path, settings)
        flags = (*flags, *(f"signature: {one.sentence}" for one in signatures))
    return Identified(kind, mime, _puid(path), pages, size, flags, signatures)


_PROGRAM_ENDINGS = frozenset(
    ("exe", "com", "scr", "bat", "cmd", "js", "jse", "vbs", "ps1", "msi", "pif", "lnk", "hta", "jar", "sh")
)
_TURNED = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _name_flags(name: str, kind: Kind) -> tuple[str, ...]:
    flags = []
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if ending in _PROGRAM_ENDINGS:
        flags.append(
            f"name-of-program: The name ends in .{ending} like a program, the content is {kind.value.upper()}."
        )
    elif ending and ending not in kind.endings:
        flags.append(f"name-differs: The name ends in .{ending[:12]}, the content is {kind.value.upper()}.")
    if _TURNED & set(name):
        flags.append("name-turned: The name holds marks that turn the direction of writing, as in forged names.")
    return tuple(flags)


def _puid(path: Path) -> str | None:
    import pygfried

    try:
        found = pygfried.identify(str(path))
    except (ValueError, RuntimeError, OSError):
        return None
    return found if isinstance(found, str) and "/" in found else None
