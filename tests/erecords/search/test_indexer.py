"""The way from the records to the index, on real databases, with both engines."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from erecords.config import SearchSettings, Settings
from erecords.registry import cases, content, documents, finding, saved
from erecords.search import desk, indexer
from erecords.search.engines.opening import folder, open_index
from erecords.search.index import Rights, Want
from erecords.search.page import Reader
from erecords.search.query import parse
from erecords.store import audit
from erecords.store.lifecycle import OutboxOperation
from erecords.store.models import AuditValue, Document, DocumentVersion, Rendition
from tests.city import City

ALL = Rights(everything=True)


@pytest.fixture(params=["tantivy", "whoosh"])
def settings(request: pytest.FixtureRequest) -> Settings:
    return Settings({SearchSettings: SearchSettings(engine=request.param)})


def add(city: City, title: str, text: str, *, notation: str = "22.31", actor: str = "u-hust1") -> str:
    """A case with one document; returns its reference."""
    person = city.actor(actor)
    with city.work(actor) as work:
        case = cases.open_case(work, person, class_notation=notation, title=f"Akte {title}")
        stored = content.take_text(city.blobs, text)
        documents.register(work, person, city.blobs, case, title=title, name="brief.txt", renditions=stored.renditions)
        return case.reference


def catch_up(city: City, settings: Settings) -> None:
    indexer.catch_up(city.engine, indexer.Records(city.blobs), city.home, settings)


def findings(city: City, settings: Settings) -> list[str]:
    return list(indexer.check(city.engine, indexer.Records(city.blobs), city.home, settings))


def found(city: City, settings: Settings, query: str, rights: Rights = ALL) -> set[str]:
    index = open_index(city.home, settings.section(SearchSettings).engine)
    hits = {hit.id for hit in index.search(parse(query), rights, Want()).hits}
    index.close()
    return hits


def test_what_was_committed_is_found(city: City, settings: Settings) -> None:
    add(city, "Bescheid", "Der Rauhaardackel bellt")
    catch_up(city, settings)
    assert found(city, settings, "Rauhaardackel") == {"document:1"}
    assert found(city, settings, "title:Akte") == {"case:1"}
    assert findings(city, settings) == []
    assert found(city, settings, "Rauhaardackel", Rights()) == set()
    assert found(city, settings, "Rauhaardackel", Rights(units=frozenset({"22.3"}))) == {"document:1"}


def test_changes_of_a_case_reach_its_documents(city: City, settings: Settings) -> None:
    reference = add(city, "Bescheid", "Rauhaardackel")
    catch_up(city, settings)
    with city.work("u-hust1") as work:
        actor = city.actor("u-hust1")
        cases.close(work, actor, finding.case(work.session, actor, reference))
    catch_up(city, settings)
    assert found(city, settings, "state:closed") == {"case:1", "document:1"}
    assert found(city, settings, "state:open") == set()
    assert findings(city, settings) == []


def destroy(city: City, number: int) -> None:
    """What the deletion gate does, as far as search is concerned."""
    with city.work("u-dsb1") as work:
        for version in work.session.exec(select(DocumentVersion).where(DocumentVersion.document_id == number)):
            for row in work.session.exec(select(Rendition).where(Rendition.version_id == version.id)):
                work.session.delete(row)
                work.log("test.erase", "test:1", row)
            work.session.flush()
            work.session.delete(version)
            work.log("test.erase", "test:1", version)
        row = work.session.get_one(Document, number)
        work.session.delete(row)
        work.log("test.erase", "test:1", row)
        work.index("document", number, OutboxOperation.REMOVE)


def asked(city: City, query: str) -> None:
    """What the log of searches keeps of a query."""
    with city.work("u-hust1") as work:
        work.log("search.protected", "search:u-hust1", personal={"query": query}, found=1)


def living(city: City) -> set[str]:
    with city.read() as session:
        return set(session.exec(select(AuditValue.value).where(AuditValue.key == "query")))


@pytest.mark.parametrize("how", ["present", "missing", "outdated"])
def test_queries_that_only_a_destroyed_record_explains_go_with_it(city: City, settings: Settings, how: str) -> None:
    """Also where the index that could tell so was lost, or is made anew before it learnt of the destruction."""
    add(city, "Streng", "Der Rauhaardackel bellt")
    add(city, "Bleibt", "Ein Pudel bellt")
    catch_up(city, settings)
    for query in ("Rauhaardackel", "Rauhaardackel OR Pudel", "Pudel bellt", "Streng NOT Pudel", "bellt"):
        asked(city, query)
    with city.work("u-hust1") as work:
        saved.save(work, city.actor("u-hust1"), "Pudel", "Pudel state:closed", {})
    destroy(city, 1)
    place = folder(city.home, settings.section(SearchSettings).engine)
    if how == "missing":
        shutil.rmtree(place)
    elif how == "outdated":
        (place / "index.json").write_text("{}")
    assert len(living(city)) == 6
    indexer.rebuild(city.engine, indexer.Records(city.blobs), city.home, settings)
    assert living(city) == {"Pudel bellt", "Streng NOT Pudel", "bellt", "Pudel state:closed"}
    with city.read() as session:
        assert audit.verify(session).valid


def test_a_rebuild_without_a_destruction_forgets_nothing(city: City, settings: Settings) -> None:
    add(city, "Bleibt", "Ein Pudel bellt")
    asked(city, "Nilpferd")
    catch_up(city, settings)
    assert living(city) == {"Nilpferd"}


def test_what_was_destroyed_is_gone_from_the_files(city: City, settings: Settings) -> None:
    add(city, "Streng", "Der Rauhaardackel bellt")
    add(city, "Bleibt", "Ein Pudel")
    catch_up(city, settings)
    destroy(city, 1)
    catch_up(city, settings)
    place = folder(city.home, settings.section(SearchSettings).engine)
    files = b"".join(path.read_bytes() for path in place.rglob("*") if path.is_file())
    assert b"auhaardacke" not in files.lower() and b"document:1" not in files
    assert found(city, settings, "Rauhaardackel") == set()
    assert found(city, settings, "Pudel") == {"document:2"}
    assert findings(city, settings) == []


def test_nothing_is_lost_between_commit_and_index(city: City, settings: Settings) -> None:
    add(city, "Eins", "Alpha")
    catch_up(city, settings)
    add(city, "Zwei", "Beta")
    add(city, "Drei", "Gamma")  # the program stopped before it caught up
    assert any("4 changes" in one for one in findings(city, settings))
    assert any("document:3 is missing" in one for one in findings(city, settings))
    catch_up(city, settings)
    assert found(city, settings, "Beta OR Gamma") == {"document:2", "document:3"}
    assert findings(city, settings) == []


def test_check_finds_missing_surplus_and_stale(city: City, settings: Settings) -> None:
    for name in ("Eins", "Zwei", "Drei"):
        add(city, name, "Text")
    catch_up(city, settings)
    index = open_index(city.home, settings.section(SearchSettings).engine)
    with Session(city.engine) as session:
        entries = indexer._entries(session, indexer.Records(city.blobs), ["document:1", "document:2"])
    one, two = entries["document:1"], entries["document:2"]
    assert one is not None and two is not None
    index.apply([replace(one, text="anders"), replace(two, id="document:99")], ["document:3"], 0)
    index.commit()
    index.close()
    said = findings(city, settings)
    assert len(said) == 3
    assert any("document:1 stands in the search index as it was before" in one for one in said)
    assert any("document:3 is missing" in one for one in said)
    assert any("document:99 is in the search index but not in the records" in one for one in said)
    indexer.rebuild(city.engine, indexer.Records(city.blobs), city.home, settings)
    assert findings(city, settings) == []


def rebuilt(city: City, settings: Settings, meanwhile: Callable[[], None]) -> None:
    """Rebuild, and do something else after the records were read and before the switch."""
    done: list[int] = []

    def progress(count: int) -> None:
        done.append(count)
        meanwhile()

    indexer.rebuild(city.engine, indexer.Records(city.blobs), city.home, settings, progress)
    assert len(done) == 1
    assert findings(city, settings) == []


def test_letters_filed_during_a_rebuild_are_found_then_and_afterwards(city: City, settings: Settings) -> None:
    add(city, "Eins", "Alpha")
    catch_up(city, settings)
    seen: list[set[str]] = []

    def file() -> None:
        add(city, "Zwei", "Beta")
        catch_up(city, settings)
        seen.append(found(city, settings, "Beta"))

    rebuilt(city, settings, file)
    assert seen == [{"document:2"}] == [found(city, settings, "Beta")]


def test_what_is_destroyed_during_a_rebuild_is_gone_after_it(
    city: City, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(city, "Streng", "Der Rauhaardackel bellt")
    catch_up(city, settings)
    monkeypatch.setattr(indexer, "_PATIENCE", 0.1)

    def erase() -> None:
        destroy(city, 1)
        catch_up(city, settings)

    rebuilt(city, settings, erase)
    place = folder(city.home, settings.section(SearchSettings).engine)
    files = b"".join(path.read_bytes() for path in place.rglob("*") if path.is_file())
    assert b"auhaardacke" not in files.lower() and b"document:1" not in files


def test_two_rebuilds_at_once_are_one(city: City, settings: Settings) -> None:
    from erecords.errors import Conflict

    add(city, "Eins", "Alpha")
    catch_up(city, settings)

    def again() -> None:
        with pytest.raises(Conflict, match="Nothing was changed"):
            indexer.rebuild(city.engine, indexer.Records(city.blobs), city.home, settings)

    rebuilt(city, settings, again)
    assert found(city, settings, "Alpha") == {"document:1"}


def test_check_tells_that_there_is_no_index(city: City, settings: Settings) -> None:
    assert "There is no search index yet" in findings(city, settings)[0]


def test_damaged_text_stops_nobody(city: City, settings: Settings) -> None:
    add(city, "Eins", "Alpha")
    add(city, "Zwei", "Beta")
    with city.read() as session:
        texts = session.exec(select(Rendition).where(Rendition.kind == "text")).all()
    city.blobs.path(texts[0].sha512).unlink()
    catch_up(city, settings)
    assert found(city, settings, "Beta") == {"document:2"}
    assert any("document:1 is missing" in one for one in findings(city, settings))


def test_while_another_process_writes_the_work_waits_for_its_turn(
    city: City, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(city, "Eins", "Alpha")
    catch_up(city, settings)
    busy = open_index(city.home, settings.section(SearchSettings).engine)
    busy.apply([], [], 0)
    add(city, "Zwei", "Beta")
    monkeypatch.setattr(indexer, "_PATIENCE", 0.2)
    catch_up(city, settings)
    assert found(city, settings, "Beta") == set()
    monkeypatch.setattr(indexer, "_PATIENCE", 5.0)
    thread = threading.Timer(0.3, busy.close)
    thread.start()
    catch_up(city, settings)
    thread.join()
    assert found(city, settings, "Beta") == {"document:2"}


KILLED = """
import sys
from pathlib import Path
from erecords.config import SearchSettings, Settings
from erecords.search import indexer
from erecords.store.blobs import BlobStore
from erecords.store.db import connect
home = Path(sys.argv[1])
settings = Settings({SearchSettings: SearchSettings(engine=sys.argv[2])})
print("ready", flush=True)
indexer.catch_up(connect("", home), indexer.Records(BlobStore(home / "store")), home, settings)
"""


@pytest.mark.parametrize("moment", [0.0, 0.02, 0.05, 0.1])
def test_killed_at_any_moment_the_next_run_completes(city: City, settings: Settings, moment: float) -> None:
    add(city, "Null", "Anfang")
    catch_up(city, settings)
    for number in range(8):
        add(city, f"Brief {number}", f"Wort{number}")
    command = [sys.executable, "-c", KILLED, str(city.home), settings.section(SearchSettings).engine]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(moment)
    process.kill()
    process.communicate()
    catch_up(city, settings)
    assert findings(city, settings) == []
    assert len(found(city, settings, "Brief")) == 16


# -- the desk: rights and rows without the object-relational layer


def rows_of(city: City) -> Any:
    def rows(query: str, values: Any) -> list[Any]:
        with city.engine.connect() as connection:
            return list(connection.exec_driver_sql(query, tuple(values)).fetchall())

    return rows


def test_the_desk_gives_everybody_the_rights_of_the_registry(city: City) -> None:
    from erecords.registry.access import Right
    from erecords.store.models import Staff

    with city.work("u-org1") as work:
        for deputy, absent in (("u-hust1", "u-sta0"), ("u-bg1", "u-dsb1")):
            row = work.session.get_one(Staff, absent)
            row.deputy, row.absent_from, row.absent_to = deputy, city.clock.today(), city.clock.today()
            work.log("test.absent", "test:1", row)
    with city.read() as session:
        people = list(session.exec(select(Staff.id)))
    assert len(people) > 30
    for person in people:
        actor = city.actor(person)
        rights = desk.rights_of(rows_of(city), person, city.clock.today())
        assert rights == Rights(
            everything=actor.may(Right.SEE_ALL_CONTENT),
            units=actor.units,
            mail_book=actor.may(Right.MAIL_ROOM) or actor.may(Right.READ_LOG),
        ), person
    assert desk.rights_of(rows_of(city), "u-hust1", city.clock.today()).units > {"22.1", "22.3"}


def test_the_desk_shows_a_page_within_the_rights(city: City, tmp_path: Path) -> None:
    from erecords.errors import NotPermitted
    from erecords.search.index import Hit

    add(city, "Bescheid", "Der Rauhaardackel bellt")
    hits = [Hit("document:1", 1.5), Hit("case:1", 1.0), Hit("document:99", 0.5)]
    rows = rows_of(city)
    theirs = Reader(city.home, desk.rights_of(rows, "u-hust1", city.clock.today()), rows, tuple)
    page = theirs.page(hits, parse("Rauhaardackel"))
    assert [(one.shown.document, one.shown.title, one.snippet.text) for one in page] == [
        (1, "Bescheid", "Der Rauhaardackel bellt"),
        (None, "Akte Bescheid", ""),
    ]
    assert page[0].snippet.marks == ((4, 17),)
    others = Reader(city.home, desk.rights_of(rows, "u-park1", city.clock.today()), rows, tuple)
    assert others.page(hits, parse("Rauhaardackel")) == []
    with pytest.raises(NotPermitted):
        desk.rights_of(rows, "niemand", city.clock.today())


@pytest.mark.parametrize("spoil", ["toml", "newer", "url", "database", "actor", "revision", "environment"])
def test_what_is_out_of_the_ordinary_is_left_to_the_office(
    city: City, spoil: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"newer": "[city]\nformat = 99\n", "url": '[database]\nurl = "x"\n', "toml": "= ="}.get(
        spoil, "[city]\n"
    )
    (city.home / "erecords.toml").write_text(settings)
    with city.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        newest = "9999" if spoil == "revision" else desk._newest_revision()
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (newest,))
    if spoil == "database":
        (city.home / "records.db").rename(city.home / "elsewhere.db")
    if spoil == "environment":
        monkeypatch.setenv("ERECORDS_SEARCH__ENGINE", "whoosh")
    assert desk.open_quickly(city.home, "niemand" if spoil == "actor" else "u-hust1", tuple) is None


def test_an_ordinary_home_is_opened_quickly(city: City) -> None:
    (city.home / "erecords.toml").write_text('[search]\nengine = "whoosh"\n')
    with city.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (desk._newest_revision(),))
    opened = desk.open_quickly(city.home, "u-hust1", tuple)
    assert opened is not None and opened.engine == "whoosh" and "22.3" in opened.rights.units
    from erecords.store import migrations

    assert desk._newest_revision() == migrations.HEAD


def test_a_search_loads_neither_tables_nor_the_other_engine() -> None:
    program = (
        "import sys, erecords.commands.search, erecords.search.desk, erecords.search.transactions; "
        "import erecords.search.engines.tantivy_index; "
        "print([m for m in ('whoosh', 'sqlalchemy', 'sqlmodel', 'pydantic', 'alembic', 'ocrmypdf', 'rapidfuzz')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
