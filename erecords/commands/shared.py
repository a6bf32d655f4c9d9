"""What several commands need: dates as options, and one view of a change list."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import RenderableType

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


def changes_view(title: str, report: dict[str, Any]) -> RenderableType:
    """An import of units, staff or plan, for people."""
    from erecords import render

    rows = [(what, len(report[what]), ", ".join(report[what][:12])) for what in ("added", "changed", "removed", "kept")]
    return render.table(title, ("", "number", ""), [*rows, ("unchanged", report["unchanged"], "")])
