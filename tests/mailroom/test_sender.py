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


BAUM = "Kanzlei Baum & Theil Rechtsanwälte PartG mbB"


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
    "turned about": (f"Sättler, Nadja\n{ADDRESS}\n{BODY}\n", "Nadja Sättler"),
    "initial in the head": (f"E. Wappler\nMühlgraben 14\n{ADDRESS}\n{BODY}\nEdeltraud Wappler", "Edeltraud Wappler"),
    "with a trade": (
        f"Bernd Ihle, Buchprüfer und Steuerberater\nNeumarkt 5 | 08280 Aue\n{ADDRESS}\n{BODY}\nB. Ihle",
        "Bernd Ihle",
    ),
    "in capitals": (f"LABOR ERZGEBIRGE MVZ GmbH\n{ADDRESS}\n{BODY}", "Labor Erzgebirge MVZ GmbH"),
    "in capitals, small below": (
        f"GERÜSTBAU WEISS GmbH\n{ADDRESS}\n{BODY}\nGerüstbau Weiss GmbH, HRB 1",
        "Gerüstbau Weiss GmbH",
    ),
    "in capitals, small below in a line with ß": (
        f"GERÜSTBAU WEISS GmbH\n{ADDRESS}\n{BODY}\nIhre Großbaustelle? Grüße, Gerüstbau Weiss GmbH, HRB 1",
        "Gerüstbau Weiss GmbH",
    ),
    "letterhead over two lines": (f"KANZLEI BAUM & THEIL\nRechtsanwälte PartG mbB\n{ADDRESS}\n{BODY}", BAUM),
    "from its mailbox": (
        f"Von: Büro Gahlert <buero@maler-gahlert.example>\nAn: a@zwoenau.example\n{BODY}\nRomy Gahlert\n"
        "Malerbetrieb Gahlert GmbH\nWeg 9 | 09999 Zwönau",
        "Malerbetrieb Gahlert GmbH",
    ),
    "surname first in the head of a mail": (
        f"Von: Kretzschmar, Heiko <hk@example.org>\nAn: a@zwoenau.example\n{BODY}",
        "Heiko Kretzschmar",
    ),
    "only introduced": (f"{ADDRESS}\nGuten Tag,\nich bin Lukas Reißmann und elf Jahre alt.", "Lukas Reißmann"),
    "given name first in a form": (f"{ADDRESS}\nAnmeldung\nVorname: Uwe\nNachname: Colditz", "Uwe Colditz"),
    "organisation with a treasurer": (
        f"HEIMATVEREIN NIEDERZWÖNAU e. V.\nTanja Colditz, Am Wehr 7, 09999 Zwönau\n{ADDRESS}\n{BODY}\nTanja Colditz",
        "Heimatverein Niederzwönau e. V.",
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
