"""Search, engine against engine in one run, over synthetic letters with a Zipf vocabulary.

    python benchmarks/search.py --documents 10000 --engines tantivy,whoosh
    python benchmarks/search.py --documents 1000000,100000,10000 --engines tantivy --updates 0
    python benchmarks/search.py --documents 20000 --engines tantivy --updates 50000
    python benchmarks/search.py --documents "" --home 20000

Letters have 150 to 400 words out of 100,000 forms: stop words first, then head words of administration, then compounds
of them, then invented words; the seed is fixed. Two of five lie in protected classes, and every query runs with the
rights of an actor of three units. Engines are asked the same query in turn; times are the CPU time of
``SearchIndex.search``, which works in one thread, so that other work on the machine does not count.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import math
import os
import platform
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from erecords.search.engines.tantivy_index import TantivyIndex
from erecords.search.engines.whoosh_index import WhooshIndex
from erecords.search.index import Facet, IndexDocument, Rights, SearchIndex, Sort, Want
from erecords.search.query import parse

ENGINES: dict[str, Any] = {"tantivy": TantivyIndex, "whoosh": WhooshIndex}
FORMS = 100_000
DATA = Path(__file__).parents[1] / "erecords" / "search" / "language" / "data"
SYLLABLES = re.findall("..", "abalanbadaelerfigalahokilalomameninoparirosatetovawizu")
RIGHTS = Rights(units=frozenset({"22.3", "36.2", "41.1"}))
UNITS = ("22.3", "36.2", "41.1", "32.1", "32.2", "33.1", "34.1", "50.1", "11", "10.2")
TYPES = tuple(f"typ-{n}" for n in range(40))
FACETS = frozenset({Facet.CLASS, Facet.UNIT, Facet.TYPE, Facet.YEAR})


@dataclass(frozen=True)
class Question:
    """A query of a class, with what is wanted of its result."""

    kind: str
    text: str
    want: Want = field(default_factory=Want)


class Corpus:
    """Letters that are the same in every run; they are numbered as they arrive, over 17 years."""

    def __init__(self, seed: int, count: int) -> None:
        self.seed = seed
        self._count = count
        rng = np.random.default_rng(seed)
        self.forms = _forms(rng)
        ranks = np.arange(1, FORMS + 1)
        weights = 1.0 / (ranks + 2.7) ** 1.07
        self._weights = weights / weights.sum()
        self._cumulative = np.cumsum(self._weights)

    def letters(self, count: int, start: int = 0) -> Iterator[IndexDocument]:
        """Letters by number; each depends on the seed and its number only."""
        for number in range(start, start + count):
            yield self.letter(number)

    def letter(self, number: int) -> IndexDocument:
        """One letter."""
        rng = np.random.default_rng((self.seed, number))
        words = self._words(rng, int(rng.integers(150, 401)))
        unit = UNITS[int(rng.integers(len(UNITS)))]
        day = dt.date(2010, 1, 1) + dt.timedelta(days=min(6199, number * 6200 // self._count))
        closed = int(rng.integers(10)) < 6
        notation = f"{unit.partition('.')[0]}.{int(rng.integers(1, 10))}{int(rng.integers(1, 5))}"
        case = f"{notation}-{day.year}/{number // 3:06d}"
        text = f"Az. {case} vom {day.day}.{day.month}.{day.year}\n" + " ".join(words)
        return IndexDocument(
            id=f"document:{number}",
            title=" ".join(words[20:23]),
            text=text,
            case=case,
            class_path=(notation[:1], notation[:2], notation[:-1], notation),
            unit=unit,
            type=TYPES[int(rng.integers(len(TYPES)))],
            sender=" ".join(words[30:32]),
            date=day,
            received=day + dt.timedelta(days=2),
            entry=f"E-{day.year}-{number:07d}",
            state="closed" if closed else "open",
            protection="personenbezogen" if int(rng.integers(5)) < 2 else "offen",
            closing_year=min(day.year + 1, 2026) if closed else None,
        )

    def _words(self, rng: np.random.Generator, count: int) -> list[str]:
        return [self.forms[one] for one in np.searchsorted(self._cumulative, rng.random(count))]

    def questions(self, each: int) -> list[Question]:
        """The same number of queries of each class, mixed."""
        rng = np.random.default_rng((self.seed, 10**9))

        def word(low: int, high: int) -> str:
            return self.forms[int(rng.integers(low, high))]

        found: list[Question] = []
        for _ in range(each):
            found += [
                Question("common word (over 10 % of letters)", word(150, 260)),
                Question("rare word", word(20_000, 90_000)),
                Question("three words", f"{word(150, 500)} {word(300, 1500)} {word(150, 900)}"),
                Question("word in a field", f"{word(150, 900)} class:22 type:{TYPES[int(rng.integers(40))]}"),
                Question("sorted by date", word(150, 400), Want(sort=Sort.DATE)),
                Question("with facets (class, unit, type, year)", word(150, 400), Want(facets=FACETS)),
                Question("date range", f"{word(150, 400)} date:[2018-03 to 2019-09]"),
                Question("reference by its beginning", f"22.{int(rng.integers(1, 10))}1-2019/0{int(rng.integers(10))}"),
                Question("phrase of two common words", f'"{word(0, 40)} {word(150, 400)}"'),
                Question("prefix of four letters", f"{word(400, 4000)[:4]}*"),
                Question("one slip", f"{_slip(word(300, 3000))}~"),
                Question("wildcard inside", f"{word(400, 4000)[:3]}*{word(400, 4000)[-3:]}"),
            ]
        return found


def _slip(word: str) -> str:
    return word[: len(word) // 2] + word[len(word) // 2 + 1 :]


def _forms(rng: np.random.Generator) -> list[str]:
    stop = (DATA / "stop_german.txt").read_text(encoding="utf-8").split()
    lines = (DATA / "german_heads.txt").read_text(encoding="utf-8").splitlines()
    heads = [entry.partition("/")[0] for line in lines if line[:1] != "#" for entry in line.split()]
    rng.shuffle(heads)
    seen = dict.fromkeys([*stop, *(head.capitalize() for head in heads)])
    while len(seen) < FORMS // 3:
        first, last = heads[int(rng.integers(len(heads)))], heads[int(rng.integers(len(heads)))]
        seen[f"{first}{last}".capitalize()] = None
    while len(seen) < FORMS:
        count = int(rng.integers(2, 7))
        seen["".join(SYLLABLES[int(rng.integers(len(SYLLABLES)))] for _ in range(count)).capitalize()] = None
    return list(seen)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--documents", default="10000", help="how many letters; several numbers, the largest first, show the growth"
    )
    parser.add_argument(
        "--engines", default="tantivy,whoosh", help="the first is the one that the others are held against"
    )
    parser.add_argument("--queries", type=int, default=40, help="of each class")
    parser.add_argument(
        "--updates", type=int, default=500, help="single updates after which the size is held against a fresh index"
    )
    parser.add_argument("--home", type=int, default=0, help="so many letters in a real home, through the commands")
    parser.add_argument("--picture", type=Path, help="draw the growth of the p95 into this SVG file")
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--folder", type=Path, help="where to put the indexes (default: a temporary folder)")
    given = parser.parse_args()
    place = given.folder or Path(tempfile.mkdtemp(prefix="search-benchmark-"))
    print(f"seed {given.seed}, Python {platform.python_version()}, {platform.machine()}, load {os.getloadavg()[0]:.1f}")
    growth = {}
    for size in map(int, filter(None, given.documents.split(","))):
        print(f"\n## {size} letters")
        corpus = Corpus(given.seed, size)
        names = given.engines.split(",")
        indexes = {name: _build(name, place / f"{name}-{size}", corpus, size) for name in names}
        growth[size] = _ask(indexes, corpus.questions(given.queries))
        for name, index in indexes.items():
            _change(name, index, corpus, size, given.updates)
            index.close()
    growth = dict(sorted(growth.items()))
    if len(growth) > 1:
        _show_growth(growth)
        if given.picture:
            given.picture.write_text(_picture(growth), encoding="utf-8")
    if given.home:
        _in_a_home(place / "home", Corpus(given.seed, given.home), given.home)
    if given.folder is None:
        shutil.rmtree(place)


def _build(name: str, place: Path, corpus: Corpus, count: int) -> SearchIndex:
    index: SearchIndex = ENGINES[name](place, anew=True)
    spent = 0.0

    def counted() -> Iterator[IndexDocument]:
        nonlocal spent
        for number in range(count):
            start = time.thread_time()
            letter = corpus.letter(number)
            spent += time.thread_time() - start
            yield letter

    before = _memory()
    wall, cpu = time.perf_counter(), time.process_time()
    index.rebuild(counted(), 0)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu - spent
    stats = index.stats()
    print(f"\n{name}: indexed in {cpu:.1f} s of CPU, all threads ({count / cpu:.0f} letters a second;", end=" ")
    print(f"{wall:.1f} s by the clock, making the letters included), {stats.bytes / 1e6:.0f} MB", end=" ")
    print(f"in {stats.parts} parts; most memory so far {_memory()} MB, {before} MB of it before")
    return index


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _ask(indexes: dict[str, SearchIndex], questions: list[Question]) -> dict[str, list[float]]:
    """Ask and show; returns the times of the first engine by class of query."""
    for index in indexes.values():
        index.search(parse("Anmeldung"), RIGHTS, Want())  # loads the word lists
    times: dict[str, dict[str, list[float]]] = {}
    totals: dict[str, list[int]] = {}
    for question in questions:
        tree = parse(question.text)
        answers = {}
        for name, index in indexes.items():
            start = time.thread_time()
            answers[name] = index.search(tree, RIGHTS, question.want)
            spent = (time.thread_time() - start) * 1000
            times.setdefault(question.kind, {}).setdefault(name, []).append(spent)
            totals.setdefault(question.kind, []).append(answers[name].total)
        if len({answer.total for answer in answers.values()}) > 1:
            print(f"  the engines differ on {question.text!r}: { {n: a.total for n, a in answers.items()} }")
    names = list(indexes)
    head = " | ".join(f"{name} p50 | p95 | max" for name in names)
    print(f"\n| query (ms of CPU) | median hits | {head} |" + "".join(f" {name} : {names[0]} |" for name in names[1:]))
    print("|---|" + "---:|" * (1 + 3 * len(names) + len(names) - 1))
    for kind, by_name in times.items():
        cells = [f"{point:.1f}" for name in names for point in _points(by_name[name])]
        first = statistics.median(by_name[names[0]])
        ratios = [f"{statistics.median(by_name[name]) / first:.0f}x" for name in names[1:]]
        print(f"| {kind} | {statistics.median(totals[kind]):.0f} | {' | '.join([*cells, *ratios])} |")
    return {kind: by_name[names[0]] for kind, by_name in times.items()}


def _show_growth(growth: dict[int, dict[str, list[float]]]) -> None:
    print(f"\n| p50 / p95 (ms of CPU) | {' | '.join(f'{size} letters' for size in growth)} |")
    print("|---|" + "---:|" * len(growth))
    for kind in next(iter(growth.values())):
        points = [_points(times[kind]) for times in growth.values()]
        print(f"| {kind} | {' | '.join(f'{p50:.1f} / {p95:.1f}' for p50, p95, _ in points)} |")


def _picture(growth: dict[int, dict[str, list[float]]]) -> str:
    """The p95 of each class of query over the number of letters, both axes logarithmic."""
    sizes, kinds = list(growth), list(next(iter(growth.values())))
    lows, highs = (math.log10(sizes[0]), 0.0), (math.log10(sizes[-1]), 2.0)

    def at(size: int, ms: float) -> tuple[float, float]:
        across = (math.log10(size) - lows[0]) / (highs[0] - lows[0])
        up = (math.log10(max(ms, 1.0)) - lows[1]) / (highs[1] - lows[1])
        return 60 + 360 * across, 340 - 300 * up

    rows = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 380" font-family="sans-serif" font-size="12">']
    rows.append('<rect width="720" height="380" fill="white"/>')
    for ms in (1, 2, 5, 10, 20, 50, 100):
        y = at(sizes[0], ms)[1]
        rows.append(
            f'<path d="M60 {y:.1f}H420" stroke="#ddd"/><text x="52" y="{y + 4:.1f}" text-anchor="end">{ms}</text>'
        )
    rows.append('<text x="8" y="20">p95, ms of CPU</text>')
    for size in sizes:
        rows.append(f'<text x="{at(size, 1)[0]:.1f}" y="360" text-anchor="middle">{size:,} letters</text>')
    ends = sorted((at(sizes[-1], _points(growth[sizes[-1]][kind])[1])[1], kind) for kind in kinds)
    label = 0.0
    for y, kind in ends:
        label = max(label + 14, y + 4)
        color = f"hsl({kinds.index(kind) * 360 // len(kinds)} 70% 40%)"
        line = " ".join("{:.1f},{:.1f}".format(*at(size, _points(growth[size][kind])[1])) for size in sizes)
        rows.append(f'<polyline points="{line}" fill="none" stroke="{color}" stroke-width="2"/>')
        rows.append(f'<path d="M420 {y:.1f}L440 {label - 4:.1f}" stroke="{color}"/>')
        rows.append(f'<text x="444" y="{label:.1f}" fill="{color}">{kind}</text>')
    return "\n".join([*rows, "</svg>", ""])


def _points(times: list[float]) -> tuple[float, float, float]:
    ordered = sorted(times)
    return statistics.median(ordered), ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))], ordered[-1]


def _change(name: str, index: SearchIndex, corpus: Corpus, count: int, updates: int) -> None:
    """Single commits, size after many updates, purges."""
    fresh = index.stats()
    waits = []
    for number in range(20):
        letter = replace(corpus.letter(count + number), closing_year=None)
        start = time.perf_counter()
        index.apply([letter], [], number + 1)
        index.commit()
        waits.append(time.perf_counter() - start)
    middle, longest = statistics.median(waits) * 1000, max(waits) * 1000
    print(f"\n{name}: a new letter is found {middle:.0f} ms (at most {longest:.0f} ms) after filing")

    if updates:
        rng = np.random.default_rng(corpus.seed)
        start = time.perf_counter()
        for turn in range(updates):
            letter = corpus.letter(int(rng.integers(count)))
            index.apply([letter], [], turn)
            index.commit()
            if turn % 100 == 99:
                index.tidy()
        index.commit()
        index.tidy()
        now = index.stats()
        took = time.perf_counter() - start
        ratio = now.bytes / fresh.bytes
        print(f"{name}: {updates} single updates, each committed, in {took:.0f} s by the clock;", end=" ")
        print(f"then {ratio:.2f} times the size of a fresh index, {now.parts} parts")
    half = count // 2
    _purge(name, index, [f"document:{half}"])
    _purge(name, index, [f"document:{number}" for number in range(half + 1, half + 1 + min(1000, count // 10))])


def _purge(name: str, index: SearchIndex, ids: list[str]) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    receipt = index.purge(ids)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(
        f"{name}: purge of {len(ids)} letters took {cpu:.1f} s of CPU ({wall:.1f} s by the clock); "
        f"{receipt.kept} letters of {len(receipt.parts)} parts were copied"
    )


def _in_a_home(home: Path, corpus: Corpus, count: int) -> None:
    """The commands on a real home: text from the record store, rows from the database."""
    program = [sys.executable, "-m", "cli", "--home", str(home)]
    source = home.with_name("letters")
    source.mkdir(parents=True)
    cases, documents = [], []
    for number in range(count):
        letter = corpus.letter(number)
        key = f"k{number // 3}"
        if number % 3 == 0:
            cases.append({"key": key, "class": "22.31", "title": letter.title, "opened": str(letter.date)})
        documents.append({"case": key, "title": letter.title, "date": str(letter.date), "text": letter.text})
    for name, rows in (("cases", cases), ("documents", documents)):
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (source / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")
    subprocess.run([*program, "init", "--sample-city"], check=True, capture_output=True)
    program += ["--actor", "u-org1", "--json"]
    print(f"\n## A home with {count} letters")
    for what, arguments in (
        ("case import", ["case", "import", str(source)]),
        ("index rebuild", ["index", "rebuild"]),
        ("search, first", ["search", corpus.forms[200], "--facets"]),
        ("search", ["search", corpus.forms[200], "--facets"]),
        ("index check", ["index", "check"]),
    ):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        wall = time.perf_counter()
        done = subprocess.run([*program, *arguments], capture_output=True, text=True, check=False)
        wall = time.perf_counter() - wall
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        print(f"erecords {what}: {cpu:.2f} s of CPU, {wall:.2f} s by the clock, exit code {done.returncode}")
        if done.returncode:
            print(done.stderr)


if __name__ == "__main__":
    main()
