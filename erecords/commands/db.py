"""``erecords db``: upgrade, backup, restore."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from erecords.invocation import Invocation


@click.group()
def group() -> None:
    """Keep the database and the whole home safe.

    Example: erecords db backup --to /srv/backup/records-2026-11-22.tar
    """


@group.command()
@click.pass_obj
def upgrade(run: Invocation) -> None:
    """Bring the database to this program's revision; safe to repeat.

    Example: erecords db upgrade
    """
    from erecords import home, render
    from erecords.store import migrations

    before, after = home.upgrade(run.home, run.assembly)
    text = "is current" if before == after else f"was upgraded from {before}"
    run.emit({"before": before, "after": after, "head": migrations.HEAD}, render.facts("", [("database", text)]))


@group.command()
@click.option("--to", "target", type=click.Path(path_type=Path, dir_okay=False), required=True, help="File to write.")
@click.pass_obj
def backup(run: Invocation, target: Path) -> None:
    """Back up the home into one file; the mail room may go on working.

    Example: erecords db backup --to records.tar
    """
    from erecords import render
    from erecords.registry.access import Right
    from erecords.store import backup as backups

    office = run.office()
    office.actor.require(Right.ADMINISTER)
    with run.progress() as bar:
        task = bar.add_task("Backing up", total=None)
        report = backups.create(
            office.engine, office.home, target, lambda _name: bar.advance(task),
            settle=[part.settle for part in office.parts if part.settle],
        )  # fmt: skip
    with office.work() as work:
        work.log("db.backup", "home:", file=report.file.name, files=report.files, bytes=report.bytes)
    data = {"file": str(report.file), "files": report.files, "bytes": report.bytes}
    run.emit(data, lambda: render.facts("Backup written and verified", data.items()))


@group.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--ledger", type=click.Path(path_type=Path, exists=True, file_okay=False), metavar="DIR",
    help="Folder ledger/ of the home that was, or its copy: what was destroyed since is destroyed again.",
)  # fmt: skip
@click.pass_obj
def restore(run: Invocation, file: Path, ledger: Path | None) -> None:
    """Make the home named by --home from a backup. The home must not exist yet; the index is built anew.

    Example: erecords --home restored db restore records.tar --ledger /srv/records/ledger
    """
    from erecords import home, render
    from erecords.store import backup as backups

    with run.progress() as bar:
        task = bar.add_task("Restoring", total=None)
        report = backups.restore(file, run.home, lambda _name: bar.advance(task))
    found = home.after_restore(run.home, run.assembly, ledger)
    data = {"home": str(report.file), "files": report.files, "bytes": report.bytes, "findings": found}
    shown = [(name, "; ".join(value) if isinstance(value, list) else value) for name, value in data.items()]
    run.emit(data, lambda: render.facts("Restored; every file agrees with its digest", shown))
    if ledger is None:
        run.say(
            "No ledger was given: what was destroyed after the backup is back, holds placed since are missing. Put the "
            f"files of the former home's folder ledger/ into {run.home / 'ledger'} before anybody works here."
        )
