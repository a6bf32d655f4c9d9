"""Making evidence: a time stamp over new packages and the count of the holding, and its two renewals (RFC 4998)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from archive.errors import ArchiveError, ObjectDamaged
from archive.evidence.book import LEAVES, STATEMENT, Batch, Book, Leaf, leaves_bytes, tree_over
from archive.evidence.hashtree import digest, grow, reduce
from archive.evidence.objects import registered_digests, stored_digests
from archive.evidence.record import sequence_bytes, stamped_root
from archive.evidence.structures import archive_time_stamp
from archive.evidence.timestamp import Authority, Trust
from archive.ocfl.inventory import Inventory
from archive.storage.local import EVIDENCE_FOLDER as FOLDER
from archive.store import ArchiveStore
from erecords.clock import instant_text
from erecords.digest import canonical_json

_LOCK = "evidence"
STATEMENT_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Made:
    """What was time-stamped."""

    batches: tuple[str, ...]
    versions: int
    """Versions of packages under the new time stamp."""
    at: datetime | None
    """The instant that the authority attests; None when there was nothing to renew."""
    authority: str
    failed: tuple[tuple[str, str], ...]
    """Package or batch, and why it was left out."""


def create(store: ArchiveStore, authority: Authority, trust: Trust) -> Made:
    """Time-stamp every version of a package that has no evidence yet, together with a statement of the holding.

    The statement holds the head of the register and the number of packages: made daily it is the signed holding count.
    Stopped midway nothing is stored. Damaged packages are left out and named.

    Raises:
        archive.errors.NoTimeStamp: the authority gave none.
        archive.errors.EvidenceBroken: its time stamp does not verify with the certificates trusted.
    """
    with store.storage.lock(_LOCK):
        book = Book(store.storage)
        algorithm = store.settings.evidence_digest
        failed: list[tuple[str, str]] = []
        statement = holding_statement(store)
        leaves = [Leaf("", "", (digest(algorithm, statement),)), *_new_leaves(store, book, algorithm, failed)]
        tree = tree_over(algorithm, leaves)
        token = authority.stamp(algorithm, tree.root)
        stamp = trust.check(token, algorithm, tree.root)
        name = book.next_name()
        chain = f"chain-01-{algorithm}"
        files = {
            STATEMENT: statement,
            f"{chain}/{LEAVES}": leaves_bytes(leaves),
            f"{chain}/0001.ats": archive_time_stamp(algorithm, (), token).der,
        }
        _write(store, f"{FOLDER}/{name}", files)
        values = {"batches": [name], "versions": len(leaves) - 1, "root": tree.root.hex(), "digest": algorithm}
        store.enter("evidence", {**values, "time": instant_text(stamp.at)})
    return Made((name,), len(leaves) - 1, stamp.at, stamp.authority, tuple(failed))


def holding_statement(store: ArchiveStore) -> bytes:
    """How many packages there are, and the head of the register, in canonical JSON."""
    holdings = store.holdings()
    last = store.register.last()
    values = {
        "format": STATEMENT_FORMAT,
        "at": instant_text(store.clock.now()),
        "sequence": last["sequence"] if last else 0,
        "register_hash": last["hash"] if last else "",
        "packages": len(holdings),
        "erased": sum(holding.erased for holding in holdings),
        "bytes": sum(holding.bytes for holding in holdings),
    }
    return canonical_json(values) + b"\n"


def _new_leaves(store: ArchiveStore, book: Book, algorithm: str, failed: list[tuple[str, str]]) -> Iterator[Leaf]:
    for holding in store.holdings():
        if holding.erased or (holding.id, holding.head) in book.where:
            continue
        try:
            inventory = _sound(store, holding.id, holding.inventory_sha512)
            for version in inventory.versions:
                if (holding.id, version) not in book.where:
                    found = _checked(store, inventory, version, algorithm)
                    yield Leaf(holding.id, version, tuple(sorted(found)))
        except (ArchiveError, OSError) as error:
            failed.append((holding.id, str(error)))


def _sound(store: ArchiveStore, aip_id: str, inventory_sha512: str) -> Inventory:
    found = store.inventory(aip_id)
    if found is None or found[1] != inventory_sha512:
        raise ObjectDamaged(f"The inventory of {aip_id} is not the registered one. Run: erecords archive verify --all")
    return found[0]


def _checked(store: ArchiveStore, inventory: Inventory, version: str, algorithm: str) -> frozenset[bytes]:
    """Digests of a version: SHA-512 from the inventory, another from the bytes, which are held against the former."""
    expected = registered_digests(inventory, version)
    if algorithm == "sha512":
        return expected
    found = stored_digests(store, inventory, version, ("sha512", algorithm))
    if found["sha512"] != expected:
        raise ObjectDamaged(f"{inventory.id} {version} is damaged; repair it first: erecords archive repair")
    return found[algorithm]


def renew_time_stamps(store: ArchiveStore, authority: Authority, trust: Trust) -> Made:
    """Put the newest time stamp of every batch under a new one (RFC 4998 section 5.2), one for each digest in use.

    Needed before the certificate behind the newest time stamp runs out. Stopped midway, what was done is good; ask
    again. Batches whose newest time stamp is broken are left out and named.

    Raises:
        archive.errors.NoTimeStamp: the authority gave none.
        archive.errors.EvidenceBroken: its time stamp does not verify.
    """
    with store.storage.lock(_LOCK):
        failed: list[tuple[str, str]] = []
        by_digest: dict[str, list[tuple[Batch, bytes]]] = {}
        for batch in Book(store.storage).batches:
            try:
                chain = batch.chains[-1]
                newest = chain.stamps[-1]
                trust.check(newest.token, chain.algorithm, stamped_root(newest))
            except ArchiveError as error:
                failed.append((batch.name, str(error)))
                continue
            item = digest(chain.algorithm, newest.token)
            by_digest.setdefault(chain.algorithm, []).append((batch, item))
        made: Made = Made((), 0, None, "", tuple(failed))
        for algorithm, members in by_digest.items():
            made = _renew(store, authority, trust, algorithm, members, made)
    return made


def _renew(
    store: ArchiveStore, authority: Authority, trust: Trust, algorithm: str, members: list[tuple[Batch, bytes]],
    before: Made,
) -> Made:  # fmt: skip
    tree = grow(algorithm, [item for _, item in members])
    token = authority.stamp(algorithm, tree.root)
    stamp = trust.check(token, algorithm, tree.root)
    for position, (batch, item) in enumerate(members):
        chain = batch.chains[-1]
        data = archive_time_stamp(algorithm, reduce((item,), tree.siblings(position)), token).der
        _write(store, chain.folder, {f"{len(chain.stamps) + 1:04d}.ats": data})
    names = tuple(batch.name for batch, _ in members)
    versions = sum(len(batch.chains[-1].leaves) - 1 for batch, _ in members)
    values = {"batches": list(names), "versions": versions, "root": tree.root.hex(), "digest": algorithm}
    store.enter("evidence renewal", {**values, "time": instant_text(stamp.at)})
    return Made((*before.batches, *names), before.versions + versions, stamp.at, stamp.authority, before.failed)


def renew_hash_trees(store: ArchiveStore, authority: Authority, trust: Trust, algorithm: str) -> Made:
    """Hash everything anew with another digest, under one new time stamp (RFC 4998 section 5.2, hash-tree renewal).

    Needed before a digest grows weak. Every stored byte is read and held against its SHA-512. Erased packages are left
    out. Stopped midway, what was done is good; ask again.

    Raises:
        ObjectDamaged: a package is damaged; nothing was stored, repair it first.
        archive.errors.NoTimeStamp: the authority gave none.
        archive.errors.EvidenceBroken: stored evidence or the new time stamp does not verify.
    """
    with store.storage.lock(_LOCK):
        book = Book(store.storage)
        batches = [batch for batch in book.batches if batch.chains[-1].algorithm != algorithm]
        if not batches:
            return Made((), 0, None, "", ())
        leaves = [tuple(_rehashed(store, batch, algorithm)) for batch in batches]
        roots = [tree_over(algorithm, part).root for part in leaves]
        tree = grow(algorithm, roots)
        token = authority.stamp(algorithm, tree.root)
        stamp = trust.check(token, algorithm, tree.root)
        for position, batch in enumerate(batches):
            lists = reduce((roots[position],), tree.siblings(position))
            files = {LEAVES: leaves_bytes(leaves[position])}
            files["0001.ats"] = archive_time_stamp(algorithm, lists, token).der
            _write(store, f"{batch.folder}/chain-{len(batch.chains) + 1:02d}-{algorithm}", files)
        names = tuple(batch.name for batch in batches)
        versions = sum(len(part) - 1 for part in leaves)
        values = {"batches": list(names), "versions": versions, "root": tree.root.hex(), "digest": algorithm}
        store.enter("evidence renewal", {**values, "time": instant_text(stamp.at), "hash_tree": True})
    return Made(names, versions, stamp.at, stamp.authority, ())


def _rehashed(store: ArchiveStore, batch: Batch, algorithm: str) -> Iterator[Leaf]:
    """The leaves of a batch with ``h(i)' = H(h(i) + ha(i))``, where ``ha(i)`` is over all older chains of the group."""
    erased = {holding.id for holding in store.holdings() if holding.erased}
    for leaf in batch.chains[-1].leaves:
        if leaf.aip in erased:
            continue
        if leaf.aip:
            holding = store.find(leaf.aip)
            inventory = _sound(store, leaf.aip, holding.inventory_sha512)
            objects: Sequence[bytes] = tuple(_checked(store, inventory, leaf.version, algorithm))
        else:
            objects = (digest(algorithm, batch.statement()),)
        older = digest(algorithm, sequence_bytes(batch.chains_for(leaf.key)))
        renewed = sorted(digest(algorithm, item + older) for item in objects)
        yield Leaf(leaf.aip, leaf.version, tuple(renewed))


def _write(store: ArchiveStore, folder: str, files: dict[str, bytes]) -> None:
    with store.storage.stage(folder) as stage:
        for name, data in files.items():
            with stage.create(name) as stream:
                stream.write(data)
        stage.seal()
        stage.publish()
        stage.finish()
