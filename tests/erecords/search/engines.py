"""An index of each engine for tests, and what may be read out of its files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from erecords.search.engines.parted import PartedIndex
from erecords.search.engines.tantivy_index import TantivyIndex
from erecords.search.engines.whoosh_index import WhooshIndex
from erecords.search.index import Facet, IndexDocument, Rights, Want
from erecords.search.query import parse

ENGINES: dict[str, Any] = {"tantivy": TantivyIndex, "whoosh": WhooshIndex}
ALL = Rights(everything=True)
NOBODY = Rights()
EVERY_FACET = frozenset(Facet)


def made(engine: str, folder: Path, documents: Iterable[IndexDocument] = (), part_size: int = 100) -> PartedIndex[Any]:
    index: PartedIndex[Any] = ENGINES[engine](folder, part_size, anew=True)
    index.rebuild(documents, 0)
    return index


def ids(index: PartedIndex[Any], query: str, rights: Rights = ALL, **want: Any) -> list[str]:
    return [hit.id for hit in index.search(parse(query), rights, Want(**want)).hits]


def raw(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()).lower()
