"""``erecords plan``: import, list, show."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from erecords.commands.shared import bring_to

if TYPE_CHECKING:
    from erecords.invocation import Invocation


@click.group()
def group() -> None:
    """The filing plan (Aktenplan).

    Example: erecords plan show 22.31
    """


@group.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@click.pass_obj
def import_(run: Invocation, file: Path, dry_run: bool) -> None:
    """Bring the filing plan to the state of a CSV list; classes that hold case files stay.

    Columns: notation, parent, title, office, retention, file_kind, file_key, protection, scope. Retention and
    protection are inherited from the class above where they are empty. Another retention rule for a class that holds
    case files waits until another person confirms it: erecords retention schedule classes.

    Example: erecords plan import filing_plan.csv
    """
    from erecords.registry import plan

    report = bring_to(run, "Filing plan", file, plan.import_plan, dry_run=dry_run)
    if report["waiting"]:
        run.say("Rules of classes wait for another person: erecords retention schedule classes")


@group.command("list")
@click.pass_obj
def list_(run: Invocation) -> None:
    """List all classes.

    Example: erecords plan list
    """
    from erecords import render
    from erecords.registry import plan, views

    office = run.office()
    with office.read() as session:
        lines = [views.class_line(found) for found in plan.all_classes(session).values()]
    columns = ("notation", "title", "unit", "retention", "file_kind", "protection")
    rows = [[line[column] for column in columns] for line in lines]
    run.emit({"classes": lines}, lambda: render.table(f"{len(lines)} classes", columns, rows))


@group.command()
@click.argument("notation", metavar="C")
@click.pass_obj
def show(run: Invocation, notation: str) -> None:
    """Show a class with its place in the plan and what it inherits.

    Example: erecords plan show 22.31
    """
    from erecords import render
    from erecords.registry import plan, views

    office = run.office()
    with office.read() as session:
        data = views.class_view(session, office.actor, plan.find_class(session, notation))
    facts = [(name, " / ".join(value) if isinstance(value, list) else value) for name, value in data.items()]
    run.emit(data, lambda: render.facts(f"{data['notation']} {data['title']}", facts))
