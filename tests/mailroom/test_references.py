"""References in any spelling that OCR and people produce, in normal form; the sender's own sign is not ours."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erecords.errors import ConfigurationError
from mailroom import patterns
from mailroom.fields.references import references
from mailroom.ports import PageText, Reference, Word
from mailroom.registers import Registers

CITY = Path(__file__).parents[2] / "erecords" / "sample_city" / "data"
REGISTERS = Registers.load(CITY)


def found(text: str, key: str) -> list[Reference]:
    page = PageText(1, 595.0, 842.0, text, (), "ocr", 0.9)
    return [reference for reference in references((page,), REGISTERS) if reference.key == key]


SPELLINGS = [
    ("aktenzeichen", "22.31-2026/000147", "22.31-2026/000147"),
    ("aktenzeichen", "Az.: 22.31 - 2026 / 000147", "22.31-2026/000147"),
    ("aktenzeichen", "22.31-2026/\n000147", "22.31-2026/000147"),
    ("aktenzeichen", "22.3l-2O26/OOO147", "22.31-2026/000147"),
    ("aktenzeichen", "22,31–2026/000147", "22.31-2026/000147"),
    ("aktenzeichen", "22. 31 -2026/000147.", "22.31-2026/000147"),
    ("aktenzeichen", "53.11-2026 / 31", "53.11-2026/000031"),
    ("aktenzeichen", "66.2-2026/16, endet", "66.2-2026/000016"),
    ("eingangsnummer", "E-2026-815", "E-2026-0000815"),
    ("vorgangsnummer", "V - 2026 - 004711", "V-2026-004711"),
    ("kassenzeichen", "22.O014823.7", "22.0014823.7"),
    ("chipnummer", "276 098 106 234 567", "276098106234567"),
    ("chipnummer", "276O981O6234567", "276098106234567"),
    ("kfz_kennzeichen", "ZWN-AB123", "ZWN-AB 123"),
    ("kfz_kennzeichen", "ZWN – AB 123", "ZWN-AB 123"),
    ("fin", "WVWZZZ1KZAWOOOOO1", "WVWZZZ1KZAW000001"),
    ("iban", "DE02 1203 0000 0000 2020 51", "DE02120300000000202051"),
    ("iban", "DEO2 1203 OOOO 0000 2020 51", "DE02120300000000202051"),
    ("rechnungsnummer", "Rechnung Nr. RE-2026-0815", "RE-2026-0815"),
    ("registergericht", "HRB12345", "HRB 12345"),
    ("gericht_az", "4 K 512/26", "4 K 512/26"),
]


@pytest.mark.parametrize(("key", "text", "value"), SPELLINGS)
def test_spellings(key: str, text: str, value: str) -> None:
    assert [reference.value for reference in found(text, key)] == [value]


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("iban", "DE03 1203 0000 0000 2020 51"),
        ("evb", "Telefon 3712345 und 1234567"),
        ("evb", "Die Nummer A12B3C4 ohne Zusammenhang"),
        ("aktenzeichen", "SOLL-OOOO/OOOOOO"),
        ("chipnummer", "1276098106234567"),
    ],
)
def test_what_is_none(key: str, text: str) -> None:
    assert found(text, key) == []


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("Ihr Zeichen: 22.31-2026/000147", "ours"),
        ("Unser Zeichen: 22.31-2026/000147", "foreign"),
        ("Unser Zeichen:\n22.31-2026/000147", "foreign"),
        ("Mein Aktenzeichen 22.31-2026/000147", "foreign"),
        ("Ihr Bescheid 22.31-2026/000147", "ours"),
        ("betrifft 22.31-2026/000147", ""),
        ("Ihr Zeichen      Unser Zeichen\n                 22.31-2026/000147", "foreign"),
        ("Ihr Zeichen        Unser Zeichen\n22.31-2026/000147", ""),
    ],
)
def test_role(text: str, role: str) -> None:
    assert [reference.role for reference in found(text, "aktenzeichen")] == [role]


def test_role_by_column() -> None:
    """Two labels in one line, the values in the next: the boxes say which belongs to which."""
    rows = [
        [("Ihr", 60), ("Zeichen", 80), ("Unser", 220), ("Zeichen", 250)],
        [("11.1-2020/000001", 60), ("22.31-2026/000147", 220)],
    ]
    words = tuple(
        Word(text, float(left), 100.0 + 14 * row, left + 30.0, 110.0 + 14 * row, 0.9, row)
        for row, line in enumerate(rows)
        for text, left in line
    )
    text = "Ihr Zeichen Unser Zeichen\n11.1-2020/000001 22.31-2026/000147"
    page = PageText(1, 595.0, 842.0, text, words, "ocr", 0.9)
    roles = {ref.value: ref.role for ref in references((page,), REGISTERS) if ref.key == "aktenzeichen"}
    assert roles == {"11.1-2020/000001": "ours", "22.31-2026/000147": "foreign"}


@given(
    st.integers(10, 99),
    st.integers(1, 99),
    st.integers(1990, 2099),
    st.integers(0, 999_999),
    st.sampled_from(["-", " - ", "–", " -\n"]),
    st.sampled_from(["/", " / ", "/\n"]),
)
def test_normal_form_is_found_in_any_spacing(
    group: int, unit: int, year: int, number: int, dash: str, slash: str
) -> None:
    text = f"Az {group}.{unit}{dash}{year}{slash}{number:06d}, bitte"
    assert [ref.value for ref in found(text, "aktenzeichen")] == [f"{group}.{unit}-{year}/{number:06d}"]


@given(st.text(max_size=400))
def test_any_text_is_borne(text: str) -> None:
    page = PageText(1, 595.0, 842.0, text, (), "ocr", 0.9)
    for reference in references((page,), REGISTERS):
        assert reference.value


def test_every_example_of_the_register_is_found() -> None:
    for pattern in REGISTERS.references:
        text = pattern.example if pattern.key != "evb" else f"eVB-Nummer: {pattern.example}"
        page = PageText(1, 595.0, 842.0, text, (), "ocr", 0.9)
        keys = {reference.key for reference in references((page,), REGISTERS)}
        assert pattern.key in keys or pattern.key == "demis_id", pattern.key


@pytest.mark.parametrize(
    "pattern",
    [
        *(r"(a+)+b", r"(\d*)*x", r"((ab)*c)+", "x" * 500, "(", r"(a)\1", r"\d{1,999}", "a?"),
        *(r"(?:a|a)*b", r"(?:aa?)*b", r"(?:\d|[0-9]){1,64}x", r"(?:(?:a|a)b){40}c", r"(?:a+){2}b", r"[[a]x]b"),
    ],
)
def test_patterns_that_could_hang_are_refused(pattern: str, tmp_path: Path) -> None:
    with pytest.raises(patterns.PatternRefused):
        patterns.check(pattern)
    quoted = pattern.replace("'", "")
    (tmp_path / "document_types.toml").write_text(
        f"[[reference]]\nkey = 'bad'\ntitle = 'Bad'\npattern = '{quoted}'\n", encoding="utf-8"
    )
    with pytest.raises(ConfigurationError, match="'bad' was refused"):
        Registers.load(tmp_path)


@pytest.mark.timeout(120)
def test_hostile_text_does_not_hang() -> None:
    page = PageText(1, 595.0, 842.0, ("22.31-" * 3000) + ("9" * 20_000) + "A" * 20_000, (), "ocr", 0.9)
    references((page,), REGISTERS)


def test_patterns_stay_bounded_in_size() -> None:
    for pattern in REGISTERS.references:
        assert len(patterns.tolerant(pattern.pattern).pattern) < 2_000
        assert re.compile(patterns.tolerant(pattern.pattern).pattern)
