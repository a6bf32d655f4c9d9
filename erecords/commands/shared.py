"""What several commands need: dates as options, and the import of a list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import RenderableType

    from erecords.invocation import Invocation
    from erecords.registry.access import Actor
    from erecords.registry.changes import Changes
    from erecords.store.uow import UnitOfWork

    _DateParam = click.ParamType[date]
else:
    _DateParam = click.ParamType  # older click knows no parameter here


class IsoDate(_DateParam):
    """A calendar date as ``2026-11-22``."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Text to date."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no date; dates look like 2026-11-22.", param, ctx)


DATE = IsoDate()


def bring_to(
    run: Invocation,
    title: str,
    file: Path,
    take: Callable[[UnitOfWork, Actor, Path], Changes],
    *,
    dry_run: bool = False,
) -> dict[str, Any]:
    """Bring units, staff or plan to the state of a list, or only try it; show and return what changed."""
    from erecords.store.uow import DryRun

    office = run.office()
    report: dict[str, Any] = {}
    try:
        with office.work() as work:
            report = take(work, office.actor, file).as_json()
            if dry_run:
                raise DryRun
    except DryRun:
        report["dry_run"] = True
    run.emit(report, lambda: _changes_view("What would change" if dry_run else title, report))
    return report


def _changes_view(title: str, report: dict[str, Any]) -> RenderableType:
    from erecords import render

    words = ("added", "changed", "removed", "kept", "waiting")
    rows = [(what, len(report[what]), ", ".join(report[what][:12])) for what in words]
    return render.table(title, ("", "number", ""), [*rows, ("unchanged", report["unchanged"], "")])
