from datetime import date, timedelta

import pytest
from sqlmodel import col, select

from erecords.errors import Conflict, InputRefused, NotFound, NotPermitted
from erecords.registry import cases, documents, finding, numbering
from erecords.registry.documents import NewRendition
from erecords.store.lifecycle import CaseState, RenditionKind
from erecords.store.models import AuditEntry, AuditValue, Case, CaseEvent, Counter, Outbox
from tests.city import City

TODAY = date(2026, 11, 22)


def open_case(city: City, actor: str = "u-hust1", **values) -> str:
    given = {"class_notation": "22.31", "title": "Hundesteuer Colditz, Uwe"} | values
    with city.work(actor) as work:
        return cases.open_case(work, city.actor(actor), **given).reference


def change(city: City, service, reference: str, actor: str = "u-hust1", **values):
    with city.work(actor) as work:
        who = city.actor(actor)
        return service(work, who, cases.find(work.session, who, reference), **values)


def add_document(city: City, reference: str, **values) -> int:
    blob = city.blobs.put_bytes(b"Brief")
    original = NewRendition(RenditionKind.ORIGINAL, blob.sha512, blob.bytes, "text/plain")
    given = {"title": "Brief", "name": "brief.txt", "renditions": [original]} | values
    with city.work("u-hust1") as work:
        who = city.actor("u-hust1")
        case = cases.find(work.session, who, reference)
        return documents.document_id(documents.register(work, who, city.blobs, case, **given))


def test_a_case_gets_the_next_reference_of_its_class_and_year(city):
    assert open_case(city) == "22.31-2026/000001"
    assert open_case(city) == "22.31-2026/000002"
    assert open_case(city, opened=date(2025, 3, 1)) == "22.31-2025/000001"
    assert open_case(city, class_notation="22.32") == "22.32-2026/000001"
    with city.read() as session:
        case = finding.locate(session, "22.31-2026/000001")
        assert (case.unit, case.state, case.opened, case.closed) == ("22.3", CaseState.OPEN, TODAY, None)


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"class_notation": "22.3"}, Conflict),
        ({"class_notation": "99"}, NotFound),
        ({"unit": "99"}, NotFound),
        ({"title": "  "}, InputRefused),
        ({"title": "a\nb"}, InputRefused),
        ({"title": "x" * 301}, InputRefused),
        ({"key": "a\x00"}, InputRefused),
        ({"opened": TODAY + timedelta(days=1)}, InputRefused),
        ({"reference": "a\nb"}, InputRefused),
        ({"unit": "22.1"}, NotPermitted),
        ({"class_notation": "63.1"}, NotPermitted),
    ],
)
def test_what_cannot_be_opened_leaves_no_gap(city, values, error):
    with pytest.raises(error):
        open_case(city, **values)
    with city.read() as session:
        assert session.exec(select(Case)).all() == [] and session.exec(select(Counter)).all() == []
    assert open_case(city).endswith("/000001")


def test_one_open_file_per_key(city):
    open_case(city, key="Colditz, Uwe, geb. 03.05.1972")
    with pytest.raises(Conflict, match="000001"):
        open_case(city, key="Colditz, Uwe, geb. 03.05.1972")
    change(city, cases.close, "22.31-2026/000001")
    assert open_case(city, key="Colditz, Uwe, geb. 03.05.1972") == "22.31-2026/000002"


def test_a_subject_file_may_share_its_key(city):
    for _ in range(2):
        open_case(city, "u-svz0", class_notation="36.3", title="Sperrung Markt", key="Markt")


def test_a_given_reference_is_kept_and_the_series_goes_on_above_it(city):
    assert open_case(city, reference="22.31-2026/000041") == "22.31-2026/000041"
    assert open_case(city, reference="Alt 17/99") == "Alt 17/99"
    assert open_case(city) == "22.31-2026/000042"
    with pytest.raises(Conflict):
        open_case(city, reference="22.31–2026/000041")


def test_the_collective_file_of_a_year_is_opened_once(city):
    def collective(year: int, notation: str = "66.11"):
        with city.work("u-str1") as work:
            return cases.collective_case(work, city.actor("u-str1"), notation, year)

    first = collective(2026)
    assert (first.reference, first.title, first.key) == (
        "66.11-2026/000001",
        "Mängelmeldungen Straße und Gehweg 2026",
        "2026",
    )
    assert collective(2026).id == first.id
    last_year = collective(2025)
    assert (last_year.reference, last_year.opened) == ("66.11-2025/000001", TODAY)
    change(city, cases.close, "66.11-2026/000001", "u-str1")
    assert collective(2026).reference == "66.11-2026/000002"
    with pytest.raises(InputRefused):
        collective(2027)
    with city.work("u-hust1") as work:
        assert cases.collective_case(work, city.actor("u-hust1"), "22.31", 2026) is None


