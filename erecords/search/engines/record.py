"""What an engine keeps of an entry: terms and numbers, made once for all engines."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from dataclasses import dataclass, fields
from itertools import accumulate

from erecords.search.index import MAIL_PROTECTION, OPEN_PROTECTION, IndexDocument, Kind
from erecords.search.language import dates
from erecords.search.language.numbers import parts_of, squeeze
from erecords.search.language.text import normal, planes, words
from erecords.search.language.words import form
from erecords.search.lower import key

ORDERED = ("title_x", "title_s", "text_x", "text_s", "sender_x", "sender_s")
"""Fields whose terms keep their places."""
UNORDERED = (
    "title_p",
    "text_p",
    "sender_p",
    "title_f",
    "text_f",
    "text_o",
    "sender_f",
    "ref",
    "ref_part",
    "entry",
    "entry_part",
    "class",
    "unit",
    "type",
    "state",
    "has",
    "kind",
)
SINGLE = ("open", "seen_by", "unit_of", "class_of")
SUGGEST_MARK = "\t"
"""Stands in a suggestion's term between the folded word, by which it is looked up, and the word as written."""
BETWEEN = "\x7f"
"""Stands between the steps of a path that is kept as one value; a sign that JSON writes as it is, as counts come so."""
_DAY_ONE = dt.date(1990, 1, 1)
_DOUBLES_DAYS = 20 * 365.25
_OF_A_DAY = 500
"""So many entries of one day are told apart; more would need finer numbers than engines rank with."""
_NUMBER_BITS = 33
"""Room for the number of an entry and its kind behind a date, which has 27 bits."""


@dataclass(frozen=True, slots=True)
class Record:
    """The terms of an entry by field, each a string with spaces between them, and its values for order and count."""

    id: str
    mark: int
    """Changes whenever the entry does."""
    terms: dict[str, str]
    date: int
    """20260305; 0 when there is none."""
    received: int
    reference: str
    by_date: int
    """The date, and behind it the number of the entry, so that entries of one day have an order wherever they lie."""
    by_received: int
    by_reference: str
    """The reference, and behind it date and number."""
    recency: float
    """By how much the rank is multiplied: doubles every 20 years of the date, so it never has to be renewed.

    Of two entries of one day that with the higher number is a little later, so that their order is always the same.
    """
    type: str
    classes: tuple[str, ...]
    units: tuple[str, ...]
    year: str
    kind: str
    protection: str
    """Empty for what is in no class."""
    suggestions: tuple[str, ...]


def record(document: IndexDocument) -> Record:
    """Analyse an entry."""
    terms: dict[str, str] = {}
    for name in ("title", "text", "sender"):
        value = getattr(document, name)
        if value:
            found = planes(value)
            terms |= {f"{name}_x": found.x, f"{name}_s": found.s, f"{name}_p": found.p, f"{name}_f": found.f}
            if name == "text":
                terms["text_o"] = found.o
    classes = tuple(key(notation) for notation in document.class_path)
    units = tuple(accumulate(document.unit.split("."), lambda above, part: f"{above}.{part}")) if document.unit else ()
    references = dict.fromkeys(squeeze(normal(one)) for one in (document.case, *document.references) if one)
    kind = key(document.type)
    terms |= {
        "ref": " ".join(references),
        "ref_part": " ".join(sorted(parts_of(normal(document.case)))),
        "entry": squeeze(normal(document.entry)),
        "entry_part": " ".join(sorted(parts_of(normal(document.entry)))),
        "class": " ".join(classes),
        "unit": " ".join(key(unit) for unit in units),
        "type": " ".join(dict.fromkeys((kind, *kind.split("-")))),
        "state": key(document.state),
        "has": " ".join(_has(document)),
        "kind": document.kind.value,
        "open": "1" if document.protection == OPEN_PROTECTION else "0",
        "seen_by": _readers(document),
        "unit_of": key(document.unit),
        "class_of": classes[-1] if classes else "",
    }
    day = document.date or document.received
    written, received = (dates.number(one) if one else 0 for one in (document.date, document.received))
    number = _number(document.id) * len(Kind) + tuple(Kind).index(document.kind)
    return Record(
        id=document.id,
        mark=mark(document),
        terms={name: value for name, value in terms.items() if value},
        date=written,
        received=received,
        reference=document.case,
        by_date=written << _NUMBER_BITS | number,
        by_received=received << _NUMBER_BITS | number,
        by_reference=f"{document.case} {written:08d}{number:010d}",
        recency=_recency(day, document.id),
        type=document.type,
        classes=document.class_path,
        units=units,
        year=str(day.year) if day else "",
        kind=document.kind.value,
        protection="" if document.protection == MAIL_PROTECTION else document.protection,
        suggestions=_suggestions(document),
    )


def _readers(document: IndexDocument) -> str:
    """The units that may read it whatever its protection: its own, and those that got a copy."""
    own = document.unit if document.seen_by is None else document.seen_by
    return " ".join(dict.fromkeys(key(unit) for unit in (own, *document.copied_to)))


def mark(document: IndexDocument) -> int:
    """A number of 63 bits over all that an entry says: two entries with the same one are the same."""
    values = [getattr(document, field.name) for field in fields(document)]
    digest = hashlib.blake2b(repr(values).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) >> 1


def _has(document: IndexDocument) -> list[str]:
    names = ("type", "unit", "case", "sender", "date", "received", "text", "title", "entry", "state")
    found = [name for name in names if getattr(document, name)]
    return [*found, "class"] if document.class_path else found


def _recency(day: dt.date | None, id: str) -> float:
    days = (day - _DAY_ONE).days if day else 0
    of_day = _number(id) % _OF_A_DAY / _OF_A_DAY
    return float(2.0 ** ((min(max(days, 0), 40000) + of_day) / _DOUBLES_DAYS))


def _number(id: str) -> int:
    found = re.search(r"\d{1,9}$", id)
    return int(found[0]) if found else 0


def _suggestions(document: IndexDocument) -> tuple[str, ...]:
    found = [word for text in (document.title, document.sender) for word in words(normal(text)) if len(word) > 2]
    lines = [
        (form(word).exact, re.sub(r"[-\u00ad\s]+", "", word)) for word in found if word.isalpha() and len(word) < 100
    ]
    lines += [(squeeze(one), one) for one in (document.case, *document.references, document.entry) if one]
    return tuple(dict.fromkeys(f"{folded}{SUGGEST_MARK}{shown}" for folded, shown in lines))
