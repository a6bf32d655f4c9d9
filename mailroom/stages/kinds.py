"""What kinds of file there are, told by content; a name only decides what plain text may be."""

from __future__ import annotations

import re
import tarfile
import zipfile
from enum import StrEnum
from pathlib import Path

from mailroom.custody.completeness import is_complete
from mailroom.custody.reasons import ReasonCode
from mailroom.errors import Refused
from mailroom.stages.mailbox import is_mailbox, is_message
from mailroom.stages.plaintext import plain_bytes


class Kind(StrEnum):
    """The kinds of file that become letters, or hold files that do."""

    PDF = "pdf"
    TIFF = "tiff"
    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    GIF = "gif"
    HEIC = "heic"
    AVIF = "avif"
    BMP = "bmp"
    JPEG2000 = "jpeg2000"
    MESSAGE = "eml"
    OUTLOOK = "msg"
    TNEF = "tnef"
    TEXT = "txt"
    HTML = "html"
    XML = "xml"
    OFFICE = "office"
    ZIP = "zip"
    TAR = "tar"
    PACKED = "gz"
    """One file, or a TAR archive, packed by gzip, bzip2 or xz."""
    MAILBOX = "mbox"
    """Several messages in one file."""

    @property
    def mime(self) -> str:
        """The media type."""
        return _MIMES.get(self, f"image/{self.value}")

    @property
    def endings(self) -> tuple[str, ...]:
        """Endings of a file name that belong to the kind; empty where many do."""
        return (self.value, *_ENDINGS.get(self, ()))

    @property
    def is_archive(self) -> bool:
        """Whether it only holds other files and is no letter itself."""
        return self in (Kind.ZIP, Kind.TAR, Kind.PACKED, Kind.MAILBOX)

    @property
    def is_mail(self) -> bool:
        """Whether it is an e-mail message."""
        return self in (Kind.MESSAGE, Kind.OUTLOOK, Kind.TNEF)

    @property
    def is_picture(self) -> bool:
        """Whether its pages are pictures."""
        return self not in _MIMES or self is Kind.JPEG2000


_MIMES = {
    Kind.PDF: "application/pdf",
    Kind.JPEG2000: "image/jp2",
    Kind.MESSAGE: "message/rfc822",
    Kind.OUTLOOK: "application/vnd.ms-outlook",
    Kind.TNEF: "application/vnd.ms-tnef",
    Kind.TEXT: "text/plain",
    Kind.HTML: "text/html",
    Kind.XML: "application/xml",
    Kind.OFFICE: "application/octet-stream",
    Kind.ZIP: "application/zip",
    Kind.TAR: "application/x-tar",
    Kind.PACKED: "application/octet-stream",
    Kind.MAILBOX: "application/mbox",
}
_TEXT_ENDINGS = ("text", "asc", "csv", "md", "ics", "vcf")
_ENDINGS = {
    Kind.TIFF: ("tif",),
    Kind.JPEG: ("jpg", "jpe"),
    Kind.JPEG2000: ("jp2", "jpx", "j2k", "jpf"),
    Kind.HEIC: ("heif", "hif"),
    Kind.BMP: ("dib",),
    Kind.HTML: ("htm", "xhtml"),
    Kind.PACKED: ("tgz", "bz2", "tbz2", "xz", "txz"),
    Kind.MAILBOX: ("mbx",),
    Kind.TNEF: ("dat",),
    Kind.MESSAGE: ("mbox", "mht", "mhtml"),
    Kind.TEXT: (*_TEXT_ENDINGS, "eml"),
    Kind.OFFICE: (
        *("doc", "docx", "docm", "dot", "dotx", "dotm", "xls", "xlsx", "xlsm", "xlsb", "ppt", "pptx", "pptm"),
        *("odt", "ods", "odp", "odg", "ott", "fodt", "rtf", "wps"),
    ),
}  # fmt: skip
_MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"II*\0", Kind.TIFF),
    (b"MM\0*", Kind.TIFF),
    (b"II+\0", Kind.TIFF),
    (b"MM\0+", Kind.TIFF),
    (b"\xff\xd8\xff", Kind.JPEG),
    (b"\x89PNG\r\n\x1a\n", Kind.PNG),
    (b"GIF87a", Kind.GIF),
    (b"GIF89a", Kind.GIF),
    (b"\0\0\0\x0cjP  \r\n\x87\n", Kind.JPEG2000),
    (b"\xff\x4f\xff\x51", Kind.JPEG2000),
    (b"\x1f\x8b\x08", Kind.PACKED),
    (b"BZh", Kind.PACKED),
    (b"\xfd7zXZ\0", Kind.PACKED),
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
_ARCHIVES = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x28\xb5\x2f\xfd", b"MSCF")
_PICTURES = (b"8BPS", b"%!PS", b"\x01\xda")
TNEF_SIGNATURE = b"\x78\x9f\x3e\x22"
"""Begins the envelope that Outlook calls ``winmail.dat``."""
_PHOTOS = frozenset((b"heic", b"heix", b"heim", b"heis"))
"""Brands of still pictures in HEIF."""
_TEXT_HEAD = 65_536
_MARKUP_HEAD = 2_000
_ROOT = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?(?:Invoice|CreditNote|CrossIndustryInvoice|nachricht\.)[\s>\w]")
"""Root elements of messages that are sent without an XML declaration."""


