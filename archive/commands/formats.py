"""``erecords archive formats`` and ``identify``: which formats the holding has, and identification again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.commands.shared import opened

if TYPE_CHECKING:
    from erecords.invocation import Invocation


@click.command()
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", help="How to show it.")
@click.option("--to", type=click.Path(path_type=Path, dir_okay=False), help="Write the CSV into this file.")
@click.option("--policy", "show_policy", is_flag=True, help="Show the policy in force as CSV, to be changed and named.")
@click.option("--holding", "puid", metavar="PUID", help="Name the packages that hold this format.")
@click.pass_obj
def formats(run: Invocation, form: str, to: Path | None, show_policy: bool, puid: str | None) -> None:
    """Report the formats of the holding: packages, files, bytes, policy and risk of each, the greatest risk first.

    Example: erecords archive formats --format csv --to formats.csv
    """
    from dataclasses import asdict

    from archive.access import rights
    from archive.formats.policy import load_policy, policy_csv
    from archive.formats.report import FormatLine, format_report, report_csv
    from erecords import render
    from erecords.files import write_out

    rights.require_check(run.office().actor)
    store = opened(run)
    policy = load_policy(store.settings.format_policy)
    if puid:
        found = [store.find(name) for name in store.catalogue.with_format(puid)]
        packages = [{"id": item.id, "reference": item.reference, "title": item.title} for item in found]
        run.emit(
            {"puid": puid, "packages": packages},
            lambda: render.table(puid, ("id", "reference", "title"), [list(item.values()) for item in packages]),
        )
        return
    lines = format_report(store, policy)
    written = policy_csv(policy) if show_policy else report_csv(lines)
    if to is not None:
        write_out(to, written.encode())
        count = len(written.splitlines()) - 1
        run.emit({"file": str(to), "lines": count}, f"{to}: {count} lines")
    elif (form == "csv" or show_policy) and not run.as_json:
        click.echo(written, nl=False)
    else:
        rows = [asdict(line) for line in lines]
        run.as_json = run.as_json or form == "json"
        run.emit(
            {"formats": rows},
            lambda: render.table(f"{len(rows)} formats", FormatLine.__slots__, [list(row.values()) for row in rows]),
        )


@click.command()
@click.argument("names", metavar="[ID]...", nargs=-1)
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@click.pass_obj
def identify(run: Invocation, names: tuple[str, ...], dry_run: bool) -> None:
    """Identify formats again after an update of the signatures; a package with other formats gets one new version.

    Without ID all packages are taken that the present signatures have not seen; a stopped run goes on where it was.

    Example: erecords archive identify --dry-run
    """
    from archive.formats import reidentify
    from erecords import render
    from erecords.errors import DoneWithFindings
    from erecords.registry.access import Right

    office, store = run.office(), opened(run)
    office.actor.require(Right.ARCHIVE)
    with office.disposal(), run.progress() as bar:
        task = bar.add_task("Identifying", total=None)
        result = reidentify.identify_again(
            store, office.clock, agent=office.actor.id, names=names or None, dry_run=dry_run,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )  # fmt: skip
    if not dry_run:
        with office.work() as work:
            work.log(
                "archive.identify", "archive:home", checked=result.checked, changed=len(result.changes),
                signatures=result.tool,
            )  # fmt: skip
    rows = [{"id": c.aip_id, "path": c.path, "before": c.before, "after": c.after} for c in result.changes]
    data = {
        "tool": result.tool,
        "checked": result.checked,
        "changes": rows,
        "failed": [{"id": name, "reason": reason} for name, reason in result.failed],
    }
    title = f"{result.checked} packages looked at with {result.tool}: {len(rows) or 'no'} files of another format"
    run.emit(data, lambda: render.table(title, ("id", "path", "before", "after"), [tuple(r.values()) for r in rows]))
    if result.failed:
        raise DoneWithFindings(f"{len(result.failed)} packages could not be read: {result.failed[0][1]}")


COMMANDS = (formats, identify)
