"""One search of a person from question to answer: understood, asked within the rights, logged, and laid out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from erecords.errors import InputRefused, NotFound
from erecords.registry import references
from erecords.search import similar
from erecords.search.desk import Desk
from erecords.search.errors import QueryRefused
from erecords.search.index import OPEN_PROTECTION, Facet, Kind, Rights, SearchIndex, SearchResult, Sort, Want
from erecords.search.language.numbers import squeeze
from erecords.search.language.text import is_stop, normal, words
from erecords.search.language.words import form
from erecords.search.page import Found
from erecords.search.query import parse
from erecords.search.shelf import Shown
from erecords.search.tree import And, Every, Field, InCase, Node, Not, Phrase, Span, Word, leaves
from erecords.store.chain import LogLine

SHOWN_FACETS = (Facet.KIND, Facet.TYPE, Facet.CLASS, Facet.UNIT, Facet.YEAR)
_BEST = 3
"""So many hits of a case are shown where hits are grouped."""
_WALK = 1_000
_ENOUGH_TO_DOUBT, _LONG_WORD = 4, 9
_MOST_TO_LEAVE_OUT = 8
_OPERATORS = {"or": "OR", "oder": "ODER", "not": "NOT", "nicht": "NICHT"}
_ENOUGH_TO_SUGGEST = 3
"""So many characters of a word bring suggestions from the texts too."""
_CASE = "SELECT id FROM case_file WHERE reference = ? UNION SELECT case_id FROM former_reference WHERE reference = ?"
_LETTER = "SELECT id FROM document WHERE letter = ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked."""

    query: str = ""
    like: str | None = None
    """Number of a document, entry number or file reference, instead of a query."""
    case: str | None = None
    """Only inside this case file."""
    limit: int = 20
    offset: int = 0
    sort: Sort = Sort.RELEVANCE
    reverse: bool = False
    facets: bool = False
    by_case: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """The hits in one case file."""

    case: str | None
    """None: what is in none."""
    title: str
    class_notation: str
    total: int
    best: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class Hint:
    """Another query, how it differs, and how much it finds."""

    query: str
    how: str
    total: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found."""

    tree: Node
    total: int
    took_ms: float
    hits: tuple[Found, ...] = ()
    groups: tuple[Group, ...] = ()
    hint: Hint | None = None
    """What would find something where this found nothing."""
    cases: int | None = None
    """How many groups there are; None where hits are not grouped."""
    facets: Mapping[Facet, Mapping[str, int]] = field(default_factory=dict)


def answer(desk: Desk, index: SearchIndex, question: Question) -> Answer:
    """Search, and log it where something in a protected class was found.

    Raises:
        QueryRefused: the query cannot be understood; it says where.
        NotFound: there is no such case file or entry that the actor may see.
    """
    if question.like is not None:
        return _answer_like(desk, index, question, question.like)
    tree = parse(question.query)
    if question.case is not None:
        tree = And((tree, InCase(_case_reference(desk, question.case))))
    return _answer(desk, index, question, tree)


def _answer_like(desk: Desk, index: SearchIndex, question: Question, name: str) -> Answer:
    id, shown = _entry(desk, name)
    tree = similar.like(shown.title, shown.text, lambda node: index.search(node, desk.rights, Want(limit=0)).total)
    if tree is None:
        raise NotFound(f"Nothing else that you may see has the words of {name!r} in it.")
    limit = question.offset + question.limit + 1
    want = Want(limit, 0, question.sort, question.reverse, frozenset({Facet.PROTECTION}))
    found = index.search(tree, desk.rights, want)
    others = [hit for hit in found.hits if hit.id != id][question.offset : question.offset + question.limit]
    result = Answer(tree, max(0, found.total - 1), found.took_ms, hits=tuple(desk.reader.page(others, tree)))
    _log(desk, replace(question, query=f"like {name}"), found)
    return result


def _answer(desk: Desk, index: SearchIndex, question: Question, tree: Node) -> Answer:
    facets = frozenset({Facet.PROTECTION, *(SHOWN_FACETS if question.facets else ())})
    facets |= {Facet.CASE} if question.by_case else frozenset()
    limit = 0 if question.by_case else question.limit
    found = index.search(tree, desk.rights, Want(limit, question.offset, question.sort, question.reverse, facets))
    shown = {facet: found.facets[facet] for facet in SHOWN_FACETS if question.facets}
    hint = None if found.total or question.limit == 0 else _hint(desk, index, question, tree)
    result = Answer(tree, found.total, found.took_ms, facets=shown, hint=hint)
    if question.by_case:
        result = _grouped(desk, index, question, result, found.facets[Facet.CASE])
    else:
        result = replace(result, hits=tuple(desk.reader.page(found.hits, tree)))
    _log(desk, question, found)
    return result


def suggest(desk: Desk, index: SearchIndex, prefix: str, limit: int = 10) -> list[str]:
    """Complete what is typed: from titles, senders and references, then from the texts, all within the rights."""
    found = {squeeze(normal(word)): word for word in index.suggest(prefix, desk.rights, limit)}
    if len(found) < limit and len(squeeze(normal(prefix))) >= _ENOUGH_TO_SUGGEST:
        known = index.vocabulary(prefix, desk.rights, limit)
        texts = desk.reader.shown(id for folded, id in known if folded not in found)
        for folded, id in known:
            word = _as_written(folded, texts[id].text) if id in texts else None
            if word is not None:
                found.setdefault(folded, word)
    return list(found.values())[:limit]


def _as_written(folded: str, text: str) -> str | None:
    return next((word for word in words(normal(text)) if word.isalpha() and form(word).exact == folded), None)


# -- what would find something


def _hint(desk: Desk, index: SearchIndex, question: Question, tree: Node) -> Hint | None:
    """What finds something within the rights: operators in capitals, else a slip in each word, else one part less."""

    def tried(query: str, how: str) -> Hint | None:
        try:
            asked = parse(query)
        except QueryRefused:
            return None  # it has grown too long, or has no word left
        if isinstance(tree, And) and isinstance(tree.parts[-1], InCase):
            asked = And((asked, tree.parts[-1]))
        total = index.search(asked, desk.rights, Want(limit=0)).total
        return Hint(query, how, total) if total else None

    query = question.query
    for changed, how in (
        (_with_operators(query, tree), "With operators in capitals"),
        (_with_slips(query, tree), "With a slip allowed"),
    ):
        if changed != query and (found := tried(changed, how)):
            return found
    shorter = (tried(_without(query, part), f"Without {_cut(query, part)}") for part in _optional(tree))
    return min(filter(None, shorter), key=lambda hint: hint.total, default=None)


def _with_operators(query: str, tree: Node) -> str:
    for word in _words(tree):
        if (name := _OPERATORS.get(word.text)) is not None:
            query = query[: word.span.start] + name + query[word.span.end :]
    return query


def _with_slips(query: str, tree: Node) -> str:
    for word in _words(tree):
        worth = word.field in (None, Field.TITLE, Field.TEXT, Field.SENDER) and len(word.text) >= _ENOUGH_TO_DOUBT
        if worth and word.text.isalpha() and not is_stop(word.text):
            query = query[: word.span.end] + ("~2" if len(word.text) >= _LONG_WORD else "~") + query[word.span.end :]
    return query


def _words(tree: Node) -> list[Word]:
    """The plain words of a query, the last first, so that what stands before one that is changed keeps its place."""
    found = (leaf for leaf in leaves(tree, left_out=False) if isinstance(leaf, Word))
    return sorted(found, key=lambda word: -word.span.end)


def _optional(tree: Node) -> list[Word | Phrase]:
    """What could be left out of a query of a few parts."""
    parts = tree.parts if isinstance(tree, And) else ()
    if parts and isinstance(parts[0], And):
        parts = parts[0].parts  # it was asked inside a case file
    found = [part for part in parts if isinstance(part, Word | Phrase) and part.field is None]
    told = any(not any(map(str.isdigit, part.text)) for part in found)  # else they are the groups of one number
    return found if told and 2 <= len(parts) <= _MOST_TO_LEAVE_OUT else []


def _without(query: str, part: Word | Phrase) -> str:
    return " ".join((query[: part.span.start] + query[part.span.end :]).split())


def _cut(query: str, part: Word | Phrase) -> str:
    return query[part.span.start : part.span.end]


# -- grouped by case


def _grouped(desk: Desk, index: SearchIndex, question: Question, result: Answer, counts: Mapping[str, int]) -> Answer:
    """Case files in the order of their best hits; what is in none is one group."""
    loose = result.total - sum(counts.values())
    total = len(counts) + (1 if loose > 0 else 0)
    last = min(total, question.offset + question.limit)
    cases: dict[str, None] = {}
    for found in _walk(desk.rights, index, question, result.tree):
        shown = desk.reader.shown((hit.id for hit in found.hits), texts=False)
        cases |= dict.fromkeys(shown[hit.id].case for hit in found.hits if hit.id in shown)
        if len(cases) >= last:
            break
    wanted = list(cases)[question.offset : last]
    groups = tuple(_group(desk, index, question, result.tree, case, counts.get(case, loose)) for case in wanted)
    return replace(result, groups=groups, cases=total)


def _walk(rights: Rights, index: SearchIndex, question: Question, tree: Node) -> Iterator[SearchResult]:
    at = 0
    while True:
        found = index.search(tree, rights, Want(_WALK, at, question.sort, question.reverse))
        yield found
        at += _WALK
        if at >= found.total:
            return


def _group(desk: Desk, index: SearchIndex, question: Question, tree: Node, case: str, total: int) -> Group:
    within = And((tree, InCase(case) if case else Not(Every(Field.CASE, Span(0, 0)))))
    found = index.search(within, desk.rights, Want(_BEST, 0, question.sort, question.reverse))
    title, notation = _case_title(desk, case)
    return Group(case or None, title, notation, total, tuple(desk.reader.page(found.hits, tree)))


def _case_title(desk: Desk, case: str) -> tuple[str, str]:
    rows = desk.rows("SELECT id FROM case_file WHERE reference = ?", [case])
    shown = desk.reader.shown([f"case:{row[0]}" for row in rows])
    return next(((one.title, one.class_notation) for one in shown.values()), ("", ""))


# -- what a question names


def _case_reference(desk: Desk, typed: str) -> str:
    """The present reference of a case in any usual spelling.

    Raises:
        NotFound: there is none, or the actor may not see it (both read the same).
    """
    for spelling in references.spellings(typed):
        rows = desk.rows(_CASE, [spelling, spelling])
        for shown in desk.reader.shown([f"case:{row[0]}" for row in rows]).values():
            return shown.case
    raise NotFound(f"There is no case file {typed!r} that you may see. Try: erecords search {typed!r}")


def _entry(desk: Desk, typed: str) -> tuple[str, Shown]:
    """The entry that a document number, entry number or file reference names.

    Raises:
        NotFound: there is none, or the actor may not see it (both read the same).
    """
    typed = typed.strip()
    number = typed.upper()
    ids = [f"document:{row[0]}" for row in desk.rows(_LETTER, [number])] + [f"{Kind.MAIL.value}:{number}"]
    if typed.isascii() and typed.isdigit():
        if len(typed) > 18:
            raise InputRefused(f"{typed!r} is too long for the number of a document.")
        ids = [f"document:{int(typed)}"]
    for spelling in references.spellings(typed):
        ids += [f"case:{row[0]}" for row in desk.rows(_CASE, [spelling, spelling])]
    found = desk.reader.shown(ids)
    for id in ids:
        if id in found:
            return id, found[id]
    raise NotFound(f"There is no document, letter or case file {typed!r} that you may see.")


# -- the log


def _log(desk: Desk, question: Question, found: SearchResult) -> None:
    """Log each search that finds something in a protected class: when its answer is there, before it is given.

    One that fails midway (the index was taken away) is not logged as made; one that cannot be logged shows nothing.
    """
    protected = {level: n for level, n in found.facets[Facet.PROTECTION].items() if level != OPEN_PROTECTION}
    if not protected:
        return
    inside = {"case": question.case} if question.case else {}
    line = LogLine(
        "search.protected",
        f"search:{desk.actor}",
        {"found": found.total, "protected": dict(sorted(protected.items())), "from": question.offset},
        {"query": question.query, **inside},
    )
    desk.log(line)
