"""A new index beside the one in use: its parts are written in a folder of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic, TypeVar

from erecords.search.engines.parts import Part, group_of
from erecords.search.engines.record import Record, record
from erecords.search.index import IndexDocument

OPEN_AT_ONCE = 3
"""So many parts are written at once: each costs some 40 MB of memory."""

P = TypeVar("P", bound=Part)


class Building(Generic[P]):
    """The parts of the new index. Few are open for writing at once, so the order of the entries costs no memory.

    It is fastest when entries of one closing year come near each other, as they do in the order of their arrival.
    """

    def __init__(self, folder: Path, part_size: int, open_part: Callable[[Path, bool], P]) -> None:
        """Build in an empty folder; ``open_part`` makes a part (if told so) or opens it, for many entries."""
        self._folder = folder
        self._part_size = part_size
        self._open_part = open_part
        self._open: dict[Path, P] = {}
        self._filling: dict[str, Path] = {}
        self._held: dict[Path, int] = {}
        self._groups: dict[Path, str] = {}

    def add(self, documents: Sequence[IndexDocument]) -> None:
        """Add entries."""
        by_group: dict[str, list[Record]] = {}
        for document in documents:
            by_group.setdefault(group_of(document), []).append(record(document))
        for group, records in by_group.items():
            while records:
                path = self._with_room(group)
                room = self._part_size - self._held[path]
                self._opened(path).write([], records[:room])
                self._held[path] += len(records[:room])
                records = records[room:]

    def finish(self) -> list[tuple[str, Path]]:
        """End writing; the parts, each with its group."""
        while self._open:
            self._close_one()
        return [(group, path) for path, group in self._groups.items()]

    def _with_room(self, group: str) -> Path:
        path = self._filling.get(group)
        if path is None or self._held[path] >= self._part_size:
            path = self._filling[group] = self._folder / str(len(self._groups))
            self._groups[path] = group
            self._held[path] = 0
        return path

    def _opened(self, path: Path) -> P:
        """The part, the last used of those that are open."""
        part = self._open.pop(path, None)
        if part is None:
            while len(self._open) >= OPEN_AT_ONCE:
                self._close_one()
            part = self._open_part(path, self._held[path] == 0)
        self._open[path] = part
        return part

    def _close_one(self) -> None:
        self._open.pop(next(iter(self._open))).finish()