def test_amending_counts_versions_and_refuses_an_older_view(city):
    reference = open_case(city)
    case = change(city, cases.amend, reference, title="Hundesteuer Colditz, Ute", key="Colditz, Ute", version=1)
    assert (case.title, case.key, case.version) == ("Hundesteuer Colditz, Ute", "Colditz, Ute", 2)
    with pytest.raises(Conflict, match="now version 2, you saw 1"):
        change(city, cases.amend, reference, title="Anders", version=1)
    assert change(city, cases.amend, reference, title="Hundesteuer Colditz, Ute").version == 2
    with pytest.raises(InputRefused):
        change(city, cases.amend, reference)
    with pytest.raises(NotFound, match="unit"):
        change(city, cases.amend, reference, unit="99")
    assert change(city, cases.amend, reference, unit="22.1").unit == "22.1"
    with pytest.raises(NotFound):
        change(city, cases.amend, reference, title="Anders")


def test_closing_and_reopening(city):
    reference = open_case(city, opened=date(2026, 3, 1))
    closed = change(city, cases.close, reference, on=date(2026, 11, 20))
    assert (closed.state, closed.closed) == (CaseState.CLOSED, date(2026, 11, 20))
    for service, values in (
        (cases.close, {}),
        (cases.amend, {"title": "x"}),
        (cases.move, {"class_notation": "22.32", "reason": "x"}),
    ):
        with pytest.raises(Conflict, match="is closed since 2026-11-20"):
            change(city, service, reference, **values)
    with pytest.raises(Conflict, match="is closed since"):
        add_document(city, reference)
    with pytest.raises(InputRefused):
        change(city, cases.reopen, reference, reason=" ")
    again = change(city, cases.reopen, reference, reason="Widerspruch von Uwe Colditz")
    assert (again.state, again.closed) == (CaseState.OPEN, None)
    with pytest.raises(Conflict, match="is open"):
        change(city, cases.reopen, reference, reason="x")
    with city.read() as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "case.reopen")).one()
        assert '"closed":"2026-11-20"' in entry.details and "Colditz" not in entry.details


@pytest.mark.parametrize(
    ("on", "document", "error"),
    [
        (TODAY + timedelta(days=1), {}, InputRefused),
        (date(2026, 2, 28), {}, Conflict),
        (date(2026, 4, 30), {"received": date(2026, 5, 1)}, Conflict),
        (date(2026, 4, 30), {"date": date(2026, 5, 1)}, Conflict),
        (date(2026, 4, 30), {"date": date(2026, 5, 1), "received": date(2026, 4, 30)}, None),
        (date(2026, 5, 1), {"received": date(2026, 5, 1)}, None),
        (TODAY, {"date": date(2062, 5, 1)}, None),
        (date(2026, 3, 1), {}, None),
    ],
)
def test_the_day_of_closing_fits_the_case(city, on, document, error):
    reference = open_case(city, opened=date(2026, 3, 1))
    if document:
        add_document(city, reference, **document)
    if error is None:
        assert change(city, cases.close, reference, on=on).closed == on
    else:
        with pytest.raises(error):
            change(city, cases.close, reference, on=on)


def test_a_moved_case_is_found_by_each_of_its_references(city):
    reference = open_case(city)
    number = add_document(city, reference)
    with city.read() as session:
        before = max(session.exec(select(Outbox.sequence)).all())
    moved = change(city, cases.move, reference, class_notation="22.32", reason="Befreiung")
    assert (moved.reference, moved.unit) == ("22.32-2026/000001", "22.3")
    again = change(city, cases.move, "22.31-2026/1", class_notation="22.31", reason="Irrtum")
    assert again.reference == "22.31-2026/000002"
    with city.read() as session:
        who = city.actor("u-hust1")
        for name in ("22.31-2026/000001", "22.32-2026/000001", "22.31-2026/000002"):
            assert cases.find(session, who, name).id == moved.id
        assert finding.former_references(session, moved.id) == ["22.31-2026/000001", "22.32-2026/000001"]
        rows = session.exec(select(Outbox).where(col(Outbox.sequence) > before)).all()
        assert {(row.kind, row.object_id) for row in rows} == {("case", str(moved.id)), ("document", str(number))}


