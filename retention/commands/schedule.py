"""``erecords retention schedule``: import, list, confirm."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from erecords.commands.shared import DATE

if TYPE_CHECKING:
    from rich.console import RenderableType

    from erecords.invocation import Invocation
    from retention.models import Rule


@click.group("schedule")
def group() -> None:
    """The retention schedule: rules and their versions.

    Example: erecords retention schedule list
    """


@group.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--from", "valid_from", type=DATE, help="First day of new and changed versions (default: today).")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@click.pass_obj
def import_(run: Invocation, file: Path, valid_from: date | None, dry_run: bool) -> None:
    """Take in a schedule (CSV). What differs becomes new versions; what could shorten waits for a second person.

    Example: erecords retention schedule import schedule.csv --dry-run
    """
    from retention.periods import importer

    office = run.office()
    if dry_run:
        with office.read() as session:
            diff = importer.preview(session, office.actor, file, run.as_of(valid_from))
    else:
        with office.work() as work:
            diff = importer.import_schedule(work, office.actor, file, valid_from=valid_from)
    data = diff.to_json()
    run.emit(data, lambda: _diff_view(data, dry_run))
    for rule in diff.unconfirmed:
        run.say(f"{rule} could shorten a period. Another person confirms: erecords retention schedule confirm {rule}")


def _diff_view(data: dict[str, Any], dry_run: bool) -> RenderableType:
    from erecords import render

    names = ("added", "changed", "unconfirmed", "unchanged", "missing")
    rows: list[tuple[str, object, str]] = [(name, len(data[name]), ", ".join(data[name][:8])) for name in names]
    rows += [(f"cases under {rule}", count, "") for rule, count in data["affected"].items()]
    rows += [
        (f"of them due then, {rule}", f"{count['before']} -> {count['after']}", "")
        for rule, count in data["due"].items()
    ]
    return render.table("What would change" if dry_run else "Retention schedule", ("", "number", ""), rows)


@group.command()
@click.argument("rule", metavar="RULE")
@click.pass_obj
def confirm(run: Invocation, rule: str) -> None:
    """Put a changed rule into force that somebody else imported.

    Example: erecords retention schedule confirm R-BELEG-08
    """
    from erecords import render
    from retention.periods import importer

    office = run.office()
    with office.work() as work:
        row = importer.confirm(work, office.actor, rule)
    data = _rule(row)
    run.emit(data, lambda: render.facts("In force", data.items()))


@group.command()
@click.pass_obj
def classes(run: Invocation) -> None:
    """List classes whose rule a plan import would change, with the cases that would be due today before and after.

    Example: erecords retention schedule classes
    """
    from erecords import render
    from retention.periods import classes as of_classes

    office = run.office()
    with office.read() as session:
        data = [row.to_json() for row in of_classes.waiting(session, office.clock.today())]
    columns = ("class", "rule", "asked", "asked_by", "cases", "due today")
    rows = [(*(row[name] for name in columns[:5]), f"{row['due']['before']} -> {row['due']['after']}") for row in data]
    run.emit({"classes": data}, lambda: render.table("Rules of classes that wait", columns, rows))


@group.command("confirm-class")
@click.argument("notation", metavar="C")
@click.pass_obj
def confirm_class(run: Invocation, notation: str) -> None:
    """Put another rule of a class, and of those below it, into force that somebody else's plan import asked for.

    Example: erecords --actor u-hpa0 retention schedule confirm-class 22.31
    """
    from retention.periods import classes as of_classes

    office = run.office()
    with office.work() as work:
        changed = of_classes.confirm(work, office.actor, notation)
    run.emit({"classes": changed}, f"In force: the new rule of {', '.join(changed)}.")


@group.command("list")
@click.pass_obj
def list_(run: Invocation) -> None:
    """List all rules with all their versions.

    Example: erecords retention schedule list
    """
    from erecords import render
    from retention.periods import rules

    with run.office().read() as session:
        data = [_rule(rule) for rule in rules.versions(session)]
    columns = ("rule", "version", "title", "period", "trigger", "start", "kind", "disposal", "basis", "from", "to")
    rows = [[row[name] for name in columns] for row in data]
    run.emit({"rules": data}, lambda: render.table("Retention schedule", columns, rows))


def _rule(rule: Rule) -> dict[str, Any]:
    from retention.periods.rules import length_text

    return {
        "rule": rule.id,
        "version": rule.version,
        "title": rule.title,
        "period": length_text(rule),
        "years": rule.years,
        "months": rule.months,
        "days": rule.days,
        "trigger": rule.trigger,
        "start": rule.start.value,
        "kind": rule.kind.value,
        "disposal": rule.disposal.value,
        "kind_of_basis": rule.basis,
        "basis": rule.source,
        "checked": rule.checked,
        "note": rule.note,
        "from": rule.valid_from.isoformat(),
        "to": rule.valid_to.isoformat() if rule.valid_to else None,
        "imported_by": rule.imported_by,
        "confirmed_by": rule.confirmed_by,
    }
