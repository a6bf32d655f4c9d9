"""Digests and the canonical JSON that they are taken over."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, BinaryIO

CHUNK = 1 << 20


def sha512_stream(stream: BinaryIO) -> tuple[str, int]:
    """Read a stream to its end; return its SHA-512 in lower-case hex and its length in bytes."""
    digest = hashlib.sha512()
    size = 0
    while chunk := stream.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size


def sha512_file(path: Path) -> tuple[str, int]:
    """SHA-512 in lower-case hex and length in bytes of a file, read in pieces of one megabyte."""
    with path.open("rb") as stream:
        return sha512_stream(stream)


def sha512_bytes(data: bytes) -> str:
    """SHA-512 of bytes in lower-case hex."""
    return hashlib.sha512(data).hexdigest()


def canonical_json(value: Any) -> bytes:
    """JSON in one form only: keys sorted, no spaces, UTF-8 without escapes, no NaN.

    Two equal values give the same bytes; ``docs/internals/audit.md`` states the form for others.

    Raises:
        ValueError: a float that JSON does not know.
        TypeError: a value that is not JSON.
    """
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8")
