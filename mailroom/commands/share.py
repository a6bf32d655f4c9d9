"""``erecords mail undo|forward|remark|copy|copies|seen|mark|rotate``: taking back, sending on, telling others."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from mailroom.commands.shown import emit

if TYPE_CHECKING:
    from erecords.invocation import Invocation


@click.command()
@click.argument("number", required=False)
@click.option("--dry-run", is_flag=True, help="Say what would be taken back; change nothing.")
@click.pass_obj
def undo(run: Invocation, number: str | None, dry_run: bool) -> None:
    """Take back your last decision, or your last one on a letter: filed, corrected, rejected, sent on, marked, cut.

    Only your own decisions of the last day; called again it takes back the one before. The log keeps both.

    Example: erecords mail undo
    """
    from erecords.errors import NotFound
    from mailroom.tray import undoing

    office = run.office()
    if dry_run:
        with office.read() as session:
            found = undoing.decisions(session, office, number)[:1]
        if not found:
            raise NotFound("There is no decision of yours from the last day.")
        run.emit(
            {"would_undo": found[0].sentence, "dry_run": True},
            f"Would be taken back: {found[0].sentence}. Nothing was changed.",
        )
        return
    done = undoing.undo(office, number)
    data = {"undone": done.decision.sentence, "letters": done.decision.numbers, "hint": done.hint}
    run.emit(data, f"Taken back: {done.decision.sentence}. {done.hint}".rstrip())


@click.command()
@click.argument("number")
@click.option("--unit", required=True, metavar="U", help="Unit that it is for (erecords unit list).")
@click.option("--remark", "text", default="", metavar="TEXT", help="What you tell the unit.")
@click.pass_obj
def forward(run: Invocation, number: str, unit: str, text: str) -> None:
    """Send a letter of your tray on to the tray of another unit.

    Example: erecords mail forward E-2026-0000002 --unit 32.1 --remark 'Bitte prüfen, ob gefährlicher Hund'
    """
    from mailroom.tray import remarks

    office = run.office()
    with office.work() as work:
        remarks.forward(office, work, number, unit, text)
    message = f"{number} lies in the tray of unit {unit} now."
    run.emit({"number": number, "unit": unit}, message)


@click.command()
@click.argument("number")
@click.argument("text")
@click.pass_obj
def remark(run: Invocation, number: str, text: str) -> None:
    """Write a remark on a letter; whoever may see the letter reads it.

    Example: erecords mail remark E-2026-0000002 'Herr Colditz hat angerufen, Attest folgt'
    """
    from mailroom.tray import remarks

    office = run.office()
    with office.work() as work:
        remarks.remark(office, work, number, text)
    emit(run, [number])


@click.command(name="copy")
@click.argument("number")
@click.option("--unit", required=True, metavar="U", help="Unit that gets to read it.")
@click.option(
    "--for", "kind", type=click.Choice(["abdruck", "mitzeichnung"]), default="abdruck", show_default=True,
    help="To know of it, or to sign what follows from it.",
)  # fmt: skip
@click.option("--remark", "text", default="", metavar="TEXT", help="What you tell the unit.")
@click.pass_obj
def copy_letter(run: Invocation, number: str, unit: str, kind: str, text: str) -> None:
    """Let a second unit read a letter (Abdruck, Mitzeichnung); its owner and its case stay the same.

    The unit sees it under: erecords mail copies. Once filed, the unit finds it by search, also in a protected case.

    Example: erecords mail copy E-2026-0000002 --unit 32.1 --for mitzeichnung
    """
    from mailroom.models import CopyKind
    from mailroom.tray import copying

    office = run.office()
    with office.work() as work:
        copying.give(office, work, number, unit, CopyKind(kind), text)
    emit(run, [number])


@click.command()
@click.option("--all", "everything", is_flag=True, help="Also those that were seen.")
@click.pass_obj
def copies(run: Invocation, everything: bool) -> None:
    """List the letters of other units of which a copy went to yours.

    Example: erecords mail copies
    """
    from mailroom import shapes
    from mailroom.commands import views
    from mailroom.tray import copying

    office = run.office()
    with office.read() as session:
        found = copying.of_units(session, office.actor, new_only=not everything)
        rows = [{"letter": shapes.letter_shape(one.letter), **shapes.copy_shape(one.copy)} for one in found]
    run.emit({"copies": rows}, lambda: views.copies(rows))


@click.command()
@click.argument("number")
@click.pass_obj
def seen(run: Invocation, number: str) -> None:
    """Note that your unit has seen its copy of a letter; it leaves the list of new ones.

    Example: erecords mail seen E-2026-0000002
    """
    from mailroom.tray import copying

    office = run.office()
    with office.work() as work:
        rows = copying.seen(office, work, number)
    units = [row.unit for row in rows]
    run.emit({"number": number, "units": units}, f"{number} was noted as seen by {', '.join(units)}.")


@click.command()
@click.argument("number")
@click.option(
    "--as", "kinds", multiple=True, type=click.Choice(["personal", "tender", "election", "medical"]),
    help="What it is; may be given more than once.",
)  # fmt: skip
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Of a tender: the day on which it is opened.")
@click.option("--not", "nothing", is_flag=True, help="It is ordinary mail: take its markings away.")
@click.pass_obj
def mark(run: Invocation, number: str, kinds: tuple[str, ...], until: datetime | None, nothing: bool) -> None:
    """Mark a letter of the tray as special mail, which only the mail room and the head of its unit see.

    Example: erecords mail mark E-2026-0000002 --as tender --until 2026-12-15
    """
    from mailroom.fields.markings import MarkingKind
    from mailroom.tray import marking

    if bool(kinds) == nothing:
        raise click.UsageError("Say either --as KIND, or --not for ordinary mail.")
    chosen = [kind for kind in MarkingKind if kind.value in kinds]
    marking.mark(run.office(), number, chosen, until.date() if until else None)
    emit(run, [number])


@click.command()
@click.argument("number")
@click.argument("pages", nargs=-1, required=True, type=click.IntRange(min=1))
@click.option(
    "--by", "degrees", type=click.Choice(["90", "180", "270"]), default="180", show_default=True,
    help="Degrees, clockwise against how the page stands now.",
)  # fmt: skip
@click.pass_obj
def rotate(run: Invocation, number: str, pages: tuple[int, ...], degrees: str) -> None:
    """Turn pages of a letter of the tray that stand wrongly, and read them anew; the scan itself stays as it came.

    Example: erecords mail rotate E-2026-0000004 2 --by 90
    """
    from mailroom.tray import deciding

    deciding.rotate(run.office(), number, pages, int(degrees))
    emit(run, [number])


COMMANDS = (undo, forward, remark, copy_letter, copies, seen, mark, rotate)
