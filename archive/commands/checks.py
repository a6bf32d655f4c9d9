"""``erecords archive verify``, ``events`` and ``rebuild``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.commands.shared import bad_rows, opened, require_keeper

if TYPE_CHECKING:
    from erecords.invocation import Invocation


@click.command()
@click.argument("names", metavar="[ID]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All packages, register and storage root (the default).")
@click.option("--older-than", metavar="DAYS", type=click.IntRange(0), help="Only what was not checked for so long.")
@click.option("--sample", metavar="NUMBER", type=click.IntRange(1), help="Only so many, drawn by lot.")
@click.option("--seed", metavar="TEXT", help="Draw the same sample again (default: today's date).")
@click.option("--max-rate", metavar="MB", type=click.IntRange(1), help="Read at most so many megabytes a second.")
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), help="Write the result (JSON) here too.")
@click.pass_obj
def verify(
    run: Invocation, names: tuple[str, ...], everything: bool, older_than: int | None, sample: int | None,
    seed: str | None, max_rate: int | None, report: Path | None,
) -> None:  # fmt: skip
    """Read every stored byte and hold it against inventories and register; exit code 100 with findings.

    With --older-than a stopped run is continued by the next one.

    Example: erecords archive verify --older-than 90 --max-rate 50
    """
    from archive.access import rights
    from archive.keeping import fixity
    from erecords import render
    from erecords.clock import instant_text
    from erecords.errors import DoneWithFindings
    from erecords.files import write_out

    ways = [bool(names), everything, older_than is not None, sample is not None]
    if sum(ways) > 1:
        raise click.UsageError("Name packages, or say one of --all, --older-than and --sample.")
    rights.require_check(run.office().actor)
    store = opened(run)
    chosen, scope = names or None, ""
    if older_than is not None:
        chosen, scope = fixity.due(store, older_than), f"not checked for {older_than} days"
    elif sample is not None:
        seed = seed or store.clock.today().isoformat()
        chosen, scope = fixity.sample(store, sample, seed), f"sample of {sample}, seed {seed}"
    with run.progress() as bar:
        task = bar.add_task("Verifying", total=None)
        found = fixity.verify(
            store,
            chosen,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
            bytes_per_second=(max_rate or 0) * 1_000_000,
            scope=scope,
        )
    rows = bad_rows(found.bad)
    title = f"{found.checked} packages, {found.bytes} bytes read: {len(rows) or 'no'} findings"
    data = {
        "checked": found.checked,
        "bytes": found.bytes,
        "bad": rows,
        "scope": scope or ("chosen" if names else "all"),
        "at": instant_text(store.clock.now()),
    }
    run.emit(data, lambda: render.table(title, ("package", "finding", "what"), [tuple(row.values()) for row in rows]))
    if report is not None:
        write_out(report, json.dumps(data, ensure_ascii=False, indent=2).encode() + b"\n")
    if rows:
        raise DoneWithFindings(
            f"{len(rows)} findings; nothing was changed. Keep the damaged objects for inquiry, then run: "
            "erecords archive repair"
        )


@click.command()
@click.argument("name", metavar="[ID]", default="")
@click.option("--to", type=click.Path(path_type=Path, dir_okay=False), required=True, help="File that gets the events.")
@click.pass_obj
def events(run: Invocation, name: str, to: Path) -> None:
    """Write what happened since the last version as PREMIS events: checks, copies, repairs, access, erasure.

    Without ID those of the whole holding.

    Example: erecords archive events 22.31-2026/000147 --to events.xml
    """
    import io

    from archive.access import rights
    from archive.keeping.events import events as told
    from archive.metadata.premis import write_events
    from archive.program import program
    from erecords.files import write_out

    rights.require_check(run.office().actor)
    store = opened(run)
    found = list(told(store, store.find(name).id if name else None))
    text = io.BytesIO()
    write_events(text, found, {program()})
    write_out(to, text.getvalue())
    run.emit({"events": len(found), "file": str(to)}, lambda: f"{to}: {len(found)} events")


@click.command()
@click.pass_obj
def rebuild(run: Invocation) -> None:
    """Restore register, list and search from the storage root alone.

    Example: erecords archive rebuild
    """
    from rich.console import Group

    from archive.keeping import rebuild as rebuilding
    from erecords import render
    from erecords.errors import DoneWithFindings

    office = run.office()
    require_keeper(run)
    with office.disposal(), run.progress() as bar:
        task = bar.add_task("Reading inventories", total=None)
        result = rebuilding.rebuild(opened(run), lambda done: bar.update(task, completed=done))
    with office.work() as work:
        work.log("archive.rebuild", "archive:home", packages=result.packages, entries_added=result.entries_added)
    rows = bad_rows(result.bad)
    facts = {
        "packages": result.packages,
        "entries_added": result.entries_added,
        "register_set_aside": result.set_aside or None,
    }
    run.emit(
        {**facts, "bad": rows},
        lambda: Group(
            render.facts("Rebuilt from the storage root", facts.items()),
            render.table("", ("package", "finding", "what"), [tuple(row.values()) for row in rows]) if rows else "",
        ),
    )
    if result.bad:
        raise DoneWithFindings(f"{len(result.bad)} objects could not be restored; nothing in them was changed.")


COMMANDS = (verify, events, rebuild)
