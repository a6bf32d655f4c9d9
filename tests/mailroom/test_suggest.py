"""What a letter is and where it belongs: traps of matching, and a floor under the precision of ``strong``."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from benchmarks import measuring as bench
from benchmarks.everyday import everyday, noisy
from erecords.errors import InputRefused, StoreDamaged
from mailroom.classifiers import evidence, processes
from mailroom.classifiers import knowledge as learning
from mailroom.classifiers.knowledge import Knowledge, Sample
from mailroom.classifiers.text import body
from mailroom.matching.identifiers import address_value, case_identifiers, sound
from mailroom.ports import KnownCase, PageText, Recommendation, Suggestion
from mailroom.stages.extract import extract
from mailroom.stages.suggest import rank, suggest

REGISTERS = bench.city_registers()
ADDRESS = "Stadtverwaltung Zwönau, Markt 1, 09999 Zwönau\n12.02.2026"
SAD = "Mein Hund ist leider gestorben, bitte beenden Sie die Hundesteuer und erstatten Sie den Rest."


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return learning.learn(learning.read_samples(bench.TRAINING), REGISTERS)


class Cases(bench.MemoryCases):
    """Cases of a test."""

    def __init__(self, *rows: tuple[KnownCase, str]) -> None:
        super().__init__(None, REGISTERS)
        for case, text in rows:
            self._cases[case.reference] = case
            self._pairs[case.reference] = case_identifiers(case.title, case.file_key, [text], REGISTERS)
            if case.state == "open":
                for pair in self._pairs[case.reference]:
                    self._index[pair].append(case.reference)


def dog(
    number: int, name: str, born: str, chip: str, street: str = "Sonnenleithe 61", state: str = "open"
) -> tuple[KnownCase, str]:
    given, surname = name.split()
    reference = f"22.31-2026/{number:06d}"
    key = f"{surname}, {given}, geb. {born}"
    case = KnownCase(reference, "22.31", "22.3", f"Hundesteuer {surname}, {given}", key, state)
    text = f"Bescheid für {name}, geboren am {born}, {street}, 09999 Zwönau. Transponder {chip}. Zeichen {reference}."
    return case, text


def ask(knowledge: Knowledge, cases: Cases, text: str, confidence: float = 0.9) -> Suggestion:
    pages = (PageText(1, 595.0, 842.0, text, (), "ocr", confidence),)
    return suggest(pages, extract(pages, REGISTERS), REGISTERS, cases, knowledge, received=date(2026, 2, 14))


UWE = dog(1, "Uwe Colditz", "03.05.1972", "276098106234567")
OTHER_UWE = dog(2, "Uwe Colditz", "09.09.1990", "276098106239999", "Lindenweg 4")
UWE_HEAD = f"Uwe Colditz, Sonnenleithe 61, 09999 Zwönau\n{ADDRESS}\nGuten Tag,\n"


def letter(body: str, head: str = UWE_HEAD) -> str:
    return f"{head}{body}\nMit freundlichen Grüßen\nUwe Colditz"


@pytest.mark.parametrize(
    "quote",
    ["22.31-2026/000001", "22.31 - 2026 / 000001", "22.31-2O26/OOO001", "22.31-2026/\n000001"],
)
def test_own_reference_in_any_spelling(knowledge: Knowledge, quote: str) -> None:
    said = ask(knowledge, Cases(UWE, OTHER_UWE), letter(f"Ihr Zeichen {quote}. {SAD}"))
    assert (said.case, said.class_notation, said.unit) == ("22.31-2026/000001", "22.31", "22.3")
    assert any(reason.name == "reference" and reason.page == 1 for reason in said.reasons)


def test_senders_own_sign_is_not_ours(knowledge: Knowledge) -> None:
    text = f"Tierarztpraxis Dr. Roth\n{ADDRESS}\nUnser Zeichen: 22.31-2026/000001\nGuten Tag,\n{SAD}\nMfG\nDr. Roth"
    assert ask(knowledge, Cases(UWE), text).case is None


def test_reference_that_no_case_has(knowledge: Knowledge) -> None:
    said = ask(knowledge, Cases(), letter(f"Ihr Zeichen 22.31-2026/000999. {SAD}"))
    assert said.case is None and said.class_notation == "22.31"


def test_chip_number(knowledge: Knowledge) -> None:
    said = ask(knowledge, Cases(UWE, OTHER_UWE), letter(f"Chip 276 098 106 239 999. {SAD}", f"{ADDRESS}\nGuten Tag,\n"))
    assert said.case == "22.31-2026/000002"


def test_name_and_birth_date(knowledge: Knowledge) -> None:
    said = ask(
        knowledge, Cases(UWE, OTHER_UWE), letter(f"Uwe Colditz, geb. 09.09.1990. {SAD}", f"{ADDRESS}\nGuten Tag,\n")
    )
    assert said.case == "22.31-2026/000002"


def test_same_name_other_birth_date_is_another_person(knowledge: Knowledge) -> None:
    said = ask(knowledge, Cases(UWE), letter(f"Uwe Colditz, geb. 01.01.2001. {SAD}", f"{ADDRESS}\nGuten Tag,\n"))
    assert said.case is None


def shop(number: int, name: str) -> tuple[KnownCase, str]:
    reference = f"32.21-2026/{number:06d}"
    case = KnownCase(reference, "32.21", "32.2", f"Gewerbeanzeigen {name}", name, "open")
    return case, f"Der Empfang der Anzeige für {name} wird bescheinigt. {reference}."


CLOSES = "ich gebe {name} zum Monatsende auf und gehe in Rente. Bitte bestätigen Sie mir die Abmeldung meines Gewerbes."


def test_misread_company_has_its_case(knowledge: Knowledge) -> None:
    cases = Cases(shop(1, "Elektro Ullrich e. K."), shop(2, "Elektro Zeidler KG"))
    said = ask(knowledge, cases, letter(CLOSES.format(name="Elektro Ulirich e. K."), f"{ADDRESS}\nGuten Tag,\n"))
    assert said.case == "32.21-2026/000001"


def test_a_letter_that_goes_on_with_a_case_asks_where_none_is_found(knowledge: Knowledge) -> None:
    said = ask(knowledge, Cases(), letter(CLOSES.format(name="Elektro Ullrich e. K."), f"{ADDRESS}\nGuten Tag,\n"))
    assert said.document_type == "gewerbeabmeldung" and said.recommendation is not Recommendation.STRONG
    assert any(finding.startswith("case-missing:") for finding in said.findings)


def test_marks_that_ocr_loses_do_not_part_a_person_from_the_case(knowledge: Knowledge) -> None:
    rene = dog(3, "René Yılmaz", "01.02.1970", "276098106230001")
    head = f"Rene Yilmaz, Sonnenleithe 61, 09999 Zwönau\n{ADDRESS}\nGuten Tag,\n"
    said = ask(knowledge, Cases(rene), f"{head}{SAD}\nMfG\nRene Yilmaz")
    assert (said.case, said.sender) == ("22.31-2026/000003", "René Yılmaz")


def test_name_and_address(knowledge: Knowledge) -> None:
    assert ask(knowledge, Cases(UWE, OTHER_UWE), letter(SAD)).case == "22.31-2026/000001"


def test_two_candidates_are_asked(knowledge: Knowledge) -> None:
    said = ask(knowledge, Cases(UWE, OTHER_UWE), letter(SAD, f"{ADDRESS}\nGuten Tag,\n"))
    assert said.case is None
    assert set(said.candidates) == {"22.31-2026/000001", "22.31-2026/000002"}
    assert said.recommendation is not Recommendation.STRONG
    assert any(finding.startswith("case-ambiguous:") for finding in said.findings)


def test_misspelt_name_with_birth_date(knowledge: Knowledge) -> None:
    head = f"Uwe Kolditz\nSonnenleithe 61\n09999 Zwönau\n{ADDRESS}\nGuten Tag,\n"
    said = ask(knowledge, Cases(UWE), letter(f"Uwe Kolditz, geb. 03.05.1972. {SAD}", head))
    assert said.case == "22.31-2026/000001"


def test_closed_case_is_said_not_suggested(knowledge: Knowledge) -> None:
    closed = dog(1, "Uwe Colditz", "03.05.1972", "276098106234567", state="closed")
    said = ask(knowledge, Cases(closed), letter(f"Ihr Zeichen 22.31-2026/000001. {SAD}"))
    assert said.case is None and said.recommendation is not Recommendation.STRONG
    assert any(finding.startswith("case-closed:") for finding in said.findings)


def test_collective_file_of_the_letters_year(knowledge: Knowledge) -> None:
    years = [
        (KnownCase(f"20.21-{year}/000001", "20.21", "20.2", f"Eingangsrechnungen {year}", str(year), "open"), "")
        for year in (2025, 2026)
    ]
    text = f"Elektro Seifert GmbH\n{ADDRESS}\nRechnung Nr. RE-0815\nNettobetrag 100,00 €, Umsatzsteuer 19 %"
    said = ask(knowledge, Cases(*years), text)
    assert (said.document_type, said.case) == ("eingangsrechnung", "20.21-2026/000001")


def test_new_case_is_an_answer(knowledge: Knowledge) -> None:
    said = ask(
        knowledge, Cases(), letter("Ich möchte meinen Hund zur Hundesteuer anmelden. Uwe Colditz, geb. 03.05.1972")
    )
    assert said.case is None
    assert said.file_key == "Colditz, Uwe, geb. 03.05.1972" and "Colditz, Uwe" in said.case_title
    assert said.title == "Anmeldung zur Hundesteuer, Uwe Colditz"


def test_marked_mail_is_never_strong(knowledge: Knowledge) -> None:
    said = ask(knowledge, Cases(UWE), f"Persönlich / Vertraulich\n{letter(SAD)}")
    assert said.recommendation is not Recommendation.STRONG


def test_hard_to_read_is_never_strong(knowledge: Knowledge) -> None:
    assert ask(knowledge, Cases(UWE), letter(SAD), confidence=0.3).recommendation is not Recommendation.STRONG


@pytest.mark.parametrize(
    "text",
    [
        "This is a test.",
        "Test",
        "12345 ABC xyz",
        "The (quick) [brown] fox jumps! Over the $43,456.78 lazy #90 dog & duck/goose, as 12.5% of E-mail is spam.",
        "Dear Sir, in facsimile a photocell is caused to perform a raster scan over the subject copy. The variations "
        "of print density on the document cause the photocell to generate an analogous electrical video signal.",
        "Linzensoep a la Waterman: neem de linzen, was ze goed en laat ze een nacht in koud water weken.",
    ],
)
def test_a_text_of_another_world_is_asked(knowledge: Knowledge, text: str) -> None:
    found = ask(knowledge, Cases(), text)
    assert found.recommendation in (Recommendation.LOW, Recommendation.NONE)
    assert any(finding.startswith("unfamiliar:") for finding in found.findings)


def test_no_text(knowledge: Knowledge) -> None:
    said = ask(knowledge, Cases(), "")
    assert (said.recommendation, said.class_notation) == (Recommendation.NONE, None)


def test_same_answer_again(knowledge: Knowledge, tmp_path: Path) -> None:
    """Stored and loaded, learned again in another order: the same answer."""
    learning.save(knowledge, tmp_path)
    loaded = learning.load(tmp_path)
    first = ask(loaded, Cases(UWE, OTHER_UWE), letter(SAD))
    assert first == ask(loaded, Cases(UWE, OTHER_UWE), letter(SAD))
    assert (first.case, first.document_type) == (
        (again := ask(knowledge, Cases(UWE, OTHER_UWE), letter(SAD))).case,
        again.document_type,
    )


def test_order_of_samples_does_not_matter() -> None:
    samples = list(learning.read_samples(bench.TRAINING))[:120]
    one = learning.learn(samples, REGISTERS)
    random.Random(1).shuffle(samples)
    two = learning.learn(samples, REGISTERS)
    assert one.fingerprint == two.fingerprint
    assert (one.model.weights == two.model.weights).all()


def test_correction_counts() -> None:
    """A few letters of a new kind, and the next of that kind is known."""
    text = "Der Schwippbogen am Rathaus soll dieses Jahr früher leuchten, schlagen die Schnitzer vor."
    samples = [Sample(f"{text} Nummer {word}.", None, "41.2", word) for word in ("eins", "zwei", "drei")]
    learned = learning.learn(samples, REGISTERS)
    assert ask(learned, Cases(), text).class_notation == "41.2"


def test_damaged_model_is_refused(knowledge: Knowledge, tmp_path: Path) -> None:
    learning.save(knowledge, tmp_path)
    data = bytearray((tmp_path / "model.npz").read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "model.npz").write_bytes(bytes(data))
    with pytest.raises(StoreDamaged):
        learning.load(tmp_path)
    with pytest.raises(StoreDamaged):
        learning.load(tmp_path / "nowhere")


def test_wrong_training_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "letters.jsonl"
    path.write_text('{"id": "a", "class": "1", "text": "x"}\nnonsense\n', encoding="utf-8")
    with pytest.raises(InputRefused, match="line 2"):
        learning.read_samples(path)


def test_phrases_serve_without_history() -> None:
    untrained = learning.learn((), REGISTERS)
    said = ask(
        untrained,
        Cases(),
        letter("Anmeldung zur Hundesteuer. Rasse: Dackel, Beginn der Haltung 01.02.2026, Wurfdatum unbekannt"),
    )
    assert (said.document_type, said.class_notation) == ("hundesteuer-anmeldung", "22.31")


@pytest.mark.parametrize(("left", "right"), [("Meier", "Maier"), ("Schmidt", "Schmitt"), ("Colditz", "Kolditz")])
def test_names_that_sound_alike(left: str, right: str) -> None:
    assert sound(left.casefold()) == sound(right.casefold())


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Am Wehr 84", "am Wehr 84"),
        ("Lößnitzer Straße 65b", "Loessnitzer Str. 65b"),
        ("Betriebsstätte Lindenweg 21", "Lindenweg 21"),
    ],
)
def test_streets_that_are_the_same(left: str, right: str) -> None:
    assert address_value(left) == address_value(right)


@pytest.mark.parametrize(("path", "right", "strong"), [(bench.EVERYDAY, 0.92, 0.45), (bench.FRESH, 0.85, 0.33)])
def test_precision_of_strong_on_letters_not_learned_from(
    knowledge: Knowledge, path: Path, right: float, strong: float
) -> None:
    """The floor: what says strong is right, and enough is said, also with slips like OCR's and without any case."""
    cases = bench.MemoryCases(None, REGISTERS)
    dice = random.Random(5)
    letters = everyday(cases, 7, path)
    letters += [replace(row, text=noisy(row.text, dice)) for row in letters]
    score = bench.measure("floor", letters, REGISTERS, cases, knowledge)
    assert score.right["strong right"] == score.asked["strong right"]
    assert score.right["strong"] / len(letters) >= strong
    assert score.right["type"] / len(letters) >= right


