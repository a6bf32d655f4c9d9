"""Deadlines as letters set them: wording, arithmetic, and what looks like one and is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import measuring as bench
from mailroom import followups
from mailroom.fields.deadlines import deadlines
from mailroom.fields.lines import lines_of
from mailroom.ports import Deadline, PageText
from mailroom.stages.extract import extract

WRITTEN, RECEIVED = date(2026, 2, 26), date(2026, 2, 27)
REGISTERS = bench.city_registers()


def found(text: str) -> list[Deadline]:
    lines = lines_of(PageText(1, 0.0, 0.0, text, (), "digital", 1.0))
    return list(deadlines([lines], written=WRITTEN, received=RECEIVED))


@pytest.mark.parametrize(
    ("text", "day", "words"),
    [
        ("Bitte senden Sie uns die Unterlagen bis zum 20.03.2026 zu.", "2026-03-20", "bis zum 20.03.2026"),
        ("Ihre Antwort bis Freitag, den 13.03.2026, 12:00 Uhr.", "2026-03-13", "bis Freitag, den 13.03.2026"),
        ("Melden Sie sich spätestens am 15. März 2026", "2026-03-16", "spätestens am 15. März 2026"),
        ("Nehmen Sie bis spätestens 22.03.2026 Stellung", "2026-03-23", "bis spätestens 22.03.2026"),
        ("Bindefrist: 30.04.2026", "2026-04-30", "Bindefrist: 30.04.2026"),
        ("fällig am 01.04.2026", "2026-04-01", "fällig am 01.04.2026"),
        ("Bitte melden Sie sich bis zum 5. April.", "2026-04-07", "bis zum 5. April"),
        ("Bitte melden Sie sich bis zum 15.01. bei mir.", "2027-01-15", "bis zum 15.01."),
        ("Bis Ende März brauche ich eine Antwort.", "2026-03-31", "Bis Ende März"),
        ("Bis Mitte Februar 2027 brauche ich sie.", "2027-02-15", "Bis Mitte Februar 2027"),
        ("Bitte antworten Sie binnen zwei Wochen.", "2026-03-13", "binnen zwei Wochen"),
        ("Bitte antworten Sie binnen\nzwei Wochen.", "2026-03-13", "binnen zwei Wochen"),
        ("Zahlung bitte bis\n28.2.26 auf unser Konto", "2026-03-02", "bis 28.2.26"),
        ("innerhalb eines Monats nach Zustellung Klage", "2026-03-27", "innerhalb eines Monats nach Zustellung"),
        ("innerhalb von 14 Tagen ab Rechnungsdatum", "2026-03-12", "innerhalb von 14 Tagen ab Rechnungsdatum"),
        ("innerhalb von 14 (vierzehn) Tagen", "2026-03-13", "innerhalb von 14 (vierzehn) Tagen"),
        ("Zahlungsziel: 30 Tage netto", "2026-03-30", "Zahlungsziel: 30 Tage"),
        ("Rückgabe binnen Monatsfrist", "2026-03-27", "binnen Monatsfrist"),
        ("Wir setzen eine Frist von drei Wochen.", "2026-03-20", "Frist von drei Wochen"),
        ("innerhalb von 5 Arbeitstagen", "2026-03-06", "innerhalb von 5 Arbeitstagen"),
        ("binnen zwei Wochen ab dem 02.03.2026", "2026-03-16", "binnen zwei Wochen ab dem 02.03.2026"),
        ("Bitte bis zum 15. zurück an mich.", "2026-03-16", "bis zum 15."),
        ("bis spätestens 10. des nächsten Monats", "2026-03-10", "bis spätestens 10. des nächsten Monats"),
        ("Ich erwarte das bis einschließlich 05.03.26.", "2026-03-05", "bis einschließlich 05.03.26"),
        ("Rückantwort erbeten bis: 12.3.", "2026-03-12", "bis: 12.3."),
        ("Der späteste Termin für Ihre Antwort ist der 19.03.2026", "2026-03-19", "späteste Termin für"),
        ("Melden Sie sich bis Freitag bei mir.", "2026-02-27", "bis Freitag"),
        ("Bitte bis Ende des nächsten Monats.", "2026-03-31", "bis Ende des nächsten Monats"),
        ("Bitte antworten Sie bis zum Quartalsende.", "2026-03-31", "bis zum Quartalsende"),
        ("Ich erwarte Ihre Antwort binnen zwei Wochen nach Zugang.", "2026-03-13", "binnen zwei Wochen nach Zugang"),
        ("Bitte antworten Sie in den nächsten 10 Tagen.", "2026-03-09", "in den nächsten 10 Tagen"),
        ("Ich gebe Ihnen dafür drei Wochen Zeit.", "2026-03-20", "gebe Ihnen dafür drei Wochen Zeit"),
        ("Wir setzen eine zweiwöchige Frist.", "2026-03-13", "zweiwöchige Frist"),
        ("Antwort inerhalb von 14 Tagen, bitte.", "2026-03-13", "inerhalb von 14 Tagen"),
        ("zur mündlichen Verhandlung am 18.03.2026 geladen", "2026-03-18", "mündlichen Verhandlung am 18.03.2026"),
        ("Termin zur Erörterung wird bestimmt auf Sonntag, 15.03.2026", "2026-03-15", "Termin zur Erörterung"),
        ("Dafür lasse ich Ihnen zwei Wochen, danach klage ich.", "2026-03-13", "lasse ich Ihnen"),
        ("Sie haben einen Monat ab Zugang dieses Briefes.", "2026-03-27", "Sie haben einen Monat"),
        ("Ihre Antwort haben wir in drei Wochen vorgemerkt.", "2026-03-20", "in drei Wochen vorgemerkt"),
        ("Zur Klage haben wir uns den 9. März 2026 notiert.", "2026-03-09", "9. März 2026"),
        ("Die Bank will ihn am 6.3. sehen, bitte schicken Sie ihn bis dahin.", "2026-03-06", "6.3."),
        ("Der Bauer will von mir bis 13. März wissen, ob es geht.", "2026-03-13", "bis 13. März"),
        ("Bitte bis Gründonnerstag, 2. April 2026, 12 Uhr erklären.", "2026-04-02", "bis Gründonnerstag"),
        ("Die Mängel sind bis Monatsende März zu beheben.", "2026-03-31", "bis Monatsende März"),
        ("binnen drei Wochen, gerechnet vom Datum dieses Schreibens", "2026-03-19", "binnen drei Wochen"),
        ("innerhalb von 14 Tagen ab heute", "2026-03-12", "innerhalb von 14 Tagen ab heute"),
        ("Gleichen Sie den Betrag bis spätestens 17.03.2026 aus.", "2026-03-17", "bis spätestens 17.03.2026"),
        ("Please reply within 14 days of receipt.", "2026-03-13", "within 14 days of receipt"),
        ("Please reply by 20 March 2026.", "2026-03-20", "by 20 March 2026"),
    ],
)
def test_wordings(text: str, day: str, words: str) -> None:
    assert [(one.date, one.text[: len(words)]) for one in found(text)] == [(day, words)]


@pytest.mark.parametrize(
    "text",
    [
        "Der Ausweis ist gültig bis 31.12.2027.",
        "Ich war vom 01.03.2026 bis 05.03.2026 verreist.",
        "Ich kündige zum Jahresende.",
        "Bis zum 01.02.2026 habe ich bezahlt.",
        "Sie haben nicht innerhalb von zwei Wochen geantwortet.",
        "Innerhalb eines Monats nach Bekanntgabe Ihres Bescheides lege ich Widerspruch ein.",
        "Die Kündigungsfrist von 3 Monaten ist einzuhalten.",
        "innerhalb von 5 Werktagen nach Vertragsschluss",
        "Seit zwei Wochen ist die Laterne dunkel.",
        "In zwei Wochen ziehe ich um.",
        "Ich falle noch bis 19.03.2026 aus.",
        "Wir wohnen bis zum 3. Stock hinauf im selben Haus.",
        "In den nächsten zwei Wochen bin ich verreist.",
        "Der Voranschlag ist bis 31.03.2026 gültig.",
        "Die nächste Sitzung am 18.03.2026 ist öffentlich.",
        "Die Kollegen bleiben bis 20. März 2026 im Lager.",
        "Bitte bis 30.04.2026 verlängern.",
        "Sonst läuft der Vertrag weiter bis 31.12.2027.",
        "in den Ferien (8. bis 20. März)",
        "Sie haben seit drei Wochen nicht geschrieben.",
        "Frist von null Tagen",
        "bis zum 31.02.2026",
    ],
)
def test_no_deadlines(text: str) -> None:
    assert found(text) == []


def test_basis_names_the_clauses() -> None:
    (moved,) = found("bis zum 15.03.2026")
    assert (moved.date, moved.stated, moved.basis) == ("2026-03-16", "2026-03-15", "genannter Tag, § 193 BGB")
    (period,) = found("binnen zwei Wochen")
    assert period.basis == "ab Eingang 27.02.2026, §§ 187, 188 BGB"


def test_of_the_letter_with_its_own_date_and_page() -> None:
    text = "Kanzlei Roth\nStadt Zwönau\n26.02.2026\nGuten Tag,\nbinnen zwei Wochen ab Datum dieses Schreibens.\nMfG"
    pages = (PageText(1, 595.0, 842.0, "Deckblatt", (), "ocr", 0.9), PageText(2, 595.0, 842.0, text, (), "ocr", 0.9))
    (one,) = extract(pages, REGISTERS, received=RECEIVED).deadlines
    assert (one.date, one.page) == ("2026-03-12", 2)


def test_deadlines_of_an_enclosed_letter_of_ours_are_not_the_letters() -> None:
    letter = "Uwe Colditz\nStadt Zwönau\n26.02.2026\nGuten Tag,\nbitte bis zum 20.03.2026 antworten.\nMfG\nUwe Colditz"
    ours = "Stadtverwaltung Zwönau\nDatum: 10.02.2026\nBescheid\nDer Betrag ist fällig am 10.03.2026.\nMfG\nUhlig"
    bill = "Werkstatt Baumann\nZwönitz, den 01.02.2026\nzahlbar bis 12.03.2026"
    pages = tuple(
        PageText(number, 595.0, 842.0, text, (), "ocr", 0.9) for number, text in enumerate((letter, ours, bill), 1)
    )
    assert [one.date for one in extract(pages, REGISTERS, received=RECEIVED).deadlines] == ["2026-03-20"]


def test_process_register_counts_from_receipt() -> None:
    days = followups.of_process(REGISTERS, "hundesteuer-anmeldung", "22.31", date(2026, 2, 12))
    assert [(one.date, one.title, one.page) for one in days] == [("2026-03-12", "Bescheid erlassen", None)]
    month = followups.of_process(REGISTERS, "dsgvo-auskunft", "10.52", date(2026, 2, 14))
    assert all(one.date == "2026-03-16" and one.basis == "DSGVO Art. 12 Abs. 3" for one in month)


def test_process_register_takes_targets_from_the_routing_table() -> None:
    key = next(key for key, row in REGISTERS.processes.items() if any(d.unit == "routing" for d in row.deadlines))
    target = min(route.target_workdays for route in REGISTERS.routes if route.filing_class == "66.12")
    (one,) = followups.of_process(REGISTERS, key, "66.12", date(2026, 3, 2))
    assert target == 5 and one.date == "2026-03-09"


def test_unknown_process_and_other_starts_have_none() -> None:
    assert followups.of_process(REGISTERS, None, None, RECEIVED) == []
    process = REGISTERS.processes["hundesteuer-anmeldung"]
    later = process.model_copy(update={"deadlines": tuple(d for d in process.deadlines if d.start != "eingang")})
    assert followups.of_process(replace(REGISTERS, processes={"x": later}), "x", None, RECEIVED) == []


def test_in_order() -> None:
    late, early = Deadline("2026-04-01", "b", ""), Deadline("2026-03-01", "a", "", 1)
    assert followups.in_order([late, early]) == (early, late)


@given(st.text(alphabet="bis zum 0123456789.frinewochtagMä,\n", max_size=200))
def test_any_text_gives_days_in_order(text: str) -> None:
    days = [date.fromisoformat(one.date) for one in found(text)]
    assert days == sorted(days) and all(day >= WRITTEN for day in days)
