"""Names that OCR misread: put right by their readings on the letter, and by names that are known."""

from __future__ import annotations

import pytest

from mailroom.fields.lines import Line, columns
from mailroom.fields.spelling import agreed, foreign_words, respelt
from mailroom.ports import Word


def line(index: int, text: str, sure: float = 0.9) -> Line:
    words = tuple(Word(word, 40.0 * n, 10.0, 40.0 * n + 30, 20.0, sure, index) for n, word in enumerate(text.split()))
    return Line(1, index, text, 0.1, 0.1, words)


@pytest.mark.parametrize(
    ("read", "known", "name"),
    [
        ("Zoé Schubert", ("Zoë",), "Zoë Schubert"),
        ("Zo& Schubert", ("Zoë",), "Zoë Schubert"),
        ("Kunst & Café", ("Zoë",), "Kunst & Café"),
        ("Zoä Schubert", ("Zoë",), "Zoë Schubert"),
        ("Mehmet Yilmaz", ("Yılmaz",), "Mehmet Yılmaz"),
        ("Ayse Tröger", ("Ayşe",), "Ayşe Tröger"),
        ("Sükran Kaya", (), "Şükran Kaya"),
        ("Rene Müller", (), "Rene Müller"),
        ("Rene Müller", ("René",), "René Müller"),
        ("Uwe Müller", ("Ümit", "Yılmaz"), "Uwe Müller"),
        ("Kulturverein Speicher e. V.", ("Café",), "Kulturverein Speicher e. V."),
    ],
)
def test_known_names(read: str, known: tuple[str, ...], name: str) -> None:
    assert respelt(read, known) == name


def test_words_with_foreign_letters_are_learned() -> None:
    assert foreign_words(["Ayşe Yılmaz und Jörg Weiß", "das Café, 2 × 3 €", "CAFÉ"]) == ("Ayşe", "Café", "Yılmaz")


def test_readings_are_laid_over_each_other() -> None:
    head, foot = line(0, "Noelle Oehischlägel", 0.6), line(9, "Noelle Oehlschlagel", 0.9)
    assert agreed("Noelle Oehischlägel", [head], [head, foot]) == "Noelle Oehlschlägel"


def test_a_name_that_stands_once_stays() -> None:
    only = line(0, "Uwe Colditz")
    assert agreed("Uwe Colditz", [only], [only, line(1, "Lindenweg 4")]) == "Uwe Colditz"


def test_columns_are_parted_where_the_gap_is_wide() -> None:
    left = (Word("Autohaus", 40.0, 10.0, 90.0, 20.0, 0.9, 0), Word("Stern", 94.0, 10.0, 120.0, 20.0, 0.9, 0))
    right = (Word("Lindenweg", 300.0, 10.0, 350.0, 20.0, 0.9, 0), Word("4", 354.0, 10.0, 360.0, 20.0, 0.9, 0))
    whole = Line(1, 3, "Autohaus Stern Lindenweg 4", 0.1, 40.0 / 595, (*left, *right))
    parts = columns(whole)
    assert [part.text for part in parts] == ["Autohaus Stern", "Lindenweg 4"]
    assert [part.index for part in parts] == [3, 3] and parts[1].left == pytest.approx(300 / 595)
    assert columns(Line(1, 0, "ohne Kästen", 0.1, 0.1))[0].text == "ohne Kästen"
