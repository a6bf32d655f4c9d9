"""Stage: read the fields of a letter from its recognised pages. A function of values; nothing is looked up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from mailroom.fields import people as persons
from mailroom.fields.amounts import amounts
from mailroom.fields.dates import DateMention, Role, implausible, letter_date, mentions, spans
from mailroom.fields.deadlines import deadlines
from mailroom.fields.forms import form_fields, recipient_person, ticked
from mailroom.fields.lines import POSTCODE, Landmarks, Line, is_own, landmarks, lines_of
from mailroom.fields.markings import MarkingKind, markings, opening_day
from mailroom.fields.odd import nameless, only_thanks, other_recipient, spoken_to
from mailroom.fields.references import own_signs, references
from mailroom.fields.sender import sender
from mailroom.fields.values import Extracted, Found, Person
from mailroom.ports import PageText
from mailroom.registers import Registers

_SUBJECT = re.compile(r"^\W*(betreff|betr\.?|betrifft|subject|re)\s*:\s*(?P<value>.+)$", re.IGNORECASE)
_NO_SUBJECT = re.compile(
    r"\b(zeichen|gz|az|datum|telefon|telefax|tel|fax|e-?mail|durchwahl|ansprechpartner\w*|bearbeiter\w*|kundennummer"
    r"|vertragskonto)\b|zeichen\b|@|www\.",
    re.IGNORECASE,
)
"""The block of signs and numbers beside or below the address field."""
_ENGLISH = re.compile(r"\b(the|and|dear|yours|please|with|have|regards|would)\b", re.I)
_GERMAN = re.compile(r"\b(der|die|und|ich|sehr|bitte|mit|für|ist|nicht|wir)\b", re.I)
_MAX_PAGES = 60


def extract(pages: Sequence[PageText], registers: Registers, *, received: date | None = None) -> Extracted:
    """Read references, sender, date, people, amounts and deadlines.

    Args:
        pages: of one letter, in order; only the first 60 are read.
        registers: of the home; ``own_names`` and offices keep the city from being taken for the sender.
        received: the day on which the letter came in; a date that does not fit is said so in ``findings``.
    """
    read = tuple(pages[:_MAX_PAGES])
    if not any(page.text.strip() for page in read):
        return Extracted(findings=("no-text: no text was recognised on this letter.",))
    own = registers.names_of_the_city
    per_page = [lines_of(page) for page in read]
    marks = [landmarks(lines, own) for lines in per_page]
    first = next(index for index, lines in enumerate(per_page) if lines)
    dates = [
        mention
        for lines, mark in zip(per_page, marks, strict=True)
        for mention in mentions(lines, mark, received=received)
    ]
    closing = next((index for index in range(first, len(read)) if marks[index].closing < len(per_page[index])), first)
    fields = [
        person
        for lines in per_page[:3]
        if lines
        for person in persons.labelled((line.text for line in lines), lines[0].page)
    ]
    found_sender = sender(per_page[first], per_page[closing], marks[first], marks[closing], fields[:2], own)
    own_date = letter_date(dates)
    text = "\n".join(page.text for page in read)
    person = recipient_person(per_page[first], marks[first])
    found_markings = markings(per_page[first], marks[first])
    kinds = {marking.kind for marking in found_markings}
    return Extracted(
        references=references(read, registers),
        sender=found_sender,
        date=_date_field(own_date),
        people=_people(read, found_sender, fields, dates),
        companies=tuple(name for name in persons.companies(text) if not is_own(name, own)),
        addresses=persons.addresses(text, own),
        amounts=amounts(read),
        forms=(*((person,) if person else ()), *form_fields(per_page), *ticked(per_page)),
        signs=own_signs(read),
        deadlines=deadlines(
            _own_pages(per_page, closing, own_date, dates, own),
            written=own_date.day if own_date else None,
            received=received,
        ),
        subject=_subject(per_page[first], marks[first], own),
        addressee=_addressee(per_page[first], marks[first], registers),
        other_recipient=other_recipient(per_page[first], marks[first], own),
        thanks=only_thanks(text[:20_000]),
        spoken_to=spoken_to(per_page[first], marks[first], own),
        anonymous=found_sender is None and nameless(text[:20_000]),
        markings=found_markings,
        sealed_until=opening_day(per_page[first]) if MarkingKind.TENDER in kinds else None,
        language=next((page.language for page in read if page.language), "") or _language(text),
        findings=_findings(own_date, received),
    )


def _own_pages(
    per_page: Sequence[tuple[Line, ...]],
    closing: int,
    own_date: DateMention | None,
    dates: Sequence[DateMention],
    own: tuple[str, ...],
) -> list[tuple[Line, ...]]:
    """The pages whose deadlines are the letter's: not enclosed letters of ours, nor papers with a date of their own."""
    other = {
        mention.line.page
        for mention in dates
        if own_date is not None
        and mention.role is Role.LETTER
        and mention.place != "text"
        and mention.day != own_date.day
    }
    return [
        lines
        for index, lines in enumerate(per_page)
        if index <= closing or not lines or (lines[0].page not in other and not _heads_ours(lines, own))
    ]


