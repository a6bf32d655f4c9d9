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
from mailroom.fields import deadline_words as words
from mailroom.fields.lines import Line
from mailroom.fields.periods import Unit, last_day, next_office_day, part_of_month
from mailroom.ports import Deadline

_MOST = 20
_LATEST = timedelta(days=3 * 366)


def deadlines(
    pages: Sequence[Sequence[Line]], *, written: date | None = None, received: date | None = None
) -> tuple[Deadline, ...]:
    """The deadlines that a letter sets and the days on which to appear, earliest first, each day once, at most 20.

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
            for begins, ends, day in _appointed(text):
                if start <= begins < end and (first is None or first <= day <= first + _LATEST):
                    said = " ".join(text[begins:ends].split())
                    found.setdefault(
                        day,
                        Deadline(day.isoformat(), "Termin im Schreiben", "Ladung", line.page, said, day.isoformat()),
                    )
    return tuple(found[day] for day in sorted(found))[:_MOST]


def _appointed(text: str) -> Iterator[tuple[int, int, date]]:
    """Days on which to appear, with where they stand; no law moves those."""
    for start, end, day in dates.spans(text):
        before = words.APPOINTED.search(text[max(0, start - 90) : start])
        if before:
            yield max(0, start - 90) + before.start(), end, day


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
        last = words.LAST_BEFORE.search(text[max(0, start - 60) : start])
        if last is None:
            after = text[end:]
            if words.NOTED.search(after) or (words.THEREBY.search(after) and words.ASKS.search(after)):
                yield (start, end, day), "genannter Tag"
            continue
        before = text[: max(0, start - 60) + last.start()]
        if words.NO_LAST.search(before[-50:]) or words.STAY.search(before[-40:]):
            continue
        if words.NO_LAST_AFTER.search(text[end:]):
            continue
        yield (len(before), end, day), "genannter Tag"
    yield from _parts(text, written or received)
    yield from _unnamed(text, written or received)
    yield from _periods(text, written, received)


def _without_year(text: str, whole: list[tuple[int, int, date]], first: date | None) -> Iterator[tuple[int, int, date]]:
    """Days without a year: the next of that name."""
    if first is None:
        return
    for match in words.DAY_AND_MONTH.finditer(text):
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
    for match in words.PART.finditer(text):
        if match.group("this"):
            day = _end_of(match.group("this"), first)
        elif match.group("next"):
            far = first.replace(day=1) + timedelta(days=31)
            by_year = "jahr" in match.group("next").casefold()
            day = date(first.year + 1, 12, 31) if by_year else part_of_month(far.year, far.month, "ende")
        else:
            named = dates.month_of(match.group("month"))
            if named is None:
                continue
            part = match.group("part").casefold().removeprefix("monats")
            day = part_of_month(int(match.group("year") or first.year), named, part)
            if day < first and not match.group("year"):
                day = part_of_month(first.year + 1, named, part)
        yield (match.start(), match.end(), day), "§ 192 BGB"


def _end_of(what: str, first: date) -> date:
    """The last day of the month, quarter or year in which ``first`` lies."""
    folded = what.casefold()
    month = 12 if "jahr" in folded else (first.month + 2) // 3 * 3 if "quartal" in folded else first.month
    return part_of_month(first.year, month, "ende")


def _unnamed(text: str, first: date | None) -> Iterator[_Stated]:
    """Days that are named by their number or weekday alone: the next of that name after the letter."""
    if first is None:
        return
    for match in words.NTH.finditer(text):
        day = first + timedelta(days=1)
        if match.group("which"):
            day = day.replace(day=1) + timedelta(days=31)
            day = day.replace(day=1)
        number = int(match.group("day"))
        while 1 <= number <= 31 and day.day != number:
            day += timedelta(days=1)
        if day.day == number and not words.STAY.search(text[: match.start()][-40:]):
            yield (match.start(), match.end(), day), "genannter Tag"
    for match in words.WEEKDAY.finditer(text):
        away = (words.WEEKDAYS.index(match.group("weekday").casefold()) - first.weekday() - 1) % 7 + 1
        yield (match.start(), match.end(), first + timedelta(days=away)), "genannter Tag"


def _periods(text: str, written: date | None, received: date | None) -> Iterator[_Stated]:
    for match in words.PERIOD.finditer(text):
        before, after = text[: match.start()][-60:], text[match.end() :]
        if _told(before, after) or (match.group("soon") and not words.ASKS.search(text)):
            continue
        start, end, name = _start(after, written, received)
        if start is None:
            continue
        if match.group("whole"):
            amount, unit = 1, Unit.MONTHS if match.group("whole").casefold() == "monats" else Unit.YEARS
        else:
            amount, unit = words.number_of(match.group("count")), words.unit_of(match.group("unit"))
        if 1 <= amount <= 400:
            day = last_day(start, amount, unit)
            yield (match.start(), match.end() + end, day), f"{name} {_german(start)}, §§ 187, 188 BGB"
    if received is None:
        return
    for pattern in (words.GRANTED, words.ADJECTIVE, words.HAVING, words.NOTED_SPAN):
        for match in pattern.finditer(text):
            amount, unit = words.number_of(match.group("count")), words.unit_of(match.group("unit"))
            start, end, name = _start(text[match.end() :], written, received)
            told = pattern is not words.NOTED_SPAN and _told(text[: match.start()][-60:], text[match.end() :])
            if start is None or not 1 <= amount <= 400 or told:
                continue
            day = last_day(start, amount, unit)
            yield (match.start(), match.end() + end, day), f"{name} {_german(start)}, §§ 187, 188 BGB"


def _told(before: str, after: str) -> bool:
    """Whether a period is part of a story: set, kept or missed before."""
    told = words.TOLD.search(before)
    asked = told is not None and words.ASKS.search(told.group())
    return (told is not None and not asked) or words.TOLD_AFTER.search(after) is not None


def _start(after: str, written: date | None, received: date | None) -> tuple[date | None, int, str]:
    """From when a period counts, by the words behind it; None when nobody can say."""
    letter = words.FROM_LETTER.match(after)
    if letter:
        return written, letter.end(), "ab Datum des Schreibens"
    receipt = words.FROM_RECEIPT.match(after)
    if receipt:
        return received, receipt.end(), "ab Eingang"
    named = re.match(r"^\W{0,3}(ab|nach|seit|from)\s+(dem\s+|the\s+)?", after, re.IGNORECASE)
    if named:
        spans = dates.spans(after[named.end() : named.end() + 24])
        if spans and spans[0][0] == 0:
            return spans[0][2], named.end() + spans[0][1], "ab"
    return (None, 0, "") if words.FROM_ELSEWHERE.match(after) else (received, 0, "ab Eingang")


def _german(day: date) -> str:
    return f"{day:%d.%m.%Y}"
