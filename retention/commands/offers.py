"""``erecords retention offer``, ``lapse`` and ``sample``: the dialogue with the archive about a list."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from retention.commands.lists import emit

if TYPE_CHECKING:
    from erecords.invocation import Invocation


@click.command()
@click.argument("list_id", metavar="LIST")
@click.option("--to", type=click.Path(path_type=Path, dir_okay=False), help="Also write what is offered as a CSV list.")
@click.pass_obj
def offer(run: Invocation, list_id: str, to: Path | None) -> None:
    """Note that a list is offered to the archive; its time to answer begins. For messages: retention xdomea export.

    Example: erecords --actor u-org1 retention offer L-2026-0001 --to angebot.csv
    """
    from erecords.files import write_out
    from retention.lists import offering
    from retention.settings import RetentionSettings

    office = run.office()
    with office.work() as work:
        found = offering.offer(work, office.actor, list_id, office.settings.section(RetentionSettings))
        if to is not None:
            write_out(to, offering.as_csv(work.session, office.actor, list_id).encode("utf-8-sig"))
    run.say(f"The archive may answer until {found.answer_due}.")
    emit(run, office, list_id)


@click.command()
@click.argument("list_id", metavar="LIST")
@click.pass_obj
def lapse(run: Invocation, list_id: str) -> None:
    """Note that the archive did not answer in time; what it left undecided may be destroyed, citing the law.

    Example: erecords --actor u-org1 retention lapse L-2026-0001
    """
    from retention.lists import offering
    from retention.settings import RetentionSettings

    office = run.office()
    with office.work() as work:
        count = offering.lapse(work, office.actor, list_id, office.settings.section(RetentionSettings))
    run.say(f"{count} cases without an answer; another person approves the list.")
    emit(run, office, list_id)


@click.command()
@click.argument("list_id", metavar="LIST")
@click.option("--letters", metavar="ABC", help="Take those that begin with one of these letters.")
@click.option("--by", type=click.Choice(["title", "key"]), default="title", show_default=True, help="Whose letter.")
@click.option("--percent", type=float, metavar="P", help="Take so many percent by lot; needs --seed.")
@click.option("--seed", metavar="TEXT", help="Makes the lot repeatable, for instance a date or a draw of the lottery.")
@click.option("--class", "notation", metavar="C", help="Only of this class and all below it.")
@click.option("--reason", required=True, metavar="R", help="Why a sample, and why this one.")
@click.pass_obj
def sample(
    run: Invocation, list_id: str, letters: str | None, by: str, percent: float | None, seed: str | None,
    notation: str | None, reason: str,
) -> None:  # fmt: skip
    """Take a sample of the undecided cases: those drawn go to the archive (A), the others V. Archivists only.

    Example: erecords --actor u-arc1 retention sample L-2026-0001 --letters HS --reason "Auswahl nach Buchstaben"
    """
    from retention.lists import sampling

    if (letters is None) == (percent is None) or (percent is not None and seed is None):
        raise click.UsageError("Say either --letters ABC, or --percent P together with --seed TEXT.")
    how = sampling.ByLetter(letters, by) if letters is not None else sampling.ByLot(percent or 0, seed or "")
    office = run.office()
    with office.work() as work:
        taken = sampling.sample(work, office.actor, list_id, how, reason=reason, notation=notation)
    run.say(taken.text)
    emit(run, office, list_id)


COMMANDS = (offer, lapse, sample)
