"""``erecords retention carry-out`` and ``certificate``."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from erecords.commands.shared import DATE

if TYPE_CHECKING:
    from rich.console import RenderableType

    from erecords.invocation import Invocation
    from erecords.office import Office
    from retention.disposal.carryout import Means, Result


@click.command("carry-out")
@click.argument("list_id", metavar="LIST")
@click.option("--on", type=DATE, help="As of this day (default: today).")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Only say what would become of each case.")
@click.pass_obj
def carry_out(run: Invocation, list_id: str, on: date | None, yes: bool, dry_run: bool) -> None:
    """Carry out an approved list: hand over, destroy, or withhold, case by case. Stopped midway, run it again.

    Example: erecords --actor u-org1 retention carry-out L-2026-0001 --dry-run
    """
    from retention.disposal import carryout
    from retention.holds import queries

    office = run.office()
    for text in queries.follow(office):
        run.say(text)
    means = _means(office)
    with office.read() as session:
        rehearsed = carryout.rehearse(session, means, list_id, run.as_of(on))
        waiting = carryout.size(session, list_id)
    if dry_run:
        _emit(run, list_id, rehearsed, dry_run=True)
        return
    if not yes and waiting:
        _ask(list_id, rehearsed)
    results: list[Result] = []
    with office.disposal(), run.progress() as bar:
        task = bar.add_task(f"Carrying out {list_id}", total=len(rehearsed))
        for result in carryout.carry_out(means, list_id, run.as_of(on)):
            results.append(result)
            bar.advance(task)
    office.refresh_index()
    _emit(run, list_id, results, dry_run=False)


def _ask(list_id: str, rehearsed: list[Result]) -> None:
    """Let a person confirm; where nobody can answer, refuse."""
    gone = sum(result.outcome == "destroyed" for result in rehearsed)
    moved = sum(result.outcome == "transferred" for result in rehearsed)
    if not sys.stdin.isatty():
        raise click.UsageError("This destroys records and nobody can be asked here; say --yes.")
    click.confirm(
        f"List {list_id}: destroy {gone} case files and hand over {moved} to the archive, for ever?",
        abort=True, err=True,
    )  # fmt: skip


def _means(office: Office) -> Means:
    from archive.ingest import ingest
    from archive.package import Receipt, Sip
    from archive.settings import ArchiveSettings
    from archive.store import in_home
    from erecords.config import CitySettings
    from retention.disposal.carryout import Means
    from retention.settings import RetentionSettings

    settings = office.settings.section(RetentionSettings)

    def to_archive(sip: Sip) -> Receipt:
        store = in_home(office.home, office.settings.section(ArchiveSettings), office.clock)
        return ingest(store, sip, office.clock, agent=settings.archive_name, converter=office.to_pdfa)

    return Means(
        engine=office.engine,
        home=office.home,
        blobs=office.blobs,
        clock=office.clock,
        actor=office.actor,
        settings=settings,
        erasers=[eraser for part in office.parts for eraser in part.erasers],
        archive=to_archive,
        city=office.settings.section(CitySettings).name,
        aip_per=office.settings.section(ArchiveSettings).aip_per,
    )


def _emit(run: Invocation, list_id: str, results: list[Result], *, dry_run: bool) -> None:
    data: dict[str, Any] = {"list": list_id, "results": [result.to_json() for result in results]}
    if dry_run:
        data["dry_run"] = True
    run.emit(data, lambda: _view(data))


def _view(data: dict[str, Any]) -> RenderableType:
    from erecords import render

    title = f"What would become of list {data['list']}" if "dry_run" in data else f"List {data['list']}"
    rows = [(row["reference"], row["outcome"], row["aip"], row["reason"]) for row in data["results"]]
    return render.table(title, ("reference", "outcome", "archive package", "why"), rows)


@click.command()
@click.argument("list_id", metavar="LIST")
@click.option("--to", type=click.Path(path_type=Path, dir_okay=False), required=True, help="A .pdf or .json file.")
@click.pass_obj
def certificate(run: Invocation, list_id: str, to: Path) -> None:
    """Write the destruction certificate of a list: as PDF/A, or as JSON where the file is called .json.

    Example: erecords retention certificate L-2026-0001 --to protokoll.pdf
    """
    from erecords.files import write_out
    from retention.disposal import certificate as certificates
    from retention.lists import disposition

    office = run.office()
    disposition.require_part(office.actor)
    with office.read() as session:
        row = certificates.find(session, disposition.find_list(session, list_id).id)
    sha512 = row.json_sha512 if to.suffix.lower() == ".json" else row.pdf_sha512
    write_out(to, office.blobs.verified(sha512).read_bytes())
    data = {"list": row.list_id, "certificate": row.number, "file": str(to), "sha512": sha512}
    run.emit(data, f"Certificate {row.number} is in {to}.")


COMMANDS = (carry_out, certificate)
