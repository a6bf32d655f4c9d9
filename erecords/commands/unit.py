"""``erecords unit``: import, list, show."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from erecords.commands.shared import bring_to

if TYPE_CHECKING:
    from erecords.invocation import Invocation


@click.group()
def group() -> None:
    """Offices (Ämter) and sections (Sachgebiete).

    Example: erecords unit show 22.3
    """


@group.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.pass_obj
def import_(run: Invocation, file: Path) -> None:
    """Bring the units to the state of a CSV list (id, parent, kind, title, short, mailbox, tasks).

    Example: erecords unit import offices.csv
    """
    from erecords.registry import org

    bring_to(run, "Units", file, org.import_units)


@group.command("list")
@click.pass_obj
def list_(run: Invocation) -> None:
    """List all units.

    Example: erecords unit list
    """
    from erecords import render
    from erecords.registry import org, views

    office = run.office()
    with office.read() as session:
        lines = [views.unit_line(found) for found in org.units(session)]
    columns = ("id", "parent", "kind", "title", "short", "mailbox")
    rows = [[line[column] for column in columns] for line in lines]
    run.emit({"units": lines}, lambda: render.table(f"{len(lines)} units", columns, rows))


@group.command()
@click.argument("unit_id", metavar="UNIT")
@click.pass_obj
def show(run: Invocation, unit_id: str) -> None:
    """Show a unit and who works there.

    Example: erecords unit show 22.3
    """
    from erecords import render
    from erecords.registry import org, views

    office = run.office()
    with office.read() as session:
        people = [views.user_line(person) for person in org.staff(session, org.unit(session, unit_id).id)]
        data = {**views.unit_line(org.unit(session, unit_id)), "staff": people}
    facts = [(name, value) for name, value in data.items() if name != "staff"]
    facts += [(person["role"], f"{person['name']} ({person['id']})") for person in people]
    run.emit(data, lambda: render.facts(f"Unit {unit_id}", facts))
