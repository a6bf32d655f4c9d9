"""Markings of a first page or envelope by which mail is stopped: private, tender, election, medical.

A word in a sentence ("ich war persönlich da") is no marking: it stands in a line of its own, in the address or subject,
or is a wording that is used for nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from mailroom.fields import dates
from mailroom.fields.lines import Landmarks, Line

_HEAD = 18
_LONGEST = 100
_FIRST_LINES = 40
_PRIVATE = r"(pers(ö|oe|o)nlich(e[srn]?)?|vertraulich(e[srn]?)?|eigenh(ä|ae|a)ndig|privat|confidential)"


class MarkingKind(StrEnum):
    """Why a letter is stopped before others read it."""

    PERSONAL = "personal"
    TENDER = "tender"
    ELECTION = "election"
    MEDICAL = "medical"


@dataclass(frozen=True, slots=True)
class Marking:
    """A marking with the words that bear it; what else stands beside them may be what others must not read."""

    kind: MarkingKind
    page: int
    text: str


_ALONE = {
    MarkingKind.PERSONAL: re.compile(
        rf"^\W*((streng|nur|strictly|private|personal|und|and|an|bitte)\W+)*{_PRIVATE}(\W+((und|and|streng|nur|bitte|zu|öffnen)\W+)*"
        rf"({_PRIVATE}|zu\s+öffnen|öffnen|p\.\s?v\.))*\W*$"
        r"|^\W*(vertraulich\w*\W+)?personal(sache|angelegenheit\w*)\W*$",
        re.IGNORECASE,
    ),
    MarkingKind.TENDER: re.compile(r"^\W*(submission|kennzettel|angebotsumschlag|verschlossenes angebot)\W*$", re.I),
    MarkingKind.ELECTION: re.compile(r"^\W*(roter\s+)?wahl(brief|post)(umschlag)?\W*$", re.I),
    MarkingKind.MEDICAL: re.compile(r"^\W*(vertrauliche\s+)?(arztsache|(arzt|patienten)unterlagen)\W*$", re.I),
}
"""Lines that hold nothing else."""
_IN_HEAD = {
    MarkingKind.PERSONAL: re.compile(
        r"pers(ö|oe|o)nlich\w*\s*([/&+,–-]|und)\s*(streng\s+)?vertraulich|^\W*(betreff\w*|betr\.?)?\W*(streng\s+)?vertraulich\b"
        r"|(z\.?\s?hd\.?|z\.?\s?h\.|herrn?|frau)\s.{2,60}\W\s*(pers(ö|oe|o)nlich|eigenhändig|vertraulich)\W*$"
        r"|nur\s+(vom|durch\s+den|von\s+der|durch\s+die)\s+(empfänger|adressat)\w*|\bpersonal(sache|angelegenheit|akte)\b",
        re.IGNORECASE,
    ),
    MarkingKind.TENDER: re.compile(
        r"submission(s(termin|stelle)|\s+am\b)|angebots?(ab|er)?öffnung|\b(er)?öffnungstermin|angebot\s+(zu[rm]?|auf\s+die)\s+"
        r"(\S+\s+){0,2}(ausschreibung|vergabe)",
        re.I,
    ),
    MarkingKind.ELECTION: re.compile(r"\bwahlbriefe?\b|stimmzettel|briefwahl|\bwahlschein", re.I),
    MarkingKind.MEDICAL: re.compile(
        r"arztsache|patientendaten|arbeitsunfähigkeitsbescheinigung|ärztliches\s+(attest|zeugnis|gutachten)|amtsärztlich\w*"
        r"\s+(gutachten|zeugnis|untersuchung)|entlassungsbericht|schwerbehindert\w+\s+ausweis",
        re.I,
    ),
}
"""Wordings of the lines before the salutation."""
_ANYWHERE = {
    MarkingKind.TENDER: re.compile(
        r"\bnicht\s+(vor\b.{0,60}?\s)?(zu\s+)?öffnen|angebot\s+nicht\s+vor|verschlossene[snr]?\s+(\w+\s+)?angebot", re.I
    ),
    MarkingKind.ELECTION: re.compile(r"stimmzettelumschlag|wahlbriefumschlag", re.I),
    MarkingKind.MEDICAL: re.compile(r"ärztliche[nr]?\s+schweigepflicht", re.I),
}
"""Wordings that mean it wherever they stand on the first page."""
_OPENING = re.compile(r"öffn|submission|angebotsfrist|einreichungsfrist|kennzettel", re.I)


def markings(lines: Sequence[Line], marks: Landmarks) -> tuple[Marking, ...]:
    """The markings of the first page, each kind once."""
    found: dict[MarkingKind, Marking] = {}
    head = min(marks.salutation, _HEAD)
    for place, line in enumerate(lines[:_FIRST_LINES]):
        joined = f"{line.text} {lines[place + 1].text}" if place + 1 < len(lines) else line.text
        for kind in MarkingKind:
            anywhere = _ANYWHERE.get(kind)
            told = (
                _ALONE[kind].search(line.text)
                or (line.index < head and _IN_HEAD[kind].search(line.text))
                or (anywhere is not None and anywhere.search(joined))
            )
            if told:
                found.setdefault(kind, Marking(kind, line.page, told[0].strip()[:_LONGEST]))
    return tuple(found[kind] for kind in MarkingKind if kind in found)


def opening_day(lines: Sequence[Line]) -> date | None:
    """The day before which the first page says that a tender is not opened; the latest where it names several."""
    days = []
    for place, line in enumerate(lines[:_FIRST_LINES]):
        around = f"{lines[place - 1].text if place else ''} {line.text}"
        if _OPENING.search(around):
            days += [day for _, _, day in dates.spans(line.text)]
    return max(days, default=None)
