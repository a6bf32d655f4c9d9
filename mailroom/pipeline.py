"""The way of a delivery through its stages, in order: identify, split, recognise, extract, suggest, file.

``prepare`` does what needs no database and may run for several deliveries at once; ``finish`` writes all that came
of it in one unit of work, in the order of the deliveries, so that numbers and results do not depend on the number
of workers. Stopped between the two, a delivery is still ``pending`` and its recognised letters lie in its work
folder, where the next run finds them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from erecords.files import make_folder, remove_folder
from erecords.store.blobs import BlobStore
from mailroom.errors import Refused, WorkerKilled
from mailroom.ports import Recognition
from mailroom.reasons import ReasonCode
from mailroom.settings import MailroomSettings
from mailroom.stages import identify as identify_stage
from mailroom.stages import split as split_stage
from mailroom.stages.identify import Identified
from mailroom.workers import WorkerPool

T = TypeVar("T")
UNLOCKED = "unlocked.pdf"
"""Name, in the work folder, of the copy that a clerk's password unlocked."""


@dataclass(frozen=True)
class Stage:
    """What one stage did."""

    stage: str
    seconds: float
    outcome: str


@dataclass(frozen=True)
class PreparedLetter:
    """One letter of a delivery, recognised, or the reason why it could not be."""

    first_page: int
    last_page: int
    source: Path
    """The letter's own file: the delivery as it came, or its pages where it is a part of it."""
    recognition: Recognition | None
    fault: str
    stages: tuple[Stage, ...]


@dataclass(frozen=True)
class Prepared:
    """A delivery that is ready to be written down."""

    delivery_id: int
    identified: Identified | None = None
    letters: tuple[PreparedLetter, ...] = ()
    refused: Refused | None = None
    warnings: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Bench:
    """Where deliveries are prepared: stores, workers and the folder of unfinished work."""

    blobs: BlobStore
    pool: WorkerPool
    settings: MailroomSettings
    folder: Path

    def folder_of(self, delivery_id: int) -> Path:
        """The work folder of a delivery."""
        return self.folder / str(delivery_id)

    def clear(self, delivery_id: int) -> None:
        """Remove a delivery's work folder."""
        remove_folder(self.folder_of(delivery_id))


def prepare(bench: Bench, delivery_id: int, sha512: str, name: str) -> Prepared:
    """Identify, split and recognise a delivery. What a hostile file may cause is an answer, never an exception.

    Raises:
        OSError: the disk is full or failing; the delivery stays pending.
        StoreDamaged: the original is missing or changed.
    """
    folder = make_folder(bench.folder_of(delivery_id))
    unlocked = folder / UNLOCKED
    path = unlocked if unlocked.is_file() else bench.blobs.verified(sha512)
    try:
        identified, first = _timed("identify", lambda: _try_twice(bench, identify_stage.identify, path, name))
        ranges, second = _timed("split", lambda: _try_twice(bench, split_stage.split, path, folder, identified))
        letters = [_letter(bench, folder, path, identified, one, (first, second)) for one in ranges.letters]
    except Refused as refused:
        return Prepared(delivery_id, refused=refused)
    except WorkerKilled as error:
        return Prepared(delivery_id, refused=Refused(ReasonCode.WORKER_KILLED, str(error)))
    if len(letters) == 1 and letters[0].recognition is None:
        return Prepared(delivery_id, identified, refused=Refused(ReasonCode.WORKER_KILLED, letters[0].fault))
    return Prepared(delivery_id, identified, tuple(letters), warnings=ranges.warnings)


def failed(delivery_id: int, error: Exception) -> Prepared:
    """The answer for a delivery on which the program itself failed; the log holds the details."""
    return Prepared(delivery_id, refused=Refused(ReasonCode.INTERNAL, type(error).__name__))
