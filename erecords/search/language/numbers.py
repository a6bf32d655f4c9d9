"""Numbers in letters: references, entry numbers, IBAN, plates, dates, amounts, found whatever their separators.

A number is kept squeezed to its letters and digits (``22.31-2026/000147`` -> ``22312026000147``). Groups that stand
side by side are also joined (``DE02 7665 4176``), from each group on, so that the beginning of any of them finds it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from erecords.search.language import dates, misreading
from erecords.search.language.words import fold

LONGEST = 34
"""Length of an IBAN at most; longer joins are cut here."""
MOST_GROUPS = 8
"""So many neighbouring groups may make up one number."""
_LOOSE = re.compile(r"(?<=[A-Z\d])(?: ?[-–/]\s?|\s?[-–/] ?)(?=[A-Z\d])")
_GROUP = re.compile(
    r"\b(?:(?=[^\s\d]{0,30}\d)[^\W_]+(?:[-.,:/+'][^\W_]+)*|[A-ZÄÖÜ]{1,3}(?:-[A-ZÄÖÜ]{1,2})?(?![-.,:/+']?[^\W_]))"
)
"""A group of a number: letters and digits with a digit among them, or the letters of a plate."""
_HOME_CODE = re.compile(r"(?:\+|(?<!\w)00) ?49[ /-]?(?:\(0\) ?)?(?=[1-9])")
_PLATE = re.compile(r"[A-ZÄÖÜ]{1,3}(?:-[A-ZÄÖÜ]{1,2})?")
_NUMBERED = re.compile(r"(?P<head>.*?)[-/ ](?P<year>\d{4})[-/ ](?P<number>\d{1,9})")
_INSIDE = re.compile(r"[-–/]")
_SHORTEST_END = 4
_DIGIT = re.compile(r"\d")
_DIGITS = re.compile(r"\d+")
_NEAR = 40
_MONTHS = {
    **{
        "jan": 1,
        "jaenner": 1,
        "feb": 2,
        "mae": 3,
        "mar": 3,
        "apr": 4,
        "mai": 5,
        "may": 5,
        "jun": 6,
        "jul": 7,
        "aug": 8,
    },
    **{"sep": 9, "okt": 10, "oct": 10, "nov": 11, "dez": 12, "dec": 12},
}
_DAY = re.compile(
    r"\b(\d{1,2})\.? ?([^\W\d_]{3,9})\.? ?(\d{4})\b"
    r"|(?<![\w.])(\d{1,2})\. ?(\d{1,2})\. ?(\d{4}|\d{2})\b(?!\.\d)"
    r"|\b(\d{4})-(\d\d)-(\d\d)\b"
)
_MONTH = re.compile(r"([^\W\d_]{3,9})\.? (\d{4})")
_CENTURIES = ("20", "19")
"""What a year of two digits may mean: nobody can tell 1945 from 2045, so it means both."""


def national(text: str) -> str:
    """A text with the country's own code of telephone numbers (``+49 3759``) written as at home (``03759``)."""
    return _HOME_CODE.sub("0", text)


def squeeze(text: str) -> str:
    """Only the letters and digits, folded."""
    return "".join(filter(str.isalnum, fold(text)))


def parts_of(reference: str) -> set[str]:
    """By what people name a reference for short, squeezed: its running number, with or without zeros and year."""
    found = _NUMBERED.fullmatch(reference.strip())
    if found is None:
        return set()
    head, year, number = found["head"], found["year"], found["number"]
    bare = number.lstrip("0")
    code = squeeze(head)
    short = {number, bare, year + number, year + bare, code + year + bare, code + number, code + bare}
    return {one for one in short if one}


def codes(pieces: Iterable[str]) -> set[str]:
    """All squeezed numbers of the pieces of a text (in NFC), with the joins of neighbouring groups."""
    found: set[str] = set()
    for run in (run for piece in pieces for run in _runs(_LOOSE.sub("-", national(piece)))):
        squeezed = [squeeze(group) for group in run]
        for start, group in enumerate(squeezed):
            if _DIGIT.search(group):
                found.update((group[:LONGEST], misreading.code(group)[:LONGEST]))
                found.update(_ends(run[start]))
                found.update(one for one in parts_of(run[start]) if len(one) >= _SHORTEST_END)
            joined = "".join(squeezed[start : start + MOST_GROUPS])[:LONGEST]
            if len(joined) > len(group) and _DIGIT.search(joined):
                found.update((joined, misreading.code(joined)))
    return found


