"""Bad mail: each piece ends with a reason and a sentence, its original kept, and the good letter beside it is read."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from erecords.digest import sha512_bytes
from tests.journeys.conftest import CITY, City

GOOD = CITY / "scans" / "09-anwalt-widerspruch.pdf"


def encrypted_pdf() -> bytes:
    out = io.BytesIO()
    with pikepdf.open(GOOD) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="chef", user="geheim"))
    return out.getvalue()


def cut_pdf() -> bytes:
    """A PDF that was cut off and whose rest is rubbish: no page can be had from it."""
    return GOOD.read_bytes()[:600] + b"\0" * 4000 + b"\n%%EOF\n"


BAD: dict[str, bytes] = {
    "kaputt.pdf": cut_pdf(),
    "verschluesselt.pdf": encrypted_pdf(),
    "leer.pdf": b"",
    "programm.pdf": b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0" + b"\0" * 44 + b"\x80\0\0\0" + b"PE\0\0" * 400,
    "skript.pdf": b"#!/bin/sh\nrm -rf /\n",
}


@pytest.fixture(scope="module")
def deliveries(city: City) -> dict[str, dict[str, Any]]:
    for name, content in BAD.items():
        (city.inbox / name).write_bytes(content)
    (city.inbox / "Brief\nmit Umbruch.pdf").write_bytes(GOOD.read_bytes())
    (city.inbox / "-rf ..pdf").write_bytes((CITY / "scans" / "10-maengelmeldung.pdf").read_bytes())
    return {Path(delivery["source"]).name: delivery for delivery in city.read_mail()}


@pytest.mark.parametrize("name", BAD)
def test_ends_in_quarantine_with_a_reason(name: str, city: City, deliveries: dict[str, dict[str, Any]]) -> None:
    delivery = deliveries[name]
    assert delivery["state"] == "quarantined"
    assert delivery["reason"]
    assert delivery["letters"] == []
    item = next(
        item for item in city.run("u-post1", "mail", "quarantine", "list")["items"] if Path(item["source"]).name == name
    )
    assert item["reason"] == delivery["reason"]
    assert len(item["message"]) > 20
    assert "\n" not in item["message"]
    assert item["sha512"] == sha512_bytes(BAD[name])


def test_reasons_tell_the_cases_apart(deliveries: dict[str, dict[str, Any]]) -> None:
    reasons = {
        name: deliveries[name]["reason"] for name in ("kaputt.pdf", "verschluesselt.pdf", "leer.pdf", "programm.pdf")
    }
    assert len(set(reasons.values())) == 4, reasons


def test_odd_names_do_no_harm(city: City, deliveries: dict[str, dict[str, Any]]) -> None:
    """Good letters under bad names are read; no file was written outside the home's own folders."""
    good = [delivery for name, delivery in deliveries.items() if name not in BAD]
    assert [delivery["state"] for delivery in good] == ["processed", "processed"]
    assert {delivery["letters"][0]["state"] for delivery in good} == {"filed"}
    assert not [path for path in city.home.rglob("*") if "Umbruch" in path.name or path.name.startswith("-rf")]
    assert [path.name for path in city.home.parent.iterdir()] == [city.home.name]


def test_all_is_accounted_for(city: City, deliveries: dict[str, dict[str, Any]]) -> None:
    custody = city.custody()
    assert len(deliveries) == custody["seen"] == len(BAD) + 2
    assert (custody["quarantined"], custody["pending"], custody["complete"]) == (len(BAD), 0, True)


def test_password_opens_an_encrypted_letter(city: City, deliveries: dict[str, dict[str, Any]]) -> None:
    number = str(deliveries["verschluesselt.pdf"]["id"])
    city.run("u-post1", "mail", "quarantine", "release", number, "--password", "falsch", expect=tuple(range(20)))
    released = city.run("u-post1", "mail", "quarantine", "release", number, "--password", "geheim")
    (delivery,) = released["deliveries"]
    assert delivery["state"] == "processed"
    assert delivery["letters"][0]["text_chars"] > 200
    assert city.custody()["complete"]


def test_vanishing_files_do_not_stop_the_service(city: City, deliveries: dict[str, dict[str, Any]]) -> None:
    assert deliveries
    before = city.custody()["seen"]
    with city.program.running(city.home / "log" / "watch.log", "u-post1", "mail", "watch") as watch:
        time.sleep(2)
        for number in range(40):
            path = city.inbox / f"fluechtig-{number}.pdf"
            path.write_bytes(GOOD.read_bytes() + b"%% %d" % number)
            time.sleep(0.02 * (number % 6))
            path.unlink(missing_ok=True)
        city.drop("18-datenauskunft.tif")
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            time.sleep(2)
            assert watch.poll() is None, (city.home / "log" / "watch.log").read_text()
            custody = city.custody()
            if custody["seen"] > before and not custody["pending"] and not any(city.inbox.glob("*.tif")):
                break
    custody = city.custody()
    assert custody["complete"]
    assert custody["missing"] == []
    sources = [entry["title"] for entry in city.run("u-post1", "mail", "book")["entries"]]
    assert any("Auskunft" in title for title in sources)
