"""Errors of retention, exit codes 30 to 39."""

from __future__ import annotations

from erecords.errors import ErecordsError


class RetentionError(ErecordsError):
    """A failure of retention; nothing was destroyed by the step that raised it."""

    exit_code = 30
    code = "retention"


class ScheduleRefused(RetentionError):
    """A retention schedule is not valid; the message names file and line, and nothing was imported."""

    exit_code = 31
    code = "schedule-refused"


class WrongState(RetentionError):
    """The disposal list does not stand where this step needs it; the message says what to do first."""

    exit_code = 32
    code = "list-state"


class Undecided(RetentionError):
    """Cases on the list are not appraised, or not yet answered by the archive."""

    exit_code = 33
    code = "undecided"


class FourEyes(RetentionError):
    """The same person may not do this step and the one before."""

    exit_code = 34
    code = "four-eyes"


class CoolOff(RetentionError):
    """The time between approval and execution has not passed."""

    exit_code = 35
    code = "cool-off"


class ListChanged(RetentionError):
    """The list is no longer what was approved."""

    exit_code = 36
    code = "list-changed"


class MessageRefused(RetentionError):
    """An xdomea message is invalid, unsafe, or belongs to another procedure; it was not taken in."""

    exit_code = 37
    code = "message-refused"


class FutureDate(RetentionError):
    """Destruction as of a day that has not come, where the settings do not allow a rehearsal."""

    exit_code = 38
    code = "future-date"
