"""One letter with all that is known and was said of it, as commands and screens show it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from erecords.errors import Conflict, NotPermitted
from erecords.office import Office
from erecords.store.lifecycle import RenditionKind
from mailroom import shapes
from mailroom.models import Letter, LetterFile, LetterState
from mailroom.tray import copying, leases, listing, remarks


def shown(office: Office, session: Session, number: str) -> dict[str, Any]:
    """LETTER with delivery, stages, remarks, copies, and who has it open.

    Raises:
        NotFound: there is none of that number that the actor may see.
    """
    return shapes.shown_letter(
        *listing.letter(session, office.actor, number),
        remarks.remarks(session, number),
        copying.of_letter(session, number),
        leases.holders(session, office.clock.now(), [number]).get(number),
    )


def text(office: Office, session: Session, number: str) -> str:
    """What a letter says, pages separated by form feeds; empty where nothing was read.

    Raises:
        NotFound: there is none of that number that the actor may see.
        NotPermitted: it is marked; its text is shown to nobody here.
    """
    letter = listing.seen_letter(session, office.actor, number)
    if letter.confidential:
        raise NotPermitted(f"{number} is marked {', '.join(letter.markings)}: its text is not shown.")
    query = select(LetterFile.sha512).where(LetterFile.letter == number, LetterFile.kind == RenditionKind.TEXT)
    digest = session.exec(query).first()
    return office.blobs.read(digest).decode("utf-8", "replace") if digest else ""


def follower(office: Office, number: str) -> str:
    """The letter that follows another in the same delivery and waits.

    Raises:
        NotFound: there is none of that number that the actor may see.
        Conflict: none follows it, or it was decided already.
    """
    with office.read() as session:
        one = listing.seen_letter(session, office.actor, number)
        query = select(Letter).where(
            Letter.delivery_id == one.delivery_id,
            Letter.first_page > one.last_page,
            col(Letter.merged_into).is_(None),
            listing.decidable(office.actor),
        )
        found = session.exec(query.order_by(col(Letter.first_page)).limit(1)).first()
    if found is None or found.state is not LetterState.TRAY:
        raise Conflict(f"No letter that waits follows {number} in the same scan. Nothing was changed.")
    return found.number


def page_file(office: Office, number: str) -> Path | None:
    """The PDF that shows the pages of a letter; None of marked mail, which is not shown, and where there is none.

    Raises:
        NotFound: there is none of that number that the actor may see.
    """
    with office.read() as session:
        if listing.seen_letter(session, office.actor, number).confidential:
            return None
        query = select(LetterFile.sha512).where(LetterFile.letter == number, LetterFile.kind == RenditionKind.PDFA)
        digest = session.exec(query).first()
    return office.blobs.path(digest) if digest else None
