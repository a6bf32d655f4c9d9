"""The algebra of the text model."""

from __future__ import annotations

import numpy as np
import pytest

from mailroom.classifiers.model import _inverted


@pytest.mark.parametrize("size", [1, 7, 399, 400, 801])
def test_inverse_by_quarters_is_the_inverse(size: int) -> None:
    rows = np.random.default_rng(size).normal(size=(size, 40)).astype(np.float32)
    matrix = (rows @ rows.T / 40 + np.eye(size)).astype(np.float32)
    inverse = _inverted(matrix.copy())
    assert np.allclose(inverse @ matrix, np.eye(size), atol=1e-3)
    assert np.allclose(inverse, inverse.T, atol=1e-4)
