"""Dates in a letter, each with its part to play: the letter's own, a birth, a deadline, a reference to another paper.

The letter's own date is found by place and wording, never by being the first: a date line, the head of the first page,
before the salutation, or beside the signature. A date in a sentence, after ``geb.`` or ``Ihr Bescheid vom`` is not it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from rapidfuzz import process

from mailroom.fields.lines import Landmarks, Line
from mailroom.patterns import to_digits

_MONTHS = {
    "januar": 1, "jänner": 1, "jan": 1, "january": 1, "februar": 2, "feber": 2, "feb": 2, "february": 2,
    "märz": 3, "maerz": 3, "mrz": 3, "mär": 3, "march": 3, "mar": 3, "april": 4, "apr": 4, "mai": 5, "may": 5,
    "juni": 6, "jun": 6, "june": 6, "juno": 6, "juli": 7, "jul": 7, "july": 7, "august": 8, "aug": 8,
    "september": 9, "sept": 9, "sep": 9, "oktober": 10, "okt": 10, "october": 10, "oct": 10,
    "november": 11, "nov": 11, "dezember": 12, "dez": 12, "december": 12, "dec": 12,
}  # fmt: skip
_D = "[0-9OoQDIlSsBZzG]"
_NUMERIC = re.compile(
    rf"(?<![\w.,/-])({_D}{{1,2}})(\s?[.,·]\s?|\s?[/-]\s?)({_D}{{1,2}})(\s?[.,·]\s?|\s?[/-]\s?)({_D}{{4}}|{_D}{{2}}(?!\d|\.\d))(?![\w/]|[.,-]\d)"
)
_ISO = re.compile(r"(?<![\w-])((?:19|20)\d\d)-(\d\d)-(\d\d)(?![\d-])")
_DAY_MONTH = re.compile(
    rf"(?<![\w.,])({_D}{{1,2}})(?:\s?[.,]\s?|st|nd|rd|th|\s)\s?(?:of\s+)?([A-Za-zäöüÄÖÜ]{{3,9}})\.?,?\s*((?:19|20|I9|2O|Z0){_D}{{2}})(?!\w)"
)
_MONTH_DAY = re.compile(rf"(?<!\w)([A-Za-z]{{3,9}})\.?\s+({_D}{{1,2}})(?:st|nd|rd|th)?,?\s+((?:19|20){_D}{{2}})(?!\w)")

_BIRTH = re.compile(
    r"(\bgeb(oren|\.|,)?(\s*(am|:))?(\s+\w+tag,?(\s*(den|dem))?)?"
    r"|geburtsda\w*|geburtstag|\bdate of birth|\bborn(\s+on)?|\*)\W{0,3}$",
    re.I,
)
_BIRTH_ABOVE = re.compile(r"(geburtsda\w*|geboren(\s+am)?|geb\.(\s*am)?|date of birth)\W*$", re.I)
_DEADLINE = re.compile(
    r"(\bbis\s+(zum|spätestens|spaetestens|einschlie(ß|ss)lich|am)?"
    r"|\bspätestens(\s+(am|bis|zum))*"
    r"|\bfrist\w*(\s+(bis|am|zum|:|endet|läuft))*"
    r"|fällig(\s+(am|zum))?|zahlbar\s+bis(\s+zum)?|bindefrist\w*"
    r"|\bby|no later than|due( date)?(\s+(on|by))?|zahlungsziel"
    r"|wiedervorlage|\bendet\s+am)\W{0,4}$",
    re.I,
)
_OTHER_PAPER = re.compile(
    r"((ihr(e[mnrs]?)?|unser(e[mnrs]?)?|dein|mein(e[mnrs]?)?|der|dem|des|den|die|das|vom|your|our)\s+(\S+\s+){0,4}?(vom|of|from|dated)"
    r"|(bescheid\w*|schreiben\w*|brief\w*|nachricht|rechnung\w*|mahnung|vertrag\w*|mail|antrag\w*|urteil\w*|urkunde|beschluss\w*"
    r"|verfügung|satzung|anhörung\w*|verwarnung|gesetz\w*|verordnung|fassung|telefonat\w*|gespräch\w*|protokoll\w*)\s+(\S+\s+){0,3}?vom"
    r"|i\.\s?d\.\s?f\.\s*v\w*|stand:?|ausgabe|version|formular\S*)\W{0,3}$",
    re.I,
)
_RECEIVED = re.compile(r"(eingegangen|eingang|posteingang|received|eing\.)\W*(am)?\W{0,6}$", re.I)
_EVENT = re.compile(
    r"\b(am|ab|zum|seit|von|vom|on|since|from|until|termin|beginn\w*|ende|tattag|tatzeit|unfall\w*|einzug\w*|auszug\w*|einreise\w*"
    r"|hochzeit|eheschlie\w*|verstorben|gestorben|gekauft|erstzulassung|gültig\w*|zeitraum|probe\w*|leistungs\w*|liefer\w*"
    r"|wurf\w*|haltungs\w*|todestag|sterbetag|einzugsdatum|kaufdatum|datum\s+(der|des)\s+\w+)\W*$",
    re.I,
)
_LABEL = re.compile(
    r"^\W*(datum|date|den|dated|rechnungsdatum|belegdatum|briefdatum|ort,?\s*(und\s+)?datum|datum,?\s+unterschrift)\W*$",
    re.I,
)
_LABEL_BEFORE = re.compile(
    r"(\bdatum|\brechnungsdatum|\bbelegdatum|\bausstellungsdatum|\bdate|\bgesendet|\bsent|\bübermittelt)"
    r"\s*[:.]*\s*((mo|di|mi|do|fr|sa|so)\w{0,8}[.,]?\s+|(mon|tue|wed|thu|fri|sat|sun)\w{0,6},?\s+)?(den\s+)?$",
    re.I,
)
_PLACE_BEFORE = re.compile(r"^\W{0,2}[A-ZÄÖÜ][\wäöüß./()-]+(\s+[\wäöüßÄÖÜ./()-]+){0,3}\s*,\s*(den|d\.|am|im)?\s*$")
_DEN_BEFORE = re.compile(r"(^|[A-Za-zäöüß.,]\s+)(den|d\.)\s*$")

_LATER_PAGE, _LATER_PAGE_SIGNED = 3.5, 1.0
"""How much less a date on a later page counts: it may stand on an enclosure; at the signature it may be our letter."""


_BROKEN = re.compile(rf"(?<![\w.,]){_D}{{1,2}}\.(\s?[A-Za-zäöüÄÖÜ]{{3,9}}\.?|\s?\d{{1,2}}\.)?\s*$")
_REST = re.compile(r"^\W{0,2}([A-Za-zäöüÄÖÜ]{3,9}\.?\s+)?20\d\d\s*$")


class Role(StrEnum):
    """What a date is in a letter."""

    LETTER = "letter"
    BIRTH = "birth"
    DEADLINE = "deadline"
    OTHER_PAPER = "other-paper"
    RECEIVED = "received"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class DateMention:
    """A date as it stands on a page."""

    day: date
    text: str
    line: Line
    start: int
    end: int
    role: Role
    score: float
    """Higher is more likely the letter's own date; below zero is never taken."""
    place: str