def _ends(group: str) -> Iterator[str]:
    """A number from each of its hyphens and slashes on: half of a reference is often all that is known of it."""
    pieces = _INSIDE.split(group)
    for start in range(1, len(pieces)):
        end = squeeze("".join(pieces[start:]))[:LONGEST]
        if len(end) >= _SHORTEST_END and _DIGIT.search(end):
            yield end


def near_digits(text: str) -> Iterator[str]:
    """The pieces of a text that have digits, with the words round them: most of a letter has none."""
    start = end = -1
    for match in _DIGITS.finditer(text):
        if end < 0 or match.start() - _NEAR > end:
            if end >= 0:
                yield text[start : _space_after(text, end)]
            start = _space_before(text, max(0, match.start() - _NEAR))
        end = max(end, match.end() + _NEAR)
    if end >= 0:
        yield text[start : _space_after(text, end)]


def _space_before(text: str, at: int) -> int:
    """A place between words, unless there is none near."""
    for place in range(at, max(0, at - _NEAR), -1):
        if text[place - 1].isspace():
            return place
    return at


def _space_after(text: str, at: int) -> int:
    for place in range(at, min(len(text), at + _NEAR)):
        if text[place].isspace():
            return place
    return at


def _runs(text: str) -> Iterator[list[str]]:
    """Neighbouring groups that may belong to one number: each with a digit, or like the letters of a plate."""
    run: list[str] = []
    last = -1
    for match in _GROUP.finditer(text):
        group = match[0]
        fits = _DIGIT.search(group) is not None or _PLATE.fullmatch(group) is not None
        if run and not (fits and text[last : match.start()].isspace() and match.start() - last <= 2):
            yield run
            run = []
        if fits:
            run.append(group)
            last = match.end()
    if run:
        yield run


def find_days(text: str) -> Iterator[tuple[int, int, int]]:
    """Start, end and value (20260305) of all calendar dates of a text, however they are written.

    One with a year of two digits comes twice, as the day of either century.
    """
    for match in _DAY.finditer(text):
        for day in _days(match):
            yield match.start(), match.end(), day


def days(pieces: Iterable[str]) -> set[int]:
    """All calendar dates of the pieces of a text, as 20260305."""
    return {day for piece in pieces for _, _, day in find_days(piece)}


def whole_days(text: str) -> tuple[int, ...]:
    """The day that the whole of a text is, as 20260305, or the two that it may be; none when it is something else."""
    match = _DAY.fullmatch(text.strip(" .,;"))
    return _days(match) if match else ()


def whole_month(text: str) -> int | None:
    """The month that the whole of a text is by its name, as 202603; None when it is something else."""
    match = _MONTH.fullmatch(text.strip(" .,;"))
    month = _month(match[1]) if match else None
    return int(match[2]) * 100 + month if match and month else None


def _month(name: str) -> int | None:
    return _MONTHS.get(fold(name)[: 7 if name[:2] in ("jä", "Jä") else 3])


def _days(match: re.Match[str]) -> tuple[int, ...]:
    if match[1]:
        month = _month(match[2])
        written = [f"{match[3]}-{month:02d}-{int(match[1]):02d}"] if month else []
    elif match[4]:
        years = [match[6]] if len(match[6]) == 4 else [century + match[6] for century in _CENTURIES]
        written = [f"{year}-{int(match[5]):02d}-{int(match[4]):02d}" for year in years]
    else:
        written = [f"{match[7]}-{match[8]}-{match[9]}"]
    return tuple(dates.number(span[0]) for span in map(dates.interval, written) if span)


def like_number(word: str) -> bool:
    """Whether a word may be a group of a number: it has a digit, or is as short as the letters of a plate."""
    return _DIGIT.search(word) is not None or (len(squeeze(word)) <= 5 and _PLATE.fullmatch(word.upper()) is not None)
