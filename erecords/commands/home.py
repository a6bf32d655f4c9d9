"""``erecords init``, ``status`` and ``check``: a home from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import RenderableType

    from erecords.invocation import Invocation


@click.command()
@click.option("--sample-city", is_flag=True, help="Load Zwönau, the invented city: units, staff, plan, schedule.")
@click.option("--admin", metavar="NAME", help="First person of a home without the sample city.")
@click.pass_obj
def init(run: Invocation, sample_city: bool, admin: str | None) -> None:
    """Make a new home for records in the folder --home DIR, which must be new or empty.

    Example: erecords --home ~/zwoenau init --sample-city
    """
    from erecords import founding, render

    if sample_city == bool(admin):
        raise click.UsageError("Say either --sample-city or --admin NAME (the first person of the staff list).")
    if sample_city:
        run.say("Making the home; the mail room learns from the city's letters, which takes some seconds.")
    founded = founding.found_sample_city(run.home, run.assembly) if sample_city else None
    founded = founded or founding.found_with_admin(run.home, run.assembly, str(admin), run.actor_id)
    data: dict[str, Any] = {"home": str(run.home), **founded}
    run.emit(data, lambda: render.facts("A new home for records", data.items()))


@click.command()
@click.pass_obj
def status(run: Invocation) -> None:
    """Show how the home is doing: letters that wait, quarantine, cases, archive, index, disk.

    Example: erecords status
    """
    from erecords import health, render

    data = health.status(run.office())

    def view() -> RenderableType:
        areas = [(area, values) for area, values in data.items() if isinstance(values, dict)]
        rows = [
            (area if place == 0 else "", name, render.figure(name, value))
            for area, values in areas
            for place, (name, value) in enumerate(values.items())
        ]
        return render.table(str(data["home"]), ("area", "figure", "value"), rows)

    run.emit(data, view)


@click.command()
@click.option("--deep", is_flag=True, help="Read every stored byte and hold it against its digest.")
@click.pass_obj
def check(run: Invocation, deep: bool) -> None:
    """Check that everything stored is there and sound: database, log, bytes, index, mail room, archive.

    Example: erecords check --deep
    """
    from erecords import health, render
    from erecords.errors import DoneWithFindings

    with run.progress() as bar:
        task = bar.add_task("Checking", total=None)
        findings = health.check(run.office(), deep, lambda: bar.advance(task))
    rows = [(finding.area, finding.message) for finding in findings]
    data = {"findings": [{"area": area, "message": message} for area, message in rows], "sound": not rows}
    run.emit(data, lambda: render.table("Findings" if rows else "Everything is sound.", ("area", "finding"), rows))
    if rows:
        raise DoneWithFindings(f"{len(rows)} findings.")
