"""Whether a file's structure says that it came to its end, for the intake: no parsing library, a few short reads."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from mailroom.custody import tiffchain

_TAIL = 4096
_MAX_BOXES = 100_000


def is_complete(path: Path) -> bool:
    """Whether the file ends as its kind must end; a kind without such a sign, and an empty file, is complete.

    PDF: ``%%EOF`` after a ``startxref`` near the end. TIFF: each directory of the chain and all strips lie inside
    the file. JPEG: the end marker. PNG: ``IEND``. WebP, GIF, BMP: the length they
    state. HEIC, AVIF: the boxes fill the file. A complete file may still be damaged inside.

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
        if head[:4] in tiffchain.STARTS:
            return tiffchain.ends(stream, size)
        if head[:3] == b"\xff\xd8\xff":
            return _jpeg_ends(stream, size)
        if head[:8] == b"\x89PNG\r\n\x1a\n":
            return b"IEND\xaeB`\x82" in _tail(stream, size, 1024)
        if head[:4] == b"RIFF" and len(head) >= 8:
            return size >= int.from_bytes(head[4:8], "little") + 8
        if head[:2] == b"BM" and head[6:10] == bytes(4):
            return size >= int.from_bytes(head[2:6], "little")
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
