"""What separator sheets, cover sheets and labels say, in code for the machine and in words for people.

A separator sheet (Trennblatt) bears ``PATCHT``; a cover sheet (Deckblatt) ``STAPEL-37-POST1``: a batch of that name
with so many letters; a label (Etikett) an entry number of the mail book, or what another program prints.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rapidfuzz import fuzz

from mailroom.ports import PageText

SEPARATOR_TEXT = "PATCHT"
SEPARATOR_TITLE = "TRENNBLATT"
SEPARATOR_HINT = "Zwischen zwei Briefe legen. Dieses Blatt wird nicht abgelegt."
COVER_TITLE = "DECKBLATT"
COVER_HINT = "Auf den Stapel legen, bei mehreren Dateien eine Kopie auf jeden Teil. Dieses Blatt wird nicht abgelegt."

MOST_LETTERS = 9999
_COVER = re.compile(r"STAPEL-(\d{1,4})-([A-Z0-9][A-Z0-9.]{0,19})")
_NAME = re.compile(r"[A-Z0-9][A-Z0-9.]{0,19}")
_LABEL = re.compile(r"E-\d{4}-\d{7}")
_WORDINGS = (SEPARATOR_TITLE, SEPARATOR_HINT.upper(), COVER_TITLE, COVER_HINT.upper(), SEPARATOR_TEXT, "PATCH T")
_ALIKE = 80.0
"""Percent; a damaged sheet is read with errors."""
_MOST_WORDS = 40
"""A page with more words than that is a letter, whatever code it bears."""


@dataclass(frozen=True, slots=True)
class Cover:
    """What a cover sheet declares: a batch of that name with so many letters."""

    name: str
    letters: int

    @property
    def text(self) -> str:
        """As it stands in the code of the sheet."""
        return f"STAPEL-{self.letters}-{self.name}"


def is_separator(text: str) -> bool:
    """Whether a barcode is that of a separator sheet."""
    return text.strip().upper() == SEPARATOR_TEXT


def cover_of(text: str) -> Cover | None:
    """What a barcode declares, if it is that of a cover sheet."""
    found = _COVER.fullmatch(text.strip().upper())
    return Cover(found[2], int(found[1])) if found and int(found[1]) else None


def label_of(text: str) -> str | None:
    """The entry number on a label, if a barcode is one."""
    number = text.strip().upper()
    return number if _LABEL.fullmatch(number) else None


def has_form(text: str, form: str) -> bool:
    """Whether a barcode is a label of another program, of a form of the setting ``label_forms``."""
    return len(text) == len(form) and all(
        (one.isascii() and one.isdigit()) if place == "#" else one == place
        for one, place in zip(text, form, strict=True)
    )


def is_name(text: str) -> bool:
    """Whether a batch may be called so: up to 20 capital letters, digits and points."""
    return _NAME.fullmatch(text) is not None


def looks_like_sheet(page: PageText) -> bool:
    """Whether a page that was taken for a letter's may be a separator or cover sheet whose code was not read.

    It is, when it says so in words, or bears a code that nobody could read, and holds little else.
    """
    words = page.text.split()
    if page.blank or len(words) > _MOST_WORDS:
        return False
    return page.unread_codes > 0 or _says_so(" ".join(words).upper())


def _says_so(text: str) -> bool:
    return any(len(text) >= len(said) and fuzz.partial_ratio(said, text) >= _ALIKE for said in _WORDINGS)
