"""Packages from outside: each kind is read into the values of a submission, or refused with all findings."""

from __future__ import annotations

from pathlib import Path

from archive.ingest import ingest
from archive.intake.bagit import read_bag
from archive.intake.eark import read_eark
from archive.intake.folder import METADATA, read_folder
from archive.intake.reading import PackageRead, require_sound
from archive.intake.unpack import is_packed, unpack
from archive.intake.xdomea import find_message, read_xdomea
from archive.metadata.model import METS
from archive.package import Receipt
from archive.ports import Normaliser
from archive.store import ArchiveStore
from erecords.clock import Clock


def take_in(
    store: ArchiveStore, path: Path, clock: Clock, *, agent: str, converter: Normaliser | None = None
) -> Receipt:
    """Archive a package from outside: a bag, an xdomea 0503 ZIP, an E-ARK SIP, or a folder with ``metadata.csv``.

    A packed one (ZIP, tar) is unpacked into a folder of the archive's own work space first.

    Raises:
        archive.errors.PackageRefused: with all findings; nothing was written.
    """
    with store.scratch() as work:
        found = read_package(path, work)
        remarks = [str(remark) for remark in found.warnings]
        return ingest(store, require_sound(found, path), clock, agent=agent, converter=converter, remarks=remarks)


def read_package(path: Path, work: Path) -> PackageRead:
    """Read a package of any known kind; ``work`` takes what is unpacked.

    Raises:
        archive.errors.PackageRefused: it cannot even be unpacked.
    """
    folder = path
    if not path.is_dir():
        folder = work / "unpacked"
        unpack(path, folder)
    top = _top(folder) if is_packed(path) else folder
    name = path.name.partition(".")[0] if top == folder else top.name
    if (top / "bagit.txt").exists() or (any(top.glob("manifest-*.txt")) and (top / "data").is_dir()):
        return read_bag(top, name)
    if (top / METADATA).exists():
        return read_folder(top, name)
    message = None if (top / METS).exists() else find_message(top)
    if message is not None:
        return read_xdomea(top, message)
    return read_eark(top, name)


def _top(folder: Path) -> Path:
    """The one folder at the top of what was unpacked, else the place itself."""
    inside = list(folder.iterdir())
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else folder
