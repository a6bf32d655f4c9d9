"""Whether all directories and strips of a TIFF lie inside the file: TIFF 6.0, and BigTIFF with its wider numbers."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_MAX_FOLDERS = 100_000
_MAX_ENTRIES = 65_535
_MAX_VALUES = 1_000_000
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_CODES = {3: "H", 4: "I", 16: "Q"}
_OFFSETS, _COUNTS = (273, 324), (279, 325)


@dataclass(frozen=True, slots=True)
class _Layout:
    """How wide the numbers of a file are."""

    order: str
    count: int
    """Bytes of the number of entries of a directory."""
    offset: int
    """Bytes of an offset, of the number of values, and of the values that stand in the entry itself."""

    @property
    def entry(self) -> int:
        return 4 + 2 * self.offset

    def number(self, data: bytes) -> int:
        return int.from_bytes(data, "little" if self.order == "<" else "big")


def ends(stream: BinaryIO, size: int) -> bool:
    """Whether the chain of directories and all that they name lie inside the file; a chain in a circle ends there."""
    layout, offset = _start(stream)
    if not offset:
        return False
    seen: set[int] = set()
    while offset and offset not in seen and len(seen) < _MAX_FOLDERS:
        seen.add(offset)
        following = _folder(stream, layout, offset, size)
        if following is None:
            return False
        offset = following
    return True


def short_value(stream: BinaryIO, tag: int) -> int | None:
    """A number of 16 bits that the first directory states under a tag; None where it does not."""
    layout, offset = _start(stream)
    stream.seek(offset)
    count = min(layout.number(stream.read(layout.count)), _MAX_ENTRIES)
    for _ in range(count):
        entry = stream.read(layout.entry)
        if len(entry) == layout.entry and struct.unpack_from(f"{layout.order}HH", entry) == (tag, 3):
            return layout.number(entry[4 + layout.offset : 6 + layout.offset])
    return None


def _start(stream: BinaryIO) -> tuple[_Layout, int]:
    """How the file writes its numbers, and where its first directory lies; 0 for nowhere."""
    stream.seek(0)
    head = stream.read(16)
    order = "<" if head[:2] == b"II" else ">"
    big = b"+" in head[2:4]
    layout = _Layout(order, 8, 8) if big else _Layout(order, 2, 4)
    return layout, layout.number(head[8:16] if big else head[4:8])


def _folder(stream: BinaryIO, layout: _Layout, offset: int, size: int) -> int | None:
    """Offset of the next directory (0 for none), or None when this one or its strips reach over the file's end."""
    if offset >= size:
        return None
    stream.seek(offset)
    said = stream.read(layout.count)
    count = layout.number(said)
    if len(said) < layout.count or count > _MAX_ENTRIES:
        return None
    table = stream.read(count * layout.entry + layout.offset)
    if len(table) < count * layout.entry:
        return None
    starts: list[int] = []
    lengths: list[int] = []
    for place in range(0, count * layout.entry, layout.entry):
        tag, kind = struct.unpack_from(f"{layout.order}HH", table, place)
        values = layout.number(table[place + 4 : place + 4 + layout.offset])
        field = table[place + 4 + layout.offset : place + layout.entry]
        if tag in _OFFSETS + _COUNTS and kind in _CODES:
            found = _values(stream, layout, kind, values, field)
            if found is None:
                return None
            (starts if tag in _OFFSETS else lengths).extend(found)
        elif (
            values * _SIZES.get(kind, 1) > layout.offset and layout.number(field) + values * _SIZES.get(kind, 1) > size
        ):
            return None
    if any(start + length > size for start, length in zip(starts, lengths, strict=False)):
        return None
    if any(start >= size for start in starts):
        return None
    tail = table[count * layout.entry :]
    return layout.number(tail) if len(tail) == layout.offset else 0


def _values(stream: BinaryIO, layout: _Layout, kind: int, values: int, field: bytes) -> tuple[int, ...] | None:
    width = _SIZES[kind]
    if values > _MAX_VALUES:
        return None
    if values * width <= layout.offset:
        data = field[: values * width]
    else:
        try:
            stream.seek(layout.number(field))
        except OSError:  # an offset that no file has
            return None
        data = stream.read(values * width)
    return struct.unpack(f"{layout.order}{values}{_CODES[kind]}", data) if len(data) == values * width else None
