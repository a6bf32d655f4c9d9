"""What search finds of transactions: number, title and process, for whoever may see the content of their case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from erecords.search.index import OPEN_PROTECTION, IndexDocument, Kind, Rights
from erecords.search.shelf import Rows, Shown

if TYPE_CHECKING:
    from sqlmodel import Session

    from erecords.registry.indexable import Indexable

_SHOWN = """
    SELECT t.number, t.title, c.reference, c.class_notation, t.opened, t.state, t.process_title, c.unit, p.protection
    FROM case_transaction t JOIN case_file c ON c.id = t.case_id
    JOIN plan_class p ON p.notation = c.class_notation WHERE t.number IN ({marks})
"""


class TransactionShelf:
    """Transactions of case files."""

    kind = Kind.TRANSACTION

    def keys(self, session: Session, after: str, limit: int) -> Sequence[str]:
        """Numbers behind ``after``."""
        from sqlmodel import col, select

        from erecords.store.models import Transaction

        query = select(Transaction.number).where(col(Transaction.number) > after)
        return list(session.exec(query.order_by(Transaction.number).limit(limit)))

    def entries(self, session: Session, keys: Sequence[str]) -> Sequence[IndexDocument]:
        """The entries of these numbers."""
        from erecords.registry import indexable

        return [_entry(one) for one in indexable.transactions(session, keys)]

    def shown(self, rows: Rows, keys: Sequence[str], rights: Rights) -> Mapping[str, Shown]:
        """Their lines in the list."""
        found = rows(_SHOWN.replace("{marks}", ", ".join("?" * len(keys))), list(keys))
        return {
            row[0]: Shown(
                number=row[0],
                title=row[1],
                case=row[2],
                class_notation=row[3],
                date=str(row[4]),
                state=row[5],
                text=row[6],
            )
            for row in found
            if rights.everything or row[8] == OPEN_PROTECTION or row[7] in rights.units
        }


def _entry(one: Indexable) -> IndexDocument:
    return IndexDocument(
        id=f"{Kind.TRANSACTION.value}:{one.transaction}",
        kind=Kind.TRANSACTION,
        title=one.title,
        text=one.text,
        case=one.reference,
        references=(one.transaction, *one.former_references),
        class_path=one.class_path,
        unit=one.unit,
        date=one.date,
        state=one.state,
        protection=one.protection,
        closing_year=one.closing_year,
    )


SHELF = TransactionShelf()
