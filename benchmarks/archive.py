"""Speed of the archive against the bare work of the machine, in one run; prints ratios.

Usage: python benchmarks/archive.py [--folder DIR] [--large MEGABYTES] [--small PACKAGES] [--listed PACKAGES]

Large files: read, SHA-512, write and fsync done bare, against ingest (which also identifies, describes, reads back and
registers); SHA-512 over the same files on all cores done bare, against verify. Each pair is run three times in turn and
the median taken. Small packages: ingested a second, in threads; time to list and to open one; memory.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from archive.catalogue import Catalogue, Holding, PackageFormats
from archive.ingest import ingest
from archive.keeping.fixity import verify
from archive.package import FileRole, Rights, Sip, SipDocument, SipFile
from archive.settings import ArchiveSettings
from archive.store import ArchiveStore, create_archive
from erecords.clock import SystemClock
from erecords.digest import sha512_file
from erecords.files import fsync_folder

CHUNK = 1 << 20


def make_file(folder: Path, number: int, size: int) -> SipFile:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{number}.bin"
    block = os.urandom(CHUNK)
    with path.open("wb") as stream:
        for start in range(0, size, CHUNK):
            stream.write(block[: min(CHUNK, size - start)])
        stream.write(number.to_bytes(4, "big"))
    digest, length = sha512_file(path)
    return SipFile(
        path,
        f"documents/D-1/{number}.bin",
        digest,
        length,
        "application/octet-stream",
        FileRole.ORIGINAL,
        "D-1",
        path.name,
    )


def package(reference: str, files: tuple[SipFile, ...]) -> Sip:
    return Sip(
        reference=reference,
        title=f"Akte {reference}",
        class_notation="22.31",
        class_title="Gewerbeanzeigen",
        unit="32",
        opened=None,
        closed=None,
        description={},
        documents=(SipDocument("D-1", "Dokument", "letter", None, ""),),
        files=files,
        audit_excerpt=(),
        rights=Rights(),
        agent="benchmark",
        basis="",
    )


def bare_ingest(files: tuple[SipFile, ...], target: Path) -> None:
    target.mkdir()
    for file in files:
        digest = hashlib.sha512()
        with file.path.open("rb") as source, (target / file.path.name).open("wb") as stream:
            while chunk := source.read(CHUNK):
                digest.update(chunk)
                stream.write(chunk)
            stream.flush()
            os.fsync(stream.fileno())
    fsync_folder(target)


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def large(folder: Path, megabytes: int) -> None:
    files = tuple(make_file(folder / "src", number, megabytes // 4 << 20) for number in range(4))
    size = sum(file.bytes for file in files) / 1e6
    bare_in, ours_in, bare_check, ours_check = [], [], [], []
    for turn in range(3):
        bare_in.append(seconds(lambda turn=turn: bare_ingest(files, folder / f"bare{turn}")))
        store = create_archive(folder / f"archive{turn}", ArchiveSettings(), SystemClock())
        ours_in.append(seconds(lambda store=store: ingest(store, package("large", files), SystemClock(), agent="b")))
        shutil.rmtree(folder / f"bare{turn}")
        stored = [path for path in store.root.rglob("content/**/*") if path.is_file()]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            bare_check.append(seconds(lambda pool=pool, stored=stored: list(pool.map(sha512_file, stored))))
        ours_check.append(seconds(lambda store=store: verify(store)))
        shutil.rmtree(store.root)
    report("ingest of large files", size, bare_in, ours_in)
    report("verify of large files", size, bare_check, ours_check)


def report(name: str, size: float, bare: list[float], ours: list[float]) -> None:
    one, two = statistics.median(bare), statistics.median(ours)
    print(f"{name}: bare {size / one:.0f} MB/s, archive {size / two:.0f} MB/s, ratio {one / two:.2f}")


def small(folder: Path, count: int) -> None:
    store = create_archive(folder / "small", ArchiveSettings(), SystemClock())
    file = make_file(folder / "few", 0, 20_000)
    ingest(store, package("first", (file,)), SystemClock(), agent="b")
    names = [f"22.31-2026/{number:06d}" for number in range(count)]
    tenth = max(count // 10, 1)
    first = memory()
    rates = []
    with ThreadPoolExecutor(4) as pool:
        whole = time.perf_counter()
        for start in range(0, count, tenth):
            part = names[start : start + tenth]
            took = seconds(lambda part=part: list(pool.map(lambda name: one(store, name, file), part)))
            rates.append(len(part) / took)
        whole = time.perf_counter() - whole
    print(
        f"small packages: {count / whole:.0f} a second over {count}; by tenths {', '.join(f'{r:.0f}' for r in rates)}"
    )
    print(f"memory: {first} MB before, {memory()} MB after {count}")
    print(f"list of {count}: {seconds(store.holdings) * 1000:.0f} ms")
    times = sorted(seconds(lambda name=name: store.package(name)) * 1000 for name in names[:: max(count // 200, 1)])
    print(f"opening one: median {statistics.median(times):.1f} ms, slowest {times[-1]:.1f} ms of {len(times)}")
    took = seconds(lambda: verify(store))
    print(f"verify of {count} small packages: {count / took:.0f} a second")
    print(f"memory: {memory()} MB after the check")


def listing(folder: Path, count: int) -> None:
    """The list alone, with as many packages as a large archive has: it does not touch the objects."""
    catalogue = Catalogue(folder / "catalogue.db")
    for number in range(count):
        name = f"22.31-2026/{number:06d}"
        row = Holding(
            f"erecords:case:{name}", name, f"Akte {number}", 1, 1, "2026-01-01", "22.31", "32", "v1", "0" * 128, False
        )
        catalogue.put(row, {"title": row.title}, number + 1, PackageFormats("t", (("fmt/477", "PDF/A", 3, 60_000, 0),)))
    print(f"list of {count}: {seconds(catalogue.all) * 1000:.0f} ms; ", end="")
    print(f"finding one: {seconds(lambda: catalogue.find(name)) * 1000:.2f} ms; ", end="")
    print(f"formats of all: {seconds(catalogue.formats) * 1000:.0f} ms")


def one(store: ArchiveStore, name: str, file: SipFile) -> None:
    ingest(store, package(name, (file,)), SystemClock(), agent="b")


def memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--folder", type=Path, help="where to work; must be on the disk that is measured")
    options.add_argument("--large", type=int, default=1024, help="megabytes of large files")
    options.add_argument("--small", type=int, default=1000, help="number of small packages")
    options.add_argument("--listed", type=int, default=100_000, help="number of packages in the list")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as name:
        large(Path(name), chosen.large)
        small(Path(name), chosen.small)
        listing(Path(name), chosen.listed)


if __name__ == "__main__":
    main()
