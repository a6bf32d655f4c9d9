"""Who wrote a letter: letterhead, return line, signature, e-mail and form fields together; never the city itself."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz

from erecords.search.language.words import fold
from mailroom.fields import spelling
from mailroom.fields.given_names import is_given
from mailroom.fields.lines import POSTCODE, STREET, Landmarks, Line
from mailroom.fields.people import COMPANY, companies, looks_like_name
from mailroom.fields.sender_clues import RETURN_PARTS, Clue, clues_of
from mailroom.fields.values import Found, Person

_SMALL = {"UND": "und", "DER": "der", "DES": "des", "FÜR": "für", "VON": "von", "IM": "im", "IN": "in", "AM": "Am"}
_MAIL = re.compile(r"([\w.+-]+)@([\w-]+(?:\.[\w-]+)*)\.[a-z]{2,10}", re.IGNORECASE)
_LEGAL_FORM = re.compile(
    r"\s*(g?GmbH|AG|KG|OHG|GbR|UG|eG|e\.\s?K\.|e\.\s?V\.|a\.\s?G\.)(\s*&\s*Co\.?(\s*KG)?|\s*\(haftungsbeschränkt\))?\s*"
)


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
    clues = clues_of(lines, last_lines, marks, last_marks, names)
    clues += [Clue(person.name, lines[0], "form field", 2.2) for person in people if lines]
    if not clues:
        return None
    domains = [f"{user} {domain}" for line in lines for user, domain in _MAIL.findall(line.text)]
    groups: list[list[Clue]] = []
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
    name = _in_small_letters(_fuller(name, clues), (*lines, *last_lines))
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
        first, *rest = RETURN_PARTS.split(line.text)
        lives = rest and (POSTCODE.search(line.text) or STREET.search(line.text))
        longer = len(name) < len(first) <= 2 * len(name) + 20 and COMPANY.search(first) and not STREET.search(first)
        if lives and longer and (first.casefold().startswith(folded) or first.casefold().endswith(f" {folded}")):
            return first.strip()
    for above, line in itertools.pairwise(lines):
        if line.text.strip().startswith(name) and len(name.split()) <= 3 and companies(name) and _goes_before(above):
            return f"{above.text.strip()} {name}"
        if above.text.strip() == name and _LEGAL_FORM.fullmatch(line.text) and not companies(name):
            return f"{name} {line.text.strip()}"
    return name


def _goes_before(line: Line) -> bool:
    """Whether a letterhead may go on in the line below: its first line, short, no person and no firm by itself."""
    text = line.text.strip()
    whole = re.search(r"\d", text) or looks_like_name(text) or companies(text)
    return line.index == 0 and len(text) <= 45 and not whole


def _fuller(name: str, clues: Iterable[Clue]) -> str:
    """The name of a person with its given name, where one place has it and another only an initial, or none."""
    *given, surname = name.split()
    if len(given) > 1 or COMPANY.search(name) or (given and len(given[0].strip(".")) > 1):
        return name
    for clue in clues:
        words = clue.name.split()
        if len(words) > 1 and words[-1] == surname and is_given(words[0]) and words[0].startswith("".join(given)[:1]):
            return clue.name
    return name


def _in_small_letters(name: str, lines: Iterable[Line]) -> str:
    """A name in capitals as people write it: as it stands elsewhere in the letter, else each word with one capital."""
    shouted = [word for word in name.split() if word.isupper() and (len(word) > 3 or is_given(word))]
    if not shouted:
        return name
    said = re.compile(re.escape(name), re.IGNORECASE)
    for found in (found.group() for line in lines for found in said.finditer(line.text)):
        if not any(word.isupper() for word in found.split() if len(word) > 3):
            return found
    return " ".join(_capitalised(word) if word in shouted else _SMALL.get(word, word) for word in name.split())


def _capitalised(word: str) -> str:
    return re.sub(r"[^\W\d_]+", lambda part: part.group().capitalize(), word)


def _weight(group: list[Clue], domains: list[str]) -> float:
    best: dict[str, float] = {}
    for clue in group:
        best[clue.place] = max(best.get(clue.place, 0.0), clue.weight)
    by_mail = 3.0 if companies(group[0].name) else 1.0
    mail = by_mail if any(_of_mailbox(group[0].name, mailbox) for mailbox in domains) else 0.0
    return sum(best.values()) + mail


def _of_mailbox(name: str, mailbox: str) -> bool:
    """Whether a mailbox (``dispo umzuege-troeltzsch``) bears a name, or a word of an organisation's name."""
    spoken = re.sub(r"[-_.]", " ", mailbox.casefold())
    if fuzz.token_set_ratio(name.casefold(), spoken) > 75:
        return True
    said = {fold(word) for word in spoken.split()[1:]} if companies(name) else set()
    return any(len(word) >= 5 and fold(word) in said for word in re.split(r"[\s-]+", name))


def _same(left: str, right: str) -> bool:
    return fuzz.token_sort_ratio(left.casefold(), right.casefold()) >= 84
