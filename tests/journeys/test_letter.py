"""A letter's way: dropped, read by the real OCR engine, filed or decided, found, closed, archived or destroyed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from tests.journeys.conftest import City

SPACED = "18-datenauskunft.tif"
"""Quotes its case as "10.5 - 2026 / 000003"."""
TURNED = "07-verwendungsnachweis-kopfueber.pdf"
FAX = "14-fax-verwaltungsgericht.tif"
MIXED = "17-ehrenamtskarte-gemischt.pdf"
THANKS = "11-dankesbrief.pdf"
LIGHTS, POTHOLES = "41.2-2026/000003", "66.11-2026/000012"


@pytest.fixture(scope="module")
def letters(city: City, manifest: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The letters of all scans by the name of their file, after one pass of the mail room."""
    city.drop(*manifest)
    deliveries = city.read_mail()
    assert [delivery["state"] for delivery in deliveries] == ["processed"] * len(manifest)
    assert all(len(delivery["letters"]) == 1 for delivery in deliveries)
    return {Path(delivery["source"]).name: delivery["letters"][0] for delivery in deliveries}


def recall(text: str, truth: str) -> float:
    """Share of the words that really stand on the pages which the text has."""
    wanted, got = Counter(truth.split()), Counter(text.split())
    return sum(min(count, got[word]) for word, count in wanted.items()) / wanted.total()


def test_what_must_be_filed_is(letters: dict[str, dict[str, Any]], manifest: dict[str, dict[str, Any]]) -> None:
    """A quoted reference, spaced or not, on an upside-down page or a fax, files a letter by itself, with reasons."""
    for name, scan in manifest.items():
        letter = letters[name]
        if scan["expect"] == "filed":
            assert (letter["state"], letter["case"]) == ("filed", scan["case"]), name
            assert letter["suggestion"]["recommendation"] == "strong"
            assert letter["suggestion"]["reasons"]
            assert letter["document"] is not None
        assert letter["pages"] == scan["pages"], name


def test_what_is_filed_is_filed_right(letters: dict[str, dict[str, Any]], manifest: dict[str, dict[str, Any]]) -> None:
    """The machine may ask as often as it likes; what it files by itself lies in the right class and case."""
    filed = {name: letter for name, letter in letters.items() if letter["state"] == "filed"}
    assert len(filed) >= 10
    for name, letter in filed.items():
        assert letter["case"].startswith(f"{manifest[name]['class']}-"), name
        assert letter["case"] == manifest[name]["case"] or not manifest[name]["case"], name
        assert letter["date"] in (None, manifest[name]["date"]), name


def test_what_nobody_could_know_waits(letters: dict[str, dict[str, Any]]) -> None:
    assert letters[THANKS]["state"] == "tray"
    assert letters[THANKS]["case"] is None


def test_every_page_is_read(
    city: City, letters: dict[str, dict[str, Any]], manifest: dict[str, dict[str, Any]]
) -> None:
    """The upside-down page, both pages of the fax."""
    for name, actor in ((SPACED, "u-anl1"), (TURNED, "u-kf1"), (FAX, "u-anl1")):
        text = city.run(actor, "doc", "text", str(letters[name]["document"]))["text"]
        assert recall(text, " ".join(manifest[name]["text"])) > 0.85, name


def test_mixed_file_has_text_of_both_pages(
    city: City, letters: dict[str, dict[str, Any]], manifest: dict[str, dict[str, Any]]
) -> None:
    letter = letters[MIXED]
    assert letter["pages"] == 2
    if letter["state"] == "tray":
        city.run("u-post1", "mail", "file", letter["number"], "--class", "33.3", "--title", "Ehrenamtskarte Grünert")
        letter = city.run("u-post1", "mail", "show", letter["number"])
    text = city.run("u-ehr1", "doc", "text", str(letter["document"]))["text"]
    assert recall(text, manifest[MIXED]["text"][0]) == pytest.approx(1.0, abs=0.05), "the digital page is kept"
    assert recall(text, manifest[MIXED]["text"][1]) > 0.85, "the scanned page is read"


