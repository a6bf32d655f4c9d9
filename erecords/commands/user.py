"""``erecords user``: import, list, show, absent."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from erecords.commands.shared import DATE, bring_to

if TYPE_CHECKING:
    from erecords.invocation import Invocation


@click.group()
def group() -> None:
    """The staff list: who may act, in which role, for which unit.

    Example: erecords user show u-hust1
    """


@group.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.pass_obj
def import_(run: Invocation, file: Path) -> None:
    """Bring the staff to the state of a CSV list; who is missing there can no longer act.

    Columns: id, name, unit, role, deputy, absent_from, absent_to, may_sign.

    Example: erecords user import staff.csv
    """
    from erecords.registry import org

    bring_to(run, "Staff", file, org.import_staff)


@group.command("list")
@click.pass_obj
def list_(run: Invocation) -> None:
    """List all people.

    Example: erecords user list
    """
    from erecords import render
    from erecords.registry import org, views

    office = run.office()
    with office.read() as session:
        lines = [views.user_line(person) for person in org.staff(session)]
    columns = ("id", "name", "unit", "role", "deputy", "absent_from", "absent_to")
    rows = [[line[column] for column in columns] for line in lines]
    run.emit({"users": lines}, lambda: render.table(f"{len(lines)} people", columns, rows))


@group.command()
@click.argument("user_id", metavar="ID")
@click.pass_obj
def show(run: Invocation, user_id: str) -> None:
    """Show a person with the units for which they act today, by role and as deputy.

    Example: erecords user show u-hust1
    """
    from erecords import render
    from erecords.registry import access, org, views

    office = run.office()
    with office.read() as session:
        data = views.user_line(org.staff_member(session, user_id))
        acting = access.actor(session, user_id, office.clock.today())
    data |= {"units": sorted(acting.units), "rights": sorted(right.value for right in acting.rights)}
    facts = [(name, ", ".join(value) if isinstance(value, list) else value) for name, value in data.items()]
    run.emit(data, lambda: render.facts(str(data["name"]), facts))


@group.command()
@click.argument("user_id", metavar="ID")
@click.option("--from", "first", type=DATE, required=True, metavar="D", help="First day.")
@click.option("--to", "last", type=DATE, required=True, metavar="D", help="Last day.")
@click.option("--deputy", metavar="ID", help="Who stands in (default: the deputy of the staff list).")
@click.pass_obj
def absent(run: Invocation, user_id: str, first: date, last: date, deputy: str | None) -> None:
    """Enter an absence; meanwhile the deputy acts for the person's unit as well.

    Example: erecords user absent u-hust1 --from 2026-12-01 --to 2026-12-11
    """
    from erecords import render
    from erecords.registry import org, views

    office = run.office()
    with office.work() as work:
        person = org.set_absence(work, office.actor, user_id, first=first, last=last, deputy=deputy)
        data = views.user_line(person)
    run.emit(data, lambda: render.facts(person.name, data.items()))
