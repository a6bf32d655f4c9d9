"""A small city in a home of its own, for tests of retention: the sample plan and schedule, five people."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from sqlmodel import Session, select

import erecords
from archive.ingest import ingest
from archive.settings import ArchiveSettings
from archive.store import create_archive
from erecords.registry import access, cases, documents, org, plan
from erecords.registry.access import Actor
from erecords.registry.documents import NewRendition
from erecords.store import migrations
from erecords.store.blobs import BlobStore
from erecords.store.db import connect
from erecords.store.lifecycle import RenditionKind, Role
from erecords.store.models import Case, Document
from erecords.store.uow import UnitOfWork
from retention.disposal import carryout
from retention.lists import disposition
from retention.lists.approval import approve
from retention.models import Waiver
from retention.periods import importer
from retention.settings import RetentionSettings
from tests.fakes import FixedClock

DATA = Path(erecords.__file__).parent / "sample_city" / "data"
LATER = date(2060, 1, 1)


class City:
    """A home with registry, archive and schedule. ``manager``, ``head``, ``archivist``, ``privacy`` are actors."""

    def __init__(self, home: Path, *, waivers: bool = True) -> None:
        self.home = home
        self.clock = FixedClock(datetime(2026, 11, 22, 9, 0, tzinfo=UTC))
        self.engine = connect("", home)
        self.blobs = BlobStore(home / "store")
        self.settings = RetentionSettings(cool_off_days=0, allow_future_dates=True)
        if not (home / "made").exists():
            migrations.upgrade(self.engine)
            self._load(waivers)
            (home / "made").touch()
        self.archive = create_archive(home / "archive", ArchiveSettings(workers=1), self.clock)
        self.manager, self.head = self.person("u-org1"), self.person("u-hpa0")
        self.archivist, self.privacy = self.person("u-arc1"), self.person("u-dsb1")
        self.admin = self.person("u-it1")
        self.machine = access.machine("test", self.units())

    def _load(self, waivers: bool) -> None:
        root = Actor("u-org1", "Start", Role.ADMINISTRATOR, "10.1", frozenset())
        with self.work(root) as work:
            org.import_units(work, root, DATA / "offices.csv")
            org.import_staff(work, root, DATA / "staff.csv")
            plan.import_plan(work, root, DATA / "filing_plan.csv")
            rows = importer.read(DATA / "retention_schedule.csv")
            importer.apply(work, rows, by="u-org1")
            if waivers:
                for row in rows:
                    if row.disposal == "V":
                        waiver = Waiver(rule_id=row.id, basis="Test", given_by="u-arc1", valid_from=date(1900, 1, 1))
                        work.add(waiver)
                        work.log("waiver.give", f"rule:{row.id}", waiver)

    def units(self) -> frozenset[str]:
        with self.read() as session:
            return access.all_units(session)

    def person(self, actor_id: str) -> Actor:
        with self.read() as session:
            return access.actor(session, actor_id, self.clock.today())

    def work(self, actor: Actor | None = None) -> UnitOfWork:
        return UnitOfWork(self.engine, self.clock, (actor or self.machine).id)

    def read(self) -> Session:
        return Session(self.engine)

    def case(
        self, notation: str = "10.41", *, title: str = "Titel", closed: date | None = date(2026, 11, 22),
        words: tuple[str, ...] = ("Inhalt",), events: dict[str, date] | None = None, key: str = "",
    ) -> str:  # fmt: skip
        """Open a case with a text document for each of ``words``, close it, and return its reference."""
        with self.work() as work:
            row = cases.open_case(
                work, self.machine, class_notation=notation, title=title, opened=date(2000, 1, 1), key=key
            )
            for text in words:
                self.document(work, row, text)
            for trigger, on in (events or {}).items():
                cases.event(work, self.machine, row, trigger=trigger, on=on)
            if closed:
                cases.close_as_stated(work, self.machine, row, on=closed)
            return row.reference

    def document(self, work: UnitOfWork, row: Case, text: str, *, on: date | None = date(2020, 5, 5)) -> Document:
        blob = self.blobs.put_bytes(text.encode())
        plain = self.blobs.put_bytes(f"text of {text}".encode())
        return documents.register(
            work, self.machine, self.blobs, row, title=f"Brief {text}", sender=f"Absender {text}", date=on,
            name=f"{text}.txt",
            renditions=[
                NewRendition(RenditionKind.ORIGINAL, blob.sha512, blob.bytes, "text/plain"),
                NewRendition(RenditionKind.TEXT, plain.sha512, plain.bytes, "text/plain"),
            ],
        )  # fmt: skip

    def row(self, session: Session, reference: str) -> Case | None:
        return session.exec(select(Case).where(Case.reference == reference)).first()

    def exists(self, reference: str) -> bool:
        with self.read() as session:
            return self.row(session, reference) is not None

    def reopen(self, reference: str) -> None:
        with self.work() as work:
            cases.reopen(work, self.machine, self.row(work.session, reference), reason="Nachtrag")

    def close(self, reference: str, on: date) -> None:
        with self.work() as work:
            cases.close_as_stated(work, self.machine, self.row(work.session, reference), on=on)

    def propose(self, on: date = LATER) -> str | None:
        with self.work(self.manager) as work:
            return disposition.propose(work, self.manager, on, self.settings)

    def appraise(self, list_id: str, reference: str, decision: str, reason: str = "") -> None:
        from retention.lifecycle import Decision

        with self.work(self.archivist) as work:
            disposition.appraise(work, self.archivist, list_id, reference, Decision(decision), reason=reason)

    def approve(self, list_id: str, on: date = LATER, actor: Actor | None = None) -> None:
        who = actor or self.head
        with self.work(who) as work:
            approve(work, who, list_id, on, self.settings)

    def approved(self, on: date = LATER) -> str:
        """Propose everything ripe and approve it."""
        list_id = self.propose(on)
        assert list_id
        self.approve(list_id, on)
        return list_id

    def means(self, actor: Actor | None = None, **other) -> carryout.Means:
        values = {
            "engine": self.engine, "home": self.home, "blobs": self.blobs, "clock": self.clock,
            "actor": actor or self.manager, "settings": self.settings, "erasers": (), "city": "Stadt Zwönau",
            "archive": lambda sip: ingest(self.archive, sip, self.clock, agent="Stadtarchiv"),
        }  # fmt: skip
        return carryout.Means(**{**values, **other})

    def carry_out(self, list_id: str, on: date = LATER, **other) -> dict[str, carryout.Result]:
        return {result.reference: result for result in carryout.carry_out(self.means(**other), list_id, on)}
