"""Look into a PDF without showing it: pages, locks, signatures, forms, active content, bombs."""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_raw

from mailroom.custody.reasons import ReasonCode
from mailroom.errors import Refused
from mailroom.settings import MailroomSettings
from mailroom.stages.signatures import can_validate
from mailroom.stages.textpdf import printable

_MAX_OBJECTS = 500_000
_TRAILING = 1024
_MAX_SIDE = 14_400 * 10
_MAX_COUNT = 1_000_000
"""A PDF that claims more pages was made to break programs, not to be read."""
_BOMB_RATIO = 1000
"""Deflate cannot unpack to more than this many times its size in one step."""
_HARMLESS = "handled correctly by qpdf and most other applications"
_PICTURE_FILTERS = frozenset(("/JBIG2Decode", "/JPXDecode", "/CCITTFaxDecode", "/CCF"))
_REMARKS = ("/Text", "/FreeText", "/Highlight", "/Underline", "/StrikeOut", "/Squiggly", "/Caret")
"""Kinds of annotation whose words open beside the page (ISO 32000-2, 12.5.6); free text only where nobody drew it."""
_REMARK, _SHOWN_REMARKS = 160, 5
_ACTIVE = ("/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/Rendition", "/RichMediaExecute")


def open_pdf(path: Path, password: str = "") -> pikepdf.Pdf:
    """Open a PDF, repairing what qpdf can repair.

    Raises:
        Refused: locked or damaged.
    """
    try:
        return pikepdf.open(path, password=password)
    except pikepdf.PasswordError as error:
        copy = None if password else _open_pages(path)
        if copy is None:
            raise Refused(ReasonCode.ENCRYPTED) from error
        return copy
    except FileNotFoundError:
        raise
    except (pikepdf.PdfError, ValueError, RuntimeError, OSError) as error:
        if "encrypt" in str(error).lower() or "security handler" in str(error).lower():
            raise Refused(ReasonCode.ENCRYPTED, "with a certificate or an unknown method") from error
        raise Refused(ReasonCode.DAMAGED, "PDF") from error


def _open_pages(path: Path) -> pikepdf.Pdf | None:
    """A PDF whose pages are open while its attachments are locked: a copy in memory, None when the pages are locked."""
    copy = io.BytesIO()
    try:
        with pdfium.PdfDocument(path) as document:
            document.save(copy, flags=pdfium_raw.FPDF_REMOVE_SECURITY)
        return pikepdf.open(copy)
    except (pdfium.PdfiumError, pikepdf.PdfError, pikepdf.PasswordError):
        return None


@dataclass
class _Seen:
    """What a walk over all objects came upon."""

    active: set[str] = field(default_factory=set)
    attachments: int = 0
    signatures: list[Any] = field(default_factory=list)
    widgets: int = 0
    remarks: list[str] = field(default_factory=list)


def inspect(path: Path, settings: MailroomSettings, password: str = "") -> tuple[int, tuple[str, ...]]:
    """Count the pages of a PDF and name what a clerk and the transfer note should know of it.

    Raises:
        Refused: locked, damaged, without pages, too many pages, a bomb, or a form that only Acrobat can show.
    """
    with open_pdf(path, password) as pdf:
        try:
            pages = _count(pdf, settings)
            if _is_true(pdf.Root.get("/NeedsRendering")):
                raise Refused(ReasonCode.DYNAMIC_FORM)
            seen = _walk(pdf, settings)
            if _is_dynamic(pdf, seen):
                raise Refused(ReasonCode.DYNAMIC_FORM)
            flags = [*_document_flags(pdf, path), *_seen_flags(seen, path), *_file_flags(path)]
        except Refused:
            raise
        except (
            pikepdf.PdfError,
            ValueError,
            TypeError,
            KeyError,
            AttributeError,
            RuntimeError,
            RecursionError,
        ) as error:
            raise Refused(ReasonCode.DAMAGED, "PDF") from error
    return pages, tuple(flags)


