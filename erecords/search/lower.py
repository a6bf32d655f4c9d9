"""From the tree of a query and the rights of an actor to the operations that engines are asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from erecords.search.engines.plan import (
    All,
    Any,
    AnyOf,
    Between,
    Both,
    Close,
    Like,
    Matches,
    Near,
    Op,
    Rated,
    Scaled,
    Silent,
    Term,
    TermBetween,
)
from erecords.search.index import Kind, Rights
from erecords.search.language import dates, numbers
from erecords.search.language.text import is_label, is_stop, normal, words
from erecords.search.language.words import english_stem, fold, form, without_umlauts
from erecords.search.tree import (
    And,
    AndMaybe,
    Boost,
    Entries,
    Every,
    Field,
    Fuzzy,
    InCase,
    Node,
    Not,
    Or,
    Phrase,
    Range,
    Require,
    Wildcard,
    Word,
)

_PLACES: dict[Field | None, tuple[tuple[str, float], ...]] = {
    None: (("title", 3.0), ("text", 1.0), ("sender", 1.5)),
    Field.TITLE: (("title", 1.0),),
    Field.TEXT: (("text", 1.0),),
    Field.SENDER: (("sender", 1.0),),
}
_PART, _PAIR, _ENGLISH = 0.35, 0.1, 0.5
"""How much a part of a compound, its two halves apart, and an English stem count beside the word itself."""
_OFTEN = 0.5
"""How much it adds that a text has the word often."""
_OWN_NUMBER, _OWN_BEGINNING = 200.0, 10.0
"""What bears a reference stands above whatever mentions it."""
_BEGINNING = 4
"""So many characters of a number find it by its beginning."""
_ONE = "(?:[aou]e|ss|.)"
"""One character as typed: ä is folded to two."""
_LONGEST_KEY = 200
_DIGIT = re.compile(r"\d")


def lower(tree: Node) -> Op:
    """Translate a tree."""
    match tree:
        case And(parts):
            return _all_of(parts)
        case Or(parts):
            return Any(tuple(lower(part) for part in parts))
        case Not(part):
            return Both((All(),), never=(lower(part),))
        case AndMaybe(part, maybe):
            return Both((lower(part),), maybe=(lower(maybe),))
        case Require(part, required):
            return Both((lower(part), Silent(lower(required))))
        case Boost(part, factor):
            return Scaled(lower(part), factor)
        case Word(text, field):
            return _word(text, field)
        case Phrase():
            return _phrase(tree)
        case Wildcard(pattern, field):
            return _wildcard(pattern, field)
        case Fuzzy(text, distance, prefix, field):
            word = without_umlauts(fold(normal(text)))
            kept = len(without_umlauts(fold(normal(text[:prefix]))))
            planes = [(f"{place}_{plane}", weight) for place, weight in _PLACES[field] for plane in "xf"]
            return Any(tuple(Scaled(Like(name, word, distance, kept), weight) for name, weight in planes))
        case Range():
            return _range(tree)
        case InCase(reference):
            return Silent(AnyOf("ref", frozenset({numbers.squeeze(normal(reference))})))
        case Entries(ids):
            return Silent(AnyOf("id", ids))
        case Every(field):
            return All() if field is None else Term("has", field.value)


def within(op: Op, rights: Rights) -> Op:
    """The operation, limited to what the rights allow."""
    if rights.everything:
        return op
    visible: list[Op] = [Term("open", "1")]
    if rights.units:
        visible.append(AnyOf("seen_by", frozenset(key(unit) for unit in rights.units)))
    if rights.mail_book:
        visible.append(Term("kind", Kind.MAIL.value))
    never = (AnyOf("kind", frozenset(rights.excluded)),) if rights.excluded else ()
    return Both((op, Silent(Any(tuple(visible)))), never=never)


@lru_cache(maxsize=1 << 14)
def key(text: str) -> str:
    """A keyword as one term: folded, with hyphens for whatever is no letter, digit or dot."""
    return _keep_dots(normal(text)).strip("-.")[:_LONGEST_KEY]


def _all_of(parts: tuple[Node, ...]) -> Op:
    wanted = [part for part in parts if not isinstance(part, Not)]
    never = tuple(lower(part.part) for part in parts if isinstance(part, Not))
    return Both(tuple(_with_numbers(wanted)) or (All(),), never=never)


def needless(parts: Sequence[Node]) -> frozenset[int]:
    """Places of the parts, all of which are asked for, that need not be found.

    They are words too common to tell anything, unless all are, and words that only say what the number beside them is
    (``Az. 22.31-2026/000147``, ``96 Euro``).
    """
    common = frozenset(place for place, part in enumerate(parts) if _plain_word(part, is_stop))
    labels = frozenset(
        place
        for place, part in enumerate(parts)
        if _plain_word(part, is_label)
        and any(
            _plain_word(one, _has_digit) for one in (*parts[max(0, place - 1) : place], *parts[place + 1 : place + 2])
        )
    )
    return labels | (common if len(common) < len(parts) else frozenset())


def _plain_word(node: Node, fits: Callable[[str], bool]) -> bool:
    return isinstance(node, Word) and node.field in _PLACES and fits(node.text)


def _has_digit(text: str) -> bool:
    return _DIGIT.search(text) is not None


def _with_numbers(parts: Sequence[Node]) -> list[Op]:
    """The parts; neighbours that make up one number (``DE02 7665 4176``, ``3. Mai 1972``) also find it whole."""
    left_out = needless(parts)
    found: list[Op] = []
    at = 0
    while at < len(parts):
        end = min(len(parts), at + numbers.MOST_GROUPS)
        whole = None
        while end > at + 1 and (whole := _number_of(parts[at:end])) is None:
            end -= 1
        plain = tuple(lower(parts[place]) for place in range(at, end) if place not in left_out)
        if whole is not None:
            rest = _number_of(parts[at + 1 : end]) if at in left_out and end > at + 2 else None
            ways = (Both(plain) if plain else None, whole, rest)
            found.append(Any(tuple(way for way in ways if way is not None)))
        else:
            found += plain
        at = end
    return found


def _number_of(parts: Sequence[Node]) -> Op | None:
    """When all these are words and the groups of one number or date: that number, squeezed."""
    typed = [normal(part.text) for part in parts if isinstance(part, Word) and part.field is None]
    if len(typed) < len(parts):
        return None
    if days := numbers.whole_days(" ".join(typed)):
        return Any(tuple(_on(days, _PLACES[None])))
    if month := numbers.whole_month(" ".join(typed)):
        return Any(tuple(_in_month(month, _PLACES[None])))
    code = numbers.squeeze(numbers.national(" ".join(typed)))
    return _code(code, None) if all(map(numbers.like_number, typed)) and len(_DIGIT.findall(code)) >= 3 else None


def _word(text: str, field: Field | None) -> Op:
    if field not in _PLACES:
        return _keyword(text, field)
    text = normal(text)
    typed = words(text)
    places = _PLACES[field]
    if _DIGIT.search(text):
        stems = tuple(form(word).stem for word in typed)
        return Any((*(Scaled(_row(f"{f}_s", stems), w) for f, w in places), _number(text, field)))
    if len(typed) == 1:
        return Rated(Any(tuple(_stem(typed[0], places))), _plain(typed[0], places))
    stems = tuple(form(word).stem for word in typed)
    joined = _stem("".join(typed), places)
    rows = (Scaled(_row(f"{f}_s", stems), w) for f, w in places)
    return Rated(Any((*rows, *joined)), _plain("".join(typed), places))


def _plain(word: str, places: tuple[tuple[str, float], ...]) -> Op:
    return Any(tuple(Term(f"{place}_s", form(word).stem) for place, _ in places))


def _row(field: str, terms: tuple[str, ...]) -> Op:
    return Term(field, terms[0]) if len(terms) == 1 else Near(field, terms, 1)


def _stem(word: str, places: tuple[tuple[str, float], ...]) -> list[Op]:
    one = form(word)
    found: list[Op] = []
    for place, weight in places:
        found.append(Scaled(Term(f"{place}_s", one.stem), weight))
        found.append(Scaled(Term(f"{place}_p", one.stem), weight * _PART))
        if place == "text":
            found.append(Scaled(Term("text_o", one.stem), weight * _OFTEN))
        if place != "sender":
            found.append(Scaled(Term(f"{place}_p", f"@{english_stem(one.exact)}"), weight * _ENGLISH))
            pairs = one.compound.pairs if one.compound else ()
            found.extend(Scaled(Close(f"{place}_s", second, first), weight * _PAIR) for first, second in pairs)
    return found


def _number(text: str, field: Field | None) -> Op:
    found: list[Op] = [
        _code(numbers.squeeze(numbers.national(text)), field),
        *_on(numbers.whole_days(text), _PLACES[field]),
    ]
    span = dates.interval(text.strip(".,;"))
    if span and span[0] != span[1] and span[0].month == span[1].month:
        found.extend(_in_month(dates.number(span[0]) // 100, _PLACES[field]))
    return Any(tuple(found))


def _on(days: Sequence[int], places: tuple[tuple[str, float], ...]) -> Iterator[Op]:
    """What mentions one of these days."""
    return (Scaled(Term(f"{place}_p", f"#d{day}"), weight) for place, weight in places for day in days)


def _in_month(month: int, places: tuple[tuple[str, float], ...]) -> Iterator[Op]:
    """What mentions a day of this month (202603)."""
    return (Scaled(Matches(f"{place}_p", f"#d{month}.*", f"#d{month}"), weight) for place, weight in places)


def _code(code: str, field: Field | None) -> Op:
    """A squeezed number: the whole of it, and by its beginning when that tells enough."""
    code = code[: numbers.LONGEST]
    found: list[Op] = [Scaled(Term(f"{f}_p", f"#{code}"), 2 * w) for f, w in _PLACES[field]]
    if len(code) >= _BEGINNING:
        found.extend(Scaled(Matches(f"{f}_p", f"#{code}.*", f"#{code}"), w) for f, w in _PLACES[field])
    if field is None:
        for name in ("ref", "entry"):
            found.append(Scaled(AnyOf(name, frozenset({code})), _OWN_NUMBER))
            found.append(Scaled(_begins(name, code), _OWN_BEGINNING))
            found.append(Scaled(AnyOf(f"{name}_part", frozenset({code})), _OWN_BEGINNING))
    return Any(tuple(found))


def _begins(field: str, start: str) -> Op:
    return Matches(field, f"{re.escape(start)}.*", start) if len(start) >= _BEGINNING else Term(field, start)


def _keyword(text: str, field: Field | None) -> Op:
    if field in (Field.CASE, Field.ENTRY):
        name, code = "ref" if field is Field.CASE else "entry", numbers.squeeze(normal(text))
        return Any((_begins(name, code), AnyOf(f"{name}_part", frozenset({code}))))
    assert field is not None  # None is one of the places
    return Term(field.value, key(text))


def _phrase(node: Phrase) -> Op:
    text = normal(node.text)
    exact = tuple(form(word).exact for word in words(text))
    found: list[Op] = [Scaled(_exact_row(f"{f}_x", exact, node.slop), w) for f, w in _PLACES[node.field]]
    if _DIGIT.search(text) and node.field is None and len(text.split()) == 1:
        code = numbers.squeeze(text)
        found.extend(Scaled(AnyOf(name, frozenset({code})), _OWN_NUMBER) for name in ("ref", "entry"))
    return Any(tuple(found))


def _exact_row(field: str, exact: tuple[str, ...], slop: int) -> Op:
    return Term(field, exact[0]) if len(exact) == 1 else Near(field, exact, slop)


def _wildcard(pattern: str, field: Field | None) -> Op:
    pattern = normal(pattern)
    if field not in _PLACES:
        assert field is not None  # None is one of the places
        squeezed = field in (Field.CASE, Field.ENTRY)
        name = "ref" if field is Field.CASE else field.value
        return pattern_of(name, "", pattern, numbers.squeeze if squeezed else _keep_dots)
    found: list[Op] = []
    for place, weight in _PLACES[field]:
        found.append(Scaled(pattern_of(f"{place}_x", "", pattern, numbers.squeeze), weight))
        found.append(Scaled(pattern_of(f"{place}_p", "=", pattern, numbers.squeeze), weight))
        if _DIGIT.search(pattern):
            found.append(Scaled(pattern_of(f"{place}_p", "#", pattern, numbers.squeeze), weight))
    if field is None and _DIGIT.search(pattern):
        found.extend(pattern_of(name, "", pattern, numbers.squeeze) for name in ("ref", "entry"))
    return Any(tuple(found))


def _keep_dots(text: str) -> str:
    return "-".join(fold(piece) for piece in re.split(r"[^\w.]+", text))


def pattern_of(field: str, mark: str, typed: str, squeeze: Callable[[str], str]) -> Matches:
    """The operation for a word with wildcards, of which ``squeeze`` brings the rest into the form of the terms."""
    pieces = re.split(r"([*?])", typed)
    start, body, literal = mark, re.escape(mark), True
    for piece in pieces:
        if piece in ("*", "?"):
            body, literal = body + (".*" if piece == "*" else _ONE), False
        elif piece:
            text = squeeze(piece)
            body += re.escape(text)
            start += text if literal else ""
    return Matches(field, body, start)


def _range(node: Range) -> Op:
    if node.field in (Field.DATE, Field.RECEIVED):
        low = dates.interval(node.low) if node.low else None
        high = dates.interval(node.high) if node.high else None
        first = 1 if low is None else dates.number(low[0]) if node.with_low else dates.number(low[1]) + 1
        last = 99999999 if high is None else dates.number(high[1]) if node.with_high else dates.number(high[0]) - 1
        return Between(node.field.value, first, last)
    if node.field in (Field.CASE, Field.ENTRY):
        name = "ref" if node.field is Field.CASE else "entry"
        low_text, high_text = (numbers.squeeze(normal(value or "")) for value in (node.low, node.high))
    else:
        name = f"{node.field.value}_of"
        low_text, high_text = (key(value or "") for value in (node.low, node.high))
    return TermBetween(name, low_text, high_text, node.with_low, node.with_high)
