"""What a query is made of: words, phrases, ranges, each with its own mistakes."""

from __future__ import annotations

import re

from erecords.search.index import Kind
from erecords.search.language import dates
from erecords.search.query_reader import WORD, Reader
from erecords.search.tree import Every, Field, Fuzzy, Node, Phrase, Range, Span, Wildcard, Word

MAX_STARS = 8
MAX_PATTERN = 100
MAX_PLACINGS = 256
"""In so many ways at most the words of a phrase may be spread."""
_WORDY = frozenset({Field.TITLE, Field.TEXT, Field.SENDER, None})
_DATED = frozenset({Field.DATE, Field.RECEIVED})
_RANGED = frozenset({Field.DATE, Field.RECEIVED, Field.CASE, Field.CLASS, Field.UNIT, Field.ENTRY})
_VALUES: dict[Field | None, dict[str, str]] = {
    Field.KIND: {kind.value: kind.value for kind in Kind}
    | {"dokument": "document", "akte": "case", "post": "mail", "vorgang": "transaction"},
    Field.STATE: {name: name for name in ("open", "closed", "tray", "filed", "rejected")}
    | {"offen": "open", "geschlossen": "closed", "abgeschlossen": "closed"}
    | {"klärung": "tray", "abgelegt": "filed", "abgewiesen": "rejected"},
}
"""What a field may hold, in English, by what may be typed."""
_SLOP = re.compile(r"~(\w*)")
_FUZZY = re.compile(r"(?P<word>.+?)~(?P<distance>\d*)(?:/(?P<prefix>\d+))?")
_RANGE_INSIDE = re.compile(r"\s*(?P<low>.*?)\s*(?:\b(?:to|TO|bis)\b|(?<=\s)[-–](?=\s))\s*(?P<high>.*?)\s*")
_ALNUM = re.compile(r"[^\W_]")
_ONE_WORD = re.compile(r"[^\W_]+")


def phrase(reader: Reader, field: Field | None, quote: str) -> Node:
    """Words between quotation marks, and the distance that may follow."""
    start = reader.at
    end = reader.text.find(quote, start + 1)
    if end < 0:
        raise reader.refuse("This quotation mark is not closed.", start)
    inner = reader.query[start + 1 : end]
    reader.at = end + 1
    slop = _slop(reader, start) if quote == '"' else 1
    if not _ALNUM.search(inner):
        raise reader.refuse("There is no word between these quotation marks.", start, reader.at)
    if field in _WORDY and re.search(r"[^\W_][*?]+(?=[\s*?]|$)|[*?][^\W_]", inner):
        star = start + 1 + re.search(r"[*?]", inner).start()  # type: ignore[union-attr]  # the line above found one
        raise reader.refuse("Words in quotes are exact: * and ? work only outside quotes.", star)
    reader.leaf(start)
    _check_width(reader, slop, len(_ONE_WORD.findall(inner)), end + 1)
    if field not in _WORDY:
        return _plain(reader, inner.strip(), field, start + 1)
    return Phrase(inner, slop, field, Span(start, reader.at))


def _check_width(reader: Reader, slop: int, count: int, at: int) -> None:
    if slop ** (count - 1) > MAX_PLACINGS:
        most = max(n for n in range(1, slop) if n ** (count - 1) <= MAX_PLACINGS)
        raise reader.refuse(f"This distance is too wide for {count} words; at most ~{most}.", at, reader.at)


def _slop(reader: Reader, start: int) -> int:
    found = _SLOP.match(reader.text, reader.at)
    if not found:
        return 1
    if not found[1].isascii() or not found[1].isdigit() or not 1 <= int(found[1]) <= 100:
        raise reader.refuse("After ~ a distance from 1 to 100 is needed.", reader.at, found.end())
    reader.at = found.end()
    return int(found[1])


def from_to(reader: Reader, field: Field | None) -> Node:
    """A range in brackets."""
    start = reader.at
    ends = [at for at in (reader.text.find("]", start), reader.text.find("}", start)) if at > 0]
    if not ends:
        raise reader.refuse("This range is not closed with ] or }.", start)
    end = min(ends)
    reader.at = end + 1
    found = _RANGE_INSIDE.fullmatch(reader.text[start + 1 : end])
    if not found:
        raise reader.refuse("A range is written [from to until], for example [2026-01 to 2026-03].", start, reader.at)
    low, high = (found[name].strip("'\" ") or None for name in ("low", "high"))
    if low is None and high is None:
        raise reader.refuse("This range has neither a beginning nor an end.", start, reader.at)
    if field is None and all(value is None or dates.interval(value) for value in (low, high)):
        field = Field.DATE
    if field is None or field not in _RANGED:
        names = ", ".join(sorted(_RANGED))
        raise reader.refuse(f"A range needs one of the fields {names}, for example date:[2026 to].", start, reader.at)
    reader.leaf(start)
    if field in _DATED:
        _check_dates(reader, low, high, start)
    span = Span(start, reader.at)
    return Range(low, high, reader.text[start] == "[", reader.text[end] == "]", field, span)


