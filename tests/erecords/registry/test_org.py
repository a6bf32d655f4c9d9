import csv
import io
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from erecords.errors import Conflict, InputRefused, NotFound, NotPermitted
from erecords.registry import cases, org
from erecords.store.models import AuditEntry, Staff, Unit
from tests.city import DATA, INIT, City


def units_file(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "offices.csv"
    path.write_text("\n".join(["id,parent,kind,title,short,mailbox,tasks", *lines]), encoding="utf-8")
    return path


def staff_file(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "staff.csv"
    path.write_text("\n".join(["id,name,unit,role,deputy,absent_from,absent_to,may_sign", *lines]), encoding="utf-8")
    return path


def log_length(city: City) -> int:
    with city.read() as session:
        return len(session.exec(select(AuditEntry.sequence)).all())


def test_the_sample_city_is_complete(city):
    with city.read() as session:
        assert len(org.units(session)) == 38
        assert len(org.staff(session)) == 44
        assert [person.id for person in org.staff(session, "22.3")] == ["u-hust1", "u-hust2"]
        assert org.unit(session, "22.3").parent == "22"
        with pytest.raises(NotFound, match=r"99\.9"):
            org.unit(session, "99.9")


@pytest.mark.parametrize("service", [org.import_units, org.import_staff])
def test_the_same_list_again_changes_nothing_and_logs_nothing(city, service):
    before = log_length(city)
    path = DATA / ("offices.csv" if service is org.import_units else "staff.csv")
    with city.work("u-it1") as work:
        report = service(work, city.actor("u-it1"), path)
    assert report.added == report.changed == report.removed == report.kept == ()
    assert report.unchanged in (38, 44)
    assert log_length(city) == before


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["1,,amt,Amt"], "line 2, column tasks: the row has 4 cells, the header 7"),
        ([",,amt,Amt,,,"], "line 2, column id: must not be empty"),
        (["1,,amt,,,,"], "line 2, column title: must not be empty"),
        (["1,,amt,Amt,,,", "1,,amt,Amt,,,"], "line 3, column id: '1' stands already on line 2"),
        (["1,9,amt,Amt,,,"], "line 2, column parent: there is no unit '9' in this list"),
        (["1,2,amt,Amt,,,", "2,1,amt,Amt,,,"], "line 2, column parent: unit '1' is its own superior"),
        (["1,1,amt,Amt,,,"], "line 2, column parent: unit '1' is its own superior"),
        (['1,,amt,Amt,,,"x', 'y"', "1/2,,amt,Amt,,,"], "line 4, column id: "),
        (["1,,amt,A\x07mt,,,"], "line 2, column title: "),
        (['1,,amt,"Amt,,,'], "line 2: "),
    ],
)
def test_a_mistake_is_named_by_file_line_and_column_and_nothing_is_taken(city, tmp_path, lines, said):
    path = units_file(tmp_path, *lines, *([] if '"Amt' in lines[0] else ["77,,amt,Neu,,,"]))
    with pytest.raises(InputRefused) as error, city.work("u-it1") as work:
        org.import_units(work, city.actor("u-it1"), path)
    assert str(error.value).startswith(f"offices.csv: {said}") and "Nothing was changed." in str(error.value)
    with city.read() as session:
        assert session.get(Unit, "77") is None and len(org.units(session)) == 38


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("id,parent,kind", "column 'title' is missing"),
        ("id,kind,title,colour", "column 'colour' is unknown"),
        ("id,kind,title,id", "column 'id' stands there twice"),
        ("", "column 'id' is missing"),
    ],
)
def test_wrong_columns_are_named(city, tmp_path, header, said):
    path = tmp_path / "offices.csv"
    path.write_text(f"{header}\n1,,amt\n")
    with pytest.raises(InputRefused, match=said), city.work("u-it1") as work:
        org.import_units(work, city.actor("u-it1"), path)


@pytest.mark.parametrize("data", [b"id,kind,title\n1,amt,\xfcber", b"\x00" * 20, None])
def test_what_is_no_list_is_refused(city, tmp_path, data):
    path = tmp_path / "offices.csv"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(InputRefused), city.work("u-it1") as work:
        org.import_units(work, city.actor("u-it1"), path)


def test_a_list_of_another_program_is_understood(city, tmp_path):
    """Semicolons, byte order mark and line ends of a spreadsheet."""
    path = tmp_path / "offices.csv"
    text = (DATA / "offices.csv").read_text(encoding="utf-8") + '99,,amt,"Neues; Amt",NEU,,\n'
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerows(csv.reader(io.StringIO(text)))
    path.write_bytes(out.getvalue().encode("utf-8-sig"))
    with city.work("u-it1") as work:
        report = org.import_units(work, city.actor("u-it1"), path)
    assert report.added == ("99",) and report.unchanged == 38


