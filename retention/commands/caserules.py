"""``erecords retention case-rule``: add, end, approve, list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import RenderableType

    from erecords.invocation import Invocation
    from retention.models import CaseRule
    from retention.periods.timing import Timing


@click.group("case-rule")
def group() -> None:
    """Rules of single cases: further ones, and those that stand instead of the class's.

    Example: erecords retention case-rule list
    """


@group.command()
@click.argument("reference", metavar="REF")
@click.argument("rule", metavar="RULE")
@click.option("--reason", required=True, metavar="R", help="Why this case is bound by it.")
@click.option("--instead", is_flag=True, help="Instead of the class's rule; another person approves.")
@click.option("--transaction", metavar="NUMBER", help="Because of this transaction in the case.")
@click.option("--document", type=int, metavar="NUMBER", help="Because of this document in the case.")
@click.option("--dry-run", is_flag=True, help="Only say what it would change.")
@click.pass_obj
def add(run: Invocation, /, reference: str, rule: str, dry_run: bool, **given: Any) -> None:
    """Bind a case by a further rule (the longest least time counts), or ask for one instead of its class's.

    A further rule may count from a single transaction or document of the case; it keeps the whole case.

    Example: erecords retention case-rule add 10.71-2026/000003 R-BELEG-08 --document 17 --reason "Rechnung in der Akte"
    """
    from retention.periods import caserules

    office = run.office()
    if dry_run:
        with office.read() as session:
            _preview(run, caserules.draft(session, office.actor, office.clock, reference, rule, **given))
        return
    with office.work() as work:
        row = caserules.add(work, office.actor, reference, rule, **given)
    _emit(run, [caserules.to_json(row)])
    if row.approved_on is None:
        run.say(f"It counts once another person has approved it: erecords retention case-rule approve {row.id}")


def _preview(run: Invocation, row: CaseRule) -> None:
    from erecords import render
    from erecords.store.models import Case
    from retention.periods import timing
    from retention.settings import RetentionSettings

    office = run.office()
    today, lead = office.clock.today(), office.settings.section(RetentionSettings).max_lead_days
    with office.read() as session:
        case = session.get_one(Case, row.case_id)
        before = timing.of_case(session, case, today, lead)
        after = timing.of_case(session, case, today, lead, trial=row)
    data = {
        "reference": row.reference,
        "rule": row.rule_id,
        "due": {"before": _day(before), "after": _day(after)},
        "disposal": {"before": before.disposal, "after": after.disposal},
        "conflicts": [each.rule.id for each in after.conflicts],
        "waits": row.instead,
    }
    shown = [
        (name, " -> ".join(str(x or "?") for x in v.values()) if isinstance(v, dict) else v) for name, v in data.items()
    ]
    run.emit(data, lambda: render.facts(f"{row.reference}, if bound by {row.rule_id}", shown))


def _day(when: Timing) -> str | None:
    return when.due.isoformat() if when.due else None


@group.command()
@click.argument("number", metavar="NUMBER", type=int)
@click.option("--reason", required=True, metavar="R", help="Why it no longer binds the case.")
@click.pass_obj
def end(run: Invocation, number: int, reason: str) -> None:
    """Ask that a rule no longer binds its case; another person approves.

    Example: erecords retention case-rule end 4 --reason "Rechnung gehört nicht in die Akte"
    """
    from retention.periods import caserules

    office = run.office()
    with office.work() as work:
        row = caserules.ask_to_end(work, office.actor, number, reason=reason)
    _emit(run, [caserules.to_json(row)])
    if row.ended_on is None:
        run.say(f"It binds the case until another person has approved: erecords retention case-rule approve {row.id}")


@group.command()
@click.argument("number", metavar="NUMBER", type=int)
@click.pass_obj
def approve(run: Invocation, number: int) -> None:
    """Approve what somebody else asked for: a rule instead of the class's, or the end of a rule.

    Example: erecords --actor u-hpa0 retention case-rule approve 4
    """
    from retention.periods import caserules

    office = run.office()
    with office.work() as work:
        row = caserules.approve(work, office.actor, number)
    _emit(run, [caserules.to_json(row)])


@group.command("list")
@click.argument("reference", metavar="[REF]", required=False)
@click.pass_obj
def list_(run: Invocation, reference: str | None) -> None:
    """List rules of single cases, those that wait for somebody first.

    Example: erecords retention case-rule list 10.71-2026/000003
    """
    from retention.periods import caserules

    office = run.office()
    with office.read() as session:
        data = caserules.listing(session, office.actor, reference)
    _emit(run, data, many=True)


def _emit(run: Invocation, data: list[dict[str, Any]], *, many: bool = False) -> None:
    run.emit({"case_rules": data} if many else data[0], lambda: _table(data))


def _table(data: list[dict[str, Any]]) -> RenderableType:
    from erecords import render

    names = (
        "number",
        "reference",
        "transaction",
        "document",
        "rule",
        "instead",
        "state",
        "reason",
        "requested_by",
        "approved_by",
        "from",
    )
    rows = [["yes" if row[name] is True else row[name] or "" for name in names] for row in data]
    return render.table("Rules of single cases", names, rows)
