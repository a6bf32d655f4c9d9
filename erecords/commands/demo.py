"""``erecords demo``: a day of the sample city."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), help="A new folder for the home; it is kept.")
@click.pass_context
def command(context: click.Context, keep: Path | None) -> None:
    """Play a day of the sample city, from scan to archive, in a home of its own that is removed at the end.

    Eighteen scans are read, filed or put into the tray; one is decided by a person; letters are searched; cases are
    closed, transferred to the archive, destroyed with a certificate; archive and log are verified. About two minutes.

    Example: erecords demo --keep ~/zwoenau
    """
    from tempfile import TemporaryDirectory

    from erecords.sample_city import demo, stage

    if keep is not None:
        if keep.exists() and any(keep.iterdir()):
            raise click.BadParameter(f"{keep} is not empty; name a new folder.", param_hint="--keep")
        context.exit(demo.play(keep.absolute(), stage.console(), keep=True))
    with TemporaryDirectory(prefix="erecords-demo-") as folder:
        context.exit(demo.play(Path(folder) / "zwoenau", stage.console(), keep=False))
