"""How long a retention run over many cases takes, and how fast a list is carried out.

Example: python -m benchmarks.retention --cases 1000000
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import insert
from sqlmodel import Session, SQLModel, col, func, select

import erecords
from archive.ingest import ingest
from archive.settings import ArchiveSettings
from archive.store import create_archive
from erecords.clock import SystemClock
from erecords.digest import canonical_json, sha512_bytes
from erecords.registry import access, org, plan
from erecords.registry.access import Actor
from erecords.store import ledger
from erecords.store.blobs import BlobStore
from erecords.store.db import connect
from erecords.store.lifecycle import CaseState, Role
from erecords.store.models import AuditEntry, Case, CaseEvent, PlanClass
from erecords.store.uow import UnitOfWork
from mailroom.eraser import MailEraser
from retention import runs
from retention.disposal import carryout, certificate
from retention.lists import waivers
from retention.lists.approval import approve
from retention.models import DisposalItem, PendingErasure, Rule, Tombstone
from retention.periods import due, importer, rules
from retention.periods.schedule import Trigger
from retention.settings import RetentionSettings

DATA = Path(erecords.__file__).parent / "sample_city" / "data"
ON = date(2040, 1, 1)
CHUNK = 20_000


class Bench:
    """A home with the sample plan and schedule, filled with closed cases of all classes."""

    def __init__(self, home: Path) -> None:
        self.clock = SystemClock()
        self.home, self.engine, self.blobs = home, connect("", home), BlobStore(home / "store")
        if not (home / "store").exists():
            SQLModel.metadata.create_all(self.engine)
            self._load()
        self.settings = RetentionSettings(cool_off_days=0, allow_future_dates=True)
        with Session(self.engine) as session:
            self.manager = access.actor(session, "u-org1", self.clock.today())
            self.head = access.actor(session, "u-hpa0", self.clock.today())

    def _load(self) -> None:
        self.blobs.root.mkdir(parents=True, exist_ok=True)
        root = Actor("u-org1", "Start", Role.ADMINISTRATOR, "10.1", frozenset())
        with self.work(root) as work:
            org.import_units(work, root, DATA / "offices.csv")
            org.import_staff(work, root, DATA / "staff.csv")
            plan.import_plan(work, root, DATA / "filing_plan.csv")
            importer.apply(work, importer.read(DATA / "retention_schedule.csv"), by="u-org1")
            known = work.session.exec(select(Rule)).all()
            waivers.load(work, known, basis="benchmark", given_by="u-arc1", valid_from=rules.BEGINNING)

    def work(self, actor: Actor) -> UnitOfWork:
        """A unit of work of that person."""
        return UnitOfWork(self.engine, self.clock, actor.id)

    def fill(self, number: int, seed: int = 1) -> None:
        """Closed cases of the years 1990 to 2026, with the events that their rules ask for in nine of ten."""
        dice = random.Random(seed)
        with self.work(self.manager) as work:
            classes = work.session.exec(select(PlanClass).where(col(PlanClass.file_kind) != "gruppe")).all()
            in_force = rules.in_force(work.session, self.clock.today())
        start = date(1990, 1, 1)
        for first in range(1, number + 1, CHUNK):
            cases, events = [], []
            for case_id in range(first, min(first + CHUNK, number + 1)):
                of = dice.choice(classes)
                closed = start + timedelta(days=dice.randrange(13_000))
                cases.append(
                    {"id": case_id, "reference": f"{of.notation}-{closed.year}/{case_id:07d}", "title": "Akte",
                     "class_notation": of.notation, "unit": of.unit, "state": CaseState.CLOSED, "opened": closed,
                     "closed": closed, "key": "", "version": 1}
                )  # fmt: skip
                trigger = in_force[of.rule].trigger if of.rule else Trigger.CLOSED.value
                if trigger != Trigger.CLOSED and dice.random() < 0.9:
                    events.append({"case_id": case_id, "trigger": trigger, "on": closed})
            with self.engine.begin() as connection:
                connection.execute(insert(Case), cases)
                if events:
                    connection.execute(insert(CaseEvent), events)

    def run(self) -> None:
        """Compute and propose over all cases."""
        begin, cpu = time.perf_counter(), time.process_time()
        with self.work(self.manager) as work:
            report = runs.run(work, self.manager, ON, self.settings)
        seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
        figures = report.figures
        counted = f"{figures.closed} cases, {figures.ripe} due, {figures.not_computable} unknown"
        print(f"run: {counted}: {seconds:.1f} s ({cpu:.1f} s of processor)")
        begin = time.perf_counter()
        with self.work(self.manager) as work:
            rows = sum(1 for _ in due.due_cases(work.session, self.manager, ON, ON, 30))
        print(f"due, as rows: {rows} in {time.perf_counter() - begin:.1f} s")

    def approve(self, number: int) -> str:
        """Approve a list of ``number`` destructions (of the proposed one, the rest taken off)."""
        with self.work(self.manager) as work:
            list_id = work.session.exec(select(DisposalItem.list_id)).first()
            assert list_id
            keep = select(DisposalItem.id).where(col(DisposalItem.decided_by) == "waiver").limit(number)
            statement = SQLModel.metadata.tables["disposal_item"].delete()
            work.bulk(statement.where(col(DisposalItem.id).not_in(keep)), "benchmark", "list")
        begin = time.perf_counter()
        with self.work(self.head) as work:
            approve(work, self.head, list_id, ON, self.settings)
        print(f"approve: {number} cases in {time.perf_counter() - begin:.1f} s", flush=True)
        return list_id

    def carry_out(self, list_id: str) -> None:
        """Carry the list out, or go on with it."""
        store = create_archive(self.home / "archive", ArchiveSettings(), self.clock)
        means = carryout.Means(
            self.engine, self.home, self.blobs, self.clock, self.manager, self.settings, (MailEraser(),),
            lambda sip: ingest(store, sip, self.clock, agent="benchmark"), "Stadt",
        )  # fmt: skip
        with Session(self.engine) as session:
            waiting = carryout.size(session, list_id)
        begin, cpu = time.perf_counter(), time.process_time()
        done = sum(result.outcome == "destroyed" for result in carryout.carry_out(means, list_id, ON))
        seconds, cpu = time.perf_counter() - begin, time.process_time() - cpu
        each = f"{1000 * cpu / max(waiting, 1):.1f} ms each"
        print(
            f"carry out: {waiting} waited, {done} are destroyed, {seconds:.1f} s "
            f"({cpu:.1f} s of processor, {each}), certificate included; peak memory {_peak():.0f} MB", flush=True,
        )  # fmt: skip

    def verify(self, list_id: str, expected: set[str], cases: int) -> str:
        """See that what was approved is gone, once, and nothing else; a digest of the end state."""
        with Session(self.engine) as session:
            stones = Counter(session.exec(select(Tombstone.reference)))
            query = select(AuditEntry.object).where(AuditEntry.action == "disposal.destroyed")
            logged = Counter(name.removeprefix("case:") for name in session.exec(query))
            pending = session.exec(select(func.count()).select_from(PendingErasure)).one()
            left = session.exec(select(func.count()).select_from(Case)).one()
            row = certificate.find(session, list_id)
        shown = Counter(item["reference"] for item in json.loads(self.blobs.read(row.json_sha512))["items"])
        lines = (json.loads(text)["content"] for text in ledger.path(self.home).read_text("utf-8").splitlines())
        kept = Counter(line["rows"][-1][1]["reference"] for line in lines if line["kind"] == "gone")
        once = Counter(expected)
        for name, found in (("tombstones", stones), ("log", logged), ("certificate", shown), ("ledger", kept)):
            assert found == once, f"{name}: not each approved case exactly once"
        assert (pending, left) == (0, cases - len(expected)), "something is left"
        return sha512_bytes(canonical_json(sorted(stones)))


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _child(home: Path, list_id: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "benchmarks.retention", "--home", str(home), "--carry-on", list_id])


def _kill_in_the_middle(home: Path, list_id: str, number: int) -> None:
    """Start carrying out, and end it with SIGKILL once half of the cases are gone."""
    child = _child(home, list_id)
    engine = connect("", home)
    while child.poll() is None:
        time.sleep(0.2)
        with Session(engine) as session:
            gone = session.exec(select(func.count()).select_from(Tombstone)).one()
        if gone >= number // 2:
            os.kill(child.pid, signal.SIGKILL)
            child.wait()
            print(f"killed when {gone} were gone", flush=True)
    engine.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--destroy", type=int, default=500)
    parser.add_argument("--kill", action="store_true", help="end it with SIGKILL in the middle, and let it go on")
    parser.add_argument("--home", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--carry-on", metavar="LIST", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.carry_on:
        Bench(options.home).carry_out(options.carry_on)
        return
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        begin = time.perf_counter()
        bench.fill(options.cases)
        print(f"filled in {time.perf_counter() - begin:.1f} s", flush=True)
        bench.run()
        print(f"peak memory: {_peak():.0f} MB", flush=True)
        list_id = bench.approve(options.destroy)
        with Session(bench.engine) as session:
            expected = set(session.exec(select(DisposalItem.reference).where(DisposalItem.list_id == list_id)))
        if options.kill:
            _kill_in_the_middle(bench.home, list_id, options.destroy)
        if _child(bench.home, list_id).wait():
            sys.exit("carrying out failed")
        print(f"end state {bench.verify(list_id, expected, options.cases)[:16]}: each exactly once, nothing left")
        bench.engine.dispose()


if __name__ == "__main__":
    main()
