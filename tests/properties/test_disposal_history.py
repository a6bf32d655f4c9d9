"""Random histories of cases, holds, suspensions, lists and restored backups against a model: what may go goes, no more.

Each history runs lists through all their steps, also those of a person's erasure request, and those that the archive
does not answer; between any two steps cases are reopened, closed, moved into other classes, held and released, bound by
further rules of their own or of a transaction, waivers end, people try what they may not, and disks fail. All cases
share a document.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from sqlmodel import select

import cli
from erecords.digest import sha512_bytes
from erecords.errors import ErecordsError
from erecords.home import after_restore
from erecords.registry import cases as registry_cases
from erecords.registry import transactions
from erecords.store import audit, backup, ledger
from erecords.store.blobs import BlobStore
from retention.disposal import carryout
from retention.erasure import requests
from retention.holds import placing
from retention.lists import disposition, offering
from retention.models import CaseRule, DisposalItem, DisposalList, Tombstone, Waiver
from retention.periods import caserules, moves, suspensions
from tests.retention.city import City

YEARS = {"10.41": 30, "10.71": 5, "10.5": 3}
"""Years from the closing year's end, of a class that goes to the archive, one that is appraised, one destroyed."""
FURTHER, FURTHER_YEARS = "R-ALLG-10", 10
"""A rule that a single case may be bound by beside its class's: ten years, then appraised."""
DISPOSAL = {"10.41": "A", "10.71": "B", "10.5": "V"}
SHORTENS = {("10.41", "10.71"), ("10.41", "10.5"), ("10.71", "10.5")}
"""Moves after which the rule of the former class goes on to bind."""
SHARED = "gemeinsam"
ANSWER = timedelta(days=200)
"""Longer than the archive has for its answer."""
TODAY = date(2026, 11, 22)
CLOSED = [TODAY, date(2020, 5, 5)]
DAYS = [date(2030, 1, 1), date(2032, 1, 1), date(2057, 1, 1), date(2057, 1, 1), date(2029, 12, 31)]


@dataclass
class Known:
    """What the model knows of a case."""

    reference: str
    word: str
    notation: str
    closed: date | None
    run: str
    """Number of its transaction."""
    run_closed: date | None
    changes: int = 0
    holds: list[str] = field(default_factory=list)
    suspensions: list[str] = field(default_factory=list)
    kept: dict[int, str] = field(default_factory=dict)
    """Classes that it left and whose rule binds it on, by the number of the rule of the case."""
    ledgered: dict[int, tuple[str, bool]] = field(default_factory=dict)
    """What the ledger learned of these since the backup: class, whether it binds on."""
    bound: bool = False
    run_bound: bool = False
    gone: bool = False

    @property
    def disposal(self) -> str:
        """The strongest claim of all rules that bind it."""
        said = {DISPOSAL[name] for name in (self.notation, *self.kept.values())}
        said |= {"B"} if self.bound or self.run_bound else set()
        return min(said)

    def due(self, on: date) -> bool:
        if self.closed is None or self.suspensions:
            return False
        ends = [self.closed.year + YEARS[name] for name in (self.notation, *self.kept.values())]
        ends += [self.closed.year + FURTHER_YEARS] if self.bound else []
        ends += [self.run_closed.year + FURTHER_YEARS] if self.run_bound and self.run_closed else []
        return on >= date(max(ends) + 1, 1, 1)


@dataclass
class Line:
    """What the model knows of a case on a list, and the reference under which it stands there."""

    reference: str
    changes: int
    decision: str | None
    by: str = ""
    disposal: str = ""


class FailingBlobs(BlobStore):
    """A disk that fails at the first removal."""

    def erase(self, sha512):
        raise OSError("the disk failed")