def _is_dynamic(pdf: pikepdf.Pdf, seen: _Seen) -> bool:
    """Whether it is an XFA form without a field on any page: the page only asks to wait for Acrobat."""
    form = pdf.Root.get("/AcroForm")
    return isinstance(form, pikepdf.Dictionary) and "/XFA" in form and not seen.widgets


def _count(pdf: pikepdf.Pdf, settings: MailroomSettings) -> int:
    pages = len(pdf.pages)
    stated = pdf.Root.Pages.get("/Count", pages)
    if not isinstance(stated, int) or not 0 <= stated <= _MAX_COUNT:
        raise Refused(ReasonCode.DAMAGED, f"it claims to have {stated} pages")
    if pages == 0:
        raise Refused(ReasonCode.NO_PAGES)
    if pages > settings.max_pages:
        raise Refused(ReasonCode.TOO_MANY_PAGES, f"{pages} pages, limit {settings.max_pages}")
    for page in pdf.pages:
        box = [float(edge) for edge in page.mediabox]
        unit = float(page.obj.get("/UserUnit", 1))
        if max(abs(box[2] - box[0]), abs(box[3] - box[1])) * unit > _MAX_SIDE:
            raise Refused(ReasonCode.TOO_LARGE, "a page wider or higher than 50 metres")
    return pages


def _walk(pdf: pikepdf.Pdf, settings: MailroomSettings) -> _Seen:
    seen = _Seen()
    for number, item in enumerate(pdf.objects):
        if number > _MAX_OBJECTS:
            raise Refused(ReasonCode.TOO_LARGE, f"more than {_MAX_OBJECTS} objects")
        if isinstance(item, pikepdf.Stream):
            check_stream(item, settings)
        if isinstance(item, pikepdf.Dictionary):
            _note(item, seen, 0)
    return seen


def _note(item: Any, seen: _Seen, depth: int) -> None:
    """Note actions, attachments and signatures of a dictionary and of the dictionaries written inside it."""
    subtype = str(item.get("/S", ""))
    if subtype in _ACTIVE or "/JS" in item:
        seen.active.add((subtype or "/JavaScript").lstrip("/"))
    if item.get("/Type") == "/Filespec" or "/EF" in item:
        seen.attachments += 1
    if "/ByteRange" in item and "/Contents" in item:
        seen.signatures.append(item)
    kind = item.get("/Subtype")
    if kind == "/Widget":
        seen.widgets += 1
    elif kind in _REMARKS and "/Rect" in item and not (kind == "/FreeText" and "/AP" in item):
        said = " ".join(str(item.get("/Contents", "")).split())
        if said:
            seen.remarks.append(printable(said)[:_REMARK])
    if depth < 4:
        for value in item.values():
            if isinstance(value, pikepdf.Dictionary) and not value.is_indirect:
                _note(value, seen, depth + 1)


def check_stream(stream: Any, settings: MailroomSettings) -> None:
    """Refuse a stream that unpacks to more than the limits allow, before anybody unpacks it.

    Raises:
        Refused: too many pixels or too many bytes.
    """
    if stream.get("/Subtype") == "/Image":
        pixels = int(stream.get("/Width", 0)) * int(stream.get("/Height", 0))
        if pixels > settings.max_pixels:
            raise Refused(ReasonCode.TOO_LARGE, f"a picture of {pixels / 1e6:.0f} million pixels")
    filters = stream.get("/Filter", [])
    names = [str(filters)] if isinstance(filters, pikepdf.Name) else [str(name) for name in filters]
    if _PICTURE_FILTERS.intersection(names) and "/Width" not in stream:
        raise Refused(ReasonCode.TOO_LARGE, "a part that is no picture is packed like one, as in decompression bombs")
    flates = sum(name in ("/FlateDecode", "/Fl") for name in names)
    if not flates or names[0] not in ("/FlateDecode", "/Fl"):
        return
    packed = int(stream.get("/Length", 0))
    if flates > 1 or packed * _BOMB_RATIO > settings.max_unpacked:
        _check_unpacked(stream.read_raw_bytes(), flates, settings.max_unpacked)


