"""What the registry asks of the packages built upon it, so that it need not know them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from sqlmodel import Session

from erecords.clock import Clock
from erecords.config import Section
from erecords.store.blobs import BlobStore
from erecords.store.models import Case
from erecords.store.uow import UnitOfWork


@dataclass(frozen=True)
class RecordNames:
    """A case that is to be erased, by all the names under which other packages may know it."""

    case_id: int
    references: tuple[str, ...]
    document_ids: tuple[int, ...]
    letters: tuple[str, ...]


@dataclass(frozen=True)
class Erased:
    """What an eraser removed: kind of thing, its name, digest of its bytes where it had any.

    Attributes:
        shared: whether these bytes stay for now, as a living record names them as well; the gate says so.
    """

    kind: str
    name: str
    sha512: str | None = None
    shared: bool = False

    def to_json(self) -> dict[str, Any]:
        """As tombstone and certificate keep it."""
        shown: dict[str, Any] = {"kind": self.kind, "name": self.name, "sha512": self.sha512}
        return shown | ({"shared": True} if self.shared else {})


class Eraser(Protocol):
    """What a package holds of records, and how it lets go of them. Called by the deletion gate alone."""

    name: str

    def holds(self, session: Session, records: Sequence[RecordNames]) -> dict[int, list[str]]:
        """What the package still holds, per case id, for a person to read; empty when nothing of any."""
        ...

    def erase(self, work: UnitOfWork, records: Sequence[RecordNames]) -> dict[int, list[Erased]]:
        """Erase them within the unit of work and say what, per case id.

        Blobs are named with their digest and removed by the gate after the commit.
        """
        ...

    def after_commit(self, blobs: BlobStore, records: Sequence[RecordNames]) -> None:
        """Erase what lies outside the database (caches, files) once the rows are gone; repeatable after a crash."""
        ...

    def blobs_in_use(self, session: Session, digests: tuple[str, ...]) -> set[str]:
        """Which of these stored bytes the package's living rows still name."""
        ...


@dataclass(frozen=True)
class Outlook:
    """What retention says of a case, for display."""

    rule: str | None
    trigger: str | None
    due: date | None
    disposal: str | None
    holds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Effect:
    """What moving a case into another class changes, said as if the case were closed on that day.

    Attributes:
        notes: what goes on to bind it, and who has to approve that it ends; for a person to read.
    """

    before: Outlook
    after: Outlook
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """What a package hands to the assembled program (``cli.py`` lists the parts)."""

    name: str
    sections: tuple[type[Section], ...] = ()
    load_sample: Callable[[UnitOfWork, Path, Path], None] | None = None
    """(work, folder of the city's data, home): load the package's share of a sample city."""
    make_ready: Callable[[Any], None] | None = None
    """(office) -> do once what takes long, when a sample city was loaded: its first letter need not wait for it."""
    to_pdfa: Callable[[Any], Callable[[Sequence[tuple[Path, str]], Path], Sequence[Path | str]]] | None = None
    """(office) -> a converter: (files with the names they are known under, work folder) -> PDF/A or reason of each."""
    prepare_home: Callable[[Path], None] | None = None
    """Make the package's folders in a new home."""
    settle: Callable[[Path], None] | None = None
    """(home) -> complete or drop what a stopped writer left among the stored bytes, before they are backed up."""
    erasers: tuple[Eraser, ...] = ()
    outlook: Callable[[Session, Case, Clock], Outlook] | None = None
    """Retention's view of a case."""
    moved: Callable[[UnitOfWork, Case, str, str], Effect] | None = None
    """(work, case, class it stood in, reason): keep what that class asked of the case, in the move's work."""
    tombstone: Callable[[Session, str], dict[str, Any] | None] | None = None
    """What remains of a destroyed or transferred case of that reference."""
    status: Callable[[Session, Path], dict[str, Any]] | None = None
    """Figures for ``erecords status``."""
    check: Callable[[Session, Path, bool], list[str]] | None = None
    """Findings for ``erecords check`` (last argument: deep)."""
    triggers: Callable[[Session], frozenset[str]] | None = None
    """Names of the events from which the package counts."""
    processes: Callable[[Any], Mapping[str, str]] | None = None
    """(office) -> titles of the processes of the city's register, by key."""
    replay: Callable[[Any, list[Any]], list[str]] | None = None
    """(office, lines of the ledger) -> take over what a restored backup lacks; findings for a person."""
    tables: tuple[str, ...] = field(default=())
    """Names of the package's tables that name a record; a test asks that an eraser covers each."""
