from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erecords.search.errors import QueryRefused
from erecords.search.explain import explain
from erecords.search.lower import pattern_of
from erecords.search.query import MAX_LENGTH, parse
from erecords.search.query_reader import MAX_DEPTH, MAX_LEAVES
from erecords.search.tree import And, AndMaybe, Boost, Field, Not, Or, Phrase, Range, Require, Span, Wildcard, Word


def word(text: str, at: int, field: Field | None = None) -> Word:
    return Word(text, field, Span(at, at + len(text)))


@pytest.mark.parametrize(
    ("query", "tree"),
    [
        ("a", word("a", 0)),
        ("a b", And((word("a", 0), word("b", 2)))),
        ("a OR b c", And((Or((word("a", 0), word("b", 5))), word("c", 7)))),
        ("a b OR c", And((word("a", 0), Or((word("b", 2), word("c", 7)))))),
        ("a OR b AND c", Or((word("a", 0), And((word("b", 5), word("c", 11)))))),
        ("a AND b ANDNOT c", And((And((word("a", 0), word("b", 6))), Not(word("c", 15))))),
        ("a OR b ANDMAYBE c", AndMaybe(Or((word("a", 0), word("b", 5))), word("c", 16))),
        ("a REQUIRE b", Require(word("a", 0), word("b", 10))),
        ("NOT a b", And((Not(word("a", 4)), word("b", 6)))),
        ("a^2", Boost(word("a", 0), 2.0)),
        ("title:a", word("a", 6, Field.TITLE)),
        ('"a b"~3', Phrase("a b", 3, None, Span(0, 7))),
        ("date:2026", Range("2026", "2026", True, True, Field.DATE, Span(5, 9))),
        ("date:{2025 to 2026]", Range("2025", "2026", False, True, Field.DATE, Span(5, 19))),
        ("[2026 to]", Range("2026", None, True, True, Field.DATE, Span(0, 9))),
        ("Titel:a", word("a", 6, Field.TITLE)),
        ("Titel: a", And((word("Titel:", 0), word("a", 7)))),
        ("and or not", And((word("and", 0), word("or", 4), word("not", 7)))),
    ],
)
def test_parses_as_whoosh_does(query: str, tree: object) -> None:
    assert parse(query) == tree


@pytest.mark.parametrize(
    ("query", "at", "says"),
    [
        ("", 1, "no word"),
        ("   ", 1, "no word"),
        ("& - /", 1, "no word"),
        ("a OR", 3, "OR stands without anything after"),
        ("AND a", 1, "AND stands without anything before"),
        ("a AND AND b", 7, "AND stands without anything before"),
        ("a (NOT )", 4, "NOT stands without anything after"),
        ("(a", 1, "not closed"),
        ("a)", 2, "closes nothing"),
        ("a ()", 3, "nothing between"),
        ('a "b', 3, "quotation mark is not closed"),
        ('""', 1, "no word between"),
        ('"Hunde* Steuer"', 7, "only outside quotes"),
        ('"a b"~x', 6, "distance from 1"),
        ('"a b c d"~90', 10, "too wide for 4 words; at most ~6"),
        ("farbe:rot", 1, "no field 'farbe'"),
        ("https://a.example", 1, "no field 'https'"),
        ("state:kaputt", 7, "is no state; there are open, closed, tray"),
        ("title:", 1, "needs a value"),
        ("title: a", 1, "needs a value"),
        ("date:heute", 6, "is no date"),
        ("date:2026-02-30", 6, "is no date"),
        ("date:2026-13", 6, "is no date"),
        ("date:2026*", 6, "no wildcard"),
        ("date:[2026-05 to 2026-01]", 6, "ends before it begins"),
        ("date:[2026-05 to maerz]", 18, "is no date"),
        ("date:[2026 2027]", 6, "written [from to until]"),
        ("date:[to]", 6, "neither"),
        ("date:[2026 to", 6, "not closed"),
        ("text:[a to b]", 6, "needs one of the fields"),
        ("[a to b]", 1, "needs one of the fields"),
        ("type:abc~", 6, "title, text and sender"),
        ("a~3", 2, "1 or 2"),
        ("a~x", 2, "1 or 2"),
        ("a*~1", 1, "not both"),
        ("*a*a*a*a*a*a*a*a*a", 1, "at most 8"),
        ("x ?????????", 3, "at most 8"),
        ("x" * 100 + "*", 1, "at most 8"),
        ("Kosten-Nutzen~", 1, "single word"),
        ("~2", 1, "word before"),
        ("a^x", 2, "After ^ a number"),
        ("a^0", 2, "After ^ a number"),
        ("a^nan", 2, "After ^ a number"),
        ("a -b", 3, "write NOT b"),
        ("a && b", 3, "AND, OR and NOT"),
        ("a || b", 3, "AND, OR and NOT"),
        ("(" * (MAX_DEPTH + 1) + "a", MAX_DEPTH + 2, "nested deeper"),
        ("a " * (MAX_LEAVES + 1), 2 * MAX_LEAVES + 1, "more than 100 words"),
        ("a" * (MAX_LENGTH + 1), MAX_LENGTH + 1, "longer than 1000"),
    ],
)
def test_refuses_saying_where_and_what(query: str, at: int, says: str) -> None:
    with pytest.raises(QueryRefused) as caught:
        parse(query)
    assert says in str(caught.value)
    assert f"character {at}:" in str(caught.value)
    assert "\n" not in str(caught.value)
    shown, carets = caught.value.caret.split("\n")
    assert carets.index("^") == at - 1 and len(carets) <= max(len(shown), 1) + 1


