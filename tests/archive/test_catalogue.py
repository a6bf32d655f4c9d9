"""The derived list of the holdings."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from archive.catalogue import Catalogue, Holding, PackageFormats
from erecords.errors import DiskFailing

FORMATS = PackageFormats("tool", (("fmt/477", "PDF/A", 3, 60_000, 0),))


def holding(number: int, title: str) -> Holding:
    name = f"22.31-2026/{number:06d}"
    return Holding(f"erecords:case:{name}", name, title, 1, 1, "2026-01-01", "22.31", "32", "v1", "0" * 128, False)


def put(catalogue: Catalogue, number: int, title: str) -> None:
    catalogue.put(holding(number, title), {"title": title}, number + 1, FORMATS)


@contextmanager
def counted_steps(catalogue: Catalogue) -> Iterator[list[int]]:
    """Counts hundreds of steps of the database's machine."""
    steps = [0]

    def count() -> int:
        steps[0] += 1
        return 0

    with catalogue._connect() as connection:
        connection.set_progress_handler(count, 100)
        yield steps
        connection.set_progress_handler(None, 0)


def test_a_package_put_again_is_found_by_its_new_words_alone(tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path / "catalogue.db")
    put(catalogue, 1, "Marktplatz")
    put(catalogue, 2, "Rathaus")
    put(catalogue, 1, "Stadtpark")
    assert catalogue.search("Marktplatz") == ()
    assert [found.title for found in catalogue.search("Stadtpark")] == ["Stadtpark"]
    assert [found.title for found in catalogue.all()] == ["Stadtpark", "Rathaus"]


def test_adding_a_package_costs_the_same_however_many_there_are(tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path / "catalogue.db")
    put(catalogue, 0, "Akte")
    with counted_steps(catalogue) as few:
        for number in range(1, 51):
            put(catalogue, number, "Akte")
    for number in range(51, 1000):
        put(catalogue, number, "Akte")
    with counted_steps(catalogue) as many:
        for number in range(1000, 1050):
            put(catalogue, number, "Akte")
    assert many[0] <= 2 * few[0]


@pytest.mark.parametrize("stored", ["Müller", "Mueller"])
@pytest.mark.parametrize("asked", ["Müller", "mueller", "MUELL*", "müll*"])
def test_umlauts_are_found_in_both_spellings(stored: str, asked: str, tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path / "catalogue.db")
    put(catalogue, 1, f"Bauantrag {stored}")
    assert len(catalogue.search(f"bauantrag {asked}")) == 1 and catalogue.search(f"{asked} nix") == ()


def test_a_disk_that_fails_is_said_in_words_and_the_list_works_again_afterwards(tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path / "mounted" / "catalogue.db")
    with pytest.raises(DiskFailing, match="list of packages cannot be used"):
        catalogue.position()
    (tmp_path / "mounted").mkdir()
    assert catalogue.position() == 0
    with catalogue._connect() as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(DiskFailing, match="the disk is full"):
        for number in range(200):
            put(catalogue, number, f"Rathaus {number} " * 40)
    with catalogue._connect() as connection:
        connection.execute("PRAGMA max_page_count = 1000000")
    put(catalogue, 999, "Stadtpark")
    assert [found.title for found in catalogue.search("Stadtpark")] == ["Stadtpark"]
