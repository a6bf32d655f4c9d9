import shutil
from pathlib import Path

import pytest

from tests.retention.city import City


@pytest.fixture(scope="session")
def template(tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("template")
    City(home).engine.dispose()
    return home


@pytest.fixture
def city(template: Path, tmp_path: Path):
    home = tmp_path / "home"
    shutil.copytree(template, home)
    city = City(home)
    yield city
    city.engine.dispose()