@pytest.mark.parametrize(
    ("text", "process"),
    [
        (SAD, "hundesteuer-abmeldung"),
        ("Hiermit bevollmächtige ich meine Schwester, das Auto für mich zuzulassen.", "kfz-zulassung"),
        ("Anbei die Kopie des Fahrzeugscheins für den Bewohnerparkausweis.", "bewohnerparkausweis"),
        ("Ich ermächtige die Stadt, fällige Beträge von meinem Girokonto abzubuchen.", None),
        ("Wir fordern die Fraktionen auf, den Punkt auf die Tagesordnung zu setzen.", None),
    ],
)
def test_process_that_it_starts_or_belongs_to(knowledge: Knowledge, text: str, process: str | None) -> None:
    said = ask(knowledge, Cases(), letter(text))
    assert said.process == process
    assert said.process_score > 0.7
    assert said.process_reasons and all(reason.text for reason in said.process_reasons)


def test_only_the_letter_that_starts_a_process_sets_its_follow_ups(knowledge: Knowledge) -> None:
    starting = ask(
        knowledge, Cases(), letter("Wohnung bezogen: ich beantrage einen Bewohnerparkausweis für mein Auto.")
    )
    paper = ask(knowledge, Cases(), letter("Anbei die Kopie des Fahrzeugscheins für den Bewohnerparkausweis."))
    assert starting.process == paper.process == "bewohnerparkausweis"
    assert any(one.page is None for one in starting.deadlines)
    assert not any(one.page is None for one in paper.deadlines)


