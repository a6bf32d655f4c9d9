"""A linear text model in numpy: logistic regression over words and pieces of words, trained in seconds.

Training is deterministic: the same samples in any order give the same model on the same machine. It is solved in
the space of samples (kernel form) with a fixed bound on the curvature, so that each step is one matrix product.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from mailroom.classifiers import text as texts

Floats = npt.NDArray[np.float32]
_CHUNK = 1024
_FEW = 16
"""Features of at most so many samples are most of them; to multiply them as a whole takes thirty times as long."""
_REGULAR = 1.0 / 30.0
_CURVATURE = 0.5
"""No class's log-odds curve more (D. Böhning, 1992): so each step goes down, however many samples there are."""
_STEPS = 80
_WHOLE = 200
"""Rows of half a matrix below which it is inverted in one piece."""


@dataclass(frozen=True)
class TextModel:
    """Weights per feature and label."""

    labels: tuple[str, ...]
    vocabulary: dict[str, int]
    idf: Floats
    weights: Floats
    """Features by labels."""
    bias: Floats

    def scores(self, text: str) -> Floats:
        """Log probability per label, in the order of ``labels``."""
        raw = self.bias.copy()
        index, values = self._vector(text)
        if len(index):
            raw += values @ self.weights[index]
        row: Floats = log_softmax(raw[None, :])[0]
        return row

    def by_words(self, text: str) -> Floats:
        """What whole words and pairs alone say per label, as strongly as all of the text; only differences count.

        Pieces of words make letters in unknown words look like what they are not; where both agree it is no chance.
        """
        index, values = self._vector(text)
        whole = ~self._pieces[index]
        said: Floats = 2.0 * (values[whole] @ self.weights[index[whole]])
        return said

    @cached_property
    def _pieces(self) -> npt.NDArray[np.bool_]:
        return np.fromiter((name[0] == "c" for name in self.vocabulary), dtype=bool, count=len(self.vocabulary))

    def telling_words(self, text: str, label: str, count: int = 4) -> list[tuple[str, float]]:
        """The words of a text that speak most for a label, with their weight against the mean of all labels."""
        column = self.labels.index(label)
        index, values = self._vector(text)
        share = dict(zip(index.tolist(), values.tolist(), strict=True))
        by_word: dict[str, float] = {}
        for word, names in texts.features(text):
            total = 0.0
            for name in names:
                place = self.vocabulary.get(name)
                if place is not None and place in share:
                    row = self.weights[place]
                    total += share[place] * float(row[column] - row.mean())
            if total > by_word.get(word, 0.0):
                by_word[word] = total
        return sorted(by_word.items(), key=lambda item: -item[1])[:count]

    def familiar(self, text: str) -> tuple[int, int]:
        """How many different words of a text the model has seen, and how many there are."""
        stems = {names[0] for _, names in texts.features(text)}
        return len(stems & self.vocabulary.keys()), len(stems)

    def _vector(self, text: str) -> tuple[npt.NDArray[np.int64], Floats]:
        return vector(text, self.vocabulary, self.idf)


def log_softmax(raw: Floats) -> Floats:
    """Log of the softmax of each row."""
    top = raw.max(axis=1, keepdims=True)
    result: Floats = raw - top - np.log(np.exp(raw - top).sum(axis=1, keepdims=True))
    return result


def vector(text: str, vocabulary: dict[str, int], idf: Floats) -> tuple[npt.NDArray[np.int64], Floats]:
    """Indexes and values of a text; words with pairs, and pieces, are each of length one."""
    counts: Counter[int] = Counter()
    pieces: set[int] = set()
    for _, names in texts.features(text):
        for name in names:
            place = vocabulary.get(name)
            if place is not None:
                counts[place] += 1
                if name[0] == "c":
                    pieces.add(place)
    index = np.fromiter(sorted(counts), dtype=np.int64, count=len(counts))
    values = np.array([1.0 + np.log(counts[int(place)]) for place in index], dtype=np.float32) * idf[index]
    is_piece = np.fromiter((int(place) in pieces for place in index), dtype=bool, count=len(index))
    for group in (is_piece, ~is_piece):
        norm = float(np.linalg.norm(values[group]))
        if norm:
            values[group] /= norm
    return index, values


