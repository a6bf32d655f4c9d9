"""Does one inventory keep the rules of OCFL 1.0 or 1.1? Every breach is found, with its code.

Nothing here looks at files: `archive.ocfl.validation` compares the inventory with what is stored.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from archive.ocfl import digests
from archive.ocfl.codes import Finding, Findings
from archive.ocfl.fixity_check import check_fixity

SPECS = ("1.0", "1.1")
_TYPE = re.compile(r"https://ocfl\.io/(\d+\.\d+)/spec/#inventory")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:.+", re.DOTALL)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
_VERSION = re.compile(r"v\d+")
_KEYS = {"id", "type", "digestAlgorithm", "head", "contentDirectory", "manifest", "versions", "fixity"}
_VERSION_KEYS = {"created", "message", "user", "state"}


@dataclass(frozen=True, slots=True)
class InventoryCheck:
    """What the check found, and the parts that are good enough to go on with."""

    findings: tuple[Finding, ...]
    versions: tuple[str, ...]
    """The valid sequence from the first version."""
    content_directory: str
    algorithm: str
    spec: str


def read_json(data: bytes, place: str) -> tuple[dict[str, Any] | None, tuple[Finding, ...]]:
    """The JSON object of an inventory, or the finding (E033) why it is none; a repeated key makes it none."""
    try:
        values = json.loads(data.decode("utf-8"), object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        return None, (Finding("E033", place, f"not readable as JSON: {error}"),)
    if not isinstance(values, dict):
        return None, (Finding("E033", place, "not a JSON object"),)
    return values, ()


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("a key is given twice in one object")
    return values


def check_inventory(values: Mapping[str, Any], place: str, spec: str | None = None) -> InventoryCheck:
    """Check an inventory by itself; ``spec`` is the version that the object declares, None to take the inventory's."""
    return _Checker(values, place).run(spec)


