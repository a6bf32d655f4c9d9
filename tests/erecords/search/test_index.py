"""What the port promises beyond finding: rights, order, forgetting, switching, crashing, size."""

from __future__ import annotations

import datetime as dt
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import tantivy

from erecords.errors import Conflict
from erecords.search.engines import parted
from erecords.search.engines.parted import PartedIndex
from erecords.search.engines.tantivy_index import TantivyIndex
from erecords.search.engines.whoosh_index import WhooshIndex
from erecords.search.errors import IndexMissing, IndexOutdated
from erecords.search.index import Facet, IndexDocument, Kind, Rights, Sort, Want
from erecords.search.language.likeness import slips
from erecords.search.query import parse
from tests.erecords.search.worlds import doc

ENGINES: dict[str, Any] = {"tantivy": TantivyIndex, "whoosh": WhooshIndex}
ALL = Rights(everything=True)
NOBODY = Rights()
EVERY_FACET = frozenset(Facet)


@pytest.fixture(params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def made(engine: str, folder: Path, documents: Iterable[IndexDocument] = (), part_size: int = 100) -> PartedIndex[Any]:
    index: PartedIndex[Any] = ENGINES[engine](folder, part_size, anew=True)
    index.rebuild(documents, 0)
    return index


def ids(index: PartedIndex[Any], query: str, rights: Rights = ALL, **want: Any) -> list[str]:
    return [hit.id for hit in index.search(parse(query), rights, Want(**want)).hits]


# -- rights

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
    state="geheim",
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
        "entry:E-2026-0000777", "E-2026", "state:geheim", "title:*", "NOT Blatt", "unit:[50 to 51]",
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


# -- order, pages, counts


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


# -- changes


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


def test_searching_goes_on_while_rebuilding(engine: str, tmp_path: Path) -> None:
    writer = made(engine, tmp_path, [doc(f"a{n}", "Alpha") for n in range(20)])
    reader = ENGINES[engine](tmp_path)
    wrong: list[object] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            total = reader.search(parse("Alpha"), ALL, Want()).total
            if total != 20:
                wrong.append(total)

    thread = threading.Thread(target=ask)
    thread.start()
    for _ in range(5):
        writer.rebuild([doc(f"a{n}", "Alpha") for n in range(20)], 1)
    stop.set()
    thread.join()
    assert wrong == []
    writer.close()
    reader.close()


def paused(documents: Sequence[IndexDocument], reached: threading.Event, go_on: threading.Event) -> Iterator[Any]:
    """Entries for a rebuild that stops before the last of them until it is told to go on."""
    yield from documents[:-1]
    reached.set()
    assert go_on.wait(60)
    yield documents[-1]


def test_writing_goes_on_while_rebuilding(engine: str, tmp_path: Path) -> None:
    old = [doc(f"a{n}", "Alpha", closing_year=2000 + n % 7) for n in range(50)]
    made(engine, tmp_path, old).close()
    reached, go_on = threading.Event(), threading.Event()
    rebuilding = ENGINES[engine](tmp_path)
    thread = threading.Thread(target=lambda: rebuilding.rebuild(paused(old, reached, go_on), 5))
    thread.start()
    assert reached.wait(60)
    writer = ENGINES[engine](tmp_path)
    writer.apply([doc("new", "Neu")], ["a0"], 7)
    writer.commit()
    assert set(ids(writer, "Neu")) == {"new"} and writer.search(parse("Alpha"), ALL, Want()).total == 49
    with pytest.raises(Conflict, match="anew"):
        ENGINES[engine](tmp_path).rebuild(old, 6)
    with pytest.raises(Conflict, match="anew"):
        writer.purge(["a1"])
    writer.close()
    go_on.set()
    thread.join()
    # what was written meanwhile is to be repeated: the sequence says from where
    assert rebuilding.sequence == 5 and set(rebuilding.marks()) == {f"a{n}" for n in range(50)}
    rebuilding.apply([doc("new", "Neu")], ["a0"], 7)
    rebuilding.commit()
    assert set(ids(rebuilding, "Neu")) == {"new"} and rebuilding.sequence == 7
    rebuilding.purge(["a1"])
    rebuilding.close()
    assert not (tmp_path / "next").exists()


STOPPED = """
import os, sys
from pathlib import Path
from erecords.search.index import IndexDocument
from erecords.search.engines.opening import open_index

def documents():
    for n in range(2500):
        yield IndexDocument(id=f"n{n}", title="Quastenflosser", protection="offen")
    os._exit(9)

open_index(Path(sys.argv[1]), sys.argv[2], anew=True).rebuild(documents(), 9)
"""


def test_a_stopped_rebuild_leaves_the_index_and_no_rubbish(engine: str, tmp_path: Path) -> None:
    folder = tmp_path / "index" / engine
    made(engine, folder, [doc("a", "Alpha")]).close()
    assert subprocess.run([sys.executable, "-c", STOPPED, str(tmp_path), engine], check=False).returncode == 9
    assert (folder / "next").exists()
    index = ENGINES[engine](folder)
    assert ids(index, "*") == ["a"] and index.sequence == 0
    index.apply([doc("b", "Beta")], [], 1)
    assert not (folder / "next").exists()
    index.commit()
    assert set(ids(index, "*")) == {"a", "b"}
    index.close()


FULL = """
import resource, sys
from pathlib import Path
from erecords.errors import DiskFailing
from erecords.search.index import IndexDocument
from erecords.search.engines.opening import open_index

documents = (
    IndexDocument(id=f"n{n}", title="Neu", text=" ".join(f"w{n}x{k}" for k in range(300)), protection="offen")
    for n in range(1500)
)
index = open_index(Path(sys.argv[1]), sys.argv[2], anew=True)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
try:
    index.rebuild(documents, 9)
except (OSError, DiskFailing) as error:
    print(error)
"""


def test_a_full_disk_stops_a_rebuild_and_keeps_the_index(engine: str, tmp_path: Path) -> None:
    folder = tmp_path / "index" / engine
    made(engine, folder, [doc("a", "Alpha")]).close()
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path), engine], capture_output=True, text=True, check=True
    )
    assert "File too large" in done.stdout
    index = ENGINES[engine](folder)
    assert ids(index, "*") == ["a"] and not (folder / "next").exists()
    index.close()


