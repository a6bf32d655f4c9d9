"""An office with the sample city, without the command line and without OCR."""

from __future__ import annotations

from pathlib import Path

import pytest

import cli
from erecords import founding, home
from erecords.office import Office


@pytest.fixture(scope="session")
def city_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the sample city; copy it, do not change it."""
    folder = tmp_path_factory.mktemp("city") / "home"
    founding.found_sample_city(folder, cli.ASSEMBLY)
    return folder


@pytest.fixture
def office(city_home: Path, tmp_path: Path):
    """A fresh copy of the sample city, opened by the mail room's Ina Krauthammer."""
    import shutil

    folder = tmp_path / "home"
    shutil.copytree(city_home, folder)
    opened: Office = home.open_home(folder, "u-post1", cli.ASSEMBLY)
    yield opened
    opened.engine.dispose()
