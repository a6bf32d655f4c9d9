"""Rules and small steps that all changes of case files share."""

from __future__ import annotations

from datetime import date
from typing import Any

from erecords.errors import Conflict, InputRefused
from erecords.registry import finding
from erecords.store.lifecycle import CaseState
from erecords.store.models import Case
from erecords.store.uow import UnitOfWork

LINE_LENGTH = 300


def case_id(case: Case) -> int:
    """The database id of a stored case."""
    if case.id is None:
        raise ValueError("the case is not stored yet")
    return case.id


def one_line(text: str, what: str, *, may_be_empty: bool = False) -> str:
    """The text without white space at its ends.

    Raises:
        InputRefused: it is empty, too long, or holds line breaks or control characters.
    """
    text = text.strip()
    if not text and not may_be_empty:
        raise InputRefused(f"The {what} must not be empty. Nothing was changed.")
    if len(text) > LINE_LENGTH or any(ord(c) < 32 or ord(c) == 127 for c in text):
        raise InputRefused(f"The {what} must be one line of at most {LINE_LENGTH} characters. Nothing was changed.")
    return text


def not_in_future(work: UnitOfWork, day: date, what: str) -> date:
    """The day, unless it lies in the future.

    Raises:
        InputRefused: it does.
    """
    if day > work.clock.today():
        raise InputRefused(f"A case cannot be {what} on {day}, which is in the future. Nothing was changed.")
    return day


def require_open(case: Case) -> None:
    """Refuse a closed case.

    Raises:
        Conflict: it is closed.
    """
    if case.state is not CaseState.OPEN:
        raise Conflict(
            f"{case.reference} is closed since {case.closed}. Nothing was changed; "
            f"open it again first: erecords case reopen {case.reference} --reason R"
        )


def log(work: UnitOfWork, verb: str, case: Case, *, personal: dict[str, str] | None = None, **details: Any) -> None:
    """Log a change of the case row; empty personal values are left out."""
    living = {name: value for name, value in (personal or {}).items() if value}
    work.log(f"case.{verb}", f"case:{case.reference}", case, personal=living, **details)


def changed(work: UnitOfWork, verb: str, case: Case, *, personal: dict[str, str] | None = None, **details: Any) -> Case:
    """Finish a change: count the version, log, and leave the case and its documents to the indexer."""
    case.version += 1
    work.session.flush()
    log(work, verb, case, personal=personal, **details)
    index(work, case)
    return case


def index(work: UnitOfWork, case: Case) -> None:
    """Leave the case, its documents and its transactions to the indexer."""
    work.index("case", case_id(case))
    for document_id in finding.document_ids(work.session, case_id(case)):
        work.index("document", document_id)
    for number in finding.transaction_numbers(work.session, case_id(case)):
        work.index("transaction", number)
