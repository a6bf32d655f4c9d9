"""Rights are part of every query that an engine answers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from erecords.search.index import Facet, Kind, Rights, Sort, Want
from erecords.search.query import parse
from tests.erecords.search.engines import ALL, EVERY_FACET, NOBODY, ids, made, raw
from tests.erecords.search.worlds import doc

SECRET = doc(
    "secret",
    "Zauberlehrling",
    "Hexenmeister am Besen, Az. 50.11-2026/000777",
    protection="personenbezogen",
    unit="50.1",
    notation="50.11",
    type="geheimtyp",
    sender="Rumpelstilzchen",
    date="1987-06-05",
    case="50.11-2026/000777",
    entry="E-2026-0000777",
    state="rejected",
)
OPEN = [
    doc(f"o{n}", "Offenes Blatt", "Wasser und Besen", unit="22.3", notation="22.31", type="blatt") for n in range(3)
]


@pytest.mark.parametrize(
    "rights", [NOBODY, Rights(units=frozenset({"22.3", "50"})), Rights(units=frozenset({"50.11"}))]
)
@pytest.mark.parametrize(
    "query",
    [
        "Zauberlehrling", "Hexenmeister", "Besen", "*", "*:*", "NOT Wasser", "Hexen*", "*meister", "Hexenmeistre~",
        '"Hexenmeister am Besen"', "type:geheimtyp", "class:50", "class:50.11", "unit:50.1", "sender:Rumpelstilzchen",
        "date:1987", "date:[1980 to 1990]", "case:50.11-2026/000777", "50.11-2026/000777", "5011*",
        "entry:E-2026-0000777", "E-2026", "state:rejected", "title:*", "NOT Blatt", "unit:[50 to 51]",
        "case:[50 to 51]", "Besen OR Hexenmeister", "Besen ANDMAYBE Hexenmeister", "NOT NOT Zauberlehrling",
        "class:[50 to 51]", "Besen REQUIRE Hexenmeister",
    ],
)  # fmt: skip
def test_no_path_of_a_query_leaks(engine: str, tmp_path: Path, query: str, rights: Rights) -> None:
    index = made(engine, tmp_path, [SECRET, *OPEN])
    for sort in Sort:
        found = index.search(parse(query), rights, Want(sort=sort, facets=EVERY_FACET))
        assert "secret" not in {hit.id for hit in found.hits}
        assert found.total == len(found.hits) <= 3
        for counts in found.facets.values():
            assert set(counts) <= {"blatt", "2", "22", "22.3", "22.31", "document", "offen"}
            assert all(count == found.total for count in counts.values())
    allowed = ids(index, query, replace(rights, units=rights.units | {"50.1"}))
    assert "secret" in allowed
    index.close()


def test_suggestions_do_not_leak(engine: str, tmp_path: Path) -> None:
    index = made(engine, tmp_path, [SECRET, *OPEN])
    for prefix in ("Zau", "z", "rumpel", "5011", "50.11-", "e2026", "E-"):
        assert index.suggest(prefix, NOBODY) == ()
        assert len(index.suggest(prefix, Rights(units=frozenset({"50.1"})))) == 1
    assert index.suggest("off", NOBODY) == ("Offenes",)
    assert index.suggest("", ALL) == () == index.suggest("-", ALL)
    index.close()


def test_excluded_kinds_are_out_of_everything(engine: str, tmp_path: Path) -> None:
    letter = doc("post", "Offenes Blatt", kind=Kind.MAIL, type="brief")
    index = made(engine, tmp_path, [letter, *OPEN])
    clerk = Rights(excluded=frozenset({Kind.MAIL}))
    found = index.search(parse("Blatt"), clerk, Want(facets=EVERY_FACET))
    assert found.total == 3 and "brief" not in found.facets[Facet.TYPE]
    assert index.search(parse("Blatt"), NOBODY, Want()).total == 4
    index.close()


def test_no_number_shown_depends_on_hidden_entries(engine: str, tmp_path: Path) -> None:
    """How rare a word is, is counted over all entries; the asker must not see by it that hidden ones have the word."""
    seen = [doc(f"o{n}", f"Antrag {n}", "Wasser " * n + "Zaun Besen") for n in range(4)]
    hidden = [replace(SECRET, id=f"s{n}", text="Besen Wasser Zaun " * 9) for n in range(30)]
    shown = []
    for name, documents in (("without", seen), ("with", seen + hidden)):
        index = made(engine, tmp_path / name, documents)
        result = index.search(parse("Wasser ODER Besen"), NOBODY, Want())
        shown.append((result.total, sorted(hit.score for hit in result.hits)))
        index.close()
    assert shown[0] == shown[1]


def test_no_text_of_a_letter_is_stored(engine: str, tmp_path: Path) -> None:
    """Neither a sentence nor two neighbouring words can be read out of the files."""
    made(engine, tmp_path, [doc("a", "Titel", "Ganz Vertraulicher Satz über Frau Brunhilde")]).close()
    assert b"vertraulicher satz" not in raw(tmp_path)
    assert "Ganz Vertraulicher".lower().encode() not in raw(tmp_path)
