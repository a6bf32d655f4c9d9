"""Forms of picture files that Pillow does not read, and frames that are no pages: told from their headers."""

from __future__ import annotations

import struct
from pathlib import Path

from PIL import Image

from mailroom.custody import tiffchain

_HEAD = 1 << 20
_PLAIN_JPEG = (0xC0, 0xC1, 0xC2)
"""Baseline, extended and progressive (ITU-T T.81, table B.1); of these the ones with 8 bits a sample are read."""
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_WITHOUT_LENGTH = frozenset((0x01, *range(0xD0, 0xD9)))
_SUBFILE, _COMPRESSION = 254, 259
_REDUCED = 1
_RARE_COMPRESSIONS = {
    6: "JPEG of the old kind",
    33003: "JPEG 2000",
    33005: "JPEG 2000",
    34661: "JBIG",
    34712: "JPEG 2000",
    34887: "LERC",
    34892: "DNG JPEG",
    50001: "WebP",
    50002: "JPEG XL",
    52546: "JPEG XL",
}


def is_reduced(frame: Image.Image) -> bool:
    """Whether a frame of a TIFF says that it is a smaller copy of another (TIFF 6.0, NewSubfileType, bit 0)."""
    said = getattr(frame, "tag_v2", {}).get(_SUBFILE, 0)
    return isinstance(said, int) and bool(said & _REDUCED)


def rare_form(path: Path, kind: str) -> str:
    """What makes a JPEG or TIFF file of a form that is not read; empty where nothing is known to."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    if kind == "jpeg":
        return _jpeg_form(head)
    return _tiff_form(path) if kind == "tiff" else ""


def _jpeg_form(head: bytes) -> str:
    place = 2
    while place + 9 < len(head) and head[place] == 0xFF:
        marker = head[place + 1]
        if marker in _WITHOUT_LENGTH or marker == 0xFF:
            place += 1 if marker == 0xFF else 2
            continue
        if marker in _FRAMES:
            bits = head[place + 4]
            if marker not in _PLAIN_JPEG:
                return "a JPEG picture packed without loss, or in another rare way"
            return f"a JPEG picture with {bits} bits a sample" if bits != 8 else ""
        place += 2 + struct.unpack_from(">H", head, place + 2)[0]
    return ""


def _tiff_form(path: Path) -> str:
    with path.open("rb") as stream:
        try:
            used = tiffchain.short_value(stream, _COMPRESSION)
        except OSError:  # an offset that no file has
            return ""
    return f"a TIFF picture packed as {_RARE_COMPRESSIONS[used]}" if used in _RARE_COMPRESSIONS else ""
