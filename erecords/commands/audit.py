"""``erecords audit``: list, verify, export."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from erecords.invocation import Invocation


@click.group()
def group() -> None:
    """The audit log: who did what, when and why, chained by hashes.

    Example: erecords audit verify
    """


@group.command("list")
@click.option("--object", "name", metavar="REF", help="Only about this case (with its documents) or object.")
@click.pass_obj
def list_(run: Invocation, name: str | None) -> None:
    """List the log: of a case to whoever sees its documents, else to those who may read the log.

    Example: erecords audit list --object 22.31-2026/000147
    """
    from erecords import render
    from erecords.registry import auditlog

    office = run.office()
    with office.read() as session:
        lines = list(auditlog.entries(session, office.actor, name))
    rows = [
        (e["sequence"], e["time"], e["actor"], e["action"], e["object"], auditlog.in_words(e["details"])) for e in lines
    ]
    columns = ("", "time", "actor", "action", "object", "details")
    run.emit({"entries": lines}, lambda: render.table(f"{len(lines)} entries", columns, rows))


@group.command()
@click.pass_obj
def verify(run: Invocation) -> None:
    """Walk the whole chain; a changed, missing or added entry breaks it.

    Example: erecords audit verify
    """
    from erecords import render
    from erecords.errors import DoneWithFindings
    from erecords.registry import auditlog
    from erecords.store import audit

    office = run.office()
    with office.read() as session:
        result = audit.verify(session)
        head = auditlog.head(session)
    data = {"entries": result.entries, "valid": result.valid, "first_bad": result.first_bad, "head": head}
    facts = [
        ("entries", result.entries),
        ("first bad", result.first_bad),
        ("head", f"{head['sequence']} {head['hash']}"),
    ]
    run.emit(data, lambda: render.facts("The log holds" if result.valid else "The log does NOT hold", facts))
    if not result.valid:
        raise DoneWithFindings(f"Entry {result.first_bad} of the log does not hold.")


@group.command()
@click.option("--to", "target", type=click.Path(path_type=Path, dir_okay=False), required=True, help="File to write.")
@click.pass_obj
def export(run: Invocation, target: Path) -> None:
    """Write the log as JSON lines that anybody can verify without this program.

    Example: erecords audit export --to log.jsonl
    """
    from erecords import render
    from erecords.registry import auditlog

    office = run.office()
    with office.read() as session:
        data = {"entries": auditlog.export(session, office.actor, target), "file": str(target)}
    run.emit(data, lambda: render.facts("Written", data.items()))