def _heads_ours(lines: Sequence[Line], own: tuple[str, ...]) -> bool:
    """Whether a page begins with the city's own letterhead."""
    return any(is_own(line.text, own) for line in lines[:3])


def _date_field(mention: DateMention | None) -> Found | None:
    if mention is None:
        return None
    sure = 0.98 if mention.score >= 3 else 0.9 if mention.score >= 1.2 else 0.6
    return Found(mention.day.isoformat(), mention.line.page, mention.line.text, mention.place, sure)


def _findings(mention: DateMention | None, received: date | None) -> tuple[str, ...]:
    if mention is None:
        return ("date-missing: no date of the letter itself was found.",)
    finding = implausible(mention.day, received) if received is not None else None
    return (finding,) if finding else ()


def _people(
    pages: Sequence[PageText], found_sender: Found | None, fields: Sequence[Person], dates: Sequence[DateMention]
) -> tuple[Person, ...]:
    """People of the letter, the sender first; birth dates are joined to names."""
    people: list[Person] = []
    for page in pages:
        people += persons.with_birth_dates(re.sub(r"\s*\n\s*", " ", page.text[:20_000]), page.number)
    people += fields
    if found_sender is not None:
        name = persons.looks_like_name(found_sender.value)
        if name:
            surname, given = persons.split_name(name)
            people.append(Person(surname, given, page=found_sender.page, text=found_sender.text))
    for page in pages:
        people += persons.addressed(page.text[:20_000], page.number)
    births = [mention for mention in dates if mention.role is Role.BIRTH]
    joined: dict[tuple[str, str], Person] = {}
    for person in people:
        key = (person.surname.casefold(), person.given.casefold())
        known = joined.get(key)
        if known is None or (person.born and not known.born):
            joined[key] = person
    result = list(joined.values())
    if len(births) == 1 and not any(person.born for person in result) and result:
        result[0] = _born(result[0], births[0].day.isoformat())
    return tuple(result[:30])


def _born(person: Person, born: str) -> Person:
    return Person(person.surname, person.given, born, person.street, person.page, person.text)


def _subject(lines: Sequence[Line], marks: Landmarks, own: tuple[str, ...]) -> str:
    for line in lines[:40]:
        match = _SUBJECT.match(line.text)
        if match:
            return match.group("value").strip()[:200]
    if 0 < marks.salutation < len(lines):
        for line in reversed(lines[: marks.salutation]):
            words = line.text.split()
            if line.index in marks.address or is_own(line.text, own) or POSTCODE.search(line.text):
                break
            if _NO_SUBJECT.search(line.text) or _is_date_line(line.text):
                continue
            if len(words) >= 2 and sum(char.isdigit() for char in line.text) < len(line.text) / 3:
                return line.text[:200]
    return ""


def _is_date_line(text: str) -> bool:
    """Whether a line is a date, alone or behind a place (``Zwönau, den 29. Juni 2026``)."""
    days = spans(text)
    return bool(days) and re.fullmatch(r"\W*|[^\d,]{2,40},\s*(den|d\.|am|im)?\s*", text[: days[0][0]]) is not None


def _addressee(lines: Sequence[Line], marks: Landmarks, registers: Registers) -> str:
    """The unit named in the address field; the smallest one when several are."""
    best = ""
    for index in marks.address:
        for office in registers.offices.values():
            if is_own(lines[index].text, (office.title,), 90.0) and len(office.unit) >= len(best):
                best = office.unit
    return best


def _language(text: str) -> str:
    german, english = len(_GERMAN.findall(text)), len(_ENGLISH.findall(text))
    return "eng" if english > german and english >= 3 else "deu"
