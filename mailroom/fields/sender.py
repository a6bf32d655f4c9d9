"""Who wrote a letter: letterhead, return line, signature, e-mail and form fields together; never the city itself."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from mailroom.fields import spelling
from mailroom.fields.given_names import is_given
from mailroom.fields.lines import POSTCODE, STREET, Landmarks, Line, columns, is_own
from mailroom.fields.people import COMPANY, companies, is_name, looks_like_name
from mailroom.fields.values import Found, Person

_RETURN_PARTS = re.compile(r"\s*(?:[·•|*∙;]|\s[-–—:]\s|,)\s*")
_ABSENDER = re.compile(r"^\W*(absender(?:in)?|abs\.?|von|from|sender)\s*[:.]\s*(?P<value>.+)$", re.IGNORECASE)
_SALUTED = re.compile(
    r"^\W*(an\b|herrn?\b|frau\b|z\.?\s?hd|firma\s*$|betr|datum|tel|fax|e-?mail|www|http|iban|bic|seite|ihr|unser)", re.I
)
_MAIL = re.compile(r"([\w.+-]+)@([\w-]+(?:\.[\w-]+)*)\.[a-z]{2,10}", re.IGNORECASE)
_NOT_SENDER = re.compile(
    r"(sehr geehrte|bescheid|antrag\b|rechnung\b|anlagen?\b|kopie\b|eingang|eingegangen|einschreiben"
    r"|persönlich|vertraulich"
    r"|mahnung|widerspruch|meldeschein|vollmacht|bestätigung|mandat|anzeige|erklärung|formular|vertrag\b|nachweis|anmeldung|abmeldung"
    r"|betreff|kündigung|bewerbung|anfrage|mitteilung|einladung|telefax|\bseite\b|zustellung|werbung|antwort)",
    re.I,
)
_SENTENCE_END = re.compile(r"[a-zäöüß]{3,}\.$|[?!:]$")
_GEZ = re.compile(r"^(gez\.|i\.\s?A\.|i\.\s?V\.|ppa\.|ihre?\b|im Auftrag|in Vertretung)\s*", re.IGNORECASE)


_LEGAL_FORM = re.compile(
    r"\s*(g?GmbH|AG|KG|OHG|GbR|UG|eG|e\.\s?K\.|e\.\s?V\.|a\.\s?G\.)(\s*&\s*Co\.?(\s*KG)?|\s*\(haftungsbeschränkt\))?\s*"
)


@dataclass(frozen=True, slots=True)
class _Clue:
    name: str
    line: Line
    place: str
    weight: float


def sender(
    lines: Sequence[Line],
    last_lines: Sequence[Line],
    marks: Landmarks,
    last_marks: Landmarks,
    people: Iterable[Person],
    own_names: Iterable[str],
) -> Found | None:
    """The sender of a letter.

    Args:
        lines: of the first page.
        last_lines: of the page with the signature (may be the first).
        marks: landmarks of the first page.
        last_marks: landmarks of the page with the signature.
        people: named in form fields, most likely first.
        own_names: of the city; whatever names them is no sender.
    """
    names = tuple(own_names)
    clues = [*_head(lines, marks, names), *_labelled(lines, names), *_signature(last_lines, last_marks, names)]
    clues += [_Clue(person.name, lines[0], "form field", 2.2) for person in people if lines]
    if not clues:
        return None
    domains = [f"{user} {domain}" for line in lines for user, domain in _MAIL.findall(line.text)]
    groups: list[list[_Clue]] = []
    for clue in clues:
        group = next((group for group in groups if _same(group[0].name, clue.name)), None)
        if group is None:
            groups.append([clue])
        else:
            group.append(clue)
    scored = sorted(((_weight(group, domains), -index) for index, group in enumerate(groups)), reverse=True)
    weight, index = scored[0]
    best = max(groups[-index], key=lambda clue: clue.weight)
    name = spelling.agreed(best.name, [clue.line for clue in groups[-index]], (*lines, *last_lines))
    name = _whole(name, (*lines, *last_lines))
    places = ", ".join(dict.fromkeys(clue.place for clue in groups[-index]))
    rival = scored[1][0] if len(scored) > 1 else 0.0
    sure = 1.0 / (1.0 + 2.0 ** -(weight - 0.5 * rival))
    return Found(name, best.line.page, best.line.text, places, round(min(sure, 0.99), 3))


def _whole(name: str, lines: Sequence[Line]) -> str:
    """The name of an organisation in full, where its letterhead broke: as the return line or footer has it, or below.

    Args:
        name: as read at its best place.
        lines: of the letter.
    """
    if looks_like_name(name) and is_given(name.split()[0]):
        return name
    folded = name.casefold()
    for line in lines:
        first, *rest = _RETURN_PARTS.split(line.text)
        lives = rest and (POSTCODE.search(line.text) or STREET.search(line.text))
        longer = len(name) < len(first) <= 2 * len(name) + 20 and COMPANY.search(first) and not STREET.search(first)
        if lives and longer and (first.casefold().startswith(folded) or first.casefold().endswith(f" {folded}")):
            return first.strip()
    for above, line in itertools.pairwise(lines):
        if above.text.strip() == name and _LEGAL_FORM.fullmatch(line.text) and not companies(name):
            return f"{name} {line.text.strip()}"
    return name


def _weight(group: list[_Clue], domains: list[str]) -> float:
    best: dict[str, float] = {}
    for clue in group:
        best[clue.place] = max(best.get(clue.place, 0.0), clue.weight)
    mail = (
        1.0
        if any(fuzz.token_set_ratio(group[0].name.casefold(), re.sub(r"[-_.]", " ", domain)) > 75 for domain in domains)
        else 0.0
    )
    return sum(best.values()) + mail


def _same(left: str, right: str) -> bool:
    return fuzz.token_sort_ratio(left.casefold(), right.casefold()) >= 84


def _head(lines: Sequence[Line], marks: Landmarks, names: tuple[str, ...]) -> Iterable[_Clue]:
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


def _of_head_line(line: Line, lines: Sequence[Line], names: tuple[str, ...], factor: float) -> Iterable[_Clue]:
    early = 1.0 if line.index <= 1 else 0.85 if line.index <= 4 else 0.6
    parts = [part.strip() for part in _RETURN_PARTS.split(line.text) if part.strip()]
    is_return = len(parts) >= 2 and (POSTCODE.search(line.text) or STREET.search(line.text))
    first = parts[0] if is_return else line.text.strip(" ,;")
    if is_own(first, names) or _NOT_SENDER.search(first):
        return
    name = looks_like_name(first)
    legal = companies(first)
    if legal and not is_return:
        yield _Clue(legal[0] if len(legal[0]) > 0.6 * len(first) else first, line, "letterhead", 3.2 * factor * early)
    elif COMPANY.search(first) and len(first) <= 70 and not _SENTENCE_END.search(first):
        yield _Clue(first, line, "return line" if is_return else "letterhead", 3.0 * factor * early)
    elif name:
        following = lines[line.index + 1].text if line.index + 1 < len(lines) else ""
        lives = bool(is_return or STREET.search(following) or POSTCODE.search(following))
        person = is_given(name.split()[0])
        weight = (2.6 if lives else 1.5) if person else (3.0 if lives or line.index == 0 else 1.5)
        yield _Clue(
            name if person else first, line, "return line" if is_return else "letterhead", weight * factor * early
        )
    elif (
        is_return
        and 3 <= len(first) <= 60
        and first[0].isupper()
        and not STREET.search(first)
        and not POSTCODE.search(first)
    ):
        yield _Clue(first, line, "return line", 3.0 * factor * early)
    elif line.index == 0 and 4 <= len(first) <= 45 and re.match(r"[A-ZÄÖÜ]", first) and len(first.split()) <= 6:
        yield _Clue(first, line, "first line", 2.5 * factor)


def _labelled(lines: Sequence[Line], names: tuple[str, ...]) -> Iterable[_Clue]:
    for line in lines[:25]:
        match = _ABSENDER.match(line.text)
        if match:
            value = re.sub(r"\s*<[^>]*>|\s*\(.*?\)", "", _RETURN_PARTS.split(match.group("value"))[0]).strip(' "')
            if value and not is_own(value, names) and not value[0].isdigit() and len(value) > 3:
                yield _Clue(value, line, "sender field", 3.5)


def _signature(lines: Sequence[Line], marks: Landmarks, names: tuple[str, ...]) -> Iterable[_Clue]:
    """Clues below the closing formula; without one the last lines."""
    closed = marks.closing < len(lines)
    start = marks.closing if closed else max(len(lines) - 4, 0)
    for line in lines[start : start + 7]:
        text = _GEZ.sub("", line.text).strip(" ,;._-")
        if line.index == marks.closing:
            text = re.sub(r"^.*?(gr(ü|ue|u)(ß|ss)en?|mfg|regards)\W*", "", text, flags=re.IGNORECASE).strip()
        if not text or is_own(text, names) or STREET.search(text):
            continue
        name = looks_like_name(text)
        if name and is_name(name):
            known = 1.0 if is_given(name.split()[0]) else 0.8
            yield _Clue(name, line, "signature", known * (2.4 if closed else 1.3))
        elif closed and COMPANY.search(text) and len(text) <= 60 and not text.endswith("."):
            yield _Clue(text, line, "signature", 2.0)
