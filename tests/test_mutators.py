"""Every changing service of the registry: permission first, logged, indexed, no commit of its own, undone on error."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from erecords import registry
from erecords.errors import NotFound, NotPermitted
from erecords.registry import cases, copies, documents, finding, moving, org, plan, saved, transactions, withdrawing
from erecords.registry.access import Actor
from erecords.registry.documents import NewRendition
from erecords.store import audit
from erecords.store.lifecycle import RenditionKind
from erecords.store.models import AuditEntry, Case, Outbox, Transaction
from erecords.store.uow import UnitOfWork
from tests.city import INIT, City

STEPS = {
    "changes.apply": "brings a table to a list's state for org and plan, which ask for permission",
    "opening.refuse_second_file": "reads only",
    "opening.next_reference": "gives out a number for open_case and move",
    "opening.claim_reference": "gives out a number for open_case and former",
    "cases.newest_arrival": "reads only",
    "rules.not_in_future": "reads only",
    "rules.log": "the log line of a change whose service asked for permission",
    "rules.changed": "the end of a change whose service asked for permission",
    "saved.forget_all_of": "forgets what leavers kept for import_staff, which asked for permission",
    "transactions.close_all": "closes what is open for close_as_stated, which asked for permission",
    "transactions.take_out": "lets a document leave for move and withdraw, which asked for permission",
    "rules.index": "fills the outbox for a change whose service asked for permission",
}
"""Functions that take a unit of work and are steps of mutators, not mutators, and why."""


@dataclass(frozen=True)
class Mutator:
    """A changing service, who may call it and who may not, and how."""

    name: str
    may: str
    may_not: tuple[str, ...]
    call: Callable[[City, UnitOfWork, Actor], Any]
    indexes: bool = True


def case_of(work: UnitOfWork, name: str = "open") -> Case:
    found = finding.locate(work.session, {"open": "22.31-2026/000001", "closed": "22.31-2026/000002"}[name])
    assert found is not None
    return found


def transaction(work: UnitOfWork, number: str) -> Transaction:
    return work.session.get_one(Transaction, f"V-2026-{number}")


def original(city: City, data: bytes) -> list[NewRendition]:
    blob = city.blobs.put_bytes(data)
    return [NewRendition(RenditionKind.ORIGINAL, blob.sha512, blob.bytes, "text/plain")]


def list_file(city: City, name: str, text: str) -> Path:
    path = city.home / name
    path.write_text(text, encoding="utf-8")
    return path


OFFICES = "id,kind,title\n9,amt,Neues Amt\n"
STAFF = "id,name,unit,role\nu-it1,Mirko Seidenstücker,10.3,administration\nu-neu,Neu,10,leitung\n"
PLAN = "notation,title,office,file_kind\n9,Neu,10,sachakte\n"
OTHERS = ("u-baug1", "u-post1", "u-it1")
OUTSIDE_ADMINISTRATION = ("u-hust1", "u-sta0", "u-org1", "u-arc1", "u-dsb1", "u-post1")
DAY = date(2026, 12, 1)

MUTATORS = [
    Mutator(
        "opening.open_case",
        "u-hust1",
        OTHERS,
        lambda _c, w, a: cases.open_case(w, a, class_notation="22.31", title="Hundesteuer Ficker"),
    ),
    Mutator(
        "opening.collective_case",
        "u-str1",
        ("u-hust1", "u-post1", "u-it1"),
        lambda _c, w, a: cases.collective_case(w, a, "66.11", 2026),
    ),
    Mutator("cases.amend", "u-hust1", OTHERS, lambda _c, w, a: cases.amend(w, a, case_of(w), title="Anders")),
    Mutator("cases.close", "u-hust1", OTHERS, lambda _c, w, a: cases.close(w, a, case_of(w))),
    Mutator(
        "cases.close_as_stated",
        "u-hust1",
        OTHERS,
        lambda c, w, a: cases.close_as_stated(w, a, case_of(w), on=c.clock.today()),
    ),
    Mutator(
        "cases.reopen",
        "u-hust1",
        OTHERS,
        lambda _c, w, a: cases.reopen(w, a, case_of(w, "closed"), reason="Widerspruch"),
    ),
    Mutator(
        "cases.move",
        "u-hust1",
        OTHERS,
        lambda _c, w, a: cases.move(w, a, case_of(w), class_notation="22.32", reason="Befreiung"),
    ),
    Mutator("cases.former", "u-hust1", OTHERS, lambda _c, w, a: cases.former(w, a, case_of(w), "Alt 7/99")),
    Mutator("cases.event", "u-hust1", OTHERS, lambda _c, w, a: cases.event(w, a, case_of(w), trigger="tod", on=DAY)),
    Mutator(
        "documents.register",
        "u-hust1",
        OTHERS,
        lambda c, w, a: documents.register(
            w,
            a,
            c.blobs,
            case_of(w),
            title="Brief",
            name="b.txt",
            renditions=original(c, b"b"),
        ),
    ),
    Mutator(
        "documents.supersede",
        "u-hust1",
        OTHERS,
        lambda c, w, a: documents.supersede(
            w, a, c.blobs, w.session.get_one(documents.Document, 1), name="c.txt", renditions=original(c, b"c")
        ),
    ),
    Mutator(
        "moving.move",
        "u-hust1",
        OTHERS,
        lambda _c, w, a: moving.move(
            w,
            a,
            w.session.get_one(documents.Document, 1),
            cases.open_case(w, a, class_notation="22.32", title="Befreiung"),
            reason="Irrtum",
        ),
    ),
    Mutator(
        "transactions.open_transaction",
        "u-hust1",
        OTHERS,
        lambda _c, w, a: transactions.open_transaction(w, a, case_of(w), title="Abmeldung"),
    ),
    Mutator(
        "transactions.close", "u-hust1", OTHERS, lambda _c, w, a: transactions.close(w, a, transaction(w, "000001"))
    ),
    Mutator(
        "transactions.close_as_stated",
        "u-hust1",
        OTHERS,
        lambda _c, w, a: transactions.close_as_stated(w, a, transaction(w, "000001"), on=w.clock.today()),
    ),
    Mutator(
        "transactions.reopen",
        "u-hust1",
        OTHERS,
        lambda _c, w, a: transactions.reopen(w, a, transaction(w, "000002"), reason="Irrtum"),
    ),
    Mutator(
        "transactions.add",
        "u-hust1",
        OTHERS,
        lambda _c, w, a: transactions.add(w, a, transaction(w, "000001"), w.session.get_one(documents.Document, 1)),
    ),
    Mutator(
        "copies.give",
        "u-hust1",
        OTHERS,
        lambda _c, w, a: copies.give(w, a, w.session.get_one(documents.Document, 1), "32.1"),
    ),
    Mutator(
        "withdrawing.withdraw",
        "u-hust1",
        OTHERS,
        lambda _c, w, a: withdrawing.withdraw(w, a, w.session.get_one(documents.Document, 1)),
    ),
    Mutator(
        "org.import_units",
        "u-it1",
        OUTSIDE_ADMINISTRATION,
        lambda c, w, a: org.import_units(w, a, list_file(c, "offices.csv", OFFICES)),
        indexes=False,
    ),
    Mutator(
        "org.import_staff",
        "u-it1",
        OUTSIDE_ADMINISTRATION,
        lambda c, w, a: org.import_staff(w, a, list_file(c, "staff.csv", STAFF)),
        indexes=False,
    ),
    Mutator(
        "org.set_absence",
        "u-hust1",
        ("u-hust2", "u-org1", "u-dsb1"),
        lambda _c, w, a: org.set_absence(w, a, "u-hust1", first=DAY, last=DAY),
        indexes=False,
    ),
    Mutator(
        "saved.save",
        "u-park1",
        (),  # everybody of the staff keeps their own
        lambda _c, w, a: saved.save(w, a, "meine", "Parkausweis", {"sort": "date"}),
        indexes=False,
    ),
    Mutator(
        "saved.forget",
        "u-hust1",
        ("u-hust2", "u-sta0", "u-dsb1", "u-it1"),
        lambda _c, w, a: saved.forget(w, a, "meine"),
        indexes=False,
    ),
    Mutator(
        "plan.import_plan",
        "u-org1",
        ("u-hust1", "u-sta0", "u-arc1", "u-dsb1", "u-post1"),
        lambda c, w, a: plan.import_plan(w, a, list_file(c, "plan.csv", PLAN)),
        indexes=False,
    ),
]


@pytest.fixture
def filled(city: City) -> City:
    """A city with an open case that holds a document and transactions, and a closed one."""
    with city.work("u-hust1") as work:
        actor = city.actor("u-hust1")
        saved.save(work, actor, "meine", "Hundesteuer", {})
        case = cases.open_case(work, actor, class_notation="22.31", title="Hundesteuer Colditz")
        documents.register(
            work, actor, city.blobs, case, title="Brief", letter="E-2026-0000001", name="a.txt",
            renditions=original(city, b"a"),
        )  # fmt: skip
        transactions.open_transaction(work, actor, case, title="Anmeldung")
        transactions.close(work, actor, transactions.open_transaction(work, actor, case, title="Nachfrage"))
        cases.close(work, actor, cases.open_case(work, actor, class_notation="22.31", title="Hundesteuer Dietze"))
    return city


def everything(city: City) -> str:
    connection = sqlite3.connect(city.home / "records.db")
    try:
        return "\n".join(connection.iterdump())
    finally:
        connection.close()


@pytest.fixture(params=MUTATORS, ids=lambda mutator: mutator.name)
def mutator(request: pytest.FixtureRequest) -> Mutator:
    assert isinstance(request.param, Mutator)
    return request.param


def test_it_is_refused_to_others_and_nothing_changes(filled: City, mutator: Mutator):
    before = everything(filled)
    for name in mutator.may_not:
        with pytest.raises((NotPermitted, NotFound)), filled.work(name) as work:
            mutator.call(filled, work, filled.actor(name))
    assert everything(filled) == before


def test_it_is_logged_by_name_and_the_chain_holds(filled: City, mutator: Mutator):
    with filled.read() as session:
        before = audit.verify(session).entries
    with filled.work(mutator.may) as work:
        mutator.call(filled, work, filled.actor(mutator.may))
    with filled.read() as session:
        result = audit.verify(session)
        assert result.valid and result.entries > before
        new = session.exec(select(AuditEntry).where(AuditEntry.sequence > before)).all()
        assert {entry.actor for entry in new} == {mutator.may}


def test_it_fills_the_outbox(filled: City, mutator: Mutator):
    with filled.work(mutator.may) as work:
        before = len(work.session.exec(select(Outbox)).all())
        mutator.call(filled, work, filled.actor(mutator.may))
        assert (len(work.session.exec(select(Outbox)).all()) > before) == mutator.indexes
        assert work.outbox_filled == mutator.indexes


def test_it_does_not_commit_and_an_error_undoes_all(filled: City, mutator: Mutator):
    before = everything(filled)
    with pytest.raises(KeyboardInterrupt), filled.work(mutator.may) as work:
        mutator.call(filled, work, filled.actor(mutator.may))
        work.session.flush()
        assert everything(filled) == before
        raise KeyboardInterrupt
    assert everything(filled) == before


def test_each_mutator_of_the_registry_is_in_the_table():
    found = set()
    for module in pkgutil.iter_modules(registry.__path__):
        loaded = importlib.import_module(f"erecords.registry.{module.name}")
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            parameters = list(inspect.signature(function).parameters)
            own = function.__module__ == loaded.__name__ and not name.startswith("_")
            if own and parameters[:1] == ["work"]:
                found.add(f"{module.name}.{name}")
    named = {mutator.name for mutator in MUTATORS} | {"org.first_administrator"}
    assert found == named | set(STEPS)


def test_the_first_administrator_comes_from_the_founding_alone(filled: City):
    with filled.work(INIT.id) as work:
        saved.forget_all_of(work, ["u-hust1"])
        for person in org.staff(work.session):
            work.session.delete(person)
            work.log("user.remove", f"user:{person.id}", person)
    with pytest.raises(NotPermitted), filled.work("u-hust1") as work:
        hust1 = Actor("u-hust1", "Katrin Ebersbach", None, "22.3", frozenset())
        org.first_administrator(work, hust1, user_id="x", name="X")
    with filled.work(INIT.id) as work:
        org.first_administrator(work, INIT, user_id="x", name="X")
    with Session(filled.engine) as session:
        assert audit.verify(session).valid
