"""Reading a package from its object: what its newest version says of itself and holds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from archive.catalogue import Holding, PackageFormats
from archive.errors import NotAnArchive
from archive.metadata import model
from archive.metadata.premis_reading import read_premis
from archive.ocfl.inventory import Inventory
from archive.package import PACKAGE_FORMAT, Aip, AipFile, FileRole, Related, Rights, Sip, SipDocument, SipEvent, SipFile
from archive.ports import Storage


def read_aip(storage: Storage, folder: str, inventory: Inventory) -> Aip:
    """The package of an object; its inventory was checked before.

    Raises:
        NotAnArchive: the package was written by a newer program.
    """
    sizes = content_sizes(storage, folder)
    erased = model.STUB in inventory.state and model.PACKAGE not in inventory.state
    described = model.STUB if erased else model.PACKAGE
    package: dict[str, Any] = {}
    if described in inventory.state:
        package = json.loads(storage.read(f"{folder}/{inventory.content_path(described)}"))
    if package.get("format", PACKAGE_FORMAT) > PACKAGE_FORMAT:
        raise NotAnArchive(f"{inventory.id} was written by a newer program (package format {package['format']}).")
    files = tuple(
        AipFile(path, digest, sizes.get(inventory.content_path(path), 0))
        for path, digest in sorted(inventory.state.items())
    )
    return Aip(
        id=inventory.id,
        reference=str(package.get("reference", inventory.id)),
        title=str(package.get("title", "")),
        version=inventory.head,
        versions=len(inventory.versions),
        ingested=next(iter(inventory.versions.values())).created,
        bytes=sum(sizes.values()),
        files=files,
        package=package,
        erased=erased,
    )


def sip_of(package: Mapping[str, Any]) -> Sip:
    """The submission that a ``package.json`` describes; its files name no path."""
    classed, rights = package["class"], package["rights"]
    return Sip(
        reference=package["reference"],
        title=package["title"],
        class_notation=classed["notation"],
        class_title=classed["title"],
        unit=package["unit"],
        opened=_date(package["opened"]),
        closed=_date(package["closed"]),
        description=package["description"],
        documents=tuple(SipDocument(**{**item, "date": _date(item["date"])}) for item in package["documents"]),
        files=tuple(SipFile(path=Path(), **{**item, "role": FileRole(item["role"])}) for item in package["files"]),
        audit_excerpt=tuple(package["audit"]),
        rights=Rights(**{**rights, "born": _date(rights["born"]), "died": _date(rights["died"])}),
        agent=package["agent"],
        basis=package["basis"],
        events=tuple(SipEvent(**event) for event in package["events"]),
        kind=package["kind"],
        origin=package["origin"],
        part_of=Related(**package["part_of"]) if package["part_of"] else None,
        parts=tuple(Related(**part) for part in package["parts"]),
    )


def _date(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def content_sizes(storage: Storage, folder: str) -> dict[str, int]:
    """Content path to length, of what lies in the version folders of an object."""
    found: dict[str, int] = {}
    for entry in storage.entries(folder):
        if entry.folder and entry.name.startswith("v"):
            for inner in storage.entries(f"{folder}/{entry.name}"):
                if inner.folder:
                    found.update(_walk(storage, folder, f"{entry.name}/{inner.name}"))
    return found


def _walk(storage: Storage, folder: str, path: str) -> Iterator[tuple[str, int]]:
    for entry in storage.entries(f"{folder}/{path}"):
        if entry.folder:
            yield from _walk(storage, folder, f"{path}/{entry.name}")
        else:
            yield f"{path}/{entry.name}", entry.bytes


def formats_of(storage: Storage, folder: str, inventory: Inventory) -> PackageFormats:
    """The formats of the newest version, from its PREMIS."""
    if model.PREMIS not in inventory.state:
        return PackageFormats()
    with storage.open(f"{folder}/{inventory.content_path(model.PREMIS)}") as stream:
        found = read_premis(stream)
    sources = {file.source for file in found.files if file.source and model.is_normalised(file.path)}
    counted: dict[tuple[str, str], tuple[int, int, int]] = {}
    for file in found.files:
        key = (file.puid, f"{file.format_name} {file.format_version}".strip())
        files, size, made = counted.get(key, (0, 0, 0))
        counted[key] = (files + 1, size + file.bytes, made + (file.path in sources))
    return PackageFormats(found.tool, tuple((*key, *counted[key]) for key in sorted(counted)))


def part_of(package: Mapping[str, Any]) -> str:
    """Reference of the case that a package is a part of; empty when it is a whole."""
    return str((package.get("part_of") or {}).get("reference", ""))


def holding_of(aip: Aip, inventory_sha512: str) -> Holding:
    """A package as the catalogue lists it."""
    classed = aip.package.get("class") or {}
    return Holding(
        aip.id, aip.reference, aip.title, aip.versions, aip.bytes, aip.ingested, str(classed.get("notation", "")),
        str(aip.package.get("unit", "")), aip.version, inventory_sha512, aip.erased, part_of(aip.package),
    )  # fmt: skip
