"""Read an e-mail message: who wrote what to whom, its text, and what is attached."""

from __future__ import annotations

import base64
import binascii
import email
import mimetypes
from dataclasses import dataclass, field
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, cast

from mailroom.custody.reasons import ReasonCode
from mailroom.errors import Refused
from mailroom.settings import MailroomSettings
from mailroom.stages.htmltext import html_text
from mailroom.stages.kinds import plain_bytes
from mailroom.stages.textpdf import printable

_BROKEN = (ValueError, IndexError, AttributeError, TypeError, LookupError, AssertionError, NotImplementedError)
"""What the standard library's parser of headers raises on malformed ones."""
_MAX_DEPTH = 40
_MAX_PARSED = 8000
"""Characters of a header; the standard library's parser takes time that grows with their square."""
_MAX_NAME = 200
_MAX_HEADER = 2000
_SIGNATURES = frozenset(("application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"))
_ENVELOPES = frozenset(("application/pkcs7-mime", "application/x-pkcs7-mime"))
_SIGNED_ENDINGS = (".p7m", ".p7s", ".p7c")
_ENVELOPED_DATA = bytes.fromhex("06092a864886f70d010703")
_HEAD = (("Von", "from"), ("An", "to"), ("Kopie", "cc"), ("Datum", "date"), ("Betreff", "subject"))
_LEAST_SHARE = 0.2
"""A plain text shorter than this share of the HTML beside it only says that the reader cannot show HTML."""


@dataclass(frozen=True, slots=True)
class Attached:
    """An attachment; ``data`` is None where it could not be decoded."""

    name: str
    data: bytes | None


@dataclass
class MailMessage:
    """What a message holds."""

    headers: dict[str, str] = field(default_factory=dict)
    """``from``, ``to``, ``cc``, ``date``, ``subject``, ``message_id``, as far as they are there."""
    text: str = ""
    attached: list[Attached] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """Findings as ``code: sentence``."""
    left: bool = False
    """Whether something else than clutter stays in the message only."""

    @property
    def is_letter(self) -> bool:
        """Whether the message itself is to be read, not only what is attached to it."""
        return bool(self.text.strip()) or self.left or not self.attached

    @property
    def head(self) -> list[tuple[str, str]]:
        """The lines that stand above the text when it is printed."""
        lines = [(shown, self.headers[key]) for shown, key in _HEAD if key in self.headers]
        names = ", ".join(one.name for one in self.attached)
        return [*lines, ("Anlagen", names)] if names else lines


def read_message(path: Path, settings: MailroomSettings) -> MailMessage:
    """Read a message file; nothing it points to is fetched.

    Raises:
        Refused: encrypted, hidden in a signature, or nested beyond sense.
    """
    try:
        root = email.message_from_bytes(plain_bytes(path.read_bytes()), policy=_Bounded())
        found = MailMessage(message_headers(root))
        _Reader(found, settings).read(root)
    except RecursionError as error:
        raise Refused(ReasonCode.TOO_LARGE, "a message nested too deeply") from error
    return found


class _Bounded(policy.EmailPolicy):
    """Parses the start of a header only; the header itself stays whole where the message is written out again."""

    def header_fetch_parse(self, name: str, value: str) -> Any:
        return super().header_fetch_parse(name, value[:_MAX_PARSED])


