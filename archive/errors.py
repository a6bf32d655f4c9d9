"""Errors of the archive, exit codes 20 to 29."""

from __future__ import annotations

from datetime import datetime

from erecords.errors import ErecordsError


class ArchiveError(ErecordsError):
    """The archive could not do what was asked; what was stored before is unchanged."""

    exit_code = 20
    code = "archive"


class PackageRefused(ArchiveError):
    """A package from outside or from a hand-over is not what it says: all findings are in the message's list.

    Attributes:
        findings: one ``code: sentence`` each.
    """

    exit_code = 21
    code = "package-refused"

    def __init__(self, message: str, findings: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.findings = findings


class NotAnArchive(ArchiveError):
    """The folder is no OCFL storage root of this program, or a newer one made it."""

    exit_code = 22
    code = "not-an-archive"


class ObjectDamaged(ArchiveError):
    """An object's inventory or content is not what its digests say."""

    exit_code = 23
    code = "object-damaged"


class Erased(ArchiveError):
    """The content was erased by order; only the stub is left."""

    exit_code = 24
    code = "erased"


class Closed(ArchiveError):
    """The package is closed to use until a date; the message names it and the clause."""

    exit_code = 25
    code = "closed"


class RegisterBroken(ArchiveError):
    """The register of accessions is not the chain it should be."""

    exit_code = 26
    code = "register-broken"


class EvidenceBroken(ArchiveError):
    """An evidence record or time stamp is not well-formed, or does not prove what it should."""

    exit_code = 27
    code = "evidence-broken"


class StillLocked(ArchiveError):
    """A place for copies keeps erased bytes under object lock; what could be removed there is gone.

    Attributes:
        until: when the last lock ends, None for a legal hold, which has no end of its own.
    """

    exit_code = 29
    code = "still-locked"

    def __init__(self, message: str, until: datetime | None) -> None:
        super().__init__(message)
        self.until = until


class NoTimeStamp(ArchiveError):
    """The time-stamp authority could not be reached, refused, or answered with something else."""

    exit_code = 28
    code = "no-time-stamp"
