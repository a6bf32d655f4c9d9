"""Tell what a file is by its content, count its pages, and refuse what must not go further."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from mailroom.completeness import is_complete
from mailroom.errors import Refused
from mailroom.reasons import ReasonCode
from mailroom.settings import MailroomSettings
from mailroom.stages import inspect_image, inspect_pdf


class Kind(StrEnum):
    """The kinds of file that become letters."""

    PDF = "pdf"
    TIFF = "tiff"
    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    JPEG2000 = "jpeg2000"

    @property
    def mime(self) -> str:
        """The media type."""
        return {"pdf": "application/pdf", "jpeg2000": "image/jp2"}.get(self.value, f"image/{self.value}")

    @property
    def endings(self) -> tuple[str, ...]:
        """Endings of a file name that belong to the kind."""
        more = {"tiff": ("tif",), "jpeg": ("jpg", "jpe"), "jpeg2000": ("jp2", "jpx", "j2k", "jpf")}
        return (self.value, *more.get(self.value, ()))


@dataclass(frozen=True, slots=True)
class Identified:
    """What a file is. ``flags`` are findings as ``code: sentence`` that do not stop it."""

    kind: Kind
    mime: str
    puid: str | None
    """PRONOM's identifier of the format, None where PRONOM names none."""
    pages: int
    bytes: int
    flags: tuple[str, ...] = ()

    def has(self, code: str) -> bool:
        """Whether a flag of that code was raised."""
        return any(flag.startswith(f"{code}:") for flag in self.flags)


def identify(path: Path, name: str, settings: MailroomSettings, password: str = "") -> Identified:
    """Say what a file is, by content alone; its name is only compared with the finding.

    Runs in a worker: parsers of hostile files, and a format library that must not be imported before a fork.

    Args:
        path: The file.
        name: The name under which it arrived; never opened.
        settings: Limits.
        password: For a locked PDF that a clerk released.

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
    kind = _kind(path, head)
    try:
        if kind is Kind.PDF:
            pages, flags = inspect_pdf.inspect(path, settings, password)
        else:
            pages, flags = inspect_image.inspect(path, kind.value, settings)
    except FileNotFoundError as error:
        raise Refused(ReasonCode.VANISHED, name) from error
    except MemoryError as error:
        raise Refused(ReasonCode.TOO_LARGE, "needs more memory than a worker may use") from error
    except Refused as refused:
        if refused.reason is ReasonCode.DAMAGED and not is_complete(path):
            raise Refused(ReasonCode.TRUNCATED, refused.detail) from refused
        raise
    flags = (*_name_flags(name, kind), *flags)
    return Identified(kind, kind.mime, _puid(path), pages, size, flags)


_MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"II*\0", Kind.TIFF),
    (b"MM\0*", Kind.TIFF),
    (b"\xff\xd8\xff", Kind.JPEG),
    (b"\x89PNG\r\n\x1a\n", Kind.PNG),
    (b"\0\0\0\x0cjP  \r\n\x87\n", Kind.JPEG2000),
    (b"\xff\x4f\xff\x51", Kind.JPEG2000),
)
_PROGRAMS = (
    b"MZ",
    b"\x7fELF",
    b"#!",
    b"\xca\xfe\xba\xbe",
    b"\xcf\xfa\xed\xfe",
    b"\xfe\xed\xfa",
    b"dex\n",
    b"L\0\0\0\x01\x14\x02\0",
)
_ARCHIVES = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"MSCF")
_PICTURES = (b"GIF87a", b"GIF89a", b"BM", b"8BPS", b"II+\0", b"MM\0+", b"%!PS", b"\x01\xda")
_MAIL = (
    b"from:",
    b"received:",
    b"return-path:",
    b"delivered-to:",
    b"message-id:",
    b"mime-version:",
    b"subject:",
    b"date:",
    b"to:",
)


def _kind(path: Path, head: bytes) -> Kind:
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Kind.WEBP
    if head.startswith((b"\0\x05\x16\0", b"\0\x05\x16\x07")):
        raise Refused(ReasonCode.WRONG_TYPE, "an AppleSingle container")
    if head.startswith(_PROGRAMS):
        raise Refused(ReasonCode.EXECUTABLE)
    if b"%PDF-" in head[:1024]:
        return Kind.PDF
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        raise _zip_refusal(path)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise _compound_refusal(path)
    if head.startswith(_ARCHIVES) or head[257:262] == b"ustar":
        raise Refused(ReasonCode.CONTAINER)
    if head.startswith(_PICTURES) or head[4:8] == b"ftyp":
        raise Refused(ReasonCode.UNSUPPORTED)
    if head.startswith(b"{\\rtf"):
        raise Refused(ReasonCode.OFFICE_FILE)
    if head.lower().startswith(_MAIL):
        raise Refused(ReasonCode.MESSAGE)
    raise Refused(ReasonCode.WRONG_TYPE)


def _zip_refusal(path: Path) -> Refused:
    """The reason for a ZIP: only its directory is read, nothing is unpacked."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = {entry.filename for entry in archive.infolist()}
            locked = any(entry.flag_bits & 1 for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, MemoryError):
        return Refused(ReasonCode.DAMAGED if is_complete(path) else ReasonCode.TRUNCATED, "a damaged ZIP archive")
    if locked:
        return Refused(ReasonCode.ENCRYPTED, "a ZIP archive with a password")
    office = "[Content_Types].xml" in names or "META-INF/manifest.xml" in names or "content.xml" in names
    return Refused(ReasonCode.OFFICE_FILE if office else ReasonCode.CONTAINER)


def _compound_refusal(path: Path) -> Refused:
    """The reason for an OLE file: office documents, locked office documents, Outlook messages."""
    with path.open("rb") as stream:
        data = stream.read(4_000_000)
    if "EncryptedPackage".encode("utf-16-le") in data or "EncryptionInfo".encode("utf-16-le") in data:
        return Refused(ReasonCode.ENCRYPTED, "an office document with a password")
    if "__substg1.0_".encode("utf-16-le") in data:
        return Refused(ReasonCode.MESSAGE, "an Outlook message")
    return Refused(ReasonCode.OFFICE_FILE)


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