def test_original_and_rendition(city: City, letters: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    document = city.run("u-anl1", "doc", "show", str(letters[SPACED]["document"]))
    kinds = {rendition["kind"]: rendition for rendition in document["renditions"]}
    assert {"original", "pdfa", "text", "thumbnail"} <= set(kinds)
    assert kinds["original"]["sha512"] == document["sha512"]
    for kind in ("original", "pdfa"):
        city.run("u-anl1", "doc", "export", str(document["id"]), "--rendition", kind, "--to", str(tmp_path / kind))
    original = Path(__file__).parents[2] / "erecords/sample_city/scans" / SPACED
    assert (tmp_path / "original").read_bytes() == original.read_bytes()
    with pikepdf.open(tmp_path / "pdfa") as pdf:
        assert b"/Font" in pdf.pages[0].Resources.unparse(), "the searchable PDF has a text layer"


def test_found_by_those_who_may(city: City, letters: dict[str, dict[str, Any]]) -> None:
    found = city.run("u-anl1", "search", 'Monatsfrist AND "elektronischer Form"')
    assert [hit["document"] for hit in found["hits"]] == [letters[SPACED]["document"]]
    for words in ("Monatsfristen", "Empfaenger", "10.5 2026 000003"):
        assert city.run("u-anl1", "search", words)["total"] >= 1, words
    hidden = city.run("u-str1", "search", "Monatsfrist", "--facets")
    assert hidden["total"] == 0
    assert not any(hidden["facets"].values())


def test_custody_is_complete(city: City, letters: dict[str, dict[str, Any]]) -> None:
    custody = city.custody()
    assert letters
    assert custody["complete"]
    assert (custody["seen"], custody["pending"], custody["missing"]) == (len(letters), 0, [])
    assert not [path for path in city.inbox.rglob("*") if path.is_file()]


def test_the_same_bytes_again_are_a_duplicate(city: City, letters: dict[str, dict[str, Any]]) -> None:
    assert letters
    city.drop(SPACED)
    (delivery,) = city.read_mail()
    assert delivery["state"] == "duplicate"
    assert city.custody()["complete"]


def test_to_the_archive_and_to_destruction(city: City, letters: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    """The decided letter ends in a package that verifies; a case of its own time is destroyed; four eyes hold."""
    city.run("u-post1", "mail", "file", letters[THANKS]["number"], "--case", LIGHTS)
    city.run("u-str1", "case", "close", POTHOLES)
    closed = city.run("u-kul0", "case", "close", LIGHTS)["closed"]
    on = ("--on", f"{int(closed[:4]) + 12}-02-01")
    due = {case["reference"] for case in city.run("u-org1", "retention", "due", *on)["cases"]}
    assert {LIGHTS, POTHOLES} <= due
    listed = city.run("u-org1", "retention", "propose", *on)
    number = listed["list"]
    for item in listed["items"]:
        if item["decision"] is None or item["decision"] == "B":
            city.run("u-arc1", "retention", "appraise", number, item["reference"], "V", "--reason", "ohne Wert")
    city.run("u-org1", "retention", "approve", number, *on, expect=(4, 34))
    city.run("u-dsb1", "retention", "approve", number, *on)
    rehearsal = city.run("u-org1", "retention", "carry-out", number, *on, "--dry-run")
    assert city.run("u-kul0", "case", "show", LIGHTS)["state"] == "closed", rehearsal
    results = city.run("u-org1", "retention", "carry-out", number, *on, "--yes")["results"]
    outcome = {result["reference"]: result for result in results}
    assert outcome[LIGHTS]["outcome"] == "transferred"
    assert outcome[POTHOLES]["outcome"] == "destroyed"
    city.run("u-org1", "retention", "certificate", number, "--to", str(tmp_path / "certificate.pdf"))
    assert (tmp_path / "certificate.pdf").read_bytes().startswith(b"%PDF")
    verified = city.run("u-arc1", "archive", "verify", "--all")
    assert (verified["checked"], verified["bad"]) == (1, [])
    assert city.run("u-str1", "search", "Kaltasphalt")["total"] == 0
    assert city.run("u-dsb1", "audit", "verify")["valid"]
