"""Letters as they lie on the desk: whole pages by writers who knew the city's registers and nothing of the program.

``data/letters_desk.jsonl`` holds a letter a line: its pages as typed (form feeds between them), and what a clerk says
of it: ``document_type, class, sender, date, case, collective, deadlines, received, channel``.
"""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.letters import Block, Composed, Truth
from benchmarks.measuring import MemoryCases
from mailroom.matching.cases import collective
from mailroom.registers import Registers

DESK = Path(__file__).parent / "data" / "letters_desk.jsonl"
_COLUMNS, _ROWS = 95, 58
_PIECE = re.compile(r"\S+(?: {1,2}\S+)*")
_LEFT, _WIDE, _TOP, _HIGH = 0.08, 0.83, 0.05, 0.9


def desk(cases: MemoryCases, registers: Registers) -> list[Composed]:
    """All letters, each with its lines where they were typed."""
    rows = map(json.loads, DESK.read_text(encoding="utf-8").splitlines())
    return [Composed(f"desk-{row['id']}", _pages(row["text"]), _truth(row, cases, registers)) for row in rows]


def _pages(text: str) -> tuple[tuple[Block, ...], ...]:
    return tuple(_page(page.strip("\n").split("\n")) for page in text.split("\f"))


def _page(lines: list[str]) -> tuple[Block, ...]:
    pitch = _HIGH / max(_ROWS, len(lines))
    return tuple(
        Block((piece[0],), _LEFT + _WIDE * piece.start() / _COLUMNS, _TOP + pitch * row, 0.85, one_line=True)
        for row, line in enumerate(lines)
        for piece in _PIECE.finditer(line)
    )


def _truth(row: dict[str, Any], cases: MemoryCases, registers: Registers) -> Truth:
    received = date.fromisoformat(row["received"])
    day = date.fromisoformat(row["date"]) if row["date"] else received
    yearly = collective(row["class"], day, received, cases) if row["collective"] else None
    kind = registers.document_types.get(row["document_type"] or "")
    text = row["text"].casefold()
    return Truth(
        document_type=row["document_type"],
        class_notation=row["class"],
        unit=registers.unit_of(row["class"]) or "",
        sender=row["sender"],
        date=row["date"] or "",
        case=yearly.reference if yearly else row["case"],
        collective=row["collective"],
        deadlines=tuple(sorted(row["deadlines"])),
        phrase=bool(kind and any(phrase.casefold() in text for phrase in kind.strong)),
        received=received,
        channel=row["channel"],
        fields=None,
    )
