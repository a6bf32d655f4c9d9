"""``erecords retention``: one module for each kind of work."""

from __future__ import annotations

import click

from retention.commands import (
    archived,
    carryout,
    caserules,
    dates,
    erasure,
    holds,
    lists,
    offers,
    reports,
    schedule,
    suspensions,
    waivers,
    xdomea,
)


@click.group()
def group() -> None:
    """Retention and disposal: schedule, due dates, erasure, holds, disposal lists, certificates.

    Example: erecords retention due --within 12
    """


for _command in (
    schedule.group,
    *dates.COMMANDS,
    holds.group,
    suspensions.group,
    caserules.group,
    erasure.group,
    archived.group,
    waivers.group,
    *lists.COMMANDS,
    *offers.COMMANDS,
    *reports.COMMANDS,
    *carryout.COMMANDS,
    xdomea.group,
):
    group.add_command(_command)
