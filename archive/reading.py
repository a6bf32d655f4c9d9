"""Reading a package from its object: what its newest version says of itself and holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from archive.catalogue import Holding
from archive.errors import NotAnArchive
from archive.metadata import model
from archive.ocfl.inventory import Inventory
from archive.package import PACKAGE_FORMAT, Aip, AipFile
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


def holding_of(aip: Aip, inventory_sha512: str) -> Holding:
    """A package as the catalogue lists it."""
    classed = aip.package.get("class") or {}
    return Holding(
        aip.id, aip.reference, aip.title, aip.versions, aip.bytes, aip.ingested, str(classed.get("notation", "")),
        str(aip.package.get("unit", "")), aip.version, inventory_sha512, aip.erased,
    )  # fmt: skip