def test_what_two_kinds_of_letter_share_is_surer_than_each(knowledge: Knowledge) -> None:
    """A move is reported by the one who moved or the one who lets: the same process either way."""
    judged = processes.judge(
        [("meldeschein|33.11", 2.0), ("wohnungsgeberbestaetigung|33.11", 2.0), ("beschwerde|10.71", 0.0)],
        REGISTERS,
        knowledge.calibration,
    )
    assert judged.key == "wohnsitz-anmeldung"
    assert judged.chance > knowledge.calibration.probability(2.0) > knowledge.calibration.probability(0.0)


def test_what_only_looks_like_a_kind_of_letter_is_asked(knowledge: Knowledge) -> None:
    """A hole in a road, in words never learned: pieces of them made a complaint of it, whole words do not."""
    said = ask(
        knowledge,
        Cases(),
        letter(
            "vielleicht lachen Sie, weil ich als Opa mich darum kümmere. Ich bringe jeden Morgen den Kleinen hin, und"
            " jeden Morgen denke ich, dass noch was passiert. Nach dem Frost ist der Belag an der Einmündung regelrecht"
            " aufgeplatzt, da kann man einen Eimer hineinstellen. Die Mütter mit den Rädern müssen in den Gegenverkehr."
            " Lassen Sie das bitte flicken."
        ),
    )
    assert said.document_type == "maengelmeldung" or said.recommendation is not Recommendation.STRONG