class _Reader:
    """Goes through the parts of one message, in order."""

    def __init__(self, found: MailMessage, settings: MailroomSettings) -> None:
        self._found = found
        self._settings = settings
        self._texts: list[str] = []
        self._html: list[str] = []

    def read(self, root: Message) -> None:
        self._html = [_text(part) for part in root.walk() if _type(part) == "text/html"]
        self._part(root, 0)
        self._found.text = "\n\n".join(text.strip("\n") for text in self._texts if text.strip())

    def _part(self, part: Message, depth: int) -> None:
        kind = _type(part)
        if depth > _MAX_DEPTH:
            raise Refused(ReasonCode.TOO_LARGE, f"a message nested deeper than {_MAX_DEPTH}")
        if kind == "multipart/encrypted":
            raise Refused(ReasonCode.ENCRYPTED, "an encrypted e-mail message")
        if kind == "multipart/signed":
            self._note("signed", "The message bears a signature, which was not validated.")
        if kind == "multipart/alternative":
            self._alternative(part, depth)
        elif part.is_multipart() and kind.startswith("multipart/"):
            for child in _children(part):
                self._part(child, depth + 1)
        elif kind.startswith("multipart/"):
            self._texts.append(_text(part))  # announced as several parts, but no boundary was found
        elif kind in _ENVELOPES:
            self._envelope(part, depth)
        elif kind in _SIGNATURES:
            self._note("signed", "The message bears a signature, which was not validated.")
        elif kind == "message/rfc822":
            self._nested(part)
        elif kind in ("message/external-body", "message/partial"):
            self._found.left = True
            self._note("not-here", f"A part of the message lies elsewhere ({kind}); it was not fetched.")
        elif part.is_multipart():
            self._texts.append("\n".join(str(child) for child in _children(part)))
        else:
            self._leaf(part, kind, depth)

    def _alternative(self, part: Message, depth: int) -> None:
        """Of the forms of one text the plain one, unless it is a mere stub of the HTML."""
        plain: list[str] = []
        rich: list[str] = []
        for child in _children(part):
            kind = _type(child)
            if kind == "text/plain" and not _name(child):
                plain.append(_text(child))
            elif kind == "text/html" and not _name(child):
                rich.append(html_text(_text(child)))
            elif child.is_multipart():
                inner = len(self._texts)
                self._part(child, depth + 1)
                rich += self._texts[inner:]
                del self._texts[inner:]
            elif kind != "text/calendar":
                self._leaf(child, kind, depth + 1)
        said, shown = "\n".join(plain), "\n".join(rich)
        self._texts.append(said if len(said.strip()) > len(shown.strip()) * _LEAST_SHARE else shown)

    def _leaf(self, part: Message, kind: str, depth: int) -> None:
        name = _name(part)
        if kind in ("text/plain", "text/html") and not name and _disposition(part) != "attachment":
            text = _text(part)
            self._texts.append(html_text(text) if kind == "text/html" else text)
            return
        if name.lower().endswith(_SIGNED_ENDINGS):
            self._envelope(part, max(depth, 1))
            return
        data = _bytes(part)
        if data is not None and self._is_clutter(part, kind, data):
            self._note("inline-picture", "Small pictures of the layout stay in the message.")
            return
        self._attach(name or self._unnamed(kind), data)

    def _is_clutter(self, part: Message, kind: str, data: bytes) -> bool:
        """Logos and pixels that the HTML shows by their name; a large picture may be the letter itself."""
        mark = str(part.get("Content-ID", "")).strip(" <>")
        shown = bool(mark) and any(f"cid:{mark}" in html for html in self._html)
        return kind.startswith("image/") and shown and len(data) < self._settings.inline_bytes

    def _envelope(self, part: Message, depth: int) -> None:
        data = _bytes(part) or b""
        if _ENVELOPED_DATA in data[:64] or "enveloped" in _parameter(part, "smime-type").lower():
            if depth == 0:
                raise Refused(ReasonCode.ENCRYPTED, "an encrypted e-mail message (S/MIME)")
            self._found.left = True
            self._note("encrypted-part", "A part of the message is encrypted; it stays in the message.")
        elif depth == 0:
            detail = "a message inside an S/MIME signature; let it be sent or saved with a detached signature"
            raise Refused(ReasonCode.UNSUPPORTED, detail)
        else:
            self._note("signed", "The message holds a signed part, which was not validated; it stays in the message.")

    def _nested(self, part: Message) -> None:
        """A message in the message becomes a file of its own, as near to its bytes as the parser keeps them."""
        inner = _children(part)
        if not inner:
            data = _bytes(part)
            self._attach(_name(part) or "Nachricht.eml", data)
            return
        encoded = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
        name = _name(part) or f"{_header(inner[0], 'Subject')[:80] or 'Nachricht'}.eml"
        try:
            if encoded == "base64":
                body = inner[0].get_payload()
                data = base64.b64decode(body if isinstance(body, str) else "", validate=False)
            else:
                data = inner[0].as_bytes(policy=policy.compat32)
        except (*_BROKEN, binascii.Error):
            self._attach(name, None)
            return
        self._attach(name, data)

    def _attach(self, name: str, data: bytes | None) -> None:
        if len(self._found.attached) >= self._settings.max_parts:
            raise Refused(ReasonCode.TOO_LARGE, f"more than {self._settings.max_parts} attachments")
        self._found.attached.append(Attached(shown_name(name), data))

    def _unnamed(self, kind: str) -> str:
        return f"Anlage {len(self._found.attached) + 1}{mimetypes.guess_extension(kind) or ''}"

    def _note(self, code: str, sentence: str) -> None:
        note = f"{code}: {sentence}"
        if note not in self._found.notes:
            self._found.notes.append(note)


