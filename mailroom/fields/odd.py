"""Mail that is not ours, that nobody signed, or that only says thanks: misdirected (Irrläufer), anonymous, thanking."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from mailroom.fields.lines import POSTCODE, SALUTATION, Landmarks, Line, is_own

_TO_SOMEBODY = re.compile(r"^\W*(an\b|herrn?\b|frau\b|familie\b|firma\b|eheleute\b)", re.IGNORECASE)
_HEAD = 25
_BODY = (
    r"(?:[A-ZÄÖÜ]\w*-?)?(?:[Kk]asse|[Vv]ersicherung|[Bb]ank|[Ss]parkasse|[Ww]erke|[Jj]obcenter|[Ff]inanzamt|[Ll]andratsamt"
    r"|[Ss]ervice|[Aa]gentur)\w*"
)
_SPOKEN_TO = re.compile(
    r"^\W*(?:(?:[Ll]iebes|[Ss]ehr geehrtes|[Ww]ertes|[Hh]allo|[Gg]uten\s+\w+,?)\s+(?:\w+-)?[Tt]eam"
    r"\s+(?:der|des|von|vom|bei|beim)\s+(?P<team>[A-ZÄÖÜ][\w&. -]{1,40}?)\s*(?:[,:!]|$)"
    rf"|(?:[Ss]ehr geehrte[rs]?|[Ll]iebe[rs]?|[Ww]erte[rs]?)\s+(?P<body>{_BODY}(?:\s+[A-ZÄÖÜ]\w+)?)"
    rf"|[Aa]n\s+(?:die|das|den)\s+(?P<to>(?:{_BODY}|Gemeinde)(?:\s+[\w-]+){{0,3}})\s*:)"
)
_MUNICIPAL = re.compile(
    r"\b(stadt(?!werke)|rathaus|amt\b|stadtkasse|stadtverwaltung|bürger|poststelle|zulassung|kita|standesamt)", re.I
)
_NAMELESS = re.compile(
    r"\banonym\b|\bein(e)?\s+(besorgte|aufmerksame|verärgerte|wütende|ehrliche|treue)[rn]?\s+(bürger|anwohner|nachbar|einwohner"
    r"|steuerzahler|mutter)\w*\s*$|(möchte|will|werde|kann)\s+(ich\s+)?(meinen\s+namen|ungenannt|unerkannt)"
    r"|meinen\s+namen\s+(möchte|will|werde|nenne|gebe)\s+ich\s+(\w+\s+)?nicht",
    re.IGNORECASE | re.MULTILINE,
)


_THANKS = re.compile(
    r"\bherzliche[sn]?\s+dank(eschön)?\b|\b(vielen|tausend|besten)\s+(lieben\s+|herzlichen\s+)?dank\s+für\s+(die|den|das|ihre|eure)\b"
    r"|\bdankeschön\b|\bdank\s+(aussprechen|sagen)\b|\bbedanken\b|\bgroßes\s+lob\b",
    re.IGNORECASE,
)
_WANTS = re.compile(
    r"\?|\bbitte\b|\b(ich|wir)\s+(bitten?|beantragen?|fordern?|widersprechen?|melden?|legen?)\b|\bantrag|\bwiderspruch|\brechnung"
    r"|\bbescheid|\bfrist\b|\bbeiliegend|\banbei\b|\banlage\b|\bim\s+voraus\b|\bkündig|\bbeschwer|\banmeld|\babmeld|\büberwiesen",
    re.IGNORECASE,
)
_SHORT = 1500
"""Characters; a longer letter says more than thanks."""


def other_recipient(lines: Sequence[Line], marks: Landmarks, own: Iterable[str]) -> str:
    """Who a letter is addressed to that names the city nowhere on its first page; empty when that cannot be said.

    Said only when the address field and the salutation name the same person.
    """
    names = tuple(own)
    head = lines[: min(marks.salutation, _HEAD)]
    if marks.salutation >= len(lines) or any(is_own(line.text, names) for line in lines):
        return ""
    greeting = lines[marks.salutation].text
    for place, line in enumerate(head):
        if not _TO_SOMEBODY.match(line.text) or SALUTATION.match(line.text):
            continue
        block = head[place : place + 5]
        end = next((index for index, row in enumerate(block) if POSTCODE.search(row.text)), None)
        if end is None or end == 0:
            continue
        for row in block[:end]:
            if any(len(word) > 3 and word[0].isupper() and word in _words(greeting) for word in _words(row.text)):
                return _person(block[:end])
    return ""


def spoken_to(lines: Sequence[Line], marks: Landmarks, own: Iterable[str]) -> str:
    """The body to which the words speak though it is not the city (``Liebes Team der Krankenkasse``); else empty.

    Such a letter may have got into our envelope by mistake, or be a copy for us: a person must look at it.
    """
    names = tuple(own)
    place = marks.salutation if marks.salutation < len(lines) else 0
    for line in lines[place : place + 4]:
        if line.index in marks.address:
            continue
        match = _SPOKEN_TO.match(line.text)
        whom = match.group("team") or match.group("body") or match.group("to") if match else ""
        if whom and not _MUNICIPAL.search(whom) and not is_own(whom, names, 80.0):
            return whom.strip(" ,.:")
    return ""


def nameless(text: str) -> bool:
    """Whether a letter says of itself that its writer will not be known."""
    return bool(_NAMELESS.search(text))


def only_thanks(text: str) -> bool:
    """Whether a letter thanks and asks nothing: no question, no request, no reference to what is to be done."""
    return len(text) <= _SHORT and bool(_THANKS.search(text)) and not _WANTS.search(text)


def _words(text: str) -> list[str]:
    return [word.strip(".,;:") for word in text.split() if word.casefold() not in {"herr", "herrn", "frau", "familie"}]


def _person(block: Sequence[Line]) -> str:
    first = block[0].text.strip()
    return f"{first} {block[1].text.strip()}" if len(block) > 1 and len(first.split()) < 2 else first
