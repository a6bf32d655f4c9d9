"""``erecords case``: open, show, list, amend, close, reopen, move, event, transactions, export, import."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from erecords.commands import transaction
from erecords.commands.shared import DATE

if TYPE_CHECKING:
    from rich.console import RenderableType
    from sqlmodel import Session

    from erecords.invocation import Invocation
    from erecords.office import Office
    from erecords.store.models import Case


@click.group()
def group() -> None:
    """Case files (Akten) and what happens to them.

    Example: erecords case show 22.31-2026/000147
    """


group.add_command(transaction.group)


@group.command("open")
@click.option("--class", "notation", required=True, metavar="C", help="Class of the filing plan.")
@click.option("--title", required=True, metavar="T", help="What the case is about.")
@click.option("--unit", metavar="U", help="Responsible unit, if it is not that of the class.")
@click.option("--key", default="", metavar="K", help="What the file is kept by: person, plate, parcel, year.")
@click.pass_obj
def open_(run: Invocation, notation: str, title: str, unit: str | None, key: str) -> None:
    """Open a case file; it gets the next reference of its class and year.

    Example: erecords case open --class 22.31 --title "Hundesteuer Colditz, Uwe"
    """
    from erecords.registry import cases

    office = run.office()
    with office.work() as work:
        case = cases.open_case(work, office.actor, class_notation=notation, title=title, unit=unit, key=key)
        data = _view(office, work.session, case)
    _emit(run, data)


@group.command()
@click.argument("reference", metavar="REF")
@click.pass_obj
def show(run: Invocation, reference: str) -> None:
    """Show a case with its documents and its retention; of a destroyed one, what remains.

    Example: erecords case show 22.31-2026/000147
    """
    from erecords import render
    from erecords.errors import NotFound
    from erecords.registry import cases

    office = run.office()
    with office.read() as session:
        try:
            _emit(run, _view(office, session, cases.find(session, office.actor, reference)))
        except NotFound:
            tombstone = _tombstone(office, session, reference)
            if tombstone is None:
                raise
            run.emit(tombstone, lambda: render.facts("The case file is gone; this remains", tombstone.items()))


@group.command("list")
@click.option("--class", "notation", metavar="C", help="Only this class and those below it.")
@click.option("--state", type=click.Choice(["open", "closed"]), help="Only cases in this state.")
@click.pass_obj
def list_(run: Invocation, notation: str | None, state: str | None) -> None:
    """List the case files that you may see.

    Example: erecords case list --class 22 --state open
    """
    from erecords import render
    from erecords.registry import cases, views
    from erecords.store.lifecycle import CaseState

    office = run.office()
    with office.read() as session:
        wanted = CaseState(state) if state else None
        found = cases.list_cases(session, office.actor, class_notation=notation, state=wanted)
        lines = [views.case_line(case) for case in found]
    columns = ("reference", "title", "unit", "state", "opened", "closed")
    run.emit({"cases": lines}, lambda: render.table(f"{len(lines)} case files", columns, _rows(lines, columns)))


@group.command()
@click.argument("reference", metavar="REF")
@click.option("--title", metavar="T", help="New title.")
@click.option("--key", metavar="K", help="New file key.")
@click.option("--unit", metavar="U", help="New responsible unit.")
@click.option("--if-version", type=int, metavar="N", help="Only if the case still has this version.")
@click.pass_obj
def amend(
    run: Invocation, reference: str, title: str | None, key: str | None, unit: str | None, if_version: int | None
) -> None:
    """Change title, file key or responsible unit of an open case.

    Example: erecords case amend 22.31-2026/000147 --title "Hundesteuer Colditz, Ute"
    """
    from erecords.registry import cases

    office = run.office()
    with office.work() as work:
        case = cases.find(work.session, office.actor, reference)
        cases.amend(work, office.actor, case, title=title, key=key, unit=unit, version=if_version)
        data = _view(office, work.session, case)
    _emit(run, data)


@group.command()
@click.argument("reference", metavar="REF")
@click.option("--on", "on", type=DATE, metavar="DATE", help="As of this day (default today).")
@click.pass_obj
def close(run: Invocation, reference: str, on: date | None) -> None:
    """Close a case (zdA): no document comes in any more, and retention counts from there.

    Its open transactions are closed with it.

    Example: erecords case close 22.31-2026/000147 --on 2026-11-20
    """
    from erecords.registry import cases, transactions

    office = run.office()
    with office.work() as work:
        case = cases.find(work.session, office.actor, reference)
        closing = [row.number for row in transactions.open_ones(work.session, case)]
        cases.close(work, office.actor, case, on=on)
        data = _view(office, work.session, case) | {"closed_transactions": closing}
    _emit(run, data)
    if closing:
        run.say(f"Closed with it: {', '.join(closing)}")


@group.command()
@click.argument("reference", metavar="REF")
@click.option("--reason", required=True, metavar="R", help="Why.")
@click.pass_obj
def reopen(run: Invocation, reference: str, reason: str) -> None:
    """Open a closed case again; its retention period no longer runs.

    Example: erecords case reopen 22.31-2026/000147 --reason "Widerspruch eingegangen"
    """
    from erecords.registry import cases

    office = run.office()
    with office.work() as work:
        case = cases.reopen(work, office.actor, cases.find(work.session, office.actor, reference), reason=reason)
        data = _view(office, work.session, case)
    _emit(run, data)


@group.command()
@click.argument("reference", metavar="REF")
@click.option("--class", "notation", required=True, metavar="C", help="The class it moves to.")
@click.option("--reason", required=True, metavar="R", help="Why.")
@click.option("--dry-run", is_flag=True, help="Only say what it would change.")
@click.pass_obj
def move(run: Invocation, reference: str, notation: str, reason: str, dry_run: bool) -> None:
    """Move an open case to another class; the old reference stays findable.

    Where the retention rule of the new class could let it go earlier, the former one binds it on until another person
    approves.

    Example: erecords case move 22.31-2026/000147 --class 22.32 --reason "Befreiung beantragt"
    """
    from erecords.registry import cases
    from erecords.store.uow import DryRun

    office = run.office()
    data: dict[str, Any] = {}
    with suppress(DryRun), office.work() as work:
        case = cases.find(work.session, office.actor, reference)
        was = case.class_notation
        case = cases.move(work, office.actor, case, class_notation=notation, reason=reason)
        effect = office.moved(work, case, was, reason.strip())
        data = _view(office, work.session, case) | {"effect": asdict(effect) if effect else None}
        if dry_run:
            raise DryRun
    if dry_run:
        data["dry_run"] = True
    run.emit(data, lambda: _moved_view(data))


def _moved_view(data: dict[str, Any]) -> RenderableType:
    from rich.console import Group

    from erecords import render

    effect = data["effect"]
    title = f"If it moved to {data['class']}" if "dry_run" in data else f"Moved to {data['class']}"
    facts = [
        (f"retention {name}" if name != "due" else "due, if closed today", _change(effect, name))
        for name in ("rule", "trigger", "due", "disposal")
    ]
    facts += [("note", note) for note in effect["notes"]]
    return Group(_case_view(data), render.facts(title, facts)) if effect else _case_view(data)


def _change(effect: dict[str, Any], name: str) -> str:
    before, after = (str(effect[side][name] or "unknown") for side in ("before", "after"))
    return before if before == after else f"{before} -> {after}"


@group.command()
@click.argument("reference", metavar="REF")
@click.argument("trigger")
@click.option("--on", "on", type=DATE, required=True, metavar="DATE", help="The day of the event.")
@click.pass_obj
def event(run: Invocation, reference: str, trigger: str, on: date) -> None:
    """State the day of an event from which retention counts.

    Example: erecords case event 22.31-2026/000147 ende_steuerpflicht --on 2026-10-31
    """
    from erecords.registry import cases

    office = run.office()
    with office.work() as work:
        case = cases.find(work.session, office.actor, reference)
        cases.require_known(trigger, office.triggers(work.session))
        cases.event(work, office.actor, case, trigger=trigger, on=on)
        data = _view(office, work.session, case)
    _emit(run, data)


@group.command()
@click.argument("reference", metavar="REF")
@click.option("--to", "target", type=click.Path(path_type=Path), required=True, metavar="DIR", help="New folder.")
@click.pass_obj
def export(run: Invocation, reference: str, target: Path) -> None:
    """Write a case with all its files into a new folder, in the form that import reads.

    Example: erecords case export 22.31-2026/000147 --to ./akte-147
    """
    from erecords import render
    from erecords.registry import cases, exporter

    office = run.office()
    with office.read() as session:
        case = cases.find(session, office.actor, reference)
        written = exporter.export_case(session, office.actor, office.blobs, case, target)
    data = {"reference": case.reference, "folder": str(target), "documents": written.documents, "files": written.files}
    run.emit(data, lambda: render.facts("Written", data.items()))


@group.command("import")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.pass_obj
def import_(run: Invocation, folder: Path) -> None:
    """Import cases.jsonl and documents.jsonl from a folder: each case wholly or not at all, and never twice.

    Example: erecords case import ./altakten
    """
    from erecords.errors import DoneWithFindings
    from erecords.registry import importer

    office = run.office()
    with office.many_changes(), run.progress() as bar:
        task = bar.add_task("Importing", total=None)
        report = importer.import_folder(
            office,
            office.actor,
            folder,
            lambda done, total: bar.update(task, completed=done, total=total),
        )
    data = report.as_json()
    run.emit(data, lambda: _import_view(data))
    if report.refused:
        raise DoneWithFindings(f"{len(report.refused)} lines were refused; the reasons are in the report.")


def _import_view(data: dict[str, Any]) -> RenderableType:
    from erecords import render

    counts = f"{data['imported']} cases with {data['documents']} documents imported, {data['skipped']} were there"
    notes = [("refused", r["case"], r["line"], r["reason"]) for r in data["refused"]]
    notes += [("look at", f["case"], f["line"], f["finding"]) for f in data["findings"]]
    return render.table(counts, ("", "case", "line", "reason"), notes) if notes else counts


def _view(office: Office, session: Session, case: Case) -> dict[str, Any]:
    from erecords.registry import views

    return views.case_view(session, office.actor, case, office.outlook(session, case))


def _emit(run: Invocation, data: dict[str, Any]) -> None:
    run.emit(data, lambda: _case_view(data))


def _case_view(data: dict[str, Any]) -> RenderableType:
    from rich.console import Group

    from erecords import render

    names = ("title", "class", "unit", "key", "state", "opened", "closed", "protection", "version")
    facts = [(name, data[name]) for name in names]
    facts += [("former reference", reference) for reference in data["former_references"]]
    facts += [(event["trigger"], event["on"]) for event in data["events"]]
    facts += [(f"retention {name}", value) for name, value in data["retention"].items() if value]
    shown: list[RenderableType] = [render.facts(data["reference"], facts)]
    shown += [transaction.table(data["transactions"])] if data["transactions"] else []
    columns = ("id", "date", "title", "type", "sender", "entry")
    withheld = f" ({data['withheld']} that you may not see)" if data["withheld"] else ""
    documents = render.table(f"Documents{withheld}", columns, _rows(data["documents"], columns))
    return Group(*shown, documents)


def _rows(lines: list[dict[str, Any]], columns: tuple[str, ...]) -> list[list[Any]]:
    return [[line[column] for column in columns] for line in lines]


def _tombstone(office: Office, session: Session, reference: str) -> dict[str, Any] | None:
    from erecords.registry import references

    found = (office.tombstone(session, spelling) for spelling in references.spellings(reference))
    return next((tombstone for tombstone in found if tombstone), None)
