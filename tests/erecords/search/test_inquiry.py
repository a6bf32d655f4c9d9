"""A search from question to answer: like this, inside a case, grouped, completed, and logged where it must be."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlmodel import select

from erecords.config import SearchSettings, Settings
from erecords.errors import DiskFailing, InputRefused, NotFound
from erecords.registry import cases, content, documents, finding, saved
from erecords.search import desk, indexer
from erecords.search.engines.opening import open_index
from erecords.search.errors import IndexMissing
from erecords.search.index import Kind, SearchIndex, Sort
from erecords.search.inquiry import Answer, Question, answer, suggest
from erecords.search.page import Reader
from erecords.store import audit
from erecords.store.models import AuditEntry, AuditValue, SavedSearch
from tests.city import City

LETTERS = [
    ("22.31", "u-hust1", "Hundesteuer Colditz", [
        ("Anmeldung", "Ich melde meinen Rauhaardackel Waldi zur Hundesteuer an, Transponder 276098106234567."),
        ("Bescheid", "Bescheid über die Hundesteuer für den Rauhaardackel Waldi, Kassenzeichen 22.2135807.7."),
    ]),
    ("22.31", "u-hust1", "Hundesteuer Dietze", [
        ("Abmeldung", "Mein Rauhaardackel ist gestorben, ich beende die Hundesteuer."),
    ]),
    ("10.42", "u-org1", "Satzungen", [
        ("Satzung", "Satzung über die Erhebung der Hundesteuer in der Stadt."),
        ("Benutzung", "Satzung über die Benutzung der Bibliothek in der Stadt."),
    ]),
]  # fmt: skip


@pytest.fixture(params=["tantivy", "whoosh"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def index(city: City, engine: str) -> Iterator[SearchIndex]:
    """Three case files, of which two are under tax secrecy, with five documents."""
    for notation, person, title, letters in LETTERS:
        actor = city.actor(person)
        with city.work(person) as work:
            case = cases.open_case(work, actor, class_notation=notation, title=title)
            for name, text in letters:
                stored = content.take_text(city.blobs, text)
                documents.register(
                    work, actor, city.blobs, case, title=name, name="a.txt", renditions=stored.renditions
                )
    follow(city, engine)
    found = open_index(city.home, engine)
    yield found
    found.close()


def follow(city: City, engine: str) -> None:
    settings = Settings({SearchSettings: SearchSettings(engine=engine)})
    indexer.catch_up(city.engine, indexer.Records(city.blobs), city.home, settings)


def at(city: City, index: SearchIndex, person: str) -> desk.Desk:
    return desk.of_database(city.home, index.engine, city.engine, person, city.clock, tuple)


def ask(city: City, index: SearchIndex, person: str, query: str = "", **more: object) -> Answer:
    return answer(at(city, index, person), index, Question(query=query, **more))  # type: ignore[arg-type]


def titles(found: Answer) -> list[str]:
    return [one.shown.title for one in found.hits]


def logged(city: City) -> list[AuditEntry]:
    with city.read() as session:
        return list(session.exec(select(AuditEntry).where(AuditEntry.action == "search.protected")))


def test_what_a_hit_is_is_said(city: City, index: SearchIndex) -> None:
    found = ask(city, index, "u-hust1", "Colditz OR Rauhaardackel")
    assert {(one.kind, one.shown.title) for one in found.hits} == {
        (Kind.CASE, "Hundesteuer Colditz"),
        (Kind.DOCUMENT, "Anmeldung"),
        (Kind.DOCUMENT, "Bescheid"),
        (Kind.DOCUMENT, "Abmeldung"),
    }
    assert [one.kind for one in ask(city, index, "u-hust1", "kind:akte Colditz").hits] == [Kind.CASE]


# -- nothing found


@pytest.mark.parametrize(
    ("query", "better"),
    [
        ("Coldtz", "Coldtz~"),
        ("Coldtz OR Nilpferd", "Coldtz~ OR Nilpferd~"),
        ("Rauhhardackel class:22", "Rauhhardackel~2 class:22"),
        ("title:Coldtz^2 der 22.31", "title:Coldtz~^2 der 22.31"),
    ],
)
def test_who_finds_nothing_is_told_what_a_slip_would_find(
    city: City, index: SearchIndex, query: str, better: str
) -> None:
    found = ask(city, index, "u-hust1", query)
    assert found.total == 0 and found.hint is not None and found.hint.query == better
    assert found.hint.total == ask(city, index, "u-hust1", better).total > 0


@pytest.mark.parametrize(
    ("person", "query"),
    [
        ("u-park1", "Coldtz"),  # it would be found, but not by them
        ("u-hust1", "Nilpferd"),
        ("u-hust1", "9999999"),
        ("u-hust1", '"Coldtz"'),
        ("u-hust1", "Colditz"),
    ],
)
def test_nothing_is_hinted_where_nothing_would_be_found(
    city: City, index: SearchIndex, person: str, query: str
) -> None:
    assert ask(city, index, person, query).hint is None


@pytest.mark.parametrize(
    ("query", "better", "how"),
    [
        ("Colditz oder Dietze", "Colditz ODER Dietze", "With operators in capitals"),
        ("Rauhaardackel Nilpferd", "Rauhaardackel", "Without Nilpferd"),
        ('"Satzung über die" Nilpferd Bibliothek', '"Satzung über die" Bibliothek', "Without Nilpferd"),
        (
            'Rauhaardackel "Wolpertinger im Anflug" class:22',
            "Rauhaardackel class:22",
            'Without "Wolpertinger im Anflug"',
        ),
    ],
)
def test_who_asks_too_much_is_told_what_less_would_find(
    city: City, index: SearchIndex, query: str, better: str, how: str
) -> None:
    hint = ask(city, index, "u-hust1", query).hint
    assert hint is not None and (hint.query, hint.how) == (better, how)
    assert hint.total == ask(city, index, "u-hust1", better).total > 0


def test_a_hint_stays_in_its_case(city: City, index: SearchIndex) -> None:
    hint = ask(city, index, "u-hust1", "Rauhardackel", case="22.31-2026/000002").hint
    assert hint is not None and hint.total == 1
    hint = ask(city, index, "u-hust1", "Rauhaardackel Nilpferd", case="22.31-2026/000002").hint
    assert hint is not None and (hint.query, hint.total) == ("Rauhaardackel", 1)


# -- more like this


@pytest.mark.parametrize("name", ["1", " 1 "])
def test_what_is_like_a_document_has_its_telling_words(city: City, index: SearchIndex, name: str) -> None:
    found = ask(city, index, "u-hust1", like=name)
    assert titles(found)[:2] == ["Bescheid", "Abmeldung"] or titles(found)[:2] == ["Abmeldung", "Bescheid"]
    assert "Anmeldung" not in titles(found) and "Benutzung" not in titles(found)
    assert found.total == len(found.hits)


def test_a_case_file_has_others_like_it(city: City, index: SearchIndex) -> None:
    assert "Hundesteuer Dietze" in titles(ask(city, index, "u-hust1", like="22.31-2026/1"))


def test_likeness_stays_within_the_rights(city: City, index: SearchIndex) -> None:
    """The asker sees the open statutes alone: what they are shown and counted has nothing of the tax files in it."""
    found = ask(city, index, "u-park1", like="4")
    assert titles(found) == ["Benutzung"] and found.total == 1
    for hidden in ("1", "22.31-2026/000001", "999", "E-2026-0000001"):
        with pytest.raises(NotFound) as refused:
            ask(city, index, "u-park1", like=hidden)
        assert str(refused.value) == f"There is no document, letter or case file {hidden!r} that you may see."


def test_pages_of_likeness_follow_each_other(city: City, index: SearchIndex) -> None:
    whole = titles(ask(city, index, "u-hust1", like="1"))
    assert [titles(ask(city, index, "u-hust1", like="1", limit=1, offset=n))[0] for n in range(len(whole))] == whole


def test_a_number_too_long_for_a_document_is_refused(city: City, index: SearchIndex) -> None:
    with pytest.raises(InputRefused):
        ask(city, index, "u-hust1", like="9" * 30)


# -- inside one case


def test_search_inside_a_case(city: City, index: SearchIndex) -> None:
    for spelling in ("22.31-2026/000001", "22.31-2026/1", "Az. 22.31 - 2026 / 000001"):
        found = ask(city, index, "u-hust1", "Hundesteuer", case=spelling)
        assert sorted(titles(found)) == ["Anmeldung", "Bescheid", "Hundesteuer Colditz"] and found.total == 3
    for person, reference in (("u-park1", "22.31-2026/000001"), ("u-hust1", "22.31-2026/000099")):
        with pytest.raises(NotFound, match="no case file"):
            ask(city, index, person, "Hundesteuer", case=reference)


def test_a_former_reference_names_the_case_too(city: City, index: SearchIndex) -> None:
    with city.work("u-org1") as work:
        actor = city.actor("u-org1")
        case = finding.case(work.session, actor, "10.42-2026/000001")
        moved = cases.move(work, actor, case, class_notation="10.41", reason="falsch eingeordnet")
        reference = moved.reference
    follow(city, index.engine)
    found = ask(city, index, "u-org1", "Hundesteuer", case="10.42-2026/000001")
    assert [one.shown.case for one in found.hits] == [reference]


# -- grouped by case


def test_hits_are_grouped_by_case(city: City, index: SearchIndex) -> None:
    found = ask(city, index, "u-hust1", "Hundesteuer", by_case=True)
    assert (found.total, found.cases, found.hits) == (6, 3, ())
    counts = {one.case: (one.title, one.total) for one in found.groups}
    assert counts == {
        "22.31-2026/000001": ("Hundesteuer Colditz", 3),
        "22.31-2026/000002": ("Hundesteuer Dietze", 2),
        "10.42-2026/000001": ("Satzungen", 1),
    }
    assert all(1 <= len(one.best) <= 3 and len(one.best) <= one.total for one in found.groups)
    paged = [
        ask(city, index, "u-hust1", "Hundesteuer", by_case=True, limit=1, offset=n).groups[0].case for n in range(3)
    ]
    assert paged == [one.case for one in found.groups]
    assert ask(city, index, "u-hust1", "Hundesteuer", by_case=True, offset=3).groups == ()


def test_groups_show_others_the_open_case_alone(city: City, index: SearchIndex) -> None:
    found = ask(city, index, "u-park1", "Hundesteuer", by_case=True)
    assert [(one.case, one.total) for one in found.groups] == [("10.42-2026/000001", 1)] and found.cases == 1


def test_nothing_found_is_no_group(city: City, index: SearchIndex) -> None:
    found = ask(city, index, "u-hust1", "Nilpferd", by_case=True)
    assert (found.total, found.cases, found.groups) == (0, 0, ())


# -- suggestions


def test_words_are_completed_from_titles_and_texts(city: City, index: SearchIndex) -> None:
    mine, others = at(city, index, "u-hust1"), at(city, index, "u-park1")
    assert suggest(mine, index, "rauh") == ["Rauhaardackel"] == suggest(mine, index, "RAUHA")
    assert suggest(mine, index, "Cold") == ["Colditz"]
    assert suggest(mine, index, "erheb") == ["Erhebung"] == suggest(others, index, "erheb")
    assert suggest(mine, index, "ra") == [] == suggest(mine, index, "")
    for word in ("rauh", "wald", "gestor", "Cold", "22.31-2", "Transp", "27609"):
        assert suggest(others, index, word) == []


# -- the log


def test_a_search_that_finds_protected_records_is_logged(city: City, index: SearchIndex) -> None:
    ask(city, index, "u-hust1", "Rauhaardackel", limit=1)
    (entry,) = logged(city)
    assert (entry.actor, entry.object) == ("u-hust1", "search:u-hust1")
    details = json.loads(entry.details)
    assert (details["found"], details["protected"]) == (3, {"steuergeheimnis": 3})
    assert "Rauhaardackel" not in entry.details
    with city.read() as session:
        values = session.exec(select(AuditValue).where(AuditValue.sequence == entry.sequence)).all()
        assert [(one.key, one.value) for one in values] == [("query", "Rauhaardackel")]
        assert audit.verify(session).valid


def test_each_way_of_searching_protected_records_is_logged(city: City, index: SearchIndex) -> None:
    ask(city, index, "u-dsb1", "class:22.31", limit=0)
    ask(city, index, "u-hust1", "Hundesteuer", by_case=True)
    ask(city, index, "u-hust1", "Hundesteuer", case="22.31-2026/000001")
    ask(city, index, "u-hust1", like="1")
    ask(city, index, "u-hust1", "Hundesteuer", offset=1000)
    assert [entry.actor for entry in logged(city)] == ["u-dsb1", *["u-hust1"] * 4]


def test_other_searches_are_not_logged(city: City, index: SearchIndex) -> None:
    for person, query in (("u-park1", "Hundesteuer"), ("u-hust1", "Bibliothek"), ("u-hust1", "Nilpferd")):
        ask(city, index, person, query)
    assert logged(city) == []


def quick(city: City, index: SearchIndex) -> desk.Desk:
    (city.home / "erecords.toml").write_text(f'[search]\nengine = "{index.engine}"\n')
    with city.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32))")
        connection.exec_driver_sql("DELETE FROM alembic_version")
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (desk._newest_revision(),))
    found = desk.open_quickly(city.home, "u-hust1", tuple)
    assert found is not None
    return found


def test_the_quick_desk_adds_to_the_same_chain(city: City, index: SearchIndex) -> None:
    here = quick(city, index)
    for query in ("Rauhaardackel", 'Hundesteuer OR "O\'Neill; DROP"'):
        answer(here, index, Question(query=query))
    ask(city, index, "u-hust1", "Hundesteuer")
    assert len(logged(city)) == 3
    with city.read() as session:
        assert audit.verify(session).valid


def test_what_cannot_be_logged_is_not_shown(city: City, index: SearchIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    here = quick(city, index)
    with closing(sqlite3.connect(city.home / "records.db", isolation_level=None)) as connection:
        connection.execute("CREATE TRIGGER full BEFORE INSERT ON audit_entry BEGIN SELECT RAISE(ABORT, 'full'); END")
    with pytest.raises(DiskFailing, match="must be logged"):
        answer(here, index, Question(query="Rauhaardackel"))
    assert answer(here, index, Question(query="Bibliothek")).total == 1


@pytest.mark.parametrize("how", [{"by_case": True, "query": "Hundesteuer"}, {"query": "Hundesteuer"}])
def test_what_fails_midway_is_not_logged_as_asked(
    city: City, index: SearchIndex, monkeypatch: pytest.MonkeyPatch, how: dict[str, object]
) -> None:
    """The index is taken away, or the store cannot be read, after the hits were counted."""
    plain = index.search

    def once(*given: object) -> object:
        monkeypatch.setattr(index, "search", lost)
        return plain(*given)  # type: ignore[arg-type]

    def lost(*_: object) -> None:
        raise IndexMissing("gone")

    monkeypatch.setattr(index, "search", once)
    monkeypatch.setattr(Reader, "page", lost)
    with pytest.raises(IndexMissing):
        ask(city, index, "u-hust1", **how)  # type: ignore[arg-type]
    assert logged(city) == []


# -- saved searches


def test_saved_searches_are_each_persons_own(city: City) -> None:
    with city.work("u-hust1") as work:
        saved.save(work, city.actor("u-hust1"), " Dackel ", "Rauhaardackel", {"sort": "date"})
    with city.work("u-hust1") as work:
        saved.save(work, city.actor("u-hust1"), "Dackel", "Dackel*", {})
    with city.work("u-park1") as work:
        saved.save(work, city.actor("u-park1"), "Dackel", "Parkausweis", {})
    with city.read() as session:
        rows = [(row.owner, row.name, row.query) for row in session.exec(select(SavedSearch).order_by("owner"))]
        entries = session.exec(select(AuditEntry).where(AuditEntry.action == "search.save")).all()
    assert rows == [("u-hust1", "Dackel", "Dackel*"), ("u-park1", "Dackel", "Parkausweis")]
    assert len(entries) == 3 and not any("ackel" in entry.details for entry in entries)
    with pytest.raises(NotFound), city.work("u-sta0") as work:
        saved.forget(work, city.actor("u-sta0"), "Dackel")
    with city.work("u-hust1") as work:
        saved.forget(work, city.actor("u-hust1"), "Dackel")
    with city.read() as session:
        assert [row.owner for row in session.exec(select(SavedSearch))] == ["u-park1"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "a\nb"])
def test_a_saved_search_needs_a_name(city: City, name: str) -> None:
    with pytest.raises(InputRefused), city.work("u-hust1") as work:
        saved.save(work, city.actor("u-hust1"), name, "Hund", {})


def test_who_leaves_the_staff_list_leaves_no_searches(city: City, tmp_path: Path) -> None:
    from erecords.registry import org

    with city.work("u-hust1") as work:
        saved.save(work, city.actor("u-hust1"), "Dackel", "Rauhaardackel", {})
    lines = "id,name,unit,role\nu-it1,Mirko Seidenstücker,10.3,administration\n"
    (tmp_path / "staff.csv").write_text(lines, encoding="utf-8")
    with city.work("u-it1") as work:
        org.import_staff(work, city.actor("u-it1"), tmp_path / "staff.csv")
    with city.read() as session:
        assert session.exec(select(SavedSearch)).all() == []


def test_sorting_counts_in_groups(city: City, index: SearchIndex) -> None:
    found = ask(city, index, "u-hust1", "Hundesteuer", by_case=True, sort=Sort.REFERENCE)
    assert [one.case for one in found.groups] == ["10.42-2026/000001", "22.31-2026/000001", "22.31-2026/000002"]
