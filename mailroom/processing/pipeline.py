"""The way of a delivery: scan, identify, expand, prepare, split, recognise, extract, suggest, file.

``make_ready`` does the first six, which need no database, and may run for several deliveries at once; ``Finisher``
writes down what came of it, in the order of the deliveries, so that numbers and results do not depend on the number
of workers. Stopped between the two, a delivery is still ``pending``, and its recognised letters lie in its work
folder, where the next run finds them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from erecords.files import make_folder, remove_folder
from erecords.store.blobs import BlobStore
from mailroom.custody.reasons import ReasonCode
from mailroom.errors import Refused, WorkerKilled, WorkerTimedOut
from mailroom.ports import Recognition, VirusScanner
from mailroom.processing import progress, recognised
from mailroom.processing.workers import WorkerPool
from mailroom.stages.expand import Expanded, expand, holds_files
from mailroom.stages.identify import Identified, identify
from mailroom.stages.kinds import Kind
from mailroom.stages.prepare import Prepared, prepare
from mailroom.stages.recognise import cut
from mailroom.stages.split import Batch, PageRange, batches, split
from mailroom.stages.spread import recognise_on

T = TypeVar("T")
_NOTHING = Expanded()
UNLOCKED = "unlocked.pdf"
"""Name, in the work folder, of the copy that a clerk's password unlocked."""


@dataclass(frozen=True)
class Stage:
    """What one stage did."""

    stage: str
    seconds: float
    outcome: str


@dataclass(frozen=True)
class ReadyLetter:
    """One letter of a delivery, recognised, or the reason why it could not be."""

    first_page: int
    last_page: int
    source: Path
    """The letter's own file: the delivery as it came, or its pages where it is a part of it."""
    whole: bool
    """Whether the letter is all of the delivery."""
    recognition: Recognition | None
    fault: str
    stages: tuple[Stage, ...]
    label: str = ""
    """The free entry number on the label of its first page."""


@dataclass(frozen=True)
class ReadyDelivery:
    """A delivery that is ready to be written down: its letters, or why it is refused."""

    delivery_id: int
    identified: Identified | None = None
    letters: tuple[ReadyLetter, ...] = ()
    refused: Refused | None = None
    expanded: Expanded = _NOTHING
    """What came out of it; also of a delivery that is refused, when its parts came out before that."""
    batches: tuple[Batch, ...] = ()
    """What cover sheets declared."""
    sheets: int = 0
    """How many separator and cover sheets lay in it."""

    @property
    def title(self) -> str:
        """What the sender called a message; else empty."""
        return dict(self.expanded.headers).get("subject", "")


@dataclass(frozen=True)
class Bench:
    """Where deliveries are made ready: the store, the workers and the folder of unfinished work."""

    blobs: BlobStore
    pool: WorkerPool
    folder: Path
    scanner: VirusScanner | None = None

    def folder_of(self, delivery_id: int) -> Path:
        """The work folder of a delivery."""
        return self.folder / str(delivery_id)

    def clear(self, delivery_id: int) -> None:
        """Remove a delivery's work folder."""
        remove_folder(self.folder_of(delivery_id))

    def run(self, seconds: float, function: Callable[..., T], *arguments: Any) -> T:
        """Run a function in a worker; where the worker died it is given a second try.

        Raises:
            WorkerKilled: it took too much time, or was killed twice.
            Refused: the function refused the file.
        """
        try:
            return self.pool.submit(function, *arguments, seconds=seconds).result()
        except WorkerTimedOut:
            raise
        except WorkerKilled:
            return self.pool.submit(function, *arguments, seconds=seconds).result()


@dataclass(frozen=True)
class Split:
    """A delivery cut into letters."""

    letters: tuple[ReadyLetter, ...] = ()
    batches: tuple[Batch, ...] = ()
    sheets: int = 0


def make_ready(
    bench: Bench, delivery_id: int, sha512: str, name: str, depth: int = 0, labels: frozenset[str] = frozenset()
) -> ReadyDelivery:
    """Scan, identify, take apart, prepare, split and recognise a delivery.

    What a hostile file may cause is an answer, no exception. ``depth`` says in how many others the delivery lies,
    ``labels`` are the entry numbers on labels that no letter has yet.

    Raises:
        OSError: the disk is full or failing; the delivery stays pending.
        StoreDamaged: the original is missing or changed.
    """
    folder = make_folder(bench.folder_of(delivery_id))
    unlocked = folder / UNLOCKED
    path = unlocked if unlocked.is_file() else bench.blobs.verified(sha512)
    settings = bench.pool.settings
    expanded = _NOTHING
    try:
        done = _scan(bench, path)
        kind, run = _timed(
            "identify",
            lambda: bench.run(settings.seconds_per_file, identify, path, name, settings, "", path == unlocked),
            _said,
        )
        done = (*done, run)
        if holds_files(kind):
            long = settings.seconds_per_file * 2
            expanded, run = _timed(
                "expand", lambda: bench.run(long, expand, path, folder, kind, depth, settings), _parts
            )
            done = (*done, run)
            kind = replace(kind, flags=(*kind.flags, *expanded.findings))
        cut = _letters(bench, folder, path, kind, done, labels) if expanded.is_letter else Split()
    except Refused as refused:
        return ReadyDelivery(delivery_id, refused=refused, expanded=expanded)
    except WorkerKilled as error:
        killed = Refused(ReasonCode.WORKER_KILLED, str(error))
        return ReadyDelivery(delivery_id, refused=killed, expanded=expanded)
    if len(cut.letters) == 1 and cut.letters[0].fault:
        killed = Refused(ReasonCode.WORKER_KILLED, cut.letters[0].fault)
        return ReadyDelivery(delivery_id, kind, refused=killed, expanded=expanded)
    return ReadyDelivery(delivery_id, kind, cut.letters, None, expanded, cut.batches, cut.sheets)


