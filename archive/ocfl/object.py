"""Writing a version of an OCFL object: all of it appears, or none.

Order: content, declaration, inventories and sidecars are written to a stage beside the objects; every staged content
file is read back and compared, and all are forced to the disk; only then the stage is published, sidecar last.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from archive.errors import ObjectDamaged
from archive.ocfl import digests
from archive.ocfl import inventory as inv
from archive.ocfl.inventory import Inventory, Version
from archive.ports import Stage, Storage
from erecords.digest import CHUNK, sha512_stream

_ALONE = 8 << 20
"""Up to so many bytes are copied and read back by one thread; more pay for several."""


@dataclass(frozen=True, slots=True)
class VersionInfo:
    """When, why and by whom a version is made."""

    created: str
    message: str
    user_name: str
    user_address: str


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file on its way into a version."""

    logical: str
    sha512: str
    bytes: int
    source: Path


@dataclass(frozen=True, slots=True)
class Written:
    """A version that was published."""

    inventory: Inventory
    inventory_sha512: str


class Damage(ObjectDamaged):
    """Written files read back with other digests than they should have; nothing was published.

    Attributes:
        places: path in the object and expected SHA-512 of each.
    """

    def __init__(self, places: tuple[tuple[str, str], ...]) -> None:
        super().__init__(
            f"{places[0][0]} and {len(places) - 1} more files read back with other digests than expected; "
            "a source changed or the disk failed, nothing was archived."
        )
        self.places = places


def parse_checked(storage: Storage, folder: str) -> tuple[Inventory, str]:
    """The inventory of an object, and its SHA-512.

    Raises:
        FileNotFoundError: there is no object.
        ObjectDamaged: inventory and sidecar disagree, or the inventory breaks the specification.
    """
    data = storage.read(f"{folder}/{inv.FILE}")
    found = inv.parse(data, folder)
    digest, text = inv.sidecar(data)
    if found.algorithm == "sha512" and storage.read(f"{folder}/{inv.SIDECAR}").split() != text.split():
        raise ObjectDamaged(
            f"The inventory in {folder} is not what its sidecar says; nothing was read from it. "
            "Run: erecords archive verify --all"
        )
    return found, digest