def mentions(lines: Sequence[Line], marks: Landmarks, *, received: date | None = None) -> tuple[DateMention, ...]:
    """All dates of one page, in reading order, each with the part it plays."""
    result = []
    for position, line in enumerate(lines):
        above = lines[position - 1].text if position else ""
        whole = _with_rest(line, lines[position + 1].text if position + 1 < len(lines) else "")
        for start, end, day in spans(whole.text):
            role = _role(whole.text[:start], whole.text[end:], above)
            score, place = _score(whole, start, end, role, above, marks, len(lines))
            if received is not None:
                score += _plausibility(day, received)
            result.append(DateMention(day, whole.text[start:end], whole, start, end, role, score, place))
    return tuple(result)


def _with_rest(line: Line, below: str) -> Line:
    """The line with the rest of its date, where a narrow column broke it: ``Zwönau, 20. April`` over ``2026``."""
    rest = _REST.match(below)
    if rest is None or not _BROKEN.search(line.text) or spans(below):
        return line
    return replace(line, text=f"{line.text} {rest.group().strip()}")


def spans(text: str) -> list[tuple[int, int, date]]:
    """All dates in a text with their places; what is no day of the calendar is left out."""
    found: list[tuple[int, int, date]] = []
    for pattern, read in _READERS:
        for match in pattern.finditer(text):
            day = read(match)
            if day is not None and not any(match.start() < end and start < match.end() for start, end, _ in found):
                found.append((match.start(), match.end(), day))
    return sorted(found)


def _day(year: str | int, month: str | int, day: str | int) -> date | None:
    try:
        full = int(year)
        if full < 100:
            full += 2000 if full < 70 else 1900
        return date(full, int(month), int(day)) if 1870 <= full <= 2150 else None
    except ValueError:
        return None


def _read_iso(match: re.Match[str]) -> date | None:
    return _day(*match.groups())


