"""``erecords archive replicate`` and ``repair``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from archive.commands.shared import opened, require_keeper, require_places

if TYPE_CHECKING:
    from erecords.invocation import Invocation


@click.command()
@click.option("--afresh", metavar="PLACE", multiple=True, help="A place that had copies before and begins anew, empty.")
@click.pass_obj
def replicate(run: Invocation, afresh: tuple[str, ...]) -> None:
    """Bring the places for copies (setting copies of [archive]) to what the archive holds.

    A place that cannot be used does not stop the others.

    Example: erecords archive replicate
    """
    from dataclasses import asdict

    from archive.keeping import copies, open_erasures
    from erecords import render
    from erecords.errors import DoneWithFindings

    require_keeper(run)
    store = opened(run)
    require_places(store)
    strange = sorted(set(afresh) - set(store.settings.copies))
    if strange:
        raise click.UsageError(f"{strange[0]} is no place of [archive] copies in erecords.toml.")
    done = copies.replicate_all(store, afresh)
    rows = [
        {"place": item.place, "copied": item.copied, "failed": [{"id": i, "reason": why} for i, why in item.failed]}
        for item in done
    ]
    left = [asdict(item) for item in open_erasures.of(store)]
    lines = [(item.place, str(item.copied), "; ".join(f"{i}: {why}" for i, why in item.failed)) for item in done]
    run.emit(
        {"places": rows, "erasures_open": left},
        lambda: render.table("Copies", ("place", "copied", "failed"), lines),
    )
    if any(item.failed for item in done) or left:
        raise DoneWithFindings(
            f"Not all was copied: {sum(len(item.failed) for item in done)} failures, {len(left)} erased packages are "
            "still in a place; see the reasons, then run it again."
        )


@click.command()
@click.argument("name", metavar="ID")
@click.pass_obj
def repair(run: Invocation, name: str) -> None:
    """Put a good copy of a package in the place of a damaged or lost one, from the first place that has it.

    Example: erecords archive repair 22.31-2026/000147
    """
    from archive.keeping import copies
    from erecords import render
    from erecords.registry.access import Right

    office, store = run.office(), opened(run)
    office.actor.require(Right.ARCHIVE)
    with office.disposal():
        place = copies.repair_from_any(store, name)
    with office.work() as work:
        work.log("archive.repair", f"package:{store.find(name).id}", place=place)
    run.emit({"id": store.find(name).id, "place": place}, lambda: render.facts("Repaired", [(name, place)]))


COMMANDS = (replicate, repair)
