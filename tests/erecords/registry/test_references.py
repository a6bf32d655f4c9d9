import pytest
from hypothesis import given
from hypothesis import strategies as st

from erecords.registry import references
from erecords.registry.references import Numbered


@pytest.mark.parametrize(
    "written",
    [
        "22.31-2026/000147",
        " 22.31-2026/000147 ",
        "22.31-2026/147",
        "22.31 - 2026 / 000147",
        "22.31–2026/000147",
        "22.31−2026/000147",
        "22.31-2026-000147",
        "22.31_2026_000147",
        "22.31/2026/147",
        "22.31 2026 147",
        "Az. 22.31-2026/000147",
        "AZ: 22.31-2026/147",
        "Aktenzeichen 22.31-2026/000147",
        "Geschäftszeichen: 22. 31-2026/000147",
    ],
)
def test_every_usual_spelling_leads_to_the_stored_form(written):
    assert "22.31-2026/000147" in references.spellings(written)
    assert references.parse(written) == Numbered("22.31", 2026, 147)


@pytest.mark.parametrize(
    ("written", "notation"),
    [("968.11-2026/000001", "968.11"), ("A-7-2026/000001", "A-7"), ("Kultur-2026/12", "Kultur")],
)
def test_nothing_is_assumed_of_a_notation(written, notation):
    assert references.parse(written).notation == notation


@pytest.mark.parametrize("written", ["", "22.31", "V-2026", "2026/000147", "Straße 12", "22.31-2026/0000000147"])
def test_other_numbers_are_no_references(written):
    assert references.parse(written) is None


@pytest.mark.parametrize("given_reference", ["", "   ", "a\nb", "a\x00b", "x" * 101, "a\u202eb"])
def test_what_cannot_be_stored_as_a_reference(given_reference):
    assert not references.fit(given_reference)


@given(st.text(max_size=80))
def test_no_text_breaks_the_reading(text):
    for spelling in references.spellings(text):
        assert spelling in references.spellings(spelling)
