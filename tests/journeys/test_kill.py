"""``kill -9`` in the middle of the work, at random and at named steps: nothing is lost, nothing comes twice.

The long form, with hundreds of files and kills, is ``benchmarks/kill.py``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import kill
from mailroom.custody.claims import FOLDER
from tests.journeys.conftest import found_city


def test_killed_at_random_and_at_named_steps(tmp_path: Path) -> None:
    steps = ("mailroom.custody.claims:release", "erecords.store.uow:UnitOfWork._commit")
    found = kill.run(tmp_path, files=20, kills=4, seed=5, steps=steps)
    assert found.faults == []
    assert found.at_steps
    assert (found.dropped, found.custody["duplicate"], found.custody["pending"]) == (20, 2, 0)


def test_a_second_watcher_says_so_and_ends(city_home: Path, tmp_path: Path) -> None:
    city = found_city(city_home, tmp_path / "home")
    log = tmp_path / "watch.log"
    with city.program.running(log, "u-post1", "mail", "watch") as watch:
        while b"Watching" not in log.read_bytes():
            assert watch.poll() is None, log.read_text()
        refused = city.run("u-post1", "mail", "watch", "--once", expect=(14,))
        assert watch.poll() is None
    assert refused["error"]["code"] == "mail-room-busy"
    assert not (city.inbox / FOLDER).exists()


@pytest.mark.parametrize("step", kill.STEPS)
def test_steps_exist(step: str) -> None:
    kill.function_at(step)
