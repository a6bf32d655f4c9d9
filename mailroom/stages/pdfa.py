"""Make a rendition PDF/A-2b where that is possible without drawing it anew, and never call it so where it is not."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import pikepdf
import pikepdf.pdfa

from mailroom.stages.identify import Identified, Kind
from mailroom.stages.textlayer import slim_fonts

_FLAVOUR = "2b"
_TRAILER = ("/Size", "/Root", "/Info", "/ID", "/Prev", "/Type", "/Index", "/W", "/Length", "/Filter", "/DecodeParms")
_SPOILS = ("active-content", "attachments", "encrypted", "form", "xfa", "repaired", "polyglot", "portfolio", "signed")


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
        slim_fonts(pdf)
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

    Returns:
        The flavour (``1b``, ``2b``, ``3b``) when it was kept, else an empty text.
    """
    if kind.kind is not Kind.PDF or any(kind.has(code) for code in _SPOILS):
        return ""
    try:
        with pikepdf.open(source) as pdf:
            claim = pdf.open_metadata().pdfa_status
    except (pikepdf.PdfError, ValueError, TypeError, KeyError):
        return ""
    if not claim or claim[0] not in "123":
        return ""
    flavour = f"{claim[0]}b"
    if not pikepdf.pdfa.validate_written(source, flavour).passed:
        return ""
    shutil.copyfile(source, target)
    return flavour


def _drop_optional(pdf: pikepdf.Pdf) -> None:
    """Remove what PDF/A forbids or is often wrong, and no page needs: glyph lists of subset fonts, trailer extras."""
    for item in pdf.objects:
        if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor":
            for key in ("/CIDSet", "/CharSet"):
                if key in item:
                    del item[key]
    for key in [key for key in pdf.trailer.keys() if key not in _TRAILER]:
        del pdf.trailer[key]


def _first_reason(report: pikepdf.pdfa.Report) -> str:
    found = (*report.violations, *report.unsupported)
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return f"{found[0].rule}: {found[0].message}{more}" if found else "the validator gave no reason"


def _save_plain(parts: tuple[Path, ...], target: Path) -> None:
    with pikepdf.open(parts[0]) as pdf:
        for part in parts[1:]:
            with pikepdf.open(part) as more:
                pdf.pages.extend(more.pages)
        slim_fonts(pdf)
        with pdf.open_metadata(set_pikepdf_as_editor=False, strict=False) as metadata:
            for key in [key for key in metadata if "pdfa/ns/id" in key]:
                del metadata[key]
        pdf.save(target, object_stream_mode=pikepdf.ObjectStreamMode.generate)
