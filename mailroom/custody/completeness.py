"""Whether a file's structure says that it came to its end, for the intake: no parsing library, a few short reads."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import BinaryIO

_TAIL = 4096
_MAX_FOLDERS = 100_000
_MAX_BOXES = 100_000
_TIFF_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_OFFSETS, _COUNTS = (273, 324), (279, 325)


def is_complete(path: Path) -> bool:
    """Whether the file ends as its kind must end; a kind without such a sign, and an empty file, is complete.

    PDF: ``%%EOF`` after a ``startxref`` near the end. TIFF: each directory of the chain and all strips lie inside
    the file. JPEG: the end marker. PNG: ``IEND``. WebP, GIF: the length they state. HEIC: its boxes fill the file.
    A complete file may still be damaged inside.

    Raises:
        FileNotFoundError: the file vanished.
        OSError: it cannot be read.
    """
    with path.open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        head = stream.read(1024)
        if head[:4] == b"PK\x03\x04":
            return b"PK\x05\x06" in _tail(stream, size, 66_000)
        if b"%PDF-" in head:
            return _pdf_ends(stream, size)
        if head[:4] in (b"II*\0", b"MM\0*"):
            return _tiff_ends(stream, size)
        if head[:3] == b"\xff\xd8\xff":
            return _jpeg_ends(stream, size)
        if head[:8] == b"\x89PNG\r\n\x1a\n":
            return b"IEND\xaeB`\x82" in _tail(stream, size, 1024)
        if head[:4] == b"RIFF" and len(head) >= 8:
            return size >= int.from_bytes(head[4:8], "little") + 8
        if head[:6] in (b"GIF87a", b"GIF89a"):
            return b"\x3b" in _tail(stream, size, 4)
        if head[4:8] == b"ftyp":
            return _boxes_end(stream, size)
    return True


def _tail(stream: BinaryIO, size: int, length: int) -> bytes:
    stream.seek(max(0, size - length))
    return stream.read(length)


def _pdf_ends(stream: BinaryIO, size: int) -> bool:
    tail = _tail(stream, size, _TAIL)
    end = tail.rfind(b"%%EOF")
    if end >= 0 and b"startxref" in tail[:end]:
        return True
    # Something was appended behind the end (a ZIP, a mail footer): look further back, once.
    tail = _tail(stream, size, 64 * _TAIL)
    end = tail.rfind(b"%%EOF")
    return end >= 0 and b"startxref" in tail[:end]


def _jpeg_ends(stream: BinaryIO, size: int) -> bool:
    """The end marker, or what scanners put behind it: padding, or a second picture with its own end marker."""
    tail = _tail(stream, size, _TAIL)
    return tail.rstrip(b"\0\xff\r\n ").endswith(b"\xff\xd9") or tail.rfind(b"\xff\xd9") > tail.rfind(b"\xff\xda")


def _boxes_end(stream: BinaryIO, size: int) -> bool:
    """Whether the boxes of the ISO base media format (ISO/IEC 14496-12, 4.2) end where the file does."""
    place = 0
    for _ in range(_MAX_BOXES):
        if place == size:
            return True
        stream.seek(place)
        head = stream.read(16)
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        if length == 0 and len(head) >= 8:
            return True
        if length < 8 or place + length > size:
            return False
        place += length
    return False


def _tiff_ends(stream: BinaryIO, size: int) -> bool:
    stream.seek(0)
    order = "<" if stream.read(4)[:2] == b"II" else ">"
    seen: set[int] = set()
    offset = _number(stream, order, 4, 4)
    if not offset:
        return False
    while offset and offset not in seen and len(seen) < _MAX_FOLDERS:
        seen.add(offset)
        following = _folder_ends(stream, order, offset, size)
        if following is None:
            return False
        offset = following
    return True


def _number(stream: BinaryIO, order: str, offset: int, width: int) -> int | None:
    stream.seek(offset)
    data = stream.read(width)
    return int.from_bytes(data, "little" if order == "<" else "big") if len(data) == width else None


def _folder_ends(stream: BinaryIO, order: str, offset: int, size: int) -> int | None:
    """Offset of the next directory (0 for none), or None when this one or its strips reach over the file's end."""
    count = _number(stream, order, offset, 2)
    if count is None:
        return None
    table = stream.read(count * 12 + 4)
    if len(table) < count * 12:
        return None
    starts: list[int] = []
    lengths: list[int] = []
    for index in range(count):
        tag, kind, values, place = struct.unpack_from(order + "HHII", table, index * 12)
        if tag in _OFFSETS + _COUNTS and kind in (3, 4):
            found = _values(stream, order, kind, values, place, table[index * 12 + 8 : index * 12 + 12])
            if found is None:
                return None
            (starts if tag in _OFFSETS else lengths).extend(found)
        elif values * _TIFF_SIZES.get(kind, 1) > 4 and place + values * _TIFF_SIZES.get(kind, 1) > size:
            return None
    if any(start + length > size for start, length in zip(starts, lengths, strict=False)):
        return None
    if any(start >= size for start in starts):
        return None
    tail = table[count * 12 :]
    return int(struct.unpack(order + "I", tail)[0]) if len(tail) == 4 else 0


def _values(stream: BinaryIO, order: str, kind: int, values: int, place: int, field: bytes) -> tuple[int, ...] | None:
    code, width = ("H", 2) if kind == 3 else ("I", 4)
    if values > 1_000_000:
        return None
    if values * width <= 4:
        data = field[: values * width]
    else:
        stream.seek(place)
        data = stream.read(values * width)
    return struct.unpack(f"{order}{values}{code}", data) if len(data) == values * width else None
