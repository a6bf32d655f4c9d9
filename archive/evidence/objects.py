"""Digests of the data objects of a package, in one reading for all algorithms asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from archive.ocfl.inventory import Inventory
from archive.store import ArchiveStore
from erecords.digest import CHUNK

Found = dict[str, frozenset[bytes]]


def registered_digests(inventory: Inventory, version: str) -> frozenset[bytes]:
    """SHA-512 of every data object of a version, as the inventory says: each logical file, equal ones once."""
    return frozenset(bytes.fromhex(item) for item in inventory.versions[version].state.values())


def stored_digests(store: ArchiveStore, inventory: Inventory, version: str, algorithms: Sequence[str]) -> Found:
    """Digests of the stored bytes of a version; a file that cannot be read counts as a digest of nothing."""
    paths = {inventory.manifest[item][0] for item in inventory.versions[version].state.values()}
    folder = store.folder(inventory.id)
    found: dict[str, set[bytes]] = {name: set() for name in algorithms}
    for path in sorted(paths):
        try:
            with store.storage.open(f"{folder}/{path}") as stream:
                _add(found, stream)
        except OSError:
            for digests in found.values():
                digests.add(b"")
    return {name: frozenset(items) for name, items in found.items()}


def folder_digests(folder: Path, algorithms: Sequence[str]) -> Found:
    """Digests of all files below a folder, as a package was exported; links are not followed but count as damage."""
    found: dict[str, set[bytes]] = {name: set() for name in algorithms}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            for digests in found.values():
                digests.add(b"")
        elif path.is_file():
            with path.open("rb") as stream:
                _add(found, stream)
    return {name: frozenset(items) for name, items in found.items()}


def _add(found: dict[str, set[bytes]], stream: BinaryIO) -> None:
    hashes = {name: hashlib.new(name) for name in found}
    while chunk := stream.read(CHUNK):
        for item in hashes.values():
            item.update(chunk)
    for name, item in hashes.items():
        found[name].add(item.digest())
