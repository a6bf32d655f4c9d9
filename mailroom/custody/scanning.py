"""The virus scanner clamd, spoken to by its own protocol (command INSTREAM). No clear answer lets no file through.

Source: clamd(8), section COMMANDS.
"""

from __future__ import annotations

import socket
import struct
import time
from pathlib import Path

from mailroom.custody.reasons import ReasonCode
from mailroom.errors import Refused
from mailroom.ports import VirusScanner
from mailroom.settings import MailroomSettings

_CHUNK = 1 << 17
_MOST_ANSWER = 4096


class Clamd:
    """A clamd behind a unix socket or a TCP port.

    Args:
        address: ``unix:/path`` or ``tcp:host:port``.
        seconds: Time limit for one file, the transfer included.
    """

    def __init__(self, address: str, seconds: float) -> None:
        self._address = address
        self._seconds = seconds

    def check(self, path: Path) -> None:
        """Send a file to clamd and wait for its word.

        Raises:
            Refused: ``infected``, or ``unscanned`` when clamd is away, silent, too slow or unclear.
        """
        try:
            answer = self._ask(path)
        except (OSError, EOFError) as error:
            raise Refused(ReasonCode.UNSCANNED, f"{self._address}: {_one_line(str(error))}") from error
        if answer == "stream: OK":
            return
        if answer.startswith("stream: ") and answer.endswith(" FOUND"):
            raise Refused(ReasonCode.INFECTED, answer.removeprefix("stream: ").removesuffix(" FOUND"))
        raise Refused(ReasonCode.UNSCANNED, f"{self._address} said: {_one_line(answer)}")

    def _ask(self, path: Path) -> str:
        end = time.monotonic() + self._seconds
        with self._connect() as link, path.open("rb") as stream:
            try:
                link.sendall(b"zINSTREAM\0")
                while chunk := stream.read(_CHUNK):
                    link.settimeout(_left(end))
                    link.sendall(struct.pack(">I", len(chunk)) + chunk)
                link.sendall(struct.pack(">I", 0))
            except (BrokenPipeError, ConnectionResetError):
                pass  # clamd hangs up at a file over its own limit, after it has said so: its answer counts
            return _answer(link, end)

    def _connect(self) -> socket.socket:
        kind, _, place = self._address.partition(":")
        if kind == "tcp":
            host, _, port = place.rpartition(":")
            return socket.create_connection((host.strip("[]"), int(port)), timeout=self._seconds)
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            link.settimeout(self._seconds)
            link.connect(place)
        except OSError:
            link.close()
            raise
        return link


def _answer(link: socket.socket, end: float) -> str:
    """The answer up to its closing zero byte."""
    data = b""
    while not data.endswith(b"\0"):
        link.settimeout(_left(end))
        piece = link.recv(_MOST_ANSWER)
        data += piece
        if not piece or len(data) > _MOST_ANSWER:
            raise EOFError("the connection was cut before its answer was complete")
    return data.rstrip(b"\0").decode("utf-8", "replace").strip()


def _left(end: float) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError("no answer in time")
    return left


def _one_line(text: str) -> str:
    return " ".join(text.split())[:200]


def scanner(settings: MailroomSettings) -> VirusScanner | None:
    """The scanner that the settings name, None when they name none."""
    return Clamd(settings.clamd, settings.clamd_seconds) if settings.clamd else None
