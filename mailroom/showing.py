"""One letter with all that is known and was said of it, as commands and screens show it."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session

from erecords.office import Office
from mailroom import copying, leases, remarks, shapes, tray


def shown(office: Office, session: Session, number: str) -> dict[str, Any]:
    """LETTER with delivery, stages, remarks, copies, and who has it open.

    Raises:
        NotFound: there is none of that number that the actor may see.
    """
    return shapes.shown_letter(
        *tray.letter(session, office.actor, number),
        remarks.remarks(session, number),
        copying.of_letter(session, number),
        leases.holders(session, office.clock.now(), [number]).get(number),
    )