class World:
    """The city and the model of it, changed together; the model knows cases by the word that only they hold."""

    def __init__(self, home: Path) -> None:
        self.city = City(home)
        self.known: dict[str, Known] = {}
        self.waived = True
        self.restores = self.backups = 0
        self.elapsed = timedelta()

    @property
    def today(self) -> date:
        return self.city.clock.today()

    def open(self, notation: str, closed: date | None) -> None:
        word = f"wort{len(self.known)}"
        reference = self.city.case(notation, closed=None, words=(word, SHARED))
        with self.city.work() as work:
            row = self.city.row(work.session, reference)
            run = transactions.open_transaction(work, self.city.machine, row, title="t", opened=date(2000, 1, 1)).number
        self.known[word] = Known(reference, word, notation, None, run, None)
        if closed:
            self._close(self.known[word], closed)
            self.known[word].changes = 0

    def _close(self, case: Known, on: date) -> None:
        self.city.close(case.reference, on)
        case.closed, case.run_closed = on, case.run_closed or on
        case.changes += 1

    def _reopen(self, case: Known) -> None:
        self.city.reopen(case.reference)
        case.closed = None
        case.changes += 1

    def pick(self, number: int) -> Known:
        return self.known[sorted(self.known)[number % len(self.known)]]

    def disturb(self, what: str, number: int) -> None:
        case = self.pick(number)
        if case.gone:
            return
        if what == "hold":
            with self.city.work(self.city.privacy) as work:
                view = placing.place(work, self.city.privacy, [case.reference], title="t", reason="r")
            case.holds.append(view.hold)
        elif what == "lift" and case.holds:
            with self.city.work(self.city.privacy) as work:
                placing.lift(work, self.city.privacy, case.holds.pop(), reason="r")
        elif what == "toggle":
            if case.closed:
                self._reopen(case)
            else:
                self._close(case, CLOSED[number % 2])
        elif what == "again" and case.closed:
            was = case.closed
            self._reopen(case)
            self._close(case, was)
        elif what == "move":
            self._move(case, sorted(YEARS)[number % len(YEARS)])
        elif what == "release":
            self._release(case)
        elif what == "waivers":
            self._end_waivers()
        else:
            self._change_the_period(what, case.reference, case)
        self.follow()

    def _move(self, case: Known, notation: str) -> None:
        """Open it if need be, move it, close it again."""
        was, former = case.closed, case.notation
        if notation == former:
            return
        if was:
            self._reopen(case)
        with self.city.work() as work:
            row = self.city.row(work.session, case.reference)
            registry_cases.move(work, self.city.machine, row, class_notation=notation, reason="r")
            moves.moved(work, row, former, "r")
            case.reference = row.reference
        case.notation = notation
        case.changes += 1
        case.kept = {number: name for number, name in case.kept.items() if name != notation}
        if (former, notation) in SHORTENS and former not in case.kept.values():
            [fresh] = set(self._waiting(case)) - set(case.kept)
            case.kept[fresh] = former
            case.ledgered[fresh] = former, True
        assert set(self._waiting(case)) == set(case.kept)
        if was:
            self._close(case, was)

    def _waiting(self, case: Known) -> list[int]:
        query = select(CaseRule.id).where(CaseRule.reference.is_not(None), CaseRule.ended_on.is_(None))
        with self.city.read() as session:
            row = self.city.row(session, case.reference)
            return list(session.exec(query.where(CaseRule.case_id == row.id, CaseRule.ending_by.is_not(None))))

    def _release(self, case: Known) -> None:
        """Another person approves that the rules of the classes that it left end."""
        for number, name in case.kept.items():
            with self.city.work(self.city.head) as work:
                caserules.approve(work, self.city.head, number)
            case.ledgered[number] = name, False
            case.changes += 1
        case.kept = {}

    def _change_the_period(self, what: str, name: str, case: Known) -> None:
        manager = self.city.manager
        with self.city.work(manager) as work:
            if what == "suspend":
                row = suspensions.begin(work, manager, name, reason="r", basis="b", recheck=self.today + timedelta(30))
                case.suspensions.append(row.id)
            elif what == "resume" and case.suspensions:
                suspensions.end(work, manager, case.suspensions.pop(), reason="r")
            elif what == "bind" and not case.bound:
                caserules.add(work, manager, name, FURTHER, reason="r")
                case.bound = True
            elif what == "bind run" and not case.run_bound:
                caserules.add(work, manager, name, FURTHER, reason="r", transaction=case.run)
                case.run_bound = True

    def follow(self) -> None:
        ledger.drain(self.city.engine, self.city.home, self.city.clock)

    def back_up(self) -> None:
        """Keep the home as it is, and what the model knows of what a restore brings back."""
        (self.city.home / "erecords.toml").write_text("", encoding="utf-8")
        self.backups += 1
        self.file = self.city.home.with_name(f"backup{self.backups}.tar")
        backup.create(self.city.engine, self.city.home, self.file, lambda _name: None)
        self.kept = {word: replace(case, kept=dict(case.kept)) for word, case in self.known.items()}, self.waived
        for case in self.known.values():
            case.ledgered = {}

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
        self.city.clock.advance(self.elapsed)
        for word, was in self.kept[0].items():
            case = self.known[word]
            if not case.gone:
                case.reference, case.notation, case.closed = was.reference, was.notation, was.closed
                case.changes, case.run_closed = was.changes, was.run_closed
                told = {number: (name, True) for number, name in was.kept.items()} | case.ledgered
                case.kept = {number: name for number, (name, binds) in told.items() if binds}
        self.waived = self.kept[1]

    def _end_waivers(self) -> None:
        with self.city.work() as work:
            rows = work.session.exec(select(Waiver)).all()
            for row in rows:
                row.valid_to = date(2020, 1, 1)
            work.log("test", "x", *rows)
        self.waived = False

    def propose(self, on: date, asked: int | None) -> tuple[str | None, dict[str, Line]]:
        """Propose all that is ripe, or what of one case a person asked to be erased."""
        able = self.known.values() if asked is None else [self.pick(asked)]
        expected = {case.word for case in able if not case.gone and case.due(on) and not case.holds}
        list_id = self.city.propose(on) if asked is None else self._ask(self.pick(asked), on)
        if list_id is None:
            assert not expected
            return None, {}
        with self.city.read() as session:
            listed = set(session.exec(select(DisposalItem.reference).where(DisposalItem.list_id == list_id)))
        assert listed == {self.known[word].reference for word in expected}
        assert asked is not None or self.city.propose(on) is None, "a case stands on one open list only"
        fixed = {"A": "A", "B": None, "V": "V" if self.waived else None}
        by = {"A": "schedule", "V": "waiver"}
        lines = {}
        for word in expected:
            case = self.known[word]
            decision = fixed[case.disposal]
            lines[word] = Line(case.reference, case.changes, decision, by.get(decision or "", ""), case.disposal)
        return list_id, lines

    def _ask(self, case: Known, on: date) -> str | None:
        if case.gone:
            return None
        privacy, manager = self.city.privacy, self.city.manager
        with self.city.work(privacy) as work:
            asked = requests.open_request(work, privacy, [case.reference], person="Anna Muster", received=TODAY)
        with self.city.work(manager) as work:
            return requests.propose(work, manager, asked.id, on, self.city.settings)

    def appraise(self, list_id: str, lines: dict[str, Line], decision: str, leave: bool) -> None:
        for number, (_, line) in enumerate(sorted(lines.items())):
            if line.decision is None and not (leave and number == 0):
                self.city.appraise(list_id, line.reference, decision, "Grund")
                line.decision, line.by = decision, "u-arc1"

    def lapse(self, list_id: str, lines: dict[str, Line]) -> None:
        """The archive lets its time run out; too early nobody may say so."""
        manager, settings = self.city.manager, self.city.settings
        with self.city.work(manager) as work:
            offering.offer(work, manager, list_id, settings)
        with pytest.raises(ErecordsError), self.city.work(manager) as work:
            offering.lapse(work, manager, list_id, settings)
        self.city.clock.advance(ANSWER)
        self.elapsed += ANSWER
        with suppress(ErecordsError), self.city.work(manager) as work:
            offering.lapse(work, manager, list_id, settings)
        for line in lines.values():
            if line.decision is None:
                line.decision, line.by = "V", "lapse"

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
        living = {word for word, case in self.known.items() if not case.gone}
        allowed = approved is not None and on >= approved
        disk = FailingBlobs if fails else BlobStore
        try:
            means = self.city.means(blobs=disk(self.city.home / "store"))
            outcomes = {r.reference: r.outcome for r in carryout.carry_out(means, list_id, on)}
        except OSError:
            outcomes = {name: result.outcome for name, result in self.city.carry_out(list_id, on).items()}
        except ErecordsError:
            outcomes = {}
        assert bool(outcomes) == allowed
        expected = {word for word, line in lines.items() if allowed and self._may_go(word, line, on)}
        assert {word for word in living if not self.city.exists(self.known[word].reference)} == expected
        for word in expected:
            case, line = self.known[word], lines[word]
            case.gone = True
            assert outcomes[line.reference] == ("transferred" if line.decision == "A" else "destroyed")
            assert line.decision != "A" or self.city.archive.package(case.reference).versions == 1
        went = {lines[word].reference for word in expected}
        assert all(outcomes[name] == "withheld" for name in set(outcomes) - went)

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
        assert stones == {case.reference for case in self.known.values() if case.gone}
        words = {case.word for case in self.known.values() if not case.gone}
        words |= {SHARED} if words else set()
        stored = set(self.city.blobs.all())
        for word in (*self.known, SHARED):
            assert (sha512_bytes(word.encode()) in stored) == (word in words), "bytes go with the last that names them"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("history")
    City(home).engine.dispose()
    return home


WHATS = [
    "hold", "lift", "toggle", "again", "move", "move", "release", "waivers", "suspend", "resume", "bind", "bind run",
]  # fmt: skip
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
        "asked": draw(st.none() | st.none() | st.integers(0, 3)),
        "lapses": draw(st.integers(0, 4)) == 0,
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
            "asked": None,
            "lapses": False,
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
            "asked": None,
            "lapses": True,
            "events": [[("lift", 2), ("resume", 2)], [("move", 1)], [], []],
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
    list_id, lines = world.propose(plan["on"], plan["asked"])
    if list_id is None:
        return
    disturb(1)
    world.appraise(list_id, lines, plan["decision"], plan["leave"] or plan["lapses"])
    if plan["lapses"]:
        world.lapse(list_id, lines)
    disturb(2)
    as_of = max(plan["approve"], world.today) if plan["approve"] == TODAY else plan["approve"]
    approved = as_of if world.approve(list_id, lines, as_of) else None
    disturb(3)
    world.carry_out(list_id, lines, plan["execute"], approved, plan["fails"])
    world.end_list(list_id)
    if plan["restores"]:
        world.follow()
        world.restore()
        world.end_lists()
