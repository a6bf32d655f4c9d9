"""Letters to somebody else, and letters that nobody signed."""

from __future__ import annotations

import pytest

from benchmarks import measuring as bench
from mailroom.fields.values import Extracted
from mailroom.ports import PageText, Recommendation, Suggestion
from mailroom.stages.extract import extract
from mailroom.stages.special import misdirected

REGISTERS = bench.city_registers()
ASTRAY = (
    "Stromwerk AG\nHauptstraße 9\n08056 Zwickau\nFrau\nElke Mustermann\nAmselweg 3\n08412 Werdau\n20.11.2026\n"
    "Sehr geehrte Frau Mustermann,\nanbei Ihre Jahresabrechnung.\nMit freundlichen Grüßen\nStromwerk AG"
)


def read(text: str) -> Extracted:
    return extract((PageText(1, 595.0, 842.0, text, (), "ocr", 0.9),), REGISTERS)


def test_addressed_to_somebody_else() -> None:
    assert read(ASTRAY).other_recipient == "Frau Elke Mustermann"


@pytest.mark.parametrize(
    "text",
    [
        ASTRAY.replace("Amselweg 3", "bei der Stadtverwaltung Zwönau\nMarkt 1"),
        ASTRAY.replace("Sehr geehrte Frau Mustermann", "Sehr geehrte Damen und Herren"),
        ASTRAY.replace("anbei Ihre", "Kopie an die Stadtverwaltung Zwönau\nanbei Ihre"),
        "Frau Elke Mustermann\nAmselweg 3\n08412 Werdau\nSteueramt\nGuten Tag,\nmein Hund ist tot.\nElke Mustermann",
    ],
)
def test_ours_or_not_sure(text: str) -> None:
    assert read(text).other_recipient == ""


@pytest.mark.parametrize(
    ("greeting", "whom"),
    [
        ("Liebes Team der Barmenia,", "Barmenia"),
        ("Sehr geehrte Krankenkasse,", "Krankenkasse"),
        ("Guten Tag,\nan das Finanzamt Zschopau: ich frage nach meinem Bescheid.", "Finanzamt Zschopau"),
        ("Liebes Team vom Bürgeramt,", ""),
        ("Sehr geehrte Stadtkasse,", ""),
        ("Liebes Rathaus,", ""),
        ("Sehr geehrte Damen und Herren,", ""),
    ],
)
def test_words_that_speak_to_somebody_else(greeting: str, whom: str) -> None:
    text = f"Jana Hänel\nStadtverwaltung Zwönau\nMarkt 1\n09999 Zwönau\n{greeting}\nich kündige.\nMfG\nJana Hänel"
    assert read(text).spoken_to == whom


def test_is_to_be_sent_on() -> None:
    sure = Suggestion(Recommendation.STRONG, "eingangsrechnung", "Rechnung", "X", None, "20.21", "20.2", None, 0.99)
    said = misdirected(sure, read(ASTRAY), REGISTERS)
    assert (said.recommendation, said.class_notation, said.document_type) == ("medium", "10.22", None)
    assert said.unit == "10.2" and any(finding.startswith("misdirected:") for finding in said.findings)


@pytest.mark.parametrize(
    ("text", "anonymous"),
    [
        ("Mein Nachbar zahlt keine Steuer. Ich will meinen Namen nicht nennen.", True),
        ("In der Gaststätte wird schwarz gearbeitet.\nEin besorgter Bürger", True),
        ("Bitte prüfen Sie das. Anonym.", True),
        ("Meinen Namen möchte ich nicht angeben.", True),
        ("Mein Name ist Jana Hänel, bitte rufen Sie an.", False),
        ("Im Mai wurde ich von einem Bürger angesprochen.", False),
    ],
)
def test_anonymous(text: str, anonymous: bool) -> None:
    assert read(f"Stadtverwaltung Zwönau\nMarkt 1\n09999 Zwönau\n{text}").anonymous is anonymous


def test_a_signed_letter_is_not_anonymous() -> None:
    text = "Uwe Colditz\nSonnenleithe 61\n09999 Zwönau\nStadtverwaltung Zwönau\nGuten Tag,\nder Anrufer blieb anonym.\n"
    assert not read(f"{text}Mit freundlichen Grüßen\nUwe Colditz").anonymous


@pytest.mark.parametrize(
    ("text", "thanks"),
    [
        ("Herzlichen Dank für die schnelle Hilfe mit meinem Ausweis!", True),
        ("wir möchten uns für die Reparatur der Schaukel bedanken. Die Kinder freuen sich.", True),
        ("Ein großes Lob an das Team vom Bürgeramt.", True),
        ("Vielen Dank für Ihren Brief. Bitte schicken Sie mir das Formular.", False),
        ("Vielen Dank im Voraus. Ich beantrage eine Geburtsurkunde.", False),
        ("Danke. Wann bekomme ich Antwort?", False),
        ("Vielen Dank für den Bescheid, gegen den ich Widerspruch einlege.", False),
        ("Der Gehweg ist kaputt.", False),
    ],
)
def test_thanks_alone(text: str, thanks: bool) -> None:
    assert read(f"Stadtverwaltung Zwönau\nMarkt 1\n09999 Zwönau\n{text}").thanks is thanks
