"""What is offered to choose from, and what the keys do."""

from __future__ import annotations

from mailroom.tray.lookup import Choice

REASONS = (
    Choice("Werbung", "advertising, put away"),
    Choice("Irrläufer", "misdirected, sent on or back"),
    Choice("Anonym", "nobody to answer, not followed up"),
    Choice("Danksagung", "thanks, nothing to do"),
    Choice("Doppelt", "came before"),
)
MARKS = (
    Choice("personal", "private or confidential (persönlich, vertraulich, Personalsache)"),
    Choice("medical", "medical (Arztsache)"),
    Choice("tender", "tender, sealed until its day (Angebot)"),
    Choice("election", "election mail (Wahlbrief)"),
    Choice("none", "ordinary mail: take the marking away"),
)
WITH_MARKED = (
    Choice("forward", "send it on, unopened, to the unit that it is for"),
    Choice("file", "file it as suggested all the same"),
    Choice("ordinary", "it is ordinary mail: take the marking away"),
)
KINDS = (
    Choice("abdruck", "for their information"),
    Choice("mitzeichnung", "to sign what follows from it"),
)
KEYS = (
    ("Enter", "does what the marked line says: file as suggested, or ask"),
    ("1-9", "file into that case of the list"),
    ("/", "find a case, then file into it"),
    ("n", "new case of a class, or the year's file"),
    ("=", "it came before: the same as another letter, or not"),
    ("t", "another document type"),
    ("r", "reject: advertising, misdirected, thanks ..."),
    ("f", "send it on to another unit, with a remark"),
    ("c", "copy to a second unit (Abdruck, Mitzeichnung)"),
    ("k", "write a remark"),
    ("x", "mark it as special mail, or take that away"),
    ("d", "divide: this page ends a letter"),
    ("j", "join it with the letter after it in the same scan"),
    ("o", "turn this page and read it anew"),
    ("u", "take your last decision back"),
    ("p", "large page and back;  +  -  zoom, arrows move"),
    ("Space", "next page;  Backspace  page before"),
    ("s  b", "next letter, letter before"),
    ("q", "back to the list"),
)
QUARTERS = (
    Choice("90", "clockwise"),
    Choice("180", "upside down"),
    Choice("270", "counter-clockwise"),
)


def among(choices: tuple[Choice, ...], words: str) -> list[Choice]:
    """Those that hold what was typed."""
    return [one for one in choices if words.casefold() in f"{one.key} {one.title}".casefold()]
