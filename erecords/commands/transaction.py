"""``erecords case transaction``: open, list, show, add, close, reopen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import RenderableType

    from erecords.invocation import Invocation

_COLUMNS = ("number", "title", "process_title", "state", "opened", "closed")


@click.group("transaction")
def group() -> None:
    """Transactions (Vorgänge): runs of a process in a case, with the documents that belong to them.

    Example: erecords case transaction list 22.31-2026/000147
    """


@group.command("open")
@click.argument("reference", metavar="REF")
@click.option("--title", required=True, metavar="T", help="What is to be done.")
@click.option("--process", default="", metavar="KEY", help="The process that it is a run of (process register).")
@click.pass_obj
def open_(run: Invocation, reference: str, title: str, process: str) -> None:
    """Open a transaction in an open case; it gets the next number of the year.

    Example: erecords case transaction open 22.31-2026/000147 --title "Abmeldung Bello"
    """
    from erecords.registry import cases, transactions, views

    office = run.office()
    process_title = _title_of(process, office.processes()) if process else ""
    with office.work() as work:
        case = cases.find(work.session, office.actor, reference)
        row = transactions.open_transaction(
            work, office.actor, case, title=title, process=process, process_title=process_title
        )
        data = views.transaction_view(work.session, row, case)
    _emit(run, data)


@group.command("list")
@click.argument("reference", metavar="REF")
@click.pass_obj
def list_(run: Invocation, reference: str) -> None:
    """List the transactions of a case.

    Example: erecords case transaction list 22.31-2026/000147
    """
    from erecords.registry import cases, transactions, views

    office = run.office()
    with office.read() as session:
        case = cases.find(session, office.actor, reference)
        found = transactions.list_transactions(session, office.actor, case)
        lines = [views.transaction_line(row) for row in found]
    data = {"case": case.reference, "transactions": lines}
    run.emit(data, lambda: table(lines, f"Transactions of {case.reference}"))


@group.command()
@click.argument("number", metavar="NUMBER")
@click.pass_obj
def show(run: Invocation, number: str) -> None:
    """Show a transaction with its documents.

    Example: erecords case transaction show V-2026-000123
    """
    from erecords.registry import transactions, views

    office = run.office()
    with office.read() as session:
        data = views.transaction_view(session, *transactions.find(session, office.actor, number))
    _emit(run, data)


@group.command()
@click.argument("number", metavar="NUMBER")
@click.argument("document_ids", metavar="DOCUMENT_ID...", type=int, nargs=-1, required=True)
@click.pass_obj
def add(run: Invocation, number: str, document_ids: tuple[int, ...]) -> None:
    """Put documents of the case into an open transaction: all of them or, where one cannot be, none.

    Example: erecords case transaction add V-2026-000123 12 13
    """
    from erecords.registry import documents, transactions, views

    office = run.office()
    with office.work() as work:
        row, case = transactions.find(work.session, office.actor, number)
        for document_id in dict.fromkeys(document_ids):
            document = documents.find(work.session, office.actor, document_id)
            transactions.add(work, office.actor, row, document)
        data = views.transaction_view(work.session, row, case)
    _emit(run, data)


@group.command()
@click.argument("number", metavar="NUMBER")
@click.pass_obj
def close(run: Invocation, number: str) -> None:
    """Close a transaction: no document comes into it any more; its case stays open.

    Example: erecords case transaction close V-2026-000123
    """
    from erecords.registry import transactions, views

    office = run.office()
    with office.work() as work:
        row, case = transactions.find(work.session, office.actor, number)
        transactions.close(work, office.actor, row)
        data = views.transaction_view(work.session, row, case)
    _emit(run, data)


@group.command()
@click.argument("number", metavar="NUMBER")
@click.option("--reason", required=True, metavar="R", help="Why.")
@click.pass_obj
def reopen(run: Invocation, number: str, reason: str) -> None:
    """Open a closed transaction of an open case again.

    Example: erecords case transaction reopen V-2026-000123 --reason "Widerspruch eingegangen"
    """
    from erecords.registry import transactions, views

    office = run.office()
    with office.work() as work:
        row, case = transactions.find(work.session, office.actor, number)
        transactions.reopen(work, office.actor, row, reason=reason)
        data = views.transaction_view(work.session, row, case)
    _emit(run, data)


def table(lines: list[dict[str, Any]], title: str = "Transactions") -> RenderableType:
    """Transactions as a table."""
    from erecords import render

    return render.table(title, _COLUMNS, [[line[column] for column in _COLUMNS] for line in lines])


def _title_of(process: str, known: Any) -> str:
    """The title of a process of the register.

    Raises:
        InputRefused: there is none of that key; the message names what comes near.
    """
    import difflib

    from erecords.errors import InputRefused

    if process in known:
        return str(known[process])
    near = difflib.get_close_matches(process, sorted(known), n=3) or sorted(known)[:3]
    hint = f"try {' or '.join(near)}" if near else "this home has no process register"
    raise InputRefused(f"There is no process {process!r} in the register; {hint}. Nothing was opened.")


def _emit(run: Invocation, data: dict[str, Any]) -> None:
    run.emit(data, lambda: _view(data))


def _view(data: dict[str, Any]) -> RenderableType:
    from rich.console import Group

    from erecords import render

    names = ("title", "case", "process", "process_title", "state", "opened", "closed")
    columns = ("id", "date", "title", "type", "sender", "entry")
    rows = [[line[column] for column in columns] for line in data["documents"]]
    facts = render.facts(data["number"], [(name, data[name]) for name in names])
    return Group(facts, render.table("Documents", columns, rows))
