"""Fields of forms by their labels, boxes that are ticked, and the person whom a letter wants to reach."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from mailroom.fields.lines import Landmarks, Line, columns
from mailroom.ports import FieldValue

_MOST, _LABEL_WORDS = 40, 5
_LABELLED = re.compile(r"^\W{0,2}(?P<label>[A-ZÄÖÜ][\wäöüß./ -]{1,34}?)\s*:\s*(?P<value>\S.{0,120})$")
_NO_LABEL = re.compile(
    r"^(betreff|betr|betrifft|von|an|from|to|subject|gesendet|sent|datum|date|cc|kopie|ps|p\.\s?s|anlagen?|re|aw|wg|http.*|(unser|mein|ihr)e?\s(zeichen|nachricht).*)$",
    re.IGNORECASE,
)
_TICKED = re.compile(
    r"(?:\[\s?[xX✓✗]\s?\]|[☒☑]|\(\s?[xX]\s?\)|^[xX✗✓](?=\s+[A-ZÄÖÜa-zäöü]{2}))\s*(?P<text>[^\[\]☒☑☐□()]{2,80})"
)
_PERSON = re.compile(
    r"\b(?P<form>Herrn?|Frau)\s+(?P<name>(?:Dr\.\s+|Prof\.\s+)*[A-ZÄÖÜ][\w'’-]+(?:\s+[A-ZÄÖÜ][\w'’-]+)?)"
)


def form_fields(pages: Iterable[Sequence[Line]]) -> tuple[FieldValue, ...]:
    """Values behind a label and a colon, in reading order: ``Tag des Einzugs: 12.03.2026``; no heads of messages."""
    found = []
    for lines in pages:
        for line in lines:
            for part in columns(line):
                match = _LABELLED.match(part.text)
                label = match.group("label").strip() if match else ""
                if match and len(label.split()) <= _LABEL_WORDS and not _NO_LABEL.match(label):
                    found.append(FieldValue(label, match.group("value").strip(), line.page, part.text))
    return tuple(found[:_MOST])


def ticked(pages: Iterable[Sequence[Line]]) -> tuple[FieldValue, ...]:
    """What stands beside boxes that are ticked, in reading order; empty boxes are left out."""
    found = []
    for lines in pages:
        for line in lines:
            for match in _TICKED.finditer(line.text):
                found.append(FieldValue("ticked", match.group("text").strip(" .,;:"), line.page, line.text))
    return tuple(found[:_MOST])


def recipient_person(lines: Sequence[Line], marks: Landmarks) -> FieldValue | None:
    """The person whom the address field names, else the salutation (``Sehr geehrte Frau Fiebig``)."""
    places = [lines[index] for index in marks.address]
    if marks.salutation < len(lines):
        places.append(lines[marks.salutation])
    for line in places:
        match = _PERSON.search(line.text)
        if match:
            form = "Herr" if match.group("form").startswith("Herr") else "Frau"
            return FieldValue("recipient", f"{form} {match.group('name')}", line.page, line.text)
    return None
