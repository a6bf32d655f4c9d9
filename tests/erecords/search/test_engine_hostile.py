"""No text and no number of words is too much for an engine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from erecords.search.index import Want
from erecords.search.language.likeness import slips
from erecords.search.query import parse
from tests.erecords.search.engines import ALL, ids, made
from tests.erecords.search.worlds import doc


@pytest.mark.parametrize(
    "text",
    ["x" * 200_000, "7" * 200_000, "a-" * 50_000, "1 " * 50_000, "\x00\x01 Wort", "A1" * 50_000,
     "ü" * 100_000, "-\n" * 50_000, "3." * 50_000],
)  # fmt: skip
def test_no_text_stops_the_index(engine: str, tmp_path: Path, text: str) -> None:
    long = text[:300]
    hostile = replace(doc("h", f"Blatt {text}", text), sender=text, type=long, case=long, entry=long, unit=long)
    index = made(engine, tmp_path, [hostile, doc("ok", "Blatt")])
    assert set(ids(index, "Blatt")) == {"h", "ok"}
    index.close()


def test_no_number_of_words_is_too_many_for_a_pattern(engine: str, tmp_path: Path) -> None:
    """Engines like to stop after some dozens of words, and then say nothing."""
    documents = [doc(f"d{n}", "Blatt", f"vielwort{n:03d}x", case=f"22.31-2026/{n:06d}") for n in range(400)]
    index = made(engine, tmp_path, documents, part_size=1000)
    queries = ("vielwort*", "*wort*x", "vielwort???x", "22.31-2026*", "2231-2026", "case:22.31*", "case:[22 to 23]")
    for query in (*queries, "vielwort00x~2"):
        wanted = 400 if query != "vielwort00x~2" else len([n for n in range(400) if slips(f"{n:03d}", "00", 2)])
        assert index.search(parse(query), ALL, Want()).total == wanted, query
    assert len(index.suggest("2231", ALL, limit=1000)) == 400
    index.close()
