"""Errors of the mail room, exit codes 10 to 19."""

from __future__ import annotations

from pathlib import Path

from erecords.errors import ErecordsError
from mailroom.custody.reasons import ReasonCode


class MailroomError(ErecordsError):
    """A failure of the mail room as a whole."""

    exit_code = 10
    code = "mailroom"


class Refused(MailroomError):
    """A file that is not processed on its own; it belongs in quarantine with this reason.

    Crosses process borders: rebuilt from its two arguments.
    """

    exit_code = 11
    code = "refused"

    def __init__(self, reason: ReasonCode, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail

    def __str__(self) -> str:
        detail = f" ({self.detail})" if self.detail else ""
        return f"{self.reason.sentence}{detail} {self.reason.advice}"


class WorkerKilled(MailroomError):
    """A worker was stopped for its memory limit, or died; try once more, then quarantine."""

    exit_code = 12
    code = "worker-killed"


class WorkerTimedOut(WorkerKilled):
    """A worker was stopped for its time limit; a second try would only take as long again."""


class NotTakenOver(MailroomError):
    """A file in a drop folder that cannot be moved or read; it stays there."""

    exit_code = 16
    code = "not-taken-over"

    def __init__(self, file: Path, cause: OSError) -> None:
        why = cause.strerror or cause
        super().__init__(f"{file} cannot be taken over ({why}); it stays there. Check the rights of file and folder.")
        self.cause = cause


class WorkersStopped(MailroomError):
    """The workers were stopped in order while a task waited or ran: nothing is said about the file."""

    exit_code = 15
    code = "workers-stopped"


class EngineMissing(MailroomError):
    """The OCR engine or its language data is not installed."""

    exit_code = 13
    code = "engine-missing"


class MailRoomBusy(MailroomError):
    """Another process has the mail room open; one at a time takes mail over."""

    exit_code = 14
    code = "mail-room-busy"
