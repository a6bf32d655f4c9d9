"""Who wrote it: letterhead, return line, signature, e-mail; never the city, not even on an enclosed copy."""

from __future__ import annotations

import pytest

from mailroom.ports import PageText
from mailroom.registers import Office, Registers
from mailroom.stages.extract import extract

CITY = Registers(
    {},
    (),
    {},
    (),
    ("Stadtverwaltung Zwönau", "Stadt Zwönau"),
    {"22": Office("22", "Steueramt", "steueramt@zwoenau.example")},
    {},
)
ADDRESS = "Stadtverwaltung Zwönau\nSteueramt\nMarkt 1\n09999 Zwönau"
BODY = "12.02.2026\nSehr geehrte Frau Wallroth,\nbitte antworten Sie mir.\nMit freundlichen Grüßen"


def sender(*texts: str) -> str | None:
    pages = [PageText(number, 595.0, 842.0, text, (), "ocr", 0.9) for number, text in enumerate(texts, start=1)]
    found = extract(pages, CITY).sender
    return found.value if found else None


TRAPS = {
    "return line": (f"Uwe Colditz, Sonnenleithe 61, 09999 Zwönau\n{ADDRESS}\n{BODY}\nUwe Colditz", "Uwe Colditz"),
    "small dots": (f"Thi-Mai Kaden · Am Wehr 3 · 09999 Zwönau\n{ADDRESS}\n{BODY}\nT. Kaden", "Thi-Mai Kaden"),
    "dots misread": (f"Uwe Colditz : Am Wehr 3 : 09999 Zwönau\n{ADDRESS}\n{BODY}\nUwe Colditz", "Uwe Colditz"),
    "not a copy": (f"Kopierwelt GmbH, Am Wehr 3, 08056 Zwickau\n{ADDRESS}\n{BODY}\nUwe Oertel", "Kopierwelt GmbH"),
    "block of lines": (f"Uwe Colditz\nSonnenleithe 61\n09999 Zwönau\n{ADDRESS}\n{BODY}\nColditz", "Uwe Colditz"),
    "address field first": (
        f"{ADDRESS}\nUwe Colditz\nSonnenleithe 61\n09999 Zwönau\n{BODY}\nUwe Colditz",
        "Uwe Colditz",
    ),
    "company, signed by a person": (
        f"Elektro Seifert GmbH\nHauptstraße 4\n08056 Zwickau\n{ADDRESS}\n{BODY}\nOlaf Seifert",
        "Elektro Seifert GmbH",
    ),
    "organisation without legal form": (
        f"Seniorenheim Sonnenhof\nHauptstraße 4\n08056 Zwickau\n{ADDRESS}\n{BODY}\nAnnett Colditz",
        "Seniorenheim Sonnenhof",
    ),
    "association": (
        f"Heimatverein Niederzwönau e. V.\n{ADDRESS}\n{BODY}\nUwe Oertel",
        "Heimatverein Niederzwönau e. V.",
    ),
    "only signed": (f"{ADDRESS}\n{BODY}\nUwe Colditz", "Uwe Colditz"),
    "labelled": (f"Absender: Ayşe Yılmaz, Lindenweg 3\n{ADDRESS}\n{BODY}", "Ayşe Yılmaz"),
    "mail header": (f"Von: Uwe Colditz <uwe@example.org>\nAn: steueramt@zwoenau.example\n{BODY}\nUwe", "Uwe Colditz"),
    "form fields": (f"{ADDRESS}\nAnmeldung\nFamilienname: Colditz\nVorname: Uwe\nRasse: Dackel", "Uwe Colditz"),
    "lawyer": (
        f"Rechtsanwälte Brandt & Kollegen\nMarkt 9, 08056 Zwickau\n{ADDRESS}\n{BODY}\nDr. Mira Brandt\nRechtsanwältin",
        "Rechtsanwälte Brandt & Kollegen",
    ),
    "person in charge is no sender": (f"{ADDRESS}\nz. Hd. Frau Petra Wallroth\n{BODY}\nUwe Colditz", "Uwe Colditz"),
}


@pytest.mark.parametrize("name", TRAPS)
def test_sender(name: str) -> None:
    text, expected = TRAPS[name]
    assert sender(text) == expected


def test_city_on_an_enclosed_copy_is_not_the_sender() -> None:
    first = f"Uwe Colditz, Sonnenleithe 61, 09999 Zwönau\n{ADDRESS}\n{BODY}\nUwe Colditz"
    copy = "Stadtverwaltung Zwönau\nSteueramt\nHerrn Uwe Colditz\nBescheid\nMit freundlichen Grüßen\nPetra Wallroth"
    assert sender(first, copy) == "Uwe Colditz"


@pytest.mark.parametrize("slip", ["Stadtverwa1tung Zwonau", "STADTVERWALTUNG ZWÖNAU", "An die Stadt Zwönau"])
def test_city_misread_is_not_the_sender(slip: str) -> None:
    found = sender(f"{slip}\nMarkt 1\n09999 Zwönau\n{BODY}\nUwe Colditz")
    assert found == "Uwe Colditz"


def test_nothing_is_made_up() -> None:
    assert sender(f"{ADDRESS}\nGuten Tag,\ndas Licht geht nicht.") is None
