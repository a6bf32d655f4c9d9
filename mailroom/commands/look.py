"""``erecords mail tray|show|text|export|due|book|custody``: looking, without changing anything."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import RenderableType

    from erecords.invocation import Invocation
    from mailroom.book import Form


@click.command()
@click.option("--unit", metavar="U", help="Only letters meant for this unit.")
@click.option("--interactive", is_flag=True, help="Show one letter after the other and ask what to do with it.")
@click.option("--lines", is_flag=True, help="With --interactive: ask line by line, also where the full screen could.")
@click.pass_obj
def tray(run: Invocation, unit: str | None, interactive: bool, lines: bool) -> None:
    """List the letters that wait for a person, most urgent first, with the suggestion for each.

    With --interactive each is shown on a screen: Enter files as suggested, a number chooses a case, ? shows the rest.
    With the extra [tray] it fills the terminal and shows the page beside the text.

    Example: erecords mail tray --unit 22.3 --interactive
    """
    if interactive:
        _at_the_desk(run, unit, lines)
        return
    from mailroom import shapes
    from mailroom.commands import views
    from mailroom.tray import listing as trays

    office = run.office()
    with office.read() as session:
        data = {"letters": [shapes.letter_shape(row) for row in trays.letters(session, office.actor, unit)]}
    run.emit(data, lambda: views.tray(data["letters"], office.clock.today().isoformat()))
    if data["letters"]:
        run.say("One after the other: erecords mail tray --interactive. Single ones: erecords mail show NUMBER")


def _at_the_desk(run: Invocation, unit: str | None, lines: bool) -> None:
    import sys
    from importlib.util import find_spec

    from mailroom.commands.terminal import Terminal
    from mailroom.tray import desk

    if run.as_json:
        raise click.UsageError("--interactive talks to a person; leave --json out, or use mail file and mail reject.")
    office = run.office()
    if not lines and sys.stdin.isatty() and sys.stdout.isatty() and find_spec("textual"):
        from mailroom.fullscreen.waiting import tray

        counts = tray(office, unit).run() or {}
    else:
        counts = desk.work_through(office, Terminal(), unit)
    run.emit(counts, ", ".join(f"{count} {what}" for what, count in counts.items()))


@click.command()
@click.argument("number")
@click.pass_obj
def show(run: Invocation, number: str) -> None:
    """Show one letter: what it is, why the machine thinks so, with page and words.

    Example: erecords mail show E-2026-0000001
    """
    from mailroom import showing
    from mailroom.commands import views

    office = run.office()
    with office.read() as session:
        data = showing.shown(office, session, number)
    run.emit(data, lambda: views.letter(data))
    if data["state"] == "tray":
        run.say(_what_next(data))


def _what_next(one: dict[str, Any]) -> str:
    number = one["number"]
    if one["markings"]:
        sealed = f" It stays sealed until {one['sealed_until']}." if one["sealed_until"] else ""
        return (
            f"It is marked {', '.join(one['markings'])}: look at the paper, its text and pages are not shown.{sealed} "
            f"File it: erecords mail file {number} --case REF, or --class C. Else: mail forward, or mail mark "
            f"{number} --not, where it is ordinary mail."
        )
    return (
        f"Read it: erecords mail text {number}. File it: erecords mail file {number} --suggested, "
        "or --case REF (mail cases WORDS finds it), or --class C. Else: mail reject, forward, copy, same, split, mark."
    )


@click.command()
@click.argument("number")
@click.pass_obj
def text(run: Invocation, number: str) -> None:
    """Print what a letter says, pages separated by form feeds; nothing of marked mail.

    Example: erecords mail text E-2026-0000001
    """
    from erecords import render
    from mailroom import showing

    office = run.office()
    with office.read() as session:
        found = showing.text(office, session, number)
    run.emit({"number": number, "text": found}, lambda: render.plain(found.replace("\f", "\n\n")))


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.pass_obj
def cases(run: Invocation, words: tuple[str, ...]) -> None:
    """Find open cases to file into, of all units, by words of their reference, title or key; the nine youngest.

    Example: erecords mail cases Seyfert Bergparade
    """
    from erecords import render
    from erecords.registry.access import Right
    from mailroom.tray import lookup

    office = run.office()
    office.actor.require(Right.MAIL_ROOM)
    found = [{"reference": one.key, "title": one.title} for one in lookup.cases(office, " ".join(words))]
    title = "" if found else "No open case holds these words."
    rows = [(one["reference"], one["title"]) for one in found]
    run.emit({"cases": found}, lambda: render.table(title, ("reference", "title"), rows))


@click.command()
@click.argument("number")
@click.option("--to", "target", type=click.Path(path_type=Path), required=True, metavar="FILE", help="File to write.")
@click.pass_obj
def export(run: Invocation, number: str, target: Path) -> None:
    """Write the pages of a letter as PDF, to look at them before it is decided; nothing of marked mail.

    Example: erecords mail export E-2026-0000001 --to brief.pdf
    """
    from erecords import render
    from erecords.errors import NotFound
    from erecords.registry import exporter
    from mailroom import showing

    office = run.office()
    source = showing.page_file(office, number)
    if source is None:
        raise NotFound(f"The pages of {number} are not shown: it is marked, or there is no picture of it.")
    written = exporter.copy_out(source, target, f"{number}.pdf")
    data = {"number": number, "file": str(written), "sha512": source.name}
    run.emit(data, lambda: render.facts("Written", data.items()))


@click.command()
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="Up to this day; today when left out.")
@click.option("--within", "days", type=click.IntRange(0, 3660), default=0, help="And so many days after it.")
@click.option("--unit", metavar="U", help="Only of letters for this unit.")
@click.option(
    "--format", "form", type=click.Choice(["table", "json", "csv", "pdf"]), default="table", show_default=True
)
@click.option("--to", "target", type=click.Path(path_type=Path, dir_okay=False), help="File to write.")
@click.pass_obj
def due(run: Invocation, day: datetime | None, days: int, unit: str | None, form: str, target: Path | None) -> None:
    """List what is to be done by today (Wiedervorlagen), earliest first; what is past its day is marked with !.

    Of letters that wait, and of filed ones while their transaction (or case) is open.

    Example: erecords mail due --within 7 --format pdf --to wiedervorlagen.pdf
    """
    from datetime import timedelta

    from mailroom import book as books
    from mailroom.commands import views
    from mailroom.tray import duelist

    if form == "pdf" and target is None:
        raise click.UsageError("A PDF needs a file: --to FILE.")
    office = run.office()
    today = office.clock.today()
    until = (day.date() if day else today) + timedelta(days=days)
    with office.read() as session:
        rows = [duelist.shape(one, today) for one in duelist.due(session, office.actor, until, unit)]
    data = {"on": until.isoformat(), "entries": rows}
    _write_list(run, data, books.DUE, form, target, lambda: views.due(rows, until.isoformat()))


@click.command()
@click.option("--year", type=click.IntRange(1900, 9999), help="Year of the entries; this year when left out.")
@click.option("--unfiled", is_flag=True, help="Only what is not filed today, of all years, with quarantine.")
@click.option(
    "--format", "form", type=click.Choice(["table", "json", "csv", "pdf"]), default="table", show_default=True
)
@click.option("--to", "target", type=click.Path(path_type=Path, dir_okay=False), help="File to write.")
@click.pass_obj
def book(run: Invocation, year: int | None, unfiled: bool, form: str, target: Path | None) -> None:
    """Show or write the mail book (Posteingangsbuch) of a year, or the daily list of what is not filed.

    Example: erecords mail book --unfiled --format pdf --to offen.pdf
    """
    from erecords.registry.access import Right
    from mailroom import book as books
    from mailroom.commands import views

    if unfiled and year is not None:
        raise click.UsageError("--unfiled lists what is not filed today, of all years; leave --year out.")
    if form == "pdf" and target is None:
        raise click.UsageError("A PDF needs a file: --to FILE.")
    office = run.office()
    if not office.actor.may(Right.READ_LOG):
        office.actor.require(Right.MAIL_ROOM)
    today = office.clock.today()
    wanted = year or today.year
    with office.read() as session:
        rows = books.unfiled(session, today) if unfiled else books.entries(session, wanted)
    when: dict[str, Any] = {"on": today.isoformat()} if unfiled else {"year": wanted}
    kind = books.UNFILED if unfiled else books.BOOK
    title = str(when.get("year") or when["on"])
    _write_list(run, {**when, "entries": rows}, kind, form, target, lambda: views.book(rows, kind, title))


def _write_list(
    run: Invocation, data: dict[str, Any], kind: Form, form: str, target: Path | None,
    view: Callable[[], RenderableType],
) -> None:  # fmt: skip
    import json
    import sys

    from erecords.config import CitySettings
    from erecords.files import write_out
    from mailroom import book as books

    rows, when = data["entries"], str(data.get("year") or data["on"])
    if form in ("csv", "pdf"):
        city = run.office().settings.section(CitySettings).name
        written = books.as_csv(rows, kind) if form == "csv" else books.as_pdf(rows, city, when, kind)
        if target is None:
            sys.stdout.buffer.write(written)
            return
        write_out(target, written)
        run.emit({**data, "file": str(target)}, f"{len(rows)} entries of {when} were written to {target}.")
        return
    run.as_json = run.as_json or form == "json"
    if target is not None:
        write_out(target, json.dumps(data, ensure_ascii=False, indent=2).encode())
    run.emit(data, view)


@click.command()
@click.pass_obj
def custody(run: Invocation) -> None:
    """Prove that everything ever received is accounted for: seen = processed + quarantined + duplicate + pending.

    Example: erecords mail custody
    """
    from dataclasses import asdict

    from erecords.errors import DoneWithFindings
    from erecords.registry.access import Right
    from mailroom.channels.folder import drop_folders
    from mailroom.commands import views
    from mailroom.custody import proof as custodies

    office = run.office()
    if not office.actor.may(Right.READ_LOG):
        office.actor.require(Right.MAIL_ROOM)
    with office.read() as session:
        report = custodies.report(session, office.blobs, drop_folders(office))
    data = {**asdict(report), "complete": report.complete}
    run.emit(data, lambda: views.custody(data))
    if not report.complete:
        raise DoneWithFindings("Custody is not complete: see missing and surplus above.")


COMMANDS = (tray, show, text, cases, export, due, book, custody)
