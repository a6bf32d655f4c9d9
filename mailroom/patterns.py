r"""Patterns of the reference register: refused when they could hang, widened to bear what OCR and people do to them.

A pattern is written for clean text (``\b\d{2}-\d{4}/\d{6}\b``). :func:`tolerant` reads it and writes another one
that also takes ``O`` for ``0`` in digit places and blanks or a line break round the separators; whatever that finds
is put back into normal form by :func:`normalise` and must then match the pattern as it was written.
"""

from __future__ import annotations

import re
import warnings
from functools import lru_cache

MAX_LENGTH = 400
MAX_REPEAT = 64
MAX_AGAIN = 6
"""How often a group may repeat in which one text can be read in several ways: each time doubles the ways to try."""

_LOOKALIKES = {
    "0": "0OoQD",
    "1": "1Il",
    "2": "2Zz",
    "3": "3",
    "4": "4",
    "5": "5Ss",
    "6": "6b",
    "7": "7",
    "8": "8B",
    "9": "9g",
}
_DIGIT_FOR = {look: digit for digit, looks in _LOOKALIKES.items() for look in looks}
_DIGIT_CLASS = "[" + "".join(_LOOKALIKES.values()) + "]"
_TOKEN = re.compile(
    r"(?P<class>\[\^?\]?(?:\\.|[^\]\\])*\])|(?P<escape>\\.)|(?P<open>\(\?(?:[aiLmsux]+\)|[:=!]|<[=!]|P<\w+>)|\()"
    r"|(?P<close>\))|(?P<repeat>[*+?]\??|\{\d*,?\d*\}\??)|(?P<literal>.)",
    re.DOTALL,
)
_UMLAUTS = {"ü": "(?:ü|ii|ti|ue|u)", "ö": "(?:ö|ii|oe|o)", "ä": "(?:ä|ae|a)"}
_MISREAD_UMLAUTS = (("ii", "ü"), ("ti", "ü"), ("ue", "ü"), ("u", "ü"), ("oe", "ö"), ("o", "ö"), ("ae", "ä"), ("a", "ä"))
_LOOK_AROUND = {"(?=", "(?!", "(?<=", "(?<!"}
_SERIAL = re.compile(r"[-/]\\d\{([6-8])\}(?:\\b)?$")
_BEFORE_SERIAL = {("literal", "/"), ("literal", "-")}
_AFTER_SERIAL: tuple[list[tuple[str, str]], ...] = ([], [("escape", r"\b")])
_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2212~_"
_SEPARATORS = {
    "-": rf"(?:\s{{0,3}}[{re.escape(_DASHES)}]\s{{0,3}})",
    ".": r"(?:[ \t]?[.,·][ \t]?)",
    "/": r"(?:\s{0,3}/\s{0,3})",
}


class PatternRefused(ValueError):
    """The pattern is no regular expression, or one that could take for ever; the text says why."""


def check(pattern: str) -> None:
    """Refuse what is too long, does not compile, refers back, or repeats a repetition without bounds.

    Raises:
        PatternRefused: with the reason.
    """
    if len(pattern) > MAX_LENGTH:
        raise PatternRefused(f"longer than {MAX_LENGTH} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", FutureWarning)
            compiled = re.compile(pattern)
    except FutureWarning as error:
        raise PatternRefused(f"it can be read in two ways ({error})") from error
    except (re.error, OverflowError, RecursionError) as error:
        raise PatternRefused(f"no regular expression ({error})") from error
    if compiled.match(""):
        raise PatternRefused("it matches the empty text")
    _check_repeats(pattern)


_CHOICE, _WIDE = 1, 2
"""What a group holds: places where one text can be read in several ways, or a repetition with a wide range."""


def _check_repeats(pattern: str) -> None:
    """Walk the tokens; ``inner`` holds for each open group the worst that stands in it."""
    inner = [0]
    closed = 0
    wide_in_a_row = 0
    for match in _TOKEN.finditer(pattern):
        kind, text = match.lastgroup, match.group()
        if kind == "escape" and (text[1].isdigit() and text[1] != "0"):
            raise PatternRefused("it refers back to a group")
        if kind == "open" and not text.endswith(")"):
            inner.append(0)
        elif kind == "close" and len(inner) > 1:
            closed = inner.pop()
            inner[-1] = max(inner[-1], closed)
            continue
        elif kind == "literal" and text == "|":
            inner[-1] = max(inner[-1], _CHOICE)
        elif kind == "repeat":
            low, high = _bounds(text)
            _refuse_again(closed, high)
            wide = high is None or high - low > 8
            inner[-1] = max(inner[-1], _WIDE if wide else _CHOICE if high != low else 0)
            wide_in_a_row += wide
            if wide_in_a_row > 4:
                raise PatternRefused("it has more than four open repetitions")
        closed = 0


def _refuse_again(closed: int, high: int | None) -> None:
    """Refuse to repeat up to ``high`` times (None: without end) a group that holds ``closed``."""
    if high is not None and high > MAX_REPEAT:
        raise PatternRefused(f"it repeats more than {MAX_REPEAT} times")
    if closed == _WIDE and high != 1:
        raise PatternRefused("it repeats a repetition")
    if closed == _CHOICE and (high is None or high > MAX_AGAIN):
        raise PatternRefused(f"it repeats a choice more than {MAX_AGAIN} times")


def _bounds(repeat: str) -> tuple[int, int | None]:
    text = repeat.rstrip("?") or "?"
    if text == "*":
        return 0, None
    if text == "+":
        return 1, None
    if text == "?":
        return 0, 1
    low, comma, high = text.strip("{}").partition(",")
    first = int(low or 0)
    return first, (int(high) if high else None) if comma else first


