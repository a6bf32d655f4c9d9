"""What the archive hands to the assembled program."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlmodel import Session

from archive.settings import ArchiveSettings
from erecords.clock import SystemClock
from erecords.ports import Part

if TYPE_CHECKING:
    from archive.store import ArchiveStore


def _store(home: Path) -> ArchiveStore:
    from archive.store import in_home

    return in_home(home, ArchiveSettings(), SystemClock())


def _prepare_home(home: Path) -> None:
    _store(home)


def _status(session: Session, home: Path) -> dict[str, Any]:
    from archive.keeping import open_erasures

    store = _store(home)
    holdings = store.holdings()
    return {
        "packages": len(holdings),
        "archived bytes": sum(holding.bytes for holding in holdings),
        "erased packages": sum(holding.erased for holding in holdings),
        "copies still to be erased": len(open_erasures.of(store)),
    }


def _check(session: Session, home: Path, deep: bool) -> list[str]:
    from archive.keeping import open_erasures
    from archive.keeping.fixity import verify

    store = _store(home)
    if deep:
        return [f"{bad.id}: {bad.code}: {bad.message}" for bad in verify(store).bad]
    broken = [f"register: {text}" for text in store.register.verify()]
    broken += [f"{o.aip_id}: copy in {o.place} still to be erased: {o.reason}" for o in open_erasures.of(store)]
    missing = [h.id for h in store.holdings() if not store.storage.exists(store.folder(h.id))]
    return broken + [f"{name}: object-missing: the object is not in the storage root" for name in missing]


PART = Part(
    name="archive",
    sections=(ArchiveSettings,),
    prepare_home=_prepare_home,
    settle=_prepare_home,
    status=_status,
    check=_check,
)
