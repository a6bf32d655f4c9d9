"""Nobody learns of what they may not see: each path answers as if the hidden records did not exist.

Two cities hold the same open records; one has protected ones beside them. Whoever may not see those gets the same
answers in both, to the letter: hits, order, counts, facets, drill-down, groups, pages, passages, likeness,
suggestions, explanations, saved searches and errors.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from erecords.commands import search_view
from erecords.config import SearchSettings, Settings
from erecords.errors import ErecordsError
from erecords.registry import cases, content, documents, transactions
from erecords.search import desk, explain, indexer
from erecords.search.engines.opening import open_index
from erecords.search.index import SearchIndex, Sort
from erecords.search.inquiry import Question, answer, suggest
from erecords.search.transactions import SHELF
from tests.city import City, copy

OPEN = [
    ("Satzung der Bibliothek", "Stadt Zwönau", "Satzung über die Benutzung der Bibliothek, Gebühr 12,50 Euro."),
    ("Satzung der Hundesteuer", "Stadt Zwönau", "Satzung über die Erhebung der Hundesteuer, Gebühr 96,00 Euro."),
    ("Gebühren und Wasser", "Wasserwerk", "Das Wasser der Stadt kostet eine Gebühr; die Bibliothek hat auch Wasser."),
    *[
        ("Anfrage", "Stadt Zwönau", f"Das Ding, {one}, steht im Weg.")
        for one in ("Quarzuhr", "Granitblock", "Nebelhorn")
    ],
]
HIDDEN = [
    (
        "Hexenmeister Quittenbaum",
        "Rumpelstilzchen",
        "Der Rauhaardackel des Hexenmeisters zahlt keine Hundesteuer. Gebühr Gebühr Wasser, Transponder "
        "276098106234567, IBAN DE02 7665 4176 6442 6941 86, geboren 24.12.1987, am Miihlgraben.",
    ),
    (
        "Hexenmeister und Satzung",
        "Rumpelstilzchen",
        "Bibliothek Bibliothek Bibliothek Wasser, Kennzeichen ZWN-AB 123, Sonderwort.",
    ),
    *[("Zeitmessung", "Rumpelstilzchen", f"Quarzuhr und Nebelhorn, Nummer {number}.") for number in range(20)],
]
QUERIES = [
    "*", "Gebühr", "Wasser OR Bibliothek", "Bibliothek OR Hundesteuer OR Sonderwort", "Hexenmeister",
    "Rauhaardackel", "Hexen*", "*dackel", "*a*", "H?xenmeister", "Hexenmeistre~", "Wassre~2",
    '"Rauhaardackel des Hexenmeisters"', '"Hexenmeister zahlt"~9', "276098106234567", "2760981", "DE02 7665",
    "ZWN-AB 123", "24.12.1987", "1987", "date:1987", "date:[2020 to 2030]", "received:*", "22.31-2026/000001",
    "22.31-2026", "22.31*", "case:22.31", "case:[22 to 23]", "case:22.31-2026/000001", "class:22", "class:22.31",
    "class:[22 to 23]", "class:2*", "unit:22", "unit:22.3", "unit:[22 to 23]", "type:hexenpost", "type:*",
    "sender:Rumpelstilzchen", "sender:Rum*", "title:Hexenmeister", "title:*", "text:Sonderwort", "entry:*",
    "state:open", "kind:document", "kind:case", "kind:case Hexenmeister", "kind:mail", "kind:vorgang", "V-2026-000002",
    "V-2026*", "prüfen", "NOT Wasser",
    "NOT Hexenmeister", "NOT NOT Hexenmeister", "Gebühr ANDMAYBE Hexenmeister", "Gebühr REQUIRE Hexenmeister",
    "Gebühr ANDNOT Hexenmeister", "Hexenmeister^9 OR Gebühr", "Mühlgraben", "(Gebühr OR Sonderwort) class:10",
    "Quarzuhr OR Granitblock OR Nebelhorn", "steht ANDMAYBE (Quarzuhr OR Granitblock OR Nebelhorn)",
]  # fmt: skip
MISTAKES = [
    "Hexenmeister AND",
    "(Rauhaardackel",
    "hexe:Sonderwort",
    "kind:hexe",
    '"Hexenmeister"~999',
    "date:24.13.1987",
]
PREFIXES = ["", "h", "hex", "rau", "sond", "wass", "geb", "22", "22.31", "27609", "rum", "quit", "DE02", "bib", "V-2"]
NAMES = ["1", "3", "4", "5", "6", "7", "999", "22.31-2026/000001", "10.42-2026/000001", "E-2026-0000001"]
OUTSIDER = "u-park1"
SHELVES = (SHELF,)


def fill(city: City, engine: str, hidden: bool) -> None:
    with city.work("u-org1") as work:
        put(city, work, "u-org1", "10.42", "Satzungen", OPEN, "satzung")
    if hidden:
        with city.work("u-hust1") as work:
            put(city, work, "u-hust1", "22.31", "Hexenmeister", HIDDEN, "hexenpost")
    settings = Settings({SearchSettings: SearchSettings(engine=engine)})
    indexer.catch_up(city.engine, indexer.Records(city.blobs, SHELVES), city.home, settings)


def put(city: City, work: Any, person: str, notation: str, title: str, letters: Any, kind: str) -> None:
    actor = city.actor(person)
    case = cases.open_case(work, actor, class_notation=notation, title=title)
    transactions.open_transaction(work, actor, case, title=f"{title} prüfen", process="probe", process_title=kind)
    for name, sender, text in letters:
        stored = content.take_text(city.blobs, text)
        documents.register(
            work, actor, city.blobs, case, title=name, sender=sender, type=kind, name="a", renditions=stored.renditions
        )  # fmt: skip


@pytest.fixture(scope="module", params=["tantivy", "whoosh"])
def cities(
    request: pytest.FixtureRequest, city_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[tuple[City, SearchIndex]]]:
    """The city without hidden records, and the one with them."""
    both = []
    for hidden in (False, True):
        city = copy(city_template, tmp_path_factory.mktemp("leaks"))
        fill(city, request.param, hidden)
        both.append((city, open_index(city.home, request.param)))
    yield both
    for city, index in both:
        index.close()
        city.engine.dispose()


def told(city: City, index: SearchIndex, person: str = OUTSIDER, **question: Any) -> str:
    """All that somebody is told: JSON, and the page as printed; an error as its message."""
    here = desk.of_database(city.home, index.engine, city.engine, person, city.clock, lambda: SHELVES)
    try:
        found = answer(here, index, Question(**question))
    except ErecordsError as error:
        return f"{error.code} {error}"
    data = search_view.as_json(found, explain.explain(found.tree)) | {"took_ms": 0}
    console = Console(width=200, record=True, quiet=True)
    console.print(search_view.view(found, data))
    return json.dumps(data, ensure_ascii=False) + console.export_text().replace(f"in {found.took_ms:.0f} ms", "")


def completed(city: City, index: SearchIndex, prefix: str, person: str = OUTSIDER) -> list[str]:
    here = desk.of_database(city.home, index.engine, city.engine, person, city.clock, lambda: SHELVES)
    return suggest(here, index, prefix)


PATHS: list[dict[str, Any]] = [
    {},
    {"facets": True},
    {"by_case": True},
    {"limit": 0, "facets": True},
    {"limit": 1, "offset": 1},
    {"limit": 10, "offset": 2, "by_case": True},
    {"sort": Sort.DATE},
    {"sort": Sort.RECEIVED, "reverse": True},
    {"sort": Sort.REFERENCE},
    {"case": "10.42-2026/000001"},
    {"case": "22.31-2026/000001"},
]


@pytest.mark.parametrize("query", [*QUERIES, *MISTAKES])
def test_every_path_of_a_query_answers_as_if_there_were_nothing(cities: Any, query: str) -> None:
    without, with_hidden = cities
    for path in PATHS:
        assert told(*with_hidden, query=query, **path) == told(*without, query=query, **path), path


@pytest.mark.parametrize("name", NAMES)
def test_likeness_answers_as_if_there_were_nothing(cities: Any, name: str) -> None:
    without, with_hidden = cities
    for sort in (Sort.RELEVANCE, Sort.DATE, Sort.REFERENCE):
        assert told(*with_hidden, like=name, sort=sort) == told(*without, like=name, sort=sort)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_suggestions_are_as_if_there_were_nothing(cities: Any, prefix: str) -> None:
    without, with_hidden = cities
    assert completed(*with_hidden, prefix) == completed(*without, prefix)


def test_the_test_would_see_a_leak(cities: Any) -> None:
    """Who may see the hidden records gets other answers on every path."""
    without, with_hidden = cities
    for path in PATHS[:-2]:
        query = "*" if path.get("limit") == 0 or path.get("offset") == 1 else "Hexenmeister OR Gebühr"
        if path.get("offset") == 2:
            continue
        assert told(*with_hidden, person="u-hust1", query=query, **path) != told(
            *without, person="u-hust1", query=query, **path
        ), path
    assert told(*with_hidden, person="u-hust1", like="7") != told(*without, person="u-hust1", like="7")
    for prefix in ("hex", "rau", "sond", "22.31", "rum"):
        assert completed(*with_hidden, prefix, "u-hust1") != completed(*without, prefix, "u-hust1")
