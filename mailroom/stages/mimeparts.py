"""What one part of an e-mail message is, is called and holds; malformed headers and encodings raise nothing."""

from __future__ import annotations

import binascii
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from typing import cast

from mailroom.stages.plaintext import decoded, lines, unflowed

BROKEN = (ValueError, IndexError, AttributeError, TypeError, LookupError, AssertionError, NotImplementedError)
"""What the standard library's parser of headers raises on malformed ones."""


def content_type(part: Message) -> str:
    """The media type in small letters; of a malformed header that of unknown bytes."""
    try:
        return part.get_content_type()
    except BROKEN:
        return "application/octet-stream"


def disposition(part: Message) -> str:
    """``inline``, ``attachment`` or empty."""
    try:
        return part.get_content_disposition() or ""
    except BROKEN:
        return ""


def parameter(part: Message, name: str) -> str:
    """A parameter of the media type; empty where it is not there."""
    try:
        return str(part.get_param(name) or "")
    except BROKEN:
        return ""


def file_name(part: Message) -> str:
    """The name under which the part was sent; only text, never a path."""
    try:
        name = part.get_filename() or ""
    except BROKEN:
        name = "Anlage"
    return decoded_words(name)


def children(part: Message) -> list[Message]:
    """The parts that lie in this one, in order."""
    payload = part.get_payload()
    return [cast(EmailMessage, child) for child in payload] if isinstance(payload, list) else []


def content(part: Message) -> bytes | None:
    """The decoded content; of an unknown encoding the raw bytes; None when it cannot be had at all."""
    try:
        data = part.get_payload(decode=True)
    except (*BROKEN, binascii.Error):
        return None
    return data if isinstance(data, bytes) else None


def shown_text(part: Message) -> str:
    """The content as text: in the stated alphabet, else UTF-8, else the Western one that mail programs mean.

    What is valid UTF-8 is UTF-8, whatever Western alphabet is stated.
    """
    data = content(part) or b""
    try:
        stated = (part.get_content_charset() or "").lower()
    except BROKEN:
        stated = ""
    try:
        said = decoded(data) if _is_vague(stated, data) else lines(data.decode(stated, "replace"))
    except (LookupError, ValueError):  # an alphabet that does not exist: guess as if none were stated
        said = decoded(data)
    if parameter(part, "format").lower() != "flowed":
        return said
    return unflowed(said, parameter(part, "delsp").lower() == "yes")


def _is_vague(stated: str, data: bytes) -> bool:
    """Whether what is stated is less credible than what the bytes look like."""
    if stated in ("", "utf-8", "iso-8859-1", "us-ascii", "ascii", "latin-1", "latin1"):
        return True
    return stated.startswith(("iso-8859-", "windows-125")) and not data.isascii() and _is_utf8(data)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def decoded_words(value: str) -> str:
    """Encoded words that the parser left; those in an unknown alphabet are shown as they stand."""
    if "=?" not in value:
        return value
    try:
        return str(make_header(decode_header(value)))
    except (*BROKEN, UnicodeError):
        return value
