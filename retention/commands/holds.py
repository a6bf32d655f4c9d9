"""``erecords retention hold``: place, lift, list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import RenderableType

    from erecords.invocation import Invocation
    from retention.holds.placing import HoldView


_SHOWN = 5


@click.group("hold")
def group() -> None:
    """Holds (Löschsperren): what must not be destroyed whatever the schedule says.

    Example: erecords retention hold list
    """


@group.command()
@click.argument("references", metavar="REF...", nargs=-1)
@click.option("--class", "classes", metavar="C", multiple=True, help="A whole class, with all that will be opened.")
@click.option("--title", required=True, metavar="T", help="What the hold is about.")
@click.option("--reason", required=True, metavar="R", help="Why it is needed.")
@click.option("--basis", default="", metavar="B", help="The law, order or file number it rests on.")
@click.option("--owner", default="", metavar="O", help="Who says when it may be lifted (default: you).")
@click.option("--query", metavar="Q", help="All cases that this search finds now, by themselves or a document.")
@click.option("--also-future", is_flag=True, help="And those that the search finds later.")
@click.pass_obj
def place(
    run: Invocation, /, references: tuple[str, ...], classes: tuple[str, ...], query: str | None, also_future: bool,
    **words: str,
) -> None:  # fmt: skip
    """Place a hold on cases, whole classes, or what a search finds.

    Example: erecords retention hold place 22.31-2026/000147 --title Klage --reason "VG Chemnitz 3 K 12/26"
    """
    from retention.holds import placing, queries

    if also_future and query is None:
        raise click.UsageError("--also-future goes with --query.")
    office = run.office()
    search = None
    if query is not None:
        found = tuple(queries.case_ids(office, query, office.actor.id))
        search = placing.Search(query, found, also_future)
    with office.work() as work:
        view = placing.place(work, office.actor, references, classes=classes, search=search, **words)
    run.emit(view.to_json(), lambda: _table([view]))


@group.command()
@click.argument("hold", metavar="HOLD")
@click.option("--reason", required=True, metavar="R", help="Why it may end.")
@click.pass_obj
def lift(run: Invocation, hold: str, reason: str) -> None:
    """Lift a hold; it stays as history, and other holds stay in force.

    Example: erecords retention hold lift H-2026-0001 --reason "Urteil rechtskräftig"
    """
    from retention.holds import placing

    office = run.office()
    with office.work() as work:
        view = placing.lift(work, office.actor, hold, reason=reason)
    run.emit(view.to_json(), lambda: _table([view]))


@group.command("list")
@click.argument("reference", metavar="[REF]", required=False)
@click.pass_obj
def list_(run: Invocation, reference: str | None) -> None:
    """List all holds, or those on one case.

    Example: erecords retention hold list 22.31-2026/000147
    """
    from retention.holds import placing

    office = run.office()
    with office.read() as session:
        views = placing.listing(session, office.actor, reference)
    run.emit({"holds": [view.to_json() for view in views]}, lambda: _table(views))


def _table(views: list[HoldView]) -> RenderableType:
    from erecords import render

    columns = ("hold", "title", "reason", "basis", "owner", "covers", "lifted")
    rows = [(v.hold, v.title, v.reason, v.basis, v.owner, _covers(v), v.lifted) for v in views]
    return render.table("Holds", columns, rows)


def _covers(view: HoldView) -> str:
    names = ", ".join(view.references[:_SHOWN])
    more = f" and {len(view.references) - _SHOWN} more" if len(view.references) > _SHOWN else ""
    later = f"; also what {view.query!r} finds later" if view.future else ""
    return f"{names}{more}{later}"
