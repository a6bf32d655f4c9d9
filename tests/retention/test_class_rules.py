"""Another rule for a class of the filing plan: seen before it counts, and never by one person alone."""

from datetime import date, timedelta

import pytest

from erecords.errors import NotFound, NotPermitted
from erecords.registry import plan
from erecords.store.models import PlanClass
from retention import explain, runs
from retention.errors import FourEyes
from retention.periods import classes, timing
from tests.retention.city import DATA

DAY = date(2030, 1, 1)
"""On which a case of class 10.5 (three years), closed on 2026-11-22, is due; under R-ALLG-05 not yet."""


def load(city, path, actor=None, **rules):
    """Import the sample plan with other rules for some classes."""
    lines = (DATA / "filing_plan.csv").read_text("utf-8").splitlines()
    for notation, rule in rules.items():
        name = notation.removeprefix("c").replace("_", ".")
        at = next(number for number, line in enumerate(lines) if line.startswith(f"{name},"))
        cells = lines[at].split(",")
        cells[4] = rule
        lines[at] = ",".join(cells)
    path.write_text("\n".join(lines) + "\n", "utf-8")
    who = actor or city.manager
    with city.work(who) as work:
        return plan.import_plan(work, who, path)


def confirm(city, notation, actor=None):
    who = actor or city.head
    with city.work(who) as work:
        return classes.confirm(work, who, notation)


def rule_of(city, reference, **values):
    with city.read() as session:
        return timing.of_case(session, city.row(session, reference), DAY, 30, **values).rule.id


def test_it_waits_for_another_person(city, tmp_path):
    reference = city.case("10.5")
    report = load(city, tmp_path / "p.csv", c10_5="R-TERMIN")
    assert report.waiting == ("10.5",) and rule_of(city, reference) == "R-DSGVO"
    with pytest.raises(FourEyes):
        confirm(city, "10.5", city.manager)
    with pytest.raises(NotPermitted):
        confirm(city, "10.5", city.archivist)
    assert rule_of(city, reference) == "R-DSGVO"
    assert confirm(city, "10") == ["10.5"], "all below the class that was named"
    assert rule_of(city, reference) == "R-TERMIN"
    with pytest.raises(NotFound):
        confirm(city, "10.5")


def test_it_is_seen_before_it_counts(city, tmp_path):
    city.case("10.5"), city.case("10.5", closed=None)
    load(city, tmp_path / "p.csv", c10_5="R-ALLG-05")
    with city.read() as session:
        [row] = classes.waiting(session, DAY)
    assert (row.notation, row.rule, row.asked, row.asked_by) == ("10.5", "R-DSGVO", "R-ALLG-05", "u-org1")
    assert (row.cases, row.due) == (2, (1, 0))
    with city.work(city.manager) as work:
        warnings = runs.run(work, city.manager, city.clock.today(), city.settings).warnings
    assert any("class 10.5 is to get another rule" in text for text in warnings)


def test_a_class_without_case_files_changes_at_once(city, tmp_path):
    report = load(city, tmp_path / "p.csv", c10_5="R-ALLG-05")
    assert (report.changed, report.waiting) == (("10.5",), ())
    assert rule_of(city, city.case("10.5")) == "R-ALLG-05"


def test_the_old_list_takes_the_wish_back_and_the_same_list_keeps_who_asked(city, tmp_path):
    reference = city.case("10.5")
    load(city, tmp_path / "p.csv", c10_5="R-ALLG-05")
    other = city.person("u-it1")
    load(city, tmp_path / "p.csv", actor=other, c10_5="R-ALLG-05")
    with city.read() as session:
        assert session.get_one(PlanClass, "10.5").rule_asked_by == "u-org1"
    assert load(city, tmp_path / "p.csv").waiting == ()
    with city.read() as session:
        assert classes.waiting(session, DAY) == []
    with pytest.raises(NotFound):
        confirm(city, "10.5")
    assert rule_of(city, reference) == "R-DSGVO"


def test_one_that_would_be_inherited_waits_as_well(city, tmp_path):
    reference = city.case("10.5")
    assert load(city, tmp_path / "p.csv", c10_5="").waiting == ("10.5",)
    assert rule_of(city, reference) == "R-DSGVO"
    confirm(city, "10.5")
    with city.read() as session:
        row = session.get_one(PlanClass, "10.5")
        assert (row.rule, row.rule_inherited) == ("R-ALLG-10", True) == (rule_of(city, reference), row.rule_inherited)


def test_the_past_knows_the_rule_of_then(city, tmp_path):
    reference = city.case("10.5", closed=date(2020, 5, 5))
    load(city, tmp_path / "p.csv", c10_5="R-ALLG-05")
    city.clock.advance(timedelta(days=10))
    before = city.clock.today()
    city.clock.advance(timedelta(days=10))
    confirm(city, "10.5")
    city.clock.advance(timedelta(days=10))
    with city.read() as session:
        then, now = (
            explain.why(session, city.manager, reference, day, city.settings, city.clock.today())
            for day in (before, city.clock.today())
        )
    assert (then.rule, now.rule) == ("R-DSGVO", "R-ALLG-05")
