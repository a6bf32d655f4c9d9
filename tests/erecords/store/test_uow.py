from pathlib import Path

import pytest
from sqlalchemy import text, update
from sqlmodel import Session, SQLModel, select

from erecords.registry import numbering
from erecords.store import audit
from erecords.store.db import connect
from erecords.store.models import AuditEntry, AuditValue, Unit
from erecords.store.uow import UnitOfWork, UnloggedChange
from tests.fakes import FixedClock


@pytest.fixture
def engine(tmp_path: Path):
    engine = connect("", tmp_path)
    SQLModel.metadata.create_all(engine)
    yield engine
    engine.dispose()


def work(engine):
    return UnitOfWork(engine, FixedClock(), "u-test")


def open_unit(engine, unit_id: str, **personal: str) -> None:
    with work(engine) as w:
        unit = Unit(id=unit_id, kind="amt", title="Amt")
        w.add(unit)
        w.log("unit.create", f"unit:{unit_id}", unit, personal=personal, kind="amt")


def test_a_logged_change_is_committed_with_its_entry(engine):
    open_unit(engine, "10")
    with Session(engine) as session:
        assert session.get(Unit, "10") is not None
        entry = session.exec(select(AuditEntry)).one()
        assert (entry.actor, entry.action, entry.object) == ("u-test", "unit.create", "unit:10")
        assert audit.verify(session).valid


@pytest.mark.parametrize("kind", ["new", "changed", "deleted"])
def test_a_change_nobody_logged_is_refused(engine, kind):
    open_unit(engine, "10")
    with pytest.raises(UnloggedChange, match="Unit"), work(engine) as w:
        unit = w.session.get(Unit, "10")
        if kind == "new":
            w.add(Unit(id="11", kind="amt", title="Amt"))
        elif kind == "changed":
            unit.title = "Anders"
        else:
            w.session.delete(unit)
    with Session(engine) as session:
        assert session.exec(select(Unit.id, Unit.title)).all() == [("10", "Amt")]
        assert len(session.exec(select(AuditEntry)).all()) == 1


def test_a_bulk_statement_goes_through_the_log(engine):
    open_unit(engine, "10")
    with pytest.raises(UnloggedChange), work(engine) as w:
        w.session.exec(update(Unit).values(title="Anders"))
    with work(engine) as w:
        assert w.bulk(update(Unit).values(title="Anders"), "unit.rename", "unit:*") == 1
    with Session(engine) as session:
        assert session.get(Unit, "10").title == "Anders"
        assert session.exec(select(AuditEntry.action)).all() == ["unit.create", "unit.rename"]


def test_an_error_undoes_all_and_gives_the_number_back(engine):
    with pytest.raises(RuntimeError), work(engine) as w:
        assert numbering.entry_number(w.session, 2026) == "E-2026-0000001"
        raise RuntimeError
    with work(engine) as w:
        assert numbering.entry_number(w.session, 2026) == "E-2026-0000001"


@pytest.mark.parametrize("column", ["time", "actor", "action", "object", "details", "previous", "hash"])
def test_verify_finds_an_edited_row(engine, column):
    for number in range(3):
        open_unit(engine, str(number))
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE audit_entry SET {column} = 'x' WHERE sequence = 2"))
    with Session(engine) as session:
        assert audit.verify(session).first_bad == 2


def test_verify_finds_a_removed_row(engine):
    for number in range(3):
        open_unit(engine, str(number))
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM audit_entry WHERE sequence = 2"))
    with Session(engine) as session:
        assert audit.verify(session).first_bad == 3


def test_personal_values_can_be_erased_and_the_chain_still_holds(engine):
    open_unit(engine, "10", title="Colditz, Uwe")
    with Session(engine) as session:
        assert "Colditz" not in session.exec(select(AuditEntry.details)).one()
        assert audit.verify(session).valid
        session.exec(select(AuditValue)).one()
    with engine.begin() as connection:
        connection.execute(text("UPDATE audit_value SET value = 'Jemand'"))
    with Session(engine) as session:
        assert audit.verify(session).first_bad == 1
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM audit_value"))
    with Session(engine) as session:
        assert audit.verify(session).valid
