"""Fields of forms by their labels, ticked boxes, and the person whom a letter wants to reach."""

from __future__ import annotations

import pytest

from benchmarks import measuring as bench
from mailroom.ports import PageText
from mailroom.stages.extract import extract

REGISTERS = bench.city_registers()
ADDRESS = "Stadtverwaltung Zwönau\nMarkt 1\n09999 Zwönau"


def read(text: str) -> list[tuple[str, str]]:
    page = PageText(1, 595.0, 842.0, text, (), "ocr", 0.9)
    return [(field.name, field.value) for field in extract((page,), REGISTERS).forms]


def test_fields_by_label() -> None:
    text = (
        f"{ADDRESS}\nAn- und Ummeldung\nName, Vorname: Colditz, Uwe\nTag des Einzugs: 12.03.2026\nFamilienstand: ledig"
    )
    assert ("Tag des Einzugs", "12.03.2026") in read(text) and ("Familienstand", "ledig") in read(text)


@pytest.mark.parametrize(
    "line", ["Betreff: Hund", "Von: Uwe Colditz", "Er sagte mir gestern am Telefon noch Folgendes: nein"]
)
def test_heads_of_messages_and_sentences_are_no_fields(line: str) -> None:
    assert read(f"{ADDRESS}\n{line}\nGuten Tag,") == []


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("[x] Hauptwohnung [ ] Nebenwohnung", ["Hauptwohnung"]),
        ("☐ ja ☒ nein", ["nein"]),
        ("( ) Neuantrag (X) Verlängerung", ["Verlängerung"]),
        ("X Ich bin damit einverstanden", ["Ich bin damit einverstanden"]),
        ("[ ] keines", []),
    ],
)
def test_ticked_boxes(line: str, values: list[str]) -> None:
    assert [value for name, value in read(f"{ADDRESS}\n{line}") if name == "ticked"] == values


@pytest.mark.parametrize(
    ("head", "greeting", "person"),
    [
        ("Stadtverwaltung Zwönau\nz. Hd. Frau Fiebig\nMarkt 1\n09999 Zwönau", "Guten Tag,", "Frau Fiebig"),
        (ADDRESS, "Sehr geehrter Herr Dr. Siebenhaar,", "Herr Dr. Siebenhaar"),
        (ADDRESS, "Sehr geehrte Damen und Herren,", None),
    ],
)
def test_recipient(head: str, greeting: str, person: str | None) -> None:
    found = dict(read(f"Uwe Colditz\n{head}\n{greeting}\nmein Hund ist tot, sagt Frau Lange.\nMfG\nUwe Colditz"))
    assert found.get("recipient") == person


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("Honorare 900,00 EUR, Druck 240 Euro, Miete 1.310,50 €, zusammen", ["90000", "24000", "131050"]),
        ("EUR 14,-, dann", ["1400"]),
        ("im Jahr 2026, am 12.03.2026, mit 3,5 Stunden", []),
        ("1.234,567 EUR", []),
    ],
)
def test_amounts_with_what_follows_them(text: str, cents: list[str]) -> None:
    page = PageText(1, 595.0, 842.0, f"{ADDRESS}\n{text}", (), "ocr", 0.9)
    assert [one.value for one in extract((page,), REGISTERS).amounts] == cents


@pytest.mark.parametrize(
    ("line", "signs"),
    [
        ("Unser Zeichen: VW-481/26", ["VW-481/26"]),
        ("Ihr Zeichen: -   Unser Zeichen: mk-127/26   Datum: 03.05.2026", ["mk-127/26"]),
        ("Unser Aktenzeichen 12 K 417/26, Ihr Zeichen 22.31-2026/000147", ["12 K 417/26"]),
        ("Mein Zeichen: RA 55/26.", ["RA 55/26"]),
        ("Unser Zeichen ist ein Löwe", []),
        ("Ihr Zeichen: 22.31-2026/000147", []),
    ],
)
def test_the_senders_own_sign(line: str, signs: list[str]) -> None:
    page = PageText(1, 595.0, 842.0, f"{ADDRESS}\n{line}\nGuten Tag,", (), "ocr", 0.9)
    assert [one.value for one in extract((page,), REGISTERS).signs] == signs
