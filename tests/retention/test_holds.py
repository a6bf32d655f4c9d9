from datetime import date

import pytest

from erecords.errors import Conflict, InputRefused, NotFound, NotPermitted
from retention.holds import placing
from tests.retention.city import City


def place(city: City, references=(), actor=None, classes=(), title="Klage", reason="VG 3 K 12/26", **more):
    who = actor or city.privacy
    with city.work(who) as work:
        return placing.place(work, who, list(references), title=title, reason=reason, classes=classes, **more)


def lift(city: City, hold, reason="Urteil"):
    with city.work(city.privacy) as work:
        return placing.lift(work, city.privacy, hold, reason=reason)


def on(city, reference):
    with city.read() as session:
        return [hold.id for hold in placing.on_case(session, city.row(session, reference))]


def test_several_holds_lie_on_one_case(city):
    reference = city.case("10.5")
    first, second = place(city, [reference]), place(city, [reference], actor=city.manager)
    assert on(city, reference) == [first.hold, second.hold] == ["H-2026-0001", "H-2026-0002"]
    lifted = lift(city, first.hold)
    assert lifted.lifted == date(2026, 11, 22) and on(city, reference) == [second.hold]
    with city.read() as session:
        assert [view.hold for view in placing.listing(session, city.manager, reference)] == [second.hold, first.hold]


def test_a_class_is_held_with_all_below_and_all_to_come(city):
    before = city.case("10.41")
    hold = place(city, classes=["10"])
    after = city.case("10.5")
    other = city.case("20.3")
    assert on(city, before) == on(city, after) == [hold.hold] and on(city, other) == []
    assert city.propose(date(2100, 1, 1)) is None


def test_a_moved_case_stays_held(city):
    from erecords.registry import cases

    reference = city.case("22.31", closed=None)
    hold = place(city, [reference])
    with city.work() as work:
        row = city.row(work.session, reference)
        cases.move(work, city.machine, row, class_notation="22.32", reason="Befreiung")
        moved = row.reference
    assert on(city, moved) == [hold.hold]
    assert place(city, [reference]).references == (moved,), "the old reference still finds it"


def test_a_hold_is_lifted_once(city):
    hold = place(city, [city.case("10.5")])
    lift(city, hold.hold)
    with pytest.raises(Conflict):
        lift(city, hold.hold)


@pytest.mark.parametrize("kind", ["head", "archivist", "machine"])
def test_who_may_not_place(city, kind):
    with pytest.raises(NotPermitted):
        place(city, [city.case("10.5")], actor=getattr(city, kind))


@pytest.mark.parametrize("values", [{"title": " "}, {"reason": ""}])
def test_a_hold_needs_title_and_reason(city, values):
    with pytest.raises(InputRefused):
        place(city, [city.case("10.5")], **values)
    with pytest.raises(InputRefused):
        place(city)


def test_one_unknown_case_places_nothing(city):
    reference = city.case("10.5")
    with pytest.raises(NotFound):
        place(city, [reference, "10.5-1999/000001"])
    assert on(city, reference) == []


def test_a_clerk_sees_the_holds_of_a_known_case_without_the_others(city):
    mine, other = city.case("10.5"), city.case("22.31")
    place(city, [mine, other])
    clerk = city.person("u-anl1")
    with city.read() as session:
        assert placing.listing(session, clerk, mine)[0].references == ()
        with pytest.raises(NotPermitted):
            placing.listing(session, clerk)
        with pytest.raises(NotFound):
            placing.listing(session, clerk, other)


def test_what_was_handed_over_can_be_held(city):
    reference = city.case("10.41")
    city.carry_out(city.approved(date(2060, 1, 1)), date(2060, 1, 1))
    view = place(city, [reference], basis="BGH I ZR 1/60", owner="Rechtsamt")
    assert (view.references, view.basis, view.owner) == ((reference,), "BGH I ZR 1/60", "Rechtsamt")
    gone = city.case("10.5", closed=date(2000, 1, 1))
    city.carry_out(city.approved(date(2060, 1, 1)), date(2060, 1, 1))
    with pytest.raises(NotFound):
        place(city, [gone])
