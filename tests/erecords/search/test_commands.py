"""``erecords search`` and ``erecords index`` as a user calls them."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
CASES = [
    {"key": "a", "class": "22.31", "title": "Hundesteuer Müller, Uwe", "opened": "2026-01-15"},
    {"key": "b", "class": "36.21", "title": "Parkausweis Meier", "opened": "2025-03-15", "closed": "2025-06-30"},
    {"key": "c", "class": "10.42", "title": "Hundesteuersatzung", "opened": "2024-03-15"},
]
DOCUMENTS = [
    {"case": "a", "title": "Bescheid", "date": "2026-01-19", "type": "hundesteuerbescheid", "sender": "Stadt",
     "text": "Bescheid über die Hundesteuer für den Rauhaardackel von Uwe Müller."},
    {"case": "b", "title": "Antrag", "date": "2025-03-16", "type": "bewohnerparkausweis-antrag", "sender": "Meier",
     "text": "Ich beantrage einen Ausweis für ZWN-AB 123."},
    {"case": "c", "title": "Satzung", "date": "2024-03-16", "type": "schreiben-allgemein",
     "text": "Satzung über die Erhebung der Hundesteuer"},
]  # fmt: skip


@pytest.fixture(scope="module")
def home(city_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("search-commands")
    data = place / "data"
    data.mkdir()
    for name, rows in (("cases", CASES), ("documents", DOCUMENTS)):
        (data / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    shutil.copytree(city_home, place / "home")
    call(place / "home", "u-org1", "case", "import", str(data))
    return place / "home"


def call(home: Path, actor: str, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ERECORDS_")}
    command = [sys.executable, str(ROOT / "cli.py"), "--home", str(home), "--actor", actor, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == code, done.stderr
    return done


def ask(home: Path, actor: str, *arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(call(home, actor, "--json", "search", *arguments).stdout)
    return found


def test_gives_the_shape_of_the_contract(home: Path) -> None:
    found = ask(home, "u-hust1", "Rauhaardackel", "--facets")
    assert found["total"] == 1 and found["took_ms"] > 0
    (hit,) = found["hits"]
    assert {key: hit[key] for key in ("document", "case", "class", "title", "date", "type")} == {
        "document": 1,
        "case": "22.31-2026/000001",
        "class": "22.31",
        "title": "Bescheid",
        "date": "2026-01-19",
        "type": "hundesteuerbescheid",
    }
    assert hit["score"] > 0 and "**Rauhaardackel**" in hit["snippet"]
    assert found["facets"]["type"] == {"hundesteuerbescheid": 1}
    assert found["facets"]["class"]["22"] == found["facets"]["class"]["22.31"] == 1
    assert found["facets"]["year"] == {"2026": 1}


def test_shows_nothing_of_another_units_protected_class(home: Path) -> None:
    for query in ("Rauhaardackel", "Müller", "22.31-2026/000001", "class:22.31", "type:hundesteuerbescheid", "Rauh*"):
        found = ask(home, "u-park1", query, "--facets")
        assert found["total"] == 0 and found["hits"] == []
        assert all(counts == {} for counts in found["facets"].values())
    assert ask(home, "u-park1", "--suggest", "Mül") == {"suggestions": []}
    assert ask(home, "u-hust1", "--suggest", "Mül") == {"suggestions": ["Müller"]}
    open_to_all = ask(home, "u-park1", "Hundesteuer")
    assert {hit["case"] for hit in open_to_all["hits"]} == {"10.42-2024/000001"}
    assert ask(home, "u-dsb1", "Hundesteuer")["total"] == 4


def test_sorts_pages_and_explains(home: Path) -> None:
    dates = [hit["date"] for hit in ask(home, "u-dsb1", "*", "--sort", "date")["hits"]]
    assert dates == sorted(dates, reverse=True) and len(dates) == 6
    page = ask(home, "u-dsb1", "*", "--sort", "date", "--reverse", "--limit", "2", "--offset", "1")
    assert [hit["date"] for hit in page["hits"]] == sorted(dates)[1:3] and page["total"] == 6
    assert "date from 2026-01-01 to 2026-12-31" in ask(home, "u-dsb1", "date:2026", "--explain")["explanation"]


def test_people_see_titles_passages_and_counts(home: Path) -> None:
    shown = call(home, "u-hust1", "search", "Hundesteuer", "--facets", "--explain").stdout
    assert "the word 'Hundesteuer'" in shown and "22.31-2026/000001" in shown and "case file" in shown
    assert "document 1" in shown and "Bescheid über die Hundesteuer" in shown


def test_a_mistake_is_shown_where_it_is(home: Path) -> None:
    done = call(home, "u-hust1", "search", "Hund AND", code=8)
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert lines[0] == "Hund AND" and lines[1] == "     ^^^" and "character 6" in lines[2]
    call(home, "u-hust1", "search", code=2)
    call(home, "niemand", "search", "Hund", code=4)
    call(home / "nowhere", "u-hust1", "search", "Hund", code=6)


def test_the_index_is_made_when_it_is_missing_and_rebuilt_on_request(home: Path) -> None:
    assert json.loads(call(home, "u-org1", "--json", "index", "check").stdout) == {"findings": [], "sound": True}
    for part in (home / "index").rglob("index.json"):
        part.unlink()
    assert "no search index" in call(home, "u-org1", "index", "check", code=100).stdout
    assert ask(home, "u-hust1", "Rauhaardackel")["total"] == 1
    rebuilt = json.loads(call(home, "u-org1", "--json", "index", "rebuild").stdout)
    assert rebuilt["entries"] == 6 and rebuilt["engine"] == "tantivy"


def test_a_whole_search_takes_less_than_half_a_second(home: Path) -> None:
    """Of CPU, so that other work on the machine does not count."""
    spent = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        ask(home, "u-dsb1", "Hundesteuer", "--facets")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    assert min(spent) < 0.5


def test_a_search_is_saved_repeated_listed_and_forgotten(home: Path) -> None:
    ask(home, "u-dsb1", "Hundesteuer", "--sort", "date", "--save", "Hunde")
    again = ask(home, "u-dsb1", "--saved", "Hunde")
    dates = [hit["date"] for hit in again["hits"]]
    assert again["total"] == 4 and dates == sorted(dates, reverse=True)
    assert ask(home, "u-dsb1", "--saved", "Hunde", "--group", "case")["cases"] == 2
    (kept,) = ask(home, "u-dsb1", "--saved")["saved"]
    assert (kept["name"], kept["query"]) == ("Hunde", "Hundesteuer")
    assert ask(home, "u-hust1", "--saved") == {"saved": []}
    call(home, "u-hust1", "search", "--saved", "Hunde", code=3)
    call(home, "u-hust1", "search", "--forget", "Hunde", code=3)
    assert ask(home, "u-dsb1", "--forget", "Hunde") == {"forgotten": "Hunde"}
    call(home, "u-dsb1", "search", "--saved", "Hunde", code=3)


def test_a_query_with_a_mistake_is_not_saved(home: Path) -> None:
    call(home, "u-hust1", "search", "Hund AND", "--save", "kaputt", code=8)
    assert ask(home, "u-hust1", "--saved") == {"saved": []}


def test_groups_likeness_and_one_case(home: Path) -> None:
    shown = call(home, "u-hust1", "search", "Hundesteuer", "--group", "case").stdout
    assert "4 found in 2 case files" in shown and "22.31-2026/000001  Hundesteuer Müller, Uwe  2 hits" in shown
    like = ask(home, "u-hust1", "--like", "1")
    assert like["total"] == len(like["hits"]) >= 1 and 1 not in {hit["document"] for hit in like["hits"]}
    inside = ask(home, "u-hust1", "--case", "22.31-2026/1")
    assert {hit["kind"] for hit in inside["hits"]} == {"case", "document"} and inside["total"] == 2
    call(home, "u-park1", "search", "--case", "22.31-2026/1", code=3)
    call(home, "u-park1", "search", "--like", "1", code=3)
    hint = ask(home, "u-hust1", "Rauhardackel")
    assert (hint["total"], hint["hint"]) == (0, {"query": "Rauhardackel~2", "how": "With a slip allowed", "total": 1})


@pytest.mark.parametrize(
    "arguments",
    [
        ["Hund", "--like", "1"],
        ["--like", "1", "--facets"],
        ["--suggest", "h", "--saved", "x"],
        ["--saved", "--save", "x"],
        ["--like", "1", "--case", "22.31-2026/1"],
        ["--forget", "x", "Hund"],
    ],
)
def test_options_that_do_not_go_together_are_refused(home: Path, arguments: list[str]) -> None:
    assert "go" in call(home, "u-hust1", "search", *arguments, code=2).stderr
