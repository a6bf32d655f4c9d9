"""Random histories of cases, holds, suspensions, lists and restored backups against a model: what may go goes, no more.

Each history runs lists through all their steps; between any two steps cases are reopened, closed, held and released,
waivers end, people try what they may not, and disks fail.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from sqlmodel import select

import cli
from erecords.errors import ErecordsError
from erecords.home import after_restore
from erecords.store import audit, backup, ledger
from erecords.store.blobs import BlobStore
from retention.disposal import carryout
from retention.holds import placing
from retention.lists import disposition
from retention.models import DisposalItem, DisposalList, Tombstone, Waiver
from retention.periods import caserules, suspensions
from tests.retention.city import City

YEARS = {"10.41": 30, "10.71": 5, "10.5": 3}
"""Years from the closing year's end, of a class that goes to the archive, one that is appraised, one destroyed."""
FURTHER, FURTHER_YEARS = "R-ALLG-10", 10
"""A rule that a single case may be bound by beside its class's: ten years, then appraised."""
DISPOSAL = {"10.41": "A", "10.71": "B", "10.5": "V"}
TODAY = date(2026, 11, 22)
CLOSED = [TODAY, date(2020, 5, 5)]
DAYS = [date(2030, 1, 1), date(2032, 1, 1), date(2057, 1, 1), date(2057, 1, 1), date(2029, 12, 31)]


@dataclass
class Known:
    """What the model knows of a case."""

    notation: str
    closed: date | None
    changes: int = 0
    holds: list[str] = field(default_factory=list)
    suspensions: list[str] = field(default_factory=list)
    bound: bool = False
    gone: bool = False

    @property
    def disposal(self) -> str:
        """With the further rule that a case may be bound by, what destroyed is to be appraised."""
        return "B" if self.bound and DISPOSAL[self.notation] == "V" else DISPOSAL[self.notation]

    def due(self, on: date) -> bool:
        years = max(YEARS[self.notation], FURTHER_YEARS if self.bound else 0)
        return self.closed is not None and not self.suspensions and on >= date(self.closed.year + years + 1, 1, 1)


@dataclass
class Line:
    """What the model knows of a case on a list."""

    changes: int
    decision: str | None
    by: str = ""
    disposal: str = ""


class FailingBlobs(BlobStore):
    """A disk that fails at the first removal."""

    def erase(self, sha512):
        raise OSError("the disk failed")


