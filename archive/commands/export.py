"""``erecords archive export``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.commands.shared import opened

if TYPE_CHECKING:
    from archive.package import Dip
    from erecords.invocation import Invocation


@click.command()
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
    office, store = run.office(), opened(run)
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
