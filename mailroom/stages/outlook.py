"""Read a message that Outlook saved as ``.msg``: the same that is read of an ``.eml``, from its properties.

Source: [MS-OXMSG] Outlook Item (.msg) File Format, [MS-OXPROPS] for the numbers of the properties.
"""

from __future__ import annotations

import datetime as dt
import email
import struct
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from mailroom.custody.reasons import ReasonCode
from mailroom.errors import Refused
from mailroom.settings import MailroomSettings
from mailroom.stages.archives import raise_if_disk
from mailroom.stages.htmltext import html_text
from mailroom.stages.mailheaders import message_headers
from mailroom.stages.message import Attached, MailMessage, shown_name
from mailroom.stages.plaintext import decoded
from mailroom.stages.textpdf import printable

_BROKEN = (OSError, ValueError, struct.error, IndexError, KeyError, TypeError, AttributeError, RecursionError)
"""What olefile raises on damaged files; its own errors are of ``OSError``."""
_MAX_DEPTH = 10
_CLASS, _SEALED = 0x001A, "IPM.NOTE.SMIME"
_SUBJECT, _BODY, _HTML, _RTF, _HEADERS = 0x0037, 0x1000, 0x1013, 0x1009, 0x007D
_SENDER, _SENDER_SMTP, _SENDER_ADDRESS, _TO, _CC, _MESSAGE_ID = 0x0C1A, 0x5D01, 0x0C1F, 0x0E04, 0x0E03, 0x1035
_SUBMITTED, _DELIVERED = 0x0039, 0x0E06
_LONG_NAME, _SHORT_NAME, _DATA, _SHOWN_NAME = 0x3707, 0x3704, 0x3701, 0x3001
_UNICODE, _NARROW, _BINARY, _OBJECT, _TIME = 0x001F, 0x001E, 0x0102, 0x000D, 0x0040
_PROPERTIES = "__properties_version1.0"
_ATTACHMENT = "__attach_version1.0_#"
_HEADER_SIZES = {"message": 32, "inner": 24, "attachment": 8}
_EPOCH = dt.datetime(1601, 1, 1, tzinfo=dt.UTC)


def read_outlook(path: Path, settings: MailroomSettings) -> MailMessage:
    """Read an Outlook message; nothing it points to is fetched.

    Raises:
        Refused: damaged, or with more attachments than the limits allow.
    """
    import olefile

    try:
        with olefile.OleFileIO(str(path)) as container:
            return _Reader(container, settings).message([], 0)
    except _BROKEN as error:
        raise_if_disk(error)
        raise Refused(ReasonCode.DAMAGED, "an Outlook message") from error


