"""Where a letter says who wrote it: letterhead, return line, labels, the first words, signature and footer."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mailroom.fields.dates import spans
from mailroom.fields.given_names import is_given
from mailroom.fields.lines import POSTCODE, STREET, Landmarks, Line, columns, is_own
from mailroom.fields.people import COMPANY, NAME, companies, is_name, looks_like_name

RETURN_PARTS = re.compile(r"\s*(?:[·•|*∙;]|\s[-–—:.]\s|,)\s*")
_LABELLED = re.compile(
    r"^\W*(absender(?:in)?|abs\.?|von|from|sender|melder(?:in)?|person|einreicher(?:in)?)\s*[:.]+\s*(?P<value>\S.*)?$",
    re.IGNORECASE,
)
_INTRODUCED = re.compile(
    rf"\b(?:[Ii]ch\s+bin(?:\s+(?:die|der))?|[Mm]ein\s+Name\s+ist|[Ii]ch\s+hei(?:ß|ss)e)\s+({NAME})"
)
_SALUTED = re.compile(
    r"^\W*(an\b|herrn?\b|frau\b|z\.?\s?hd|firma\s*$|betr|datum|tel|fax|e-?mail|www|http|iban|bic|seite|ihr|unser"
    r"|(von|from|to|cc|gesendet|sent|date|subject)\s*:)",
    re.I,
)
_NOT_SENDER = re.compile(
    r"(sehr geehrte|bescheid|antrag\b|rechnung\b|anlagen?\b|kopie\b|eingang|eingegangen|einschreiben"
    r"|persönlich|vertraulich"
    r"|mahnung|widerspruch|meldeschein|vollmacht|bestätigung|mandat|anzeige|erklärung|formular|vertrag\b|nachweis|anmeldung|abmeldung"
    r"|betreff|kündigung|bewerbung|anfrage|mitteilung|einladung|telefax|\bseite\b|zustellung|werbung|antwort)",
    re.I,
)
_SENTENCE_END = re.compile(r"[a-zäöüß]{3,}\.$|[?!:]$")
_GEZ = re.compile(r"^(gez\.|i\.\s?A\.|i\.\s?V\.|ppa\.|ihre?\b|im Auftrag|in Vertretung)\s*", re.IGNORECASE)


_LETTERHEAD, _BELOW_LETTERHEAD = 5.0, 3.2
"""An organisation in the first lines writes, whoever of its people lives below and signs."""


@dataclass(frozen=True, slots=True)
class Clue:
    """A name that may be the sender's, where it stands and how much that says."""

    name: str
    line: Line
    place: str
    weight: float


def clues_of(
    lines: Sequence[Line], last_lines: Sequence[Line], marks: Landmarks, last_marks: Landmarks, own: tuple[str, ...]
) -> list[Clue]:
    """All clues of a letter; see :func:`mailroom.fields.sender.sender`."""
    return [
        *_head(lines, marks, own),
        *_labelled(lines, own),
        *_introduced(lines, own),
        *_signature(last_lines, last_marks, own),
    ]


def _head(lines: Sequence[Line], marks: Landmarks, names: tuple[str, ...]) -> Iterable[Clue]:
    """Clues above the salutation, outside the address field."""
    end = min(marks.salutation, 14, len(lines))
    for line in lines[:end]:
        if line.index in marks.address or is_own(line.text, names) or _SALUTED.match(line.text):
            continue
        if line.index > 8 and line.top > 0.42:
            return
        after_address = bool(marks.address) and line.index >= marks.address.stop
        for part in columns(line):
            if not is_own(part.text, names) and not _SALUTED.match(part.text):
                yield from _of_head_line(part, lines, names, 0.45 if after_address else 1.0)


