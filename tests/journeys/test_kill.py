"""``kill -9`` in the middle of the work, again and again: nothing is lost, nothing comes twice."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

from tests.journeys.conftest import CITY, City, found_city

SCANS = [
    "02-hundesteuer-abmeldung.pdf",
    "06-schadensfall-zwei-seiten.pdf",
    "09-anwalt-widerspruch.pdf",
    "10-maengelmeldung.pdf",
    "14-fax-verwaltungsgericht.tif",
    "18-datenauskunft.tif",
]
KILL_AFTER = (1.5, 3.0, 4.0, 5.5)
"""Seconds from the start of the watch: while claiming, while the workers start, while they read, while they file."""


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """The program and its workers, without a chance to tidy up."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_killed_at_many_moments(tmp_path: Path) -> None:
    city: City = found_city(tmp_path / "home")
    city.drop(*SCANS)
    for seconds in KILL_AFTER:
        with city.program.running(tmp_path / "watch.log", "u-post1", "mail", "watch") as watch:
            time.sleep(seconds)
            assert watch.poll() is None, (tmp_path / "watch.log").read_text()
            kill_group(watch)
    city.read_mail()
    custody = city.custody()
    assert custody["complete"], custody
    assert (custody["processed"], custody["quarantined"], custody["pending"]) == (len(SCANS), 0, 0)
    book = city.run("u-post1", "mail", "book")["entries"]
    assert sorted(int(entry["number"][-7:]) for entry in book) == list(range(1, len(SCANS) + 1))
    shown = [city.run("u-post1", "mail", "show", entry["number"]) for entry in book]
    assert Counter(Path(letter["delivery"]["source"]).name for letter in shown) == Counter(SCANS)
    documents = [letter["document"] for letter in shown if letter["state"] == "filed"]
    assert documents
    assert len(set(documents)) == len(documents)
    for letter in shown:
        if letter["case"]:
            listed = city.run("u-dsb1", "doc", "list", letter["case"])["documents"]
            assert [each["id"] for each in listed].count(letter["document"]) == 1
    assert city.run("u-dsb1", "audit", "verify")["valid"]
    assert not [path for path in city.inbox.rglob("*") if path.is_file()]
    assert {path.name for path in (CITY / "scans").iterdir()} >= set(SCANS)