def test_a_rebuild_in_any_order_fills_parts(engine: str, tmp_path: Path) -> None:
    documents = [doc(f"d{n}", "Blatt", closing_year=2000 + n % 9) for n in range(180)]
    index = made(engine, tmp_path, documents, part_size=8)
    counts = [part.count() for part in index._parts.values()]
    assert sum(counts) == 180 and sorted(set(counts)) == [4, 8] and len(counts) == 27
    index.close()


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


def test_missing_and_outdated_are_told(engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(IndexMissing, match="index rebuild"):
        ENGINES[engine](tmp_path)
    made(engine, tmp_path, [doc("a", "Alpha")]).close()
    monkeypatch.setattr(parted.text, "VERSION", 999)
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


# -- forgetting

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


def raw(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()).lower()


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


DYING = """
import os, sys
from pathlib import Path
from erecords.search.engines import parted
from erecords.search.index import IndexDocument
from erecords.search.engines.opening import open_index

home, engine, stage = sys.argv[1:]
doc = lambda id, title: IndexDocument(id=id, title=title, protection="offen")
index = open_index(Path(home), engine)
if stage == "manifest":
    parted.write_manifest = lambda *_: os._exit(9)
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


def test_no_text_of_a_letter_is_stored(engine: str, tmp_path: Path) -> None:
    """Neither a sentence nor two neighbouring words can be read out of the files."""
    made(engine, tmp_path, [doc("a", "Titel", "Ganz Vertraulicher Satz über Frau Brunhilde")]).close()
    assert b"vertraulicher satz" not in raw(tmp_path)
    assert "Ganz Vertraulicher".lower().encode() not in raw(tmp_path)


def test_dates_before_and_after_usual_years(engine: str, tmp_path: Path) -> None:
    documents = [replace(doc(f"y{year}", "Blatt"), date=dt.date(year, 1, 1)) for year in (1, 1850, 1990, 2026, 9999)]
    index = made(engine, tmp_path, documents)
    assert ids(index, "Blatt", sort=Sort.DATE) == ["y9999", "y2026", "y1990", "y1850", "y1"]
    assert ids(index, "date:[to 1900]", sort=Sort.DATE) == ["y1850", "y1"]
    assert len(ids(index, "Blatt")) == 5
    index.close()


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
