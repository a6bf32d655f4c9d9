"""``erecords retention archived``: order, approve, carry-out, withdraw, list."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import RenderableType

    from archive.keeping.open_erasures import OpenErasure
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
        "part_of": row.part_of or None,
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


def _emit_all(run: Invocation, orders: list[dict[str, Any]]) -> None:
    """One order as itself; several as the list ``orders``."""
    from rich.console import Group

    run.emit(orders[0] if len(orders) == 1 else {"orders": orders}, lambda: Group(*(_view(order) for order in orders)))


def _view(data: dict[str, Any]) -> RenderableType:
    from erecords import render

    shown = {key: value for key, value in data.items() if key not in {"removed", "open"}}
    shown["files gone"] = len(data["removed"]) or None
    shown["still to be erased"] = "; ".join(f"{i['place']}: {i['reason']}" for i in data.get("open", ()))
    return render.facts(f"Order {data['order']}", shown.items())


@group.command()
@click.argument("name", metavar="ID")
@click.option("--reason", required=True, help="Law, judgment or request; it stays in the stub: no personal data.")
@click.option(
    "--parts/--alone",
    "parts",
    default=None,
    help="Of a case whose transactions are packages of their own: order for all of them too, or for it alone.",
)
@click.pass_obj
def order(run: Invocation, name: str, reason: str, parts: bool | None) -> None:
    """Order that a package be erased. Nothing is erased by that. Each package gets an order of its own.

    Example: erecords --actor u-dsb1 retention archived order 22.31-2026/000147 --reason "Urteil VG 3 K 12/26"
    """
    from archive.access import rights
    from retention.disposal import archived

    office = run.office()
    store = _store(office)
    holding = store.find(name)
    rights.require_visible(office.actor, holding)
    below = [part for part in store.parts(holding) if not part.erased]
    if below and parts is None:
        numbers = ", ".join(part.reference for part in below[:5])
        raise click.UsageError(
            f"{holding.reference} has {len(below)} transactions as packages of their own ({numbers}). Say --parts to "
            "order for all of them too, or --alone; nothing was ordered."
        )
    with office.work() as work:
        rows = [
            archived.order(work, office.actor, item.id, item.reference, reason, part_of=item.part_of)
            for item in (holding, *(below if parts else ()))
        ]
        orders = [_data(row) for row in rows]
    _emit_all(run, orders)


@group.command()
@click.argument("numbers", metavar="ORDER...", nargs=-1, required=True)
@click.pass_obj
def approve(run: Invocation, numbers: tuple[str, ...]) -> None:
    """Approve orders, as another person than who ordered; all of them or none.

    Example: erecords --actor u-hpa0 retention archived approve AL-2026-0001
    """
    from retention.disposal import archived

    office = run.office()
    with office.work() as work:
        orders = [_data(archived.approve(work, office.actor, number)) for number in dict.fromkeys(numbers)]
    _emit_all(run, orders)


@group.command("carry-out")
@click.argument("numbers", metavar="ORDER...", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def carry_out(run: Invocation, numbers: tuple[str, ...], yes: bool) -> None:
    """Erase the packages of approved orders, in all versions and all places for copies; stubs remain.

    Example: erecords --actor u-org1 retention archived carry-out AL-2026-0001
    """
    from archive.keeping.erase import erase
    from erecords.config import CitySettings
    from retention.disposal import archived, archived_certificate, gate

    office = run.office()
    store = _store(office)
    if not yes:
        if not sys.stdin.isatty():
            raise click.UsageError("This destroys records and nobody can be asked here; say --yes.")
        what = ", ".join(numbers)
        click.confirm(f"{what}: erase what was ordered for ever, with all copies?", abort=True, err=True)
    city = office.settings.section(CitySettings).name
    left: list[OpenErasure] = []

    def from_the_archive(row: ArchiveErasure) -> gate.Gone:
        done = erase(store, row.aip, office.clock, agent=office.actor.id, order=row.id, reason=row.reason)
        left.extend(done.open)
        return done.removed

    done = []
    with office.disposal():
        for number in dict.fromkeys(numbers):
            left.clear()
            with office.work() as work:
                row = archived.find(work.session, number)
                gate.erase_archived(work, office.actor, row, from_the_archive)
                archived_certificate.issue(work, office.blobs, row, city, left)
                done.append({**_data(row), "open": [asdict(item) for item in left]})
    _emit_all(run, done)


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
    _emit_all(run, [data])


@group.command()
@click.argument("number", metavar="ORDER")
@click.option("--to", type=click.Path(path_type=Path, dir_okay=False), required=True, help="A .pdf or .json file.")
@click.pass_obj
def certificate(run: Invocation, number: str, to: Path) -> None:
    """Write the certificate of an order that was carried out: as PDF/A, or as JSON where the file is called .json.

    Example: erecords --actor u-dsb1 retention archived certificate AL-2026-0001 --to protokoll.pdf
    """
    from erecords.files import write_out
    from erecords.registry.access import Right
    from retention.disposal import archived, archived_certificate

    office = run.office()
    office.actor.require(Right.SEE_ALL_METADATA)
    with office.read() as session:
        row = archived.find(session, number)
        sha512 = archived_certificate.digest_of(row, as_json=to.suffix.lower() == ".json")
    write_out(to, office.blobs.verified(sha512).read_bytes())
    run.emit({"order": row.id, "file": str(to), "sha512": sha512}, f"The certificate of order {row.id} is in {to}.")


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
