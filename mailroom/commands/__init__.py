"""``erecords mail``: one module for each kind of work."""

from __future__ import annotations

import click

from mailroom.commands import decide, look, quarantine, report, share, sheets, take


@click.group()
def group() -> None:
    """The mail room: take mail over, decide what waits, read the mail book.

    Example: erecords mail watch
    """


for _command in (
    *take.COMMANDS,
    *look.COMMANDS,
    *decide.COMMANDS,
    *share.COMMANDS,
    *report.COMMANDS,
    *sheets.COMMANDS,
    quarantine.group,
):
    group.add_command(_command)