@pytest.mark.parametrize(
    ("channel", "way"),
    [
        ("scan", "papier"), ("scanner-2", "papier"), ("mail", "email"), ("E-Mail", "email"), ("fax_poststelle", "fax"),
        ("bebpo", "bebpo"), ("fit-connect", "fit_connect"), ("rathaus", ""), ("", ""),
    ],
)  # fmt: skip
def test_channel_in_the_words_of_the_process_register(channel: str, way: str) -> None:
    assert evidence.way_in(channel, REGISTERS) == way


def test_a_way_that_few_processes_name_speaks_for_them() -> None:
    def weight(process: str, way: str) -> float:
        reason = evidence.of_channel(process, way, REGISTERS)
        return reason.weight if reason else 0.0

    assert weight("gerichtspost", "bebpo") > weight("buergeranliegen", "email") > 0
    assert weight("bauantrag", "bebpo") < 0
    assert weight("bauantrag", "papier") == 0, "nearly all come on paper"


def test_the_channel_moves_a_letter_that_could_be_either(knowledge: Knowledge) -> None:
    pages = (PageText(1, 595.0, 842.0, letter("Anbei die Unterlagen zur Sache."), (), "ocr", 0.9),)
    extracted = extract(pages, REGISTERS)
    lines = body(pages, REGISTERS.names_of_the_city)
    plain, by_court = (
        {row.label: row.score for row in rank(lines, extracted, REGISTERS, knowledge, {}, channel)}
        for channel in ("", "bebpo")
    )
    assert by_court["gerichtsschreiben|10.6"] > plain["gerichtsschreiben|10.6"]
    assert by_court["bauantrag|63.1"] < plain["bauantrag|63.1"]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("Bitte setzen Sie die Vorauszahlungen zur Gewerbesteuer herab, unser Gewinn ist eingebrochen.", True),
        ("Ich brauche einen neuen Personalausweis, der alte ist abgelaufen.", False),
    ],
)
def test_a_letter_that_names_nothing_its_case_is_kept_by_is_asked(knowledge: Knowledge, text: str, asked: bool) -> None:
    said = ask(knowledge, Cases(), letter(text))
    assert any(finding.startswith("case-missing") for finding in said.findings) is asked
    assert said.recommendation is not Recommendation.STRONG or not asked


