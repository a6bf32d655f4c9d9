"""``erecords doc``: add, show, text, list, supersede, export."""

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

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group()
def group() -> None:
    """Documents in case files.

    Example: erecords doc list 22.31-2026/000147
    """


@group.command()
@click.argument("file", type=_FILE)
@click.option("--case", "reference", required=True, metavar="REF", help="The case file.")
@click.option("--title", metavar="T", help="Title (default: the file's name).")
@click.option("--type", "kind", default="", metavar="KEY", help="Key of a document type.")
@click.option("--date", "on", type=DATE, metavar="D", help="The document's own date.")
@click.pass_obj
def add(run: Invocation, file: Path, reference: str, title: str | None, kind: str, on: date | None) -> None:
    """Add a file to an open case. Scans are read by the mail room instead: erecords mail take.

    Example: erecords doc add bescheid.pdf --case 22.31-2026/000147 --date 2026-11-20
    """
    from erecords.registry import adding

    office = run.office()
    document = adding.add_file(office, office.actor, reference, file, title=title, type=kind, date=on)
    _show(run, office, document.id or 0)


@group.command()
@click.argument("number", metavar="ID", type=int)
@click.pass_obj
def show(run: Invocation, number: int) -> None:
    """Show a document, its renditions and versions.

    Example: erecords doc show 12
    """
    _show(run, run.office(), number)


@group.command()
@click.argument("number", metavar="ID", type=int)
@click.pass_obj
def text(run: Invocation, number: int) -> None:
    """Print the text of a document, pages separated by form feeds.

    Example: erecords doc text 12
    """
    from erecords.registry import documents

    office = run.office()
    with office.read() as session:
        found = documents.text(session, office.actor, office.blobs, number)
    run.emit({"id": number, "text": found}, lambda: _text_view(found))


@group.command("list")
@click.argument("reference", metavar="REF")
@click.pass_obj
def list_(run: Invocation, reference: str) -> None:
    """List the documents of a case, oldest first.

    Example: erecords doc list 22.31-2026/000147
    """
    from erecords import render
    from erecords.registry import cases, documents, views

    office = run.office()
    with office.read() as session:
        case = cases.find(session, office.actor, reference)
        lines = [views.document_line(found) for found in documents.list_documents(session, office.actor, case)]
    columns = ("id", "date", "title", "type", "sender", "entry")
    rows = [[line[column] for column in columns] for line in lines]
    run.emit({"case": case.reference, "documents": lines}, lambda: render.table(case.reference, columns, rows))


@group.command()
@click.argument("number", metavar="ID", type=int)
@click.argument("file", type=_FILE)
@click.pass_obj
def supersede(run: Invocation, number: int, file: Path) -> None:
    """Add a file as the new version of a document; the earlier versions are kept.

    Example: erecords doc supersede 12 bescheid-korrigiert.pdf
    """
    from erecords.registry import adding

    office = run.office()
    adding.supersede_file(office, office.actor, number, file)
    _show(run, office, number)


@group.command()
@click.argument("number", metavar="ID", type=int)
@click.option(
    "--rendition",
    type=click.Choice(["original", "pdfa", "text", "words", "thumbnail"]),
    default="original",
    help="Which form of it (default: the original as it arrived).",
)
@click.option("--to", "target", type=click.Path(path_type=Path), required=True, metavar="FILE", help="File to write.")
@click.pass_obj
def export(run: Invocation, number: int, rendition: str, target: Path) -> None:
    """Write a document to a file, after its stored bytes were held against their digest.

    Example: erecords doc export 12 --rendition pdfa --to bescheid.pdf
    """
    from erecords import render
    from erecords.registry import documents, exporter
    from erecords.store.lifecycle import RenditionKind

    office = run.office()
    with office.read() as session:
        kind = RenditionKind(rendition)
        version, source = documents.stored_file(session, office.actor, office.blobs, number, kind)
    written = exporter.copy_out(source, target, version.name)
    data = {"id": number, "rendition": rendition, "file": str(written), "sha512": source.name}
    run.emit(data, lambda: render.facts("Written", data.items()))


def _show(run: Invocation, office: Office, number: int) -> None:
    from erecords.registry import documents, views

    with office.read() as session:
        data = views.document_view(session, documents.find(session, office.actor, number))
    run.emit(data, lambda: _document_view(data))


def _text_view(text: str) -> RenderableType:
    from erecords import render

    return render.plain(text.replace("\f", "\n\n"))


def _document_view(data: dict[str, Any]) -> RenderableType:
    from rich.console import Group

    from erecords import render

    names = ("case", "transaction", "title", "type", "date", "sender", "received", "entry", "name", "puid")
    rows = [
        (version["number"], rendition["kind"], rendition["bytes"], rendition["mime"], rendition["sha512"][:16] + "...")
        for version in data["versions"]
        for rendition in version["renditions"]
    ]
    renditions = render.table("Renditions", ("version", "kind", "bytes", "type", "SHA-512"), rows)
    return Group(render.facts(f"Document {data['id']}", [(name, data[name]) for name in names]), renditions)
