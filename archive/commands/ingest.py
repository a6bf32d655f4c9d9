"""``erecords archive ingest``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.commands.shared import opened

if TYPE_CHECKING:
    from erecords.invocation import Invocation


@click.command()
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@click.pass_obj
def ingest(run: Invocation, path: Path) -> None:
    """Take in a package from outside: a bag, an xdomea 0503 ZIP, an E-ARK SIP, or a folder with metadata.csv.

    It is refused with all findings, or stored as a whole.

    Example: erecords archive ingest /media/handover/bag
    """
    from rich.console import Group

    from archive.access.showing import ingest_events
    from archive.intake import take_in
    from erecords import render
    from erecords.registry.access import Right

    office = run.office()
    office.actor.require(Right.ARCHIVE)
    store = opened(run)
    with office.disposal():
        receipt = take_in(store, path, office.clock, agent=office.actor.id, converter=office.to_pdfa)
    with office.work() as work:
        work.log("archive.ingest", f"package:{receipt.aip_id}", version=receipt.version, sip_digest=receipt.sip_digest)
    facts = receipt.to_json()
    told = ingest_events(store, receipt)
    columns = ("event", "detail", "outcome")
    run.emit(
        {**facts, "events": told},
        lambda: Group(
            render.facts("Archived", facts.items()),
            render.table("What was done with it", columns, [tuple(row.values()) for row in told]),
        ),
    )
