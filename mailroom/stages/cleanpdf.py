"""Make the PDF that renditions are drawn from: unlocked, nothing active or embedded, form values on the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pikepdf
from pikepdf.sanitize import Sanitizer

from mailroom.custody.reasons import ReasonCode
from mailroom.errors import Refused
from mailroom.stages.inspect_pdf import open_pdf

_FROM_ROOT = ("/OpenAction", "/AA", "/Perms", "/Legal", "/Collection", "/Requirements", "/AcroForm", "/Threads")
_SHOWN_FLAT = frozenset(("/Widget",))
_DROPPED = frozenset(
    ("/FileAttachment", "/Movie", "/Sound", "/Screen", "/RichMedia", "/3D", "/PrinterMark", "/TrapNet")
)


def clean(source: Path, target: Path, password: str = "") -> None:
    """Write a copy of a PDF without actions, scripts, attachments, media and fields; the pages look the same.

    Values of form fields and the looks of signatures become part of the page, where text extraction finds them.
    The source is not touched.

    Raises:
        Refused: locked or damaged beyond reading.
    """
    with open_pdf(source, password) as pdf:
        try:
            _flatten(pdf)
            Sanitizer().remove_javascript().remove_external_access().remove_attachments().remove_multimedia().remove_search_index().remove_thumbnails().remove_web_capture().remove_private_app_data().apply(
                pdf
            )
            for key in _FROM_ROOT:
                if key in pdf.Root:
                    del pdf.Root[key]
            for page in pdf.pages:
                _clean_page(page.obj)
            for item in pdf.objects:
                if isinstance(item, pikepdf.Stream):
                    _clean_stream(item)
            pdf.save(target, object_stream_mode=pikepdf.ObjectStreamMode.generate, compress_streams=True)
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


def _flatten(pdf: pikepdf.Pdf) -> None:
    """Draw the fields into the pages; a form too broken for that keeps its pages as they are."""
    form = pdf.Root.get("/AcroForm")
    if not isinstance(form, pikepdf.Dictionary):
        return
    if "/XFA" in form:
        del form["/XFA"]
    if form.get("/NeedAppearances", False):
        pdf.generate_appearance_streams()
    pdf.flatten_annotations("screen")


def _clean_page(page: Any) -> None:
    for key in ("/AA", "/PresSteps", "/Trans", "/Dur"):
        if key in page:
            del page[key]
    annotations = page.get("/Annots")
    if not isinstance(annotations, pikepdf.Array):
        return
    kept = [
        item
        for item in annotations
        if isinstance(item, pikepdf.Dictionary) and str(item.get("/Subtype", "")) not in _SHOWN_FLAT | _DROPPED
    ]
    for item in kept:
        for key in ("/A", "/AA", "/PA"):
            if key in item and not _stays_inside(item.get("/A")):
                del item[key]
    if kept:
        page["/Annots"] = pikepdf.Array(kept)
    else:
        del page["/Annots"]


def _clean_stream(stream: Any) -> None:
    """Take out what lies in other files, and programs of PostScript; nothing of either was ever shown here."""
    for key in ("/F", "/FFilter", "/FDecodeParms", "/Ref", "/PS"):
        if key in stream:
            del stream[key]
    if stream.get("/Subtype") == "/PS":
        stream.write(b"")
        stream["/Subtype"] = pikepdf.Name.Form
        stream["/BBox"] = pikepdf.Array([0, 0, 0, 0])


def _stays_inside(action: Any) -> bool:
    return isinstance(action, pikepdf.Dictionary) and action.get("/S") in ("/GoTo", "/Named")
