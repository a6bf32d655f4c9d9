"""What a file from outside is, by its bytes, and the text in it; kept in the blob store before any row names it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from erecords.digest import sha512_bytes
from erecords.errors import InputRefused
from erecords.registry.documents import NewRendition
from erecords.store.blobs import Blob, BlobStore
from erecords.store.lifecycle import RenditionKind

PLAIN_TEXT = "text/plain"
_PDF = "application/pdf"
_PLAIN_PUID = "x-fmt/111"
_UNKNOWN = "application/octet-stream"
_MAX_TEXT = 8 << 20
_MAX_PAGES = 2000


@dataclass(frozen=True, slots=True)
class Content:
    """A stored file: the renditions that a document of it has, and its text (empty when it has none of its own)."""

    name: str
    renditions: tuple[NewRendition, ...]
    text: str


def take_file(blobs: BlobStore, path: Path, *, text: str | None = None) -> Content:
    """Store a file's bytes unchanged, see what it is, and keep its text where it has one of its own.

    Scans have none: recognition is the mail room's work.

    Args:
        blobs: where the bytes go.
        path: an ordinary file.
        text: its text, where it is known from elsewhere; then the file is not read for it.

    Raises:
        InputRefused: it is no readable file, or empty.
    """
    if not path.is_file():
        raise InputRefused(f"{path} is no file. Nothing was changed.")
    try:
        blob = blobs.put_file(path)
    except PermissionError as error:
        raise InputRefused(f"{path} may not be read. Nothing was changed.") from error
    if blob.bytes == 0:
        raise InputRefused(f"{path.name} is empty. Nothing was changed.")
    stored = blobs.path(blob.sha512)
    mime, puid = identify(stored)
    own = text if text is not None else _text_of(stored, mime, blob.bytes)
    return Content(path.name, _renditions(blobs, blob, mime, puid, own), own)


def take_text(blobs: BlobStore, text: str) -> Content:
    """Store a document that exists as text only: the text is its original.

    Raises:
        InputRefused: the text is empty or larger than 8 MB.
    """
    data = text.encode("utf-8", errors="replace")
    if not data.strip() or len(data) > _MAX_TEXT:
        raise InputRefused("The text is empty or larger than 8 MB.")
    blob = blobs.put_bytes(data)
    return Content("text.txt", _renditions(blobs, blob, PLAIN_TEXT, _PLAIN_PUID, text), text)


def _renditions(blobs: BlobStore, blob: Blob, mime: str, puid: str, text: str) -> tuple[NewRendition, ...]:
    original = NewRendition(RenditionKind.ORIGINAL, blob.sha512, blob.bytes, mime, puid)
    if not text.strip():
        return (original,)
    data = text.encode("utf-8", errors="replace")
    kept = blob if sha512_bytes(data) == blob.sha512 else blobs.put_bytes(data)
    return original, NewRendition(RenditionKind.TEXT, kept.sha512, kept.bytes, PLAIN_TEXT, _PLAIN_PUID)


def identify(path: Path) -> tuple[str, str]:
    """MIME type and PRONOM id of a file by its content; an unknown one is ``application/octet-stream`` without id."""
    import pygfried

    results: Any = pygfried.identify(str(path), detailed=True)
    for match in results["files"][0]["matches"]:
        if match["id"] != "UNKNOWN" and not (match["mime"] == PLAIN_TEXT and _begins_as_pdf(path)):
            return str(match["mime"]) or _UNKNOWN, str(match["id"])
    return (_PDF if _begins_as_pdf(path) else _UNKNOWN), ""


def _begins_as_pdf(path: Path) -> bool:
    """Whether it begins as a PDF; PRONOM takes one that was cut off for a text."""
    with path.open("rb") as stream:
        return stream.read(5) == b"%PDF-"


def _text_of(path: Path, mime: str, size: int) -> str:
    if mime == _PDF:
        return pdf_text(path)
    if mime == PLAIN_TEXT and size <= _MAX_TEXT:
        data = path.read_bytes()
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError:
            return data.decode("cp1252", errors="replace")
    return ""


def pdf_text(path: Path) -> str:
    """The text layer of a PDF, pages separated by form feeds; empty for scans, locked and broken files."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError:
        return ""
    try:
        pages = list(_page_texts(document))
    finally:
        document.close()
    return "\f".join(pages) if any(page.strip() for page in pages) else ""


def _page_texts(document: Any) -> Iterator[str]:
    import pypdfium2

    size = 0
    for number in range(min(len(document), _MAX_PAGES)):
        try:
            page = document[number].get_textpage().get_text_bounded()
        except pypdfium2.PdfiumError:
            page = ""
        page = page.replace("\r\n", "\n").replace("\r", "\n").replace("\ufffe", "")
        size += len(page)
        if size > _MAX_TEXT:
            return
        yield page