def test_a_unit_in_use_is_kept_and_another_goes(city, tmp_path):
    added = (DATA / "offices.csv").read_text(
        encoding="utf-8"
    ).rstrip() + "\n99,,amt,Neu,,,\n99.1,99,sachgebiet,Neu,,,\n"
    path = tmp_path / "offices.csv"
    path.write_text(added, encoding="utf-8")
    with city.work("u-it1") as work:
        assert org.import_units(work, city.actor("u-it1"), path).added == ("99", "99.1")
    with city.work("u-it1") as work:
        report = org.import_units(work, city.actor("u-it1"), units_file(tmp_path, "10,,amt,Hauptamt,,,"))
    assert report.removed == ("99.1", "99") and report.changed == ("10",)
    assert "22.3" in report.kept and "22" in report.kept


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("u-x,Name,99,sachbearbeitung,,,,nein", "column unit: there is no unit '99'"),
        ("u-x,Name,10,chef,,,,nein", "column role: "),
        ("u-x,Name,10,leitung,u-y,,,nein", "column deputy: 'u-y' is no other person"),
        ("u-x,Name,10,leitung,u-x,,,nein", "column deputy: 'u-x' is no other person"),
        ("u-x,Name,10,leitung,,2026-01-01,,nein", "column absent_to: an absence needs both"),
        ("u-x,Name,10,leitung,,2026-01-02,2026-01-01,nein", "column absent_to: the absence ends before"),
        ("u-x,Name,10,leitung,,gestern,,nein", "column absent_from: "),
        ("u-x,Name,10,leitung,,,,vielleicht", "column may_sign: "),
        ("system:mailroom,Name,10,leitung,,,,nein", "column id: 'system:mailroom' begins like"),
    ],
)
def test_mistakes_in_the_staff_list(city, tmp_path, line, said):
    path = staff_file(tmp_path, "u-it1,Mirko Seidenstücker,10.3,administration,,,,nein", line)
    with pytest.raises(InputRefused, match="line 3, ") as error, city.work("u-it1") as work:
        org.import_staff(work, city.actor("u-it1"), path)
    assert said in str(error.value)


def test_nobody_locks_himself_out(city, tmp_path):
    with pytest.raises(InputRefused, match="lock yourself out"), city.work("u-it1") as work:
        org.import_staff(work, city.actor("u-it1"), staff_file(tmp_path, "u-x,Name,10,administration,,,,nein"))


def test_names_and_absences_stay_out_of_the_chain(city):
    with city.work("u-it1") as work:
        org.set_absence(
            work, city.actor("u-it1"), "u-hust1", first=date(2026, 12, 1), last=date(2026, 12, 11), deputy="u-hust2"
        )
    with city.read() as session:
        details = " ".join(session.exec(select(AuditEntry.details).where(AuditEntry.object.like("user:%"))))
    assert "Ebersbach" not in details and "2026-12" not in details and "u-hust2" in details


def test_a_deputy_acts_for_the_unit_while_the_person_is_absent(city):
    assert "63.1" not in city.actor("u-hust2").units
    with city.work("u-boa0") as work:
        org.set_absence(
            work, city.actor("u-boa0"), "u-baug1", first=date(2026, 11, 22), last=date(2026, 11, 23), deputy="u-hust2"
        )
    assert "63.1" in city.actor("u-hust2").units
    city.clock.advance(timedelta(days=1))
    assert "63.1" in city.actor("u-hust2").units
    city.clock.advance(timedelta(days=1))
    assert "63.1" not in city.actor("u-hust2").units


@pytest.mark.parametrize(
    ("actor", "allowed"), [("u-hust1", True), ("u-sta0", True), ("u-it1", True), ("u-hust2", False), ("u-boa0", False)]
)
def test_who_may_enter_an_absence(city, actor, allowed):
    first, last = date(2026, 12, 1), date(2026, 12, 2)
    with city.work(actor) as work:
        if allowed:
            assert org.set_absence(work, city.actor(actor), "u-hust1", first=first, last=last).absent_to == last
        else:
            with pytest.raises(NotPermitted):
                org.set_absence(work, city.actor(actor), "u-hust1", first=first, last=last)


@pytest.mark.parametrize(
    ("user", "days", "deputy", "error"),
    [
        ("u-nobody", (1, 2), None, NotFound),
        ("u-hust1", (2, 1), None, InputRefused),
        ("u-hust1", (1, 2), "u-hust1", InputRefused),
        ("u-hust1", (1, 2), "u-nobody", NotFound),
        ("u-baug1", (1, 2), None, InputRefused),
    ],
)
def test_an_absence_that_makes_no_sense_is_refused(city, user, days, deputy, error):
    with pytest.raises(error), city.work("u-it1") as work:
        first, last = (date(2026, 12, day) for day in days)
        org.set_absence(work, city.actor("u-it1"), user, first=first, last=last, deputy=deputy)


def test_the_first_administrator_is_entered_once(city, tmp_path):
    with pytest.raises(Conflict, match="staff already"), city.work(INIT.id) as work:
        org.first_administrator(work, INIT, user_id="root", name="Ina Krauthammer")
    with city.work(INIT.id) as work:
        org.import_staff(work, INIT, staff_file(tmp_path))
    with city.work(INIT.id) as work:
        org.first_administrator(work, INIT, user_id="root", name="Ina Krauthammer")
    with city.read() as session:
        assert session.exec(select(Staff.id)).all() == ["root"]
    assert city.actor("root").units == {"verwaltung"}
    with pytest.raises(NotPermitted), city.work("root") as work:
        cases.open_case(work, city.actor("root"), class_notation="22.31", title="Hundesteuer")