class VersionWriter:
    """Collects the next version of one object; the caller holds the object's lock.

    A file whose digest the object already stores is not stored again (forward delta). ``fixity`` names further digest
    algorithms, whose digests of new content go into the inventory's fixity block.
    """

    def __init__(self, stage: Stage, object_id: str, base: Inventory | None, fixity: Sequence[str] = ()) -> None:
        self._stage = stage
        self._base = base or inv.empty(object_id)
        self.version = self._base.next_version()
        self._state: dict[str, str] = {}
        self._added: dict[str, tuple[str, ...]] = {}
        self._sound: dict[str, bool] = {}
        self._sizes: dict[str, int] = {}
        self._fresh = base is None
        self._algorithms = tuple(fixity)
        self._fixity: dict[str, dict[str, tuple[str, ...]]] = {name: {} for name in fixity}

    def keep(self, logical: str) -> None:
        """Take a logical path over from the version before.

        Raises:
            KeyError: it had none of that name.
        """
        self._state[logical] = self._base.state[logical]

    def link(self, logical: str, sha512: str) -> bool:
        """Name content that the object already stores; False when it does not."""
        if sha512 not in self._base.manifest and sha512 not in self._added:
            return False
        self._state[logical] = sha512
        return True

    def add(self, files: Iterable[NewFile]) -> None:
        """Store files under their logical paths, large ones several at a time, and read each back.

        Whether the bytes have the stated digests is kept, and said by `seal`.

        Raises:
            OSError: a source cannot be read, or the place is full or failed.
        """
        new = []
        for file in files:
            if not self.link(file.logical, file.sha512):
                self._note(file.logical, file.sha512)
                new.append(file)
        if sum(file.bytes for file in new) > _ALONE:
            with ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="copy") as pool:
                copied = list(pool.map(self._copy, new))
        else:
            copied = [self._copy(file) for file in new]
        for file, (sound, more) in zip(new, copied, strict=True):
            self._sound[self._place(file.logical)] = sound
            self._note_fixity(file.logical, more)

    def _copy(self, file: NewFile) -> tuple[bool, dict[str, Any]]:
        place, more = self._place(file.logical), self._hashers()
        with file.source.open("rb") as source, self._stage.create(place) as target:
            while chunk := source.read(CHUNK):
                target.write(chunk)
                for hasher in more.values():
                    hasher.update(chunk)
        return self._reads_back(place, file.sha512), more

    @contextmanager
    def create(self, logical: str) -> Iterator[BinaryIO]:
        """Write a generated file; its digest is taken while it is written and noted when the block ends."""
        with self._stage.create(self._place(logical)) as target:
            hashing = HashingWriter(target, self._hashers())
            yield cast(BinaryIO, hashing)
        self._sizes[logical] = hashing.bytes
        self._note(logical, hashing.digest())
        self._note_fixity(logical, hashing.more)

    def _hashers(self) -> dict[str, Any]:
        return {name: digests.new(name) for name in self._algorithms}

    def digest(self, logical: str) -> str:
        """The digest of a logical path of the new version."""
        return self._state[logical]

    def size(self, logical: str) -> int:
        """Length of a file that was written with `create`."""
        return self._sizes[logical]

    def state(self) -> Mapping[str, str]:
        """Logical paths and digests of the new version so far."""
        return dict(self._state)

    def _place(self, logical: str) -> str:
        return f"{self.version}/{self._base.content_directory}/{logical}"

    def _note_fixity(self, logical: str, more: Mapping[str, Any]) -> None:
        for name, hasher in more.items():
            block, value = self._fixity[name], hasher.hexdigest()
            block[value] = (*block.get(value, ()), self._place(logical))

    def _note(self, logical: str, sha512: str) -> None:
        self._added[sha512] = (*self._added.get(sha512, ()), self._place(logical))
        self._state[logical] = sha512

    def seal(self, info: VersionInfo) -> Written:
        """Write the inventories, force everything to the disk and read back what was not read back yet.

        Raises:
            Damage: what was written differs from its digest; nothing is published.
        """
        version = Version(info.created, info.message, info.user_name, info.user_address, dict(self._state))
        result = self._base.with_version(self.version, version, self._added, self._fixity)
        data = result.to_bytes()
        digest, text = inv.sidecar(data)
        names = {f"{self.version}/{inv.FILE}": data, f"{self.version}/{inv.SIDECAR}": text}
        names |= {inv.FILE: data, inv.SIDECAR: text}
        if self._fresh:
            names[inv.DECLARATION] = inv.DECLARATION_TEXT
        for name, value in names.items():
            with self._stage.create(name) as stream:
                stream.write(value)
        self._stage.seal()
        content = [(path, sha512) for sha512, paths in self._added.items() for path in paths]
        bad = tuple((path, sha512) for path, sha512 in content if not self._is_sound(path, sha512))
        if bad:
            raise Damage(bad)
        return Written(result, digest)

    def _is_sound(self, path: str, sha512: str) -> bool:
        known = self._sound.get(path)
        return self._reads_back(path, sha512) if known is None else known

    def _reads_back(self, path: str, sha512: str) -> bool:
        with self._stage.open(path) as stream:
            return sha512_stream(stream)[0] == sha512

    def publish(self) -> None:
        """Make the sealed version visible, the sidecar of the object last."""
        self._stage.publish(last=() if self._fresh else (inv.FILE, inv.SIDECAR))


class HashingWriter:
    """A stream that takes the SHA-512 of what passes through it."""

    def __init__(self, target: BinaryIO, more: Mapping[str, Any]) -> None:
        self._target = target
        self.more = more
        """Further hash objects by algorithm, over the same bytes."""
        self._digest = hashlib.sha512()
        self.bytes = 0

    def write(self, data: bytes) -> int:
        """Write and take the digest."""
        self._digest.update(data)
        for hasher in self.more.values():
            hasher.update(data)
        self.bytes += len(data)
        return self._target.write(data)

    def flush(self) -> None:
        """Pass on."""
        self._target.flush()

    def digest(self) -> str:
        """SHA-512 in lower-case hex of what was written."""
        return self._digest.hexdigest()
