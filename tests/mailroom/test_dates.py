"""The letter's own date among all others: by place and wording, not by being the first."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.fields.dates import spans
from mailroom.ports import PageText, Word
from mailroom.registers import Registers
from mailroom.stages.extract import extract

CITY = Registers({}, (), {}, (), ("Stadtverwaltung Zwönau", "Stadt Zwönau"), {}, {})
ADDRESS = "Stadtverwaltung Zwönau\nMarkt 1\n09999 Zwönau"


def page(text: str, number: int = 1) -> PageText:
    return PageText(number, 595.0, 842.0, text, (), "ocr", 0.9)


def letter_date(*texts: str, received: date | None = None) -> str | None:
    pages = [page(text, number) for number, text in enumerate(texts, start=1)]
    found = extract(pages, CITY, received=received).date
    return found.value if found else None


TRAPS = {
    "birth date before the date line": (
        f"Uwe Colditz\nGeburtsdatum: 04.07.1961\n{ADDRESS}\n12.02.2026\nSehr geehrte Damen und Herren,\nbitte.",
        "2026-02-12",
    ),
    "born in the subject": (
        f"{ADDRESS}\nZwönau, den 3. März 2026\nMein Sohn, geb. am 01.05.2010\nSehr geehrte Damen und Herren,\nhallo",
        "2026-03-03",
    ),
    "star for birth": (f"{ADDRESS}\nUwe Colditz (* 04.07.1961)\n12.02.2026\nGuten Tag,\nbitte.", "2026-02-12"),
    "their decision of": (
        f"{ADDRESS}\nIhr Bescheid vom 03.01.2026\nDatum: 12.02.2026\nSehr geehrte Damen und Herren,\nich widerspreche.",
        "2026-02-12",
    ),
    "deadline first": (
        f"{ADDRESS}\nAntwort bis zum 01.04.2026 erbeten\n12.02.2026\nGuten Tag,\nbitte bis spätestens 15.03.2026.",
        "2026-02-12",
    ),
    "born on a Sunday": (
        f"{ADDRESS}\n12.02.2026\ngeboren Sonntag, 08.02.2026, 03:47 Uhr\nGuten Tag,\nbitte.",
        "2026-02-12",
    ),
    "sent on a Monday": (
        f"Von: a@example.org\nGesendet: Montag, 9. Februar 2026 15:26\n{ADDRESS}\nGuten Tag,\nam 12.02.2026, 12 Uhr.",
        "2026-02-09",
    ),
    "received stamp": (f"Eingegangen am 14.02.2026\n{ADDRESS}\nAue, 12.02.2026\nGuten Tag,\nbitte.", "2026-02-12"),
    "only at the signature": (
        f"{ADDRESS}\nAntrag\nIch beantrage etwas ab 01.05.2026.\nAue, den 12.02.2026\nMit freundlichen Grüßen\nUwe",
        "2026-02-12",
    ),
    "form version": (f"Formular Stand: 01.01.2020\n{ADDRESS}\n12.02.2026\nGuten Tag,\nbitte.", "2026-02-12"),
    "broken in a narrow column": (f"{ADDRESS}\nZwönau/Erzgeb., 20. April\n2026\nGuten Tag,\nbitte.", "2026-04-20"),
    "broken behind the day": (f"{ADDRESS}\nAue, 25.\nOktober 2026\nGuten Tag,\nbitte.", "2026-10-25"),
    "two digits of a year": (f"{ADDRESS}\nDatum: 12.02.26\nGuten Tag,\nbitte.", "2026-02-12"),
    "English": ("John Smith\nCity of Zwönau\n12 March 2026\nDear Sir or Madam,\nplease.", "2026-03-12"),
    "English, month first": ("John Smith\nCity Hall\nMarch 12, 2026\nDear Sir or Madam,\nplease.", "2026-03-12"),
    "ISO": (f"{ADDRESS}\n2026-02-12\nGuten Tag,\nbitte.", "2026-02-12"),
    "OCR slips": (f"{ADDRESS}\n12.O2.2O26\nGuten Tag,\nbitte.", "2026-02-12"),
    "blanks": (f"{ADDRESS}\n12. 02. 2026\nGuten Tag,\nbitte.", "2026-02-12"),
    "written month, misread": (f"{ADDRESS}\nZwönau, 3. Marz 2026\nGuten Tag,\nbitte.", "2026-03-03"),
    "invoice date beside a period": (
        f"Elektro Seifert GmbH\n{ADDRESS}\nLeistung 01.01.2026 bis 31.01.2026\nRechnungsdatum: 05.02.2026\nBetrag",
        "2026-02-05",
    ),
    "an IBAN is no date": (f"{ADDRESS}\nDE02 1203 0000 0000 2020 51\n12.02.2026\nGuten Tag,\nbitte.", "2026-02-12"),
    "no date at all": (f"{ADDRESS}\nGuten Tag,\nbitte rufen Sie an.\nUwe", None),
}


@pytest.mark.parametrize("name", TRAPS)
def test_letter_date(name: str) -> None:
    text, expected = TRAPS[name]
    assert letter_date(text) == expected


def test_enclosure_does_not_win() -> None:
    first = f"{ADDRESS}\n12.02.2026\nGuten Tag,\nanbei der alte Bescheid."
    enclosed = "Stadt Zwönau\nDatum: 05.06.2019\nBescheid"
    assert letter_date(first, enclosed) == "2026-02-12"


def test_date_under_its_column_label() -> None:
    """An information block: labels in one line, values in the next."""
    block = "Ihr Zeichen Ihre Nachricht vom Unser Zeichen Datum\n03.01.2026 ab-12 12.02.2026"
    text = f"{ADDRESS}\n{block}\nGuten Tag,\nbitte."
    assert letter_date(text) == "2026-02-12"


@pytest.mark.parametrize("written", ["12.02.2031", "12.02.2019"])
def test_implausible_date_is_said(written: str) -> None:
    found = extract([page(f"{ADDRESS}\n{written}\nGuten Tag,\nbitte.")], CITY, received=date(2026, 2, 20))
    assert any(finding.startswith("date-implausible:") for finding in found.findings)


def test_word_boxes_give_the_place() -> None:
    """With boxes the lines are where they are on the page, whatever the number of blank lines."""
    lines = ["Uwe Colditz", "12.02.2026", "Guten Tag,", "am 01.01.2025 war es kalt."]
    words = tuple(
        Word(word, 60.0 + 40 * column, 60.0 + 40 * row, 95.0 + 40 * column, 72.0 + 40 * row, 0.9, row)
        for row, line in enumerate(lines)
        for column, word in enumerate(line.split())
    )
    pages = [PageText(1, 595.0, 842.0, "\n\n".join(lines), words, "ocr", 0.9)]
    found = extract(pages, CITY).date
    assert found is not None and found.value == "2026-02-12"


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2099, 12, 31)))
def test_every_calendar_day_is_read(day: date) -> None:
    for text in (f"{day:%d.%m.%Y}", f"{day.day}.{day.month}.{day.year}", day.isoformat()):
        assert [found for _, _, found in spans(text)] == [day]


@given(st.text(max_size=300))
def test_any_text_is_borne(text: str) -> None:
    extract([page(text)], CITY)


@pytest.mark.parametrize(
    ("above", "subject"),
    [
        ("Abrechnung Chortreffen\nIhr Zeichen 41.11-2026/000014", "Abrechnung Chortreffen"),
        (
            "Kündigung des Vertrags zum 31.12.2026\nIhr Zeichen: -   Unser Zeichen: Kd-387/26   Datum: 30.07.2026",
            "Kündigung des Vertrags",
        ),
        ("Hecke an der Schule\nZwönau, den 29. Juni 2026", "Hecke an der Schule"),
        ("Betreff: Umzug\nTel. 03774 555", "Umzug"),
    ],
)
def test_the_subject_is_no_sign_and_no_date(above: str, subject: str) -> None:
    found = extract([page(f"{ADDRESS}\n{above}\nSehr geehrte Damen und Herren,\nbitte.")], CITY).subject
    assert found.startswith(subject)
