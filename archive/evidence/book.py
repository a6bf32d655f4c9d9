"""The stored evidence: one folder a batch of packages that were time-stamped together (``docs/internals/archive.md``).

::

    extensions/erecords/evidence/000001/
      holding.json                      the statement of the holding, first leaf of the tree
      chain-01-sha512/leaves.jsonl      digests of the data objects, a line a leaf, in the order of the tree
      chain-01-sha512/0001.ats          DER of ArchiveTimeStamp over the root, then one a renewal of the time stamp
      chain-02-sha3_512/...             one a renewal of the hash tree

A record of a package is put together from these when it is asked for. Files are written once.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from archive.errors import EvidenceBroken
from archive.evidence.hashtree import HashTree, group_hash, grow, reduce
from archive.evidence.record import Chains
from archive.evidence.structures import (
    ALGORITHMS,
    ArchiveTimeStamp,
    Lists,
    archive_time_stamp,
    read_archive_time_stamp,
)
from archive.ports import Storage
from archive.storage.local import EVIDENCE_FOLDER as FOLDER
from erecords.digest import canonical_json

STATEMENT = "holding.json"
LEAVES = "leaves.jsonl"


@dataclass(frozen=True, slots=True)
class Leaf:
    """A data object group: a version of a package, or the statement of the holding, whose names are empty."""

    aip: str
    version: str
    objects: tuple[bytes, ...]
    """Digests of its data objects, each once, in binary ascending order."""

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from the others of its tree."""
        return self.aip, self.version


def leaves_bytes(leaves: Sequence[Leaf]) -> bytes:
    """The file ``leaves.jsonl``."""
    values = ({"aip": x.aip, "version": x.version, "objects": [item.hex() for item in x.objects]} for x in leaves)
    return b"".join(canonical_json(value) + b"\n" for value in values)


def tree_over(algorithm: str, leaves: Sequence[Leaf]) -> HashTree:
    """The hash tree of a chain's leaves."""
    return grow(algorithm, [group_hash(algorithm, leaf.objects) for leaf in leaves])


class Chain:
    """One chain of a batch, as stored; read when first looked at."""

    def __init__(self, storage: Storage, folder: str) -> None:
        self._storage = storage
        self.folder = folder
        self.algorithm = folder.rpartition("-")[2]
        if self.algorithm not in ALGORITHMS:
            raise EvidenceBroken(f"{folder} names no digest that is taken for evidence.")

    @cached_property
    def leaves(self) -> tuple[Leaf, ...]:
        """The data object groups, in the order of the tree."""
        try:
            lines = [json.loads(line) for line in self._storage.read(f"{self.folder}/{LEAVES}").splitlines()]
            found = tuple(
                Leaf(str(x["aip"]), str(x["version"]), tuple(bytes.fromhex(item) for item in x["objects"]))
                for x in lines
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise EvidenceBroken(f"{self.folder}/{LEAVES} cannot be read ({error}); take it from a copy.") from error
        if not found or not all(leaf.objects for leaf in found):
            raise EvidenceBroken(f"{self.folder}/{LEAVES} is empty; take it from a copy.")
        return found

    @cached_property
    def stamps(self) -> tuple[ArchiveTimeStamp, ...]:
        """The archive time stamps as stored, oldest first."""
        names = [x.name for x in self._storage.entries(self.folder) if x.name.endswith(".ats")]
        if not names or names != [f"{number:04d}.ats" for number in range(1, len(names) + 1)]:
            raise EvidenceBroken(f"{self.folder} lacks archive time stamps; take them from a copy.")
        return tuple(
            read_archive_time_stamp(self._storage.read(f"{self.folder}/{name}"), f"{self.folder}/{name}")
            for name in names
        )

    @cached_property
    def positions(self) -> dict[tuple[str, str], int]:
        """Where in the tree each group is."""
        return {leaf.key: number for number, leaf in enumerate(self.leaves)}

    @cached_property
    def tree(self) -> HashTree:
        """The hash tree over the leaves."""
        return tree_over(self.algorithm, self.leaves)

    def reduced(self, key: tuple[str, str]) -> tuple[ArchiveTimeStamp, ...]:
        """The chain for one group: its first archive time stamp with the reduced hash tree of the group."""
        position = self.positions[key]
        first = self.stamps[0]
        lists = _combine(
            reduce(self.leaves[position].objects, self.tree.siblings(position)), first.lists, self.tree.root
        )
        return archive_time_stamp(self.algorithm, lists, first.token), *self.stamps[1:]


def _combine(lower: Lists, upper: Lists, root: bytes) -> Lists:
    """The lists of a group within its batch, then those of the batch among the others of the same time stamp."""
    if not upper or not lower:
        return lower or upper
    beside = list(upper[0])
    if root in beside:
        beside.remove(root)
    return *lower, *((tuple(beside),) if beside else ()), *upper[1:]


class Batch:
    """Packages that got their first time stamp together."""

    def __init__(self, storage: Storage, name: str) -> None:
        self._storage = storage
        self.name = name
        self.folder = f"{FOLDER}/{name}"

    @cached_property
    def chains(self) -> tuple[Chain, ...]:
        """Its chains, oldest first."""
        names = [x.name for x in self._storage.entries(self.folder) if x.folder]
        if not names or any(not name.startswith(f"chain-{n:02d}-") for n, name in enumerate(names, 1)):
            raise EvidenceBroken(f"{self.folder} lacks chains; take them from a copy.")
        return tuple(Chain(self._storage, f"{self.folder}/{name}") for name in names)

    def statement(self) -> bytes:
        """The statement of the holding at the time of the batch."""
        try:
            return self._storage.read(f"{self.folder}/{STATEMENT}")
        except OSError as error:
            raise EvidenceBroken(f"{self.folder}/{STATEMENT} is missing; take it from a copy.") from error

    def chains_for(self, key: tuple[str, str]) -> Chains:
        """All chains of one group, for its evidence record; it ends where the group was erased."""
        found = []
        for chain in self.chains:
            if key not in chain.positions:
                break
            found.append(chain.reduced(key))
        return tuple(found)


class Book:
    """All stored evidence of a place, as it was when first looked at."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    @cached_property
    def batches(self) -> tuple[Batch, ...]:
        """All batches, oldest first."""
        return tuple(Batch(self._storage, x.name) for x in self._storage.entries(FOLDER) if x.folder)

    @cached_property
    def where(self) -> dict[tuple[str, str], Batch]:
        """The batch of each version of a package."""
        return {key: batch for batch in self.batches for key in batch.chains[0].positions if key[0]}

    def next_name(self) -> str:
        """The name of the next batch."""
        return f"{int(self.batches[-1].name) + 1 if self.batches else 1:06d}"