def _check_dates(reader: Reader, low: str | None, high: str | None, start: int) -> None:
    days = [dates.interval(value) if value else None for value in (low, high)]
    for value, day in zip((low, high), days, strict=True):
        if value and day is None:
            at = reader.text.index(value, start)
            raise reader.refuse(f"{value!r} is no date; write 2026, 2026-03 or 2026-03-05.", at, at + len(value))
    if days[0] and days[1] and days[0][0] > days[1][1]:
        raise reader.refuse("This range ends before it begins.", start, reader.at)


def word(reader: Reader, field: Field | None, start: int) -> Node | None:
    """What stands up to the next space or bracket; None for signs alone, which say nothing."""
    found = WORD.match(reader.text, reader.at)
    if not found:
        raise reader.refuse("Here a word is missing.", start)
    at = reader.at
    raw = found[0]
    caret = raw.find("^", 1)
    if caret > 0:
        raw = raw[:caret]
    reader.at += len(raw)
    _refuse_habits(reader, raw, at)
    reader.leaf(at)
    if raw == "*:*":
        return Every(None, Span(at, reader.at))
    if set(raw) == {"*"}:
        return Every(field, Span(at, reader.at))
    fuzzy = _FUZZY.fullmatch(raw) if "~" in raw else None
    if fuzzy:
        return _fuzzy(reader, fuzzy, field, at)
    if "*" in raw or "?" in raw:
        if field in _DATED:
            raise reader.refuse("Dates take no wildcard; write date:2026 or date:2026-03.", at, reader.at)
        raw = re.sub(r"\*+", "*", raw)
        if raw.count("*") > MAX_STARS or raw.count("?") > MAX_STARS or len(raw) > MAX_PATTERN:
            raise reader.refuse(f"A word takes at most {MAX_STARS} of each wildcard.", at, reader.at)
        return Wildcard(raw, field, Span(at, reader.at))
    if not _ALNUM.search(raw):
        if field is not None:
            raise reader.refuse(f"{raw!r} holds no letter and no digit to search for.", at, reader.at)
        return None
    return _plain(reader, raw, field, at)


def _plain(reader: Reader, raw: str, field: Field | None, at: int) -> Node:
    span = Span(at, max(reader.at, at + 1))
    if field in _DATED:
        assert field is not None
        if dates.interval(raw) is None:
            raise reader.refuse(f"{raw!r} is no date; write 2026, 2026-03 or 2026-03-05.", at, at + len(raw))
        return Range(raw, raw, True, True, field, span)
    if field in _VALUES:
        raw = _value(reader, raw, field, at)
    return Word(raw, field, span)


def _value(reader: Reader, raw: str, field: Field | None, at: int) -> str:
    """A word of a field that holds few values, in English."""
    known = _VALUES[field]
    found = known.get(raw.lower())
    if found is None:
        names = ", ".join(dict.fromkeys(known.values()))
        raise reader.refuse(f"{raw!r} is no {field}; there are {names}.", at, at + len(raw))
    return found


def _fuzzy(reader: Reader, found: re.Match[str], field: Field | None, at: int) -> Node:
    word, distance = found["word"], int(found["distance"] or 1)
    if field not in _WORDY:
        raise reader.refuse("~ works on words of title, text and sender only.", at, reader.at)
    if not 1 <= distance <= 2:
        raise reader.refuse("After ~ the number of slips is 1 or 2.", at + len(word), reader.at)
    if "*" in word or "?" in word:
        raise reader.refuse("A word takes wildcards or ~, not both.", at, reader.at)
    if len(_ALNUM.findall(word)) != len(word):
        raise reader.refuse("~ works on a single word without hyphens or other signs.", at, reader.at)
    return Fuzzy(word, distance, min(int(found["prefix"] or 0), len(word)), field, Span(at, reader.at))


def _refuse_habits(reader: Reader, raw: str, at: int) -> None:
    """Refuse signs of other search languages, which would silently mean something else here."""
    if raw[0] in "-!" and len(raw) > 1 and raw[1].isalpha():
        raise reader.refuse(f"To leave out what has a word, write NOT {raw[1:]}.", at, at + len(raw))
    if raw in ("&&", "||", "|", "!"):
        raise reader.refuse("Operators are written AND, OR and NOT.", at, at + len(raw))
    if raw.startswith(("~", "^")):
        raise reader.refuse(f"{raw[0]} needs a word before it.", at, at + len(raw))
    if "~" in raw and not _FUZZY.fullmatch(raw):
        raise reader.refuse("After ~ the number of slips is 1 or 2.", at + raw.index("~"), at + len(raw))
