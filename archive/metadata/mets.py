"""METS after the E-ARK common specification (CSIP 2.2): for the package and for each representation, with digests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, BinaryIO
from urllib.parse import quote

from lxml import etree

from archive.metadata import model
from archive.metadata.model import PackageView, StoredFile
from archive.metadata.xml import child, element, emit, text
from archive.package import Related

NS = "http://www.loc.gov/METS/"
CSIP = "https://DILCIS.eu/XML/METS/CSIPExtensionMETS"
PROFILE = "https://earkcsip.dilcis.eu/profile/E-ARK-CSIP-v2-2-0.xml"
_XLINK = "http://www.w3.org/1999/xlink"
_M = f"{{{NS}}}"
_C = f"{{{CSIP}}}"
_X = f"{{{_XLINK}}}"
_GROUPS = (("Documentation", "documentation/"), ("Metadata/other", model.OTHER + "/"))
_REPRESENTATIONS = (model.ORIGINALS, model.RENDITIONS)


def write_mets(stream: BinaryIO, view: PackageView, files: Sequence[StoredFile], package_type: str = "AIP") -> None:
    """Write the package's ``METS.xml`` over these files (all of the package but METS.xml and the manifest).

    Of a representation it names the METS.xml alone, which names its files (CSIP 2.2, CSIP105 to CSIP112).
    """
    groups = [(use, [file for file in files if file.path.startswith(prefix)]) for use, prefix in _GROUPS]
    groups += [(_use(item), [file for file in files if file.path == mets_path(item)]) for item in _REPRESENTATIONS]
    groups = [(use, members) for use, members in groups if members]
    sections = {file.path: file for file in files if file.path.startswith(("metadata/desc", "metadata/pres"))}
    with _document(stream, view, view.aip_id, package_type) as xml:
        for number, path in enumerate((model.DUBLIN_CORE, model.PACKAGE), 1):
            if path in sections:
                emit(xml, _descriptive(view, number, sections[path]))
        emit(xml, _administrative(view, sections))
        _write_files(xml, view, groups)
        emit(xml, _structure(view, groups, sections))
        for made in _relations(view):
            emit(xml, made)


def write_representation(
    stream: BinaryIO, view: PackageView, folder: str, files: Sequence[StoredFile], package_type: str = "AIP"
) -> None:
    """Write the ``METS.xml`` of a representation over its files; addresses are relative to its folder."""
    inside = [replace(file, path=file.path.removeprefix(f"{folder}/")) for file in files]
    groups = [(f"{_use(folder)}/data", inside)]
    with _document(stream, view, folder.rpartition("/")[2], package_type) as xml:
        _write_files(xml, view, groups)
        made, top = _map(folder.rpartition("/")[2], {})
        block = child(top, f"{_M}div", attributes={"ID": "div-1", "LABEL": "Representations"})
        child(block, f"{_M}fptr", attributes={"FILEID": "group-1"})
        emit(xml, made)


def representations(files: Iterable[StoredFile]) -> dict[str, list[StoredFile]]:
    """Folder of each representation that there is, with its files."""
    found: dict[str, list[StoredFile]] = {}
    for file in files:
        for folder in _REPRESENTATIONS:
            if file.path.startswith(f"{folder}/data/"):
                found.setdefault(folder, []).append(file)
    return {folder: found[folder] for folder in _REPRESENTATIONS if folder in found}


def mets_path(folder: str) -> str:
    """Path of the METS.xml of a representation."""
    return f"{folder}/{model.METS}"


def _use(folder: str) -> str:
    return folder[0].upper() + folder[1:]


@contextmanager
def _document(stream: BinaryIO, view: PackageView, name: str, package_type: str) -> Iterator[Any]:
    root = {
        "OBJID": text(name),
        "LABEL": text(view.sip.title),
        "TYPE": "Mixed",
        "PROFILE": PROFILE,
        f"{_C}CONTENTINFORMATIONTYPE": "MIXED",
    }
    with etree.xmlfile(stream, encoding="UTF-8") as xml:
        xml.write_declaration()
        with xml.element(f"{_M}mets", root, nsmap={None: NS, "csip": CSIP, "xlink": _XLINK}):
            emit(xml, _header(view, package_type))
            yield xml


def _write_files(xml: Any, view: PackageView, groups: Sequence[tuple[str, Sequence[StoredFile]]]) -> None:
    if not groups:
        return
    with xml.element(f"{_M}fileSec", {"ID": "files"}):
        for number, (use, members) in enumerate(groups, 1):
            with xml.element(f"{_M}fileGrp", {"ID": f"group-{number}", "USE": use}):
                for index, file in enumerate(members, 1):
                    emit(xml, _file(view, f"file-{number}-{index}", file), 3)


def _header(view: PackageView, package_type: str) -> Any:
    dates = {"CREATEDATE": view.first, "RECORDSTATUS": "NEW"}
    if view.created != view.first:
        dates |= {"LASTMODDATE": view.created, "RECORDSTATUS": "REPLACEMENT"}
    made = element(f"{_M}metsHdr", attributes=dates)
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


def _structure(
    view: PackageView, groups: Sequence[tuple[str, Sequence[StoredFile]]], sections: dict[str, StoredFile]
) -> Any:
    described = [f"dmd-{n}" for n, path in enumerate((model.DUBLIN_CORE, model.PACKAGE), 1) if path in sections]
    provenance = [f"amd-{n}" for n, path in enumerate((model.PREMIS, model.AUDIT), 1) if path in sections]
    metadata = {"DMDID": " ".join(described)} if described else {}
    metadata |= {"ADMID": " ".join(provenance)} if provenance else {}
    made, top = _map(view.aip_id, metadata)
    for number, (use, members) in enumerate(groups, 1):
        block = child(top, f"{_M}div", attributes={"ID": f"div-{number}", "LABEL": use})
        if use.startswith("Representations/"):
            pointer = {"LOCTYPE": "URL", f"{_X}type": "simple", f"{_X}href": href(members[0].path)}
            child(block, f"{_M}mptr", attributes={**pointer, f"{_X}title": f"group-{number}"})
        else:
            child(block, f"{_M}fptr", attributes={"FILEID": f"group-{number}"})
    return made


def _relations(view: PackageView) -> Iterator[Any]:
    """Structural maps for the package above and those below (E-ARK AIP, relations of parent and child)."""
    if view.sip.part_of:
        yield _relation("parent", "parent AIP", "parent AIP identifiers", [view.sip.part_of])
    if view.sip.parts:
        yield _relation("child", "child AIPs", "child AIPs", view.sip.parts)


def _relation(kind: str, label: str, division: str, packages: Sequence[Related]) -> Any:
    made = element(f"{_M}structMap", attributes={"ID": f"structure-{kind}", "TYPE": "LOGICAL", "LABEL": label})
    top = child(made, f"{_M}div", attributes={"LABEL": division})
    for package in packages:
        block = child(top, f"{_M}div", attributes={"LABEL": f"{kind} AIP"})
        address = {"LOCTYPE": "OTHER", "OTHERLOCTYPE": "URI", f"{_X}type": "simple", f"{_X}href": package.aip}
        child(block, f"{_M}mptr", attributes={**address, f"{_X}title": f"Referencing a {kind} AIP."})
    return made


def _map(label: str, metadata: dict[str, str]) -> tuple[Any, Any]:
    """The structural map and its one division, with that of the metadata inside."""
    made = element(f"{_M}structMap", attributes={"ID": "structure", "TYPE": "PHYSICAL", "LABEL": "CSIP"})
    top = child(made, f"{_M}div", attributes={"ID": "div-package", "LABEL": label})
    child(top, f"{_M}div", attributes={"ID": "div-metadata", "LABEL": "Metadata", **metadata})
    return made, top


def href(path: str) -> str:
    """A relative URL for a path in the package."""
    return quote(path, safe="/-._~()+,@=")
