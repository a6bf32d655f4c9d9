from datetime import date

import pytest
from sqlmodel import select

from erecords.errors import NotFound, NotPermitted
from retention.errors import FourEyes, ScheduleRefused
from retention.models import Rule
from retention.periods import importer, rules
from tests.retention.city import DATA

HEAD = "id,title,years,days,trigger,start,kind,disposal,basis,checked,source,note\n"
LINE = "R-X,Titel,10,,zda,jahresende,min,B,ortsregel,nein,Quelle,\n"


def schedule(tmp_path, *lines, head=HEAD):
    path = tmp_path / "schedule.csv"
    path.write_text(head + "".join(lines), encoding="utf-8")
    return path


def take(city, path, **options):
    with city.work(city.manager) as work:
        return importer.import_schedule(work, city.manager, path, **options)


def version(city, rule_id="R-X", on=None):
    with city.read() as session:
        return rules.in_force(session, on or city.clock.today()).get(rule_id)


def test_the_sample_schedule_is_read_whole():
    rows = importer.read(DATA / "retention_schedule.csv")
    assert len(rows) == 54
    assert {row.kind.value for row in rows} == {"min", "max", "fix"}


def test_a_first_import_applies_to_the_past_too(city, tmp_path):
    diff = take(city, schedule(tmp_path, LINE))
    assert diff.added == ("R-X",) and len(diff.missing) == 54 and diff.unconfirmed == ()
    assert version(city, on=date(1950, 1, 1)).years == 10


def test_the_same_again_changes_nothing(city, tmp_path):
    take(city, schedule(tmp_path, LINE))
    diff = take(city, schedule(tmp_path, LINE))
    assert diff.unchanged == ("R-X",) and not diff.changed
    assert version(city).version == 1


def test_a_longer_period_applies_from_its_day(city, tmp_path):
    take(city, schedule(tmp_path, LINE))
    diff = take(city, schedule(tmp_path, LINE.replace("10", "12")), valid_from=date(2027, 1, 1))
    assert diff.changed == ("R-X",) and diff.unconfirmed == ()
    assert version(city, on=date(2026, 12, 31)).years == 10
    assert version(city, on=date(2027, 1, 1)).years == 12


@pytest.mark.parametrize(
    ("old", "new"),
    [(",10,", ",8,"), (",min,", ",max,"), (",B,", ",V,"), (",zda,", ",tod,"), ("jahresende", "ereignis")],
)
def test_what_could_shorten_waits_for_a_second_person(city, tmp_path, old, new):
    take(city, schedule(tmp_path, LINE))
    diff = take(city, schedule(tmp_path, LINE.replace(old, new)))
    assert diff.unconfirmed == ("R-X",)
    assert version(city).version == 1
    with pytest.raises(FourEyes), city.work(city.manager) as work:
        importer.confirm(work, city.manager, "R-X")
    with pytest.raises(NotPermitted), city.work(city.archivist) as work:
        importer.confirm(work, city.archivist, "R-X")
    with city.work(city.head) as work:
        importer.confirm(work, city.head, "R-X")
    assert version(city).version == 2
    with pytest.raises(NotFound), city.work(city.head) as work:
        importer.confirm(work, city.head, "R-X")


def test_a_changed_rule_says_how_many_cases_it_touches(city, tmp_path):
    city.case("10.5")
    line = next(
        line for line in (DATA / "retention_schedule.csv").read_text().splitlines() if line.startswith("R-DSGVO")
    )
    path = schedule(tmp_path, line.replace(",3,", ",2,") + "\n")
    for day, counts in ((date(2028, 12, 31), (0, 0)), (date(2029, 1, 1), (0, 1)), (date(2030, 1, 1), (1, 1))):
        with city.read() as session:
            diff = importer.preview(session, city.manager, path, day)
        assert (diff.affected, diff.due) == ({"R-DSGVO": 1}, {"R-DSGVO": counts})
    with city.read() as session:
        assert session.exec(select(Rule.version).where(Rule.id == "R-DSGVO")).all() == [1]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (LINE.replace("10", "zehn"), "line 2: years"),
        (LINE.replace("10", "-1"), "line 2: years"),
        (LINE.replace(",zda,", ",,"), "line 2: trigger"),
        (LINE.replace("jahresende", "immer"), "line 2: start"),
        (LINE.replace("ortsregel", ""), "line 2: basis"),
        (LINE.replace("Quelle", ""), "line 2: source"),
        (LINE + LINE, "line 3: rule R-X stands in the file twice"),
        ("R-X,Titel\n", "line 2: the number of columns"),
        ("", "holds no rule"),
        ("\x00", "line 2: the number of columns"),
    ],
)
def test_mistakes_are_named_with_their_line(city, tmp_path, text, found):
    with pytest.raises(ScheduleRefused, match=found):
        take(city, schedule(tmp_path, text))


def test_an_unknown_column_is_refused(city, tmp_path):
    with pytest.raises(ScheduleRefused, match="colour"):
        take(city, schedule(tmp_path, "R-X,rot\n", head="id,colour\n"))


def test_only_who_keeps_the_schedule_imports(city, tmp_path):
    with pytest.raises(NotPermitted), city.work(city.archivist) as work:
        importer.import_schedule(work, city.archivist, schedule(tmp_path, LINE))
