import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

import cli
import erecords
from erecords import founding, home
from erecords.errors import Conflict, InputRefused, NotAHome, NotPermitted, StoreDamaged
from erecords.office import Assembly


def test_the_sample_city_is_loaded(office):
    with office.read() as session:
        counts = [
            session.connection().execute(text(f"SELECT count(*) FROM {table}")).scalar()
            for table in ("unit", "staff", "plan_class", "retention_rule")
        ]
    assert counts == [38, 44, 85, 54]
    assert (office.registers / "document_types.toml").is_file()


def test_a_failed_founding_leaves_nothing(tmp_path):
    with pytest.raises(ModuleNotFoundError):
        founding.found_sample_city(tmp_path / "home", Assembly(parts=("no_such_package:PART",)))
    assert not (tmp_path / "home").exists()


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(Conflict, match="not empty"):
        founding.found_sample_city(tmp_path, cli.ASSEMBLY)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_records_do_not_lie_in_code():
    package = Path(erecords.__file__).parent
    for folder in (package / "records", package.parent):
        with pytest.raises((InputRefused, Conflict)):
            founding.found_sample_city(folder, cli.ASSEMBLY)
    assert not (package / "records").exists()


def test_a_home_with_a_first_person(tmp_path):
    founding.found_with_admin(tmp_path / "home", cli.ASSEMBLY, "Ina Krauthammer", "ina")
    opened = home.open_home(tmp_path / "home", "ina", cli.ASSEMBLY)
    assert opened.actor.name == "Ina Krauthammer" and opened.actor.role == "administration"
    opened.engine.dispose()


def test_an_unknown_person_is_refused(office):
    with pytest.raises(NotPermitted, match=r"staff list.*ask Mirko Seidenstücker \(u-it1\)"):
        home.open_home(office.home, "nobody", cli.ASSEMBLY)


def test_a_home_without_its_database_gets_no_empty_one(tmp_path):
    folder = tmp_path / "home"
    founding.found_with_admin(folder, cli.ASSEMBLY, "Ina Krauthammer", "ina")
    for file in folder.glob("records.db*"):
        file.unlink()
    for action in (home.open_home, lambda h, _a, assembly: home.upgrade(h, assembly)):
        with pytest.raises(StoreDamaged, match="is missing"):
            action(folder, "ina", cli.ASSEMBLY)
    assert list(folder.glob("records.db*")) == []


def test_a_file_is_no_home_and_becomes_none(tmp_path):
    file = tmp_path / "file"
    file.write_text("x")
    with pytest.raises(NotAHome, match="no home"):
        home.open_home(file, "ina", cli.ASSEMBLY)
    with pytest.raises(Conflict, match="is a file"):
        founding.found_with_admin(file, cli.ASSEMBLY, "Ina Krauthammer", "ina")
    assert file.read_text() == "x"


@pytest.mark.parametrize("revision", ["9999", "abcd"])
def test_a_newer_database_is_refused_and_not_touched(city_home, tmp_path, revision):
    folder = tmp_path / "home"
    shutil.copytree(city_home, folder)
    opened = home.open_home(folder, "u-post1", cli.ASSEMBLY)
    with opened.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    opened.engine.dispose()
    before = (folder / "records.db").read_bytes()
    for action in (home.open_home, lambda h, _a, assembly: home.upgrade(h, assembly)):
        with pytest.raises(NotAHome, match=revision):
            action(folder, "u-post1", cli.ASSEMBLY)
    assert (folder / "records.db").read_bytes() == before
