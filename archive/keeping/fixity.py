"""Is everything that was taken over still there and unchanged? Streaming, on all cores, against the register.

Findings have codes of our own, stable and few, and quote the specification's code in their message:

========================  ============================================================================
``content-damaged``       a stored file has other bytes than the inventory says
``file-missing``          a stored file is gone
``file-surplus``          a file lies where none belongs
``inventory-damaged``     an inventory is unreadable, breaks the specification, or is not what its sidecar says
``inventory-replaced``    the inventory is sound but not the one that was registered
``structure``             anything else that breaks OCFL
``object-missing``        the register knows a package, the storage root does not
``object-surplus``        an object lies in the storage root that the register does not know
``register-broken``       the register's chain of hashes is broken
``root``                  the storage root itself breaks OCFL
========================  ============================================================================
"""

from __future__ import annotations

import json
import os
import random
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, TypeAlias, TypeVar

from archive.ocfl.codes import Finding, Severity
from archive.ocfl.content_check import ContentCheck, batches, check_content
from archive.ocfl.root import object_folders, validate_root
from archive.ocfl.validation import Inspection, inspect_object
from archive.ports import Storage
from archive.store import ArchiveStore
from erecords.clock import instant_text
from erecords.digest import sha512_bytes

_INVENTORY_CODES = {"E033", "E034", "E058", "E060", "E061", "E063", "E064", "E066"}
_SURPLUS_CODES = {"E001", "E015", "E023"}
_BATCH = 64
_NAMED = 500
"""Up to so many packages are named in the register entry of a check; of more the number alone."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Bad:
    """One thing that is not as it should be."""

    id: str
    """Id of the package; of a surplus object its folder; ``register`` or ``root``."""
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class FixityReport:
    """What a check read and found."""

    checked: int
    """Packages."""
    bytes: int
    """Content bytes read."""
    bad: tuple[Bad, ...]


@dataclass(frozen=True, slots=True)
class _Target:
    id: str
    folder: str
    inventory_sha512: str
    """As registered; empty when the register does not know the object."""


_Batch: TypeAlias = tuple[_Target, Inspection, bool, tuple[list[Finding], int]]


def verify(
    store: ArchiveStore,
    ids: Iterable[str] | None = None,
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
    bytes_per_second: int = 0,
    place: str = "",
    scope: str = "",
) -> FixityReport:
    """Check packages: every stored byte, every inventory, and that none is missing.

    Args:
        store: the archive.
        ids: AIP ids or references; None checks all, the register and the storage root too.
        progress: called with packages done and their total.
        bytes_per_second: upper limit of reading, 0 for none.
        place: name of the place for copies that ``store`` was turned to; its checks do not count for the archive.
        scope: how ``ids`` were chosen, for the register; ``all`` and ``chosen`` where nothing is said.

    Returns:
        The report; it is also entered into the register as event ``fixity check``.

    Raises:
        erecords.errors.NotFound: one of ``ids`` is not in the archive.
    """
    bad: list[Bad] = []
    targets = _targets(store, ids, bad)
    size = 0
    sound: list[str] = []
    workers = store.settings.workers or os.cpu_count() or 1
    pace = _Pace(bytes_per_second)
    try:
        with ThreadPoolExecutor(workers, thread_name_prefix="fixity") as pool:
            for done, (found, read) in enumerate(_Reader(store, pool, workers).read(targets), 1):
                bad.extend(found)
                size += read
                if not found and not place:
                    sound.append(targets[done - 1].id)
                if len(sound) >= _BATCH:
                    store.catalogue.note_checked(sound, instant_text(store.clock.now()))
                    sound.clear()
                pace.wait(size)
                progress(done, len(targets))
    finally:
        store.catalogue.note_checked(sound, instant_text(store.clock.now()))
    report = FixityReport(len(targets), size, tuple(bad))
    _enter(store, report, scope or ("all" if ids is None else "chosen"), [t.id for t in targets], place)
    return report


def due(store: ArchiveStore, days: int) -> tuple[str, ...]:
    """Packages that no check found sound within so many days, the longest unchecked first.

    Checking these goes on where a stopped run ended: what it had finished is no longer due.
    """
    store.holdings()
    return store.catalogue.unchecked_since(instant_text(store.clock.now() - timedelta(days=days)))


def sample(store: ArchiveStore, count: int, seed: str) -> tuple[str, ...]:
    """So many packages by lot; the same seed draws the same of the same holding, so that a draw can be repeated."""
    names = sorted(holding.id for holding in store.holdings())
    return tuple(random.Random(seed).sample(names, min(count, len(names))))


def _targets(store: ArchiveStore, ids: Iterable[str] | None, bad: list[Bad]) -> list[_Target]:
    if ids is not None:
        wanted = list(dict.fromkeys(store.find(name).id for name in ids))
        known = _registered(store)
        return [_Target(item, store.folder(item), known.get(item, "")) for item in wanted]
    bad.extend(Bad("register", "register-broken", text) for text in store.register.verify())
    bad.extend(Bad("register", "register-broken", f"access log: {text}") for text in store.access_log.verify())
    found = [item for item in validate_root(store.storage) if item.severity is Severity.ERROR]
    bad.extend(Bad("root", "root", str(item)) for item in found)
    known = _registered(store)
    by_folder = {store.folder(item): item for item in known}
    surplus = [folder for folder in object_folders(store.storage) if folder not in by_folder]
    targets = [_Target(item, store.folder(item), digest) for item, digest in sorted(known.items())]
    return targets + [_Target(folder, folder, "") for folder in surplus]


def _registered(store: ArchiveStore) -> dict[str, str]:
    """AIP id to the digest of its newest inventory; a broken register counts as far as it can be read."""
    known: dict[str, str] = {}
    for entry in store.register.readable():
        if "aip" in entry and "inventory_sha512" in entry:
            known[entry["aip"]] = entry["inventory_sha512"]
    return known


class _Reader:
    """Inspects objects and reads their content in the pool, a bounded number ahead, in the order of the targets."""

    def __init__(self, store: ArchiveStore, pool: ThreadPoolExecutor, workers: int) -> None:
        self._store, self._pool, self._ahead = store, pool, workers * 4

    def read(self, targets: list[_Target]) -> Iterator[tuple[list[Bad], int]]:
        """Findings and bytes read of each target."""
        storage = self._store.storage
        inspections = self._window((partial(inspect_object, storage, target.folder) for target in targets), self._ahead)
        batches = (batch for pair in zip(targets, inspections, strict=True) for batch in self._batches(*pair))
        findings: list[Finding] = []
        size = 0
        for target, inspection, last, (found, read) in self._window(batches, self._ahead):
            findings.extend(found)
            size += read
            if last:
                yield self._judge(target, [*inspection.findings, *findings]), size
                findings, size = [], 0

    def _batches(self, target: _Target, inspection: Inspection) -> Iterator[Callable[[], _Batch]]:
        parts = list(batches(inspection.checks))
        for number, part in enumerate(parts, 1):
            yield partial(self._content, target, inspection, part, number == len(parts))

    def _content(self, target: _Target, inspection: Inspection, part: tuple[ContentCheck, ...], last: bool) -> _Batch:
        return target, inspection, last, _read_content(self._store.storage, target.folder, part)

    def _window(self, jobs: Iterator[Callable[[], T]], size: int) -> Iterator[T]:
        waiting: deque[Future[T]] = deque()
        for job in jobs:
            waiting.append(self._pool.submit(job))
            if len(waiting) >= size:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def _judge(self, target: _Target, findings: list[Finding]) -> list[Bad]:
        """What is wrong; looked at a second time under the object's lock, for a writer may have been at work."""
        bad = _all_bad(self._store, target, findings, target.inventory_sha512)
        if not bad:
            return []
        name = _id_of(self._store, target)
        with self._store.storage.lock(name):
            inspection = inspect_object(self._store.storage, target.folder)
            content, _ = _read_content(self._store.storage, target.folder, inspection.checks)
            in_place = self._store.folder(name) == target.folder
            registered = _registered(self._store).get(name, "") if in_place else ""
            return _all_bad(self._store, target, [*inspection.findings, *content], registered)


