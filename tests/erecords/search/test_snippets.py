from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erecords.search.errors import QueryRefused
from erecords.search.query import parse
from erecords.search.snippets import snippet

LETTER = (
    "Sehr geehrte Damen und Herren,\n" + "viel Vorrede ohne Belang. " * 20 + "Gegen den Bescheid vom 3. Mai 2026,\n"
    "Geschäftszeichen 22.31 - 2026/000147, lege ich wegen der Hundesteuer Widerspruch ein. Die Kanalsanie-\n"
    "rung in der Schulstraße war teuer. " + "Noch mehr Nachrede. " * 20 + "Ihre Müllerin, Frau Mueller"
)


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ("Bescheide", ["Bescheid"]),
        ("Steuer", ["Hundesteuer"]),
        ("Müller", ["Mueller"]),
        ("22.31-2026/000147", ["22.31 - 2026/000147"]),
        ("22312026", ["22.31 - 2026"]),
        ("03.05.2026", ["3. Mai 2026"]),
        ("3. Mai 2026", ["3. Mai 2026", "2026"]),
        ('"lege ich"', ["lege", "ich"]),
        ('"lege wegen"~2', ["lege", "wegen"]),
        ("Wider*", ["Widerspruch"]),
        ("Widersprcuh~", ["Widerspruch"]),
        ("Kanalsanierung", ["Kanalsanierung"]),
        ("Schulstrasse", ["Schulstraße"]),
        ("Widerspruch NOT Bescheid", ["Widerspruch"]),
        ("title:Bescheid Widerspruch", ["Widerspruch"]),
        ("Bescheid AND Widerspruch", ["Bescheid", "Widerspruch"]),
        ("(Bescheid^2 ANDMAYBE Widerspruch) REQUIRE teuer", ["Bescheid", "Widerspruch"]),
        ("Nichts", []),
        ("der", []),
    ],
)
def test_marks_what_the_search_found(query: str, hits: list[str]) -> None:
    found = snippet(LETTER, parse(query))
    assert [found.text[start:end] for start, end in found.marks] == hits
    assert "\n" not in found.text
    assert len(found.text) <= 160 + 4


def test_shows_the_passage_with_most_parts_of_the_query() -> None:
    text = "Hund. " + "x " * 200 + "Der Hund und die Katze. " + "y " * 200
    assert snippet(text, parse("Hund Katze"), 60).marked("[", "]").startswith("…")
    assert "[Hund] und die [Katze]" in snippet(text, parse("Hund Katze"), 60).marked("[", "]")


def test_without_a_hit_it_is_the_beginning() -> None:
    assert snippet("Kurz und gut", parse("Anderes")).text == "Kurz und gut"
    assert snippet("", parse("Anderes")).text == ""


def test_control_characters_never_reach_the_screen() -> None:
    assert "\x1b" not in snippet("Der Hund\x1b[31m bellt", parse("Hund")).text


@given(st.text(max_size=400), st.text(max_size=30), st.integers(10, 200))
def test_any_text_and_query_gives_marks_inside(text: str, query: str, width: int) -> None:
    try:
        tree = parse(query)
    except QueryRefused:
        return
    found = snippet(text, tree, width)
    assert all(0 <= start < end <= len(found.text) for start, end in found.marks)
