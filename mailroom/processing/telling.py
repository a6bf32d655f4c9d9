"""What ``mail watch`` says of a delivery that is done: numbers and places, no names: it may end in a log."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session

from erecords.office import Office
from mailroom import findings
from mailroom.models import Delivery, Letter, LetterState
from mailroom.sheets import batches
from mailroom.tray import listing


def outcome(office: Office, delivery_id: int) -> str:
    """A line for a delivery; of several letters one each below it; at the end the batches that do not add up."""
    with Session(office.engine) as session:
        ((delivery, letters),) = listing.of_deliveries(session, [delivery_id])
    alarms = [f"ALARM: {batch.sentence}" for batch in batches.counted(delivery, letters) if not batch.complete]
    if len(letters) == 1:
        return " ".join([f"{delivery.source}: {_letter(letters[0])}", *alarms])
    below = [f"  {_letter(one)}, pages {one.first_page}-{one.last_page}" for one in letters]
    return "\n".join([f"{delivery.source}: {_sum(delivery, letters)}", *below, *alarms])


def _sum(delivery: Delivery, letters: Sequence[Letter]) -> str:
    if not letters:
        return f"{delivery.state.value}. {delivery.message}".strip()
    waiting = sum(one.state is LetterState.TRAY for one in letters)
    return f"{len(letters)} letters, {len(letters) - waiting} filed, {waiting} in the tray"


def _letter(letter: Letter) -> str:
    where = f"filed in {letter.case_reference}" if letter.case_reference else "waits in the tray"
    urgent = [code for code in dict.fromkeys(map(findings.code, letter.findings)) if findings.is_urgent(code)]
    return f"{letter.number} {where}" + (f" (look at: {', '.join(urgent)})" if urgent else "")
