"""``erecords mail quality``: how well the mail room decided over a period."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from erecords.invocation import Invocation


@click.command()
@click.option("--from", "start", type=click.DateTime(["%Y-%m-%d"]), help="First day; 30 days ago when left out.")
@click.option("--to", "end", type=click.DateTime(["%Y-%m-%d"]), help="Last day; today when left out.")
@click.pass_obj
def quality(run: Invocation, start: datetime | None, end: datetime | None) -> None:
    """Show what was filed by itself and what people corrected, per class, and which classes got worse.

    A class is held against the period of the same length before. Corrections count whenever they came.

    Example: erecords mail quality --from 2026-01-01 --to 2026-03-31
    """
    from datetime import timedelta

    from erecords.registry.access import Right
    from mailroom import learning
    from mailroom import quality as qualities
    from mailroom.commands import views

    office = run.office()
    if not office.actor.may(Right.READ_LOG):
        office.actor.require(Right.MAIL_ROOM)
    last = end.date() if end else office.clock.today()
    first = start.date() if start else last - timedelta(days=30)
    if first > last:
        raise click.UsageError(f"The period ends on {last}, before it begins on {first}.")
    with office.read() as session:
        now, earlier = qualities.over(session, first, last), qualities.before(session, first, last)
    data = qualities.shape(now, earlier, learning.description(office.home))
    run.emit(data, lambda: views.quality(data))


COMMANDS = (quality,)