def _read_content(storage: Storage, folder: str, checks: tuple[ContentCheck, ...]) -> tuple[list[Finding], int]:
    findings: list[Finding] = []
    size = 0
    for check in checks:
        wrong, read = check_content(storage, folder, check)
        findings.extend(wrong)
        size += read
    return findings, size


def _id_of(store: ArchiveStore, target: _Target) -> str:
    """The id that an object's inventory gives, of one found in the storage root only."""
    if target.id != target.folder:
        return target.id
    try:
        return str(json.loads(store.storage.read(f"{target.folder}/inventory.json"))["id"])
    except (OSError, ValueError, KeyError, TypeError):
        return target.id


def _all_bad(store: ArchiveStore, target: _Target, findings: list[Finding], registered: str) -> list[Bad]:
    if not store.storage.exists(target.folder):
        return [Bad(target.id, "object-missing", f"{target.folder} is gone, the register knows the package")]
    bad = [_bad(target, item) for item in findings if item.severity is Severity.ERROR]
    if not registered:
        bad.insert(0, Bad(target.id, "object-surplus", "the register does not know this object"))
    elif not _is_registered(store, target, registered):
        bad.append(Bad(target.id, "inventory-replaced", "inventory.json is not the one that was registered"))
    return bad


def _is_registered(store: ArchiveStore, target: _Target, registered: str) -> bool:
    try:
        return sha512_bytes(store.storage.read(f"{target.folder}/inventory.json")) == registered
    except OSError:
        return False


def _bad(target: _Target, finding: Finding) -> Bad:
    if finding.code in {"E092", "E093"}:
        code = "file-missing" if finding.message == "the file is missing" else "content-damaged"
    elif finding.code in _SURPLUS_CODES and "inventory" not in finding.place:
        code = "file-surplus"
    elif finding.code in _INVENTORY_CODES or finding.place.endswith("inventory.json"):
        code = "inventory-damaged"
    else:
        code = "structure"
    return Bad(target.id, code, str(finding))


class _Pace:
    """Keeps the reading under a number of bytes a second."""

    def __init__(self, limit: int) -> None:
        self._limit, self._start = limit, time.monotonic()

    def wait(self, size: int) -> None:
        if self._limit:
            time.sleep(max(0.0, size / self._limit - (time.monotonic() - self._start)))


def _enter(store: ArchiveStore, report: FixityReport, scope: str, names: list[str], place: str) -> None:
    codes: dict[str, int] = {}
    for item in report.bad:
        codes[item.code] = codes.get(item.code, 0) + 1
    if "register-broken" in codes:
        return
    values: dict[str, Any] = {"scope": scope, "checked": report.checked, "bytes": report.bytes, "bad": codes}
    damaged = sorted({item.id for item in report.bad})
    values |= {"damaged": damaged} if 0 < len(damaged) <= _NAMED else {}
    values |= {"packages": names} if scope != "all" and len(names) <= _NAMED else {}
    store.enter("fixity check", {**values, "place": place} if place else values)
