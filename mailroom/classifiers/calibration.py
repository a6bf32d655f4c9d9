"""How sure a score is: measured on samples that the model had not seen, with near-duplicates kept on one side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from mailroom.classifiers import phrases
from mailroom.classifiers.model import Floats, log_softmax, solve
from mailroom.classifiers.thresholds import STRONG
from mailroom.fields.lines import Line
from mailroom.registers import Registers

Whole = npt.NDArray[np.int64]
_FOLDS = 4
_ALIKE = 0.55
_ENOUGH = 150
_PRECISE, _BENEFIT, _NEVER = 0.95, 5.0, 1.01
"""Samples are single sentences, much harder than letters; a label with few of them has the benefit of the doubt."""
_SCALES = (0.75, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0)


@dataclass(frozen=True)
class Calibration:
    """Turns scores into probabilities."""

    scale: float = 2.0
    """Factor on the log probability of the text model before clues are added."""
    offset: float = -1.2
    slope: float = 0.75
    """Probability that the best label is right: sigmoid(offset + slope * gap to the runner-up)."""
    precision: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Per label among unseen samples: how often it was said with at least 0.9, and how often that was right."""
    thresholds: dict[str, float] = field(default_factory=dict)
    """Per label the probability above which what was said of unseen samples was right; only where it is over 0.92."""
    accuracy: float = 0.0
    """Share of unseen samples with the right label."""
    measured: int = 0

    def probability(self, gap: float) -> float:
        """Probability that the best label is right, from its gap to the runner-up."""
        return float(1.0 / (1.0 + np.exp(-(self.offset + self.slope * gap))))

    def threshold(self, label: str) -> float:
        """The probability from which a label may be filed by itself; more than 1 for one that is never to be."""
        return self.thresholds.get(label, STRONG)

    def as_json(self) -> dict[str, Any]:
        """A value for JSON."""
        return {
            "scale": self.scale,
            "offset": self.offset,
            "slope": self.slope,
            "precision": {label: list(pair) for label, pair in self.precision.items()},
            "thresholds": self.thresholds,
            "accuracy": self.accuracy,
            "measured": self.measured,
        }

    @classmethod
    def from_json(cls, table: dict[str, Any]) -> Calibration:
        """What :meth:`as_json` gave."""
        precision = {str(label): (int(pair[0]), int(pair[1])) for label, pair in table["precision"].items()}
        return cls(
            float(table["scale"]),
            float(table["offset"]),
            float(table["slope"]),
            precision,
            {str(label): float(value) for label, value in table["thresholds"].items()},
            float(table["accuracy"]),
            int(table["measured"]),
        )


def type_clues(texts: str, registers: Registers, labels: Sequence[str]) -> Floats:
    """Sum of the phrase clues per label."""
    lines = [Line(1, index, line, index / 45, 0.1) for index, line in enumerate(texts.split("\n")) if line.strip()]
    found = phrases.clues(lines, registers) if lines else {}
    totals = {key: sum(reason.weight for reason in reasons) for key, reasons in found.items()}
    return np.array([totals.get(label.partition("|")[0], 0.0) for label in labels], dtype=np.float32)


def measure(
    kernel: Floats,
    targets: Whole,
    labels: Sequence[str],
    weights: Floats,
    texts: Sequence[str],
    registers: Registers,
) -> Calibration:
    """Cross-validate in four parts and fit the calibration; the default where there are too few samples.

    Args:
        kernel: inner products of the samples' texts and, after them, the registers' (which are always learned from).
        targets: index of the label per row.
        labels: all labels.
        weights: how much each row counts.
        texts: of the samples only.
        registers: for the phrases.
    """
    count = len(texts)
    if count < _ENOUGH:
        return Calibration()
    groups = _alike(kernel[:count, :count])
    fold = np.array([group % _FOLDS for group in groups])
    scores = np.zeros((count, len(labels)), dtype=np.float32)
    for part in range(_FOLDS):
        held = np.flatnonzero(fold == part)
        seen = np.concatenate([np.flatnonzero(fold != part), np.arange(count, len(targets))])
        part_kernel = kernel[np.ix_(seen, seen)]
        part_kernel += 1.0
        dual = solve(part_kernel, targets[seen], len(labels), weights[seen])
        scores[held] = log_softmax(((kernel[np.ix_(held, seen)] + 1.0) @ dual).astype(np.float32))
    clues = np.stack([type_clues(text, registers, labels) for text in texts])
    return _fit(scores, clues, targets[:count], labels)