class World:
    """The city and the model of it, changed together."""

    def __init__(self, home: Path) -> None:
        self.city = City(home)
        self.known: dict[str, Known] = {}
        self.waived = True
        self.restores = self.backups = 0

    def open(self, notation: str, closed: date | None) -> None:
        reference = self.city.case(notation, closed=closed, words=(f"wort{len(self.known)}",))
        self.known[reference] = Known(notation, closed)

    def pick(self, number: int) -> tuple[str, Known]:
        name = sorted(self.known)[number % len(self.known)]
        return name, self.known[name]

    def disturb(self, what: str, number: int) -> None:
        name, case = self.pick(number)
        if case.gone:
            return
        if what == "hold":
            with self.city.work(self.city.privacy) as work:
                view = placing.place(work, self.city.privacy, [name], title="t", reason="r")
            case.holds.append(view.hold)
        elif what == "lift" and case.holds:
            with self.city.work(self.city.privacy) as work:
                placing.lift(work, self.city.privacy, case.holds.pop(), reason="r")
        elif what == "toggle":
            if case.closed:
                self.city.reopen(name)
                case.closed = None
            else:
                self.city.close(name, CLOSED[number % 2])
                case.closed = CLOSED[number % 2]
            case.changes += 1
        elif what == "again" and case.closed:
            self.city.reopen(name)
            self.city.close(name, case.closed)
            case.changes += 2
        elif what == "waivers":
            self._end_waivers()
        else:
            self._change_the_period(what, name, case)
        self.follow()

    def _change_the_period(self, what: str, name: str, case: Known) -> None:
        manager = self.city.manager
        with self.city.work(manager) as work:
            if what == "suspend":
                row = suspensions.begin(work, manager, name, reason="r", basis="b", recheck=date(2027, 1, 1))
                case.suspensions.append(row.id)
            elif what == "resume" and case.suspensions:
                suspensions.end(work, manager, case.suspensions.pop(), reason="r")
            elif what == "bind" and not case.bound:
                caserules.add(work, manager, name, FURTHER, reason="r")
                case.bound = True

    def follow(self) -> None:
        ledger.drain(self.city.engine, self.city.home, self.city.clock)

    def back_up(self) -> None:
        """Keep the home as it is, and what the model knows of what a restore brings back."""
        (self.city.home / "erecords.toml").write_text("", encoding="utf-8")
        self.backups += 1
        self.file = self.city.home.with_name(f"backup{self.backups}.tar")
        backup.create(self.city.engine, self.city.home, self.file, lambda _name: None)
        self.kept = {name: (case.closed, case.changes) for name, case in self.known.items()}, self.waived

    def restore(self) -> None:
        """Lose the home but for its ledger and its archive, and take the backup."""
        lost, self.restores = self.city.home, self.restores + 1
        target = lost.with_name(f"home{self.restores}")
        self.city.engine.dispose()
        backup.restore(self.file, target, lambda _name: None)
        for folder in ("ledger", "archive"):
            shutil.rmtree(target / folder)
            shutil.copytree(lost / folder, target / folder)
        assert after_restore(target, cli.ASSEMBLY, None) == []
        self.city = City(target)
        for name, (closed, changes) in self.kept[0].items():
            self.known[name].closed, self.known[name].changes = closed, changes
        self.waived = self.kept[1]

    def _end_waivers(self) -> None:
        with self.city.work() as work:
            rows = work.session.exec(select(Waiver)).all()
            for row in rows:
                row.valid_to = date(2020, 1, 1)
            work.log("test", "x", *rows)
        self.waived = False

    def propose(self, on: date) -> tuple[str | None, dict[str, Line]]:
        expected = {n for n, case in self.known.items() if not case.gone and case.due(on) and not case.holds}
        list_id = self.city.propose(on)
        if list_id is None:
            assert not expected
            return None, {}
        with self.city.read() as session:
            assert set(session.exec(select(DisposalItem.reference).where(DisposalItem.list_id == list_id))) == expected
        assert self.city.propose(on) is None, "a case stands on one open list only"
        fixed = {"A": "A", "B": None, "V": "V" if self.waived else None}
        by = {"A": "schedule", "V": "waiver"}
        lines = {}
        for name in expected:
            disposal = self.known[name].disposal
            decision = fixed[disposal]
            lines[name] = Line(self.known[name].changes, decision, by.get(decision or "", ""), disposal)
        return list_id, lines

    def appraise(self, list_id: str, lines: dict[str, Line], decision: str, leave: bool) -> None:
        for number, (name, line) in enumerate(sorted(lines.items())):
            if line.decision is None and not (leave and number == 0):
                self.city.appraise(list_id, name, decision, "Grund")
                line.decision, line.by = decision, "u-arc1"

    def approve(self, list_id: str, lines: dict[str, Line], on: date) -> bool:
        for who in (self.city.manager, self.city.archivist, self.city.machine):
            with suppress(ErecordsError):
                self.city.approve(list_id, on, who)
                raise AssertionError(f"{who.id} approved")
        left = {name: line for name, line in lines.items() if self._same(name, line)}
        ready = bool(left) and all(line.decision for line in left.values())
        try:
            self.city.approve(list_id, on)
            assert ready
        except ErecordsError:
            assert not ready
            return False
        for name in set(lines) - set(left):
            del lines[name]
        return True

    def _same(self, name: str, line: Line) -> bool:
        case = self.known[name]
        return case.closed is not None and case.changes == line.changes

    def carry_out(self, list_id: str, lines: dict[str, Line], on: date, approved: date | None, fails: bool) -> None:
        living = {name for name, case in self.known.items() if not case.gone}
        allowed = approved is not None and on >= max(approved, TODAY)
        disk = FailingBlobs if fails else BlobStore
        try:
            means = self.city.means(blobs=disk(self.city.home / "store"))
            outcomes = {r.reference: r.outcome for r in carryout.carry_out(means, list_id, on)}
        except OSError:
            outcomes = {name: result.outcome for name, result in self.city.carry_out(list_id, on).items()}
        except ErecordsError:
            outcomes = {}
        assert bool(outcomes) == allowed
        expected = {name for name, line in lines.items() if allowed and self._may_go(name, line, on)}
        assert {name for name in living if not self.city.exists(name)} == expected
        for name in expected:
            self.known[name].gone = True
            assert outcomes[name] == ("transferred" if lines[name].decision == "A" else "destroyed")
            assert lines[name].decision != "A" or self.city.archive.package(name).versions == 1
        assert all(outcomes[name] == "withheld" for name in set(outcomes) - expected)

    def _may_go(self, name: str, line: Line, on: date) -> bool:
        case = self.known[name]
        released = line.by != "waiver" or self.waived
        same = self._same(name, line) and line.disposal == case.disposal
        return same and not case.holds and case.due(on) and released

    def end_lists(self) -> None:
        with self.city.read() as session:
            names = list(session.exec(select(DisposalList.id)))
        for name in names:
            self.end_list(name)

    def end_list(self, list_id: str) -> None:
        with suppress(ErecordsError), self.city.work(self.city.manager) as work:
            disposition.cancel(work, self.city.manager, list_id, reason="r")

    def look(self) -> None:
        with self.city.read() as session:
            stones = {stone.reference for stone in session.exec(select(Tombstone))}
            assert audit.verify(session).valid
        assert stones == {name for name, case in self.known.items() if case.gone}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("history")
    City(home).engine.dispose()
    return home


