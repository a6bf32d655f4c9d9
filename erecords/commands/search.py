"""``erecords search``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from erecords.invocation import Invocation
    from erecords.search.desk import Desk
    from erecords.search.index import SearchIndex
    from erecords.search.inquiry import Question

_SORTS = ("relevance", "date", "received", "reference")
_KEPT = ("sort", "reverse", "group")
"""Options that are kept with a saved search."""


@click.command()
@click.argument("query", nargs=-1)
@click.option("--limit", type=click.IntRange(0, 10_000), default=20, show_default=True, help="Hits of a page.")
@click.option("--offset", type=click.IntRange(0, 10_000_000), default=0, help="Hits to pass over.")
@click.option("--sort", type=click.Choice(_SORTS), default="relevance", help="Dates newest first.")
@click.option("--reverse", is_flag=True, help="Turn the order by date, received or reference.")
@click.option("--group", type=click.Choice(["case"]), help="One line for each case file, with its best hits.")
@click.option("--case", "case", metavar="REF", help="Search only inside this case file.")
@click.option("--like", metavar="NUMBER", help="Find what is like a document, letter or case file.")
@click.option("--facets", is_flag=True, help="Count the hits by kind, type, class, unit and year.")
@click.option("--explain", is_flag=True, help="Say how the query was understood.")
@click.option("--suggest", metavar="PREFIX", help="Complete a word or reference instead of searching.")
@click.option("--save", metavar="NAME", help="Keep this search under a name; only you see it.")
@click.option("--saved", metavar="[NAME]", is_flag=False, flag_value="", help="Repeat a saved search, or list yours.")
@click.option("--forget", metavar="NAME", help="Forget a saved search.")
@click.pass_context
def command(context: click.Context, /, query: Sequence[str], **given: Any) -> None:
    """Find letters, case files and entries of the mail book by words, numbers and fields, within what you may see.

    Words find their inflected forms and compounds, "words in quotes" exactly these; AND OR NOT, wild*cards, fuzzy~,
    and the fields kind type class unit case sender date received text title entry state.

    Example: erecords search 'Hundesteuer sender:Müller date:[2026-01 to 2026-03]'
    """
    run: Invocation = context.obj
    _require_one(query, given)
    if given["forget"] is not None:
        _forget(run, given["forget"])
    elif given["suggest"] is not None:
        _suggest(run, given["suggest"])
    elif given["saved"] == "":
        _list(run)
    else:
        _search(context, run, " ".join(query) or "*", given)


def _require_one(query: Sequence[str], given: dict[str, Any]) -> None:
    """Exactly one thing is asked."""
    asked = [f"--{name}" for name in ("like", "suggest", "saved", "forget") if given[name] is not None]
    if query:
        asked.insert(0, "a query")
    if not asked and given["case"] is not None:
        return
    if not asked:
        raise click.UsageError("What is to be found? For example: erecords search Hundesteuer")
    if len(asked) > 1:
        raise click.UsageError(f"{' and '.join(asked)} do not go together.")
    for option, only in (("save", ["a query"]), ("case", ["a query", "--saved"])):
        if given[option] is not None and asked[0] not in only:
            raise click.UsageError(f"--{option} goes with {' or '.join(only)} only.")
    if given["like"] is not None and (given["facets"] or given["group"]):
        raise click.UsageError("--like lists what is like one thing; --facets and --group do not go with it.")


def _search(context: click.Context, run: Invocation, query: str, given: dict[str, Any]) -> None:
    from erecords.commands import search_view
    from erecords.search import explain
    from erecords.search.errors import QueryRefused
    from erecords.search.inquiry import answer

    desk, index = _open(run)
    if given["saved"]:
        query = _recall(context, desk, given)
    try:
        found = answer(desk, index, _question(query, given))
    except QueryRefused as error:
        run.say(error.caret)
        raise
    if given["save"] is not None:
        _save(run, query, given)
    data = search_view.as_json(found, explain.explain(found.tree) if given["explain"] else None)
    run.emit(data, lambda: search_view.view(found, data, given["offset"]))


def _suggest(run: Invocation, prefix: str) -> None:
    from erecords.search.inquiry import suggest

    words = suggest(*_open(run), prefix)
    run.emit({"suggestions": words}, lambda: "\n".join(words))


def _question(query: str, given: dict[str, Any]) -> Question:
    from erecords.search.index import Sort
    from erecords.search.inquiry import Question

    return Question(
        query=query,
        like=given["like"],
        case=given["case"],
        limit=given["limit"],
        offset=given["offset"],
        sort=Sort(given["sort"]),
        reverse=given["reverse"],
        facets=given["facets"],
        by_case=given["group"] == "case",
    )


# -- saved searches


def _save(run: Invocation, query: str, given: dict[str, Any]) -> None:
    from erecords.registry import saved

    office = run.office()
    with office.work() as work:
        saved.save(work, office.actor, given["save"], query, {name: given[name] for name in _KEPT})
    run.say(f"Saved as {given['save']!r}. Repeat it with: erecords search --saved {given['save']!r}")


def _recall(context: click.Context, desk: Desk, given: dict[str, Any]) -> str:
    """The query of a saved search; its options count where the command line names none."""
    import json

    from erecords.errors import NotFound

    rows = desk.rows(
        "SELECT query, options FROM saved_search WHERE owner = ? AND name = ?", [desk.actor, given["saved"]]
    )
    if not rows:
        raise NotFound(f"You have no saved search {given['saved']!r}. erecords search --saved lists yours.")
    query, options = rows[0]
    kept = json.loads(options) if isinstance(options, str) else options
    for name in _KEPT:
        if context.get_parameter_source(name) is click.core.ParameterSource.DEFAULT:
            given[name] = kept.get(name, given[name])
    return str(query)


def _list(run: Invocation) -> None:
    from erecords import render

    desk = _desk(run)
    rows = desk.rows("SELECT name, query, saved FROM saved_search WHERE owner = ? ORDER BY name", [desk.actor])
    data = {"saved": [{"name": name, "query": query, "saved": str(saved)} for name, query, saved in rows]}
    title = f"{len(rows)} saved searches" if rows else "You have no saved searches. Keep one with --save NAME."
    run.emit(data, lambda: render.table(title, ("name", "query", "saved"), [(n, q, str(s)[:10]) for n, q, s in rows]))


def _forget(run: Invocation, name: str) -> None:
    from erecords.registry import saved

    office = run.office()
    with office.work() as work:
        saved.forget(work, office.actor, name)
    run.emit({"forgotten": name}, f"Forgot {name!r}.")


# -- opening


def _open(run: Invocation) -> tuple[Desk, SearchIndex]:
    """Desk and index; an index that lacks the last changes (or is missing) is brought up to date first."""
    from erecords.search.engines.opening import open_index
    from erecords.search.errors import IndexMissing

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
    from erecords.search import desk

    quick = desk.open_quickly(run.home, run.actor_id, run.assembly.load_shelves)
    if quick is not None:
        return quick
    from erecords.config import SearchSettings

    office = run.office()
    engine = office.settings.section(SearchSettings).engine
    return desk.of_database(
        office.home, engine, office.engine, office.actor.id, office.clock, office.assembly.load_shelves
    )
