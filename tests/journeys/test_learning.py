"""Learning through the commands: a correction counts for the next letter, a destroyed record teaches no more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.conftest import City, found_city
from tests.mailroom.recognition import drawing

POTHOLES = "66.11-2026/000012"
HEAD = (
    "{name}\nSonnenleithe 61\n09999 Zwoenau\n\nStadtverwaltung Zwoenau\nMarkt 1\n09999 Zwoenau\n\n20.11.2026\n\n"
    "Guten Tag,\n"
)
FENCE = (
    "die Bretter am Feuerwehrweiher haengen schief, der Riegel ist locker und Kinder klettern hinein.\n"
    "Kuemmern Sie sich um Bretter und Riegel, {end}."
)
LIKE = "a letter like it was filed so"
MANY = 25


def letter(folder: Path, name: str, end: str) -> str:
    text = HEAD.format(name=name) + FENCE.format(end=end) + f"\n\nMit freundlichen Gruessen\n{name}"
    return str(drawing.text_pdf(folder / f"{end.split()[0]}.pdf", text))


@pytest.fixture(scope="module")
def city(city_home: Path, tmp_path_factory: pytest.TempPathFactory) -> City:
    return found_city(city_home, tmp_path_factory.mktemp("learning") / "home")


def take(city: City, path: str) -> dict[str, Any]:
    (found,) = city.run("u-post1", "mail", "take", path)["deliveries"][0]["letters"]
    return dict(found)


def imported(folder: Path) -> Path:
    """Documents for the case of the potholes, in the form that ``case import`` reads."""
    rows = [
        {
            "case": POTHOLES,
            "title": f"Meldung {number}",
            "date": "2026-10-01",
            "type": "maengelmeldung",
            "text": f"Am Quellweiher {number} ist das Gelaender lose, bitte reparieren. Gruss Nachbar {number}",
        }
        for number in range(MANY)
    ]
    (folder / "cases.jsonl").write_text("", encoding="utf-8")
    (folder / "documents.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return folder


def learned(city: City) -> dict[str, Any]:
    return dict(city.run("u-post1", "mail", "quality")["learned"])


def test_a_correction_counts_at_once_and_goes_with_the_record(city: City, tmp_path: Path) -> None:
    first = take(city, letter(tmp_path, "Jana Haenel", "bevor etwas passiert"))
    what = ("--case", POTHOLES, "--type", "maengelmeldung")
    if first["state"] == "filed":
        city.run("u-post1", "mail", "refile", first["number"], *what, "--reason", "Straßenunterhaltung")
    else:
        city.run("u-post1", "mail", "file", first["number"], *what)
    second = take(city, letter(tmp_path, "Uwe Colditz", "sonst ertrinkt jemand"))
    assert (second["suggestion"]["class"], second["suggestion"]["document_type"]) == ("66.11", "maengelmeldung")
    assert LIKE in {reason["name"] for reason in second["suggestion"]["reasons"]}
    city.run("u-org1", "case", "import", str(imported(tmp_path)))
    third = take(city, letter(tmp_path, "Doreen Arnold", "ehe es Winter wird"))
    before = learned(city)
    assert before["documents"] >= MANY

    destroy(city)
    take(city, letter(tmp_path, "Ralf Lenk", "und melden Sie sich"))
    after = learned(city)
    assert after["documents"] <= before["documents"] - MANY and after["samples"] < before["samples"]
    assert after["fingerprint"] != before["fingerprint"]
    for path in (city.home / "knowledge").iterdir():
        assert b"quellweiher" not in path.read_bytes().lower(), path
    if third["state"] == "tray":
        again = city.run("u-post1", "mail", "rerun", third["number"])["suggestion"]
        assert LIKE not in {reason["name"] for reason in again["reasons"]}


def destroy(city: City) -> None:
    closed = city.run("u-str1", "case", "close", POTHOLES)["closed"]
    on = ("--on", f"{int(closed[:4]) + 12}-02-01")
    listed = city.run("u-org1", "retention", "propose", *on)
    for item in listed["items"]:
        if item["decision"] in (None, "B"):
            city.run("u-arc1", "retention", "appraise", listed["list"], item["reference"], "V", "--reason", "ohne Wert")
    city.run("u-dsb1", "retention", "approve", listed["list"], *on)
    results = city.run("u-org1", "retention", "carry-out", listed["list"], *on, "--yes")["results"]
    assert {one["reference"]: one["outcome"] for one in results}[POTHOLES] == "destroyed"
