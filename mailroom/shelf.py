"""What search finds of the mail room: the entries of the mail book, never what a letter says.

Mail that others must not read (personal, tenders, election, medical) is in the index only once it is filed, as a
document of its case; a tender is thereby not in it at all while it is sealed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from erecords.search.index import MAIL_PROTECTION, IndexDocument, Kind, Rights
from erecords.search.shelf import Rows, Shown

if TYPE_CHECKING:
    from sqlmodel import Session

    from mailroom.models import Letter

_SHOWN = """
    SELECT number, title, received, document_type, sender, case_reference, state, unit FROM letter
    WHERE number IN ({marks}) AND NOT confidential AND NOT erased
"""
_COPIES = "SELECT letter, unit FROM letter_copy WHERE letter IN ({marks})"
_FILED = "filed"


class MailShelf:
    """Entries of the mail book.

    The mail room and whoever reads the log see all of them, as in the book itself; clerks those that wait for their
    units or of which a copy went to them. A filed letter is a document, which they find in its case.
    """

    kind = Kind.MAIL

    def keys(self, session: Session, after: str, limit: int) -> Sequence[str]:
        """Numbers behind ``after``."""
        from sqlmodel import col, select

        from mailroom.models import Letter

        query = select(Letter.number).where(col(Letter.number) > after, ~col(Letter.confidential), ~col(Letter.erased))
        return list(session.exec(query.order_by(col(Letter.number)).limit(limit)))

    def entries(self, session: Session, keys: Sequence[str]) -> Sequence[IndexDocument]:
        """The entries of these numbers."""
        from sqlmodel import col, select

        from mailroom.models import Letter, LetterCopy

        query = select(Letter).where(col(Letter.number).in_(keys), ~col(Letter.confidential), ~col(Letter.erased))
        copied: dict[str, tuple[str, ...]] = {}
        for copy in session.exec(select(LetterCopy).where(col(LetterCopy.letter).in_(keys))):
            copied[copy.letter] = (*copied.get(copy.letter, ()), copy.unit)
        return [_entry(row, copied.get(row.number, ())) for row in session.exec(query)]

    def shown(self, rows: Rows, keys: Sequence[str], rights: Rights) -> Mapping[str, Shown]:
        """Their lines in the list."""
        marks = ", ".join("?" * len(keys))
        found = rows(_SHOWN.replace("{marks}", marks), list(keys))
        copied: dict[str, list[str]] = {}
        for number, unit in rows(_COPIES.replace("{marks}", marks), list(keys)):
            copied.setdefault(number, []).append(unit)
        return {row[0]: _shown(row) for row in found if _sees(rights, (row[7], *copied.get(row[0], ())), row[6])}


def _sees(rights: Rights, units: Iterable[str | None], state: str) -> bool:
    return rights.mail_book or (state != _FILED and any(unit in rights.units for unit in units))


def _entry(letter: Letter, copied_to: tuple[str, ...]) -> IndexDocument:
    waits = letter.state.value != _FILED
    return IndexDocument(
        id=f"{Kind.MAIL.value}:{letter.number}",
        kind=Kind.MAIL,
        title=letter.title,
        protection=MAIL_PROTECTION,
        case=letter.case_reference or "",
        references=tuple(str(one["value"]) for one in letter.references if one.get("value")),
        unit=letter.unit or "",
        seen_by=(letter.unit or "") if waits else "",
        copied_to=copied_to if waits else (),
        type=letter.document_type or "",
        sender=letter.sender or "",
        date=letter.date,
        received=letter.received,
        entry=letter.number,
        state=letter.state.value,
        closing_year=letter.received.year,
    )


def _shown(row: Any) -> Shown:
    return Shown(
        title=row[1],
        date=str(row[2]) if row[2] else None,
        type=row[3] or "",
        sender=row[4] or "",
        case=row[5] or "",
        entry=row[0],
        state=row[6],
    )


SHELF = MailShelf()
