"""Numbers are gap-free and never given out twice, whatever fails and however many write."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import SQLModel, col, select

from erecords.registry import numbering
from erecords.store.db import connect
from erecords.store.models import Counter
from erecords.store.uow import UnitOfWork
from tests.city import City
from tests.fakes import FixedClock

STEP = st.tuples(
    st.sampled_from(["22.31", "968.11", "22.3"]), st.sampled_from([2025, 2026]), st.integers(1, 3), st.booleans()
)


class Undone(Exception):
    pass


@given(st.lists(STEP, max_size=25))
@settings(deadline=None, max_examples=40)
def test_undone_work_leaves_no_gap(steps):
    with tempfile.TemporaryDirectory() as folder:
        engine = connect("", Path(folder))
        SQLModel.metadata.create_all(engine)
        given_out: dict[tuple[str, int], list[str]] = {}
        for notation, year, count, fails in steps:
            with suppress(Undone), UnitOfWork(engine, FixedClock(), "u-test") as work:
                new = [numbering.file_reference(work.session, notation, year) for _ in range(count)]
                if fails:
                    raise Undone
                given_out.setdefault((notation, year), []).extend(new)
        engine.dispose()
    for (notation, year), found in given_out.items():
        assert found == [f"{notation}-{year}/{number:06d}" for number in range(1, len(found) + 1)]


@given(st.lists(st.one_of(st.none(), st.integers(0, 40)), max_size=30))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_a_series_goes_on_above_every_given_number(city: City, given_numbers):
    with suppress(Undone), city.work() as work:
        highest = 0
        for given_number in given_numbers:
            if given_number is None:
                highest += 1
                assert numbering.next_number(work.session, "series") == highest
            else:
                numbering.raise_to(work.session, "series", given_number)
                highest = max(highest, given_number)
        raise Undone


def test_many_writers_get_each_number_once(city: City):
    def take(worker: int) -> list[str]:
        found = []
        for turn in range(20):
            with suppress(Undone), city.work() as work:
                number = numbering.entry_number(work.session, 2026)
                if (worker + turn) % 5 == 0:
                    raise Undone
                found.append(number)
        return found

    with ThreadPoolExecutor(8) as pool:
        found = [number for numbers in pool.map(take, range(8)) for number in numbers]
    assert sorted(found) == [f"E-2026-{number:07d}" for number in range(1, len(found) + 1)]
    assert len(found) == 8 * 16
    with city.read() as session:
        assert session.exec(select(Counter.last).where(col(Counter.name) == "entry:2026")).one() == len(found)
