"""Reading an xdomea message 0503 (Aussonderung) with its primary documents; versions 2.4 to 4.0 by element names."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

from lxml import etree

from archive.intake.reading import Collector, PackageRead, digest_file, file_of, walk
from archive.metadata.xml import safe_parse
from archive.package import FileRole, Rights, Sip, SipDocument, SipFile
from archive.sip_check import unsafe

_NAME = re.compile(r".*05[0-9]{2}.*\.xml", re.IGNORECASE)
_MESSAGE = re.compile(r"\{urn:xoev-de:xdomea:schema:[0-9.]+\}(Aussonderung\.\w+\.05[0-9]{2})")
_NAMESPACE = re.compile(r"\{urn:xoev-de:xdomea:schema:([0-9.]+)\}Aussonderung\.Aussonderung\.0503")


def find_message(folder: Path) -> Path | None:
    """The message file at the top of a folder, by its name; one of the wrong kind where there is no 0503."""
    found = [path for path in sorted(folder.iterdir()) if path.is_file() and _NAME.fullmatch(path.name)]
    return min(found, key=lambda path: "0503" not in path.name, default=None)


def read_xdomea(folder: Path, message: Path) -> PackageRead:
    """Read and check a message with its files; all findings."""
    found = Collector()
    files = set(walk(folder, found))
    try:
        with message.open("rb") as stream:
            root = safe_parse(stream).getroot()
    except (etree.XMLSyntaxError, OSError) as error:
        found.bad("bad-message", f"{message.name} cannot be read: {error}")
        return PackageRead(None, tuple(found.findings))
    kind = _NAMESPACE.fullmatch(root.tag)
    if kind is None:
        other = _MESSAGE.fullmatch(root.tag)
        is_one = f"the xdomea message {other[1]}" if other else "no xdomea message 0503"
        found.bad("no-0503", f"{message.name} is {is_one}; records come with Aussonderung.Aussonderung.0503")
        return PackageRead(None, tuple(found.findings))
    documents, contents = _documents(folder, root, files, found)
    named = {file.path.name for file in contents}
    for name in sorted(files - named - {message.name}):
        found.bad("surplus-file", f"{name!r} is named in no document of the message")
    if not contents:
        found.bad("empty", "the message names no primary document")
    whole = file_of(message, f"xdomea/{message.name}", digest_file(message), FileRole.METADATA, None, "application/xml")
    sip = _sip(root, kind[1], message, documents, (*contents, whole))
    return PackageRead(sip, tuple(found.findings), tuple(found.warnings))


def _first(node: Any, path: str) -> str:
    """Text of the first element of these local names, in any namespace."""
    steps = "/".join(f"*[local-name()='{name}']" for name in path.split("/"))
    found = node.xpath(steps)
    return " ".join((found[0].text or "").split()) if found else ""


def _all(node: Any, name: str) -> list[Any]:
    return list(node.xpath(f".//*[local-name()='{name}']"))


def _documents(folder: Path, root: Any, files: set[str], found: Collector) -> tuple[list[SipDocument], list[SipFile]]:
    documents, contents = [], []
    seen: set[str] = set()
    for number, node in enumerate(_all(root, "Dokument"), 1):
        identifier = f"{number:06d}"
        documents.append(_document(node, identifier))
        for order, primary in enumerate(_own(node, "Primaerdokument"), 1):
            name = _first(primary, "Dateiname")
            if not name or "/" in name or unsafe(name):
                found.bad("unsafe-name", f"document {number} names the file {name!r}")
            elif name not in files:
                found.bad("missing-file", f"{name!r}, named by document {number}, is not there")
            elif name in seen:
                found.bad("double-name", f"{name!r} is named by more than one document")
            else:
                seen.add(name)
                place = f"documents/{identifier}/{order:03d}/{name}"
                path = folder / name
                puid = _first(primary.getparent(), "Version")
                contents.append(file_of(path, place, digest_file(path), FileRole.ORIGINAL, identifier, puid=puid))
    return documents, contents


def _own(document: Any, name: str) -> list[Any]:
    """Elements inside a document that belong to no document within it (attachments are documents of their own)."""
    return [
        node
        for node in _all(document, name)
        if next(parent for parent in node.iterancestors() if etree.QName(parent).localname == "Dokument") is document
    ]


def _document(node: Any, identifier: str) -> SipDocument:
    above = [_first(parent, "AllgemeineMetadaten/Kennzeichen") for parent in node.iterancestors()]
    return SipDocument(
        id=identifier,
        title=_first(node, "AllgemeineMetadaten/Betreff"),
        type=_first(node, "Typ"),
        date=_date(_first(node, "DatumDesSchreibens")),
        sender="",
        description={
            "id": _first(node, "Identifikation/ID"),
            "number": _first(node, "AllgemeineMetadaten/Kennzeichen"),
            "within": [name for name in above if name],
        },
    )


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _sip(root: Any, version: str, message: Path, documents: list[SipDocument], files: tuple[SipFile, ...]) -> Sip:
    process = _first(root, "Kopf/ProzessID")
    top = next(iter(_all(root, "Akte") or _all(root, "Vorgang")), root)
    ends = [_date(" ".join((node.text or "").split())) for node in _all(root, "Ende")]
    begins = [_date(" ".join((node.text or "").split())) for node in _all(root, "Beginn")]
    sender = _first(root, "Kopf/Absender/Institution/Name")
    return Sip(
        reference=process or message.stem,
        title=_first(top, "AllgemeineMetadaten/Betreff") or message.stem,
        class_notation=_first(top, "AllgemeineMetadaten/Aktenplaneinheit/Kennzeichen"),
        class_title=_first(top, "AllgemeineMetadaten/Aktenplaneinheit/Inhaltsangabe"),
        unit=_first(root, "Kopf/Absender/Organisationseinheit/Name"),
        opened=min((day for day in begins if day), default=None),
        closed=max((day for day in ends if day), default=None),
        description={
            "xdomea": version,
            "number": _first(top, "AllgemeineMetadaten/Kennzeichen"),
            "protection": _first(top, "AllgemeineMetadaten/Vertraulichkeitsstufe/name"),
        },
        documents=tuple(documents),
        files=files,
        audit_excerpt=(),
        rights=Rights(),
        agent=sender,
        basis="xdomea 0503",
        kind="xdomea",
        origin=sender,
    )
