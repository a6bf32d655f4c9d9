"""Markings stop mail that others must not read; the same words in a sentence do not."""

from __future__ import annotations

import pytest

from benchmarks import measuring as bench
from benchmarks.everyday import everyday
from mailroom.ports import PageText
from mailroom.stages.extract import extract

REGISTERS = bench.city_registers()
CITY = "Stadtverwaltung Zwönau\nMarkt 1\n09999 Zwönau\n"


def marked(text: str) -> list[str]:
    return [one.kind.value for one in extract((PageText(1, 595.0, 842.0, text, (), "ocr", 0.9),), REGISTERS).markings]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Persönlich / Vertraulich", "personal"),
        ("PERSÖNLICH", "personal"),
        ("- persönlich und vertraulich -", "personal"),
        ("Streng vertraulich!", "personal"),
        ("Strictly private and confidential", "personal"),
        ("Frau Ebersbach - persönlich -", "personal"),
        ("Nur vom Empfänger zu öffnen", "personal"),
        ("Vertrauliche Personalsache", "personal"),
        ("Betreff: Vertraulich - Beschwerde", "personal"),
        ("Angebot - bitte nicht öffnen!", "tender"),
        ("Nicht vor dem 15.12.2026, 10:00 Uhr öffnen", "tender"),
        ("Kennzettel", "tender"),
        ("Angebot zur Ausschreibung 2026-14", "tender"),
        ("Wahlbrief", "election"),
        ("Stimmzettelumschlag", "election"),
        ("Vertrauliche Arztsache", "medical"),
        ("unterliegt der ärztlichen Schweigepflicht", "medical"),
    ],
)
def test_marked(line: str, kind: str) -> None:
    assert marked(f"{CITY}{line}\nGuten Tag,\nanbei wie besprochen.\nMfG") == [kind]


@pytest.mark.parametrize(
    "body",
    [
        "ich war persönlich bei Ihnen und habe den Antrag abgegeben.",
        "bitte behandeln Sie meine Angaben vertraulich.",
        "das Büro ist nachmittags nicht geöffnet.",
        "mein Personalausweis ist abgelaufen.",
        "Submission-ID 4711 des Formulars liegt bei.",
        "in der Wahlperiode hat der Stadtrat das beschlossen.",
    ],
)
def test_in_a_sentence_it_is_no_marking(body: str) -> None:
    assert marked(f"{CITY}Guten Tag,\n{body}\nMfG") == []


def test_a_marking_quotes_only_the_words_that_mark() -> None:
    text = f"{CITY}Angebot zur Ausschreibung Los 1, Angebotssumme 2.721,10 Euro\nGuten Tag,\nanbei.\nMfG"
    (found,) = extract((PageText(1, 595.0, 842.0, text, (), "ocr", 0.9),), REGISTERS).markings
    assert found.text == "Angebot zur Ausschreibung"


def test_office_of_that_name_is_no_marking() -> None:
    assert marked(f"Stadtverwaltung Zwönau\nPersonal\n{CITY}Guten Tag,\nich bewerbe mich.\nMfG") == []


def test_ordinary_letters_are_not_marked() -> None:
    stopped = [row.text for row in everyday(bench.MemoryCases(None, REGISTERS)) if marked(row.text)]
    assert stopped == []


def test_opening_day() -> None:
    page = PageText(1, 595.0, 842.0, f"{CITY}Angebot\nNicht öffnen vor dem\n15.12.2026, 10 Uhr\n", (), "ocr", 0.9)
    day = extract((page,), REGISTERS).sealed_until
    assert day is not None and day.isoformat() == "2026-12-15"
