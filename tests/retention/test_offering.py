"""The dialogue with the archive: offer, deadline, lapse, samples; and the reports that show where it stands."""

import json
from datetime import date, timedelta

import pytest
from sqlmodel import select

from erecords.errors import Conflict, InputRefused, NotPermitted
from retention import reports, runs
from retention.disposal import certificate, certificate_pdf
from retention.errors import FourEyes, Undecided, WrongState
from retention.lists import offering, sampling
from retention.models import DisposalItem, DisposalList, DisposalStep
from retention.periods import due
from tests.retention.city import LATER

B, V = "10.71", "10.5"


def offer(city, list_id):
    with city.work(city.manager) as work:
        return offering.offer(work, city.manager, list_id, city.settings)


def lapse(city, list_id, actor=None):
    who = actor or city.manager
    with city.work(who) as work:
        return offering.lapse(work, who, list_id, city.settings)


def sample(city, list_id, how, actor=None, **more):
    who = actor or city.archivist
    with city.work(who) as work:
        return sampling.sample(work, who, list_id, how, **{"reason": "Auswahlarchivierung", **more})


def warnings(city, on):
    with city.work(city.manager) as work:
        return runs.run(work, city.manager, on, city.settings).warnings


def decisions(city, list_id):
    with city.read() as session:
        items = session.exec(select(DisposalItem).where(DisposalItem.list_id == list_id))
        return {item.reference: item.decision for item in items}


def test_a_lapsed_deadline_is_cited_and_approved_by_another(city):
    reference = city.case(B)
    list_id = city.propose()
    with pytest.raises(WrongState):
        lapse(city, list_id)
    assert offer(city, list_id).answer_due == date(2027, 5, 22)
    with pytest.raises(Conflict):
        offer(city, list_id)
    with pytest.raises(Conflict):
        lapse(city, list_id)
    with pytest.raises(Undecided):
        city.approve(list_id)
    assert any("is due on 2027-05-22" in text for text in warnings(city, date(2027, 5, 1)))
    city.clock.advance(timedelta(days=182))
    assert any("was due on 2027-05-22" in text for text in warnings(city, city.clock.today()))
    with pytest.raises(NotPermitted):
        lapse(city, list_id, actor=city.archivist)
    assert lapse(city, list_id) == 1
    with city.read() as session:
        found = session.get(DisposalList, list_id)
        step = session.exec(select(DisposalStep).where(DisposalStep.action == "lapse")).one()
    assert found.lapse_basis == "SächsArchivG § 5" and "no answer until 2027-05-22; SächsArchivG § 5" in step.text
    with pytest.raises((FourEyes, NotPermitted)):
        city.approve(list_id, actor=city.manager)
    city.approve(list_id)
    assert city.carry_out(list_id)[reference].outcome == "destroyed"
    with city.read() as session:
        values = json.loads(city.blobs.read(certificate.find(session, list_id).json_sha512))
    assert values["offered"] == {"on": "2026-11-22", "answer_due": "2027-05-22", "lapse_basis": "SächsArchivG § 5"}
    assert values["items"][0]["decided_by"]["id"] == "lapse"
    assert certificate_pdf.write_pdf(values, values["items"], "0" * 128, city.clock.now())


def test_the_gate_asks_for_the_deadline_itself(city):
    reference = city.case(B)
    list_id = city.propose()
    offer(city, list_id)
    city.clock.advance(timedelta(days=182))
    lapse(city, list_id)
    city.approve(list_id)
    with city.work() as work:
        found = work.session.get(DisposalList, list_id)
        found.answer_due = city.clock.today()
        work.log("test", "x", found)
    result = city.carry_out(list_id)[reference]
    assert result.outcome == "withheld" and "time to answer has not run out" in result.reason


def test_what_the_archive_answered_is_not_touched_by_a_lapse(city):
    one, other = city.case(B), city.case(B)
    list_id = city.propose()
    offer(city, list_id)
    city.appraise(list_id, one, "A")
    city.clock.advance(timedelta(days=182))
    lapse(city, list_id)
    assert decisions(city, list_id) == {one: "A", other: "V"}


def test_the_offer_as_a_list_runs_no_formula(city):
    reference = city.case(B, title="=2+5")
    city.case(V)
    list_id = city.propose()
    with city.read() as session:
        lines = offering.as_csv(session, city.manager, list_id).splitlines()
        assert len(lines) == 2, "what is waived is not offered"
        assert lines[1].startswith(f"{reference},{B},") and "'=2+5" in lines[1]
        with pytest.raises(NotPermitted):
            offering.as_csv(session, city.person("u-anl1"), list_id)


TITLES = ["Ärger, Hans", "Aal", "Becker", "Öhler", "Otto", "Zoll"]


