"""References in a letter by the city's patterns, in normal form, and whose they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from stdnum import iban

from mailroom import patterns
from mailroom.ports import FieldValue, PageText, Reference
from mailroom.registers import ReferencePattern, Registers

_MAX_TEXT = 60_000
_MAX_PER_KEY = 40
_FOREIGN = re.compile(
    r"\b(unser|unsere|mein|our)\w{0,2}\s*(zeichen|az|aktenzeichen|gz|gesch(ä|ae|a)ftszeichen|ref|nachricht)", re.I
)
_OURS = re.compile(
    r"\b(ihr|ihre|ihrem|your)\w{0,2}\s*(zeichen|az|aktenzeichen|gz|gesch(ä|ae|a)ftszeichen|ref|bescheid|schreiben|nachricht)",
    re.I,
)
_LABELS = re.compile(f"(?P<foreign>{_FOREIGN.pattern})|(?P<ours>{_OURS.pattern})", re.I)
_SIGN = re.compile(
    rf"(?:{_FOREIGN.pattern})[\wäöü]*\.?[ \t]*:?[ \t]*"
    r"(?P<sign>\d{1,3} [A-Z]{1,3} [^\s:]*\d[^\s:]*|(?:[^\s\d:]{1,12} )?[^\s:]*\d[^\s:]*)(?=\s|$)",
    re.I,
)
_LETTER_AND_DIGIT = re.compile(r"(?=.*[A-Za-z])(?=.*\d)")
_IBAN = re.compile(r"^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$")


def references(pages: Sequence[PageText], registers: Registers) -> tuple[Reference, ...]:
    """All references of a letter, each value once per key (where it stands first), in reading order.

    What a bare run of letters and digits could be anything else (a pattern that takes any seven of them) counts only
    beside a word of the pattern's title.
    """
    found: dict[tuple[str, str], tuple[int, int, Reference]] = {}
    for page in pages:
        text = page.text[:_MAX_TEXT]
        for pattern in registers.references:
            for start, reference in _of_pattern(text, page, pattern):
                found.setdefault((reference.key, reference.value), (page.number, start, reference))
    kept = _without_doubles(list(found.values()), registers, " ".join(page.text for page in pages).casefold())
    return tuple(reference for _, _, reference in sorted(kept, key=lambda entry: entry[:2]))


def own_signs(pages: Sequence[PageText]) -> tuple[FieldValue, ...]:
    """The sender's own signs, by which an answer is to quote the letter (``Unser Zeichen: VW-481/26``), each once."""
    found: dict[str, FieldValue] = {}
    for page in pages:
        for match in _SIGN.finditer(page.text[:_MAX_TEXT]):
            sign = match.group("sign").rstrip(".,;:")
            found.setdefault(sign, FieldValue("sender's sign", sign, page.number, match.group()))
    return tuple(found.values())[:_MAX_PER_KEY]


def _of_pattern(text: str, page: PageText, pattern: ReferencePattern) -> Iterable[tuple[int, Reference]]:
    count = 0
    for match in patterns.tolerant(pattern.pattern).finditer(text):
        if count >= _MAX_PER_KEY:
            return
        group = match.group(1) if match.re.groups else None
        value = _value(pattern, match.group(), group, text[max(0, match.start() - 45) : match.start()])
        if value is None:
            continue
        count += 1
        yield match.start(), Reference(pattern.key, value, page.number, match.group().strip(), _role(text, match, page))


def _value(pattern: ReferencePattern, whole: str, group: str | None, before: str) -> str | None:
    if group:
        return re.sub(r"\s+", "", group).strip(".,;:-/") if any(char.isdigit() for char in group) else None
    value = patterns.normalise(pattern.pattern, whole)
    if value is None:
        return None
    compact = value.replace(" ", "")
    if _IBAN.match(compact) and _IBAN.match(pattern.example.replace(" ", "")):
        return _checked_iban(compact)
    if _is_bare(pattern) and not (_LETTER_AND_DIGIT.match(compact) and _named(pattern, before, compact)):
        return None
    return _spaced_like(pattern.example, value)


