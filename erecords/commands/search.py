"""``erecords search``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from erecords.invocation import Invocation
    from erecords.search.desk import Desk, Found
    from erecords.search.index import SearchIndex, SearchResult

_SORTS = ("relevance", "date", "received", "reference")
_MARK = "**"


@click.command()
@click.argument("query", nargs=-1)
@click.option("--limit", type=click.IntRange(0, 10_000), default=20, show_default=True, help="Hits of a page.")
@click.option("--offset", type=click.IntRange(0, 10_000_000), default=0, help="Hits to pass over.")
@click.option("--sort", type=click.Choice(_SORTS), default="relevance", help="Dates newest first.")
@click.option("--reverse", is_flag=True, help="Turn the order by date, received or reference.")
@click.option("--facets", is_flag=True, help="Count the hits by type, class, unit and year.")
@click.option("--explain", is_flag=True, help="Say how the query was understood.")
@click.option("--suggest", metavar="PREFIX", help="Complete a word or reference instead of searching.")
@click.pass_obj
def command(run: Invocation, /, query: Sequence[str], suggest: str | None, explain: bool, **want: Any) -> None:
    """Find letters and case files by words, numbers and fields, within what you may see.

    Words find their inflected forms and compounds, "words in quotes" exactly these; AND OR NOT, wild*cards, fuzzy~,
    and the fields type class unit case sender date received text title entry state.

    Example: erecords search 'Hundesteuer sender:Müller date:[2026-01 to 2026-03]'
    """
    if suggest is None and not query:
        raise click.UsageError("What is to be found? For example: erecords search Hundesteuer")
    if suggest is not None:
        desk, index = _open(run)
        words = list(index.suggest(suggest, desk.rights))
        run.emit({"suggestions": words}, lambda: "\n".join(words))
        return
    _search(run, " ".join(query), explain, want)


def _search(run: Invocation, query: str, explain: bool, given: dict[str, Any]) -> None:
    from erecords.search import explain as explaining
    from erecords.search.errors import QueryRefused
    from erecords.search.index import Facet, Sort, Want
    from erecords.search.query import parse

    try:
        tree = parse(query)
    except QueryRefused as error:
        run.say(error.caret)
        raise
    desk, index = _open(run)
    facets = frozenset(Facet) if given["facets"] else frozenset()
    want = Want(given["limit"], given["offset"], Sort(given["sort"]), given["reverse"], facets)
    result = index.search(tree, desk.rights, want)
    found = desk.page(result.hits, tree)
    data: dict[str, Any] = {
        "total": result.total,
        "took_ms": round(result.took_ms, 2),
        "hits": [_hit(one) for one in found],
        "facets": {
            facet.value: dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
            for facet, counts in result.facets.items()
        },
    }
    if explain:
        data["explanation"] = explaining.explain(tree)
    run.emit(data, lambda: _view(result, found, data))


def _open(run: Invocation) -> tuple[Desk, SearchIndex]:
    """Desk and index; an index that lacks the last changes (or is missing) is brought up to date first."""
    from erecords.search.errors import IndexMissing
    from erecords.search.opening import open_index

    desk = _desk(run)
    try:
        index = open_index(desk.home, desk.engine)
        if index.sequence >= desk.last_sequence:
            return desk, index
    except IndexMissing:
        run.say("The search index is built first.")
    run.office().refresh_index()
    return desk, open_index(desk.home, desk.engine)


def _desk(run: Invocation) -> Desk:
    """The desk of an ordinary home, or that of the opened office, which says what is wrong with another."""
    from erecords.invocation import operating_system_user
    from erecords.search import desk

    quick = desk.open_quickly(run.home, run.actor_option or operating_system_user())
    if quick is not None:
        return quick
    from erecords.config import SearchSettings

    office = run.office()
    engine = office.settings.section(SearchSettings).engine
    return desk.of_database(office.home, engine, office.engine, office.actor.id, office.clock.today())


def _hit(found: Found) -> dict[str, Any]:
    from erecords.search.snippets import Snippet

    return {
        "kind": found.kind.value,
        "document": found.document,
        "case": found.case,
        "class": found.class_notation,
        "title": found.title,
        "date": found.date,
        "type": found.type,
        "sender": found.sender,
        "score": found.score,
        "snippet": Snippet(found.snippet, found.marks).marked(_MARK, _MARK),
    }


def _view(result: SearchResult, found: Sequence[Found], data: dict[str, Any]) -> RenderableType:
    from rich.console import Group
    from rich.text import Text

    from erecords import render

    lines: list[RenderableType] = []
    if "explanation" in data:
        lines += [Text(data["explanation"]), Text()]
    lines.append(Text(f"{result.total} found in {result.took_ms:.0f} ms"))
    for one in found:
        name = f"document {one.document}" if one.document is not None else "case file"
        lines.append(Text())
        lines.append(Text.assemble((render.printable(one.title), "bold"), f"  {name}"))
        about = (one.case, one.class_notation, one.date, one.type, one.sender)
        lines.append(Text("  " + " · ".join(render.printable(part) for part in about if part), style="dim"))
        if one.snippet:
            lines.append(_passage(one))
    for name, counts in data["facets"].items():
        lines.append(render.table(name, ("", "hits"), list(counts.items())))
    return Group(*lines)


def _passage(found: Found) -> RenderableType:
    from rich.text import Text

    from erecords import render

    text = Text("  " + render.printable(found.snippet))
    for start, end in found.marks:
        text.stylize("bold yellow", start + 2, end + 2)
    return text
