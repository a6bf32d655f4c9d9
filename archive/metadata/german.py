"""German for what the pages of packages say: names of metadata, kinds of files, and the texts of our own events.

What stands in PREMIS is English, as its vocabularies are; the page for people says the same in German. Texts of others
(an office's own events, remarks of a tool) are shown as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from archive.package import FileRole

LABELS = {
    "id": "Nummer",
    "title": "Titel",
    "state": "Stand",
    "unit_title": "Stelle, Name",
    "transactions": "Vorgänge",
    "process": "Prozess",
    "process_title": "Prozess, Name",
    "opened": "Beginn",
    "closed": "Ende",
    "documents": "Dokumente",
    "package": "Archivpaket",
    "key": "Schlüssel der Akte",
    "former_references": "Frühere Aktenzeichen",
    "events": "Ereignisse der Akte",
    "disposal": "Aussonderung",
    "list": "Aussonderungsliste",
    "list_digest": "Prüfsumme der Liste",
    "rule": "Aufbewahrungsregel",
    "rule_version": "Fassung der Regel",
    "rule_title": "Titel der Regel",
    "trigger": "Fristbeginn durch",
    "trigger_date": "Fristbeginn am",
    "retained_to": "Aufzubewahren bis",
    "further": "Weitere Regeln, Ablaufhemmungen",
    "rule_versions": "Fassungen der Regeln zu Lebzeiten der Akte",
    "suspension": "Ablaufhemmung",
    "basis": "Grundlage",
    "kind_of_basis": "Art der Grundlage",
    "of": "Gilt für",
    "due": "Frei ab",
    "start": "Fristbeginn ab",
    "kind": "Art der Frist",
    "years": "Jahre",
    "months": "Monate",
    "days": "Tage",
    "from": "Ab",
    "to": "Bis",
    "appraisal": "Bewertung",
    "decided_by": "Entschieden von",
    "proposed_by": "Vorgeschlagen von",
    "approved_by": "Genehmigt von",
    "number": "Nummer",
    "type": "Art",
    "profile": "Profil",
    "protection": "Vertraulichkeit",
    "xdomea": "Fassung von xdomea",
    "bag-info": "Angaben der Abgabe (bag-info.txt)",
}
"""Names of the office's own metadata and of those that packages from outside bring; others keep theirs."""
_VALUES = {
    ("state", "open"): "offen",
    ("state", "closed"): "geschlossen",
    ("decided_by", "schedule"): "Aufbewahrungskatalog",
    ("decided_by", "waiver"): "allgemeiner Verzicht des Archivs",
    ("decided_by", "lapse"): "Ablauf der Frist für die Antwort des Archivs",
    ("appraisal", "A"): "A (archivwürdig)",
    ("appraisal", "V"): "V (zu vernichten)",
    ("appraisal", "B"): "B (zu bewerten)",
}
ROLES = {
    FileRole.ORIGINAL: "Original",
    FileRole.PDFA: "PDF/A",
    FileRole.TEXT: "Text",
    FileRole.WORDS: "Wörter mit ihrer Lage",
    FileRole.THUMBNAIL: "Vorschaubild",
    FileRole.METADATA: "Beigabe",
}
_EVENTS = {
    "accession": "Übergabe",
    "format identification": "Bestimmung der Formate",
    "validation": "Prüfung",
    "normalization": "Umwandlung in ein Archivformat",
    "message digest calculation": "Prüfsummen",
    "ingestion": "Übernahme",
    "metadata modification": "Ergänzung der Angaben",
    "capture": "Erfassung",
    "virus check": "Prüfung auf Schadprogramme",
}
_PHRASES = tuple(
    (re.compile(english), german)
    for english, german in (
        (r"^handed over; basis: ", "übergeben; Grundlage: "),
        (r"^none given$", "keine genannt"),
        (r"^PRONOM ids by ", "PRONOM-Kennungen durch "),
        (r"^(\d+) of (\d+) files identified", r"\1 von \2 Dateien bestimmt"),
        (r" handed over as (\S+), identified as (\S+)", r" übergeben als \1, bestimmt als \2"),
        (r"^PDF/A-2b by pikepdf\.pdfa$", "PDF/A-2b mit pikepdf.pdfa"),
        (r"^(\d+) of (\d+) valid", r"\1 von \2 gültig"),
        (r"; not shown to be: ", "; nicht nachgewiesen: "),
        (r"^names and digests of a package of the kind ", "Namen und Prüfsummen eines Pakets der Art "),
        (r"^PDF/A-2b where the format policy asks for it$", "PDF/A-2b, wo die Formatregeln es verlangen"),
        (r"^(\d+) of (\d+) made", r"\1 von \2 erzeugt"),
        (r"; not made: ", "; nicht erzeugt: "),
        (r": no converter is installed", ": kein Umwandler eingerichtet"),
        (r"^SHA-512 of every file, read back after writing$", "SHA-512 jeder Datei, nach dem Schreiben zurückgelesen"),
        (r"^version (v\d+), SIP SHA-512 ", r"Version \1, SHA-512 der Übergabe "),
        (r"^(v\d+): Ingest of ", r"\1: Übernahme von "),
        (r"^(v\d+): Formats identified again by ", r"\1: Formate neu bestimmt durch "),
        (r"^changed: ", "geändert: "),
        (r": (\S+) is now (\S+?)(;|$)", r": \1 ist jetzt \2\3"),
        (r"^success", "erfolgreich"),
        (r"; remarks: ", "; Anmerkungen: "),
        (r"disposal list (\S+), rule (\S+) version (\S+): ", r"Aussonderungsliste \1, Regel \2 in Fassung \3: "),
    )
)


def event(kind: str) -> str:
    """A term of the vocabulary ``eventType``."""
    return _EVENTS.get(kind, kind)


def value(key: str, known: Any) -> Any:
    """A value that has a German word under this name; others are given back."""
    return _VALUES.get((key, known), known) if isinstance(known, str) else known


def text(english: str) -> str:
    """A text that the archive wrote into PREMIS, or the basis of a hand-over; unknown ones are given back."""
    for pattern, german in _PHRASES:
        english = pattern.sub(german, english)
    return english


def joined(parts: Iterable[str], between: str = ", ") -> str:
    """The parts that say something."""
    return between.join(part for part in parts if part)
