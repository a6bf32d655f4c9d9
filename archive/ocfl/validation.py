"""Is a stored object what OCFL 1.0 or 1.1 says? All findings, with code and place.

It goes in two steps so that many objects are checked on all cores: `inspect_object` reads names and inventories and
leaves a list of `ContentCheck`; `check_content` reads one file and compares its digests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from archive.ocfl import digests
from archive.ocfl.codes import Finding, Findings, Severity
from archive.ocfl.content_check import ContentCheck, check_content
from archive.ocfl.inventory_check import SPECS, InventoryCheck, check_inventory, read_json
from archive.ocfl.prior_check import compare_states
from archive.ports import Entry, Storage

REGISTERED_EXTENSIONS = (
    "0001-digest-algorithms",
    "0002-flat-direct-storage-layout",
    "0003-hash-and-id-n-tuple-storage-layout",
    "0004-hashed-n-tuple-storage-layout",
    "0005-mutable-head",
    "0006-flat-omit-prefix-storage-layout",
    "0007-n-tuple-omit-prefix-storage-layout",
    "0008-schema-registry",
    "0009-digest-algorithms",
    "0010-differential-n-tuple-omit-prefix-storage-layout",
    "0011-direct-clean-path-layout",
    "initial",
)
_INVENTORY = "inventory.json"
_VERSION_NAME = re.compile(r"v\d+")
_SIDECAR = re.compile(r"([0-9A-Za-z]+)[ \t]+inventory\.json\s*")


@dataclass(frozen=True, slots=True)
class Inspection:
    """What names and inventories of an object showed."""

    id: str
    findings: tuple[Finding, ...]
    checks: tuple[ContentCheck, ...]
    inventory: Mapping[str, Any] = field(default_factory=dict)


def inspect_object(storage: Storage, folder: str) -> Inspection:
    """Check all of an object but its content; ``checks`` holds what is still to be read."""
    return _Inspector(storage, folder).run()


def validate_object(storage: Storage, folder: str) -> tuple[Finding, ...]:
    """All findings of one object, content included, one file after the other."""
    inspection = inspect_object(storage, folder)
    content = [item for check in inspection.checks for item in check_content(storage, folder, check)[0]]
    return (*inspection.findings, *content)


class _Inspector:
    def __init__(self, storage: Storage, folder: str) -> None:
        self.storage, self.folder = storage, folder
        self.found = Findings()
        self.expected: dict[str, list[tuple[str, str, str]]] = {}
        self.sidecars: dict[str, str] = {}

    def add(self, code: str, place: str, message: str) -> None:
        self.found.add(code, place, message)

    def entries(self, name: str = "") -> tuple[Entry, ...]:
        return self.storage.entries(f"{self.folder}/{name}" if name else self.folder)

    def read(self, name: str) -> bytes | None:
        try:
            return self.storage.read(f"{self.folder}/{name}")
        except OSError:
            return None

    def run(self) -> Inspection:
        top = self.entries()
        if not top:
            self.add("E003", ".", "there is no such folder, or it is empty")
            return Inspection("", self.found.all(), ())
        spec = self.check_declaration(top)
        data = self.read(_INVENTORY)
        if data is None:
            self.add("E063", _INVENTORY, "the object has no inventory")
            return Inspection("", self.found.all(), ())
        values, findings = read_json(data, _INVENTORY)
        self.found.extend(findings)
        if values is None:
            return Inspection("", self.found.all(), ())
        root = check_inventory(values, _INVENTORY, spec)
        self.found.extend(root.findings)
        sound = not any(item.severity is Severity.ERROR for item in root.findings)
        self.check_sidecar("", data, root.algorithm)
        self.check_top(top, root)
        self.check_version_inventories(values, data, root, sound)
        files = self.check_versions(root)
        if sound:
            self.expect(values, root.algorithm)
            self.check_presence(values, files)
        checks = tuple(
            ContentCheck(path, tuple(dict.fromkeys(expected)), files[path])
            for path, expected in sorted(self.expected.items())
            if path in files
        )
        return Inspection(str(values.get("id", "")), self.found.all(), checks if sound else (), values)

    def check_declaration(self, top: tuple[Entry, ...]) -> str | None:
        names = [entry.name for entry in top if entry.name.startswith("0=") and not entry.folder]
        known = [name for name in names if name.removeprefix("0=ocfl_object_") in SPECS]
        for name in sorted(set(names) - set(known)):
            self.add("E006", name, "this declaration names no known version of OCFL")
        if not known:
            self.add("E003", ".", "there is no declaration 0=ocfl_object_...")
            return None
        if len(names) > 1:
            self.add("E003", ".", "there is more than one declaration")
        newest = max(known)
        if self.read(newest) != f"{newest[2:]}\n".encode():
            self.add("E007", newest, "the declaration's text differs from its name")
        return newest.removeprefix("0=ocfl_object_")

    def check_sidecar(self, prefix: str, data: bytes, algorithm: str) -> None:
        name = f"{prefix}{_INVENTORY}.{algorithm}"
        self.sidecars[prefix] = f"{_INVENTORY}.{algorithm}"
        text = self.read(name)
        if text is None:
            self.add("E058", name, "the inventory has no sidecar")
            return
        match = _SIDECAR.fullmatch(text.decode("utf-8", "replace"))
        if match is None:
            self.add("E061", name, "the sidecar is not of the form DIGEST inventory.json")
            return
        value = digests.new(algorithm)
        value.update(data)
        if match[1].lower() != value.hexdigest():
            self.add("E060", name, "the sidecar's digest is not that of the inventory")

    def check_top(self, top: tuple[Entry, ...], root: InventoryCheck) -> None:
        expected = {_INVENTORY, f"{_INVENTORY}.{root.algorithm}"}
        for entry in top:
            if entry.special:
                self.add("E090", entry.name, "links and special files are not allowed")
            elif not entry.folder:
                if entry.name not in expected and not entry.name.startswith("0="):
                    self.add("E001", entry.name, "this file does not belong here")
            elif entry.name == "extensions":
                self.check_extensions()
            elif entry.name not in root.versions and entry.name != "logs":
                code = "E046" if _VERSION_NAME.fullmatch(entry.name) else "E001"
                self.add(code, entry.name, "this folder is in no inventory and does not belong here")
        present = {entry.name for entry in top if entry.folder}
        missing = [name for name in root.versions if name not in present]
        for name in missing:
            self.add("E046", name, "the version has no folder")
        if missing:
            self.add("E010", ".", "the sequence of version folders has a gap")

    def check_extensions(self) -> None:
        for entry in self.entries("extensions"):
            if not entry.folder:
                self.add("E067", f"extensions/{entry.name}", "only folders may be here")
            elif entry.name not in REGISTERED_EXTENSIONS:
                self.add("W013", f"extensions/{entry.name}", "this extension is not registered")

    def check_version_inventories(
        self, values: Mapping[str, Any], data: bytes, root: InventoryCheck, sound: bool
    ) -> None:
        before, before_spec, before_paths = "", "1.0", set[str]()
        first_sets_content = True
        for name in root.versions:
            inner = self.read(f"{name}/{_INVENTORY}")
            if inner is None:
                self.add("W010", name, "the version should have its own inventory")
                continue
            if name == root.versions[-1]:
                spec = root.spec
                self.check_newest(name, inner, data, root)
            else:
                place = f"{name}/{_INVENTORY}"
                prior, findings = read_json(inner, place)
                self.found.extend(findings)
                if prior is None:
                    continue
                check = check_inventory(prior, place)
                self.found.extend(check.findings)
                self.check_sidecar(f"{name}/", inner, check.algorithm)
                spec = check.spec
                first_sets_content = first_sets_content and (name != "v1" or "contentDirectory" in prior)
                self.check_prior(name, prior.get("id") == values.get("id"), root, check)
                if sound and not any(item.severity is Severity.ERROR for item in check.findings):
                    self.found.extend(compare_states(f"{name}/{_INVENTORY}", values, prior))
                    self.expect(prior, check.algorithm)
                    before_paths = self.check_kept(name, prior, before_paths)
            if spec < before_spec:
                self.add("E103", name, f"the version follows OCFL {spec}, the one before it ({before}) {before_spec}")
            before, before_spec = name, spec
        if not first_sets_content and "contentDirectory" in values:
            self.add("E019", _INVENTORY, "contentDirectory is set, but was not in the first version")

    def check_newest(self, name: str, inner: bytes, data: bytes, root: InventoryCheck) -> None:
        self.sidecars[f"{name}/"] = f"{_INVENTORY}.{root.algorithm}"
        if inner != data:
            self.add("E064", f"{name}/{_INVENTORY}", "the newest version's inventory differs from the object's")
        self.check_sidecar(f"{name}/", inner, root.algorithm)

    def check_prior(self, name: str, same_id: bool, root: InventoryCheck, check: InventoryCheck) -> None:
        place = f"{name}/{_INVENTORY}"
        if not same_id:
            self.add("E037" if root.spec == "1.0" else "E110", place, "the id differs from that of the object")
        if check.content_directory != root.content_directory:
            self.add("E020", place, "contentDirectory changed between versions")
        if check.versions and check.versions[-1] != name:
            self.add("E040", place, f"head is {check.versions[-1]}, but this is the inventory of {name}")
        if set(check.versions) - set(root.versions[: root.versions.index(name) + 1]):
            self.add("E066", place, "it holds versions that came later or that the object does not have")

    def check_kept(self, name: str, prior: Mapping[str, Any], before: set[str]) -> set[str]:
        paths = {path for found in prior["manifest"].values() for path in found}
        for path in sorted(before - paths):
            self.add("E023", f"{name}/{_INVENTORY}", f"{path!r}, known to an earlier version, is missing")
        return paths

    def check_versions(self, root: InventoryCheck) -> dict[str, int]:
        """Look at what lies in the version folders; return the content files that are there, with their lengths."""
        files: dict[str, int] = {}
        for name in root.versions:
            for entry in self.entries(name):
                place = f"{name}/{entry.name}"
                if entry.special:
                    self.add("E090", place, "links and special files are not allowed")
                elif entry.folder and entry.name == root.content_directory:
                    found = dict(self.walk(place))
                    files.update(found)
                    if not found:
                        self.add("W003", place, "a version without content should have no content folder")
                elif entry.folder:
                    self.add("W002", place, "this folder should not be here")
                elif entry.name not in {_INVENTORY, self.sidecars.get(f"{name}/")}:
                    self.add("E015", place, "this file does not belong here")
        return files

    def walk(self, folder: str, depth: int = 0) -> Iterator[tuple[str, int]]:
        found = self.entries(folder)
        if not found and depth:
            self.add("E024", folder, "the folder is empty")
        for entry in found:
            path = f"{folder}/{entry.name}"
            if entry.special:
                self.add("E090", path, "links and special files are not allowed")
            elif entry.folder:
                yield from self.walk(path, depth + 1)
            else:
                yield path, entry.bytes

    def expect(self, values: Mapping[str, Any], algorithm: str) -> None:
        """Note the digests that an inventory gives for content paths."""
        for digest, paths in values["manifest"].items():
            for path in paths:
                self.expected.setdefault(path, []).append((algorithm, digest.lower(), "E092"))
        for other, block in values.get("fixity", {}).items():
            for digest, paths in block.items():
                for path in paths:
                    self.expected.setdefault(path, []).append((other, digest.lower(), "E093"))

    def check_presence(self, values: Mapping[str, Any], files: Mapping[str, int]) -> None:
        stated = {path for paths in values["manifest"].values() for path in paths}
        for path in sorted(stated - files.keys()):
            self.add("E092", path, "the file is missing")
        for path in sorted(files.keys() - stated):
            self.add("E023", path, "the file is in no manifest")
