"""Tell a message from other text, and where the messages of a mailbox file begin (mbox, RFC 4155)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from mailroom.stages.plaintext import plain_bytes

_HEADER = re.compile(rb"([!-9;-~]{1,76}):")
_MAIL = frozenset(
    (
        *(b"from", b"received", b"return-path", b"delivered-to", b"message-id", b"mime-version", b"x-original-to"),
        *(b"reply-to", b"dkim-signature", b"content-type", b"content-transfer-encoding"),
        *(b"subject", b"date", b"to", b"sender"),
    )
)
_LEAST_HEADERS = 2
_LONG_LINE = 65_536


def is_message(head: bytes) -> bool:
    """Whether the first bytes are the header of an e-mail message, also one stored as UTF-16."""
    text = plain_bytes(head)
    lines = text.splitlines()
    if lines and lines[0].startswith(b"From "):
        lines = lines[1:]
    names: set[bytes] = set()
    for line in lines:
        if not line.strip():
            break
        if line[:1] in b" \t" and names:
            continue
        found = _HEADER.match(line)
        if found is None:
            # A header that is cut by the end of what was read, or a line that some program folded wrongly.
            if len(names) >= _LEAST_HEADERS:
                continue
            return False
        names.add(found[1].lower())
    return len(names & _MAIL) >= _LEAST_HEADERS


def is_mailbox(path: Path, head: bytes) -> bool:
    """Whether a file of messages, each behind a line ``From ``, holds more than one (RFC 4155)."""
    if not head.startswith(b"From "):
        return False
    with path.open("rb") as stream:
        return sum(1 for _ in zip(range(2), message_starts(stream), strict=False)) > 1


def message_starts(stream: IO[bytes]) -> Iterator[int]:
    """Where the messages of a mailbox begin: behind an empty line, at a line ``From `` that a header follows."""
    place, start, empty = 0, -1, True
    for line in iter(lambda: stream.readline(_LONG_LINE), b""):
        if start >= 0 and _HEADER.match(line):
            yield start
        start = place if empty and line.startswith(b"From ") else -1
        empty = line in (b"\n", b"\r\n")
        place += len(line)
