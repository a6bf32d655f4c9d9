"""``erecords retention report``."""

from __future__ import annotations

from datetime import date

import click

from erecords.commands.shared import DATE
from erecords.invocation import Invocation

_KINDS = (
    "due", "overdue", "unknown", "held", "offered", "suspended", "conflicts", "never-offered", "classes"
)  # fmt: skip


@click.command()
@click.argument("kind", type=click.Choice(_KINDS))
@click.option("--on", type=DATE, help="As of this day (default: today).")
@click.option("--within", type=click.IntRange(0, 1200), metavar="MONTHS", default=0, help="For due: also what comes.")
@click.option("--class", "notation", metavar="C", help="Only this class and all below it.")
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", help="How to show it.")
@click.pass_obj
def report(run: Invocation, kind: str, on: date | None, within: int, notation: str | None, form: str) -> None:
    """List cases that are due, overdue, unknown, held, offered, suspended, in conflict, never offered; or per class.

    Example: erecords retention report due --within 12 --class 22 --format csv
    """
    import csv
    import sys

    from erecords import render
    from retention import reports
    from retention.lists.offering import harmless
    from retention.settings import RetentionSettings

    office = run.office()
    settings = office.settings.section(RetentionSettings)
    with office.read() as session:
        asked = reports.question(session, office.actor, run.as_of(on), within, settings, notation)
        rows = list(reports.rows(session, reports.Kind(kind), asked))
    run.as_json = run.as_json or form == "json"
    names = tuple(rows[0]) if rows else ("reference", "class", "rule", "due", "note")
    if form == "csv" and not run.as_json:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerows([names, *([harmless(row[name]) for name in names] for row in rows)])
        return
    title = f"{kind} as of {asked.on}: {len(rows)}"
    data = {"report": kind, "on": asked.on.isoformat(), "rows": rows}
    run.emit(data, lambda: render.table(title, names, [[row[name] for name in names] for row in rows]))


COMMANDS = (report,)