def shown_name(name: str) -> str:
    """A name from outside as one line that can be stored and shown; it is never used as a path."""
    return printable(name.encode("utf-8", "replace").decode())[:_MAX_NAME].strip() or "ohne Namen"


def message_headers(message: Message) -> dict[str, str]:
    """The headers that are kept, as text: see ``MailMessage.headers``."""
    named = {key: _header(message, key) for key in ("from", "to", "cc", "subject")}
    named["message_id"] = _header(message, "message-id")
    named["date"] = _date(_header(message, "date"))
    return {key: value for key, value in named.items() if value}


def _header(message: Message, name: str) -> str:
    """A header as text, decoded; a malformed one as it stands, bare bytes as UTF-8 or Windows-1252."""
    raw = next((str(value) for key, value in message.raw_items() if key.lower() == name.lower()), "")[:_MAX_PARSED]
    if any("\udc80" <= char <= "\udcff" for char in raw):
        value = decoded(raw.encode("utf-8", "surrogateescape"))
    else:
        try:
            value = str(message.get(name, ""))
        except _BROKEN:
            value = raw
    clean = _decoded_words(value).encode("utf-8", "replace").decode()
    return " ".join(printable(" ".join(clean.split())).split())[:_MAX_HEADER]


def _decoded_words(value: str) -> str:
    """Encoded words that the parser left; those in an unknown alphabet are shown as they stand."""
    if "=?" not in value:
        return value
    try:
        return str(make_header(decode_header(value)))
    except (*_BROKEN, UnicodeError):
        return value


def _date(value: str) -> str:
    """The day first, as German letters have it, then the time with its zone."""
    try:
        when = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return value
    zone = when.strftime("%z")
    return f"{when:%d.%m.%Y}, {when:%H:%M} Uhr" + (f" ({zone[:3]}:{zone[3:5]})" if zone else "")


def _type(part: Message) -> str:
    try:
        return part.get_content_type()
    except _BROKEN:
        return "application/octet-stream"


def _disposition(part: Message) -> str:
    try:
        return part.get_content_disposition() or ""
    except _BROKEN:
        return ""


def _parameter(part: Message, name: str) -> str:
    try:
        return str(part.get_param(name) or "")
    except _BROKEN:
        return ""


def _name(part: Message) -> str:
    try:
        name = part.get_filename() or ""
    except _BROKEN:
        name = "Anlage"
    return _decoded_words(name)


def _children(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [cast(EmailMessage, child) for child in payload] if isinstance(payload, list) else []


def _bytes(part: Message) -> bytes | None:
    """The decoded content; of an unknown encoding the raw bytes; None when it cannot be had at all."""
    try:
        data = part.get_payload(decode=True)
    except (*_BROKEN, binascii.Error):
        return None
    return data if isinstance(data, bytes) else None


def _text(part: Message) -> str:
    """The content as text: in the stated alphabet, else UTF-8, else the Western one that mail programs mean."""
    data = _bytes(part) or b""
    try:
        stated = part.get_content_charset() or ""
    except _BROKEN:
        stated = ""
    if stated in ("iso-8859-1", "us-ascii", "ascii", "latin-1", "latin1"):
        stated = ""
    try:
        return _lines(data.decode(stated, "replace")) if stated not in ("", "utf-8") else decoded(data)
    except (LookupError, ValueError):  # an alphabet that does not exist: guess as if none were stated
        return decoded(data)


def decoded(data: bytes) -> str:
    """Bytes of a text of unknown alphabet: UTF-16, UTF-8, else Windows-1252."""
    data = plain_bytes(data)
    try:
        return _lines(data.decode("utf-8"))
    except UnicodeDecodeError:
        return _lines(data.decode("cp1252", "replace"))


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
