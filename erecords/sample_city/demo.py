"""A day of Zwönau and ten years after, played through the command line as people would do it."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console

from erecords.sample_city import stage
from erecords.sample_city.program import CommandFailed, Program, shown

CITY = Path(__file__).parent
POST, RECORDS, ARCHIVIST, PRIVACY = "u-post1", "u-org1", "u-arc1", "u-dsb1"
EVENTS, PRIVACY_CLERK, ROADS, PARKS = "u-kul0", "u-anl1", "u-str1", "u-gru1"
LIGHTS, POTHOLES, TREES, BELLS = "41.2-2026/000003", "66.11-2026/000012", "66.13-2026/000002", "10.71-2018/000002"
THANKS = "11-dankesbrief.pdf"
_PATIENCE = 240.0
_LOOK_SECONDS = 0.5


def play(home: Path, console: Console, *, keep: bool) -> int:
    """Play the whole journey in a new home; return 0, or the exit code of the command that failed."""
    journey = Journey(home, console)
    started = time.monotonic()
    try:
        journey.whole()
    except CommandFailed as error:
        console.print(f"\n[bold red]The demo stopped.[/] {error}", highlight=False)
        return error.code or 1
    console.print(stage.where_to_look(home, keep, time.monotonic() - started))
    return 0


class Journey:
    """The acts of the demo, in order; each shows what it did."""

    def __init__(self, home: Path, console: Console) -> None:
        self.home = home
        self.program = Program(home)
        self.console = console
        self.as_of = ""
        self.letters: dict[str, dict[str, Any]] = {}

    def whole(self) -> None:
        """All acts."""
        self.found_city()
        self.receive_mail()
        self.decide()
        self.search()
        self.close_cases()
        self.dispose()
        self.prove()

    def do(self, actor: str | None, *arguments: str, expect: tuple[int, ...] = (0,)) -> Any:
        """Show a command as a person would type it, run it, return what it says."""
        self.console.print(f"  [dim]$ {shown(actor, *arguments)}[/]", highlight=False, soft_wrap=True)
        return self.program.run(actor, *arguments, expect=expect)

    def act(self, title: str, text: str) -> None:
        """Say what comes next."""
        self.console.print(f"\n[bold]{title}[/]\n{text}", highlight=False)

    def found_city(self) -> None:
        """A home with the city's registers and the cases that exist."""
        self.act("1. A city", "Zwönau is invented: its units, staff, filing plan, schedule and a few open case files.")
        made = self.do(None, "init", "--sample-city")
        report = self.do(RECORDS, "case", "import", str(CITY / "cases"))
        self.console.print(
            f"  {made['units']} units, {made['staff']} people, {made['classes']} classes; "
            f"{report['imported']} case files with {report['documents']} documents imported."
        )

    def receive_mail(self) -> None:
        """The scans arrive while the mail room watches."""
        scans = sorted(path for path in (CITY / "scans").iterdir() if path.suffix != ".toml")
        self.act(
            "2. The mail",
            f"{len(scans)} scans, photos and PDFs are dropped into the inbox while the mail room watches.",
        )
        self.console.print(f"  [dim]$ {shown(POST, 'mail', 'watch')} &[/]", highlight=False)
        inbox = self.home / "inbox" / "poststelle"
        inbox.mkdir(parents=True, exist_ok=True)
        log = self.home / "log" / "watch.log"
        with self.program.running(log, POST, "mail", "watch") as watch, stage.progress(self.console) as bar:
            task = bar.add_task("Reading and filing", total=len(scans))
            for scan in scans:
                drop(scan, inbox)
            self.follow(watch, log, {f"{inbox.name}/{scan.name}" for scan in scans}, lambda: bar.advance(task))
        self.look_at_letters()

    def follow(self, watch: subprocess.Popen[bytes], log: Path, waiting: set[str], advance: Callable[[], None]) -> None:
        """Wait until the mail room has said what became of each scan; it writes a line for each."""
        started = time.monotonic()
        while waiting:
            time.sleep(_LOOK_SECONDS)
            lines = log.read_text(encoding="utf-8").splitlines()
            for source in [source for source in waiting if any(line.startswith(f"{source}: ") for line in lines)]:
                waiting.remove(source)
                advance()
            if watch.poll() is not None or time.monotonic() - started > _PATIENCE:
                raise CommandFailed("erecords mail watch", watch.returncode or 1, "\n".join(lines[-20:]))

    def look_at_letters(self) -> None:
        """The mail book with each letter's reasons, two commands at a time."""
        entries = self.do(POST, "mail", "book")["entries"]
        numbers = [entry["number"] for entry in entries]
        with ThreadPoolExecutor(2) as pool:
            letters = list(pool.map(lambda number: self.program.run(POST, "mail", "show", number), numbers))
        self.letters = {Path(letter["delivery"]["source"]).name: letter for letter in letters}
        self.console.print(stage.filed(self.letters))
        self.console.print(stage.waiting(self.letters))

    def decide(self) -> None:
        """A person files what the machine could not place."""
        letter = self.letters[THANKS]
        self.act(
            "3. A person decides",
            f"{letter['number']} thanks the town hall for a lovely evening; no phrase and no reference says where it "
            "belongs. The mail room reads it and files it with the Lichterfest.",
        )
        filed = self.do(POST, "mail", "file", letter["number"], "--case", LIGHTS)
        self.console.print(f"  Filed as document {filed['document']} in {filed['case']}.")

    def search(self) -> None:
        """Three searches: the new letter, inflected German, and what another unit may not see."""
        self.act("4. Search", "Each finds what he or she may see, and nothing tells of the rest.")
        for actor, query in (
            (EVENTS, "Lichterfest"),
            (PRIVACY_CLERK, "Auskünfte AND Monatsfrist"),
            (ROADS, "Monatsfrist"),
        ):
            found = self.do(actor, "search", query)
            self.console.print(stage.hits(found))

    def close_cases(self) -> None:
        """Cases come to their end; one is put on hold."""
        self.act("5. Cases are closed", "From the day of closing the retention periods run.")
        for actor, reference in ((ROADS, POTHOLES), (PARKS, TREES), (EVENTS, LIGHTS)):
            closed = date.fromisoformat(self.do(actor, "case", "close", reference)["closed"])
        self.as_of = date(closed.year + 12, 2, 1).isoformat()
        why = self.do(RECORDS, "retention", "why", LIGHTS)
        self.console.print(f"  {why['explanation']}", highlight=False)
        self.do(
            PRIVACY,
            "retention",
            "hold",
            "place",
            TREES,
            "--title",
            "Klage Kästner",
            "--reason",
            "Beweismittel Astbruch",
        )

    def dispose(self) -> None:
        """Years later: proposed by one, appraised by the archive, approved by another, carried out."""
        self.act(
            "6. Years later",
            f"As of {self.as_of} the records manager proposes what is due, the archivist appraises, the data "
            "protection officer approves, the records manager carries out. A case on hold is not even proposed.",
        )
        on = ("--on", self.as_of)
        listed = self.do(RECORDS, "retention", "propose", *on)
        number = str(listed["list"])
        for item in listed["items"]:
            if item["decision"] not in ("A", "V"):
                self.do(
                    ARCHIVIST,
                    "retention",
                    "appraise",
                    number,
                    item["reference"],
                    "V",
                    "--reason",
                    "Einzelfall ohne Wert",
                )
        self.do(PRIVACY, "retention", "approve", number, *on)
        held = self.do(RECORDS, "retention", "why", TREES, *on)
        self.console.print(f"  On hold: {held['explanation']}", highlight=False)
        results = self.do(RECORDS, "retention", "carry-out", number, *on, "--yes")["results"]
        certificate = self.home / "outbox" / "loeschprotokoll.pdf"
        self.do(RECORDS, "retention", "certificate", number, "--to", str(certificate))
        self.console.print(stage.disposed(results))
        self.console.print(
            f"  Destruction certificate: {certificate} ({certificate.stat().st_size:,} bytes)", highlight=False
        )
        gone = {result["outcome"] for result in results}
        if not {"transferred", "destroyed"} <= gone:
            raise CommandFailed("erecords retention carry-out", 1, f"only these outcomes: {sorted(gone)}")

    def prove(self) -> None:
        """The archive, the log and the mail room prove that they are sound."""
        self.act("7. Proof", "The archive verifies every byte, the log its chain, the mail room that nothing was lost.")
        packages = self.do(ARCHIVIST, "archive", "list")["packages"]
        archive = self.do(ARCHIVIST, "archive", "verify", "--all")
        log = self.do(PRIVACY, "audit", "verify")
        custody = self.do(POST, "mail", "custody")
        self.console.print(stage.proofs(packages, archive, log, custody))
        if archive["bad"] or not log["valid"] or not custody["complete"]:
            raise CommandFailed("erecords", 1, "a proof failed; see the table above")


def drop(scan: Path, inbox: Path) -> None:
    """Copy a scan as careful devices do: under a temporary name, then renamed."""
    hidden = inbox / f".{scan.name}.part"
    shutil.copyfile(scan, hidden)
    hidden.rename(inbox / scan.name)
