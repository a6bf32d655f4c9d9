"""The answer to an erasure request as a letter: PDF/A-2b, in German, ready to be sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from retention import pages

_HEADINGS = {
    "erased": "Gelöscht",
    "erasable": "Zur Löschung vorgesehen",
    "withheld": "Noch nicht gelöscht",
}
_RIGHTS = (
    "Sie können sich bei der Aufsichtsbehörde für den Datenschutz beschweren (Art. 77 DSGVO) und gegen die Ablehnung "
    "der Löschung gerichtlich vorgehen (Art. 79 DSGVO)."
)


def write(values: Mapping[str, Any], person: str, at: datetime) -> bytes:
    """The letter to a person; ``values`` as `erasure.report` gives them."""
    title = f"Löschersuchen {values['request']}"
    pdf = pages.begin(title, str(values["city"]), at, f"{title}  ·  Seite {{page}} von {{{{nb}}}}")
    pages.text(pdf, str(values["city"]), size=10, gap=14)
    pages.text(pdf, person, size=11, gap=18)
    pages.text(pdf, f"{at:%d.%m.%Y}", size=10, gap=6)
    pages.text(pdf, f"Ihr Ersuchen auf Löschung vom {_day(values['received'])} ({values['request']})", size=12, gap=5)
    pages.text(
        pdf,
        "Sie haben nach Art. 17 der Datenschutz-Grundverordnung (DSGVO) die Löschung Ihrer Daten verlangt. Wir haben "
        f"jede Akte einzeln geprüft. Stand: {_day(values['on'])}.",
        size=10, gap=5,
    )  # fmt: skip
    for outcome, heading in _HEADINGS.items():
        records = [row for row in values["records"] if row["outcome"] == outcome]
        if records:
            pages.text(pdf, heading, size=12, gap=1)
            pages.facts(pdf, [(row["reference"], _said(row)) for row in records])
            pdf.ln(4)
    pages.text(pdf, _RIGHTS, size=10)
    return pages.finished(pdf)


def _said(row: Mapping[str, Any]) -> str:
    return f"{row['text']} ({row['basis']})" if row["basis"] else str(row["text"])


def _day(text: str) -> str:
    return f"{date.fromisoformat(text):%d.%m.%Y}"
