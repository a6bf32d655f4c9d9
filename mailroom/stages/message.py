"""Read an e-mail message: who wrote what to whom, its text, and what is attached."""

from __future__ import annotations

import base64
import binascii
import email
import mimetypes
from dataclasses import dataclass, field
from email import policy
from email.message import Message
from pathlib import Path

from mailroom.custody.reasons import ReasonCode
from mailroom.errors import Refused
from mailroom.settings import MailroomSettings
from mailroom.stages import smime
from mailroom.stages.calendar import appointments
from mailroom.stages.htmltext import html_text
from mailroom.stages.mailheaders import Bounded, header, message_headers
from mailroom.stages.mimeparts import (
    BROKEN,
    children,
    content,
    content_type,
    disposition,
    file_name,
    parameter,
    shown_text,
)
from mailroom.stages.plaintext import plain_bytes, without_uuencoded
from mailroom.stages.textpdf import printable

_MAX_DEPTH = 40
_MAX_NAME = 200
_SIGNATURES = frozenset(("application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"))
_ENVELOPES = frozenset(("application/pkcs7-mime", "application/x-pkcs7-mime"))
_SIGNED = ".p7m"
_SIGNED_ENDINGS = (_SIGNED, ".p7s", ".p7c")
_TEXTS = frozenset(("text/plain", "text/html", "text/calendar", "text/rfc822-headers"))
"""What is read as part of the text, unless it is attached under a name."""
_PGP_MESSAGE = "-----BEGIN PGP MESSAGE-----"
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
        root = email.message_from_bytes(plain_bytes(path.read_bytes()), policy=Bounded())
        found = MailMessage(message_headers(root))
        _Reader(found, settings).read(root)
    except RecursionError as error:
        raise Refused(ReasonCode.TOO_LARGE, "a message nested too deeply") from error
    return found


class _Reader:
    """Goes through the parts of one message, in order."""

    def __init__(self, found: MailMessage, settings: MailroomSettings) -> None:
        self._found = found
        self._settings = settings
        self._texts: list[str] = []
        self._html: list[str] = []

    def read(self, root: Message) -> None:
        self._part_with_html(root, 0)
        self._found.text = "\n\n".join(text.strip("\n") for text in self._texts if text.strip())

    def _part_with_html(self, root: Message, depth: int) -> None:
        """A part that was parsed by itself; what its HTML shows is known before its pictures are looked at."""
        self._html += [shown_text(part) for part in root.walk() if content_type(part) == "text/html"]
        self._part(root, depth)

    def _part(self, part: Message, depth: int) -> None:
        kind = content_type(part)
        if depth > _MAX_DEPTH:
            raise Refused(ReasonCode.TOO_LARGE, f"a message nested deeper than {_MAX_DEPTH}")
        if kind == "multipart/encrypted":
            raise Refused(ReasonCode.ENCRYPTED, "an encrypted e-mail message")
        if kind == "multipart/signed":
            self._note("signed", "The message bears a signature, which was not validated.")
        if kind == "multipart/alternative":
            self._alternative(part, depth)
        elif part.is_multipart() and kind.startswith("multipart/"):
            for child in children(part):
                self._part(child, depth + 1)
        elif kind.startswith("multipart/"):
            self._texts.append(shown_text(part))  # announced as several parts, but no boundary was found
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
            self._texts.append("\n".join(str(child) for child in children(part)))
        else:
            self._leaf(part, kind, depth)

    def _alternative(self, part: Message, depth: int) -> None:
        """Of the forms of one text the plain one, unless it is a mere stub of the HTML."""
        plain: list[str] = []
        rich: list[str] = []
        dates: list[str] = []
        for child in children(part):
            kind = content_type(child)
            if kind == "text/plain" and not file_name(child):
                plain.append(shown_text(child))
            elif kind == "text/html" and not file_name(child):
                rich.append(html_text(shown_text(child)))
            elif child.is_multipart():
                inner = len(self._texts)
                self._part(child, depth + 1)
                rich += self._texts[inner:]
                del self._texts[inner:]
            elif kind == "text/calendar":
                dates.append(appointments(shown_text(child)))
            else:
                self._leaf(child, kind, depth + 1)
        said, shown = "\n".join(plain), "\n".join(rich)
        self._texts.append(said if len(said.strip()) > len(shown.strip()) * _LEAST_SHARE else shown)
        self._texts += dates

    def _leaf(self, part: Message, kind: str, depth: int) -> None:
        name = file_name(part)
        if kind in _TEXTS and not name and disposition(part) != "attachment":
            self._text(shown_text(part), kind)
            return
        if name.lower().endswith(_SIGNED_ENDINGS):
            self._envelope(part, max(depth, 1))
            return
        data = content(part)
        if data is not None and self._is_clutter(part, kind, data):
            self._note("inline-picture", "Small pictures of the layout stay in the message.")
            return
        self._attach(name or self._unnamed(kind), data)

    def _text(self, text: str, kind: str) -> None:
        if kind == "text/html":
            text = html_text(text)
        elif kind == "text/calendar":
            text = appointments(text) or text
        else:
            if text.lstrip().startswith(_PGP_MESSAGE):
                raise Refused(ReasonCode.ENCRYPTED, "an encrypted e-mail message (PGP)")
            text, files = without_uuencoded(text)
            for name, data in files:
                self._attach(name, data)
        self._texts.append(text)

    def _is_clutter(self, part: Message, kind: str, data: bytes) -> bool:
        """Logos and pixels that the HTML shows by their name; a large picture may be the letter itself."""
        mark = str(part.get("Content-ID", "")).strip(" <>")
        shown = bool(mark) and any(f"cid:{mark}" in html for html in self._html)
        return kind.startswith("image/") and shown and len(data) < self._settings.inline_bytes

    def _envelope(self, part: Message, depth: int) -> None:
        """What is signed or encrypted as a whole (S/MIME): the content of a signature is read like any other."""
        data = content(part) or b""
        if smime.is_encrypted(data) or "enveloped" in parameter(part, "smime-type").lower():
            if depth == 0:
                raise Refused(ReasonCode.ENCRYPTED, "an encrypted e-mail message (S/MIME)")
            self._found.left = True
            self._note("encrypted-part", "A part of the message is encrypted; it stays in the message.")
            return
        signed = smime.signed_content(data)
        if signed is None and depth == 0:
            raise Refused(ReasonCode.UNSUPPORTED, "a message inside an S/MIME signature that cannot be opened")
        if signed is None:
            self._note("signed", "The message holds a signed part, which was not validated; it stays in the message.")
            return
        self._note("signed", "The message bears a signature, which was not validated.")
        if signed.is_message:
            self._part_with_html(email.message_from_bytes(signed.content, policy=Bounded()), depth + 1)
        else:
            name = file_name(part)
            inner = name[: -len(_SIGNED)] if name.lower().endswith(_SIGNED) else name
            self._attach(inner or self._unnamed(""), signed.content)

    def _nested(self, part: Message) -> None:
        """A message in the message becomes a file of its own, as near to its bytes as the parser keeps them."""
        inner = children(part)
        if not inner:
            data = content(part)
            self._attach(file_name(part) or "Nachricht.eml", data)
            return
        encoded = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
        name = file_name(part) or f"{header(inner[0], 'Subject')[:80] or 'Nachricht'}.eml"
        try:
            if encoded == "base64":
                body = inner[0].get_payload()
                data = base64.b64decode(body if isinstance(body, str) else "", validate=False)
            else:
                data = inner[0].as_bytes(policy=policy.compat32)
        except (*BROKEN, binascii.Error):
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
