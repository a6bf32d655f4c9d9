"""``erecords retention erasure``: open, show, propose, report, list."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from erecords.commands.shared import DATE

if TYPE_CHECKING:
    from rich.console import RenderableType

    from erecords.invocation import Invocation
    from erecords.office import Office


@click.group("erasure")
def group() -> None:
    """Erasure requests of persons (Art. 17 DSGVO): per record erased, or withheld because of which law.

    Example: erecords retention erasure list
    """


@group.command("open")
@click.argument("references", metavar="REF...", nargs=-1)
@click.option("--person", required=True, metavar="NAME", help="Who asks; only a digest of the name is kept.")
@click.option("--received", type=DATE, help="The day on which the request came (default: today).")
@click.option("--query", metavar="Q", help="Also all cases that this search finds.")
@click.pass_obj
def open_(run: Invocation, references: tuple[str, ...], person: str, received: date | None, query: str | None) -> None:
    """Take in a request about cases. Data protection only.

    Example: erecords --actor u-dsb1 retention erasure open 10.5-2026/000001 --person "Anna Muster"
    """
    from retention.erasure import requests
    from retention.holds import queries

    office = run.office()
    found = queries.case_ids(office, query, office.actor.id) if query else []
    with office.work() as work:
        request = requests.open_request(
            work, office.actor, references, person=person, received=run.as_of(received), found=found
        )
        number = request.id
    _emit(run, office, number, None)


@group.command()
@click.argument("number", metavar="NUMBER")
@click.option("--on", type=DATE, help="As of this day (default: today).")
@click.pass_obj
def show(run: Invocation, number: str, on: date | None) -> None:
    """Show what becomes of each record of a request, and why.

    Example: erecords --actor u-dsb1 retention erasure show DS-2026-0001
    """
    _emit(run, run.office(), number, on)


@group.command()
@click.argument("number", metavar="NUMBER")
@click.option("--on", type=DATE, help="As of this day (default: today).")
@click.pass_obj
def propose(run: Invocation, number: str, on: date | None) -> None:
    """Put on a disposal list what of a request nothing keeps; another person approves, as with every list.

    Example: erecords --actor u-org1 retention erasure propose DS-2026-0001
    """
    from retention.erasure import requests
    from retention.settings import RetentionSettings

    office = run.office()
    with office.work() as work:
        list_id = requests.propose(
            work, office.actor, number, run.as_of(on), office.settings.section(RetentionSettings)
        )  # fmt: skip
    run.say(f"List {list_id} was proposed." if list_id else "Nothing of it may go now.")
    _emit(run, office, number, on)


@group.command()
@click.argument("number", metavar="NUMBER")
@click.option("--to", type=click.Path(path_type=Path, dir_okay=False), required=True, help="A .pdf or .json file.")
@click.option("--person", metavar="NAME", help="To whom the letter goes; has to be who asked.")
@click.option("--on", type=DATE, help="As of this day (default: today).")
@click.pass_obj
def report(run: Invocation, number: str, to: Path, person: str | None, on: date | None) -> None:
    """Write the answer to a request: as a letter (PDF), or as JSON where the file is called .json.

    Example: erecords --actor u-dsb1 retention erasure report DS-2026-0001 --to antwort.pdf --person "Anna Muster"
    """
    from erecords.digest import canonical_json
    from erecords.files import write_out
    from retention.erasure import letter, requests

    as_json = to.suffix.lower() == ".json"
    if not as_json and person is None:
        raise click.UsageError("To whom does the letter go? Say --person NAME.")
    office = run.office()
    values = _values(run, office, number, on)
    with office.read() as session:
        request = requests.find(session, office.actor, number)
    if person is not None:
        requests.require_person(request, person)
    data = canonical_json(values) if as_json else letter.write(values, str(person), office.clock.now())
    write_out(to, data)
    with office.work() as work:
        work.log("erasure.report", f"erasure:{request.id}", counts=values["counts"])
    run.emit({"request": request.id, "file": str(to)}, f"The answer is in {to}.")


@group.command("list")
@click.pass_obj
def list_(run: Invocation) -> None:
    """List all requests, the newest first.

    Example: erecords --actor u-dsb1 retention erasure list
    """
    from erecords import render
    from retention.erasure import requests

    office = run.office()
    with office.read() as session:
        data = requests.listing(session, office.actor)
    names = ("request", "received", "opened_by", "list")
    rows = [[row[name] for name in names] for row in data]
    run.emit({"requests": data}, lambda: render.table("Erasure requests", names, rows))


def _values(run: Invocation, office: Office, number: str, on: date | None) -> dict[str, Any]:
    from erecords.config import CitySettings
    from retention.erasure import requests
    from retention.settings import RetentionSettings

    city = office.settings.section(CitySettings).name
    settings = office.settings.section(RetentionSettings)
    with office.read() as session:
        return requests.report(session, office.actor, number, run.as_of(on), settings, city)


def _emit(run: Invocation, office: Office, number: str, on: date | None) -> None:
    data = _values(run, office, number, on)
    run.emit(data, lambda: _view(data))


def _view(data: dict[str, Any]) -> RenderableType:
    from rich.console import Group

    from erecords import render

    head = [(name, data[name]) for name in ("received", "on", "list")]
    names = ("reference", "outcome", "until", "basis", "text")
    rows = [[row[name] for name in names] for row in data["records"]]
    return Group(render.facts(f"Erasure request {data['request']}", head), render.table("Records", names, rows))
