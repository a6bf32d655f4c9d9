"""``erecords mail take`` and ``mail watch``: from the folder into custody and through the stages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from erecords.invocation import Invocation
    from erecords.office import Office


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--channel", default="scan", metavar="C", show_default=True, help="How the mail came.")
@click.option("--workers", type=click.IntRange(1, 256), help="Worker processes instead of the setting.")
@click.pass_obj
def take(run: Invocation, paths: tuple[Path, ...], channel: str, workers: int | None) -> None:
    """Take files (or all files of folders) over, recognise them, and file what is sure.

    Files outside the inbox stay where they are; of those inside, custody passes to the store.

    Example: erecords mail take ~/scans/brief.pdf
    """
    from mailroom.processing import runs

    office = run.office()
    with run.progress() as bar:
        task = bar.add_task("Reading letters", total=None)
        ids = runs.take(office, list(paths), channel, workers, lambda _id: bar.advance(task))
    _emit(run, office, ids)


@click.command()
@click.option("--once", is_flag=True, help="Take what lies there now, work it off, and end.")
@click.option("--workers", type=click.IntRange(1, 256), help="Worker processes instead of the setting.")
@click.pass_obj
def watch(run: Invocation, once: bool, workers: int | None) -> None:
    """Watch the drop folders below inbox/ until stopped (Ctrl-C or SIGTERM); nothing dropped is ever lost.

    Example: erecords mail watch --workers 2
    """
    from mailroom.processing import runs

    office = run.office()
    if once:
        with run.progress() as bar:
            task = bar.add_task("Reading letters", total=None)
            ids = runs.watch_once(office, workers, lambda _id: bar.advance(task), run.say)
        _emit(run, office, ids)
        return
    runs.watch(office, workers, run.say)
    run.emit({"stopped": True}, "The mail room is closed; what is pending goes on at the next start.")


def _emit(run: Invocation, office: Office, ids: list[int]) -> None:
    from mailroom import shapes
    from mailroom.commands import views
    from mailroom.tray import listing

    with office.read() as session:
        found = listing.of_deliveries(session, ids)
    data: dict[str, Any] = {"deliveries": [shapes.delivery_shape(delivery, letters) for delivery, letters in found]}
    run.emit(data, lambda: views.deliveries(data["deliveries"]))


COMMANDS = (take, watch)