@pytest.mark.parametrize(("notation", "error"), [("22.31", Conflict), ("22.3", Conflict), ("99", NotFound)])
def test_where_a_case_cannot_move(city, notation, error):
    reference = open_case(city)
    with pytest.raises(error):
        change(city, cases.move, reference, class_notation=notation, reason="x")


def test_a_trigger_date_is_stated_and_corrected(city):
    reference = open_case(city)
    for on in (date(2026, 10, 31), date(2027, 1, 31)):
        change(city, cases.event, reference, trigger="ende_steuerpflicht", on=on)
    change(city, cases.close, reference)
    change(city, cases.event, reference, trigger="tod", on=date(2026, 11, 1))
    with city.read() as session:
        found = {event.trigger: event.on for event in session.exec(select(CaseEvent))}
        assert found == {"ende_steuerpflicht": date(2027, 1, 31), "tod": date(2026, 11, 1)}
        details = session.exec(select(AuditEntry.details).where(AuditEntry.action == "case.event")).all()
        assert '"before":"2026-10-31"' in details[1]
    with pytest.raises(InputRefused, match="is no trigger"):
        change(city, cases.event, reference, trigger="Ende der Steuerpflicht", on=TODAY)


def test_titles_keys_and_reasons_stay_out_of_the_chain(city):
    reference = open_case(city, key="Colditz, Uwe, geb. 03.05.1972")
    change(city, cases.amend, reference, title="Hundesteuer Colditz, Ute")
    with city.read() as session:
        assert "Colditz" not in " ".join(session.exec(select(AuditEntry.details)))
        assert "Hundesteuer Colditz, Ute" in session.exec(select(AuditValue.value)).all()


@pytest.mark.parametrize(
    ("actor", "finds", "documents_of"),
    [
        ("u-hust1", True, 1),
        ("u-hust2", True, 1),
        ("u-sta0", True, 1),
        ("u-dsb1", True, 1),
        ("u-org1", True, 0),
        ("u-arc1", True, 0),
        ("u-it1", False, 0),
        ("u-post1", False, 0),
        ("u-baug1", False, 0),
        ("u-boa0", False, 0),
    ],
)
def test_who_knows_of_a_case_of_a_protected_class(city, actor, finds, documents_of):
    reference = open_case(city)
    add_document(city, reference)
    who = city.actor(actor)
    with city.read() as session:
        assert [case.reference for case in cases.list_cases(session, who)] == ([reference] if finds else [])
        if not finds:
            with pytest.raises(NotFound) as hidden:
                cases.find(session, who, reference)
            with pytest.raises(NotFound) as absent:
                cases.find(session, who, "22.31-2026/000009")
            assert str(hidden.value).replace("000001", "000009") == str(absent.value)
        else:
            case = cases.find(session, who, reference)
            assert len(finding.documents(session, who, case)) == documents_of


def test_an_open_class_is_seen_by_all_and_changed_by_its_unit(city):
    reference = open_case(city, "u-org2", class_notation="10.11", title="Dienstanweisung Posteingang")
    with city.read() as session:
        assert cases.find(session, city.actor("u-baug1"), reference)
    with pytest.raises(NotPermitted, match="belongs to unit"):
        change(city, cases.close, reference, "u-baug1")


def test_listing_by_class_unit_and_state(city):
    first, second = open_case(city), open_case(city, class_notation="22.32")
    change(city, cases.close, first)
    who = city.actor("u-hust1")
    with city.read() as session:

        def found(**values):
            return [case.reference for case in cases.list_cases(session, who, **values)]

        assert found(class_notation="2") == found(class_notation="22.3") == [first, second]
        assert found(class_notation="22.32") == [second]
        assert found(state=CaseState.CLOSED) == [first]
        assert found(unit="22.1") == []
        with pytest.raises(NotFound):
            found(class_notation="99")


def test_the_mail_book_numbers_without_gap(city):
    with city.work() as work:
        numbers = [numbering.entry_number(work.session, 2026) for _ in range(3)]
    assert numbers == ["E-2026-0000001", "E-2026-0000002", "E-2026-0000003"]
