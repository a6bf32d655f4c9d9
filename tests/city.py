"""The sample city's registry in a temporary folder: units, staff and plan are loaded once, and copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, SQLModel

from erecords.registry import access, org, plan
from erecords.registry.access import Actor
from erecords.store.blobs import BlobStore
from erecords.store.db import connect
from erecords.store.uow import UnitOfWork
from tests.fakes import FixedClock

DATA = Path(access.__file__).parents[1] / "sample_city" / "data"
INIT = access.machine("init", frozenset())


class City:
    """What an office offers to services, without settings, index and the packages above the registry."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.engine: Engine = connect("", home)
        self.blobs = BlobStore(home / "store")
        self.clock = FixedClock()
        self.tombstones: dict[str, dict[str, Any]] = {}
        self.user = "u-test"

    @contextmanager
    def work(self, actor: str = "") -> Iterator[UnitOfWork]:
        with UnitOfWork(self.engine, self.clock, actor or self.user) as work:
            yield work

    @contextmanager
    def read(self) -> Iterator[Session]:
        with Session(self.engine) as session:
            yield session

    def tombstone(self, _session: Session, reference: str) -> dict[str, Any] | None:
        return self.tombstones.get(reference)

    def actor(self, actor_id: str) -> Actor:
        with self.read() as session:
            return access.actor(session, actor_id, self.clock.today())


def load(home: Path) -> None:
    """Make the database of the sample city in a folder."""
    city = City(home)
    SQLModel.metadata.create_all(city.engine)
    with city.work(INIT.id) as work:
        org.import_units(work, INIT, DATA / "offices.csv")
        org.import_staff(work, INIT, DATA / "staff.csv")
        plan.import_plan(work, INIT, DATA / "filing_plan.csv")
    city.engine.dispose()


def copy(template: Path, home: Path) -> City:
    """A city of its own for one test."""
    shutil.copyfile(template / "records.db", home / "records.db")
    return City(home)
