"""``erecords retention due``, ``why`` and ``run``."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from erecords.commands.shared import DATE

if TYPE_CHECKING:
    from rich.console import RenderableType

    from erecords.invocation import Invocation


@click.command()
@click.option("--on", type=DATE, help="As of this day (default: today).")
@click.option("--within", type=click.IntRange(0, 1200), metavar="MONTHS", default=0, help="Also what comes due then.")
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", help="How to show it.")
@click.pass_obj
def due(run: Invocation, on: date | None, within: int, form: str) -> None:
    """List what is due, what cannot be computed, and open cases whose longest period is over.

    Example: erecords retention due --on 2037-01-01 --within 12
    """
    from retention.periods import due as dates
    from retention.periods.schedule import months_later
    from retention.settings import RetentionSettings

    office = run.office()
    day = run.as_of(on)
    until = months_later(day, within)
    lead = office.settings.section(RetentionSettings).max_lead_days
    with office.read() as session:
        data: dict[str, Any] = {
            "on": day.isoformat(),
            "until": until.isoformat(),
            "cases": [row.to_json() for row in dates.due_cases(session, office.actor, day, until, lead)],
            "not_computable": [row.to_json() for row in dates.not_computable(session, office.actor, day)],
            "overdue_open": [row.to_json() for row in dates.overdue_open(session, office.actor, day)],
        }
    run.as_json = run.as_json or form == "json"
    if form == "csv" and not run.as_json:
        click.echo(_csv(data["cases"]), nl=False)
    else:
        run.emit(data, lambda: _due_view(data))


def _csv(rows: list[dict[str, Any]]) -> str:
    from retention.lists.offering import harmless

    text = io.StringIO(newline="")
    names = ("reference", "class", "title", "rule", "rule_version", "trigger", "trigger_date", "due", "disposal")
    writer = csv.DictWriter(text, [*names, "kind", "held", "list"], lineterminator="\n")
    writer.writeheader()
    writer.writerows({**row, "title": harmless(row["title"])} for row in rows)
    return text.getvalue()


def _due_view(data: dict[str, Any]) -> RenderableType:
    from rich.console import Group

    from erecords import render

    columns = ("reference", "title", "rule", "trigger_date", "due", "disposal", "held", "list")
    rows = [[("yes" if row[name] is True else row[name] or "") for name in columns] for row in data["cases"]]
    parts = [render.table(f"Due as of {data['until']}: {len(rows)}", columns, rows)]
    for key, title in (("not_computable", "Date not computable"), ("overdue_open", "Open, but to be gone")):
        if data[key]:
            work = [(row["reference"], row["rule"], row["reason"]) for row in data[key]]
            parts.append(render.table(f"{title}: {len(work)}", ("reference", "rule", "why"), work))
    return Group(*parts)


@click.command()
@click.argument("reference", metavar="REF")
@click.option("--on", type=DATE, help="As of this day (default: today); past days too.")
@click.pass_obj
def why(run: Invocation, reference: str, on: date | None) -> None:
    """Say in plain words why a case is, or is not, due: rule, trigger, holds, list, decision.

    Example: erecords retention why 22.31-2026/000147 --on 2037-01-01
    """
    from erecords import render
    from retention import explain
    from retention.settings import RetentionSettings

    office = run.office()
    settings = office.settings.section(RetentionSettings)
    with office.read() as session:
        answer = explain.why(session, office.actor, reference, run.as_of(on), settings, office.clock.today())
    data = answer.to_json()
    shown = [
        (name, ", ".join(map(_short, value)) if isinstance(value, list) else value) for name, value in data.items()
    ]
    run.emit(data, lambda: render.facts(answer.reference, shown))


def _short(value: Any) -> str:
    """An obligation on one line; anything else as it is."""
    return f"{value['rule']} ({value['of']}): {value['due'] or 'unknown'}" if isinstance(value, dict) else str(value)


@click.command("run")
@click.option("--on", type=DATE, help="As of this day (default: today).")
@click.pass_obj
def run_(run: Invocation, on: date | None) -> None:
    """Compute, warn and propose; for a nightly timer. It never destroys.

    Example: erecords --actor u-org1 retention run
    """
    from erecords import render
    from retention import runs
    from retention.holds import queries
    from retention.settings import RetentionSettings

    office = run.office()
    said = queries.follow(office)
    with office.work() as work:
        report = runs.run(work, office.actor, run.as_of(on), office.settings.section(RetentionSettings), said)
    data = report.to_json()
    shown = [(name, value) for name, value in data.items() if name != "warnings"]
    run.emit(data, lambda: render.facts("Retention run", [*shown, *(("warning", w) for w in report.warnings)]))


COMMANDS = (due, why, run_)