def kind_of(path: Path, head: bytes, name: str) -> Kind:
    """The kind of a file whose first bytes are ``head``.

    Raises:
        Refused: it is of no kind that the mail room takes, or locked as a whole.
    """
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Kind.WEBP
    if head.startswith(TNEF_SIGNATURE):
        return Kind.TNEF
    if _PHOTOS & _brands(head):
        return Kind.HEIC
    if b"avif" in _brands(head):
        return Kind.AVIF
    if head[:2] == b"BM" and head[6:10] == bytes(4):
        return Kind.BMP
    if head.startswith((b"\0\x05\x16\0", b"\0\x05\x16\x07")):
        raise Refused(ReasonCode.WRONG_TYPE, "an AppleSingle container")
    if head.startswith(_PROGRAMS):
        raise Refused(ReasonCode.EXECUTABLE)
    if is_message(head):
        return Kind.MAILBOX if is_mailbox(path, head) else Kind.MESSAGE
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):  # before PDF: it may hold one that is not packed
        return _zip_kind(path)
    if _is_tape(path, head):  # before PDF as well
        return Kind.TAR
    if b"%PDF-" in head[:1024]:
        return Kind.PDF
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return _compound_kind(path)
    if head.startswith(b"{\\rtf"):
        return Kind.OFFICE
    _refuse_known(head)
    marked_up = _markup_kind(plain_bytes(head).lstrip()[:_MARKUP_HEAD])
    if marked_up:
        return marked_up
    if _is_text(path, name):
        return Kind.TEXT
    raise Refused(ReasonCode.WRONG_TYPE)


def _is_tape(path: Path, head: bytes) -> bool:
    return head[257:262] == b"ustar" and tarfile.is_tarfile(path)


def _markup_kind(text: bytes) -> Kind | None:
    """What a text is that begins with an angle bracket; drawings and programs' own files are nothing for people."""
    folded = text.lower()
    if folded.startswith((b"<!doctype html", b"<html")) or (folded.startswith(b"<?xml") and b"<html" in folded):
        return Kind.HTML
    if not folded.startswith(b"<?xml") and not _ROOT.match(text):
        return None
    if b"office:document" in folded or b"<?mso-application" in folded:
        return Kind.OFFICE
    return Kind.XML if b"<!doctype" not in folded and b"<svg" not in folded else None


def _refuse_known(head: bytes) -> None:
    if head.startswith(_ARCHIVES):
        raise Refused(ReasonCode.CONTAINER, "packed as RAR, 7z, CAB or the like")
    if head[4:8] == b"ftyp":
        raise Refused(ReasonCode.UNSUPPORTED, "a film, or a photo of another kind than HEIC and AVIF")
    if head.startswith(_PICTURES):
        raise Refused(ReasonCode.UNSUPPORTED)


def _brands(head: bytes) -> frozenset[bytes]:
    """The brands of a file in the ISO base media format (ISO/IEC 14496-12, 4.3); empty for others."""
    if head[4:8] != b"ftyp":
        return frozenset()
    box = head[8 : min(int.from_bytes(head[:4], "big"), len(head))]
    return frozenset(box[start : start + 4] for start in range(0, len(box), 4) if start != 4)


def _is_text(path: Path, name: str) -> bool:
    """Whether it is plain text by content, and its name promises nothing else."""
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if ending and ending not in Kind.TEXT.endings:
        return False
    with path.open("rb") as stream:
        data = plain_bytes(stream.read(_TEXT_HEAD))
    text = data.strip()
    controls = sum(byte < 32 and byte not in b"\t\n\r\f" for byte in text)
    return bool(text) and controls == 0 and not text.startswith(b"<")


def _zip_kind(path: Path) -> Kind:
    """Office document or archive: only the directory is read, nothing is unpacked."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, MemoryError) as error:
        reason = ReasonCode.DAMAGED if is_complete(path) else ReasonCode.TRUNCATED
        raise Refused(reason, "a damaged ZIP archive") from error
    names = {entry.filename for entry in entries}
    if any(entry.flag_bits & 1 for entry in entries):
        raise Refused(ReasonCode.ENCRYPTED, "a ZIP archive with a password")
    return Kind.OFFICE if names & {"[Content_Types].xml", "META-INF/manifest.xml", "content.xml"} else Kind.ZIP


def _compound_kind(path: Path) -> Kind:
    """Office document of the old kind or message of Outlook; locked documents are refused."""
    with path.open("rb") as stream:
        data = stream.read(4_000_000)
    if "EncryptedPackage".encode("utf-16-le") in data or "EncryptionInfo".encode("utf-16-le") in data:
        raise Refused(ReasonCode.ENCRYPTED, "an office document with a password")
    if "__substg1.0_".encode("utf-16-le") in data:
        return Kind.OUTLOOK
    if not any(name.encode("utf-16-le") in data for name in ("WordDocument", "Workbook", "Book", "PowerPoint")):
        raise Refused(ReasonCode.WRONG_TYPE, "a compound file that is no office document")
    return Kind.OFFICE