def _check_unpacked(data: bytes, steps: int, limit: int) -> None:
    """Unpack piece by piece, keeping only counts in the last step, and refuse what grows over the limit."""
    for step in range(steps):
        unpacker = zlib.decompressobj()
        kept = bytearray()
        total, rest = 0, data
        while rest and not unpacker.eof:
            try:
                piece = unpacker.decompress(rest, 1 << 20)
            except zlib.error:
                return
            rest = unpacker.unconsumed_tail
            total += len(piece)
            if total > limit:
                raise Refused(ReasonCode.TOO_LARGE, f"a part of the PDF unpacks to more than {limit} bytes")
            if step < steps - 1:
                kept += piece
        data = bytes(kept)


def _document_flags(pdf: pikepdf.Pdf, path: Path) -> list[str]:
    flags = []
    root = pdf.Root
    stated, found = int(root.Pages.get("/Count", 0)), len(pdf.pages)
    if stated != found:
        flags.append(f"repaired: The PDF says that it has {stated} pages, {found} were found; pages may be missing.")
    if pdf.is_encrypted:
        flags.append("encrypted: The PDF is restricted by an owner password; it can be read without it.")
    elif pdf.filename != str(path):
        flags.append("encrypted: The attachments of the PDF are locked with a password; its pages are not.")
    form = root.get("/AcroForm")
    if isinstance(form, pikepdf.Dictionary):
        if "/XFA" in form:
            flags.append("xfa: The PDF holds an XFA form; the pages show its printed state.")
        if len(form.get("/Fields", [])):
            flags.append("form: The PDF has form fields; the rendition shows their values as text.")
    if "/Collection" in root:
        flags.append("portfolio: The PDF is a portfolio; its files become deliveries of their own.")
    if any(_HARMLESS not in str(warning) for warning in pdf.get_warnings()):
        flags.append(
            "repaired: The structure of the PDF is damaged and was repaired for reading; pages may be missing."
        )
    return flags


def _seen_flags(seen: _Seen, path: Path) -> list[str]:
    flags = []
    if seen.active:
        names = ", ".join(sorted(seen.active))
        flags.append(f"active-content: The PDF holds active content ({names}); the rendition does not.")
    if seen.attachments:
        flags.append(
            f"attachments: The PDF carries {seen.attachments} embedded file(s), which are no pages of the letter."
        )
    if seen.remarks:
        said = "; ".join(f"“{one}”" for one in seen.remarks[:_SHOWN_REMARKS])
        more = " and more" if len(seen.remarks) > _SHOWN_REMARKS else ""
        flags.append(f"remarks: The PDF holds {len(seen.remarks)} remark(s) that stand on no page: {said}{more}.")
    if seen.signatures:
        size = path.stat().st_size
        reach = max(_end_of(signature) for signature in seen.signatures)
        whole = "covering the whole file" if reach == size else "not covering the whole file"
        said = "" if can_validate() else "; they were not validated"
        flags.append(f"signed: The PDF bears {len(seen.signatures)} signature(s), {whole}{said}.")
    return flags


def _end_of(signature: Any) -> int:
    reach = [int(number) for number in signature.ByteRange]
    return reach[-2] + reach[-1] if len(reach) >= 2 else 0


def _file_flags(path: Path) -> list[str]:
    """Bytes before the header or behind the end: a second file may hide there."""
    flags = []
    with path.open("rb") as stream:
        head = stream.read(1024)
        stream.seek(0, 2)
        size = stream.tell()
        stream.seek(max(0, size - 70_000))
        tail = stream.read()
    if head.find(b"%PDF-") > 0:
        flags.append(
            "repaired: Other bytes stand before the start of the PDF; it was changed on its way and may be damaged."
        )
    behind = tail[tail.rfind(b"%%EOF") + 5 :] if b"%%EOF" in tail else b""
    if (
        b"PK\x05\x06" in tail
        or len(behind.strip(b"\0\r\n \t")) > _TRAILING
        or (head.find(b"%PDF-") > 0 and head[:2] in (b"PK", b"MZ"))
    ):
        flags.append("polyglot: There is data behind the end of the PDF, or it is another kind of file as well.")
    return flags


def _is_true(value: Any) -> bool:
    return bool(value) if isinstance(value, bool) else str(value).lower() == "true"
