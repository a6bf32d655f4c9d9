"""``erecords retention waiver``: standing waivers of the archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from erecords.invocation import Invocation


@click.group("waiver")
def group() -> None:
    """Standing waivers: what the archive need not be offered case by case.

    Example: erecords retention waiver list
    """


@group.command()
@click.option("--rule", metavar="RULE", help="For all cases under this rule.")
@click.option("--class", "notation", metavar="C", help="For this class and all below it.")
@click.option("--basis", required=True, metavar="B", help="Letter or agreement that says so.")
@click.pass_obj
def give(run: Invocation, rule: str | None, notation: str | None, basis: str) -> None:
    """Waive the offer of cases that their rule destroys (V), from today on. Archivists only.

    Example: erecords --actor u-arc1 retention waiver give --rule R-FUND --basis "Vereinbarung vom 2026-01-12"
    """
    from retention.lists import waivers

    office = run.office()
    with office.work() as work:
        row = waivers.give(work, office.actor, basis=basis, rule_id=rule, class_notation=notation)
    run.emit({"waiver": row.id, "rule": rule, "class": notation}, f"Waiver {row.id} is in force from {row.valid_from}.")


@group.command()
@click.argument("waiver", metavar="NUMBER", type=int)
@click.pass_obj
def end(run: Invocation, waiver: int) -> None:
    """End a waiver; cases that still wait for their destruction under it are withheld from tomorrow on.

    Example: erecords --actor u-arc1 retention waiver end 3
    """
    from retention.lists import waivers

    office = run.office()
    with office.work() as work:
        row = waivers.end(work, office.actor, waiver)
    run.emit({"waiver": row.id, "to": str(row.valid_to)}, f"Waiver {row.id} ends on {row.valid_to}.")


@group.command("list")
@click.pass_obj
def list_(run: Invocation) -> None:
    """List all waivers.

    Example: erecords retention waiver list
    """
    from erecords import render
    from retention.lists import waivers

    with run.office().read() as session:
        data = waivers.listing(session)
    columns = ("waiver", "rule", "class", "basis", "given_by", "from", "to")
    rows = [[row[name] for name in columns] for row in data]
    run.emit({"waivers": data}, lambda: render.table("Standing waivers of the archive", columns, rows))