@pytest.mark.parametrize(
    ("how", "titles"),
    [
        (sampling.ByLetter("a", "title"), ("Aal", "Ärger, Hans")),
        (sampling.ByLetter("OZ", "title"), ("Otto", "Zoll", "Öhler")),
        (sampling.ByLetter("B", "key"), ("Zoll",)),
    ],
    ids=str,
)
def test_a_sample_by_letter(city, how, titles):
    named = {city.case(B, title=title, key="Berta" if title == "Zoll" else ""): title for title in TITLES}
    list_id = city.propose()
    taken = sample(city, list_id, how)
    assert sorted(named[name] for name in taken.taken) == list(titles)
    assert sorted(named[name] for name, decision in decisions(city, list_id).items() if decision == "A") == list(titles)
    with city.read() as session:
        text = session.exec(select(DisposalStep.text).where(DisposalStep.action == "sample")).one()
    assert f"{len(titles)} of 6 taken" in text and "Auswahlarchivierung" in text


def test_a_lot_is_the_same_again_and_another_with_another_seed(city):
    for _ in range(12):
        city.case(B)
    drawn = []
    for seed in ("Ziehung 2026-11-21", "Ziehung 2026-11-21", "andere"):
        list_id = city.propose()
        taken = sample(city, list_id, sampling.ByLot(20, seed))
        assert len(taken.taken) == 3 and taken.others == 9
        drawn.append(taken.taken)
        with city.work(city.manager) as work:
            from retention.lists import disposition

            disposition.cancel(work, city.manager, list_id, reason="noch einmal")
    assert drawn[0] == drawn[1] != drawn[2]


def test_samples_that_are_refused(city):
    city.case(B)
    list_id = city.propose()
    lot = sampling.ByLot(20, "s")
    for how, more, error in (
        (sampling.ByLot(0, "s"), {}, InputRefused),
        (sampling.ByLot(101, "s"), {}, InputRefused),
        (sampling.ByLot(5, " "), {}, InputRefused),
        (sampling.ByLetter("", "title"), {}, InputRefused),
        (lot, {"reason": " "}, InputRefused),
        (lot, {"notation": V}, InputRefused),
        (lot, {"actor": city.manager}, NotPermitted),
    ):
        with pytest.raises(error):
            sample(city, list_id, how, **more)
    assert set(decisions(city, list_id).values()) == {None}


def asked(city, session, on, *, within=0, notation=None, actor=None):
    return reports.question(session, actor or city.manager, on, within, city.settings, notation)


def names(city, kind, on, **more):
    with city.read() as session:
        found = reports.rows(session, reports.Kind(kind), asked(city, session, on, **more))
        return {row["reference"]: row["note"] for row in found}


def test_reports_say_where_each_case_stands(city):
    ripe, unknown = city.case(V, closed=date(2020, 5, 5)), city.case("22.31")
    today = city.clock.today()
    assert names(city, "due", today) == {ripe: ""}
    assert set(names(city, "due", date(2029, 6, 1), within=12)) == {ripe}
    assert names(city, "due", today, notation="22") == {} and set(names(city, "unknown", today, notation="22")) == {
        unknown
    }
    list_id = city.propose(LATER)
    assert names(city, "due", today) == {ripe: f"on list {list_id}"}
    with city.work(city.privacy) as work:
        from retention.holds import placing

        hold = placing.place(work, city.privacy, [unknown], title="t", reason="r").hold
    assert names(city, "held", today) == {unknown: f"hold {hold}"}
    with city.read() as session:
        rows = {row["class"]: row for row in reports.rows(session, reports.Kind.CLASSES, asked(city, session, today))}
    assert (rows[V]["closed"], rows[V]["due"], rows["22.31"]["unknown"]) == (1, 1, 1)


def test_overdue_is_what_should_be_gone(city):
    gone = city.case("34.4", events={"termin": date(2026, 1, 1)}, closed=date(2026, 1, 1))
    with city.read() as session:
        kinds = {row.reference: row.kind for row in due.due_cases(session, city.manager, LATER, LATER, 0)}
    if kinds.get(gone) in ("max", "fix"):
        assert gone in names(city, "overdue", LATER)
    keep = city.case(V, closed=date(2020, 5, 5))
    assert keep not in names(city, "overdue", LATER), "a least time asks for nothing"


def test_offered_and_unanswered(city):
    reference = city.case(B)
    list_id = city.propose()
    assert names(city, "offered", LATER) == {}
    offer(city, list_id)
    assert "answer due on 2027-05-22 (over)" in names(city, "offered", LATER)[reference]
    city.appraise(list_id, reference, "V")
    assert names(city, "offered", LATER) == {}


def test_what_was_never_offered_in_thirty_years(city):
    with city.work() as work:
        from erecords.registry import cases

        row = cases.open_case(work, city.machine, class_notation=V, title="Alt", opened=date(1990, 1, 1))
        city.document(work, row, "Letzter Brief", on=date(1995, 5, 5))
        old = row.reference
    assert names(city, "never-offered", date(2025, 5, 4)) == {}
    assert set(names(city, "never-offered", date(2025, 5, 5))) == {old}
    assert any(old in text for text in warnings(city, date(2026, 1, 1)))
    city.close(old, date(2026, 11, 22))
    assert names(city, "never-offered", date(2056, 11, 21)) == {}
    city.propose(date(2056, 11, 22))
    assert names(city, "never-offered", date(2056, 11, 22)) == {}, "it stands on a list"


def test_reports_show_only_what_the_actor_may_know(city):
    hidden = city.case("22.31")
    assert hidden in names(city, "unknown", LATER)
    assert names(city, "unknown", LATER, actor=city.person("u-anl1")) == {}
