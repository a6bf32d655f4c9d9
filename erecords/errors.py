"""Errors that people read: each class owns its message, its stable code and its exit code.

Exit codes (contract): 0 done, 1 bug, 2 usage, 3-9 shared (here), 10-19 mail room, 20-29 archive,
30-39 retention, 100-109 done with findings, 130 interrupted.
"""

from __future__ import annotations

import errno
import os
from typing import ClassVar


class ErecordsError(Exception):
    """A failure that the user can understand; ``str(error)`` is one line: what, which, what was kept, what next."""

    exit_code: ClassVar[int] = 1
    code: ClassVar[str] = "error"


class NotFound(ErecordsError):
    """What was named does not exist, or may not be seen by this actor (both read the same, on purpose)."""

    exit_code = 3
    code = "not-found"


class NotPermitted(ErecordsError):
    """The actor's role or unit does not allow this."""

    exit_code = 4
    code = "not-permitted"


class Conflict(ErecordsError):
    """The state of the thing does not allow this now, or somebody else changed it meanwhile."""

    exit_code = 5
    code = "conflict"


class NotAHome(ErecordsError):
    """The folder is no home of erecords, or one that a newer program made."""

    exit_code = 6
    code = "not-a-home"


class ConfigurationError(ErecordsError):
    """A setting is unknown, has a wrong value, or asks for what is not installed."""

    exit_code = 7
    code = "configuration"


class InputRefused(ErecordsError):
    """A file or value given to a command is not what the command needs."""

    exit_code = 8
    code = "input-refused"


class StoreDamaged(ErecordsError):
    """Stored bytes are missing or differ from their digest."""

    exit_code = 9
    code = "store-damaged"


class DiskFailing(StoreDamaged):
    """The disk is full, read-only or gives errors; what was stored before is kept, nothing half was written."""

    code = "disk"

    @classmethod
    def from_error(cls, error: OSError) -> DiskFailing:
        """Say in words what the operating system reports."""
        what, advice = f"The disk or its folder cannot be used ({error.strerror or error})", "mend it and repeat"
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            what, advice = "The disk is full", "make room and repeat"
        elif error.errno in (errno.EACCES, errno.EPERM):
            what, advice = "The operating system does not let you do this", "work as the user to whom the home belongs"
        where = f" at {error.filename}" if isinstance(error.filename, str | os.PathLike) else ""
        return cls(f"{what}{where}. What was stored before is kept, nothing half was written; {advice}.")


class DoneWithFindings(ErecordsError):
    """A check ran to its end and found something; its report was already printed."""

    exit_code = 100
    code = "findings"
