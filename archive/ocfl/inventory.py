"""The inventory of an OCFL object as frozen values, read from and written as ``inventory.json``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from archive.errors import ObjectDamaged
from archive.ocfl.codes import Severity
from archive.ocfl.inventory_check import check_inventory, read_json
from erecords.digest import sha512_bytes

FILE = "inventory.json"
SIDECAR = "inventory.json.sha512"
TYPE = "https://ocfl.io/1.1/spec/#inventory"
DECLARATION = "0=ocfl_object_1.1"
DECLARATION_TEXT = b"ocfl_object_1.1\n"
CONTENT = "content"


@dataclass(frozen=True, slots=True)
class Version:
    """One version: when, why and by whom, and which digest each logical path has."""

    created: str
    message: str
    user_name: str
    user_address: str
    state: Mapping[str, str]
    """Logical path to digest."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """All versions of an object and where their content lies."""

    id: str
    head: str
    manifest: Mapping[str, tuple[str, ...]]
    """Digest to content paths."""
    versions: Mapping[str, Version]
    algorithm: str = "sha512"
    content_directory: str = CONTENT
    fixity: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    spec: str = "1.1"

    @property
    def state(self) -> Mapping[str, str]:
        """Logical paths of the newest version."""
        return self.versions[self.head].state

    def content_path(self, logical: str, version: str | None = None) -> str:
        """Where the content of a logical path lies, relative to the object root.

        Raises:
            KeyError: the version has no such path.
        """
        return self.manifest[self.versions[version or self.head].state[logical]][0]

    def content_paths(self) -> Iterator[tuple[str, str]]:
        """Every content path with its digest."""
        return ((path, digest) for digest, paths in self.manifest.items() for path in paths)

    def next_version(self) -> str:
        """The name of the version after the newest, in the object's own convention."""
        digits = self.head[1:]
        number = int(digits) + 1
        return f"v{number:0{len(digits)}d}" if digits.startswith("0") else f"v{number}"

    def with_version(
        self,
        name: str,
        version: Version,
        added: Mapping[str, tuple[str, ...]],
        fixity: Mapping[str, Mapping[str, tuple[str, ...]]] | None = None,
    ) -> Inventory:
        """The inventory after a new version with its newly stored content, and further digests of that."""
        blocks = {
            algorithm: _joined(self.fixity.get(algorithm, {}), block) for algorithm, block in (fixity or {}).items()
        }
        return replace(
            self,
            head=name,
            manifest=_joined(self.manifest, added),
            versions={**self.versions, name: version},
            fixity={**self.fixity, **{algorithm: block for algorithm, block in blocks.items() if block}},
        )

    def to_bytes(self) -> bytes:
        """``inventory.json``, indented, keys in a fixed order."""
        values: dict[str, Any] = {
            "id": self.id,
            "type": TYPE,
            "digestAlgorithm": self.algorithm,
            "head": self.head,
            "contentDirectory": self.content_directory,
            "manifest": {digest: list(self.manifest[digest]) for digest in sorted(self.manifest)},
            "versions": {name: _version_json(version) for name, version in self.versions.items()},
        }
        if self.fixity:
            values["fixity"] = {
                algorithm: {digest: list(paths) for digest, paths in sorted(block.items())}
                for algorithm, block in self.fixity.items()
            }
        return json.dumps(values, ensure_ascii=False, indent=1).encode() + b"\n"


def _joined(
    known: Mapping[str, tuple[str, ...]], added: Mapping[str, tuple[str, ...]]
) -> Mapping[str, tuple[str, ...]]:
    return {**known, **{digest: (*known.get(digest, ()), *paths) for digest, paths in added.items()}}


def empty(object_id: str) -> Inventory:
    """The inventory before the first version; not valid by itself."""
    return Inventory(object_id, "v0", {}, {})


def sidecar(data: bytes) -> tuple[str, bytes]:
    """The digest of an inventory and the text of its sidecar."""
    digest = sha512_bytes(data)
    return digest, f"{digest} {FILE}\n".encode()


def parse(data: bytes, place: str) -> Inventory:
    """Read an inventory.

    Raises:
        ObjectDamaged: it breaks the specification; the message names the first breach and where.
    """
    values, findings = read_json(data, FILE)
    if values is not None:
        findings = check_inventory(values, FILE).findings
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if values is None or errors:
        raise ObjectDamaged(f"The inventory of {place} is not valid: {errors[0]}. Run: erecords archive verify --all")
    return Inventory(
        id=values["id"],
        head=values["head"],
        manifest={digest: tuple(paths) for digest, paths in values["manifest"].items()},
        versions={name: _version(block) for name, block in values["versions"].items()},
        algorithm=values["digestAlgorithm"],
        content_directory=values.get("contentDirectory", CONTENT),
        fixity={
            algorithm: {digest: tuple(paths) for digest, paths in block.items()}
            for algorithm, block in values.get("fixity", {}).items()
        },
        spec=values["type"].split("/")[3],
    )


def _version(block: Mapping[str, Any]) -> Version:
    user = block.get("user", {})
    state = {path: digest for digest, paths in block["state"].items() for path in paths}
    return Version(block["created"], block.get("message", ""), user.get("name", ""), user.get("address", ""), state)


def _version_json(version: Version) -> dict[str, Any]:
    state: dict[str, list[str]] = {}
    for path in sorted(version.state):
        state.setdefault(version.state[path], []).append(path)
    values: dict[str, Any] = {"created": version.created, "message": version.message}
    if version.user_name:
        address = {"address": version.user_address} if version.user_address else {}
        values["user"] = {"name": version.user_name, **address}
    return {**values, "state": state}
