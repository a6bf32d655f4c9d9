"""``erecords archive``: one module for each kind of work."""

from __future__ import annotations

import click

from archive.commands import checks, copies, evidence, export, formats, holdings, ingest


@click.group()
def group() -> None:
    """The long-term archive: an OCFL storage root that is readable without this program.

    Example: erecords archive list
    """


for _command in (
    *holdings.COMMANDS,
    *checks.COMMANDS,
    export.export,
    ingest.ingest,
    *copies.COMMANDS,
    *formats.COMMANDS,
    evidence.group,
):
    group.add_command(_command)
