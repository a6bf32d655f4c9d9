"""``erecords mail separators|cover|labels|batch``: what is laid between letters, and whether all came through."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from erecords.invocation import Invocation

_TARGET = click.option(
    "--to", "target", type=click.Path(path_type=Path, dir_okay=False), required=True, help="PDF to write."
)


@click.command()
@_TARGET
@click.pass_obj
def separators(run: Invocation, target: Path) -> None:
    """Write a PDF with separator sheets (Trennblatt) to print and lay between letters in a batch.

    Example: erecords mail separators --to trennblatt.pdf
    """
    from erecords.files import write_out
    from mailroom.sheets import separators as sheets

    write_out(target, sheets.separator_pdf())
    run.emit({"file": str(target)}, f"Separator sheets were written to {target}; print them and use them again.")


@click.command()
@click.option("--letters", type=click.IntRange(1, 9999), required=True, help="How many letters the batch has.")
@click.option("--name", help="What to call the batch: capital letters, digits, points. Date and time when left out.")
@_TARGET
@click.pass_obj
def cover(run: Invocation, letters: int, name: str | None, target: Path) -> None:
    """Write a cover sheet (Deckblatt) that declares how many letters a batch has; lay it on top of the batch.

    Letters are still parted by separator sheets or labels. If another number comes out of the scan, all letters of the
    batch wait in the tray, and status, mail watch and mail batch list say so.

    Example: erecords mail cover --letters 37 --to deckblatt.pdf
    """
    from erecords.files import write_out
    from mailroom.sheets import separators as printed
    from mailroom.stages import sheets

    office = run.office()
    called = (name or office.clock.now().strftime("%y%m%d.%H%M%S")).upper()
    if not sheets.is_name(called):
        raise click.UsageError(f"{called!r} is no name of a batch: use up to 20 capital letters, digits and points.")
    declared = sheets.Cover(called, letters)
    write_out(target, printed.cover_pdf(declared))
    data = {"file": str(target), "name": called, "letters": letters}
    run.emit(data, f"The cover sheet of batch {called} ({letters} letters) was written to {target}.")


@click.command()
@click.option("--count", type=click.IntRange(1, 5000), default=24, show_default=True, help="How many labels.")
@click.option("--sheet", type=click.Choice(["70x37", "48x25", "38x21"]), default="70x37", show_default=True)
@_TARGET
@click.pass_obj
def labels(run: Invocation, count: int, sheet: str, target: Path) -> None:
    """Write labels with the next entry numbers of the mail book, on A4 sheets of labels (size in millimetres).

    A label stuck on a letter's first page parts it from the letter before and gives it its number. Numbers are taken
    at once; the mail book lists those that no letter has yet.

    Example: erecords mail labels --count 24 --to etiketten.pdf
    """
    from erecords.config import CitySettings
    from erecords.files import write_out
    from mailroom.sheets import labels as entry_labels
    from mailroom.sheets import separators as printed

    office = run.office()
    city = office.settings.section(CitySettings).name
    with office.work() as work:
        numbers = entry_labels.reserve(work, office.actor, count)
        write_out(target, printed.label_pdf(numbers, printed.LABEL_SHEETS[sheet], city))
    data = {"file": str(target), "first": numbers[0], "last": numbers[-1], "count": count}
    run.emit(data, f"{count} labels, {numbers[0]} to {numbers[-1]}, were written to {target}.")


@click.group()
def batch() -> None:
    """Batches with a cover sheet of which other than the declared number of letters came.

    Example: erecords mail batch list
    """


@batch.command("list")
@click.pass_obj
def list_batches(run: Invocation) -> None:
    """List the batches that do not add up, with the letters that came of each.

    Example: erecords mail batch list
    """
    from dataclasses import asdict

    from erecords.registry.access import Right
    from mailroom.commands import views
    from mailroom.sheets import batches

    office = run.office()
    office.actor.require(Right.MAIL_ROOM)
    with office.read() as session:
        found = batches.unbalanced(session)
    run.emit({"batches": [{**asdict(one), "message": one.sentence} for one in found]}, lambda: views.batches(found))


@batch.command("accept")
@click.argument("delivery", type=click.IntRange(min=1))
@click.option("--reason", required=True, metavar="R", help="Why the count is right as it is; kept in the log.")
@click.pass_obj
def accept_batches(run: Invocation, delivery: int, reason: str) -> None:
    """Accept the letters that came of a delivery's batches, once the paper was counted.

    Example: erecords mail batch accept 12 --reason "Deckblatt falsch gezählt"
    """
    from mailroom.sheets import batches

    office = run.office()
    with office.work() as work:
        batches.accept(work, office.actor, delivery, reason)
    run.emit({"delivery": delivery, "accepted": True}, f"The batches of delivery {delivery} are accepted.")


COMMANDS = (separators, cover, labels, batch)
