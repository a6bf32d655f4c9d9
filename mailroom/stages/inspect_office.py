"""Look into an office document without running anything: its media type, and whether it carries macros."""

from __future__ import annotations

import zipfile
from pathlib import Path

_OPEN_XML = {"word/": "wordprocessingml.document", "xl/": "spreadsheetml.sheet", "ppt/": "presentationml.presentation"}
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
_MIME_BYTES = 200


def inspect(path: Path) -> tuple[str, tuple[str, ...]]:
    """Media type of an office document, and the flag ``macros`` where it carries some."""
    if not zipfile.is_zipfile(path):
        return _old_kind(path)
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        macros = any(name.endswith("vbaProject.bin") or name.startswith(("Basic/", "Scripts/")) for name in names)
        return _mime(archive, names), _flags(macros)


def _mime(archive: zipfile.ZipFile, names: list[str]) -> str:
    for folder, kind in _OPEN_XML.items():
        if any(name.startswith(folder) for name in names):
            return f"application/vnd.openxmlformats-officedocument.{kind}"
    if "mimetype" in names:
        with archive.open("mimetype") as stream:
            said = stream.read(_MIME_BYTES).decode("ascii", "replace").strip()
        if said.startswith(_OPEN_DOCUMENT) and said.isprintable():
            return said
    return "application/octet-stream"


def _old_kind(path: Path) -> tuple[str, tuple[str, ...]]:
    with path.open("rb") as stream:
        data = stream.read(4_000_000)
    if data.startswith(b"{\\rtf"):
        return "application/rtf", ()
    macros = any(name.encode("utf-16-le") in data for name in ("_VBA_PROJECT", "Macros"))
    for name, mime in (("WordDocument", "msword"), ("Workbook", "vnd.ms-excel"), ("PowerPoint", "vnd.ms-powerpoint")):
        if name.encode("utf-16-le") in data:
            return f"application/{mime}", _flags(macros)
    return "application/x-ole-storage", _flags(macros)


def _flags(macros: bool) -> tuple[str, ...]:
    return ("macros: The office document carries macros; they were not run, the rendition has none.",) if macros else ()