@lru_cache(maxsize=512)
def exact(pattern: str) -> re.Pattern[str]:
    """The pattern as written, compiled."""
    return re.compile(pattern)


@lru_cache(maxsize=512)
def tolerant(pattern: str) -> re.Pattern[str]:
    """The pattern widened for OCR slips and spacing; compiled. Look-arounds stay as they were written."""
    tokens = [(match.lastgroup or "", match.group()) for match in _TOKEN.finditer(pattern)]
    loose = any(_is_long_run(tokens, index) for index in range(len(tokens)))
    out: list[str] = []
    groups: list[bool] = []
    index = 0
    while index < len(tokens):
        kind, text = tokens[index]
        if kind == "open" and not text.endswith(")"):
            groups.append(text in _LOOK_AROUND)
        elif kind == "close" and groups:
            groups.pop()
        elif not any(groups):
            if _is_serial(tokens, index):
                out.append(f"{_DIGIT_CLASS}{{1,{_bounds(tokens[index + 1][1])[0]}}}")
                index += 2
                continue
            if _is_long_run(tokens, index):
                count = _bounds(tokens[index + 1][1])[0]
                out.append(f"(?:{_DIGIT_CLASS}[ ]?){{{count - 1}}}{_DIGIT_CLASS}")
                index += 2
                continue
            text = _widen(kind, text, loose)
        out.append(text)
        index += 1
    return re.compile("".join(out))


def _is_long_run(tokens: list[tuple[str, str]], index: int) -> bool:
    """Nine digits or more in one run: people write such numbers in groups."""
    if tokens[index] != ("escape", r"\d") or index + 1 >= len(tokens) or tokens[index + 1][0] != "repeat":
        return False
    low, high = _bounds(tokens[index + 1][1])
    return low == high and low >= 9


def _is_serial(tokens: list[tuple[str, str]], index: int) -> bool:
    """Six digits or more behind a dash or slash at the end: people leave out the zeros with which they begin."""
    if index == 0 or tokens[index - 1] not in _BEFORE_SERIAL or tokens[index + 2 :] not in _AFTER_SERIAL:
        return False
    if tokens[index] != ("escape", r"\d") or index + 1 >= len(tokens) or tokens[index + 1][0] != "repeat":
        return False
    low, high = _bounds(tokens[index + 1][1])
    return low == high and 6 <= low < 9


def _padded(pattern: str, text: str) -> str:
    """The text with the zeros put back that its last number lacks; see :func:`_is_serial`."""
    serial = _SERIAL.search(pattern)
    found = re.search(rf"[-/]({_DIGIT_CLASS}{{1,8}})$", text)
    if serial is None or found is None:
        return text
    return text[: found.start(1)] + found[1].zfill(int(serial[1]))


def _widen(kind: str, text: str, loose: bool) -> str:
    if kind == "escape" and text == r"\d":
        return _DIGIT_CLASS
    if kind == "escape":
        return _SEPARATORS.get(text[1], text)
    if kind == "class" and "0-9" in text and "a-z" not in text and not text.startswith("[^"):
        return "[OIQ" + text[1:]
    if kind == "literal" and text in _LOOKALIKES:
        return f"[{_LOOKALIKES[text]}]" + ("[ ]?" if loose else "")
    if kind == "literal" and text in _UMLAUTS:
        return _UMLAUTS[text]
    if kind == "literal" and text in "-/":
        return _SEPARATORS[text]
    return text


def to_digits(text: str) -> str:
    """Put digits where letters stand that OCR takes for them."""
    return "".join(_DIGIT_FOR.get(char, char) for char in text)


def normalise(pattern: str, found: str) -> str | None:
    """The normal form of what :func:`tolerant` found, or None when no reading of it matches the pattern as written.

    Tried in this order: as it stands, with plain separators, with digits put right from left to right.
    """
    tight = _padded(pattern, _tighten(found))
    umlauts = (tight.replace(wrong, right, 1) for wrong, right in _MISREAD_UMLAUTS if wrong in tight)
    for candidate in (found, tight, tight.replace(" ", ""), *umlauts):
        if exact(pattern).fullmatch(candidate):
            return candidate
    for base in (tight, tight.replace(" ", "")):
        repaired = _repair(pattern, base)
        if repaired is not None:
            return repaired
    return None


def _tighten(text: str) -> str:
    text = re.sub(rf"\s*[{re.escape(_DASHES)}]\s*", "-", text)
    text = re.sub(r"\s*/\s*", "/", text)
    text = re.sub(r"(?<=\w)[ \t]?[.,·][ \t]?(?=\w)", ".", text)
    return re.sub(r"\s+", " ", text).strip()


def _repair(pattern: str, text: str) -> str | None:
    """Turn look-alikes into digits with as few changes as the pattern needs, in at most ten doubtful places."""
    doubtful = [index for index, char in enumerate(text) if char in _DIGIT_FOR and not char.isdigit()]
    if not doubtful or len(doubtful) > 10 or not any(char.isdigit() for char in text):
        return None
    for choice in sorted(range(1, 1 << len(doubtful)), key=int.bit_count):
        chars = list(text)
        for bit, index in enumerate(doubtful):
            if choice >> bit & 1:
                chars[index] = _DIGIT_FOR[chars[index]]
        candidate = "".join(chars)
        if exact(pattern).fullmatch(candidate):
            return candidate
    return None