@given(st.text(alphabet=st.sampled_from(list('ab*?~^"()[]{}: \t-&|NOTADR012/.é„“')), max_size=60))
def test_any_text_is_parsed_or_refused(query: str) -> None:
    try:
        tree = parse(query)
    except QueryRefused as error:
        assert 0 <= error.start <= len(query)
        return
    assert explain(tree)


def test_explains_in_words() -> None:
    shown = explain(parse('(Müller OR Meier~) NOT date:{2026-01 to 2026-03] "a b"~3^2 class:22.3'))
    assert shown.splitlines() == [
        "all of these:",
        "  at least one of these:",
        "    the word 'Müller', inflected or in a compound, in title, text, sender or references",
        "    a word like 'Meier' with up to 1 slip(s) in title, text, sender or references",
        "  leave out what has:",
        "    date after 2026-01-31 to 2026-03-31",
        "  counting 2 times:",
        "    exactly the words 'a b' in this order, each at most 3 words after the one before,"
        " in title, text, sender or references",
        "  class '22.3' or below it",
    ]


def test_explains_numbers_and_what_need_not_be_found() -> None:
    assert explain(parse("title:(Az. 22.31-2026/147 NOT Hund der)")).splitlines() == [
        "all of these:",
        "  the number '22.31-2026/147', whatever its separators, or what begins so, in title",
        "  leave out what has:",
        "    the word 'Hund', inflected or in a compound, in title",
        "  (need not be found beside the others: 'Az.', 'der')",
    ]


def test_needs_no_engine() -> None:
    """The parser loads neither engine nor database: a mistake in a query is told at once."""
    program = (
        "import sys, erecords.search.query; "
        "print([m for m in ('whoosh', 'tantivy', 'sqlalchemy', 'Stemmer', 'pydantic') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.timeout(60)
def test_no_pattern_hangs_over_a_term() -> None:
    tree = parse("*a*a*a*a*a*a*a*b")
    assert isinstance(tree, Wildcard)
    pattern = pattern_of("text_x", "", tree.pattern, str).expression()
    assert not pattern.fullmatch("a" * 100)
    assert pattern.fullmatch("a" * 99 + "b")


SYNTAX_PAGE = Path(__file__).parents[3] / "docs" / "reference" / "query-syntax.md"


def rows_of_page() -> tuple[list[str], list[tuple[str, str]]]:
    """The queries of the page that must be understood, and those that must not, with what is said."""
    good, _, bad = SYNTAX_PAGE.read_text(encoding="utf-8").partition("## Mistakes")
    right = [query for line in good.splitlines() if line.startswith("| `") for query in re.findall("`([^`]+)`", line)]
    wrong = re.findall(r"^\| `([^`]+)` \| (.+?)(?: \.\.\.)? \|$", bad, re.MULTILINE)
    return right, wrong


def test_the_page_of_the_query_language_is_true() -> None:
    right, wrong = rows_of_page()
    assert len(right) > 50 and len(wrong) >= 10
    for query in right:
        parse(query)
    for query, said in wrong:
        with pytest.raises(QueryRefused) as refused:
            parse(query)
        assert said in refused.value.reason
    named = {field.value for field in Field}
    assert named == {query.partition(":")[0] for query in right if re.match(r"[a-z]+:", query)}