def _alike(kernel: Floats) -> list[int]:
    """Number of the group of near-duplicates of each sample (two halves of length one: the most is 2)."""
    size = len(kernel)
    parent = list(range(size))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    scale = np.sqrt(np.clip(np.diag(kernel), 1e-6, None))
    for row in range(size):
        likeness = kernel[row, :row] / (scale[row] * scale[:row])
        for other in np.flatnonzero(likeness > _ALIKE):
            parent[root(int(other))] = root(row)
    order: dict[int, int] = {}
    return [order.setdefault(root(index), len(order)) for index in range(size)]


def _fit(scores: Floats, clues: Floats, targets: Whole, labels: Sequence[str]) -> Calibration:
    rows = np.arange(len(targets))
    loss = {scale: -float(log_softmax(scale * scores + clues)[rows, targets].mean()) for scale in _SCALES}
    scale = min(loss, key=lambda key: loss[key])
    total = scale * scores + clues
    best = total.argmax(axis=1)
    right = best == targets
    top = np.sort(total, axis=1)[:, -2:]
    offset, slope = _platt(top[:, 1] - top[:, 0], right)
    fitted = Calibration(scale, offset, slope)
    said: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for index, label in enumerate(best):
        chance = fitted.probability(float(top[index, 1] - top[index, 0]))
        said[labels[int(label)]].append((chance, bool(right[index])))
    sure = {label: [good for chance, good in rows if chance >= 0.9] for label, rows in sorted(said.items())}
    return Calibration(
        scale,
        offset,
        slope,
        {label: (len(rows), sum(rows)) for label, rows in sure.items() if rows},
        {label: value for label, rows in sorted(said.items()) if (value := _threshold(rows)) > STRONG},
        float(right.mean()),
        len(targets),
    )


def _threshold(rows: Sequence[tuple[float, bool]]) -> float:
    """The least probability, not under ``STRONG``, above which nearly all were right; over 1 where it never was so."""
    steps = sorted({STRONG, *(chance for chance, good in rows if not good and chance >= STRONG)})
    for step in steps:
        above = [good for chance, good in rows if (chance > step if step > STRONG else chance >= step)]
        if (sum(above) + _BENEFIT) / (len(above) + _BENEFIT) >= _PRECISE:
            return round(step + 1e-6, 6) if step > STRONG else STRONG
    return _NEVER


def _platt(gaps: Floats, right: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Fit sigmoid(offset + slope * gap) by Newton steps; the targets are drawn in a little, as Platt does."""
    good, bad = int(right.sum()), int((~right).sum())
    wanted = np.where(right, (good + 1) / (good + 2), 1 / (bad + 2))
    basis = np.stack([np.ones(len(gaps)), gaps.astype(np.float64)], axis=1)
    values = np.zeros(2)
    for _ in range(30):
        chance = 1 / (1 + np.exp(-(basis @ values)))
        slope = basis.T @ (chance - wanted) + 1e-3 * values
        curve = (basis * (chance * (1 - chance))[:, None]).T @ basis + 1e-3 * np.eye(2)
        step = np.linalg.solve(curve, slope)
        values -= step
        if float(np.abs(step).max()) < 1e-6:
            break
    return round(float(values[0]), 6), round(max(float(values[1]), 0.05), 6)
