"""The algebra of the text model."""

from __future__ import annotations

import numpy as np
import pytest

from mailroom.classifiers.model import _inverted, log_softmax, matrix, solve


@pytest.mark.parametrize("size", [1, 7, 399, 400, 801])
def test_inverse_by_quarters_is_the_inverse(size: int) -> None:
    rows = np.random.default_rng(size).normal(size=(size, 40)).astype(np.float32)
    matrix = (rows @ rows.T / 40 + np.eye(size)).astype(np.float32)
    inverse = _inverted(matrix.copy())
    assert np.allclose(inverse @ matrix, np.eye(size), atol=1e-3)
    assert np.allclose(inverse, inverse.T, atol=1e-4)


def test_the_kernel_is_the_inner_product_of_all_rows() -> None:
    texts = ["Der Hund bellt.", "Der Hund und die Steuer", "Die Steuer für den Hund", "Ein Baum", *["Der Baum"] * 20]
    rows = matrix(texts)
    dense = np.zeros((len(texts), len(rows.vocabulary)), dtype=np.float32)
    for row, (index, values) in zip(dense, rows.rows, strict=True):
        row[index] = values
    assert np.allclose(rows.kernel(), dense @ dense.T, atol=1e-5)
    assert np.allclose(rows.project(dense[:, :3]), dense.T @ dense[:, :3], atol=1e-4)


@pytest.mark.parametrize("size", [200, 1500, 3000])
def test_learning_ends_at_the_best_weights_whatever_counts_how_much(size: int) -> None:
    chance = np.random.default_rng(size)
    targets = chance.integers(0, 8, size)
    points = chance.normal(size=(size, 60)).astype(np.float32) * 0.1
    points[:, :8] += np.eye(8, dtype=np.float32)[targets]
    kernel = (points @ points.T + 1).astype(np.float32)
    weights = np.where(np.arange(size) < size * 0.8, 1.0, 0.6).astype(np.float32)
    dual = solve(kernel, targets, 8, weights)
    truth = np.eye(8, dtype=np.float32)[targets]
    slope = np.exp(log_softmax(kernel @ dual)) - truth + dual / 30 / weights[:, None]
    assert np.abs(slope).max() < 0.01
