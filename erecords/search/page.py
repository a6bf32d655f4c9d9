"""A page of hits as it is shown: what the records say of each, within the rights once more, and the best passage."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from erecords.errors import StoreDamaged
from erecords.search.index import OPEN_PROTECTION, Hit, Kind, Rights
from erecords.search.shelf import Rows, Shelf, Shown
from erecords.search.snippets import Snippet, snippet
from erecords.search.tree import Node
from erecords.store.blobs import BlobStore
from erecords.store.lifecycle import RenditionKind

_DOCUMENTS = """
    SELECT d.id, d.title, c.reference, c.class_notation, d.date, d.type, d.sender, d.letter, c.state, c.unit,
    p.protection FROM document d JOIN case_file c ON c.id = d.case_id
    JOIN plan_class p ON p.notation = c.class_notation WHERE d.id IN ({marks})
"""
_CASES = """
    SELECT c.id, c.title, c.reference, c.class_notation, c.opened, '', '', '', c.state, c.unit, p.protection, c.key
    FROM case_file c JOIN plan_class p ON p.notation = c.class_notation WHERE c.id IN ({marks})
"""
_COPIES = "SELECT document_id, unit FROM document_copy WHERE document_id IN ({marks})"
_TEXTS = """
    SELECT v.document_id, r.sha512 FROM document_version v JOIN rendition r ON r.version_id = v.id
    WHERE v.document_id IN ({marks}) AND r.kind = ?
    AND v.number = (SELECT max(number) FROM document_version WHERE document_id = v.document_id)
"""


@dataclass(frozen=True, slots=True)
class Found:
    """A hit as it is shown."""

    kind: Kind
    shown: Shown
    score: float
    snippet: Snippet


@dataclass(frozen=True)
class Reader:
    """Reads what is shown of hits with plain SELECTs, within the rights of one person."""

    home: Path
    rights: Rights
    rows: Rows
    shelves: Callable[[], Sequence[Shelf]]
    """Loaded only when something of theirs was found."""

    def page(self, hits: Sequence[Hit], tree: Node) -> list[Found]:
        """The hits with what is shown of them; what the actor may not see, or was removed meanwhile, is left out."""
        known = self.shown(hit.id for hit in hits)
        found = []
        for hit in hits:
            shown = known.get(hit.id)
            if shown is not None:
                kind = Kind(hit.id.partition(":")[0])
                found.append(Found(kind, shown, round(hit.score, 4), snippet(shown.text, tree)))
        return found

    def shown(self, ids: Iterable[str], *, texts: bool = True) -> dict[str, Shown]:
        """What is shown of these entries, by id; what may not be seen is left out."""
        keys: dict[Kind, list[str]] = {}
        for id in ids:
            kind, _, key = id.partition(":")
            keys.setdefault(Kind(kind), []).append(key)
        found: dict[str, Shown] = {}
        for kind, wanted in keys.items():
            found |= {f"{kind}:{key}": shown for key, shown in self._of_kind(kind, wanted, texts).items()}
        return found

    def _of_kind(self, kind: Kind, keys: list[str], texts: bool) -> Mapping[str, Shown]:
        if kind is Kind.DOCUMENT:
            return self._documents([int(key) for key in keys], texts)
        if kind is Kind.CASE:
            rows = self._visible(_CASES, [int(key) for key in keys])
            return {str(row[0]): _shown(row, None, row[11]) for row in rows}
        shelf = next((one for one in self.shelves() if one.kind is kind), None)
        return shelf.shown(self.rows, keys, self.rights) if shelf else {}

    def _documents(self, numbers: list[int], texts: bool) -> dict[str, Shown]:
        rows = self._visible(_DOCUMENTS, numbers, self._copied(numbers))
        read = self._texts([row[0] for row in rows]) if texts else {}
        return {str(row[0]): _shown(row, row[0], read.get(row[0], "")) for row in rows}

    def _visible(self, query: str, numbers: list[int], copied: Set[int] = frozenset()) -> list[Any]:
        return [row for row in self._select(query, numbers) if row[0] in copied or self._sees(row[9], row[10])]

    def _copied(self, numbers: list[int]) -> set[int]:
        """Those of these documents of which a copy went to a unit of the actor."""
        return {number for number, unit in self._select(_COPIES, numbers) if unit in self.rights.units}

    def _sees(self, unit: str, protection: str) -> bool:
        return self.rights.everything or protection == OPEN_PROTECTION or unit in self.rights.units

    def _texts(self, numbers: list[int]) -> dict[int, str]:
        blobs = BlobStore(self.home / "store")
        found = {}
        for number, digest in self._select(_TEXTS, numbers, RenditionKind.TEXT.value):
            try:
                found[number] = blobs.read(digest).decode("utf-8", errors="replace")
            except StoreDamaged:
                continue  # the hit is shown without a passage; ``erecords check`` reports the damage
        return found

    def _select(self, query: str, numbers: list[int], *more: str) -> list[Any]:
        if not numbers:
            return []
        return self.rows(query.replace("{marks}", ", ".join("?" * len(numbers))), [*numbers, *more])


def _shown(row: Any, document: int | None, text: str) -> Shown:
    return Shown(
        document=document,
        title=row[1],
        case=row[2],
        class_notation=row[3],
        date=str(row[4]) if row[4] else None,
        type=row[5],
        sender=row[6],
        entry=row[7] or "",
        state=row[8],
        text=text,
    )
