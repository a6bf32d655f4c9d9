"""Entries change, move and go; writers, readers and crashes."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from erecords.errors import Conflict
from erecords.search.engines import reading
from erecords.search.errors import IndexMissing, IndexOutdated
from erecords.search.index import Want
from erecords.search.query import parse
from tests.erecords.search.engines import ALL, ENGINES, ids, made
from tests.erecords.search.worlds import doc


def test_changes_replace_move_and_remove(engine: str, tmp_path: Path) -> None:
    index = made(engine, tmp_path)
    first = doc("a", "Alpha", "eins")
    index.apply([first, doc("b", "Beta")], [], 3)
    assert ids(index, "*") == []
    index.commit()
    assert index.sequence == 3 and set(ids(index, "*")) == {"a", "b"}
    index.apply([replace(first, title="Gamma", closing_year=2024)], ["b"], 5)
    index.commit()
    assert ids(index, "Alpha OR Beta") == [] and ids(index, "Gamma eins") == ["a"]
    index.apply([replace(first, title="Gamma", closing_year=2024)], ["b"], 5)
    index.commit()
    assert index.search(parse("*"), ALL, Want()).total == 1
    assert set(index.marks()) == {"a"}
    index.close()


def test_another_process_sees_commits_and_switches(engine: str, tmp_path: Path) -> None:
    writer = made(engine, tmp_path)
    reader = ENGINES[engine](tmp_path)
    writer.apply([doc("a", "Alpha")], [], 1)
    writer.commit()
    assert ids(reader, "Alpha") == ["a"] and reader.sequence == 1
    writer.rebuild([doc("z", "Zeta")], 7)
    assert ids(reader, "Alpha") == [] and ids(reader, "Zeta") == ["z"] and reader.sequence == 7
    writer.close()
    assert ids(reader, "Zeta") == ["z"]
    reader.close()


def test_one_writer(engine: str, tmp_path: Path) -> None:
    one, other = made(engine, tmp_path), ENGINES[engine](tmp_path)
    one.apply([doc("a", "Alpha")], [], 1)
    with pytest.raises(Conflict, match="Another process is writing"):
        other.apply([doc("b", "Beta")], [], 1)
    one.commit()
    one.close()
    other.apply([doc("b", "Beta")], [], 2)
    other.commit()
    assert set(ids(other, "*")) == {"a", "b"}
    other.close()


def test_entries_stay_in_their_part_and_empty_parts_go(engine: str, tmp_path: Path) -> None:
    documents = [doc(f"d{n}", "Blatt") for n in range(20)]
    index = made(engine, tmp_path, documents, part_size=10)
    index.apply([replace(documents[3], title="Neu")], [], 1)
    index.commit()
    assert [part.count() for part in index._parts.values()] == [10, 10]
    index.apply([replace(one, closing_year=2020) for one in documents[:9]], [], 2)
    index.commit()
    index.apply([doc("x", "Blatt")], [], 3)
    index.commit()
    assert sorted(part.count() for part in index._parts.values()) == [2, 9, 10]
    index.apply([replace(documents[9], closing_year=2020)], ["x"], 4)
    index.commit()
    index.tidy()
    assert sorted(part.count() for part in index._parts.values()) == [10, 10]
    index.close()


def test_missing_and_outdated_are_told(engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(IndexMissing, match="index rebuild"):
        ENGINES[engine](tmp_path)
    made(engine, tmp_path, [doc("a", "Alpha")]).close()
    monkeypatch.setattr(reading.text, "VERSION", 999)
    with pytest.raises(IndexOutdated, match="index rebuild"):
        ENGINES[engine](tmp_path)
    again = ENGINES[engine](tmp_path, anew=True)
    again.rebuild([doc("b", "Beta")], 4)
    assert ids(again, "*") == ["b"]
    again.close()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"parts": 3}', '{"parts": [{"x": 1}]}', '{"parts": []}'])
def test_a_damaged_manifest_is_told(engine: str, tmp_path: Path, content: str) -> None:
    made(engine, tmp_path).close()
    (tmp_path / "index.json").write_text(content)
    with pytest.raises(IndexOutdated, match="index rebuild"):
        ENGINES[engine](tmp_path)


DYING = """
import os, sys
from pathlib import Path
from erecords.search.engines import parted, writing
from erecords.search.index import IndexDocument
from erecords.search.engines.opening import open_index

home, engine, stage = sys.argv[1:]
doc = lambda id, title: IndexDocument(id=id, title=title, protection="offen")
index = open_index(Path(home), engine)
if stage == "manifest":
    writing.write_manifest = lambda *_: os._exit(9)
index.apply([doc(f"n{n}", "Neu") for n in range(50)], ["a0"], 1)
if stage == "applied":
    os._exit(9)
if stage == "sweep":
    parted.sweep = lambda *_: os._exit(9)
    index.purge(["a1"])
index.commit()
"""


@pytest.mark.parametrize("stage", ["applied", "manifest", "sweep"])
def test_a_crash_loses_nothing_and_the_replay_completes(engine: str, tmp_path: Path, stage: str) -> None:
    old = [doc(f"a{n}", "Alt") for n in range(10)]
    folder = tmp_path / "index" / engine
    made(engine, folder, old).close()
    assert subprocess.run([sys.executable, "-c", DYING, str(tmp_path), engine, stage], check=False).returncode == 9
    index = ENGINES[engine](folder, 100)
    assert index.search(parse("Alt"), ALL, Want()).total in (8, 9, 10)
    if stage != "sweep":
        assert index.sequence == 0
    index.apply([doc(f"n{n}", "Neu") for n in range(50)], ["a0", "a1"], 1)
    index.commit()
    assert index.sequence == 1
    assert index.search(parse("Neu"), ALL, Want()).total == 50
    assert index.search(parse("Alt"), ALL, Want()).total == 8
    index.close()
    folders = {path.name for path in folder.iterdir() if path.is_dir()}
    named = {part["name"] for part in json.loads((folder / "index.json").read_text())["parts"]}
    assert folders == named


def test_single_updates_do_not_let_it_grow(engine: str, tmp_path: Path) -> None:
    count, rounds = (200, 4) if engine == "tantivy" else (100, 2)
    text = " ".join(f"wort{n}" for n in range(200))
    documents = {f"d{n}": doc(f"d{n}", f"Blatt {n}", text) for n in range(count)}
    made(engine, tmp_path / "fresh", documents.values(), part_size=5000).close()
    index = made(engine, tmp_path / "used", documents.values(), part_size=5000)
    sequence = 0
    for turn in range(rounds):
        for one in list(documents):
            sequence += 1
            documents[one] = replace(documents[one], title=f"Blatt {turn}")
            index.apply([documents[one]], [], sequence)
            if sequence % 25 == 0:
                index.commit()
        index.commit()
        index.tidy()
    index.close()
    again = ENGINES[engine](tmp_path / "used")
    assert again.stats().documents == count
    fresh = ENGINES[engine](tmp_path / "fresh").stats().bytes
    assert again.stats().bytes <= 1.5 * fresh + 50_000
    again.close()


def test_stats_tell_engine_size_and_sequence(engine: str, tmp_path: Path) -> None:
    index = made(engine, tmp_path, [doc("a", "Alpha"), doc("b", "Beta", closing_year=2001)])
    stats = index.stats()
    assert (stats.engine, stats.documents, stats.parts, stats.sequence) == (engine, 2, 2, 0)
    assert stats.bytes > 0 and engine in stats.fingerprint
    index.close()
