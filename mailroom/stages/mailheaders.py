"""Who wrote to whom, when and about what: the headers of an e-mail message, as text."""

from __future__ import annotations

from email import policy
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Any

from mailroom.stages.mimeparts import BROKEN, decoded_words
from mailroom.stages.plaintext import decoded
from mailroom.stages.textpdf import printable

_MAX_PARSED = 8000
"""Characters of a header; the standard library's parser takes time that grows with their square."""
_MAX_HEADER = 2000


class Bounded(policy.EmailPolicy):
    """Parses the start of a header only; the header itself stays whole where the message is written out again."""

    def header_fetch_parse(self, name: str, value: str) -> Any:
        """The header as an object of the standard library, of its start alone."""
        return super().header_fetch_parse(name, value[:_MAX_PARSED])


def message_headers(message: Message) -> dict[str, str]:
    """The headers that are kept, as text: see ``MailMessage.headers``."""
    named = {key: header(message, key) for key in ("from", "to", "cc", "subject")}
    named["message_id"] = header(message, "message-id")
    named["date"] = _date(header(message, "date"))
    return {key: value for key, value in named.items() if value}


def header(message: Message, name: str) -> str:
    """A header as text, decoded; a malformed one as it stands, bare bytes as UTF-8 or Windows-1252."""
    raw = next((str(value) for key, value in message.raw_items() if key.lower() == name.lower()), "")[:_MAX_PARSED]
    if any("\udc80" <= char <= "\udcff" for char in raw):
        value = decoded(raw.encode("utf-8", "surrogateescape"))
    else:
        try:
            value = str(message.get(name, ""))
        except BROKEN:
            value = raw
    clean = decoded_words(value).encode("utf-8", "replace").decode()
    return " ".join(printable(" ".join(clean.split())).split())[:_MAX_HEADER]


def _date(value: str) -> str:
    """The day first, as German letters have it, then the time with its zone."""
    try:
        when = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return value
    zone = when.strftime("%z")
    return f"{when:%d.%m.%Y}, {when:%H:%M} Uhr" + (f" ({zone[:3]}:{zone[3:5]})" if zone else "")
