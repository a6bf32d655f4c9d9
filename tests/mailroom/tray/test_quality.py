"""The report: what was filed by itself, what people corrected, and which class got worse."""

from __future__ import annotations

from datetime import date, timedelta

import click
import pytest

from erecords.errors import NotPermitted
from mailroom import quality
from mailroom.quality import ClassQuality, Quality
from tests.mailroom.tray.conftest import letter_text

SURE = "mein Hund ist leider gestorben, bitte beenden Sie die Hundesteuer und erstatten Sie den Rest."
DAY = date(2026, 11, 22)


def with_class(**counts: int) -> Quality:
    found = Quality(DAY, DAY)
    found.classes["22.31"] = ClassQuality(**counts)
    return found


def test_a_correction_counts_against_the_class_of_the_machine(post, receive, run):
    first = receive(letter_text(SURE))
    second = receive(letter_text(SURE, "Jana Hänel").replace("Sonnenleithe 61", "Lindenweg 4"))
    assert first.decided_by == second.decided_by == "system:mailroom" and first.case_reference.startswith("22.31")
    period = ("mail", "quality", "--from", "2026-11-01", "--to", "2026-11-30")
    clean = run(*period)
    assert (clean["received"], clean["by_itself"], clean["corrected"], clean["precision"]) == (2, 2, 0, 1.0)
    run("mail", "refile", first.number, "--class", "10.22", "--reason", "Werbung")
    again = run(*period)
    row = next(row for row in again["classes"] if row["class"] == "22.31")
    assert (row["by_itself"], row["corrected"], row["precision"]) == (2, 1, 0.5)
    assert again["share_by_itself"] == 1.0 and again["learned"]["samples"] > 100
    assert "50.0%" in run(*period, text=True)


def test_what_people_decide_measures_the_suggestion(receive, run):
    row = receive("Persönlich\n" + letter_text(SURE))
    other = receive("Persönlich\n" + letter_text(SURE, "Jana Hänel"))
    third = receive("Persönlich\n" + letter_text(SURE, "Doreen Arnold"))
    run("mail", "file", row.number, "--class", "22.31", "--title", "Hundesteuer")
    run("mail", "file", other.number, "--class", "22.32", "--title", "Befreiung")
    run("mail", "reject", third.number, "--reason", "Irrläufer")
    data = run("mail", "quality", "--from", "2026-11-01", "--to", "2026-11-30")
    found = {one["class"]: one for one in data["classes"]}
    assert (found["22.31"]["suggested"], found["22.31"]["agreed"], found["22.31"]["right"]) == (2, 1, 0.5)
    assert (found["22.32"]["filed"], data["rejected"], data["by_itself"]) == (1, 1, 0)


def test_another_period_is_empty(receive, run):
    receive(letter_text(SURE))
    data = run("mail", "quality", "--from", "2026-01-01", "--to", "2026-01-31")
    assert (data["received"], data["classes"], data["precision"], data["warnings"]) == (0, [], None, [])


@pytest.mark.parametrize(
    ("now", "before", "warned"),
    [
        ({"by_itself": 10, "corrected": 2}, {"by_itself": 10}, True),
        ({"by_itself": 100, "corrected": 4}, {"by_itself": 100}, False),
        ({"by_itself": 4, "corrected": 4}, {"by_itself": 10}, False),
        ({"suggested": 10, "agreed": 5}, {"suggested": 10, "agreed": 9}, True),
        ({"suggested": 10, "agreed": 9}, {"suggested": 10, "agreed": 5}, False),
    ],
)
def test_a_class_that_gets_worse_is_said(now, before, warned):
    said = quality.warnings(with_class(**now), with_class(**before))
    assert bool(said) == warned and all("22.31 got worse" in line for line in said)


def test_the_period_before_has_the_same_length(post):
    with post.read() as session:
        found = quality.before(session, DAY, DAY + timedelta(days=29))
    assert (found.start, found.end) == (DAY - timedelta(days=30), DAY - timedelta(days=1))


def test_refusals(run):
    with pytest.raises(NotPermitted):
        run("mail", "quality", actor="u-hust1")
    with pytest.raises(click.UsageError):
        run("mail", "quality", "--from", "2026-02-01", "--to", "2026-01-01")
