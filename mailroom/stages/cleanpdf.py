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
                _show_page(page)
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
    """Draw what lies over the pages into them: values of fields, stamps, free text, marks."""
    form = pdf.Root.get("/AcroForm")
    if isinstance(form, pikepdf.Dictionary):
        if "/XFA" in form:
            del form["/XFA"]
        if form.get("/NeedAppearances", False) or _has_undrawn_values(pdf):
            form["/NeedAppearances"] = True
            _give_font(form)
            pdf.generate_appearance_streams()
    pdf.flatten_annotations("screen")


def _has_undrawn_values(pdf: pikepdf.Pdf) -> bool:
    """Whether a field has a value, and its writer left it to the reader to draw it."""
    for page in pdf.pages:
        annotations = page.obj.get("/Annots")
        for item in annotations if isinstance(annotations, pikepdf.Array) else ():
            if isinstance(item, pikepdf.Dictionary) and item.get("/Subtype") == "/Widget" and "/AP" not in item:
                above = item.get("/Parent")
                if "/V" in item or (isinstance(above, pikepdf.Dictionary) and "/V" in above):
                    return True
    return False


def _give_font(form: Any) -> None:
    """A form that names no fonts gets the one that every form may use (ISO 32000-2, 12.7.3.3)."""
    if isinstance(form.get("/DR"), pikepdf.Dictionary) and "/Font" in form["/DR"]:
        return
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.Type1,
        BaseFont=pikepdf.Name.Helvetica,
        Encoding=pikepdf.Name.WinAnsiEncoding,
    )
    form["/DR"] = pikepdf.Dictionary(Font=pikepdf.Dictionary(Helv=font))


def _show_page(page: pikepdf.Page) -> None:
    """Show a page whole that is cut to a piece beside it: there would be nothing to see."""
    media, crop = ([float(edge) for edge in box] for box in (page.mediabox, page.cropbox))
    across = min(max(media[0::2]), max(crop[0::2])) - max(min(media[0::2]), min(crop[0::2]))
    down = min(max(media[1::2]), max(crop[1::2])) - max(min(media[1::2]), min(crop[1::2]))
    if across <= 0 or down <= 0:
        page.cropbox = page.mediabox


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
