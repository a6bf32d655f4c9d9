"""Loading the registers of a home: its files, with the filing plan and the units of its database."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session, col, select

from erecords.config import CitySettings
from erecords.digest import sha512_file
from erecords.office import Office
from erecords.store.models import PlanClass, Unit
from mailroom.registers import FILES, Registers
from mailroom.registers import Office as CityOffice
from mailroom.registers import PlanClass as KnownClass


def load_registers(office: Office) -> Registers:
    """The registers of a home with its plan and offices, as they are now.

    Raises:
        ConfigurationError: a file cannot be understood; the message names it.
    """
    with Session(office.engine) as session:
        return _load(office, _city(session))


class RegistersAtHand:
    """The registers of a home, read before a unit of work begins and held against their sources inside it.

    Reading them takes tens of milliseconds, in which nobody else could write; comparing takes one or two.
    """

    def __init__(self, office: Office) -> None:
        self._office = office
        with Session(office.engine) as session:
            self._read(session)

    def current(self, session: Session) -> Registers:
        """Those of this moment: read anew where a file, the plan or a unit changed since.

        Raises:
            ConfigurationError: a file changed into what cannot be understood.
        """
        if self._source != self._source_now(session):
            self._read(session)
        return self._registers

    def _read(self, session: Session) -> None:
        self._source = self._source_now(session)
        self._registers = _load(self._office, self._source.city)

    def _source_now(self, session: Session) -> _Source:
        paths = (self._office.registers / name for name in FILES)
        return _Source(
            tuple((p.name, p.stat().st_mtime_ns, sha512_file(p)[0]) for p in paths if p.exists()), _city(session)
        )


@dataclass(frozen=True, slots=True)
class _City:
    offices: tuple[CityOffice, ...]
    plan: tuple[KnownClass, ...]


@dataclass(frozen=True, slots=True)
class _Source:
    files: tuple[tuple[str, int, str], ...]
    """Name, time of the last change and SHA-512."""
    city: _City


def _city(session: Session) -> _City:
    units = session.exec(select(Unit).order_by(col(Unit.id))).all()
    plan = session.exec(select(PlanClass).order_by(col(PlanClass.notation))).all()
    return _City(
        tuple(CityOffice(row.id, row.title, row.mailbox, row.parent or "") for row in units),
        tuple(
            KnownClass(row.notation, row.title, row.scope, row.file_kind.value, row.file_key, row.unit) for row in plan
        ),
    )


def _load(office: Office, city: _City) -> Registers:
    said = office.settings.section(CitySettings)
    return Registers.load(
        office.registers,
        own_names=(said.name, *said.aliases),
        offices={one.unit: one for one in city.offices},
        plan={one.notation: one for one in city.plan},
    )