def _scan(bench: Bench, path: Path) -> tuple[Stage, ...]:
    scanner = bench.scanner
    if scanner is None:
        return ()
    return (_timed("scan", lambda: scanner.check(path), lambda _: "no virus found")[1],)


def _letters(
    bench: Bench, folder: Path, path: Path, kind: Identified, done: tuple[Stage, ...], labels: frozenset[str]
) -> Split:
    """Prepare, split and recognise; an office document that cannot be converted is a letter without renditions."""
    settings = bench.pool.settings
    long = settings.seconds_per_file + kind.pages * 2.0
    if kind.kind is Kind.OFFICE:
        long += settings.seconds_per_conversion
    try:
        prepared, second = _timed("prepare", lambda: bench.run(long, prepare, path, folder, kind, settings), _pages)
    except Refused as refused:
        if refused.reason is not ReasonCode.OFFICE_FILE:
            raise
        failure = Stage("prepare", 0.0, f"not converted: {refused.detail}")
        return Split((ReadyLetter(1, 1, path, True, None, "", (*done, failure)),))
    ranges, third = _timed("split", lambda: bench.run(long, split, prepared, settings, labels), _counted)
    prepared = replace(prepared, marks=tuple(mark for one in ranges for mark in one.marks))
    before = (*done, second, third)
    progress.note(folder, 0, prepared.pages)
    letters = tuple(
        _letter(bench, folder / str(number), prepared, one, before) for number, one in enumerate(_mail(ranges), 1)
    )
    return Split(letters, batches(ranges), len(ranges) - len(letters))


def failed(delivery_id: int, error: Exception) -> ReadyDelivery:
    """The answer for a delivery on which the program itself failed; the log holds the details."""
    return ReadyDelivery(delivery_id, refused=Refused(ReasonCode.INTERNAL, type(error).__name__))


def _letter(bench: Bench, folder: Path, prepared: Prepared, pages: PageRange, done: tuple[Stage, ...]) -> ReadyLetter:
    """Recognise one letter; its fault does not touch the next one."""
    make_folder(folder)
    whole = pages.first == 1 and pages.last == prepared.pages
    try:
        source = prepared.source if whole else cut(prepared, pages.first, pages.last, folder / "original.pdf")
        recognition, run = _timed("recognise", lambda: _recognise(bench, folder, prepared, pages), _read)
    except (Refused, WorkerKilled) as error:
        if whole and isinstance(error, Refused):
            raise
        failure = Stage("recognise", 0.0, f"failed: {error}")
        stages = (*done, failure)
        return ReadyLetter(pages.first, pages.last, prepared.source, whole, None, str(error), stages, pages.label)
    return ReadyLetter(pages.first, pages.last, source, whole, recognition, "", (*done, run), pages.label)


def _recognise(bench: Bench, folder: Path, prepared: Prepared, pages: PageRange) -> Recognition:
    """Recognise a letter on all workers; what an earlier run kept is used."""
    recognition = recognised.kept(folder)
    if recognition is None:

        def done(last: int) -> None:
            progress.note(folder.parent, last, prepared.pages)

        recognition = recognise_on(bench.pool, prepared, pages.first, pages.last, folder, done)
        recognised.keep(recognition, folder)
    progress.note(folder.parent, pages.last, prepared.pages)
    return recognition


def _timed(stage: str, work: Callable[[], T], outcome: Callable[[T], str]) -> tuple[T, Stage]:
    start = time.perf_counter()
    result = work()
    return result, Stage(stage, time.perf_counter() - start, outcome(result))


def _said(kind: Identified) -> str:
    return f"{kind.mime} {kind.puid or 'unknown to PRONOM'}"


def _pages(prepared: Prepared) -> str:
    return f"{prepared.pages} pages"


def _mail(ranges: Sequence[PageRange]) -> list[PageRange]:
    return [one for one in ranges if not one.separator]


def _parts(expanded: Expanded) -> str:
    return f"{len(expanded.parts)} files came out of it"


def _counted(ranges: Sequence[PageRange]) -> str:
    return f"{len(_mail(ranges))} letters, {sum(one.separator for one in ranges)} separator sheets"


def _read(recognition: Recognition) -> str:
    read = sum(page.source in ("ocr", "mixed") for page in recognition.pages)
    form = "PDF/A" if recognition.pdfa else "plain PDF"
    return f"{len(recognition.pages)} pages, {read} by OCR, {form}"