class _Reader:
    """Reads messages at places inside one container."""

    def __init__(self, container: Any, settings: MailroomSettings) -> None:
        self._container = container
        self._settings = settings
        self._names = [tuple(name) for name in container.listdir(streams=True, storages=True)]
        self._attachments = 0

    def message(self, place: list[str], depth: int) -> MailMessage:
        if depth > _MAX_DEPTH:
            raise Refused(ReasonCode.TOO_LARGE, f"a message nested deeper than {_MAX_DEPTH}")
        if self._text(place, _CLASS).upper() == _SEALED and not place:
            raise Refused(ReasonCode.ENCRYPTED, "an encrypted e-mail message (S/MIME)")
        found = MailMessage(self._headers(place))
        body, rich = self._text(place, _BODY), self._html(place)
        found.text = body.strip("\n") if body.strip() else html_text(rich).strip("\n")
        if not found.text.strip() and self._bytes(place, _RTF):
            found.left = True
            found.notes.append("not-here: The text of the message is written as RTF only; it stays in the message.")
        for inner in self._inside(place, _ATTACHMENT):
            self._attachments += 1
            if self._attachments > self._settings.max_parts:
                raise Refused(ReasonCode.TOO_LARGE, f"more than {self._settings.max_parts} attachments")
            found.attached.append(self._attached([*place, inner], depth))
        return found

    def _attached(self, place: list[str], depth: int) -> Attached:
        name = self._text(place, _LONG_NAME) or self._text(place, _SHORT_NAME) or self._text(place, _SHOWN_NAME)
        stored = f"__substg1.0_{_DATA:04X}{_OBJECT:04X}"
        if (*place, stored) not in self._names:
            return Attached(shown_name(name or "Anlage"), self._bytes(place, _DATA))
        if (*place, stored, _PROPERTIES) not in self._names:  # an object of another program, drawn into the text
            return Attached(shown_name(name or "Objekt"), None)
        inner = self.message([*place, stored], depth + 1)
        return Attached(shown_name(f"{name or 'Nachricht'}.eml"), bytes(as_message(inner)))

    def _headers(self, place: list[str]) -> dict[str, str]:
        sent = email.message_from_string(self._text(place, _HEADERS), policy=policy.default)
        headers = message_headers(sent)
        address = self._text(place, _SENDER_SMTP) or self._text(place, _SENDER_ADDRESS)
        name = self._text(place, _SENDER)
        own = {
            "from": f"{name} <{address}>" if name and "@" in address else name or address,
            "to": self._text(place, _TO),
            "cc": self._text(place, _CC),
            "subject": self._text(place, _SUBJECT),
            "message_id": self._text(place, _MESSAGE_ID),
            "date": self._time(place),
        }
        said = {key: printable(" ".join(value.split())) for key, value in own.items()}
        return {**{key: value for key, value in said.items() if value}, **headers}

    def _time(self, place: list[str]) -> str:
        kind = "inner" if place else "message"
        for number, type_, value in self._fixed(place, kind):
            if number in (_SUBMITTED, _DELIVERED) and type_ == _TIME and value:
                when = _EPOCH + dt.timedelta(microseconds=value // 10)
                return f"{when:%d.%m.%Y}, {when:%H:%M} Uhr (+00:00)"
        return ""

    def _fixed(self, place: list[str], kind: str) -> Iterator[tuple[int, int, int]]:
        """Number, type and value of the properties of fixed length."""
        if (*place, _PROPERTIES) not in self._names:
            return
        data = self._container.openstream([*place, _PROPERTIES]).read()
        for start in range(_HEADER_SIZES[kind], len(data) - 15, 16):
            type_, number, _, value = struct.unpack_from("<HHIQ", data, start)
            yield number, type_, value

    def _inside(self, place: list[str], beginning: str) -> list[str]:
        length = len(place)
        return sorted(
            name[-1]
            for name in self._names
            if len(name) == length + 1 and list(name[:-1]) == place and name[-1].startswith(beginning)
        )

    def _bytes(self, place: list[str], number: int, type_: int = _BINARY) -> bytes | None:
        name = [*place, f"__substg1.0_{number:04X}{type_:04X}"]
        return self._container.openstream(name).read() if tuple(name) in self._names else None

    def _text(self, place: list[str], number: int) -> str:
        wide = self._bytes(place, number, _UNICODE)
        if wide is not None:
            text = wide[: len(wide) // 2 * 2].decode("utf-16-le", "replace")
        else:
            text = decoded(self._bytes(place, number, _NARROW) or b"")
        return text.replace("\r\n", "\n").replace("\0", "")

    def _html(self, place: list[str]) -> str:
        data = self._bytes(place, _HTML)
        return decoded(data) if data is not None else self._text(place, _HTML)


def as_message(found: MailMessage) -> EmailMessage:
    """A message that lay in another, written as ``.eml`` so that it can be a delivery of its own."""
    made = EmailMessage(policy=policy.SMTP)
    for key, name in (("from", "From"), ("to", "To"), ("cc", "Cc"), ("subject", "Subject"), ("date", "X-Date")):
        if found.headers.get(key):
            made[name] = found.headers[key]
    made["MIME-Version"] = "1.0"
    made.set_content(found.text or "\n")
    for one in found.attached:
        if one.data is not None:
            made.add_attachment(one.data, maintype="application", subtype="octet-stream", filename=one.name)
    return made
