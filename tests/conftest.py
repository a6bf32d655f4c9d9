"""Fixtures that several folders of tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import city as sample
from tests.city import City


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
