"""Hash trees after RFC 4998 section 4.2: generation, reduction to one data object group, and the way back to the root.

A group of several data objects is hashed over its sorted digests; a single data object stands for itself. Nodes are
paired in their order; the last of an odd row goes up as it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from archive.evidence.structures import Lists


def digest(algorithm: str, data: bytes) -> bytes:
    """The digest of bytes by the name of its algorithm."""
    return hashlib.new(algorithm, data).digest()


def joined(algorithm: str, hashes: Iterable[bytes]) -> bytes:
    """The hash of a list: its members in binary ascending order, one after the other (section 4.2, steps 3 and 4)."""
    return digest(algorithm, b"".join(sorted(hashes)))


def group_hash(algorithm: str, objects: Sequence[bytes]) -> bytes:
    """The leaf of a data object group (section 4.2, step 2)."""
    return objects[0] if len(objects) == 1 else joined(algorithm, objects)


@dataclass(frozen=True, slots=True)
class HashTree:
    """All rows of a tree, leaves first, the root alone in the last."""

    algorithm: str
    rows: tuple[tuple[bytes, ...], ...]

    @property
    def root(self) -> bytes:
        """The hash that is time-stamped."""
        return self.rows[-1][0]

    def siblings(self, leaf: int) -> tuple[bytes, ...]:
        """What a leaf is joined with on its way to the root, lowest first."""
        found = []
        for row in self.rows[:-1]:
            beside = leaf ^ 1
            if beside < len(row):
                found.append(row[beside])
            leaf //= 2
        return tuple(found)


def grow(algorithm: str, leaves: Sequence[bytes]) -> HashTree:
    """The tree over leaves, at least one."""
    rows = [tuple(leaves)]
    while len(rows[-1]) > 1:
        row = rows[-1]
        pairs = (row[start : start + 2] for start in range(0, len(row), 2))
        rows.append(tuple(pair[0] if len(pair) == 1 else joined(algorithm, pair) for pair in pairs))
    return HashTree(algorithm, tuple(rows))


def reduce(objects: Sequence[bytes], siblings: Sequence[bytes]) -> Lists:
    """The reduced hash tree of a group (section 4.2, last part): empty for a single object that is the root itself."""
    if len(objects) == 1:
        return ((objects[0], siblings[0]), *((item,) for item in siblings[1:])) if siblings else ()
    return (tuple(sorted(objects)), *((item,) for item in siblings))


def climb(algorithm: str, lists: Lists) -> bytes:
    """The root that the lists lead to (section 4.3, step 3)."""
    carried: tuple[bytes, ...] = ()
    for part in lists:
        carried = (joined(algorithm, (*part, *carried)),)
    return carried[0]
