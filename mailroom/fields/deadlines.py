"""Deadlines that a letter sets: ``bis zum 15.03.``, ``binnen zwei Wochen``, ``bis Ende März``, with their last day.

A day that has passed when the letter was written, a validity (``gültig bis``) and a stay (``vom 1.3. bis 5.3.``) are
none. A period counts from where the wording says; from receipt where it says nothing (§ 130 Abs. 1 BGB); where it
starts with an event that the letter does not date, no day is made up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from mailroom.fields import dates
from mailroom.fields.lines import Line
from mailroom.fields.periods import Unit, last_day, next_office_day, part_of_month
from mailroom.ports import Deadline

_MOST = 20
_LATEST = timedelta(days=3 * 366)
_NUMBERS = {
    "ein": 1, "eine": 1, "einem": 1, "einer": 1, "eines": 1, "einen": 1, "one": 1, "a": 1, "zwei": 2, "zweier": 2,
    "two": 2, "drei": 3, "dreier": 3, "three": 3, "vier": 4, "four": 4, "fünf": 5, "fuenf": 5, "five": 5, "sechs": 6,
    "six": 6, "sieben": 7, "seven": 7, "acht": 8, "neun": 9, "zehn": 10, "ten": 10, "zwölf": 12, "zwoelf": 12,
    "vierzehn": 14, "fourteen": 14, "zwanzig": 20, "dreißig": 30, "dreissig": 30, "thirty": 30,
}  # fmt: skip
_UNITS = (
    ("arbeitstag|working day", Unit.OFFICE_DAYS),
    ("werktag", Unit.WORKDAYS),
    ("tag|kalendertag|day", Unit.DAYS),
    ("woche|week", Unit.WEEKS),
    ("monat|month", Unit.MONTHS),
    ("jahr|year", Unit.YEARS),
)
_COUNT = rf"(?P<count>\d{{1,3}}|{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})"
_KIND = r"(?P<unit>(?:arbeits|werk|kalender)?tag|woche|monat|jahr|working day|day|week|month|year)(?:en|es|e|n|s)?"
_SPAN = rf"{_COUNT}\.?(?:\s+\(\w+\))?[\s-]+{_KIND}\b"
_PERIOD = re.compile(
    rf"\b(?:(?:innerhalb|innert|binnen)(?:\s+(?:von|der|einer|gesetzten|nächsten|frist))*|within(?:\s+the\s+next)?"
    rf"|frist(?:\s*:|\s+von)|zahlungsziel\s*:?|zahlungsfrist(?:\s*:|\s+von)?|zahlbar\s+in)\s+(?:spätestens\s+)?{_SPAN}"
    rf"|\b(?:innerhalb|binnen)\s+(?:der\s+)?(?P<whole>monats|jahres)frist\b",
    re.IGNORECASE,
)
_FROM_LETTER = re.compile(
    r"^\W{0,3}(netto\s+)?(ab|nach|seit|vom|of|from)\s+(dem\s+|the\s+)?"
    r"((rechnungs|brief|ausstellungs)?datum|rechnungsstellung|invoice\s+date|date\s+of\s+(this|the)\s+(letter|invoice))",
    re.IGNORECASE,
)
_FROM_RECEIPT = re.compile(
    r"^\W{0,3}(netto\s+)?(ab|nach|seit|from|of|after)\s+(?:(dem|der|the|your)\s+)?"
    r"(erhalt|eingang|zugang|zustellung|bekanntgabe|empfang|rechnungserhalt|rechnungseingang|heute|receipt|receiving|today"
    r"|service)\b(?!\s+(des|der|ihres|ihrer|your)\s+(?!rechnung|schreiben|brief|bescheid|beschluss|urteil|verfügung|dies))",
    re.IGNORECASE,
)
_FROM_ELSEWHERE = re.compile(r"^\W{0,3}(netto\s+)?(ab|nach|seit|vor|after|from)\s+\w", re.IGNORECASE)
_TOLD = re.compile(
    r"\b(wurde|wurden|hat|haben|habe|hatte|hatten|ihrer|ihre|gesetzte[nr]?)\s+(\w+\s+){0,6}$|\bnicht\s+$|\bdie\s+ihr\w*\s+$",
    re.IGNORECASE,
)
_TOLD_AFTER = re.compile(
    r"^.{0,60}?\b(geantwortet|gesetzt|erhalten|vergangen|abgelaufen|widerspruch\s+ein\b|lege\s+ich|verstrichen|gewohnt)",
    re.IGNORECASE,
)
_LAST_BEFORE = re.compile(
    r"(?P<word>\bbis(\s+(zum|spätestens|spaetestens|einschlie(ß|ss)lich|am|längstens|zur))*"
    r"|\bspätestens(\s+(am|bis|zum))*"
    r"|\b\w*frist(\s+(bis|am|zum|ist(\s+der)?|endet(\s+am)?|läuft(\s+(am|bis(\s+zum)?))?))*\s*:?"
    r"|\bfällig(\s*keit)?(\s+(am|zum))*\s*:?|\bby|\bno later than"
    r"|\bdue(\s+date)?(\s+(on|by))?\s*:?|\bwiedervorlage(\s+am)?\s*:?)"
    r"\s*(\(?(montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag|mo|di|mi|do|fr|sa|so)\b\W{0,3}"
    r"(den|dem|der)?\s*)?(den|dem|zum|\d{1,2}([:.]\d\d)?\s*uhr\s*(am|des|,)?)?\s*$",
    re.IGNORECASE,
)
_NO_LAST = re.compile(
    r"(gültig\w*|gilt|gelten|befristet|valid|gemeldet|gewohnt|beschäftigt|krank\w*|abwesend|urlaub|geöffnet|versichert"
    r"|\bwar\w*|zulässig)\s+(\w+\s+){0,2}$",
    re.IGNORECASE,
)
_STAY = re.compile(
    r"\b(vom|von|ab|zwischen|from|zeitraum\w*)\W+(\S+\s+){0,3}$|\d{4}\s*$|\d\.\d{1,2}\.\s*$", re.IGNORECASE
)
_DAY_AND_MONTH = re.compile(r"(?<![\w.,])(\d{1,2})\.\s?(?:(\d{1,2})\.(?!\s?\d)|([A-Za-zäöüÄÖÜ]{3,9})\b(?!\s+\d{4}))")
_PART = re.compile(
    r"\b(?:bis|spätestens)\s+(?:zum\s+|spätestens\s+)*(?P<part>anfang|mitte|ende)\s+(?:des\s+monats\s+)?"
    r"(?P<month>[A-Za-zäöüÄÖÜ]{3,9})(?:\s+(?P<year>20\d\d))?|\bbis\s+(?:zum\s+|spätestens\s+)*(?P<this>monatsende|jahresende)\b",
    re.IGNORECASE,
)


def deadlines(
    pages: Sequence[Sequence[Line]], *, written: date | None = None, received: date | None = None
) -> tuple[Deadline, ...]:
    """The deadlines that a letter sets, earliest first, each day once, at most 20.

    Args:
        pages: the lines of each page.
        written: the letter's own date.
        received: the day on which it came in; without it periods that start with receipt are left out.
    """
    found: dict[date, Deadline] = {}
    first = written or received
    for lines in pages:
        for start, end, text, line in _joined(lines):
            for stated, basis in _stated(text, written, received):
                inside = start <= stated[0] < end
                if not inside or (first is not None and not first <= stated[2] <= first + _LATEST):
                    continue
                one = _deadline(stated[2], basis, line.page, text[stated[0] : stated[1]])
                found.setdefault(stated[2], one)
    return tuple(found[day] for day in sorted(found))[:_MOST]


def _deadline(stated: date, basis: str, page: int, words: str) -> Deadline:
    due = next_office_day(stated)
    if due != stated:
        basis = f"{basis}, § 193 BGB"
    return Deadline(due.isoformat(), "Frist im Schreiben", basis, page, " ".join(words.split()), stated.isoformat())


def _joined(lines: Sequence[Line]) -> Iterator[tuple[int, int, str, Line]]:
    """Each line between its neighbours, with the place where it stands itself: wordings run over line ends."""
    for place, line in enumerate(lines):
        before = f"{lines[place - 1].text} " if place else ""
        after = f" {lines[place + 1].text}" if place + 1 < len(lines) else ""
        yield len(before), len(before) + len(line.text), f"{before}{line.text}{after}", line


_Stated = tuple[tuple[int, int, date], str]


def _stated(text: str, written: date | None, received: date | None) -> Iterator[_Stated]:
    """Last days as the wording says them, with where they stand and what they rest on."""
    whole = dates.spans(text)
    for start, end, day in (*whole, *_without_year(text, whole, written or received)):
        last = _LAST_BEFORE.search(text[max(0, start - 60) : start])
        if last is None:
            continue
        before = text[: max(0, start - 60) + last.start()]
        if _NO_LAST.search(before[-50:]) or _STAY.search(before[-40:]):
            continue
        yield (len(before), end, day), "genannter Tag"
    yield from _parts(text, written or received)
    yield from _periods(text, written, received)


def _without_year(text: str, whole: list[tuple[int, int, date]], first: date | None) -> Iterator[tuple[int, int, date]]:
    """Days without a year: the next of that name."""
    if first is None:
        return
    for match in _DAY_AND_MONTH.finditer(text):
        if any(match.start() < end and start < match.end() for start, end, _ in whole):
            continue
        month = int(match.group(2)) if match.group(2) else dates.month_of(match.group(3))
        for year in (first.year, first.year + 1):
            try:
                day = date(year, month or 0, int(match.group(1)))
            except ValueError:
                continue
            if day >= first:
                yield match.start(), match.end(), day
                break


def _parts(text: str, first: date | None) -> Iterator[_Stated]:
    if first is None:
        return
    for match in _PART.finditer(text):
        if match.group("this"):
            month = 12 if match.group("this").casefold().startswith("jahr") else first.month
            day = part_of_month(first.year, month, "ende")
        else:
            named = dates.month_of(match.group("month"))
            if named is None:
                continue
            part = match.group("part").casefold()
            day = part_of_month(int(match.group("year") or first.year), named, part)
            if day < first and not match.group("year"):
                day = part_of_month(first.year + 1, named, part)
        yield (match.start(), match.end(), day), "§ 192 BGB"


def _periods(text: str, written: date | None, received: date | None) -> Iterator[_Stated]:
    for match in _PERIOD.finditer(text):
        after = text[match.end() :]
        if _TOLD.search(text[: match.start()][-60:]) or _TOLD_AFTER.search(after):
            continue
        start, end, name = _start(after, written, received)
        if start is None:
            continue
        if match.group("whole"):
            amount, unit = 1, Unit.MONTHS if match.group("whole").casefold() == "monats" else Unit.YEARS
        else:
            amount = _number(match.group("count"))
            unit = next(unit for names, unit in _UNITS if match.group("unit").casefold() in names.split("|"))
        if 1 <= amount <= 400:
            day = last_day(start, amount, unit)
            yield (match.start(), match.end() + end, day), f"{name} {_german(start)}, §§ 187, 188 BGB"


def _start(after: str, written: date | None, received: date | None) -> tuple[date | None, int, str]:
    """From when a period counts, by the words behind it; None when nobody can say."""
    letter = _FROM_LETTER.match(after)
    if letter:
        return written, letter.end(), "ab Datum des Schreibens"
    receipt = _FROM_RECEIPT.match(after)
    if receipt:
        return received, receipt.end(), "ab Eingang"
    named = re.match(r"^\W{0,3}(ab|nach|seit|from)\s+(dem\s+|the\s+)?", after, re.IGNORECASE)
    if named:
        spans = dates.spans(after[named.end() : named.end() + 24])
        if spans and spans[0][0] == 0:
            return spans[0][2], named.end() + spans[0][1], "ab"
    return (None, 0, "") if _FROM_ELSEWHERE.match(after) else (received, 0, "ab Eingang")


def _number(text: str) -> int:
    return int(text) if text.isdigit() else _NUMBERS[text.casefold()]


def _german(day: date) -> str:
    return f"{day:%d.%m.%Y}"
