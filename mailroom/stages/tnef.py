"""Read the envelope that Outlook sends as ``winmail.dat``: the same that is read of an ``.eml``, and what lies in it.

Source: [MS-OXTNEF] Transport Neutral Encapsulation Format, [MS-OXPROPS] for the numbers of the properties.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mailroom.custody.reasons import ReasonCode
from mailroom.errors import Refused
from mailroom.settings import MailroomSettings
from mailroom.stages.htmltext import html_text
from mailroom.stages.kinds import TNEF_SIGNATURE
from mailroom.stages.message import Attached, MailMessage, shown_name
from mailroom.stages.outlook import as_message
from mailroom.stages.plaintext import decoded
from mailroom.stages.textpdf import printable

_BROKEN = (struct.error, ValueError, KeyError)
_MAX_DEPTH = 10
_HEADER, _CHECKSUM, _START = 9, 2, 6
_IN_MESSAGE, _IN_ATTACHMENT = 1, 2
_SUBJECT, _BODY, _PROPERTIES = 0x8004, 0x800C, 0x9003
_BEGINS, _TITLE, _DATA, _MORE = 0x9002, 0x8010, 0x800F, 0x9005
_PR_SUBJECT, _PR_BODY, _PR_HTML, _PR_RTF, _PR_SENDER, _PR_MESSAGE_ID = 0x0037, 0x1000, 0x1013, 0x1009, 0x0C1A, 0x1035
_PR_LONG_NAME, _PR_SHORT_NAME, _PR_SHOWN_NAME, _PR_OBJECT = 0x3707, 0x3704, 0x3001, 0x3701
_NARROW, _WIDE, _OBJECT, _BINARY, _SEVERAL = 0x001E, 0x001F, 0x000D, 0x0102, 0x1000
_WIDTHS = {0x01: 0, 0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
"""Bytes of a value, by its type; a value of two bytes fills four."""
_NAMED = 0x8000
_MESSAGE_OBJECT = bytes.fromhex("0703020000000000c000000000000046")
"""Begins an attached message, which is such an envelope itself."""

Properties = dict[int, tuple[int, bytes]]
"""Type and first value of each property, by its number."""


def read_tnef(path: Path, settings: MailroomSettings) -> MailMessage:
    """Read an envelope; nothing it points to is fetched.

    Raises:
        Refused: damaged, cut off, or with more attachments than the limits allow.
    """
    try:
        return _read(path.read_bytes(), settings, 0)
    except _BROKEN as error:
        raise Refused(ReasonCode.DAMAGED, "winmail.dat") from error


def unfold(found: MailMessage, settings: MailroomSettings) -> MailMessage:
    """Put what lies in an attached envelope in its place; its text counts where the message has none.

    An envelope that cannot be read stays an attachment.

    Raises:
        Refused: more attachments than the limits allow.
    """
    attached: list[Attached] = []
    for one in found.attached:
        if one.data is None or not one.data.startswith(TNEF_SIGNATURE):
            attached.append(one)
            continue
        try:
            inner = _read(one.data, settings, 0)
        except _BROKEN:
            attached.append(one)
            continue
        attached += inner.attached
        if not found.text.strip():
            found.text, found.left = inner.text, found.left or inner.left
            found.notes += inner.notes
    _refuse_many(attached, settings)
    found.attached = attached
    return found


def _refuse_many(attached: list[Attached], settings: MailroomSettings) -> None:
    if len(attached) > settings.max_parts:
        raise Refused(ReasonCode.TOO_LARGE, f"more than {settings.max_parts} attachments")


@dataclass
class _Inside:
    """An attachment while its attributes are read."""

    title: str = ""
    data: bytes | None = None
    properties: Properties = field(default_factory=dict)


def _read(data: bytes, settings: MailroomSettings, depth: int) -> MailMessage:
    if depth > _MAX_DEPTH:
        raise Refused(ReasonCode.TOO_LARGE, f"a message nested deeper than {_MAX_DEPTH}")
    if not data.startswith(TNEF_SIGNATURE):
        raise ValueError("not an envelope of Outlook")
    subject, body, properties = "", "", Properties()
    inside: list[_Inside] = []
    attributes = list(_attributes(data))
    if not attributes:
        raise ValueError("an envelope without anything in it")
    for level, number, value in attributes:
        if level == _IN_MESSAGE and number == _SUBJECT:
            subject = _plain(value)
        elif level == _IN_MESSAGE and number == _BODY:
            body = _plain(value)
        elif level == _IN_MESSAGE and number == _PROPERTIES:
            properties = _properties(value)
        elif level == _IN_ATTACHMENT:
            _note(inside, number, value)
    found = MailMessage(_headers(subject, properties))
    rich = _text(properties, _PR_HTML)
    found.text = (body or _text(properties, _PR_BODY)).strip("\n") or html_text(rich).strip("\n")
    if not found.text.strip() and _PR_RTF in properties:
        found.left = True
        found.notes.append("not-here: The text of the message is written as RTF only; it stays in the message.")
    found.attached = [_attached(one, settings, depth) for one in inside]
    _refuse_many(found.attached, settings)
    return found


def _attributes(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Level, number and value of each attribute, in order."""
    place = _START
    while place + _HEADER + _CHECKSUM <= len(data):
        level, number, _, length = struct.unpack_from("<BHHI", data, place)
        start = place + _HEADER
        place = start + length + _CHECKSUM
        if place > len(data):
            raise ValueError("an attribute reaches beyond the end")
        yield level, number, data[start : start + length]