def test_the_address_of_a_message_is_no_wish(knowledge: Knowledge) -> None:
    head = "Von: Anna <anna@example.org>\nAn: rechnung@zwoenau.example\nBetreff: Hund\n\nGuten Tag,\n"
    said = ask(knowledge, Cases(), head + SAD + "\nMit freundlichen Grüßen\nAnna Beispiel")
    assert said.document_type == "hundesteuer-abmeldung"
    assert not any("rechnung" in reason.text.lower() for reason in said.reasons)


def test_a_matter_is_found_by_its_number_its_name_and_its_persons_address(knowledge: Knowledge) -> None:
    vacancy = KnownCase("11.2-2026/000014", "11.2", "11", "Straßenwärter/in Bauhof", "Straßenwärter/in Bauhof", "open")
    contract = KnownCase(
        "20.4-2025/000016", "20.4", "20", "Stromlieferung 2025-2027", "Stromlieferung 2025-2027", "open"
    )
    dogs = dog(3, "Karin Nguyen", "03.06.2001", "276098106234567", "Zum Steinbruch 73")
    cases = Cases((vacancy, "Ausgeschrieben mit Kennziffer 2025-06."), (contract, "Vertragsakte."), dogs)
    found = {
        "Kennziffer 2025-06\nGuten Tag,\nich bewerbe mich um die Stelle, Lebenslauf und Zeugnisse liegen bei.": vacancy,
        "Vertrag Strom 2025 - 2027\nGuten Tag,\ndie Preise der Lieferung steigen, ein Nachtrag liegt bei.": contract,
        f"Guten Tag,\nunsere Kameradin Karin Nguyen, Zum Steinbruch 73, bittet mich zu schreiben. {SAD}": dogs[0],
    }
    for text, case in found.items():
        assert ask(knowledge, cases, f"{ADDRESS}\n{text}\nMfG\nUwe Oertel").case == case.reference


