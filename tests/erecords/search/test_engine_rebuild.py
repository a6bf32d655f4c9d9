"""A rebuild beside the index in use: searched, written, stopped, on a full disk."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from erecords.errors import Conflict
from erecords.search.index import IndexDocument, Want
from erecords.search.query import parse
from tests.erecords.search.engines import ALL, ENGINES, ids, made
from tests.erecords.search.worlds import doc


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