def _note(inside: list[_Inside], number: int, value: bytes) -> None:
    if number == _BEGINS or not inside:
        inside.append(_Inside())
    if number == _TITLE:
        inside[-1].title = _plain(value)
    elif number == _DATA:
        inside[-1].data = value
    elif number == _MORE:
        inside[-1].properties = _properties(value)


def _attached(one: _Inside, settings: MailroomSettings, depth: int) -> Attached:
    names = (_text(one.properties, number) for number in (_PR_LONG_NAME, _PR_SHORT_NAME))
    name = next(filter(None, names), "") or one.title or _text(one.properties, _PR_SHOWN_NAME)
    kind, held = one.properties.get(_PR_OBJECT, (_BINARY, None))
    if kind == _OBJECT and held is not None:
        if not held.startswith(_MESSAGE_OBJECT):  # an object of another program, drawn into the text
            return Attached(shown_name(name or "Objekt"), None)
        inner = _read(held[len(_MESSAGE_OBJECT) :], settings, depth + 1)
        return Attached(shown_name(f"{name or 'Nachricht'}.eml"), bytes(as_message(inner)))
    return Attached(shown_name(name or "Anlage"), one.data if one.data is not None else held)


def _headers(subject: str, properties: Properties) -> dict[str, str]:
    said = {
        "from": _text(properties, _PR_SENDER),
        "subject": _text(properties, _PR_SUBJECT) or subject,
        "message_id": _text(properties, _PR_MESSAGE_ID),
    }
    return {key: text for key, value in said.items() if (text := printable(" ".join(value.split())))}


def _properties(data: bytes) -> Properties:
    """The properties of a list of them; of one with several values the first."""
    (count,) = struct.unpack_from("<I", data, 0)
    place = 4
    found = Properties()
    for _ in range(count):
        kind, number = struct.unpack_from("<HH", data, place)
        place += 4
        if number >= _NAMED:
            place = _behind_name(data, place)
        value, place = _first_value(data, place, kind)
        found.setdefault(number, (kind, value))
    return found


def _behind_name(data: bytes, place: int) -> int:
    (by_text,) = struct.unpack_from("<I", data, place + 16)
    if not by_text:
        return place + 24
    (length,) = struct.unpack_from("<I", data, place + 20)
    return place + 24 + _filled(length)


def _first_value(data: bytes, place: int, kind: int) -> tuple[bytes, int]:
    """The first value of a property, and where the next property begins."""
    base = kind & ~_SEVERAL
    counted = base in (_NARROW, _WIDE, _OBJECT, _BINARY)
    values = 1
    if counted or kind & _SEVERAL:
        (values,) = struct.unpack_from("<I", data, place)
        place += 4
    if not counted:
        width = _WIDTHS[base]
        value, place = data[place : place + width], place + width * values
    else:
        value = b""
        for number in range(values):
            (length,) = struct.unpack_from("<I", data, place)
            place += 4
            value = value if number else data[place : place + length]
            place += _filled(length)
    if place > len(data):
        raise ValueError("a property reaches beyond the end")
    return value, place


def _filled(length: int) -> int:
    return (length + 3) // 4 * 4


def _text(properties: Properties, number: int) -> str:
    kind, value = properties.get(number, (_NARROW, b""))
    if kind & ~_SEVERAL == _WIDE:
        return value[: len(value) // 2 * 2].decode("utf-16-le", "replace").replace("\r\n", "\n").replace("\0", "")
    return _plain(value)


def _plain(value: bytes) -> str:
    return decoded(value.rstrip(b"\0")).replace("\0", "")