@dataclass(frozen=True)
class _Matrix:
    """Sparse rows over a vocabulary."""

    rows: list[tuple[npt.NDArray[np.int64], Floats]]
    vocabulary: dict[str, int]
    idf: Floats

    def kernel(self) -> Floats:
        """Inner products of all rows: what many rows have is multiplied as a whole, what few have pair by pair."""
        size = len(self.rows)
        row = np.repeat(np.arange(size, dtype=np.int32), [len(index) for index, _ in self.rows])
        place = np.concatenate([index.astype(np.int32) for index, _ in self.rows])
        value = np.concatenate([values for _, values in self.rows])
        shared = np.bincount(place, minlength=len(self.vocabulary))
        total = np.zeros((size, size), dtype=np.float32)
        frequent = np.flatnonzero(shared > _FEW)
        for first in range(0, len(frequent), _CHUNK):
            column = np.full(len(self.vocabulary), -1)
            chosen = frequent[first : first + _CHUNK]
            column[chosen] = np.arange(len(chosen))
            there = column[place] >= 0
            block = np.zeros((size, len(chosen)), dtype=np.float32)
            block[row[there], column[place[there]]] = value[there]
            total += block @ block.T
        count = shared[place].astype(np.int32)
        for few in range(1, _FEW + 1):
            found = np.flatnonzero(count == few)
            found = found[np.argsort(place[found], kind="stable")]
            rows, values = row[found].reshape(-1, few), value[found].reshape(-1, few)
            for left in range(few):
                for right in range(few):
                    np.add.at(total, (rows[:, left], rows[:, right]), values[:, left] * values[:, right])
        return total

    def project(self, dual: Floats) -> Floats:
        """Weights per feature of weights per sample."""
        result = np.zeros((len(self.vocabulary), dual.shape[1]), dtype=np.float32)
        for (index, values), weights in zip(self.rows, dual, strict=True):
            result[index] += values[:, None] * weights
        return result


def matrix(samples: Sequence[str], min_samples: int = 1) -> _Matrix:
    """Vocabulary and rows of all samples."""
    seen: Counter[str] = Counter()
    for sample in samples:
        seen.update({name for _, names in texts.features(sample) for name in names})
    names = sorted(name for name, count in seen.items() if count >= min_samples)
    vocabulary = {name: index for index, name in enumerate(names)}
    idf = np.array([np.log((1 + len(samples)) / (1 + seen[name])) + 1 for name in names], dtype=np.float32)
    return _Matrix([vector(sample, vocabulary, idf) for sample in samples], vocabulary, idf)


def solve(kernel: Floats, targets: npt.NDArray[np.int64], labels: int, weights: Floats) -> Floats:
    """Weights per sample of the logistic regression; the constant is part of the kernel.

    Args:
        kernel: inner products of the samples, plus one.
        targets: index of the label of each sample.
        labels: how many there are.
        weights: how much each sample counts, about 1.0.
    """
    size = len(targets)
    truth = np.zeros((size, labels), dtype=np.float32)
    truth[np.arange(size), targets] = 1.0
    ridge = (_REGULAR / weights).astype(np.float32)
    curve = kernel - np.float32(1)  # the constant, far greater than all else, is put back below
    curve *= np.float32(_CURVATURE)
    curve[np.diag_indices(size)] += ridge
    inverse = _inverted(curve)
    constant = inverse.sum(axis=1)
    constant_share = np.float32(_CURVATURE) / (1 + np.float32(_CURVATURE) * constant.sum())
    now = np.zeros_like(truth)
    before = now
    momentum = 1.0
    for _ in range(_STEPS):
        following = (1 + math.sqrt(1 + 4 * momentum * momentum)) / 2
        ahead = now + np.float32((momentum - 1) / following) * (now - before)
        chance = np.exp(log_softmax((kernel @ ahead).astype(np.float32)))
        slope = chance - truth + ridge[:, None] * ahead
        step = inverse @ slope
        step -= constant[:, None] * (constant_share * step.sum(axis=0))
        before, now, momentum = now, (ahead - step).astype(np.float32), following
        if float(np.abs(slope).max()) < 2e-3:
            break
    return now


def _inverted(matrix: Floats) -> Floats:
    """The inverse of a symmetric positive matrix, written in its place by quarters: it takes little room beside it.

    The quarters are worked out in double precision: many letters alike would leave nothing true of single numbers. (In
    quarters of quarters nothing would be true again.)
    """
    half = len(matrix) // 2
    if half < _WHOLE:
        matrix[:] = np.linalg.inv(matrix.astype(np.float64))
        return matrix
    below = matrix[half:, :half].astype(np.float64)
    first = np.linalg.inv(matrix[:half, :half].astype(np.float64))
    across = first @ below.T
    last = matrix[half:, half:].astype(np.float64)
    last -= below @ across
    del below
    rest = np.linalg.inv(last)
    del last
    matrix[half:, half:] = rest
    beside = across @ rest
    del rest
    matrix[:half, half:] = -beside
    matrix[half:, :half] = matrix[:half, half:].T
    first += beside @ across.T
    matrix[:half, :half] = first
    return matrix


def train(
    rows: _Matrix, kernel: Floats, targets: npt.NDArray[np.int64], labels: tuple[str, ...], weights: Floats
) -> TextModel:
    """The model of all samples; the constant is added to ``kernel``, which is of no more use."""
    kernel += 1.0
    dual = solve(kernel, targets, len(labels), weights)
    return TextModel(labels, rows.vocabulary, rows.idf, rows.project(dual), dual.sum(axis=0))
