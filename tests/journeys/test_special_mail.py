"""Special mail as scans through the real OCR engine: what is stopped, what is answered, and what no index may hold."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFont

from erecords.fonts import regular_font
from tests.journeys.conftest import City, found_city

DPI = 200
DATA = Path(__file__).parents[1] / "data" / "special_mail.txt"


@dataclass(frozen=True)
class Post:
    """A letter as it lies on the scanner."""

    name: str
    marking: str
    """Empty for mail that anybody of the unit may read."""
    secret: str
    """A word of it that stands nowhere else."""
    text: str


def read_post() -> list[Post]:
    parts = DATA.read_text(encoding="utf-8").split("\n@")[1:]
    heads = [part.partition("\n") for part in parts]
    return [Post(*head.split("|"), text=text.rstrip()) for head, _, text in heads]


POST = read_post()


def scanned(post: Post, folder: Path) -> Path:
    """The letter as a grey A4 scan."""
    page = Image.new("L", (round(8.27 * DPI), round(11.69 * DPI)), 255)
    font = ImageFont.truetype(str(regular_font()), round(11 / 72 * DPI))
    ImageDraw.Draw(page).multiline_text((DPI, DPI * 0.7), post.text, font=font, fill=20, spacing=DPI / 20)
    path = folder / f"{post.name}.png"
    page.save(path, dpi=(DPI, DPI))
    return path


@pytest.fixture(scope="module")
def city(city_home: Path, tmp_path_factory: pytest.TempPathFactory) -> City:
    return found_city(city_home, tmp_path_factory.mktemp("special") / "home")


@pytest.fixture(scope="module")
def letters(city: City, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Per name the letter that came of it, after the mail room took all of them."""
    folder = tmp_path_factory.mktemp("scans")
    files = [str(scanned(post, folder)) for post in POST]
    taken = city.run("u-post1", "mail", "take", *files)["deliveries"]
    return {Path(one["source"]).stem: one["letters"][0] for one in taken}


MARKED = [post for post in POST if post.marking]


@pytest.mark.parametrize("post", MARKED, ids=lambda post: post.name)
def test_it_is_stopped_and_tells_nothing(city: City, letters: dict[str, dict[str, Any]], post: Post) -> None:
    letter = letters[post.name]
    assert (letter["state"], post.marking in letter["markings"]) == ("tray", True)
    shown = city.run("u-post1", "mail", "show", letter["number"])
    assert post.secret not in str({**shown, "sender": ""}).casefold()
    for stranger in ("u-hust1", "u-kasse1", "u-gru1", "u-zul1"):
        city.run(stranger, "mail", "show", letter["number"], expect=(3,))


def test_no_word_of_it_is_in_the_index_or_the_log(city: City, letters: dict[str, dict[str, Any]]) -> None:
    for post in MARKED:
        for actor in ("u-post1", "u-dsb1", "u-pers1", "u-hust1"):
            assert city.run(actor, "search", post.secret)["total"] == 0, (post.name, actor)
    files = [path for name in ("index", "log") for path in (city.home / name).rglob("*") if path.is_file()]
    assert files
    for path in files:
        held = path.read_bytes().lower()
        for post in MARKED:
            assert post.secret.encode() not in held and post.secret[4:].encode() not in held, (post.name, path)


def test_the_way_to_the_index_would_be_seen(city: City, letters: dict[str, dict[str, Any]]) -> None:
    """The search above can find: ordinary mail that was filed is found by a word of it."""
    number = letters["kein-siegel"]["number"]
    if letters["kein-siegel"]["state"] == "tray":
        city.run("u-post1", "mail", "file", number, "--class", "22.31", "--title", "Hundesteuer Mothes")
    assert city.run("u-hust1", "search", "Rollo")["total"] == 1


def test_a_sealed_tender_is_not_filed_before_its_day(city: City, letters: dict[str, dict[str, Any]]) -> None:
    letter = letters["angebot"]
    assert letter["sealed_until"] == "2026-12-15"
    assert "184" not in str(letter["suggestion"])


def test_ordinary_letters_with_such_words_are_not_stopped(letters: dict[str, dict[str, Any]]) -> None:
    for name in ("dank", "werbung", "irrlaeufer", "anonym", "kein-siegel"):
        assert letters[name]["markings"] == [], name


def test_what_needs_no_file_has_its_answer(letters: dict[str, dict[str, Any]]) -> None:
    assert letters["werbung"]["document_type"] == "werbung"
    assert any(line.startswith("misdirected") for line in letters["irrlaeufer"]["findings"])
    assert letters["irrlaeufer"]["state"] == "tray" and "Irrläufer" in letters["irrlaeufer"]["title"]
    assert letters["anonym"]["state"] == "tray"
    assert any(line.startswith("anonymous") for line in letters["anonym"]["findings"])
    assert letters["dank"]["state"] == "tray"
    assert any(line.startswith("thanks") for line in letters["dank"]["findings"])
