"""``erecords retention propose``, ``show``, ``appraise``, ``comment``, ``take-out``, ``cancel`` and ``approve``."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import click

from erecords.commands.shared import DATE

if TYPE_CHECKING:
    from rich.console import RenderableType

    from erecords.invocation import Invocation
    from erecords.office import Office


@click.command()
@click.option("--on", type=DATE, help="As of this day (default: today).")
@click.pass_obj
def propose(run: Invocation, on: date | None) -> None:
    """Put every case that is due and not held on a new disposal list.

    Example: erecords --actor u-org1 retention propose --on 2037-01-01
    """
    from retention import runs
    from retention.holds import queries
    from retention.lists import disposition
    from retention.settings import RetentionSettings

    office = run.office()
    day, settings = run.as_of(on), office.settings.section(RetentionSettings)
    for text in queries.follow(office):
        run.say(text)
    with office.work() as work:
        list_id = disposition.propose(work, office.actor, day, settings)
        held = runs.ripe_but_held(work.session, day, settings)
    if held:
        run.say(f"Due but held, and therefore not proposed: {held}. See: erecords retention report held")
    if list_id is None:
        run.emit({"list": None, "state": None, "items": []}, "Nothing is due that is neither held nor on a list.")
    else:
        emit(run, office, list_id)


@click.command()
@click.argument("list_id", metavar="[LIST]", required=False)
@click.pass_obj
def show(run: Invocation, list_id: str | None) -> None:
    """Show a disposal list with its decisions and what blocks them; without LIST, all lists.

    Example: erecords retention show L-2026-0001
    """
    office = run.office()
    if list_id is not None:
        emit(run, office, list_id)
        return
    from erecords import render
    from retention.lists import overview

    with office.read() as session:
        data = [{**overview.head(found), "cases": count} for found, count in overview.lists(session, office.actor)]
    columns = ("list", "state", "as_of", "cases", "proposed_by", "approved_by", "carried_out_by")
    rows = [[row[name] for name in columns] for row in data]
    run.emit({"lists": data}, lambda: render.table("Disposal lists", columns, rows))


def emit(run: Invocation, office: Office, list_id: str) -> None:
    """Show a list."""
    from retention.lists import overview

    with office.read() as session:
        data = overview.show(session, office.actor, list_id).to_json()
    run.emit(data, lambda: _view(data))


def _view(data: dict[str, Any]) -> RenderableType:
    from rich.console import Group

    from erecords import render

    head = [(name.replace("_", " "), data[name]) for name in data if name not in ("items", "history", "list")]
    rows = [
        (
            item["reference"], item["title"], item["rule"], item["due"], item["decision"], item["decided_by"],
            item["state"], ", ".join(item["blocked_by"]),
        )
        for item in data["items"]
    ]  # fmt: skip
    columns = ("reference", "title", "rule", "due", "decision", "by", "state", "blocked by")
    steps = [(s["at"][:16], s["actor"], s["action"], s["reference"], s["text"]) for s in data["history"]]
    return Group(
        render.facts(f"Disposal list {data['list']}", head),
        render.table(f"{len(rows)} cases", columns, rows),
        render.table("History", ("at", "who", "what", "case", ""), steps),
    )


@click.command()
@click.argument("list_id", metavar="LIST")
@click.argument("reference", metavar="REF")
@click.argument("decision", type=click.Choice(["A", "V"]))
@click.option("--reason", default="", metavar="R", help="Needed where the rule says otherwise.")
@click.pass_obj
def appraise(run: Invocation, list_id: str, reference: str, decision: str, reason: str) -> None:
    """Decide for the archive: A, taken over, or V, to be destroyed. Archivists only.

    Example: erecords --actor u-arc1 retention appraise L-2026-0001 10.71-2026/000003 V --reason "Kein Wert"
    """
    from retention.lifecycle import Decision
    from retention.lists import disposition

    office = run.office()
    with office.work() as work:
        disposition.appraise(work, office.actor, list_id, reference, Decision(decision), reason=reason)
    emit(run, office, list_id)


@click.command()
@click.argument("list_id", metavar="LIST")
@click.argument("text", metavar="TEXT")
@click.option("--case", "reference", metavar="REF", help="About this case; the comment goes with it.")
@click.pass_obj
def comment(run: Invocation, list_id: str, text: str, reference: str | None) -> None:
    """Say something about a list or about a case on it.

    Example: erecords retention comment L-2026-0001 "Bitte Beispiele für die Sammlung" --case 10.71-2026/000003
    """
    from retention.lists import disposition

    office = run.office()
    with office.work() as work:
        disposition.comment(work, office.actor, list_id, text, reference=reference)
    emit(run, office, list_id)


@click.command("take-out")
@click.argument("list_id", metavar="LIST")
@click.argument("reference", metavar="REF")
@click.option("--reason", required=True, metavar="R", help="Why it does not belong there now.")
@click.pass_obj
def take_out(run: Invocation, list_id: str, reference: str, reason: str) -> None:
    """Take a case off a list that is not approved yet.

    Example: erecords retention take-out L-2026-0001 10.71-2026/000003 --reason "wird noch gebraucht"
    """
    from retention.lists import disposition

    office = run.office()
    with office.work() as work:
        disposition.take_out(work, office.actor, list_id, reference, reason=reason)
    emit(run, office, list_id)


@click.command()
@click.argument("list_id", metavar="LIST")
@click.option("--reason", required=True, metavar="R", help="Why the list is given up.")
@click.pass_obj
def cancel(run: Invocation, list_id: str, reason: str) -> None:
    """Give up a list before it is carried out; its cases can be proposed anew.

    Example: erecords retention cancel L-2026-0001 --reason "Bewertung wird wiederholt"
    """
    from retention.lists import disposition

    office = run.office()
    with office.work() as work:
        disposition.cancel(work, office.actor, list_id, reason=reason)
    emit(run, office, list_id)


@click.command()
@click.argument("list_id", metavar="LIST")
@click.option("--on", type=DATE, help="As of this day (default: today).")
@click.pass_obj
def approve(run: Invocation, list_id: str, on: date | None) -> None:
    """Approve a list that somebody else proposed; its digest then binds the execution.

    Example: erecords --actor u-hpa0 retention approve L-2026-0001
    """
    from retention.lists import approval
    from retention.settings import RetentionSettings

    office = run.office()
    with office.work() as work:
        approval.approve(
            work, office.actor, list_id, run.as_of(on), office.settings.section(RetentionSettings)
        )  # fmt: skip
    emit(run, office, list_id)


COMMANDS = (propose, show, comment, take_out, appraise, approve, cancel)
