"""``erecords mail file|refile|reject|split|merge|rerun``: what a person decides of a letter in the tray."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mailroom.commands.shown import emit

if TYPE_CHECKING:
    from erecords.invocation import Invocation


@click.command(name="file")
@click.argument("number")
@click.option(
    "--suggested", is_flag=True, help="File as the machine suggests: into its case, or a new one of its class."
)
@click.option("--case", "reference", metavar="REF", help="File into this case.")
@click.option("--class", "notation", metavar="C", help="Open a new case in this class (or use the year's file).")
@click.option("--title", metavar="T", help="Title of the new case.")
@click.option("--type", "kind", metavar="KEY", help="Document type, where the suggested one is wrong.")
@click.option("--dry-run", is_flag=True, help="Say what would happen; change nothing.")
@click.pass_obj
def file_letter(
    run: Invocation, number: str, suggested: bool, reference: str | None, notation: str | None, title: str | None,
    kind: str | None, dry_run: bool,
) -> None:  # fmt: skip
    """File a letter of the tray as suggested, into a case, or into a new case of a class.

    Example: erecords mail file E-2026-0000002 --case 22.31-2026/000147
    """
    from erecords.store.uow import DryRun
    from mailroom.loading import RegistersAtHand
    from mailroom.tray import deciding, screens

    if [bool(reference), bool(notation), suggested].count(True) != 1:
        raise click.UsageError("Say --suggested, or --case REF, or --class C --title T for a new case.")
    office = run.office()
    if suggested:
        reference, notation = screens.suggested(office, number)
    at_hand = RegistersAtHand(office)
    try:
        with office.work() as work:
            if reference:
                deciding.file_in(office, work, at_hand, number, reference, kind)
            else:
                deciding.file_new(office, work, at_hand, number, str(notation), title, kind)
            if dry_run:
                where = screens.filed_where(work.session, number)
                raise DryRun
    except DryRun:
        text = f"{number} would be filed into {where}; nothing was changed."
        run.emit({"number": number, "dry_run": True, "would": where}, text)
        return
    emit(run, [number])


@click.command()
@click.argument("number")
@click.option("--case", "reference", metavar="REF", help="The right case.")
@click.option("--class", "notation", metavar="C", help="The right class: a new case there, or the year's file.")
@click.option("--title", metavar="T", help="Title of the new case.")
@click.option("--type", "kind", metavar="KEY", help="The right document type.")
@click.option("--reason", required=True, metavar="R", help="Why it was wrong; kept in the log.")
@click.option("--dry-run", is_flag=True, help="Say what would happen; change nothing.")
@click.pass_obj
def refile(
    run: Invocation, number: str, reference: str | None, notation: str | None, title: str | None,
    kind: str | None, reason: str, dry_run: bool,
) -> None:  # fmt: skip
    """Correct a filed letter: into another open case, a new case of a class, or under another document type.

    Example: erecords mail refile E-2026-0000002 --case 22.31-2026/000147 --reason 'anderer Halter'
    """
    from erecords.store.uow import DryRun
    from mailroom.loading import RegistersAtHand
    from mailroom.tray import filing, refiling

    if (reference and notation) or not (reference or notation or kind):
        raise click.UsageError("Say what is right: --case REF, or --class C, or --type KEY alone.")
    office = run.office()
    at_hand = RegistersAtHand(office)
    try:
        with office.work() as work:
            kind = filing.known_type(at_hand.current(work.session), kind)
            refiling.refile(
                office, work, at_hand, number, reason, reference=reference, notation=notation, title=title, kind=kind
            )
            if dry_run:
                raise DryRun
    except DryRun:
        run.emit({"number": number, "dry_run": True}, f"{number} could be corrected so; nothing was changed.")
        return
    emit(run, [number])


@click.command()
@click.argument("number")
@click.option("--reason", required=True, metavar="R", help="Why it is not filed; kept in the log.")
@click.pass_obj
def reject(run: Invocation, number: str, reason: str) -> None:
    """Take a letter out of the tray without filing it (advertising, misdirected mail). The original is kept.

    Example: erecords mail reject E-2026-0000003 --reason Werbung
    """
    from mailroom.tray import filing

    office = run.office()
    with office.work() as work:
        filing.reject(work, office.actor, number, reason)
    emit(run, [number])


@click.command()
@click.argument("number")
@click.argument("after_page", nargs=-1, required=True, type=click.IntRange(min=1))
@click.pass_obj
def split(run: Invocation, number: str, after_page: tuple[int, ...]) -> None:
    """Split a letter of the tray after these of its pages; the scan itself stays as it came.

    Example: erecords mail split E-2026-0000004 2 5
    """
    from mailroom.tray import deciding

    emit(run, deciding.split(run.office(), number, after_page))


@click.command()
@click.argument("numbers", nargs=-1, required=True)
@click.pass_obj
def merge(run: Invocation, numbers: tuple[str, ...]) -> None:
    """Make one letter of several that follow each other in one scan and wait in the tray.

    Example: erecords mail merge E-2026-0000004 E-2026-0000005
    """
    from mailroom.tray import deciding

    if len(set(numbers)) < 2:
        raise click.UsageError("Name at least two letters.")
    emit(run, [deciding.merge(run.office(), list(numbers))])


@click.command()
@click.argument("number")
@click.pass_obj
def rerun(run: Invocation, number: str) -> None:
    """Think again about a letter of the tray with today's knowledge and settings.

    Suggestion and findings are made anew; nothing is scanned or read anew, nothing is filed, and what people said of it
    stays.

    Example: erecords mail rerun E-2026-0000002
    """
    from mailroom.tray import rethinking

    rethinking.rerun(run.office(), number)
    emit(run, [number])


@click.command()
@click.argument("number")
@click.argument("other", required=False)
@click.pass_obj
def same(run: Invocation, number: str, other: str | None) -> None:
    """Say that a letter of the tray is the same as another (scanned twice, or come by mail and on paper).

    It is taken out of the tray; the original is kept. Without OTHER it is the letter that was proposed.

    Example: erecords mail same E-2026-0000012 E-2026-0000004
    """
    from mailroom.matching import doubles

    office = run.office()
    with office.work() as work:
        doubles.confirm(work, office.actor, number, other)
    emit(run, [number])


@click.command()
@click.argument("number")
@click.pass_obj
def differs(run: Invocation, number: str) -> None:
    """Say that a letter of the tray is not the same as those that it was held for.

    Example: erecords mail differs E-2026-0000012
    """
    from mailroom.matching import doubles

    office = run.office()
    with office.work() as work:
        doubles.dismiss(work, office.actor, number)
    emit(run, [number])


COMMANDS = (same, differs, file_letter, refile, reject, split, merge, rerun)
