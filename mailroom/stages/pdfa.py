"""Make a rendition PDF/A-2b where that is possible without drawing it anew, and never call it so where it is not."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import pikepdf
import pikepdf.pdfa

from mailroom.stages.identify import Identified
from mailroom.stages.kinds import Kind
from mailroom.stages.textlayer import share_font

_FLAVOUR = "2b"
_SPOILS = ("active-content", "attachments", "encrypted", "form", "xfa", "repaired", "polyglot", "portfolio", "signed")
_TRAILER = frozenset(("/Size", "/Root", "/Info", "/ID", "/Prev"))
_CATALOG = frozenset((
    "/Type", "/Version", "/Extensions", "/Pages", "/PageLabels", "/Names", "/Dests", "/ViewerPreferences", "/Lang",
    "/PageLayout", "/PageMode", "/Outlines", "/Metadata", "/StructTreeRoot", "/MarkInfo", "/OutputIntents",
    "/OCProperties",
))  # fmt: skip
_RESOURCES = frozenset(
    ("/ExtGState", "/ColorSpace", "/Pattern", "/Shading", "/XObject", "/Font", "/ProcSet", "/Properties")
)


def finish(parts: tuple[Path, ...], target: Path) -> tuple[bool, str]:
    """Join the parts in order and save them as PDF/A-2b; as plain PDF where the validator does not pass it.

    ``not_checked`` is not valid: a construct that the validator does not know makes a plain PDF.

    Returns:
        Whether the file is PDF/A-2b, and if not, why.
    """
    logging.getLogger("pikepdf").setLevel(logging.CRITICAL)
    with pikepdf.open(parts[0]) as pdf:
        for part in parts[1:]:
            with pikepdf.open(part) as more:
                pdf.pages.extend(more.pages)
        share_font(pdf)
        _drop_optional(pdf)
        try:
            pikepdf.pdfa.save(pdf, target, _FLAVOUR, output_intent="sRGB")
        except pikepdf.pdfa.PdfaError as error:
            reason = _first_reason(error.report)
        except (pikepdf.PdfError, ValueError, TypeError, KeyError, RuntimeError) as error:
            reason = f"{type(error).__name__}: {error}"
        else:
            return True, ""
    _save_plain(parts, target)
    return False, " ".join(reason.split())[:200]


def keep_original(source: Path, kind: Identified, target: Path) -> str:
    """Copy the original as its own rendition when it is valid PDF/A and holds nothing that must not go out.

    What the file says of itself is not believed: the validator decides.

    Returns:
        The flavour (``1b``, ``2b``, ``3b``) when it was kept, else an empty text.
    """
    claim = claimed(source, kind)
    if not claim or any(kind.has(code) for code in _SPOILS):
        return ""
    if not pikepdf.pdfa.validate_written(source, claim).passed:
        return ""
    shutil.copyfile(source, target)
    return claim


def claimed(source: Path, kind: Identified) -> str:
    """The flavour of PDF/A that a file claims in its metadata, levels a and u taken as b; else an empty text."""
    if kind.kind is not Kind.PDF:
        return ""
    try:
        with pikepdf.open(source) as pdf:
            claim = pdf.open_metadata().pdfa_status
    except (pikepdf.PdfError, pikepdf.PasswordError, ValueError, TypeError, KeyError):
        return ""
    return f"{claim[0]}b" if claim and claim[0] in "123" else ""


def _drop_optional(pdf: pikepdf.Pdf) -> None:
    """Remove what PDF/A forbids or leaves open and no page needs: extras of programs, glyph lists of subset fonts."""
    for holder, known in ((pdf.trailer, _TRAILER), (pdf.Root, _CATALOG)):
        for key in set(holder.keys()) - known:
            del holder[key]
    marks = pdf.Root.get("/MarkInfo")
    if isinstance(marks, pikepdf.Dictionary):
        for key in set(marks.keys()) - {"/Marked"}:
            del marks[key]
    for page in pdf.pages:
        if page.obj.get("/Tabs") not in (None, "/R", "/C", "/S"):
            del page.obj["/Tabs"]
    for item in pdf.objects:
        if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor":
            for key in {"/CIDSet", "/CharSet"} & set(item.keys()):
                del item[key]
        elif isinstance(item, pikepdf.Stream) and item.get("/Subtype") == "/Form":
            resources = item.get("/Resources")
            if isinstance(resources, pikepdf.Dictionary):
                for key in set(resources.keys()) - _RESOURCES:
                    del resources[key]


def _first_reason(report: pikepdf.pdfa.Report) -> str:
    found = (*report.violations, *report.unsupported)
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return f"{found[0].rule}: {found[0].message}{more}" if found else "the validator gave no reason"


def _save_plain(parts: tuple[Path, ...], target: Path) -> None:
    with pikepdf.open(parts[0]) as pdf:
        for part in parts[1:]:
            with pikepdf.open(part) as more:
                pdf.pages.extend(more.pages)
        share_font(pdf)
        with pdf.open_metadata(set_pikepdf_as_editor=False, strict=False) as metadata:
            for key in [key for key in metadata if "pdfa/ns/id" in key]:
                del metadata[key]
        pdf.save(target, object_stream_mode=pikepdf.ObjectStreamMode.generate)