WHATS = ["hold", "lift", "toggle", "again", "waivers", "suspend", "resume", "bind"]
event = st.tuples(st.sampled_from(WHATS), st.integers(0, 3))
events = st.lists(event, max_size=2)
late_events = st.just([]) | st.lists(event, min_size=1, max_size=2)


@st.composite
def rounds(draw):
    on = draw(st.sampled_from(DAYS))
    return {
        "on": on,
        "approve": draw(st.sampled_from([TODAY, TODAY, on])),
        "execute": draw(st.sampled_from([on, on, date(2029, 12, 31)])),
        "decision": draw(st.sampled_from(["A", "V"])),
        "leave": draw(st.integers(0, 5)) == 0,
        "fails": draw(st.booleans()),
        "restores": draw(st.integers(0, 3)) == 0,
        "events": [*(draw(events) for _ in range(3)), draw(late_events)],
    }


@settings(
    max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate)
)
@example(
    cases=[("10.5", date(2020, 5, 5)), ("10.41", date(2020, 5, 5)), ("10.71", TODAY)],
    history=[
        {
            "on": date(2057, 1, 1),
            "approve": TODAY,
            "execute": date(2057, 1, 1),
            "decision": "V",
            "leave": False,
            "fails": True,
            "restores": True,
            "events": [[], [("hold", 2)], [], [("suspend", 2)]],
        },
        {
            "on": date(2057, 1, 1),
            "approve": TODAY,
            "execute": date(2057, 1, 1),
            "decision": "V",
            "leave": False,
            "fails": False,
            "restores": True,
            "events": [[("lift", 2), ("resume", 2)], [], [], []],
        },
    ],
)
@given(
    cases=st.lists(
        st.tuples(st.sampled_from(sorted(YEARS)), st.sampled_from([TODAY, TODAY, date(2020, 5, 5), None])),
        min_size=2,
        max_size=3,
    ),
    history=st.lists(rounds(), min_size=1, max_size=3),
)
def test_nothing_goes_that_may_not_and_all_goes_that_may(template, cases, history):
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(template, Path(folder) / "home")
        world = World(Path(folder) / "home")
        try:
            for notation, closed in cases:
                world.open(notation, closed)
            for plan in history:
                play(world, plan)
                world.look()
        finally:
            world.city.engine.dispose()


def play(world: World, plan) -> None:
    def disturb(step):
        for what, number in plan["events"][step]:
            world.disturb(what, number)

    disturb(0)
    if plan["restores"]:
        world.back_up()
    list_id, lines = world.propose(plan["on"])
    if list_id is None:
        return
    disturb(1)
    world.appraise(list_id, lines, plan["decision"], plan["leave"])
    disturb(2)
    approved = plan["approve"] if world.approve(list_id, lines, plan["approve"]) else None
    disturb(3)
    world.carry_out(list_id, lines, plan["execute"], approved, plan["fails"])
    world.end_list(list_id)
    if plan["restores"]:
        world.follow()
        world.restore()
        world.end_lists()
