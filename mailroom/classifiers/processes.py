"""Which process of the register a letter starts or belongs to: judged over every kind of letter that it might be."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from mailroom.classifiers.calibration import Calibration
from mailroom.classifiers.knowledge import split_label
from mailroom.ports import Reason
from mailroom.registers import Registers

_FEW = 3
_FAR = 30.0
"""Gap to the runner-up where there is none."""


@dataclass(frozen=True)
class Judged:
    """The process of a letter; without a key the answer is that it starts and belongs to none."""

    key: str | None
    chance: float
    """Calibrated probability that it is this one (or none)."""
    starts: bool
    """Whether a letter of the likeliest kind starts it; else it is a paper that such a process takes in."""
    reasons: tuple[Reason, ...]
    """The kinds of letter that speak for it, with their log odds against all others."""


def judge(ranked: Iterable[tuple[str, float]], registers: Registers, calibration: Calibration) -> Judged:
    """Add up what speaks for each process, and hold it against the runner-up.

    A kind of letter that starts no process counts for those that list it among their papers and file in its class, by
    how much speaks for their own letters: a power of attorney goes to the registration or to the end of it.

    Args:
        ranked: labels with their scores (log odds), best first, at least one.
        registers: of the home.
        calibration: turns a gap into a probability.
    """
    rows = list(ranked)
    top = rows[0][1]
    mass = {label: math.exp(score - top) for label, score in rows}
    own: dict[str, float] = defaultdict(float)
    for label, share in mass.items():
        own[registers.process_of(*split_label(label)) or ""] += share
    parts: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for label, share in mass.items():
        takers = _takers(label, registers)
        total = sum(own[key] for key in takers)
        for key in takers:
            parts[key].append((label, share * (own[key] / total if total else 1 / len(takers))))
    sums = {key: sum(share for _, share in found) for key, found in parts.items()}
    first, *others = sorted(sums, key=lambda key: (-sums[key], key))
    gap = math.log(sums[first]) - math.log(sums[others[0]]) if others and sums[others[0]] > 0 else _FAR
    whole = sum(sums.values())
    reasons = tuple(
        Reason("kind of letter", round(math.log(share / max(whole - share, 1e-9)), 2), 1, _name(label, registers))
        for label, share in sorted(parts[first], key=lambda part: -part[1])[:_FEW]
        if share > 0.02 * whole
    )
    starts = registers.process_of(*split_label(rows[0][0])) == first
    return Judged(first or None, calibration.probability(gap), starts, reasons)


def _takers(label: str, registers: Registers) -> list[str]:
    """The processes of a kind of letter: the one that it starts, else those that take it in; an empty key for none."""
    kind, notation = split_label(label)
    started = registers.process_of(kind, notation)
    if started:
        return [started]
    return registers.processes_taking(kind, notation) or [""]


def _name(label: str, registers: Registers) -> str:
    kind, notation = split_label(label)
    row, plan = registers.document_types.get(kind or ""), registers.plan.get(notation)
    return row.title if row else plan.title if plan else notation
