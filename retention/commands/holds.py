"""``erecords retention hold``: place, lift, list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import RenderableType

    from erecords.invocation import Invocation
    from retention.holds import HoldView


@click.group("hold")
def group() -> None:
    """Holds (Löschsperren): what must not be destroyed whatever the schedule says.

    Example: erecords retention hold list
    """


@group.command()
@click.argument("references", metavar="REF...", nargs=-1)
@click.option("--class", "classes", metavar="C", multiple=True, help="A whole class, with all that will be opened.")
@click.option("--title", required=True, metavar="T", help="What the hold is about.")
@click.option("--reason", required=True, metavar="R", help="Why, with the basis.")
@click.pass_obj
def place(run: Invocation, references: tuple[str, ...], classes: tuple[str, ...], title: str, reason: str) -> None:
    """Place a hold on cases or whole classes.

    Example: erecords retention hold place 22.31-2026/000147 --title Klage --reason "VG Chemnitz 3 K 12/26"
    """
    from retention import holds

    office = run.office()
    with office.work() as work:
        view = holds.place(work, office.actor, references, title=title, reason=reason, classes=classes)
    run.emit(view.to_json(), lambda: _table([view]))


@group.command()
@click.argument("hold", metavar="HOLD")
@click.option("--reason", required=True, metavar="R", help="Why it may end.")
@click.pass_obj
def lift(run: Invocation, hold: str, reason: str) -> None:
    """Lift a hold; it stays as history, and other holds stay in force.

    Example: erecords retention hold lift H-2026-0001 --reason "Urteil rechtskräftig"
    """
    from retention import holds

    office = run.office()
    with office.work() as work:
        view = holds.lift(work, office.actor, hold, reason=reason)
    run.emit(view.to_json(), lambda: _table([view]))


@group.command("list")
@click.argument("reference", metavar="[REF]", required=False)
@click.pass_obj
def list_(run: Invocation, reference: str | None) -> None:
    """List all holds, or those on one case.

    Example: erecords retention hold list 22.31-2026/000147
    """
    from retention import holds

    office = run.office()
    with office.read() as session:
        views = holds.listing(session, office.actor, reference)
    run.emit({"holds": [view.to_json() for view in views]}, lambda: _table(views))


def _table(views: list[HoldView]) -> RenderableType:
    from erecords import render

    columns = ("hold", "title", "reason", "placed by", "covers", "lifted")
    rows = [(v.hold, v.title, v.reason, v.placed_by, ", ".join(v.references), v.lifted) for v in views]
    return render.table("Holds", columns, rows)