def _of_head_line(line: Line, lines: Sequence[Line], names: tuple[str, ...], factor: float) -> Iterable[Clue]:
    early = 1.0 if line.index <= 1 else 0.85 if line.index <= 4 else 0.6
    parts = [part.strip() for part in RETURN_PARTS.split(line.text) if part.strip()]
    following = lines[line.index + 1].text if line.index + 1 < len(lines) else ""
    lives_below = bool(STREET.search(following) or POSTCODE.search(following))
    is_return = len(parts) >= 2 and bool(POSTCODE.search(line.text) or STREET.search(line.text))
    with_trade = len(parts) >= 2 and line.index == 0 and lives_below and not companies(line.text)
    first = parts[0] if is_return or with_trade else line.text.strip(" ,;")
    if line.index <= 1 and (turned := _turned(line.text)):
        first = turned
    if is_own(first, names) or _NOT_SENDER.search(first):
        return
    name = looks_like_name(first)
    legal = companies(first)
    if legal and not is_return:
        heads = _LETTERHEAD if line.index <= 2 else _BELOW_LETTERHEAD
        yield Clue(legal[0] if len(legal[0]) > 0.6 * len(first) else first, line, "letterhead", heads * factor * early)
    elif COMPANY.search(first) and len(first) <= 70 and not _SENTENCE_END.search(first):
        yield Clue(first, line, "return line" if is_return else "letterhead", 3.0 * factor * early)
    elif name:
        lives = is_return or lives_below
        person = is_given(name.split()[0])
        weight = (2.6 if lives else 1.5) if person else (3.0 if lives or line.index == 0 else 1.5)
        yield Clue(
            name if person else first, line, "return line" if is_return else "letterhead", weight * factor * early
        )
    elif (
        is_return
        and 3 <= len(first) <= 60
        and first[0].isupper()
        and not STREET.search(first)
        and not POSTCODE.search(first)
    ):
        yield Clue(first, line, "return line", 3.0 * factor * early)
    elif (
        line.index == 0
        and 4 <= len(first) <= 45
        and re.match(r"[A-ZÄÖÜ]", first)
        and len(first.split()) <= 6
        and not (spans(first) or STREET.search(first) or POSTCODE.search(first))
    ):
        yield Clue(first, line, "first line", 2.5 * factor)


def _labelled(lines: Sequence[Line], names: tuple[str, ...]) -> Iterable[Clue]:
    """What stands behind ``Absender:`` or ``Von:``, or below where a column parts them."""
    for line, below in itertools.pairwise((*lines[:25], None)):
        match = _LABELLED.match(line.text) if line else None
        if line is None or match is None:
            continue
        said = match.group("value") or (below.text if below and line.index < 8 else "")
        said = re.sub(r"\s*<[^>]*>|\s*\(.*?\)", "", said)
        value = _turned(said) or RETURN_PARTS.split(said)[0].strip(' "')
        if (
            value
            and "@" not in value
            and not is_own(value, names)
            and not value[0].isdigit()
            and len(value) > 3
            and value[-1] != ":"
        ):
            yield Clue(value, line, "sender field", 3.5)


def _turned(said: str) -> str | None:
    """``Kretzschmar, Heiko`` as it is spoken; None for anything else."""
    surname, comma, given = said.partition(",")
    given = given.partition(",")[0]
    first = given.split()[0] if given.split() else ""
    name = looks_like_name(f"{given.strip()} {surname.strip()}") if comma and is_given(first) else None
    return name if name and len(surname.split()) == 1 else None


def _introduced(lines: Sequence[Line], names: tuple[str, ...]) -> Iterable[Clue]:
    for line in lines[:30]:
        match = _INTRODUCED.search(line.text)
        if match and is_given(match.group(1).split()[0]) and not is_own(match.group(1), names):
            yield Clue(match.group(1), line, "introduction", 2.0)


def _signature(lines: Sequence[Line], marks: Landmarks, names: tuple[str, ...]) -> Iterable[Clue]:
    """Clues below the closing formula; without one the last lines."""
    closed = marks.closing < len(lines)
    start = marks.closing if closed else max(len(lines) - 4, 0)
    for line in lines[start : start + 14]:
        footer = RETURN_PARTS.split(line.text)[0]
        if (legal := companies(footer)) and not is_own(footer, names) and not _NOT_SENDER.search(footer):
            yield Clue(legal[0], line, "signature", 3.0 if closed else 2.0)
            continue
        if line.index >= start + 7:
            continue
        text = _GEZ.sub("", line.text).strip(" ,;._-")
        if line.index == marks.closing:
            text = re.sub(r"^.*?(gr(ü|ue|u)(ß|ss)e?n?|mfg|regards)\W*", "", text, flags=re.IGNORECASE).strip()
        if not text or is_own(text, names) or STREET.search(text):
            continue
        name = looks_like_name(text)
        if name and is_name(name):
            known = 1.0 if is_given(name.split()[0]) else 0.8
            yield Clue(name, line, "signature", known * (2.4 if closed else 1.3))
        elif closed and COMPANY.search(text) and len(text) <= 60 and not text.endswith("."):
            yield Clue(text, line, "signature", 2.0)
