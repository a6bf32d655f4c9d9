"""What a command says after it changed letters: the letters as they are now."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from erecords.invocation import Invocation


def emit(run: Invocation, numbers: list[str]) -> None:
    """Put out one letter as ``mail show`` does, several as a list."""
    from mailroom import showing
    from mailroom.commands import views

    office = run.office()
    with office.read() as session:
        found = [showing.shown(office, session, number) for number in numbers]
    run.emit(found[0] if len(found) == 1 else {"letters": found}, lambda: views.letters(found))
