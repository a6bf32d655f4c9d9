"""A purge leaves no word of an entry in any file."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import tantivy

from erecords.search.index import Want
from erecords.search.query import parse
from tests.erecords.search.engines import ALL, ENGINES, ids, made, raw
from tests.erecords.search.worlds import doc

WORDS = ("uastenflosse", "ylophonkonzer", "xylophon", "runhild")


def readable(folder: Path) -> list[str]:
    """Which words stand in the files."""
    found = raw(folder)
    return [word for word in WORDS if word.encode() in found]


def vocabulary(folder: Path) -> set[str]:
    """All terms in the dictionaries of a Tantivy index, those without a living entry too (the files pack them)."""
    found = set()
    for meta in folder.glob("*/meta.json"):
        opened = tantivy.Index.open(str(meta.parent))
        for field in json.loads(meta.read_text())["schema"]:
            if field["type"] == "text":
                found |= {term for term, _ in opened.searcher().terms_with_prefix(field["name"], "")}
    return found


def test_a_purge_leaves_no_word_in_any_file(engine: str, tmp_path: Path) -> None:
    keep = [doc(f"k{n}", "Bleibt", f"Gewöhnliches Wort {n}", closing_year=2019 + n % 2) for n in range(30)]
    goner = doc("goner", "Quastenflosser", "Ein Xylophonkonzert der Brunhilde 4711-0815", type="Quastenflosser")
    index = made(engine, tmp_path, [*keep, goner], part_size=20)
    assert readable(tmp_path)
    assert engine == "whoosh" or {"quastenflosser", "brunhilde", "#47110815"} <= vocabulary(tmp_path)
    # closed, moved to another part, changed there: its words lie in several places now
    index.apply([replace(goner, closing_year=2019)], [], 1)
    index.commit()
    index.apply([replace(goner, closing_year=2019, title="Neu benannt")], [], 2)
    index.commit()
    before = index.search(parse("Bleibt"), ALL, Want()).total
    receipt = index.purge(["goner", "unknown"])
    assert readable(tmp_path) == []
    assert b"goner" not in raw(tmp_path)
    assert b"47110815" not in raw(tmp_path)
    assert not [
        term for term in vocabulary(tmp_path) if re.search("quasten|xylophon|brunhild|0815|goner|benannt", term)
    ]
    assert receipt.ids == ("goner", "unknown")
    assert receipt.files and not any((tmp_path / name).exists() for name in receipt.files)
    assert index.search(parse("Bleibt"), ALL, Want()).total == before == 30
    assert index.sequence == 2
    # the part of the year that never held it was not touched
    assert len(receipt.parts) < len(list(tmp_path.glob("20*"))) + len(list(tmp_path.glob("open*"))) + 2
    index.close()
    again = ENGINES[engine](tmp_path)
    assert ids(again, "Quastenflosser OR Brunhilde OR Xylophonkonzert") == []
    again.close()


def test_a_purge_of_something_removed_before_still_cleans(engine: str, tmp_path: Path) -> None:
    keep = [doc(f"k{n}", "Bleibt") for n in range(5)]
    index = made(engine, tmp_path, [*keep, doc("goner", "Quastenflosser")])
    index.apply([], ["goner"], 1)
    index.commit()
    assert ids(index, "Quastenflosser") == []
    index.purge(["goner"])
    assert b"quastenfl" not in raw(tmp_path)
    index.close()


def test_a_purge_touches_only_the_part_that_held_it(engine: str, tmp_path: Path) -> None:
    documents = [doc(f"d{n}", f"Blatt {n}", closing_year=2000 + n // 2) for n in range(10)]
    index = made(engine, tmp_path, documents)
    before = {path.name for path in tmp_path.iterdir() if path.is_dir()}
    receipt = index.purge(["d4"])
    assert len(receipt.parts) == 1 and receipt.kept == 1
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == before
    receipt = index.purge(["d5"])
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == before - set(receipt.parts)
    assert index.search(parse("*"), ALL, Want()).total == 8
    index.close()


def test_a_purge_of_many_merges_each_part_once(engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    documents = [doc(f"d{n}", f"Blatt Nummer{n:03d}", closing_year=2000 + n % 3) for n in range(60)]
    index = made(engine, tmp_path, documents)
    compacted: list[int] = []
    part = type(next(iter(index._parts.values())))
    plain = part.compact

    def counted(self: Any, remove: Sequence[str]) -> None:
        compacted.append(len(remove))
        plain(self, remove)

    monkeypatch.setattr(part, "compact", counted)
    index.purge([f"d{n}" for n in range(40)])
    assert sorted(compacted) == [13, 13, 14]
    assert len(index.marks()) == 20 == index.search(parse("*"), ALL, Want()).total
    assert index.search(parse("Nummer01*"), ALL, Want()).total == 0
    assert index.search(parse("Nummer05*"), ALL, Want()).total == 10
    assert b"nummer01" not in raw(tmp_path)
    index.close()
