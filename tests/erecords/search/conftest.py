"""Every test of an engine runs on each."""

from __future__ import annotations

import pytest

from tests.erecords.search.engines import ENGINES


@pytest.fixture(params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)
