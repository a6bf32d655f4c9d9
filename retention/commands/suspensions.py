"""``erecords retention suspension``: begin, recheck, end, list."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import click

from erecords.commands.shared import DATE

if TYPE_CHECKING:
    from rich.console import RenderableType

    from erecords.invocation import Invocation
    from erecords.office import Office
    from retention.models import Suspension


@click.group("suspension")
def group() -> None:
    """Suspensions (Ablaufhemmung): a period that does not end while a law keeps it open.

    Example: erecords retention suspension list --due
    """


@group.command()
@click.argument("reference", metavar="REF")
@click.option("--reason", required=True, metavar="R", help="What keeps the period open.")
@click.option("--basis", required=True, metavar="B", help="The law, as 'AO § 147 Abs. 3 S. 5'.")
@click.option("--recheck", type=DATE, required=True, metavar="DATE", help="When to look whether it still lasts.")
@click.pass_obj
def begin(run: Invocation, reference: str, reason: str, basis: str, recheck: date) -> None:
    """Keep a case's period from ending until the suspension is ended.

    Example: erecords retention suspension begin 22.31-2026/000147 --reason R --basis "AO § 147" --recheck 2030-01-01
    """
    from retention.periods import suspensions

    office = run.office()
    with office.work() as work:
        row = suspensions.begin(work, office.actor, reference, reason=reason, basis=basis, recheck=recheck)
    _emit(run, office, row)


@group.command()
@click.argument("suspension", metavar="NUMBER")
@click.option("--on", type=DATE, required=True, metavar="DATE", help="When to look again.")
@click.pass_obj
def recheck(run: Invocation, suspension: str, on: date) -> None:
    """Note that a suspension still lasts, and look again on another day.

    Example: erecords retention suspension recheck S-2026-0001 --on 2031-01-01
    """
    from retention.periods import suspensions

    office = run.office()
    with office.work() as work:
        row = suspensions.recheck(work, office.actor, suspension, on=on)
    _emit(run, office, row)


@group.command()
@click.argument("suspension", metavar="NUMBER")
@click.option("--reason", required=True, metavar="R", help="Why it no longer lasts.")
@click.pass_obj
def end(run: Invocation, suspension: str, reason: str) -> None:
    """End a suspension today; the case is due tomorrow at the earliest.

    Example: erecords retention suspension end S-2026-0001 --reason "Festsetzungsfrist abgelaufen"
    """
    from retention.periods import suspensions

    office = run.office()
    with office.work() as work:
        row = suspensions.end(work, office.actor, suspension, reason=reason)
    _emit(run, office, row)


@group.command("list")
@click.option("--due", "due_only", is_flag=True, help="Only those that somebody should look at now.")
@click.pass_obj
def list_(run: Invocation, due_only: bool) -> None:
    """List suspensions, those to look at again first.

    Example: erecords retention suspension list --due
    """
    from retention.periods import suspensions

    office = run.office()
    with office.read() as session:
        views = suspensions.listing(session, office.actor, office.clock.today(), due_only=due_only)
    data = [view.to_json() for view in views]
    run.emit({"suspensions": data}, lambda: _table(data))


def _emit(run: Invocation, office: Office, row: Suspension) -> None:
    from retention.periods.suspensions import SuspensionView

    recheck_due = row.ended_on is None and row.recheck <= office.clock.today()
    data = SuspensionView(row, recheck_due).to_json()
    run.emit(data, lambda: _table([data]))


def _table(data: list[dict[str, Any]]) -> RenderableType:
    from erecords import render

    names = ("suspension", "reference", "reason", "basis", "begun", "recheck", "ended")
    rows = [
        [f"{row[name]} (now)" if name == "recheck" and row["recheck_due"] else row[name] for name in names]
        for row in data
    ]
    return render.table("Suspensions", names, rows)
