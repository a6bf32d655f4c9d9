"""Transactions (Vorgänge): runs of a process inside a case file, with the documents that belong to them.

They live and are seen as their case: no rights, no retention and no protection of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session, col, select

from erecords.errors import Conflict
from erecords.registry import access, finding, numbering, rules
from erecords.registry.access import Actor
from erecords.registry.rules import one_line
from erecords.store.lifecycle import CaseState, OutboxOperation
from erecords.store.models import Case, Document, Transaction
from erecords.store.uow import UnitOfWork

find = finding.transaction
list_transactions = finding.transactions


def open_transaction(
    work: UnitOfWork,
    actor: Actor,
    case: Case,
    *,
    title: str,
    process: str = "",
    process_title: str = "",
    opened: date | None = None,
    letter: str | None = None,
    was: str | None = None,
) -> Transaction:
    """Open a transaction in an open case and give it the next number of the year.

    Args:
        work: the unit of work.
        actor: who opens it.
        case: an open case.
        title: one line; personal data.
        process: key in the process register, which the caller has looked up; empty for none.
        process_title: its title.
        opened: day of opening, not in the future, and not before that of the case; today when None.
        letter: entry number of the letter whose filing opens it.
        was: the number that it had where it is taken over from.

    Raises:
        NotPermitted: role or unit of the actor do not allow it.
        Conflict: the case is closed.
        InputRefused: title or day are not fit.
    """
    access.require_edit(actor, case.unit, case.reference)
    rules.require_open(case)
    day = max(rules.not_in_future(work, opened or work.clock.today(), "worked on"), case.opened)
    title = one_line(title, "title")
    row = Transaction(
        number=numbering.transaction_number(work.session, day.year),
        case_id=rules.case_id(case),
        title=title,
        process=process,
        process_title=process_title,
        opened=day,
        letter=letter,
    )
    work.add(row)
    _log(
        work, "open", case, row, personal={"title": title}, process=process, opened=day.isoformat(), letter=letter,
        **({"was": was} if was else {}),
    )  # fmt: skip
    return row


def close(work: UnitOfWork, actor: Actor, row: Transaction) -> Transaction:
    """Close a transaction today: no document comes into it any more. Its case stays open.

    Raises:
        NotPermitted: role or unit of the actor do not allow it.
        Conflict: it is closed.
    """
    return close_as_stated(work, actor, row, on=work.clock.today())


def close_as_stated(work: UnitOfWork, actor: Actor, row: Transaction, *, on: date) -> Transaction:
    """The same as of a stated day, not before that of its opening: what is taken over was closed elsewhere.

    Raises:
        NotPermitted, Conflict: as `close`.
        InputRefused: the day lies in the future.
    """
    case = _case_of(work.session, row)
    access.require_edit(actor, case.unit, case.reference)
    _require_open(row)
    _close(row, rules.not_in_future(work, on, "closed"))
    work.session.add(row)
    _log(work, "close", case, row, on=str(row.closed))
    return row


def close_all(work: UnitOfWork, case: Case, on: date) -> list[str]:
    """Close the open transactions of a case that is being closed; the caller asked for permission.

    One that was opened later than the day as of which the case is closed, is closed on the day of its opening.

    Returns:
        Their numbers.
    """
    rows = open_ones(work.session, case)
    for row in rows:
        _close(row, on)
        work.session.add(row)
        _log(work, "close", case, row, on=str(row.closed))
    return [row.number for row in rows]


def reopen(work: UnitOfWork, actor: Actor, row: Transaction, *, reason: str) -> Transaction:
    """Open a closed transaction of an open case again.

    Raises:
        NotPermitted: role or unit of the actor do not allow it.
        Conflict: it is open, or its case is closed.
        InputRefused: no reason was given.
    """
    case = _case_of(work.session, row)
    access.require_edit(actor, case.unit, case.reference)
    rules.require_open(case)
    reason = one_line(reason, "reason")
    if row.state is CaseState.OPEN:
        raise Conflict(f"{row.number} is open. Nothing was changed.")
    was = row.closed
    row.state, row.closed = CaseState.OPEN, None
    row.version += 1
    work.session.add(row)
    _log(work, "reopen", case, row, personal={"reason": reason}, closed=str(was))
    return row


def add(work: UnitOfWork, actor: Actor, row: Transaction, document: Document) -> None:
    """Put a document of the same case into an open transaction; it leaves the one that it was in (``take_out``).

    Raises:
        NotPermitted: role or unit of the actor do not allow it.
        Conflict: the transaction or its case is closed, the document lies in another case, or is in it already.
    """
    case = _case_of(work.session, row)
    access.require_edit(actor, case.unit, case.reference)
    rules.require_open(case)
    _require_open(row)
    if document.case_id != row.case_id:
        raise Conflict(
            f"Document {document.id} is not in {case.reference}, the case of {row.number}. Nothing was changed; "
            "a letter that was filed wrongly is moved with erecords mail refile."
        )
    if document.transaction == row.number:
        raise Conflict(f"Document {document.id} is in {row.number} already. Nothing was changed.")
    take_out(work, case, document)
    document.transaction = row.number
    document.version += 1
    work.session.add(document)
    _log(work, "add", case, document, number=row.number, document=document.id)
    work.index("document", document.id or 0)


def take_out(work: UnitOfWork, case: Case, document: Document) -> None:
    """Let a document leave its transaction; the caller asked for permission.

    A transaction that the filing of this very letter opened goes with it when nothing else is in it.
    """
    row = work.session.get(Transaction, document.transaction) if document.transaction else None
    if row is None:
        return
    document.transaction = None
    work.session.add(document)
    work.session.flush()
    _log(work, "leave", case, document, number=row.number, document=document.id)
    if row.letter is not None and row.letter == document.letter and not documents(work.session, row):
        work.session.delete(row)
        work.session.flush()
        _log(work, "withdraw", case, row)


def of_case(session: Session, case: Case) -> Sequence[Transaction]:
    """All transactions of a case by number, whoever asks: for the hand-over."""
    return session.exec(select(Transaction).where(Transaction.case_id == case.id).order_by(Transaction.number)).all()


def documents(session: Session, row: Transaction) -> list[Document]:
    """Documents of a transaction, by number; for callers that asked for the transaction within their rights."""
    query = select(Document).where(Document.transaction == row.number)
    return list(session.exec(query.order_by(col(Document.id))))


def open_of_process(session: Session, case: Case, process: str) -> Transaction | None:
    """The newest open transaction of a process in a case."""
    return next((row for row in reversed(open_ones(session, case)) if row.process == process), None)


def open_ones(session: Session, case: Case) -> Sequence[Transaction]:
    """The open transactions of a case, by number; for callers that asked for the case within their rights."""
    query = select(Transaction).where(Transaction.case_id == case.id, Transaction.state == CaseState.OPEN)
    return session.exec(query.order_by(Transaction.number)).all()


def _close(row: Transaction, on: date) -> None:
    row.state, row.closed = CaseState.CLOSED, max(on, row.opened)
    row.version += 1


def _case_of(session: Session, row: Transaction) -> Case:
    return session.get_one(Case, row.case_id)


def _require_open(row: Transaction) -> None:
    if row.state is not CaseState.OPEN:
        raise Conflict(
            f"{row.number} is closed since {row.closed}. Nothing was changed; "
            f"open it again first: erecords case transaction reopen {row.number} --reason R"
        )


def _log(
    work: UnitOfWork,
    verb: str,
    case: Case,
    row: Transaction | Document,
    *,
    number: str = "",
    personal: dict[str, str] | None = None,
    **details: object,
) -> None:
    """The line stands with the case, so that it is found, handed over and erased with it."""
    if isinstance(row, Transaction):
        number = row.number
        work.index("transaction", number, OutboxOperation.REMOVE if verb == "withdraw" else OutboxOperation.PUT)
    work.log(f"transaction.{verb}", f"case:{case.reference}", row, personal=personal, transaction=number, **details)