def _is_bare(pattern: ReferencePattern) -> bool:
    """A pattern without separators, whose example has letters and digits only."""
    return pattern.example.isalnum() and not pattern.example.isdigit()


def _named(pattern: ReferencePattern, before: str, value: str) -> bool:
    """Long codes speak for themselves; a short one needs a word of its title before it."""
    if len(value) >= 14:
        return True
    words = [
        word.casefold()
        for word in re.findall(r"\w{3,}", f"{pattern.title} {pattern.key}")
        if word.casefold() != "nummer"
    ]
    near = before.casefold()
    return any(word in near for word in words)


def _checked_iban(value: str) -> str | None:
    return value if iban.is_valid(value) else None


def _spaced_like(example: str, value: str) -> str:
    """Put in the one blank that the example has between letters and digits (``ZWN-AB 123``, ``HRB 12345``)."""
    if " " in value or example.count(" ") != 1:
        return value
    left, right = example.split(" ")
    if left[-1:].isalpha() and right[:1].isdigit():
        match = re.fullmatch(r"(.*?[^\W\d_])(\d.*)", value)
        return f"{match.group(1)} {match.group(2)}" if match else value
    return value


def _role(text: str, match: re.Match[str], page: PageText) -> str:
    line_start = text.rfind("\n", 0, match.start()) + 1
    label = _last_label(text[max(line_start, match.start() - 70) : match.start()])
    if label:
        return label
    above_start = text.rfind("\n", 0, max(line_start - 1, 0)) + 1
    above = text[above_start : max(line_start - 1, 0)]
    labels = list(_LABELS.finditer(above))
    if not labels or len(above) > 200:
        return ""
    if len(labels) == 1 and match.start() - line_start < 20:
        return _role_of(labels[0])
    return _by_column(labels, above, match.group(), match.start() - line_start, page)


def _last_label(text: str) -> str:
    found = list(_LABELS.finditer(text))
    return _role_of(found[-1]) if found else ""


def _role_of(match: re.Match[str]) -> str:
    return "foreign" if match.group("foreign") else "ours"


def _by_column(labels: list[re.Match[str]], above: str, found: str, offset: int, page: PageText) -> str:
    """The label over a value: by the boxes of the words, else by the offset in the line."""
    first = found.split()[0]
    value_boxes = [word for word in page.words if word.text.startswith(first[:6])]
    if value_boxes:
        box = value_boxes[0]
        best, distance = "", page.width / 4
        for label in labels:
            start = label.group().split()[0].casefold()
            for word in page.words:
                away = abs(word.x0 - box.x0)
                if 0 < box.y0 - word.y0 < 40 and word.text.casefold().startswith(start) and away < distance:
                    best, distance = _role_of(label), away
        return best
    fields_above = len(re.findall(r"\s{2,}|\t|\|", above))
    if fields_above and offset:
        return _role_of(min(labels, key=lambda label: abs(label.start() - offset)))
    return ""


def _without_doubles(
    entries: list[tuple[int, int, Reference]], registers: Registers, text: str
) -> list[tuple[int, int, Reference]]:
    """Of patterns that are alike (two kinds of UUID) keep the one whose title the letter names, else the first."""
    known = {pattern.key: (index, pattern) for index, pattern in enumerate(registers.references)}

    def rank(entry: tuple[int, int, Reference]) -> tuple[bool, int]:
        index, pattern = known[entry[2].key]
        named = any(word.casefold() in text for word in re.findall(r"\w{4,}", pattern.title))
        return (not named, index)

    kept: dict[tuple[str, str], tuple[int, int, Reference]] = {}
    for entry in sorted(entries, key=rank):
        kept.setdefault((known[entry[2].key][1].pattern, entry[2].value), entry)
    return list(kept.values())
