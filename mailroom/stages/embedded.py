"""Take the files out of a PDF: attachments, portfolio members, and files pinned to a page."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf

from mailroom.custody.reasons import ReasonCode
from mailroom.errors import Refused
from mailroom.settings import MailroomSettings
from mailroom.stages.archives import Meter, Sink
from mailroom.stages.inspect_pdf import check_stream, open_pdf

_BROKEN = (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, RuntimeError, RecursionError)
_TWINS = ("/Source", "/Data", "/Alternative")
_STREAMS = ("/UF", "/F", "/Unix", "/Mac", "/DOS")


def extract(path: Path, sink: Sink, settings: MailroomSettings) -> tuple[str, ...]:
    """Give each file in a PDF to the sink.

    The XML of an electronic invoice says the same as the pages, for machines; it stays in the PDF.

    Returns:
        Notes on what stays in the PDF.

    Raises:
        Refused: more files or more bytes than the limits allow.
    """
    twins = 0
    seen: set[tuple[int, int]] = set()
    meter = Meter(path.stat().st_size, settings)
    limited = settings.model_copy(update={"max_unpacked": meter.most})
    locked = _locked(path)
    with open_pdf(path) as pdf:
        for count, spec in enumerate(_specs(pdf), 1):
            if count > settings.max_parts:
                raise Refused(ReasonCode.TOO_LARGE, f"more than {settings.max_parts} files in it")
            name = "Anlage"
            try:
                name = _name(spec)
                stream = _stream(spec)
                if stream is None or stream.objgen in seen:
                    continue
                seen.add(stream.objgen)
                if locked:
                    sink.lost(name, ReasonCode.ENCRYPTED)
                    continue
                check_stream(stream, limited)
                data = bytes(stream.read_bytes())
                meter.count(len(data))
            except _BROKEN:
                sink.lost(name, ReasonCode.DAMAGED)
                continue
            if spec.get("/AFRelationship") in _TWINS and data.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
                twins += 1
                continue
            sink.add(name, io.BytesIO(data))
    return (f"invoice-data: {twins} XML file(s) that repeat the pages for machines stay in the PDF.",) if twins else ()


def _locked(path: Path) -> bool:
    """Whether a PDF whose pages are open needs a password for its files."""
    try:
        with pikepdf.open(path):
            return False
    except pikepdf.PasswordError:
        return True


def _specs(pdf: pikepdf.Pdf) -> Iterator[Any]:
    """File specifications, in the order in which they lie in the file; unreadable objects hold none."""
    for item in pdf.objects:
        if not isinstance(item, pikepdf.Dictionary):
            continue
        if "/EF" in item:
            yield item
        inner = item.get("/FS")
        if isinstance(inner, pikepdf.Dictionary) and not inner.is_indirect and "/EF" in inner:
            yield inner
        names = item.get("/Names")
        if isinstance(names, pikepdf.Array):
            yield from (
                one for one in names if isinstance(one, pikepdf.Dictionary) and not one.is_indirect and "/EF" in one
            )


def _stream(spec: Any) -> Any:
    files = spec["/EF"]
    return next((files[key] for key in _STREAMS if isinstance(files.get(key), pikepdf.Stream)), None)


def _name(spec: Any) -> str:
    for key in ("/UF", "/F"):
        said = spec.get(key)
        if isinstance(said, pikepdf.String) and str(said).strip():
            return str(said)
    return "Anlage"
