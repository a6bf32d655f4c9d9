"""Why the gate lets a case not pass: a stable code, a sentence for the screen, and German for the certificate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """Reasons for withholding a case."""

    NOT_APPROVED = "not-approved"
    NOT_LISTED = "not-listed"
    NOT_ALLOWED = "not-allowed"
    COOL_OFF = "cool-off"
    FUTURE = "future"
    GONE = "gone"
    CHANGED = "changed"
    CONTENT = "content"
    HOLD = "hold"
    RULE = "rule"
    TRIGGER = "trigger"
    RETAINED = "retained"
    SUSPENDED = "suspended"
    UNDECIDED = "undecided"
    NO_RECEIPT = "no-receipt"
    NO_WAIVER = "no-waiver"
    NOT_LAPSED = "not-lapsed"
    ARCHIVE = "archive"
    RESTORED = "restored"
    ORDER = "order"
    DONE = "done"
    WITHDRAWN = "withdrawn"


_ENGLISH = {
    Code.NOT_APPROVED: "its list is not approved by a second person",
    Code.NOT_LISTED: "it does not wait on its list: {}",
    Code.NOT_ALLOWED: "{} may not carry this out",
    Code.COOL_OFF: "the cool-off lasts until {}",
    Code.FUTURE: "{} has not come",
    Code.GONE: "the case file is not there any more",
    Code.CHANGED: "it was reopened or changed since it was proposed",
    Code.CONTENT: "the line or the documents are not what was approved",
    Code.HOLD: "hold {} is on it",
    Code.RULE: "another retention rule, or version of it, applies than was approved",
    Code.TRIGGER: "the date of {} is unknown or another than was approved",
    Code.RETAINED: "it is to be kept until {}",
    Code.NOT_LAPSED: "the archive's time to answer has not run out ({})",
    Code.SUSPENDED: "suspension {} keeps its period from ending",
    Code.UNDECIDED: "the archive has not decided",
    Code.NO_RECEIPT: "the archive has given no receipt",
    Code.NO_WAIVER: "the archive's waiver is not in force",
    Code.RESTORED: "a backup was restored before it was its turn; propose it anew",
    Code.ARCHIVE: "it could not be handed over ({})",
    Code.ORDER: "order {} is not approved by a second person",
    Code.DONE: "order {} was carried out already",
    Code.WITHDRAWN: "order {} was withdrawn",
}
_GERMAN = {
    Code.NOT_APPROVED: "Liste nicht durch eine zweite Person genehmigt",
    Code.NOT_LISTED: "Stand auf der Liste: {}",
    Code.NOT_ALLOWED: "{} darf die Liste nicht vollziehen",
    Code.COOL_OFF: "Wartezeit bis {}",
    Code.FUTURE: "Stichtag {} liegt in der Zukunft",
    Code.GONE: "Akte nicht mehr vorhanden",
    Code.CHANGED: "seit dem Vorschlag wieder geöffnet oder geändert",
    Code.CONTENT: "Inhalt weicht von der genehmigten Liste ab",
    Code.HOLD: "Löschsperre {}",
    Code.RULE: "inzwischen gilt eine andere Aufbewahrungsregel oder Fassung",
    Code.TRIGGER: "Fristbeginn ({}) unbekannt oder geändert",
    Code.RETAINED: "aufzubewahren bis {}",
    Code.NOT_LAPSED: "Antwortfrist des Archivs läuft noch ({})",
    Code.SUSPENDED: "Ablaufhemmung {}",
    Code.UNDECIDED: "Bewertung des Archivs steht aus",
    Code.NO_RECEIPT: "Empfangsbestätigung des Archivs fehlt",
    Code.NO_WAIVER: "Verzicht des Archivs gilt nicht (mehr)",
    Code.RESTORED: "Sicherung zurückgespielt, bevor sie an der Reihe war",
    Code.ARCHIVE: "Übergabe an das Archiv nicht möglich ({})",
    Code.ORDER: "Anordnung {} nicht durch eine zweite Person genehmigt",
    Code.DONE: "Anordnung {} bereits vollzogen",
    Code.WITHDRAWN: "Anordnung {} zurückgenommen",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason, with the hold, day or person that it is about; never with words of the record."""

    code: Code
    detail: str = ""

    def __str__(self) -> str:
        """The sentence for the screen."""
        return _ENGLISH[self.code].format(self.detail)

    @property
    def german(self) -> str:
        """The same for the certificate."""
        return _GERMAN[self.code].format(self.detail)

    @property
    def stored(self) -> str:
        """Code and detail on one line, as the list keeps it; `parse` reads it."""
        return f"{self.code} {self.detail}".strip()


def parse(stored: str) -> tuple[Reason, ...]:
    """Reasons as the list keeps them, one a line."""
    return tuple(Reason(Code(line.partition(" ")[0]), line.partition(" ")[2]) for line in stored.splitlines())


def store(reasons: Iterable[Reason]) -> str:
    """Reasons as the list keeps them."""
    return "\n".join(reason.stored for reason in reasons)


def sentences(reasons: Iterable[Reason]) -> str:
    """All reasons as one text."""
    return "; ".join(map(str, reasons))
