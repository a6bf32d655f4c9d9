"""Fixtures that several folders of tests share."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import cli
from erecords import founding, home
from erecords.office import Office
from tests import city as sample
from tests.city import City


@pytest.fixture(scope="session", autouse=True)
def temporary_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What tests and the programs they start leave in the temporary folder lies in pytest's own, and goes with it."""
    with pytest.MonkeyPatch.context() as patch:
        folder = str(tmp_path_factory.mktemp("tmp"))
        patch.setenv("TMPDIR", folder)
        patch.setattr(tempfile, "tempdir", folder)
        yield


@pytest.fixture(scope="session")
def city_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the sample city's units, staff and plan, made once."""
    home = tmp_path_factory.mktemp("city")
    sample.load(home)
    return home


@pytest.fixture
def city(city_template: Path, tmp_path: Path) -> Iterator[City]:
    """A city of its own for this test."""
    home = tmp_path / "home"
    home.mkdir()
    found = sample.copy(city_template, home)
    yield found
    found.engine.dispose()


@pytest.fixture(scope="session")
def city_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the sample city; copy it, do not change it."""
    folder = tmp_path_factory.mktemp("city") / "home"
    founding.found_sample_city(folder, cli.ASSEMBLY)
    return folder


@pytest.fixture
def office(city_home: Path, tmp_path: Path) -> Iterator[Office]:
    """A fresh copy of the sample city, opened by Ina Krauthammer of the mail room."""
    folder = tmp_path / "home"
    shutil.copytree(city_home, folder)
    opened = home.open_home(folder, "u-post1", cli.ASSEMBLY)
    yield opened
    opened.engine.dispose()
