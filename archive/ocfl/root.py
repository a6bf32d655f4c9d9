"""The OCFL storage root: declaration, layout, where the objects are, and whether the hierarchy is sound."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from archive.errors import NotAnArchive
from archive.ocfl.codes import Finding, Findings
from archive.ocfl.layout import LAYOUTS, Layout
from archive.ocfl.validation import REGISTERED_EXTENSIONS
from archive.ports import Entry, Storage

DECLARATION = "0=ocfl_1.1"
LAYOUT_FILE = "ocfl_layout.json"
_ROOT_NAME = re.compile(r"0=ocfl_(\d+\.\d+)")
_SPECS = ("1.0", "1.1")


def root_files(layout: Layout) -> dict[str, bytes]:
    """The files that make an empty folder a storage root; the declaration is to be written last."""
    return {
        f"extensions/{layout.extension}/config.json": _pretty(layout.config()),
        LAYOUT_FILE: _pretty(layout.declaration()),
        DECLARATION: b"ocfl_1.1\n",
    }


def read_layout(storage: Storage) -> Layout:
    """The layout that the root declares.

    Raises:
        NotAnArchive: there is no declaration, a newer one, or a layout that this program does not know.
    """
    names = [entry.name for entry in storage.entries("") if entry.name.startswith("0=ocfl_")]
    if not names:
        raise NotAnArchive("The folder is no OCFL storage root: it has no declaration 0=ocfl_1.1. Nothing was changed.")
    if any(name.removeprefix("0=ocfl_") not in _SPECS for name in names):
        raise NotAnArchive(
            f"The storage root declares {max(names)}, newer than this program knows. Nothing was changed."
        )
    try:
        declared = json.loads(storage.read(LAYOUT_FILE))["extension"]
        config = json.loads(storage.read(f"extensions/{declared}/config.json"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotAnArchive(f"The storage root does not say its layout ({error}). Nothing was changed.") from error
    layout = Layout(str(declared))
    if layout.extension not in LAYOUTS or {**layout.config(), **config} != layout.config():
        raise NotAnArchive(f"The layout {declared!r} with these parameters is not known. Nothing was changed.")
    return layout


def object_folders(storage: Storage) -> Iterator[str]:
    """The object roots below the storage root, sorted, found by their declarations."""
    for entry in storage.entries(""):
        if entry.folder and entry.name != "extensions":
            yield from _objects(storage, entry.name)


def _objects(storage: Storage, folder: str) -> Iterator[str]:
    entries = storage.entries(folder)
    if is_object(entries):
        yield folder
        return
    for entry in entries:
        if entry.folder:
            yield from _objects(storage, f"{folder}/{entry.name}")


def is_object(entries: tuple[Entry, ...]) -> bool:
    """Whether a folder with these entries is an object root, sound or not."""
    names = {entry.name for entry in entries}
    return "inventory.json" in names or any(name.startswith("0=") for name in names)


def validate_root(storage: Storage) -> tuple[Finding, ...]:
    """All findings about the root and the hierarchy above the objects; objects are checked on their own."""
    found = Findings()
    top = storage.entries("")
    _check_declaration(storage, top, found)
    if any(entry.name == LAYOUT_FILE for entry in top):
        _check_layout(storage, found)
    for entry in top:
        if entry.special:
            found.add("E090", entry.name, "links and special files are not allowed")
        elif entry.folder and entry.name == "extensions":
            _check_extensions(storage, found)
        elif entry.folder:
            _check_hierarchy(storage, entry.name, found)
    return found.all()


def _check_declaration(storage: Storage, top: tuple[Entry, ...], found: Findings) -> None:
    names = [entry.name for entry in top if entry.name.startswith("0=")]
    known = [name for name in names if (match := _ROOT_NAME.fullmatch(name)) and match[1] in _SPECS]
    if not names:
        found.add("E069", ".", "there is no declaration 0=ocfl_...")
    elif len(names) > 1:
        found.add("E076", ".", "there is more than one declaration")
    for name in names:
        if name not in known:
            found.add("E079", name, "this declaration names no known version of OCFL")
        elif storage.read(name) != f"{name[2:]}\n".encode():
            found.add("E080", name, "the declaration's text differs from its name")


def _check_layout(storage: Storage, found: Findings) -> None:
    try:
        values: Any = json.loads(storage.read(LAYOUT_FILE))
    except ValueError as error:
        found.add("E070", LAYOUT_FILE, f"not readable as JSON: {error}")
        return
    if not isinstance(values, dict) or not {"extension", "description"} <= set(values):
        found.add("E070", LAYOUT_FILE, "extension or description is missing")
    elif values["extension"] not in REGISTERED_EXTENSIONS:
        found.add("E071", LAYOUT_FILE, f"{values['extension']!r} is no registered extension")


def _check_extensions(storage: Storage, found: Findings) -> None:
    for entry in storage.entries("extensions"):
        if not entry.folder:
            found.add("E112", f"extensions/{entry.name}", "only folders may be here")
        elif entry.name not in REGISTERED_EXTENSIONS:
            found.add("W016", f"extensions/{entry.name}", "this extension is not registered")


def _check_hierarchy(storage: Storage, folder: str, found: Findings) -> None:
    entries = storage.entries(folder)
    if is_object(entries):
        return
    if not entries:
        found.add("E073", folder, "the folder is empty")
    for entry in entries:
        place = f"{folder}/{entry.name}"
        if entry.special:
            found.add("E090", place, "links and special files are not allowed")
        elif entry.folder:
            _check_hierarchy(storage, place, found)
        else:
            found.add("E072", place, "the file belongs to no object")


def _pretty(values: dict[str, Any]) -> bytes:
    return json.dumps(values, indent=2).encode() + b"\n"
