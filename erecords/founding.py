"""Founding a home: with the sample city, or empty with its first person."""

from __future__ import annotations

import shutil
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from erecords.digest import sha512_file
from erecords.errors import InputRefused
from erecords.files import safe_name
from erecords.home import new_home
from erecords.office import Assembly, Office
from erecords.registry import org, plan

_REGISTERS = ("document_types.toml", "processes.toml", "routing.csv", "training_letters.jsonl")
_CITY = {
    "name": "Stadt Zwönau",
    "aliases": ["Stadtverwaltung Zwönau", "Stadt Zwönau", "Zwönau"],
    "time_zone": "Europe/Berlin",
}


def found_sample_city(home: Path, assembly: Assembly) -> dict[str, Any]:
    """A home with Zwönau: units, staff, plan, registers, and what each package loads of the city.

    All or nothing: when something fails, no home stays.
    """
    retention = {"cool_off_days": 0, "allow_future_dates": True}
    values: dict[str, dict[str, Any]] = {"city": _CITY, "retention": retention}
    with new_home(home, assembly, values) as office, as_file(files("erecords.sample_city") / "data") as data:
        loaded = _load_city(office, data)
        office.rebuild_index()
        for part in office.parts:
            if part.make_ready:
                part.make_ready(office)
    return loaded


def _load_city(office: Office, data: Path) -> dict[str, Any]:
    founder = office.actor
    with office.work() as work:
        units = org.import_units(work, founder, data / "offices.csv")
        staff = org.import_staff(work, founder, data / "staff.csv")
        classes = plan.import_plan(work, founder, data / "filing_plan.csv")
        for name in _REGISTERS:
            if (data / name).is_file():
                shutil.copyfile(data / name, office.registers / name)
                work.log("register.install", f"register:{name}", sha512=sha512_file(office.registers / name)[0])
        for part in office.parts:
            if part.load_sample:
                part.load_sample(work, data, office.home)
    added = {"units": units, "staff": staff, "classes": classes}
    return {"city": _CITY["name"], **{name: len(changes.added) for name, changes in added.items()}}


def found_with_admin(home: Path, assembly: Assembly, admin: str, user_id: str) -> dict[str, Any]:
    """An empty home with one unit and its first person, an administrator, who imports the rest.

    Raises:
        InputRefused: the name is empty.
    """
    if not admin.strip():
        raise InputRefused("The first person needs a name: erecords init --admin 'Ina Krauthammer'")
    person = safe_name(user_id)
    with new_home(home, assembly, {}) as office:
        with office.work() as work:
            org.first_administrator(work, office.actor, user_id=person, name=admin.strip())
        office.rebuild_index()
    return {"admin": person, "name": admin.strip()}
