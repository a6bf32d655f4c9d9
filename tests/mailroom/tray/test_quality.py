"""The report: what was filed by itself, what people corrected, and which class got worse."""

from __future__ import annotations

from datetime import date, timedelta

import click
import pypdfium2 as pdfium
import pytest
from hypothesis import given
from hypothesis import strategies as st

from erecords.errors import NotPermitted
from mailroom import learning
from mailroom.classifiers.thresholds import Observed
from mailroom.loading import load_registers
from mailroom.models import LetterState
from mailroom.quality import measuring
from mailroom.quality.measuring import ClassQuality, Quality
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
    ("now", "before", "said"),
    [
        ({"suggested": 10, "agreed": 5}, {"suggested": 10, "agreed": 9}, ["got worse"]),
        ({"suggested": 10, "agreed": 8}, {"suggested": 10, "agreed": 10}, []),
        ({"suggested": 100, "agreed": 80}, {"suggested": 100, "agreed": 95}, ["got worse"]),
        ({"suggested": 10, "agreed": 9}, {"suggested": 10, "agreed": 5}, []),
        ({"suggested": 1, "agreed": 0}, {"suggested": 1, "agreed": 1}, []),
        ({"by_itself": 10, "corrected": 3}, {}, ["wrong too often"]),
        ({"by_itself": 20, "corrected": 1}, {}, []),
        ({"by_itself": 100, "corrected": 4}, {"by_itself": 100, "corrected": 1}, []),
        ({"by_itself": 60, "corrected": 12}, {"by_itself": 60}, ["got worse", "wrong too often"]),
    ],
)
def test_a_class_is_warned_of_only_when_chance_is_no_good_reason(now, before, said):
    found = measuring.warnings(with_class(**now), with_class(**before))
    assert len(found) == len(said) and all(what in line for what, line in zip(said, found, strict=True))


@given(of=st.integers(1, 500), data=st.data())
def test_bounds_enclose_the_share_and_draw_in_with_more_letters(of, data):
    good = data.draw(st.integers(0, of))
    low, high = measuring.wilson(good, of)
    assert 0 <= low <= good / of + 1e-9 and good / of - 1e-9 <= high <= 1
    more = measuring.wilson(good * 4, of * 4)
    assert more[0] >= low - 1e-9 and more[1] <= high + 1e-9
    assert not measuring.got_worse(good, of, good, of)


def test_bounds_are_those_of_the_table():
    low, high = measuring.wilson(81, 263, 1.96)
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662), "R. G. Newcombe, 1998, table I"


def test_thresholds_follow_what_became_of_sure_letters(post, receive, run):
    first = receive(letter_text(SURE))
    second = receive(letter_text(SURE, "Jana Hänel").replace("Sonnenleithe 61", "Lindenweg 4"))
    rows = run("mail", "quality")["thresholds"]
    assert [(row["said"], row["right"], row["threshold"]) for row in rows] == [(2, 2, 0.92)]
    label = f"{rows[0]['type']}|{rows[0]['class']}"
    run("mail", "refile", first.number, "--class", "10.22", "--reason", "Werbung")
    raised = run("mail", "quality")["thresholds"][0]
    assert (raised["said"], raised["right"]) == (2, 1) and raised["threshold"] > 0.97
    knowledge = learning.current(post, load_registers(post))
    assert knowledge.threshold(label) == pytest.approx(raised["threshold"], abs=1e-4)
    assert knowledge.threshold("other|1") == 0.92
    third = receive(letter_text(SURE, "Doreen Arnold").replace("Sonnenleithe 61", "Hauptstr. 7"))
    assert third.state is LetterState.TRAY or third.suggestion["score"] >= raised["threshold"] * 0.85
    run("mail", "undo", first.number)
    assert run("mail", "quality")["thresholds"][0]["right"] >= 2
    assert second.document_id


def test_a_threshold_comes_back_with_right_letters():
    assert Observed().threshold == Observed(1000, 1000).threshold == pytest.approx(0.92)
    worst = [Observed(10 + more, 9 + more).threshold for more in (0, 10, 30, 200)]
    assert worst == sorted(worst, reverse=True) and worst[0] > 0.96 and worst[-1] == pytest.approx(0.92)
    assert Observed(5, 0).threshold < 1.0


def test_the_report_is_written_as_table_and_picture(receive, run, tmp_path):
    receive(letter_text(SURE))
    csv_file, pdf_file = tmp_path / "guete.csv", tmp_path / "guete.pdf"
    run("mail", "quality", "--format", "csv", "--file", str(csv_file))
    lines = csv_file.read_text("utf-8-sig").splitlines()
    assert lines[0].startswith("class;filed;by_itself") and lines[-1].startswith("alle;1;1;0;1.0")
    run("mail", "quality", "--format", "pdf", "--file", str(pdf_file))
    with pdfium.PdfDocument(pdf_file) as pdf:
        text = pdf[0].get_textpage().get_text_range()
        picture = pdf[0].render(scale=1).to_numpy()
    assert "Güte der Posteingangserkennung" in text and "22.31" in text
    green = (abs(picture.astype(int) - [98, 140, 86]).sum(axis=2) < 12).sum()
    assert green > 200
    with pytest.raises(click.UsageError):
        run("mail", "quality", "--format", "pdf")


def test_the_period_before_has_the_same_length(post):
    with post.read() as session:
        found = measuring.before(session, DAY, DAY + timedelta(days=29))
    assert (found.start, found.end) == (DAY - timedelta(days=30), DAY - timedelta(days=1))


def test_refusals(run):
    with pytest.raises(NotPermitted):
        run("mail", "quality", actor="u-hust1")
    with pytest.raises(click.UsageError):
        run("mail", "quality", "--from", "2026-02-01", "--to", "2026-01-01")
