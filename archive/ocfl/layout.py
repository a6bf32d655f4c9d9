"""Where an object lies below the storage root: registered layout extensions 0003 and 0004."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any

NAME_AND_HASH = "0003-hash-and-id-n-tuple-storage-layout"
HASH = "0004-hashed-n-tuple-storage-layout"
LAYOUTS = (NAME_AND_HASH, HASH)
_NAME_LIMIT = 100
_PLAIN = re.compile(r"[A-Za-z0-9_-]")
_DESCRIPTIONS = {
    NAME_AND_HASH: "Hashed Truncated N-tuple Trees with Object ID Encapsulating Directory for OCFL Storage Hierarchies",
    HASH: "Hashed N-tuple Storage Layout",
}


@dataclass(frozen=True, slots=True)
class Layout:
    """One of the two layouts with its default parameters: SHA-256, three tuples of three characters."""

    extension: str

    def path(self, object_id: str) -> str:
        """The object root of an id, relative to the storage root."""
        digest = hashlib.sha256(object_id.encode()).hexdigest()
        last = _encapsulation(object_id, digest) if self.extension == NAME_AND_HASH else digest
        return "/".join([digest[0:3], digest[3:6], digest[6:9], last])

    def config(self) -> dict[str, Any]:
        """``extensions/<name>/config.json``."""
        values = {
            "extensionName": self.extension,
            "digestAlgorithm": "sha256",
            "tupleSize": 3,
            "numberOfTuples": 3,
        }
        return values if self.extension == NAME_AND_HASH else {**values, "shortObjectRoot": False}

    def declaration(self) -> dict[str, str]:
        """``ocfl_layout.json``."""
        return {"extension": self.extension, "description": _DESCRIPTIONS[self.extension]}


def _encapsulation(object_id: str, digest: str) -> str:
    name = "".join(c if _PLAIN.fullmatch(c) else "".join(f"%{byte:02x}" for byte in c.encode()) for c in object_id)
    return name if len(name) <= _NAME_LIMIT else f"{name[:_NAME_LIMIT]}-{digest}"
