"""Bytes of plain text as lines: which alphabet they are in, folded lines, and files written into the text."""

from __future__ import annotations

import binascii
import re

_UU_BEGIN = re.compile(r"begin [0-7]{3,4} (\S.{0,254})")
_UU_END = "end"
_SIGNATURE = "-- "


def utf16_of(data: bytes) -> str:
    """Name of the UTF-16 codec in which a text is written, or empty."""
    if data[:2] == b"\xff\xfe":
        return "utf-16"
    if data[:2] == b"\xfe\xff":
        return "utf-16"
    even, odd = data[0:64:2], data[1:64:2]
    if len(odd) >= 8 and not any(odd) and all(even):
        return "utf-16-le"
    if len(odd) >= 8 and not any(even) and all(odd):
        return "utf-16-be"
    return ""


def plain_bytes(data: bytes) -> bytes:
    """A text as UTF-8 where it was UTF-16, else as it is, without a byte order mark."""
    codec = utf16_of(data)
    if codec:
        return data[: len(data) // 2 * 2].decode(codec, "replace").lstrip("\ufeff").encode("utf-8", "replace")
    return data.removeprefix(b"\xef\xbb\xbf")


def decoded(data: bytes) -> str:
    """Bytes of a text of unknown alphabet: UTF-16, UTF-8, else Windows-1252."""
    data = plain_bytes(data)
    try:
        return lines(data.decode("utf-8"))
    except UnicodeDecodeError:
        return lines(data.decode("cp1252", "replace"))


def lines(text: str) -> str:
    """A text whose lines all end in one line feed."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")


def unflowed(text: str, deletes_space: bool) -> str:
    """Paragraphs of a text whose lines were folded for sending; a line that ends in a space goes on (RFC 3676).

    Args:
        text: Lines as they were sent.
        deletes_space: Whether that space was added by the folding (``delsp=yes``).
    """
    paragraphs: list[str] = []
    depth, goes_on = 0, False
    for line in text.split("\n"):
        rest = line.lstrip(">")
        quoted = len(line) - len(rest)
        rest = rest.removeprefix(" ")
        flowed = rest.endswith(" ") and rest != _SIGNATURE
        shown = rest[:-1] if flowed and deletes_space else rest
        if goes_on and quoted == depth and rest != _SIGNATURE:
            paragraphs[-1] += shown
        else:
            paragraphs.append(("> " * quoted if rest else ">" * quoted) + shown)
        depth, goes_on = quoted, flowed
    return "\n".join(paragraphs)


def without_uuencoded(text: str) -> tuple[str, list[tuple[str, bytes]]]:
    """A text without the files that old programs write into it (uuencode), and these files by name.

    What begins like such a file and cannot be read stays in the text.
    """
    if "begin " not in text:
        return text, []
    kept: list[str] = []
    files: list[tuple[str, bytes]] = []
    rest = text.split("\n")
    place = 0
    while place < len(rest):
        begins = _UU_BEGIN.fullmatch(rest[place])
        found = _uuencoded(rest, place + 1) if begins else None
        if begins is None or found is None:
            kept.append(rest[place])
            place += 1
            continue
        data, place = found
        files.append((begins[1].strip(), data))
    return "\n".join(kept), files


def _uuencoded(rest: list[str], start: int) -> tuple[bytes, int] | None:
    """The bytes of a file whose first line is ``start``, and the line behind its end; None where it is none."""
    data = bytearray()
    for place in range(start, len(rest)):
        line = rest[place]
        if line == _UU_END:
            return bytes(data), place + 1
        try:
            data += binascii.a2b_uu(line)
        except (binascii.Error, ValueError):
            return None
    return None
