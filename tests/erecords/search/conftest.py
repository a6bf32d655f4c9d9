"""Both engines, for the tests of search."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from erecords.search.index import IndexDocument
from erecords.search.parted import PartedIndex
from erecords.search.tantivy_index import TantivyIndex
from erecords.search.whoosh_index import WhooshIndex

ENGINES = {"tantivy": TantivyIndex, "whoosh": WhooshIndex}
Made = Callable[..., PartedIndex[Any]]


def make(engine: str, folder: Path, documents: Iterable[IndexDocument] = (), **more: Any) -> PartedIndex[Any]:
    index = ENGINES[engine](folder, anew=True, **more)
    index.rebuild(documents, 0)
    return index


@pytest.fixture(params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)
