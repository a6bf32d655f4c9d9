"""Read the files of a corpus folder on a pool of workers, each once for all tests of a module."""

from __future__ import annotations

import csv
import resource
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from mailroom.errors import Refused
from mailroom.ports import Recognition
from mailroom.processing.workers import WorkerPool
from mailroom.settings import MailroomSettings
from mailroom.stages.identify import Identified, identify
from mailroom.stages.pages import Pages
from mailroom.stages.recognise import recognise

CORPUS = Path(__file__).parents[2] / "../shared/corpus"
SECONDS = 30
"""Of computing: what is examined longer, and each page that is read longer, is stopped and fails its test."""
needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason="../shared/corpus is not here")


@dataclass(frozen=True)
class Outcome:
    """What became of a file: refused with a reason, or identified and recognised."""

    kind: Identified | None
    found: Recognition | None
    refused: Refused | None
    peak: int
    """Most memory of a worker so far, in megabytes."""
    layer: str = ""
    """The text of the rendition as a reader program extracts it."""

    @property
    def reason(self) -> str:
        return self.refused.reason.value if self.refused else ""

    @property
    def flags(self) -> set[str]:
        found = self.found.findings if self.found else ()
        return {flag.partition(":")[0] for flag in found}


def read(pool: WorkerPool, path: Path, work: Path) -> Outcome:
    """The way of a file through identify and recognise, each in a worker.

    Only functions of the mail room are given to workers: an installed package has a ``tests`` of its own, which a
    spawned process would find before this folder.
    """
    kind = found = refused = None
    layer = ""
    try:
        kind = pool.submit(identify, path, path.name, pool.settings, seconds=SECONDS).result()
        found = pool.submit(recognise, path, work, kind, pool.settings, seconds=SECONDS * kind.pages).result()
    except Refused as error:
        refused = error
    peak = pool.submit(resource.getrusage, resource.RUSAGE_SELF, seconds=SECONDS).result().ru_maxrss // 1024
    if found:
        with Pages(found.rendition) as pages:
            layer = "\f".join(pages.words(number)[1] for number in range(1, len(pages) + 1))
    return Outcome(kind, found, refused, peak, layer)


def manifest(folder: str) -> dict[str, dict[str, str]]:
    """The lines of the manifest for one folder, by file name; empty where the corpus is absent."""
    if not CORPUS.is_dir():
        return {}
    with (CORPUS / "MANIFEST.tsv").open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {row["file"].partition("/")[2]: row for row in rows if row["file"].startswith(f"{folder}/")}


@contextmanager
def read_folder(folder: str, work: Path) -> Iterator[Callable[[str], Outcome]]:
    """Read all files of a folder of the corpus on all cores; asked for a file by name, its outcome is awaited."""
    files = sorted(path for path in (CORPUS / folder).iterdir() if path.is_file())
    with WorkerPool(MailroomSettings()) as pool, ThreadPoolExecutor(pool.workers) as threads:
        futures = {path.name: threads.submit(read, pool, path, work / str(number)) for number, path in enumerate(files)}
        yield lambda name: futures[name].result()
