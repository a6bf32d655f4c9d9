"""``erecords index``: rebuild, check."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from erecords.invocation import Invocation


@click.group()
def group() -> None:
    """The search index, which can always be made anew from the records.

    Example: erecords index check
    """


@group.command()
@click.pass_obj
def rebuild(run: Invocation) -> None:
    """Make the index anew beside the present one, which serves searches meanwhile, and switch.

    Example: erecords index rebuild
    """
    from erecords import render
    from erecords.config import SearchSettings
    from erecords.search.engines.opening import open_index

    office = run.office()
    with run.progress() as bar:
        task = bar.add_task("Indexing", total=None)
        office.rebuild_index(lambda done: bar.update(task, completed=done))
    index = open_index(office.home, office.settings.section(SearchSettings).engine)
    stats = index.stats()
    index.close()
    data = {"engine": stats.engine, "entries": stats.documents, "bytes": stats.bytes, "sequence": stats.sequence}
    run.emit(data, lambda: render.facts("The search index is new", data.items()))


@group.command()
@click.pass_obj
def check(run: Invocation) -> None:
    """Hold the index against the records: what is missing, surplus or as it was before.

    Example: erecords index check
    """
    from erecords import render
    from erecords.errors import DoneWithFindings
    from erecords.search import indexer

    office = run.office()
    findings = list(indexer.check(office.engine, office.findable, office.home, office.settings))
    title = "Findings" if findings else "Index and records agree."
    run.emit(
        {"findings": findings, "sound": not findings}, lambda: render.table(title, ("",), [(f,) for f in findings])
    )
    if findings:
        raise DoneWithFindings(f"{len(findings)} findings.")
