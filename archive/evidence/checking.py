"""Verifying evidence against the holding, giving it out, and verifying what was given out without the archive."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from archive.access.copying import new_folder, write_new
from archive.access.export import ExportForm, export
from archive.errors import ArchiveError
from archive.evidence.book import Batch, Book
from archive.evidence.hashtree import digest
from archive.evidence.objects import folder_digests, stored_digests
from archive.evidence.record import Proof, record_bytes, verify_record
from archive.evidence.structures import read_record
from archive.evidence.timestamp import Trust
from archive.keeping.fixity import Bad
from archive.store import ArchiveStore
from erecords.errors import InputRefused, NotFound
from erecords.files import safe_name

RECORD, CERTIFICATES = "evidence.ers", "authority.pem"
_README = """The folder that ends in _eark is a package of an archive. evidence.ers proves that it existed, as it is,
at an instant.

evidence.ers    EvidenceRecord of RFC 4998, in DER. Its data objects are the files of the package, equal ones once.
authority.pem   certificates of the time-stamp authority that the archive trusts; compare them with the authority's own.

To verify: erecords archive evidence verify --export FOLDER --trust CERTIFICATES, or any program for RFC 4998.
"""


@dataclass(frozen=True, slots=True)
class EvidenceReport:
    """What was verified and found."""

    checked: int
    """Versions of packages."""
    statements: int
    """Statements of the holding."""
    until: datetime | None
    """The earliest instant at which evidence must be renewed."""
    bad: tuple[Bad, ...]


def record_of(store: ArchiveStore, name: str) -> tuple[str, bytes]:
    """Version and evidence record (DER) of the newest version of a package.

    Raises:
        NotFound: there is no such package, or no evidence of it yet.
    """
    holding = store.find(name)
    key = (holding.id, holding.head)
    batch = Book(store.storage).where.get(key)
    if batch is None:
        raise NotFound(f"{holding.reference} {holding.head} has no evidence yet. Run: erecords archive evidence create")
    return holding.head, record_bytes(batch.chains_for(key))


def verify_evidence(
    store: ArchiveStore,
    trust: Trust,
    names: Iterable[str] | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> EvidenceReport:
    """Verify the evidence of packages against their stored bytes; without names all of it, statements too.

    Findings: ``evidence-missing``, ``evidence-broken`` (the record does not prove the package as it is),
    ``register-changed`` (the register is not the one that a statement was made over).

    Raises:
        NotFound: one of ``names`` is not in the archive.
    """
    book = Book(store.storage)
    holdings = store.holdings() if names is None else tuple(store.find(name) for name in names)
    bad: list[Bad] = []
    until: list[datetime] = []
    checked = 0
    for done, holding in enumerate(holdings, 1):
        if not holding.erased:
            for version in [f"v{number}" for number in range(1, holding.versions + 1)]:
                checked += 1
                until += _verify_one(store, book, trust, (holding.id, version), bad)
        progress(done, len(holdings))
    batches = book.batches if names is None else ()
    for batch in batches:
        until += _verify_statement(store, batch, trust, bad)
    return EvidenceReport(checked, len(batches), min(until, default=None), tuple(bad))


def _verify_one(store: ArchiveStore, book: Book, trust: Trust, key: tuple[str, str], bad: list[Bad]) -> list[datetime]:
    aip, version = key
    try:
        batch = book.where.get(key)
        found = store.inventory(aip)
        if batch is None or found is None:
            what = "has no evidence; run: erecords archive evidence create" if found else "is not in the storage root"
            bad.append(Bad(aip, "evidence-missing", f"{version} {what}"))
            return []
        inventory, algorithms = found[0], tuple({chain.algorithm for chain in batch.chains})
        digests = stored_digests(store, inventory, version, algorithms)
        proof = verify_record(record_bytes(batch.chains_for(key)), digests.__getitem__, trust, store.clock.now())
    except ArchiveError as error:
        bad.append(Bad(aip, "evidence-broken", f"{version}: {error}"))
        return []
    return [proof.until]


def _verify_statement(store: ArchiveStore, batch: Batch, trust: Trust, bad: list[Bad]) -> list[datetime]:
    try:
        data = batch.statement()
        record = record_bytes(batch.chains_for(("", "")))
        proof = verify_record(record, lambda name: frozenset({digest(name, data)}), trust, store.clock.now())
        statement = json.loads(data)
    except ArchiveError as error:
        bad.append(Bad(f"holding {batch.name}", "evidence-broken", str(error)))
        return []
    if not _in_register(store, statement):
        message = (
            f"entry {statement['sequence']} is not the one of {statement['at']}: compare with the register of a copy"
        )
        bad.append(Bad("register", "register-changed", message))
    return [proof.until]


def _in_register(store: ArchiveStore, statement: dict[str, Any]) -> bool:
    if not statement["sequence"]:
        return True
    wanted = int(statement["sequence"])
    return any(
        entry["sequence"] == wanted and entry["hash"] == statement["register_hash"]
        for entry in store.register.readable()
    )


def export_evidence(store: ArchiveStore, name: str, to: Path, trust: Trust, *, actor: str) -> Path:
    """Give out a package as E-ARK AIP with its evidence record and the certificates, and return the new folder.

    Raises:
        NotFound: there is no such package, or no evidence of it yet.
        archive.errors.Erased: only the stub is left.
        archive.errors.ObjectDamaged: stored bytes are damaged; nothing was given out.
        erecords.errors.Conflict: the target folder exists.
    """
    version, record = record_of(store, name)
    holding = store.find(name)
    target = to / safe_name(f"{holding.reference.replace('/', '_')}_{version}_evidence")
    with new_folder(target) as work:
        export(store, name, ExportForm.EARK, work, actor=actor)
        write_new(work / RECORD, record)
        write_new(work / CERTIFICATES, trust.pem)
        write_new(work / "README.txt", _README.encode())
    return target


def verify_export(folder: Path, trust: Trust, now: datetime) -> Proof:
    """Verify what `export_evidence` gave out, from its folder alone.

    Raises:
        InputRefused: the folder holds no record or not one package.
        EvidenceBroken: the record does not prove the package as it is.
    """
    packages = [path for path in folder.iterdir() if path.is_dir() and not path.is_symlink()] if folder.is_dir() else []
    if len(packages) != 1 or not (folder / RECORD).is_file():
        raise InputRefused(f"{folder} does not hold one package and {RECORD}; nothing was verified.")
    record = (folder / RECORD).read_bytes()
    algorithms = tuple({chain[0].algorithm for chain in read_record(record)})
    return verify_record(record, folder_digests(packages[0], algorithms).__getitem__, trust, now)
