"""What hostile files cost a mail room: CPU time, time by the clock and memory of ``erecords mail take``, file by file.

Each file goes through a mail room of its own process, from the command to the answer; the memory is the most that the
command, its workers and all that they start held in one moment. Beside the files of the folder that is named, two are
made: a PDF with 100,000 pages, and a ZIP that holds 400 copies of 10 MB of nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pikepdf

ACTOR = "u-post1"
PAGES = 100_000
SECONDS, MEGABYTES = 60, 2048


@dataclass(frozen=True)
class Cost:
    """What became of a file, and at what cost."""

    name: str
    outcome: str
    cpu: float
    wall: float
    peak: int
    """Megabytes."""

    @property
    def line(self) -> str:
        """A row of the table."""
        return f"| {self.name} | {self.outcome} | {self.cpu:.1f} | {self.wall:.1f} | {self.peak} |"


def main() -> int:
    """Measure; 1 where a file takes longer or holds more than it may."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folders", nargs="*", type=Path, help="folders with hostile files")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "home")
        run(["--home", str(home), "init", "--sample-city"])
        harmless = Path(folder, "brief.txt")
        harmless.write_text("Bitte melden Sie meinen Hund ab.", encoding="utf-8")
        take(home, harmless)
        files = [*made(Path(folder)), *sorted(file for one in chosen.folders for file in one.iterdir())]
        print("| file | outcome | CPU s | s by the clock | most memory, MB |\n|---|---|---|---|---|", flush=True)
        costs = []
        for file in files:
            costs.append(take(home, file))
            print(costs[-1].line, flush=True)
    worst = max(one.wall for one in costs), max(one.peak for one in costs)
    print(f"\n{len(costs)} files; at most {worst[0]:.1f} s of {SECONDS} and {worst[1]} MB of {MEGABYTES}")
    return int(worst[0] > SECONDS or worst[1] > MEGABYTES)


def made(folder: Path) -> list[Path]:
    """Hostile files that are too large to be kept."""
    long, bomb = folder / "100000-pages.pdf", folder / "bomb.zip"
    with pikepdf.new() as pdf:
        page = pdf.make_indirect(
            pikepdf.Dictionary(Type=pikepdf.Name.Page, MediaBox=[0, 0, 595, 842], Parent=pdf.Root.Pages)
        )
        pdf.Root.Pages.Kids = pikepdf.Array([pdf.make_indirect(pikepdf.Dictionary(page)) for _ in range(PAGES)])
        pdf.Root.Pages.Count = PAGES
        pdf.save(long, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(400):
            archive.writestr(f"brief-{number}.txt", bytes(10_000_000))
    return [long, bomb]


def run(arguments: list[str]) -> str:
    """Output of a command of erecords."""
    return subprocess.run(
        [sys.executable, "-m", "cli", *arguments], capture_output=True, text=True, check=True, env=environment()
    ).stdout


def environment() -> dict[str, str]:
    """The environment in which the program of this repository is found."""
    return {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1])}


def take(home: Path, file: Path) -> Cost:
    """Take one file over and see it through."""
    command = [sys.executable, "-m", "cli", "--home", str(home), "--actor", ACTOR, "--json", "mail", "take", str(file)]
    start = time.monotonic()
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=subprocess.DEVNULL, env=environment(), start_new_session=True
        )
        watch = Memory(process.pid)
        watch.start()
        _, status, used = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
        watch.done.set()
        watch.join()
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        found = json.loads(out.read() or "{}").get("deliveries", [])
    return Cost(file.name[:40], outcome(found, process.returncode), used.ru_utime + used.ru_stime, wall, watch.peak)


def outcome(deliveries: list[dict[str, object]], code: int) -> str:
    """What became of a delivery and its parts."""
    said = [f"quarantine: {one['reason']}" if one.get("reason") else str(one["state"]) for one in deliveries]
    return ", ".join(dict.fromkeys(said)) or f"exit code {code}"


class Memory(threading.Thread):
    """Watches how much memory a session of processes holds."""

    def __init__(self, session: int) -> None:
        super().__init__(daemon=True)
        self._session = session
        self.done = threading.Event()
        self.peak = 0

    def run(self) -> None:
        """Look fifty times a second."""
        while not self.done.wait(0.02):
            self.peak = max(self.peak, sum(map(self.resident, Path("/proc").glob("[0-9]*"))))

    def resident(self, process: Path) -> int:
        """Megabytes that a process of the session holds."""
        try:
            fields = (process / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            return 0
        return int(fields[21]) * os.sysconf("SC_PAGE_SIZE") // 1_000_000 if int(fields[3]) == self._session else 0


if __name__ == "__main__":
    sys.exit(main())
