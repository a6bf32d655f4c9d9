"""Thinking again about a letter of the tray with the knowledge of now."""

from __future__ import annotations

from collections.abc import Mapping

from sqlmodel import Session

from erecords.office import Office
from mailroom import findings
from mailroom.matching.advice import Adviser, Markings
from mailroom.models import Letter
from mailroom.ports import Recommendation
from mailroom.processing import writing
from mailroom.settings import MailroomSettings
from mailroom.stages.gate import page_findings
from mailroom.tray import cutting, filing

_SAME = ("recommendation", "class_notation", "case", "file_key")


def rerun(office: Office, number: str) -> None:
    """Say of a letter what would be said of it if the same pages had been read just now.

    Anew: the suggestion with type, title, sender, date, unit and follow-ups, its findings, and those of the pages, held
    against the settings of now. On the same registry, knowledge and settings nothing changes but the version.

    Untouched: what came into custody and what was read of it, entry number, day of receipt, transfer note, what the
    delivery, labels, batches and other letters said, and what people decided: markings by hand, the unit to which it
    was forwarded, letters that it was said to differ from. Nothing is filed.

    Raises:
        NotFound, Conflict: it does not wait in the actor's tray, or nothing was recognised of it.
    """
    with Session(office.engine) as session:
        letter, delivery = filing.waiting(session, office.actor, number)
        pages, channel = cutting.recognised_letter(session, office.blobs, letter).pages, delivery.channel
    adviser = Adviser(office, office.machine("mailroom"))
    advice = adviser.advise(pages, letter.received, Markings.by_hand(letter), channel)
    of_pages = page_findings(pages, office.settings.section(MailroomSettings))
    with office.work() as work:
        again = filing.waiting_letter(work, office.actor, number)
        unit, before = again.unit, again.suggestion
        writing.take_suggestion(again, advice.suggestion, again.title)
        if unit != before.get("unit"):
            again.unit = unit
        writing.renew_findings(again, [*_lasting(again, before), *of_pages, *advice.suggestion.findings])
        again.version += 1
        work.session.add(again)
        work.log("letter.rerun", f"letter:{number}", again, recommendation=advice.suggestion.recommendation.value)


def _lasting(letter: Letter, before: Mapping[str, object]) -> list[str]:
    """The findings that are said neither of pages nor of what they say."""
    gone = {"not-understood"}
    same = all(letter.suggestion.get(key) == before.get(key) for key in _SAME)
    if not same or letter.suggestion["recommendation"] != Recommendation.STRONG:
        gone.add("not-filed")
    return findings.without(findings.not_of_pages(letter.findings), gone)