def test_files_of_the_office_are_never_opened_by_a_letter_alone(knowledge: Knowledge) -> None:
    text = (
        "Guten Tag,\nich bewerbe mich als Straßenwärter. Bewerbung um die Stelle, Lebenslauf und Zeugnisse liegen bei."
    )
    said = ask(knowledge, Cases(), f"Uwe Oertel\n{ADDRESS}\n{text}\nMfG\nUwe Oertel")
    assert said.document_type == "bewerbung" and said.recommendation != Recommendation.STRONG
    assert any(finding.startswith("case-missing") for finding in said.findings)


def test_a_lawyer_who_sends_what_lawyers_do_not_is_looked_at(knowledge: Knowledge) -> None:
    text = "Guten Tag,\nBauantrag: Genehmigung für den Bau einer Garage, Lageplan und Bauzeichnung liegen bei."
    for name, strong in (("Architekturbüro Baum GmbH", True), ("Rechtsanwälte Baum & Theil", False)):
        said = ask(knowledge, Cases(), f"{name}\nMarkt 9, 08056 Zwickau\n{ADDRESS}\n{text}\nMfG")
        assert said.document_type == "bauantrag"
        assert (said.recommendation == Recommendation.STRONG) is strong
        assert any(finding.startswith("unusual-sender") for finding in said.findings) is not strong


def test_spaced_letters_are_read_as_the_word(knowledge: Knowledge) -> None:
    text = "Guten Tag,\ngegen Ihren Bescheid lege ich hiermit\nW i d e r s p r u c h\nein. Begründung folgt."
    said = ask(knowledge, Cases(), f"Uwe Oertel\n{ADDRESS}\n{text}\nMfG\nUwe Oertel")
    assert said.document_type == "widerspruch" and any("Widerspruch" in reason.text for reason in said.reasons)


def test_advertising_has_no_deadlines(knowledge: Knowledge) -> None:
    text = "Guten Tag,\nunser unverbindliches Angebot: Rabatt, wer bis zum 15.04.2026 antwortet! Jetzt bestellen."
    said = ask(knowledge, Cases(), f"Werbehaus GmbH\n{ADDRESS}\n{text}\nMfG")
    assert said.document_type == "werbung" and not said.deadlines
