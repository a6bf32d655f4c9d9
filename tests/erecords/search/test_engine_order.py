"""Order, pages and counts of what an engine finds."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

from erecords.search.index import Facet, Kind, Sort, Want
from erecords.search.query import parse
from tests.erecords.search.engines import ALL, EVERY_FACET, ids, made
from tests.erecords.search.worlds import doc


def test_ranks_title_and_whole_words_and_newer_letters_first(engine: str, tmp_path: Path) -> None:
    long = "Viel anderer Text steht hier noch, damit die Seite voll wird. " * 3
    index = made(
        engine,
        tmp_path,
        [
            doc("text", "Schreiben", f"Eine Gewerbeanmeldung. {long}", date="2026-01-01"),
            doc("title", "Gewerbeanmeldung", long, date="2026-01-01"),
            doc("apart", "Schreiben", f"Die Anmeldung des Gewerbes. {long}", date="2026-01-01"),
            doc("old", "Schreiben", f"Eine Gewerbeanmeldung. {long}", date="1996-01-01", closing_year=1996),
        ],
    )
    found = ids(index, "Gewerbeanmeldung")
    assert found[:2] == ["title", "text"] and set(found) == {"title", "text", "old", "apart"}
    assert found.index("text") < found.index("old") and found.index("text") < found.index("apart")
    index.close()


def test_a_reference_stands_above_its_mention(engine: str, tmp_path: Path) -> None:
    mention = doc("mention", "Antwort", "Zu 22.31-2026/000147 und 22.31-2026/000147 teile ich mit")
    index = made(engine, tmp_path, [mention, doc("itself", "Bescheid", "Text", case="22.31-2026/000147")])
    assert ids(index, "22.31-2026/000147") == ["itself", "mention"]
    index.close()


def test_boost_turns_the_order(engine: str, tmp_path: Path) -> None:
    index = made(engine, tmp_path, [doc("a", "x", "Apfel Obst Obst"), doc("b", "x", "Birne Obst Obst")])
    assert ids(index, "Apfel^9 OR Birne") == ["a", "b"]
    assert ids(index, "Apfel OR Birne^9") == ["b", "a"]
    index.close()


def test_sorts_over_parts(engine: str, tmp_path: Path) -> None:
    documents = [
        doc(f"d{n}", "Blatt", date=f"20{10 + n}-01-01", received=f"20{40 - n}-01-01", case=f"22.31-2026/{n:06d}")
        for n in range(12)
    ]
    documents = [replace(one, closing_year=2000 + n % 4) for n, one in enumerate(documents)]
    index = made(engine, tmp_path, documents, part_size=2)
    ascending = [f"d{n}" for n in range(12)]
    assert ids(index, "Blatt", sort=Sort.DATE) == ascending[::-1]
    assert ids(index, "Blatt", sort=Sort.DATE, reverse=True) == ascending
    assert ids(index, "Blatt", sort=Sort.RECEIVED) == ascending
    assert ids(index, "Blatt", sort=Sort.REFERENCE) == ascending
    assert ids(index, "Blatt", sort=Sort.REFERENCE, reverse=True) == ascending[::-1]
    pages = [ids(index, "Blatt", sort=Sort.DATE, limit=5, offset=offset) for offset in (0, 5, 10, 15)]
    assert [one for page in pages for one in page] == ascending[::-1]
    assert index.search(parse("Blatt"), ALL, Want(limit=0)).total == 12
    assert index.search(parse("Blatt"), ALL, Want(limit=0)).hits == ()
    index.close()


def test_entries_of_one_day_stand_by_their_numbers_whatever_their_parts(engine: str, tmp_path: Path) -> None:
    """The order must not tell in which file an entry lies, nor change when it moves to another."""
    documents = [
        doc(f"document:{n}", "Blatt", date="2026-03-05", received="2026-03-06", case="22.31-2026/000147")
        for n in (9, 10, 2, 100, 31)
    ]
    documents.append(doc("case:10", "Blatt", kind=Kind.CASE, date="2026-03-05", case="22.31-2026/000147"))
    scattered = [replace(one, closing_year=2020 + n % 3) for n, one in enumerate(documents)]
    ascending = ["document:2", "document:9", "document:10", "case:10", "document:31", "document:100"]
    for name, entries in (("one", documents), ("turned", documents[::-1]), ("scattered", scattered)):
        index = made(engine, tmp_path / name, entries)
        assert ids(index, "Blatt", sort=Sort.DATE) == ascending[::-1]
        assert ids(index, "Blatt", sort=Sort.DATE, reverse=True) == ascending
        assert ids(index, "Blatt", sort=Sort.REFERENCE) == ascending
        assert ids(index, "Blatt", sort=Sort.REFERENCE, limit=2, offset=3) == ascending[3:5]
        received = [one for one in ascending if one != "case:10"]
        assert ids(index, "Blatt", sort=Sort.RECEIVED) == [*received[::-1], "case:10"]
        index.close()


def test_a_reference_stands_before_those_that_begin_with_it(engine: str, tmp_path: Path) -> None:
    references = ("A-1", "A-10", "A-1/2", "A")
    index = made(engine, tmp_path, [doc(f"document:{n}", "Blatt", case=one) for n, one in enumerate(references)])
    assert ids(index, "Blatt", sort=Sort.REFERENCE) == ["document:3", "document:0", "document:2", "document:1"]
    index.close()


def test_counts_by_facet_with_the_steps_above(engine: str, tmp_path: Path) -> None:
    documents = [
        doc("a", "Blatt", notation="22.31", unit="22.3", type="bescheid", date="2026-01-01", case="22.31-2026/000001"),
        doc("b", "Blatt", notation="22.32", unit="22.3", type="bescheid", date="2025-01-01", closing_year=2025),
        doc("c", "Blatt", notation="36.21", unit="36", received="2025-05-05", protection="personenbezogen"),
        doc("d", "Anderes", notation="36.21", unit="36", type="antrag"),
    ]
    index = made(engine, tmp_path, documents, part_size=1)
    found = index.search(parse("Blatt"), ALL, Want(facets=EVERY_FACET)).facets
    assert {facet: dict(counts) for facet, counts in found.items()} == {
        Facet.TYPE: {"bescheid": 2},
        Facet.CLASS: {"2": 2, "22": 2, "22.3": 2, "22.31": 1, "22.32": 1, "3": 1, "36": 1, "36.2": 1, "36.21": 1},
        Facet.UNIT: {"22": 2, "22.3": 2, "36": 1},
        Facet.YEAR: {"2026": 1, "2025": 2},
        Facet.KIND: {"document": 3},
        Facet.CASE: {"22.31-2026/000001": 1},
        Facet.PROTECTION: {"offen": 2, "personenbezogen": 1},
    }
    assert index.search(parse("Blatt"), ALL, Want()).facets == {}
    index.close()


def test_paging_beyond_ten_thousand(tmp_path: Path) -> None:
    documents = (doc(f"d{n:05d}", "Blatt", case=f"{n:05d}") for n in range(10_500))
    index = made("tantivy", tmp_path, documents, part_size=6_000)
    assert ids(index, "Blatt", sort=Sort.REFERENCE, offset=10_200, limit=2) == ["d10200", "d10201"]
    assert index.search(parse("Blatt"), ALL, Want()).total == 10_500
    index.close()


def test_dates_before_and_after_usual_years(engine: str, tmp_path: Path) -> None:
    documents = [replace(doc(f"y{year}", "Blatt"), date=dt.date(year, 1, 1)) for year in (1, 1850, 1990, 2026, 9999)]
    index = made(engine, tmp_path, documents)
    assert ids(index, "Blatt", sort=Sort.DATE) == ["y9999", "y2026", "y1990", "y1850", "y1"]
    assert ids(index, "date:[to 1900]", sort=Sort.DATE) == ["y1850", "y1"]
    assert len(ids(index, "Blatt")) == 5
    index.close()
