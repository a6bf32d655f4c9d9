"""Every engine finds exactly what the suite says: the port's promise, case by case."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from erecords.search.engines.parted import PartedIndex
from erecords.search.engines.tantivy_index import TantivyIndex
from erecords.search.engines.whoosh_index import WhooshIndex
from erecords.search.index import Facet, Rights, Sort, Want
from erecords.search.query import parse
from tests.erecords.search.worlds import WORLDS

ENGINES = {"tantivy": TantivyIndex, "whoosh": WhooshIndex}
ALL = Rights(everything=True)
CASES = [(world, query, wanted) for world, (_, cases) in WORLDS.items() for query, wanted in cases.items()]


@pytest.fixture(scope="module", params=sorted(ENGINES))
def indexes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    made: dict[str, PartedIndex[Any]] = {}
    for world, (documents, _) in WORLDS.items():
        folder = tmp_path_factory.mktemp(f"{request.param}-{world}")
        made[world] = ENGINES[request.param](folder, part_size=10, anew=True)
        made[world].rebuild(documents, 0)
    yield made
    for index in made.values():
        index.close()


def test_the_suite_is_as_large_as_promised() -> None:
    assert len(CASES) >= 150


@pytest.mark.parametrize(("world", "query", "wanted"), CASES, ids=[f"{w}: {q}" for w, q, _ in CASES])
def test_finds_exactly(indexes: dict[str, PartedIndex[Any]], world: str, query: str, wanted: str) -> None:
    documents = {document.id for document in WORLDS[world][0]}
    expected = set(wanted.split()) if wanted not in documents else {wanted}
    for sort in (Sort.RELEVANCE, Sort.DATE):
        result = indexes[world].search(parse(query), ALL, Want(limit=100, sort=sort, facets=frozenset(Facet)))
        assert {hit.id for hit in result.hits} == expected
        assert result.total == len(result.hits) == len(expected)
