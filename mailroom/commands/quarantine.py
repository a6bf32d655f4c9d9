"""``erecords mail quarantine``: what could not be processed, and what to do about it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from erecords.invocation import Invocation
    from erecords.office import Office
    from mailroom.custody.quarantine import Quarantined


@click.group(name="quarantine")
def group() -> None:
    """Files that were not processed on their own; each original is kept, with the reason.

    Example: erecords mail quarantine list
    """


def _shape(one: Quarantined) -> dict[str, Any]:
    row = one.delivery
    return {
        "id": row.id,
        "source": row.source,
        "sha512": row.sha512,
        "bytes": row.bytes,
        "received": row.received.isoformat(),
        "reason": row.reason,
        "message": row.message,
        "advice": one.advice,
        "discard_proposed_by": row.discard_proposed_by,
    }


@group.command(name="list")
@click.pass_obj
def list_items(run: Invocation) -> None:
    """List what is in quarantine and why.

    Example: erecords mail quarantine list
    """
    from erecords.registry.access import Right
    from mailroom.commands import views
    from mailroom.custody import quarantine

    office = run.office()
    office.actor.require(Right.MAIL_ROOM)
    with office.read() as session:
        data = {"items": [_shape(one) for one in quarantine.items(session)]}
    run.emit(data, lambda: views.quarantine(data["items"]))


@group.command()
@click.argument("item_id", type=int, metavar="ID")
@click.pass_obj
def show(run: Invocation, item_id: int) -> None:
    """Show one item: where it came from, what is wrong, what to do.

    Example: erecords mail quarantine show 3
    """
    from erecords import render
    from erecords.registry.access import Right
    from mailroom.custody import quarantine

    office = run.office()
    office.actor.require(Right.MAIL_ROOM)
    with office.read() as session:
        data = _shape(quarantine.item(session, item_id))
    folder = office.home / "quarantine" / str(item_id)
    run.emit({**data, "folder": str(folder)}, lambda: render.facts("", [*data.items(), ("folder", folder)]))


@group.command()
@click.argument("item_id", type=int, metavar="ID")
@click.option(
    "--password", metavar="P", help="Password of a locked PDF; better left out: then it is asked for, unseen."
)
@click.pass_obj
def release(run: Invocation, item_id: int, password: str | None) -> None:
    """Process an item again, after what kept it was mended, or with the password of a locked PDF.

    Example: erecords mail quarantine release 3
    """
    from mailroom import shapes
    from mailroom.commands import views
    from mailroom.processing import runs
    from mailroom.tray import listing

    office = run.office()
    if password is None and _is_locked(office, item_id) and sys.stdin.isatty():
        password = click.prompt("Password of the sender (empty: try without)", hide_input=True, default="", err=True)
    ids = runs.release(office, item_id, password or None)
    with office.read() as session:
        data = {"deliveries": [shapes.delivery_shape(*pair) for pair in listing.of_deliveries(session, ids)]}
    run.emit(data, lambda: views.deliveries(data["deliveries"]))


def _is_locked(office: Office, item_id: int) -> bool:
    from erecords.registry.access import Right
    from mailroom.custody import quarantine
    from mailroom.custody.reasons import ReasonCode

    office.actor.require(Right.MAIL_ROOM)
    with office.read() as session:
        return quarantine.item(session, item_id).delivery.reason == ReasonCode.ENCRYPTED.value


@group.command()
@click.argument("item_id", type=int, metavar="ID")
@click.option("--reason", required=True, metavar="R", help="Why it is given up; kept in the log.")
@click.pass_obj
def discard(run: Invocation, item_id: int, reason: str) -> None:
    """Give an item up: the first person proposes, a second one confirms with the same command.

    Example: erecords mail quarantine discard 3 --reason 'Werbung mit Schadprogramm'
    """
    from mailroom.custody import quarantine

    office = run.office()
    with office.work() as work:
        row = quarantine.discard(work, office.actor, item_id, reason)
    if row.state.value == "discarded":
        quarantine.clear(office.home, item_id)
        text = f"Delivery {item_id} was discarded; its original stays in the store until its period ends."
    else:
        text = f"Proposed. A second person of the mail room confirms with the same command; until then {item_id} stays."
    run.emit({"id": item_id, "state": row.state.value, "proposed_by": row.discard_proposed_by}, text)
