"""``erecords archive list``, ``search`` and ``show``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from archive.commands.shared import opened

if TYPE_CHECKING:
    from archive.catalogue import Holding
    from erecords.invocation import Invocation


def _row(holding: Holding) -> dict[str, Any]:
    return {
        "id": holding.id,
        "reference": holding.reference,
        "title": holding.title,
        "versions": holding.versions,
        "bytes": holding.bytes,
        "ingested": holding.ingested,
        "erased": holding.erased,
        "part_of": holding.part_of or None,
    }


def _emit_holdings(run: Invocation, holdings: tuple[Holding, ...], title: str) -> None:
    from erecords import render

    columns = ("reference", "part_of", "title", "versions", "bytes", "ingested", "id")
    rows = [_row(holding) for holding in holdings]
    run.emit({"packages": rows}, lambda: render.table(title, columns, [[row[c] for c in columns] for row in rows]))


@click.command("list")
@click.pass_obj
def list_(run: Invocation) -> None:
    """List the packages that the archive holds.

    Example: erecords archive list
    """
    from archive.access import rights

    holdings = rights.visible(run.office().actor, opened(run).holdings())
    _emit_holdings(run, holdings, f"{len(holdings)} packages")


@click.command()
@click.argument("query")
@click.pass_obj
def search(run: Invocation, query: str) -> None:
    """Find packages by words of their metadata; a word ending in * stands for all that begin with it.

    Example: erecords archive search "gewerbe* müller"
    """
    from archive.access import rights

    holdings = rights.visible(run.office().actor, opened(run).search(query))
    _emit_holdings(run, holdings, f"{len(holdings)} packages with {query}")


@click.command()
@click.argument("name", metavar="ID")
@click.pass_obj
def show(run: Invocation, name: str) -> None:
    """Show a package by its id or file reference: metadata, closure period, files with digests.

    Example: erecords archive show 22.31-2026/000147
    """
    from archive.access import rights
    from archive.access.showing import package_data, package_facts
    from erecords import render

    store = opened(run)
    holding = store.find(name)
    rights.require_visible(run.office().actor, holding)
    data = package_data(store, holding)
    run.emit(data, lambda: render.facts(data["id"], package_facts(data)))


COMMANDS = (list_, search, show)
