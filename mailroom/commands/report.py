"""``erecords mail quality``: how well the mail room decided over a period."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from erecords.invocation import Invocation


@click.command()
@click.option("--from", "start", type=click.DateTime(["%Y-%m-%d"]), help="First day; 30 days ago when left out.")
@click.option("--to", "end", type=click.DateTime(["%Y-%m-%d"]), help="Last day; today when left out.")
@click.option(
    "--format", "form", type=click.Choice(["table", "json", "csv", "pdf"]), default="table", show_default=True
)
@click.option("--file", "target", type=click.Path(path_type=Path, dir_okay=False), help="File to write.")
@click.pass_obj
def quality(run: Invocation, start: datetime | None, end: datetime | None, form: str, target: Path | None) -> None:
    """Show what was filed by itself and what people corrected, per class, and which classes got worse.

    A class is held against the period of the same length before. Corrections count whenever they came. The PDF has a
    picture.

    Example: erecords mail quality --from 2026-01-01 --to 2026-03-31 --format pdf --file guete.pdf
    """
    import json
    import sys
    from datetime import timedelta

    from erecords.config import CitySettings
    from erecords.files import write_out
    from erecords.registry.access import Right
    from mailroom import learning
    from mailroom.commands import views
    from mailroom.quality import measuring as qualities
    from mailroom.quality import observing, report

    office = run.office()
    if not office.actor.may(Right.READ_LOG):
        office.actor.require(Right.MAIL_ROOM)
    last = end.date() if end else office.clock.today()
    first = start.date() if start else last - timedelta(days=30)
    if first > last:
        raise click.UsageError(f"The period ends on {last}, before it begins on {first}.")
    with office.read() as session:
        now, earlier = qualities.over(session, first, last), qualities.before(session, first, last)
        seen = observing.observed(session, office.clock.now())
    data = qualities.shape(now, earlier, learning.description(office.home), seen)
    if form == "pdf" and target is None:
        raise click.UsageError("A PDF needs a file: --file FILE.")
    if form in ("csv", "pdf"):
        city = office.settings.section(CitySettings).name
        written = report.as_csv(data) if form == "csv" else report.as_pdf(data, city)
        if target is None:
            sys.stdout.buffer.write(written)
            return
        write_out(target, written)
        run.emit({**data, "file": str(target)}, f"The report was written to {target}.")
        return
    run.as_json = run.as_json or form == "json"
    if target is not None:
        write_out(target, json.dumps(data, ensure_ascii=False, indent=2).encode())
    run.emit(data, lambda: views.quality(data))


COMMANDS = (quality,)
