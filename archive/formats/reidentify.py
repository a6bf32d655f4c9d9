"""Identification again, after an update of the signatures: what changed becomes one new version a package.

Stopped midway it goes on where it was: a package that was done is known by the signature it was done with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from archive.errors import ArchiveError
from archive.formats.identification import Identification, engine, identify
from archive.keeping.amend import amending
from archive.metadata import model
from archive.metadata.premis import IDENTIFICATION
from archive.metadata.premis_reading import Premis, read_premis
from archive.package import SipEvent
from archive.store import ArchiveStore
from erecords.clock import Clock, instant_text

_NOTED = 64


@dataclass(frozen=True, slots=True)
class Change:
    """A file whose format is another one than before."""

    aip_id: str
    path: str
    before: str
    """PRONOM id."""
    after: str


@dataclass(frozen=True, slots=True)
class Identified:
    """What a run found."""

    tool: str
    """Program and signatures, each with version."""
    checked: int
    """Packages."""
    changes: tuple[Change, ...]
    failed: tuple[tuple[str, str], ...]
    """Id and reason of packages that could not be read; they stay due."""


def identify_again(
    store: ArchiveStore,
    clock: Clock,
    *,
    agent: str,
    names: Iterable[str] | None = None,
    dry_run: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Identified:
    """Identify the files of packages again and write new object metadata where the format is another one.

    Args:
        store: the archive.
        clock: for the instant.
        agent: who had it done.
        names: ids or references; None takes all that were not identified with the present signatures.
        dry_run: only say what would change.
        progress: called with packages done and their total.

    Raises:
        erecords.errors.NotFound: one of ``names`` is not in the archive.
    """
    tool = engine()
    store.holdings()
    due = store.catalogue.identified_otherwise(tool) if names is None else [store.find(name).id for name in names]
    changes: list[Change] = []
    failed: list[tuple[str, str]] = []
    sound: list[str] = []
    for done, aip_id in enumerate(due, 1):
        try:
            found = _one(store, clock, aip_id, agent, tool, dry_run)
        except (ArchiveError, OSError) as error:
            failed.append((aip_id, str(error)))
        else:
            changes += found
            sound += [] if found else [aip_id]
        if not dry_run and (len(sound) >= _NOTED or done == len(due)):
            store.catalogue.note_identified(sound, tool)
            sound.clear()
        progress(done, len(due))
    if due and not dry_run:
        counts = {"checked": len(due), "changed": len({c.aip_id for c in changes}), "failed": [i for i, _ in failed]}
        store.enter(IDENTIFICATION, {"tool": tool, **counts})
    return Identified(tool, len(due), tuple(changes), tuple(failed))


def _one(store: ArchiveStore, clock: Clock, aip_id: str, agent: str, tool: str, dry_run: bool) -> list[Change]:
    found = store.inventory(aip_id)
    if found is None:
        raise FileNotFoundError(f"the object of {aip_id} is missing from the storage root")
    folder, inventory = store.folder(aip_id), found[0]
    with store.storage.open(f"{folder}/{inventory.content_path(model.PREMIS)}") as stream:
        premis = read_premis(stream)
    paths = [(store.root / folder / inventory.content_path(file.path), file.path) for file in premis.files]
    with store.scratch() as links:
        result = identify(paths, links)
    changes = _changes(aip_id, premis, result)
    if not changes or dry_run:
        return changes
    formats = dict(zip((file.path for file in premis.files), result.formats, strict=True))
    with amending(store, aip_id, clock, agent=agent, message=f"Formats identified again by {tool}") as amendment:
        for change in changes:
            amendment.set_format(change.path, formats[change.path])
        told = "; ".join(f"{c.path}: {c.before} is now {c.after}" for c in changes)
        amendment.event(
            SipEvent(IDENTIFICATION, instant_text(clock.now()), f"PRONOM ids by {tool}", f"changed: {told}", tool)
        )
    return changes


def _changes(aip_id: str, premis: Premis, result: Identification) -> list[Change]:
    pairs = zip(premis.files, result.formats, strict=True)
    return [Change(aip_id, old.path, old.puid, new.puid) for old, new in pairs if old.puid != new.puid]
