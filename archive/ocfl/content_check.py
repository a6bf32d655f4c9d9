"""Do the stored bytes have the digests that inventories give? One file after the other, in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from archive.ocfl import digests
from archive.ocfl.codes import Finding
from archive.ports import Storage
from erecords.digest import CHUNK

_BATCH = 64
_BATCH_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class ContentCheck:
    """A stored file and the digests that inventories give for it."""

    path: str
    """Relative to the object root."""
    expected: tuple[tuple[str, str, str], ...]
    """Algorithm, digest in lower case, and the code of the breach when it differs (E092 or E093)."""
    bytes: int
    """Length of the file as it lies there."""


def check_content(storage: Storage, folder: str, check: ContentCheck) -> tuple[tuple[Finding, ...], int]:
    """Read one file in pieces and compare its digests; return the findings and the bytes read."""
    hashes = {algorithm: digests.new(algorithm) for algorithm, _, _ in check.expected if digests.known(algorithm)}
    size = 0
    try:
        with storage.open(f"{folder}/{check.path}") as stream:
            while chunk := stream.read(CHUNK):
                size += len(chunk)
                for value in hashes.values():
                    value.update(chunk)
    except OSError as error:
        return (Finding("E092", check.path, f"cannot be read: {error.strerror or error}"),), size
    found = {algorithm: value.hexdigest() for algorithm, value in hashes.items()}
    wrong = [
        Finding(code, check.path, f"{algorithm} is {found[algorithm][:16]}..., the inventory says {digest[:16]}...")
        for algorithm, digest, code in dict.fromkeys(check.expected)
        if algorithm in found and found[algorithm] != digest
    ]
    return tuple(wrong), size


def batches(checks: tuple[ContentCheck, ...]) -> Iterator[tuple[ContentCheck, ...]]:
    """Checks for one job each: large files alone, small ones together; one empty part where there is no file."""
    start, size = 0, 0
    for number, check in enumerate(checks):
        size += check.bytes
        if size > _BATCH_BYTES or number - start == _BATCH - 1:
            yield checks[start : number + 1]
            start, size = number + 1, 0
    if start < len(checks) or not checks:
        yield checks[start:]