def _read_numeric(match: re.Match[str]) -> date | None:
    day, first, month, second, year = (part.strip() if part else "" for part in match.groups())
    if sum(char.isdigit() for char in day + month + year) * 2 < len(day + month + year):
        return None
    if (first in {"/", "-"}) != (second in {"/", "-"}):
        return None
    day, month, year = to_digits(day), to_digits(month), to_digits(year)
    return _day(year, month, day) or (_day(year, day, month) if first == "/" else None)


def month_of(word: str) -> int | None:
    """The number of a month by its name, also with OCR slips."""
    folded = word.casefold()
    if folded in _MONTHS:
        return _MONTHS[folded]
    if len(folded) < 4:
        return None
    best = process.extractOne(folded, [name for name in _MONTHS if len(name) > 3], score_cutoff=74)
    return _MONTHS[best[0]] if best else None


def _read_day_month(match: re.Match[str]) -> date | None:
    month = month_of(match.group(2))
    return _day(to_digits(match.group(3)), month, to_digits(match.group(1))) if month else None


def _read_month_day(match: re.Match[str]) -> date | None:
    month = month_of(match.group(1))
    return _day(to_digits(match.group(3)), month, to_digits(match.group(2))) if month else None


_READERS = ((_ISO, _read_iso), (_NUMERIC, _read_numeric), (_DAY_MONTH, _read_day_month), (_MONTH_DAY, _read_month_day))


def _role(before: str, after: str, above: str) -> Role:
    near = before[-60:]
    if _BIRTH.search(near) or (not before.strip(" .,;:|") and _BIRTH_ABOVE.search(above)):
        return Role.BIRTH
    if _DEADLINE.search(near):
        return Role.DEADLINE
    if _RECEIVED.search(near) or re.match(r"\W{0,3}(eingegangen|eingang)\b", after, re.I):
        return Role.RECEIVED
    if _LABEL_BEFORE.search(near) or _DEN_BEFORE.search(near) or _PLACE_BEFORE.search(before):
        return Role.LETTER
    if _OTHER_PAPER.search(near):
        return Role.OTHER_PAPER
    if _EVENT.search(near):
        return Role.EVENT
    return Role.LETTER


def _score(line: Line, start: int, end: int, role: Role, above: str, marks: Landmarks, total: int) -> tuple[float, str]:
    if role is not Role.LETTER:
        return -5.0, role.value
    before, after = line.text[:start], line.text[end:]
    alone = not re.search(r"\w{2,}", before + after)
    in_head = line.index < marks.salutation and (line.top < 0.5 or line.index < 16)
    score, place = 0.0, "text"
    if _LABEL_BEFORE.search(before) or (alone and _LABEL.match(above)):
        score, place = 4.0, "date label"
    elif alone:
        score, place = 3.0, "line of its own"
    elif _PLACE_BEFORE.search(before) or _DEN_BEFORE.search(before):
        score, place = 3.4, "place and date"
    elif start > len(line.text) * 0.55 and len(after.strip()) < 3 and in_head:
        score, place = 1.6, "right of the head"
    elif in_head and re.search(r"\bdatum\b", above, re.I) and not spans(after):
        score, place = 2.0, "under the date label"
    if in_head:
        score += 1.5
        place = f"{place}, head" if place != "text" else "head"
    elif line.index > marks.closing or (line.index >= total - 5 and place != "text"):
        score += 0.2
        place = f"{place}, at the signature"
    else:
        score -= 1.2
    if line.page > 1:
        score -= _LATER_PAGE_SIGNED if "signature" in place else _LATER_PAGE
    return score, place


def _plausibility(day: date, received: date) -> float:
    away = (received - day).days
    if away < -2:
        return -1.5
    if away > 3650:
        return -2.0
    if away > 500:
        return -0.7
    return 0.6 if away <= 120 else 0.0


def implausible(day: date, received: date) -> str | None:
    """Why a letter date cannot be believed as it stands, as a sentence; None when it can."""
    away = (received - day).days
    if away < 0:
        return f"date-implausible: the letter is dated {day.isoformat()}, after it came in ({received.isoformat()})."
    if away > 400:
        return f"date-implausible: the letter is dated {day.isoformat()}, {away} days before it came in."
    return None


def letter_date(found: Sequence[DateMention]) -> DateMention | None:
    """The letter's own date among all dates of its pages; None when no place or wording speaks for one."""
    able = [mention for mention in found if mention.role is Role.LETTER and mention.score >= 0.2]
    if not able:
        able = [
            mention
            for mention in found
            if mention.role is Role.LETTER and mention.line.page == 1 and mention.score > -1.3
        ]
    return max(able, key=lambda mention: (mention.score, -mention.line.page, -mention.line.index), default=None)
