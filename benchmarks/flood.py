"""Drop thousands of files at once before a running mail room, and watch whether it keeps up.

    python benchmarks/flood.py [--files 3000] [--json FILE]

Each file is a PDF of one page with a text of its own, so that the way of a file is measured and not Tesseract; all are
renamed into the drop folder in a moment. Printed for each tenth of the files: milliseconds of CPU time a file (workers
included), memory of the mail room and of its workers, and how long ``status`` took to answer beside it. At the end
``mail custody`` and the entry numbers prove that none was lost and none came twice.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sqlite3
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from erecords.sample_city.program import Program

ACTOR = "u-post1"
_PAUSE = 2.0
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Mark:
    """What was seen when so many files were done."""

    done: int
    seconds: float
    cpu: float
    main_mb: float
    worker_mb: float
    """Of the largest worker."""
    status_seconds: float


def letters(folder: Path, count: int) -> list[Path]:
    """PDFs of one page with a text layer, no two alike in a word that counts."""
    from fpdf import FPDF

    folder.mkdir(parents=True)
    made = []
    for number in range(count):
        pdf = FPDF()
        pdf.add_page()
        pdf.set_font("Helvetica", size=11)
        text = (
            f"zu Ihrem Bescheid {number:06d} bitte ich um Aufschub. {number + 100} Euro kann ich vorher nicht zahlen."
        )
        pdf.multi_cell(0, 7, f"Konto {number * 7919:09d}\n\nSehr geehrte Damen und Herren,\n\n{text}")
        made.append(folder / f"{number:06d}.pdf")
        made[-1].write_bytes(bytes(pdf.output()))
    return made


def processes(group: int) -> list[tuple[int, float, float]]:
    """Of each living process of a group: its id, CPU seconds with ended children, megabytes in memory."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[2]) == group:
            seconds = sum(int(fields[index]) for index in range(11, 15)) / _TICK
            found.append((int(path.parent.name), seconds, int(fields[21]) * resource.getpagesize() / 1e6))
    return found


def counted(home: Path) -> int:
    """Files that are worked off."""
    with sqlite3.connect(home / "records.db", timeout=60) as database:
        return int(database.execute("SELECT count(*) FROM delivery WHERE state <> 'pending'").fetchone()[0])


def flood(folder: Path, count: int) -> tuple[list[Mark], dict[str, object]]:
    """Drop ``count`` files before a running mail room; the marks on the way, and what custody says at the end."""
    home = folder / "home"
    erecords = Program(home)
    erecords.run(None, "init", "--sample-city")
    inbox = home / "inbox" / "poststelle"
    inbox.mkdir()
    files = letters(folder / "letters", count)
    marks: list[Mark] = []
    with erecords.running(folder / "watch.log", ACTOR, "mail", "watch") as watch:
        while "Watching" not in (folder / "watch.log").read_text(encoding="utf-8"):
            time.sleep(0.2)
        start = time.monotonic()
        for file in files:
            file.rename(inbox / file.name)
        while (done := counted(home)) < count:
            if done >= (len(marks) + 1) * count / 10:
                marks.append(_mark(erecords, watch.pid, done, start))
                print(marks[-1], file=sys.stderr, flush=True)
            time.sleep(_PAUSE)
        marks.append(_mark(erecords, watch.pid, done, start))
    custody = erecords.run(ACTOR, "mail", "custody")
    with sqlite3.connect(home / "records.db") as database:
        numbers = [int(number[-7:]) for (number,) in database.execute("SELECT number FROM letter")]
    custody["letters"] = len(numbers)
    custody["gap_free"] = sorted(numbers) == list(range(1, count + 1))
    return marks, custody


def _mark(erecords: Program, group: int, done: int, start: float) -> Mark:
    found = processes(group)
    asked = time.monotonic()
    erecords.run(ACTOR, "status")
    workers = [size for pid, _, size in found if pid != group]
    return Mark(
        done,
        time.monotonic() - start,
        sum(seconds for _, seconds, _ in found),
        next(size for pid, _, size in found if pid == group),
        max(workers, default=0.0),
        time.monotonic() - asked,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=3000)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="flood-") as name:
        marks, custody = flood(Path(name), arguments.files)
    print(f"{'done':>6} {'CPU ms/file':>12} {'mail room MB':>13} {'worker MB':>10} {'status s':>9} {'wall s':>8}")
    before = Mark(0, 0.0, 0.0, 0.0, 0.0, 0.0)
    for mark in marks:
        cost = (mark.cpu - before.cpu) / max(1, mark.done - before.done) * 1000
        print(f"{mark.done:>6} {cost:>12.0f} {mark.main_mb:>13.0f} {mark.worker_mb:>10.0f} {mark.status_seconds:>9.2f} "
              f"{mark.seconds:>8.0f}")  # fmt: skip
        before = mark
    print(f"custody: {custody}")
    if arguments.json:
        arguments.json.write_text(
            json.dumps({"marks": [asdict(mark) for mark in marks], "custody": custody}, indent=2), encoding="utf-8"
        )
    whole = custody["complete"] and custody["gap_free"] and custody["processed"] == arguments.files
    raise SystemExit(0 if whole else 1)


if __name__ == "__main__":
    main()
