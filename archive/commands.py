"""``erecords archive``: the long-term archive."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.evidence.commands import evidence
from archive.format_commands import formats, identify

if TYPE_CHECKING:
    from archive.catalogue import Holding
    from archive.keeping.fixity import Bad
    from archive.package import Dip
    from archive.store import ArchiveStore
    from erecords.invocation import Invocation


def _store(run: Invocation) -> ArchiveStore:
    from archive.settings import ArchiveSettings
    from archive.store import in_home

    office = run.office()
    return in_home(office.home, office.settings.section(ArchiveSettings), office.clock)


def _row(holding: Holding) -> dict[str, Any]:
    return {
        "id": holding.id,
        "reference": holding.reference,
        "title": holding.title,
        "versions": holding.versions,
        "bytes": holding.bytes,
        "ingested": holding.ingested,
        "erased": holding.erased,
        "part_of": holding.part_of or None,
    }


def _emit_holdings(run: Invocation, holdings: tuple[Holding, ...], title: str) -> None:
    from erecords import render

    columns = ("reference", "part_of", "title", "versions", "bytes", "ingested", "id")
    rows = [_row(holding) for holding in holdings]
    run.emit({"packages": rows}, lambda: render.table(title, columns, [[row[c] for c in columns] for row in rows]))


def _bad_rows(bad: tuple[Bad, ...]) -> list[dict[str, str]]:
    return [{"id": item.id, "code": item.code, "message": item.message} for item in bad]


@click.group()
def group() -> None:
    """The long-term archive: an OCFL storage root that is readable without this program.

    Example: erecords archive list
    """


group.add_command(evidence)
group.add_command(formats)
group.add_command(identify)


@group.command("list")
@click.pass_obj
def list_(run: Invocation) -> None:
    """List the packages that the archive holds.

    Example: erecords archive list
    """
    from archive.access import rights

    holdings = rights.visible(run.office().actor, _store(run).holdings())
    _emit_holdings(run, holdings, f"{len(holdings)} packages")


@group.command()
@click.argument("query")
@click.pass_obj
def search(run: Invocation, query: str) -> None:
    """Find packages by words of their metadata; a word ending in * stands for all that begin with it.

    Example: erecords archive search "gewerbe* müller"
    """
    from archive.access import rights

    holdings = rights.visible(run.office().actor, _store(run).search(query))
    _emit_holdings(run, holdings, f"{len(holdings)} packages with {query}")


@group.command()
@click.argument("name", metavar="ID")
@click.pass_obj
def show(run: Invocation, name: str) -> None:
    """Show a package by its id or file reference: metadata, closure period, files with digests.

    Example: erecords archive show 22.31-2026/000147
    """
    from archive.access import rights
    from archive.access.showing import package_data, package_facts
    from erecords import render

    store = _store(run)
    holding = store.find(name)
    rights.require_visible(run.office().actor, holding)
    data = package_data(store, holding)
    run.emit(data, lambda: render.facts(data["id"], package_facts(data)))


@group.command()
@click.argument("names", metavar="[ID]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All packages, register and storage root (the default).")
@click.option("--older-than", metavar="DAYS", type=click.IntRange(0), help="Only what was not checked for so long.")
@click.option("--sample", metavar="NUMBER", type=click.IntRange(1), help="Only so many, drawn by lot.")
@click.option("--seed", metavar="TEXT", help="Draw the same sample again (default: today's date).")
@click.option("--max-rate", metavar="MB", type=click.IntRange(1), help="Read at most so many megabytes a second.")
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), help="Write the result (JSON) here too.")
@click.pass_obj
def verify(
    run: Invocation, names: tuple[str, ...], everything: bool, older_than: int | None, sample: int | None,
    seed: str | None, max_rate: int | None, report: Path | None,
) -> None:  # fmt: skip
    """Read every stored byte and hold it against inventories and register; exit code 100 with findings.

    With --older-than a stopped run is continued by the next one.

    Example: erecords archive verify --older-than 90 --max-rate 50
    """
    from archive.access import rights
    from archive.keeping import fixity
    from erecords import render
    from erecords.clock import instant_text
    from erecords.errors import DoneWithFindings
    from erecords.files import write_atomic

    ways = [bool(names), everything, older_than is not None, sample is not None]
    if sum(ways) > 1:
        raise click.UsageError("Name packages, or say one of --all, --older-than and --sample.")
    rights.require_check(run.office().actor)
    store = _store(run)
    chosen, scope = names or None, ""
    if older_than is not None:
        chosen, scope = fixity.due(store, older_than), f"not checked for {older_than} days"
    elif sample is not None:
        seed = seed or store.clock.today().isoformat()
        chosen, scope = fixity.sample(store, sample, seed), f"sample of {sample}, seed {seed}"
    with run.progress() as bar:
        task = bar.add_task("Verifying", total=None)
        found = fixity.verify(
            store,
            chosen,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
            bytes_per_second=(max_rate or 0) * 1_000_000,
            scope=scope,
        )
    rows = _bad_rows(found.bad)
    title = f"{found.checked} packages, {found.bytes} bytes read: {len(rows) or 'no'} findings"
    data = {
        "checked": found.checked,
        "bytes": found.bytes,
        "bad": rows,
        "scope": scope or ("chosen" if names else "all"),
        "at": instant_text(store.clock.now()),
    }
    if report is not None:
        write_atomic(report, json.dumps(data, ensure_ascii=False, indent=2).encode() + b"\n")
    run.emit(data, lambda: render.table(title, ("package", "finding", "what"), [tuple(row.values()) for row in rows]))
    if rows:
        raise DoneWithFindings(f"{len(rows)} findings; nothing was changed. Keep the damaged objects for inquiry.")


@group.command()
@click.argument("name", metavar="[ID]", default="")
@click.option("--to", type=click.Path(path_type=Path, dir_okay=False), required=True, help="File that gets the events.")
@click.pass_obj
def events(run: Invocation, name: str, to: Path) -> None:
    """Write what happened since the last version as PREMIS events: checks, copies, repairs, access, erasure.

    Without ID those of the whole holding.

    Example: erecords archive events 22.31-2026/000147 --to events.xml
    """
    import io

    from archive.access import rights
    from archive.keeping.events import events as told
    from archive.metadata.premis import write_events
    from archive.program import program
    from erecords.files import write_atomic

    rights.require_check(run.office().actor)
    store = _store(run)
    found = list(told(store, store.find(name).id if name else None))
    text = io.BytesIO()
    write_events(text, found, {program()})
    write_atomic(to, text.getvalue())
    run.emit({"events": len(found), "file": str(to)}, lambda: f"{to}: {len(found)} events")


@group.command()
@click.argument("name", metavar="ID")
@click.option("--as", "form", type=click.Choice(["bagit", "eark", "dip"]), required=True, help="Form of the copy.")
@click.option("--to", type=click.Path(path_type=Path), required=True, help="Folder that gets the copy.")
@click.option("--reader", metavar="NAME", default="", help="For whom, if not for official use: closure periods count.")
@click.option("--shortened-because", metavar="REASON", default="", help="Why the closure period is shortened.")
@click.option("--rendition", "renditions", multiple=True, type=click.Choice(["pdfa", "original", "text"]),
              help="What a dip holds (default: PDF/A, the original where there is none); may be repeated.")  # fmt: skip
@click.option("--parts", is_flag=True, help="Of a case: the packages of its transactions too, a folder each.")
@click.pass_obj
def export(
    run: Invocation, name: str, form: str, to: Path, reader: str, shortened_because: str, renditions: tuple[str, ...],
    parts: bool,
) -> None:  # fmt: skip
    """Give out a copy of a package; every byte is checked on the way, and the access is logged.

    bagit and eark hold the whole package, dip what a reader needs.

    Example: erecords archive export 22.31-2026/000147 --as bagit --to /media/copy
    """
    from rich.console import Group

    from archive.access import rights
    from archive.access.export import ExportForm, require_open
    from archive.access.export import export as give_out
    from archive.package import FileRole
    from erecords import render
    from erecords.registry.access import Right

    if renditions and form != ExportForm.DIP:
        raise click.UsageError("--rendition is for --as dip; bagit and eark hold the whole package.")
    office, store = run.office(), _store(run)
    holding = store.find(name)
    rights.require_content(office.actor, holding)
    if shortened_because:
        office.actor.require(Right.ARCHIVE)
    chosen = [holding, *(part for part in (store.parts(holding) if parts else ()) if not part.erased)]
    if reader and not shortened_because.strip():
        for item in chosen:
            require_open(store.package(item.id), office.clock.today())
    with office.work() as work:
        for item in chosen:
            work.log("archive.export", f"package:{item.id}", form=form, to_reader=bool(reader))
    given = [
        give_out(
            store, item.id, ExportForm(form), to,
            actor=office.actor.id, reader=reader, shortened_because=shortened_because,
            roles=[FileRole(kind) for kind in renditions],
        )
        for item in chosen
    ]  # fmt: skip
    rows = [_given(dip) for dip in given]
    data = rows[0] | ({"parts": rows[1:]} if parts else {})
    run.emit(data, lambda: Group(*(render.facts("Given out", row.items()) for row in rows)))


def _given(dip: Dip) -> dict[str, Any]:
    return {
        "id": dip.aip_id,
        "version": dip.version,
        "as": dip.form,
        "folder": str(dip.folder),
        "files": dip.files,
        "bytes": dip.bytes,
    }


@group.command()
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@click.pass_obj
def ingest(run: Invocation, path: Path) -> None:
    """Take in a package from outside: a bag, an xdomea 0503 ZIP, an E-ARK SIP, or a folder with metadata.csv.

    It is refused with all findings, or stored as a whole.

    Example: erecords archive ingest /media/handover/bag
    """
    from archive.intake import take_in
    from erecords import render
    from erecords.registry.access import Right

    office = run.office()
    office.actor.require(Right.ARCHIVE)
    with office.disposal():
        receipt = take_in(_store(run), path, office.clock, agent=office.actor.id, converter=office.to_pdfa)
    with office.work() as work:
        work.log("archive.ingest", f"package:{receipt.aip_id}", version=receipt.version, sip_digest=receipt.sip_digest)
    data = receipt.to_json()
    run.emit(data, lambda: render.facts("Archived", data.items()))


@group.command()
@click.pass_obj
def rebuild(run: Invocation) -> None:
    """Restore register, list and search from the storage root alone.

    Example: erecords archive rebuild
    """
    from archive.keeping import rebuild as rebuilding
    from erecords import render
    from erecords.errors import DoneWithFindings
    from erecords.registry.access import Right

    office = run.office()
    if not office.actor.may(Right.ADMINISTER):
        office.actor.require(Right.ARCHIVE)
    with run.progress() as bar:
        task = bar.add_task("Reading inventories", total=None)
        result = rebuilding.rebuild(_store(run), lambda done: bar.update(task, completed=done))
    with office.work() as work:
        work.log("archive.rebuild", "archive:home", packages=result.packages, entries_added=result.entries_added)
    data = {
        "packages": result.packages,
        "entries_added": result.entries_added,
        "register_set_aside": result.set_aside or None,
        "bad": _bad_rows(result.bad),
    }
    run.emit(data, lambda: render.facts("Rebuilt from the storage root", data.items()))
    if result.bad:
        raise DoneWithFindings(f"{len(result.bad)} objects could not be restored; nothing in them was changed.")


@group.command()
@click.pass_obj
def replicate(run: Invocation) -> None:
    """Bring the places for copies (setting copies of [archive]) to what the archive holds.

    Example: erecords archive replicate
    """
    from dataclasses import asdict

    from archive.keeping import copies
    from erecords import render
    from erecords.errors import DoneWithFindings
    from erecords.registry.access import Right

    office, store = run.office(), _store(run)
    if not office.actor.may(Right.ADMINISTER):
        office.actor.require(Right.ARCHIVE)
    done = [copies.replicate(store, copies.open_place(store, name), name) for name in store.settings.copies]
    rows = [
        {"place": item.place, "copied": item.copied, "failed": [{"id": i, "reason": why} for i, why in item.failed]}
        for item in done
    ]
    left = [asdict(item) for item in copies.open_erasures(store)]
    lines = [(item.place, str(item.copied), "; ".join(f"{i}: {why}" for i, why in item.failed)) for item in done]
    run.emit(
        {"places": rows, "erasures_open": left},
        lambda: render.table("Copies", ("place", "copied", "failed"), lines),
    )
    if any(item.failed for item in done) or left:
        raise DoneWithFindings(
            f"{sum(len(item.failed) for item in done)} packages could not be copied, {len(left)} erased ones are still "
            "in a place; see the reasons, then run it again."
        )


@group.command()
@click.argument("name", metavar="ID")
@click.pass_obj
def repair(run: Invocation, name: str) -> None:
    """Put a good copy of a package in the place of a damaged or lost one, from the first place that has it.

    Example: erecords archive repair 22.31-2026/000147
    """
    from archive.keeping import copies
    from erecords import render
    from erecords.registry.access import Right

    office, store = run.office(), _store(run)
    office.actor.require(Right.ARCHIVE)
    place = copies.repair_from_any(store, name)
    with office.work() as work:
        work.log("archive.repair", f"package:{store.find(name).id}", place=place)
    run.emit({"id": store.find(name).id, "place": place}, lambda: render.facts("Repaired", [(name, place)]))
