"""METS after the E-ARK common specification (CSIP 2.2): one METS.xml for the package, all files with digests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO
from urllib.parse import quote

from lxml import etree

from archive.metadata import model
from archive.metadata.model import PackageView, StoredFile
from archive.metadata.xml import child, element, emit, text

NS = "http://www.loc.gov/METS/"
CSIP = "https://DILCIS.eu/XML/METS/CSIPExtensionMETS"
PROFILE = "https://earkcsip.dilcis.eu/profile/E-ARK-CSIP-v2-2-0.xml"
_XLINK = "http://www.w3.org/1999/xlink"
_M = f"{{{NS}}}"
_C = f"{{{CSIP}}}"
_X = f"{{{_XLINK}}}"
_GROUPS = (
    ("Documentation", "documentation/"),
    ("Metadata/other", model.OTHER + "/"),
    ("Representations/rep1", model.ORIGINALS + "/"),
    ("Representations/rep2", model.RENDITIONS + "/"),
)


def write_mets(stream: BinaryIO, view: PackageView, files: Sequence[StoredFile], package_type: str = "AIP") -> None:
    """Write ``METS.xml`` over these files (all of the package but METS.xml and the manifest)."""
    groups = [(use, [file for file in files if file.path.startswith(prefix)]) for use, prefix in _GROUPS]
    groups = [(use, members) for use, members in groups if members]
    sections = {file.path: file for file in files if file.path.startswith(("metadata/desc", "metadata/pres"))}
    root = {
        "OBJID": text(view.aip_id),
        "LABEL": text(view.sip.title),
        "TYPE": "ERMS",
        "PROFILE": PROFILE,
        f"{_C}CONTENTINFORMATIONTYPE": "MIXED",
    }
    with etree.xmlfile(stream, encoding="UTF-8") as xml:
        xml.write_declaration()
        with xml.element(f"{_M}mets", root, nsmap={None: NS, "csip": CSIP, "xlink": _XLINK}):
            emit(xml, _header(view, package_type))
            for number, path in enumerate((model.DUBLIN_CORE, model.PACKAGE), 1):
                if path in sections:
                    emit(xml, _descriptive(view, number, sections[path]))
            emit(xml, _administrative(view, sections))
            if groups:
                with xml.element(f"{_M}fileSec", {"ID": "files"}):
                    for number, (use, members) in enumerate(groups, 1):
                        with xml.element(f"{_M}fileGrp", {"ID": f"group-{number}", "USE": use}):
                            for index, file in enumerate(members, 1):
                                emit(xml, _file(view, f"file-{number}-{index}", file), 3)
            emit(xml, _structure(view, [use for use, _ in groups], sections))


def _header(view: PackageView, package_type: str) -> Any:
    made = element(f"{_M}metsHdr", attributes={"CREATEDATE": view.created, "RECORDSTATUS": "NEW"})
    made.set(f"{_C}OAISPACKAGETYPE", package_type)
    name, _, version = view.program.partition(" ")
    software = child(made, f"{_M}agent", attributes={"ROLE": "CREATOR", "TYPE": "OTHER", "OTHERTYPE": "SOFTWARE"})
    child(software, f"{_M}name", name)
    child(software, f"{_M}note", version, {f"{_C}NOTETYPE": "SOFTWARE VERSION"})
    submitter = child(made, f"{_M}agent", attributes={"ROLE": "CREATOR", "TYPE": "INDIVIDUAL"})
    child(submitter, f"{_M}name", view.sip.agent or "unknown")
    if view.sip.origin:
        office = child(made, f"{_M}agent", attributes={"ROLE": "ARCHIVIST", "TYPE": "ORGANIZATION"})
        child(office, f"{_M}name", view.sip.origin)
    return made


def _reference(view: PackageView, file: StoredFile, kind: str) -> dict[str, str]:
    values = {
        "LOCTYPE": "URL",
        f"{_X}type": "simple",
        f"{_X}href": href(file.path),
        "MDTYPE": kind,
        "MIMETYPE": file.mime,
        "SIZE": str(file.bytes),
        "CREATED": view.created,
        "CHECKSUM": file.sha512,
        "CHECKSUMTYPE": "SHA-512",
    }
    if kind == "OTHER":
        values["OTHERMDTYPE"] = "JSON"
    return values


def _descriptive(view: PackageView, number: int, file: StoredFile) -> Any:
    made = element(f"{_M}dmdSec", attributes={"ID": f"dmd-{number}", "CREATED": view.created, "STATUS": "CURRENT"})
    kind = "DC" if file.path == model.DUBLIN_CORE else "OTHER"
    child(made, f"{_M}mdRef", attributes=_reference(view, file, kind))
    return made


def _administrative(view: PackageView, sections: dict[str, StoredFile]) -> Any:
    made = element(f"{_M}amdSec")
    for number, (path, kind) in enumerate(((model.PREMIS, "PREMIS"), (model.AUDIT, "OTHER")), 1):
        if path in sections:
            block = child(made, f"{_M}digiprovMD", attributes={"ID": f"amd-{number}", "STATUS": "CURRENT"})
            child(block, f"{_M}mdRef", attributes=_reference(view, sections[path], kind))
    return made


def _file(view: PackageView, identifier: str, file: StoredFile) -> Any:
    made = element(
        f"{_M}file",
        attributes={
            "ID": identifier,
            "MIMETYPE": file.mime or "application/octet-stream",
            "SIZE": str(file.bytes),
            "CREATED": view.created,
            "CHECKSUM": file.sha512,
            "CHECKSUMTYPE": "SHA-512",
        },
    )
    child(made, f"{_M}FLocat", attributes={"LOCTYPE": "URL", f"{_X}type": "simple", f"{_X}href": href(file.path)})
    return made


def _structure(view: PackageView, uses: Iterable[str], sections: dict[str, StoredFile]) -> Any:
    made = element(f"{_M}structMap", attributes={"ID": "structure", "TYPE": "PHYSICAL", "LABEL": "CSIP"})
    top = child(made, f"{_M}div", attributes={"ID": "div-package", "LABEL": view.aip_id})
    described = [f"dmd-{n}" for n, path in enumerate((model.DUBLIN_CORE, model.PACKAGE), 1) if path in sections]
    provenance = [f"amd-{n}" for n, path in enumerate((model.PREMIS, model.AUDIT), 1) if path in sections]
    metadata = {"ID": "div-metadata", "LABEL": "Metadata"}
    metadata |= {"DMDID": " ".join(described)} if described else {}
    metadata |= {"ADMID": " ".join(provenance)} if provenance else {}
    child(top, f"{_M}div", attributes=metadata)
    for number, use in enumerate(uses, 1):
        block = child(top, f"{_M}div", attributes={"ID": f"div-{number}", "LABEL": use})
        child(block, f"{_M}fptr", attributes={"FILEID": f"group-{number}"})
    return made


def href(path: str) -> str:
    """A relative URL for a path in the package."""
    return quote(path, safe="/-._~()+,@=")
