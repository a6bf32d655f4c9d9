"""A case that moves into another class: nothing gets shorter, or free of a hold, by the move of one person."""

import json
from datetime import date

import pytest
from sqlmodel import select

from erecords.registry import cases
from retention.errors import FourEyes
from retention.holds import placing
from retention.models import CaseRule, Tombstone
from retention.periods import caserules, moves, timing
from retention.periods import rules as rule_versions
from retention.periods.shortening import may_shorten

LONG, SHORT, APPRAISED = "10.41", "10.5", "10.71"
"""Thirty years, then the archive; three years, then destroyed; five years, then appraised."""
CLOSED = date(2026, 11, 22)


def move(city, reference, notation, actor=None):
    """Move an open case; its new reference and what was said."""
    who = actor or city.machine
    with city.work(who) as work:
        row = city.row(work.session, reference)
        was = row.class_notation
        cases.move(work, who, row, class_notation=notation, reason="falsch eingeordnet")
        return row.reference, moves.moved(work, row, was, "falsch eingeordnet")


def due(city, reference):
    with city.read() as session:
        return timing.of_case(session, city.row(session, reference), CLOSED, 0).due


def living(city):
    with city.read() as session:
        return session.exec(select(CaseRule).where(CaseRule.ended_on.is_(None))).all()


def test_a_shorter_rule_waits_for_another_person(city):
    reference, effect = move(city, city.case(LONG, closed=None), SHORT)
    assert (effect.before.due, effect.after.due) == (date(2057, 1, 1), date(2030, 1, 1))
    assert (effect.before.disposal, effect.after.disposal) == ("A", "V")
    [row] = living(city)
    assert any(f"case-rule approve {row.id}" in note for note in effect.notes)
    city.close(reference, CLOSED)
    assert due(city, reference) == date(2057, 1, 1)
    assert city.propose(date(2031, 1, 1)) is None
    with city.work(city.head) as work:
        caserules.approve(work, city.head, row.id)
    assert due(city, reference) == date(2030, 1, 1)


def test_who_moved_it_does_not_approve(city):
    reference, _ = move(city, city.case(LONG, closed=None), SHORT, actor=city.head)
    [row] = living(city)
    with pytest.raises(FourEyes), city.work(city.head) as work:
        caserules.approve(work, city.head, row.id)
    city.close(reference, CLOSED)
    assert due(city, reference) == date(2057, 1, 1)


@pytest.mark.parametrize("to", [LONG, APPRAISED])
def test_a_rule_that_keeps_longer_counts_at_once(city, to):
    _, effect = move(city, city.case(SHORT, closed=None), to)
    assert effect.notes == () and living(city) == []
    assert effect.after.due > effect.before.due


def test_moved_back_nothing_waits(city):
    reference, _ = move(city, city.case(LONG, closed=None), SHORT)
    reference, effect = move(city, reference, LONG)
    assert effect.notes == () and living(city) == []
    city.close(reference, CLOSED)
    assert due(city, reference) == date(2057, 1, 1)


def test_moved_on_each_former_rule_binds(city):
    reference, _ = move(city, city.case(LONG, closed=None), APPRAISED)
    reference, effect = move(city, reference, SHORT)
    assert {row.rule_id for row in living(city)} == {"R-RAT", "R-ANLIEGEN"}
    assert effect.after.due == date(2057, 1, 1), "the first rule still binds it"


def test_a_rule_of_its_own_goes_with_the_case(city):
    reference = city.case(LONG, closed=None)
    with city.work(city.manager) as work:
        row = caserules.add(work, city.manager, reference, "R-ALLG-05", reason="r", instead=True)
    with city.work(city.head) as work:
        caserules.approve(work, city.head, row.id)
    reference, effect = move(city, reference, SHORT)
    assert effect.before == effect.after and effect.notes == ()


def test_a_hold_on_the_class_that_it_leaves_goes_with_it(city):
    reference = city.case(LONG, closed=None)
    with city.work(city.privacy) as work:
        held = placing.place(work, city.privacy, [], classes=["10.4"], title="Prüfung", reason="Rechnungshof")
    inside, effect = move(city, reference, "10.42")
    assert not any("hold" in note for note in effect.notes), "the class is still below"
    outside, effect = move(city, inside, "20.3")
    assert f"hold {held.hold} on class 10.42 goes with it" in effect.notes
    with city.read() as session:
        assert [hold.id for hold in placing.on_case(session, city.row(session, outside))] == [held.hold]


def test_what_bound_it_stands_on_the_certificate_and_in_the_package(city):
    reference, _ = move(city, city.case(SHORT, closed=None), LONG)
    with city.work(city.manager) as work:
        caserules.add(work, city.manager, reference, "R-ALLG-10", reason="r")
    city.close(reference, CLOSED)
    city.carry_out(city.approved())
    with city.read() as session:
        [further] = json.loads(session.exec(select(Tombstone.further)).one())
    assert (further["rule"], further["of"], further["due"]) == ("R-ALLG-10", "further", "2037-01-01")
    told = city.archive.package(reference).package["description"]["disposal"]
    assert told["retained_to"] == "2056-12-31" and told["further"] == [further]
    assert {(row["rule"], row["rule_version"]) for row in told["rule_versions"]} == {("R-RAT", 1), ("R-ALLG-10", 1)}


@pytest.mark.parametrize(
    ("old", "new", "shorter"),
    [
        ("R-DSGVO", "R-RAT", False),
        ("R-RAT", "R-DSGVO", True),
        ("R-DSGVO", "R-MANGEL-03", False),
        ("R-ALLG-10", "R-KULTUR", False),
        ("R-KULTUR", "R-ALLG-10", True),
        ("R-DSGVO", "R-URKUNDE-02", True),
        ("R-URKUNDE-02", "R-DSGVO", False),
        ("R-ALLG-10", "R-VERTRAG", True),
        ("R-PERSONAL", "R-PERSONAL", False),
    ],
)
def test_when_a_rule_may_shorten(city, old, new, shorter):
    """Weaker claim of the archive, another trigger, no least time, or less time."""
    with city.read() as session:
        found = rule_versions.in_force(session, CLOSED)
    assert may_shorten(found[old], found[new]) is shorter