class _Checker:
    def __init__(self, values: Mapping[str, Any], place: str) -> None:
        self.values, self.place = values, place
        self.found = Findings()
        self.algorithm, self.content = "sha512", "content"

    def add(self, code: str, message: str) -> None:
        self.found.add(code, self.place, message)

    def run(self, spec: str | None) -> InventoryCheck:
        spec = self.check_type(spec)
        self.check_id()
        usable = self.check_algorithm()
        self.check_content_directory()
        for key in sorted(set(self.values) - _KEYS):
            self.add("E102", f"unknown key {key!r}")
        versions = self.check_sequence()
        if usable:
            manifest = self.check_manifest(versions)
            used = [digest for name in versions for digest in self.check_version(name)]
            self.check_used(manifest, used, versions)
            self.found.extend(check_fixity(self.values.get("fixity", {}), self.place, spec, manifest))
        self.check_head(versions)
        return InventoryCheck(self.found.all(), versions, self.content, self.algorithm, spec)

    def check_id(self) -> None:
        if "id" not in self.values:
            self.add("E036", "no id")
        elif not isinstance(self.values["id"], str) or not self.values["id"]:
            self.add("E037", "the id is no text or empty")
        elif not _URI.fullmatch(self.values["id"]):
            self.add("W005", f"the id {self.values['id']!r} is no URI")

    def check_type(self, declared: str | None) -> str:
        kind = self.values.get("type")
        fallback = declared or SPECS[-1]
        if "type" not in self.values:
            self.add("E036", "no type")
            return fallback
        found = _TYPE.fullmatch(kind) if isinstance(kind, str) else None
        if found is None or found[1] not in SPECS:
            self.add("E038", f"the type {kind!r} names no known version of the specification")
            return fallback
        if declared and found[1] != declared:
            self.add("E038", f"the type says {found[1]}, the object declares {declared}")
        return found[1]

    def check_algorithm(self) -> bool:
        algorithm = self.values.get("digestAlgorithm")
        if "digestAlgorithm" not in self.values:
            self.add("E036", "no digestAlgorithm")
        elif algorithm not in digests.CONTENT_ALGORITHMS:
            self.add("E025", f"digestAlgorithm {algorithm!r} is neither sha512 nor sha256")
            return False
        elif algorithm != "sha512":
            self.algorithm = algorithm
            self.add("W004", "sha512 should be used")
        return True

    def check_content_directory(self) -> None:
        name = self.values.get("contentDirectory", "content")
        if not isinstance(name, str) or "/" in name or not name:
            self.add("E017", f"contentDirectory {name!r} is no single folder name")
        elif name in {".", ".."}:
            self.add("E018", f"contentDirectory is {name!r}")
        else:
            self.content = name

    def check_sequence(self) -> tuple[str, ...]:
        versions = self.values.get("versions")
        if "versions" not in self.values:
            self.add("E043", "no versions")
            return ()
        if not isinstance(versions, dict):
            self.add("E044", "versions is no object")
            return ()
        if not versions:
            self.add("E008", "there is no version")
            return ()
        odd = [name for name in versions if not _VERSION.fullmatch(name)]
        for name in odd:
            self.add("E046", f"{name!r} is no version name")
        return self.sequence([name for name in versions if name not in odd])

    def sequence(self, names: list[str]) -> tuple[str, ...]:
        padded = [name for name in names if name.startswith("v0")]
        if not padded:
            width = 0
        else:
            self.add("W001", "version numbers are padded with zeros")
            width = len(padded[0]) - 1
            if any(len(name) - 1 != width for name in names):
                self.add("E012", "version names of different length or padding")
        expected = [f"v{number:0{width}d}" for number in range(1, len(names) + 1)]
        good = []
        for name in expected:
            if name not in names:
                break
            good.append(name)
        if not good:
            self.add("E009", "the first version is missing")
        elif len(good) < len(names):
            self.add("E010", f"versions are missing after {good[-1]}")
        return tuple(good)

    def check_head(self, versions: tuple[str, ...]) -> None:
        if "head" not in self.values:
            self.add("E036", "no head")
        elif versions and self.values["head"] != versions[-1]:
            self.add("E040", f"head is {self.values['head']!r}, the newest version {versions[-1]}")

    def check_manifest(self, versions: tuple[str, ...]) -> dict[str, str]:
        """Content path to digest in lower case."""
        manifest = self.values.get("manifest")
        if "manifest" not in self.values:
            self.add("E041", "no manifest")
            return {}
        if not isinstance(manifest, dict):
            self.add("E106", "manifest is no object")
            return {}
        found: dict[str, str] = {}
        seen: set[str] = set()
        for digest, paths in manifest.items():
            if not digests.well_formed(self.algorithm, digest):
                self.add("E025", f"{digest!r} is no {self.algorithm} digest")
            elif not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
                self.add("E092", f"the paths of {digest[:16]}... are no list of texts")
            else:
                if digest.lower() in seen:
                    self.add("E096", f"the digest {digest[:16]}... occurs twice")
                seen.add(digest.lower())
                for path in paths:
                    self.check_content_path(path, found, versions)
                    found[path] = digest.lower()
        self.check_conflicts(found, "E101", "content path")
        return found

    def check_content_path(self, path: str, found: Mapping[str, str], versions: tuple[str, ...]) -> None:
        if path in found:
            self.add("E101", f"the content path {path!r} occurs twice")
        if path.startswith("/") or path.endswith("/"):
            self.add("E100", f"the content path {path!r} begins or ends with a slash")
            return
        parts = path.split("/")
        if any(part in {"", ".", ".."} for part in parts):
            self.add("E099", f"the content path {path!r} has an empty or dotted part")
        elif len(parts) < 3 or parts[1] != self.content or (versions and parts[0] not in versions):
            self.add("E042", f"the content path {path!r} lies in no version's content folder")

    def check_conflicts(self, paths: Iterable[str], code: str, what: str) -> None:
        known = set(paths)
        for path in sorted(known):
            parts = path.split("/")
            if any("/".join(parts[:depth]) in known for depth in range(1, len(parts))):
                self.add(code, f"the {what} {path!r} lies below another")

    def check_version(self, name: str) -> list[str]:
        """Digests of the state as they are written."""
        block = self.values["versions"][name]
        if not isinstance(block, dict):
            self.add("E047", f"{name} is no object")
            return []
        for key in sorted(set(block) - _VERSION_KEYS):
            self.add("E102", f"{name} has the unknown key {key!r}")
        self.check_created(name, block)
        if "message" in block and not isinstance(block["message"], str):
            self.add("E094", f"the message of {name} is no text")
        if "message" not in block or "user" not in block:
            self.add("W007", f"{name} should have message and user")
        if "user" in block:
            self.check_user(name, block["user"])
        if "state" not in block:
            self.add("E048", f"{name} has no state")
            return []
        return self.check_state(name, block["state"])

    def check_created(self, name: str, block: Mapping[str, Any]) -> None:
        created = block.get("created")
        if "created" not in block:
            self.add("E048", f"{name} has no created")
        elif not isinstance(created, str) or not _INSTANT.fullmatch(created) or not _is_instant(created):
            self.add("E049", f"created of {name}, {created!r}, is no RFC 3339 instant")

    def check_user(self, name: str, user: Any) -> None:
        if not isinstance(user, dict) or not isinstance(user.get("name"), str) or not user["name"]:
            self.add("E054", f"the user of {name} has no name")
        elif "address" not in user:
            self.add("W008", f"the user of {name} should have an address")
        elif not isinstance(user["address"], str):
            self.add("E054", f"the user's address of {name} is no text")
        elif not _URI.fullmatch(user["address"]):
            self.add("W009", f"the user's address of {name} should be a URI")

    def check_state(self, name: str, state: Any) -> list[str]:
        if not isinstance(state, dict):
            self.add("E050", f"the state of {name} is no object")
            return []
        paths: list[str] = []
        for digest, logical in state.items():
            if not isinstance(logical, list) or not all(isinstance(path, str) for path in logical):
                self.add("E051", f"the paths of {digest[:16]}... in {name} are no list of texts")
            else:
                paths.extend(logical)
        for path in paths:
            if path.startswith("/") or path.endswith("/"):
                self.add("E053", f"the logical path {path!r} of {name} begins or ends with a slash")
            elif any(part in {"", ".", ".."} for part in path.split("/")):
                self.add("E052", f"the logical path {path!r} of {name} has an empty or dotted part")
        for path, count in Counter(paths).items():
            if count > 1:
                self.add("E095", f"the logical path {path!r} of {name} occurs twice")
        self.check_conflicts(paths, "E095", f"logical path of {name}")
        return list(state)

    def check_used(self, manifest: Mapping[str, str], used: list[str], versions: tuple[str, ...]) -> None:
        stated = self.values.get("manifest")
        keys = set(stated) if isinstance(stated, dict) else set()
        for digest in sorted(set(used) - keys):
            self.add("E050", f"the digest {digest[:16]}... of a state is not in the manifest")
        if versions and len(versions) == len(self.values["versions"]):
            for digest in sorted(set(manifest.values()) - {digest.lower() for digest in used}):
                self.add("E107", f"the digest {digest[:16]}... of the manifest is in no state")


def _is_instant(text: str) -> bool:
    try:
        datetime.fromisoformat(text.upper())
    except ValueError:
        return False
    return True
