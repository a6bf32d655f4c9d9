"""``erecords retention archived``: order, approve, carry-out, withdraw, list."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from archive.store import ArchiveStore
    from erecords.invocation import Invocation
    from erecords.office import Office
    from retention.models import ArchiveErasure


@click.group("archived")
def group() -> None:
    """Erase packages of the archive by order: one person orders, another approves, then it is carried out.

    Example: erecords retention archived list
    """


def _store(office: Office) -> ArchiveStore:
    from archive.settings import ArchiveSettings
    from archive.store import in_home

    return in_home(office.home, office.settings.section(ArchiveSettings), office.clock)


def _data(row: ArchiveErasure) -> dict[str, Any]:
    def instant(value: Any) -> str | None:
        return value.isoformat() if value else None

    return {
        "order": row.id,
        "package": row.aip,
        "reference": row.reference,
        "reason": row.reason,
        "ordered_by": row.ordered_by,
        "ordered": instant(row.ordered),
        "approved_by": row.approved_by,
        "approved": instant(row.approved),
        "carried_out_by": row.carried_out_by,
        "carried_out": instant(row.carried_out),
        "withdrawn_by": row.withdrawn_by,
        "withdrawn": instant(row.withdrawn),
        "removed": json.loads(row.removed),
    }


def _emit(run: Invocation, data: dict[str, Any]) -> None:
    from erecords import render

    shown = {key: value for key, value in data.items() if key not in {"removed", "open"}}
    shown["files gone"] = len(data["removed"]) or None
    shown["still to be erased"] = "; ".join(f"{i['place']}: {i['reason']}" for i in data.get("open", ()))
    run.emit(data, lambda: render.facts(f"Order {data['order']}", shown.items()))


@group.command()
@click.argument("name", metavar="ID")
@click.option("--reason", required=True, help="Law, judgment or request; it stays in the stub: no personal data.")
@click.pass_obj
def order(run: Invocation, name: str, reason: str) -> None:
    """Order that a package be erased. Nothing is erased by that.

    Example: erecords --actor u-dsb1 retention archived order 22.31-2026/000147 --reason "Urteil VG 3 K 12/26"
    """
    from archive.access import rights
    from retention.disposal import archived

    office = run.office()
    holding = _store(office).find(name)
    rights.require_visible(office.actor, holding)
    with office.work() as work:
        data = _data(archived.order(work, office.actor, holding.id, holding.reference, reason))
    _emit(run, data)


@group.command()
@click.argument("number", metavar="ORDER")
@click.pass_obj
def approve(run: Invocation, number: str) -> None:
    """Approve an order, as another person than who ordered.

    Example: erecords --actor u-hpa0 retention archived approve AL-2026-0001
    """
    from retention.disposal import archived

    office = run.office()
    with office.work() as work:
        data = _data(archived.approve(work, office.actor, number))
    _emit(run, data)


@group.command("carry-out")
@click.argument("number", metavar="ORDER")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def carry_out(run: Invocation, number: str, yes: bool) -> None:
    """Erase the package of an approved order, in all versions and all places for copies; a stub remains.

    Example: erecords --actor u-org1 retention archived carry-out AL-2026-0001
    """
    from archive.keeping.erase import erase
    from retention.disposal import archived, gate

    office = run.office()
    store = _store(office)
    if not yes:
        if not sys.stdin.isatty():
            raise click.UsageError("This destroys records and nobody can be asked here; say --yes.")
        click.confirm(f"Order {number}: erase the package for ever, with all copies?", abort=True, err=True)
    left: list[dict[str, Any]] = []

    def from_the_archive(row: ArchiveErasure) -> gate.Gone:
        done = erase(store, row.aip, office.clock, agent=office.actor.id, order=row.id, reason=row.reason)
        left.extend(asdict(item) for item in done.open)
        return done.removed

    with office.disposal(), office.work() as work:
        row = archived.find(work.session, number)
        gate.erase_archived(work, office.actor, row, from_the_archive)
        data = {**_data(row), "open": left}
    _emit(run, data)


@group.command()
@click.argument("number", metavar="ORDER")
@click.pass_obj
def withdraw(run: Invocation, number: str) -> None:
    """Take back an order that was not carried out.

    Example: erecords --actor u-dsb1 retention archived withdraw AL-2026-0001
    """
    from retention.disposal import archived

    office = run.office()
    store = _store(office)
    with office.work() as work:
        row = archived.withdraw(work, office.actor, number, lambda aip: bool(store.find(aip).erased))
        data = _data(row)
    _emit(run, data)


@group.command("list")
@click.pass_obj
def list_(run: Invocation) -> None:
    """List all orders, the newest first.

    Example: erecords --actor u-dsb1 retention archived list
    """
    from erecords import render
    from retention.disposal import archived

    office = run.office()
    with office.read() as session:
        rows = [_data(row) for row in archived.listing(session, office.actor)]
    columns = ("order", "reference", "ordered_by", "approved_by", "carried_out", "withdrawn", "reason")
    run.emit(
        {"orders": rows},
        lambda: render.table(f"{len(rows)} orders", columns, [[row[name] for name in columns] for row in rows]),
    )
