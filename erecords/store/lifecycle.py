"""States and other closed sets of the record database."""

from __future__ import annotations

from enum import StrEnum


class CaseState(StrEnum):
    """Where a case file, or a transaction in it, stands."""

    OPEN = "open"
    CLOSED = "closed"


class Role(StrEnum):
    """Roles of the staff list (column ``role`` of ``staff.csv``)."""

    MAIL_ROOM = "poststelle"
    CLERK = "sachbearbeitung"
    REGISTRAR = "standesbeamtin"
    HEAD = "leitung"
    RECORDS_MANAGER = "prozessmanagement"
    ARCHIVIST = "archiv"
    DATA_PROTECTION = "datenschutz"
    ADMINISTRATOR = "administration"


class FileKind(StrEnum):
    """How a class keeps its case files (column ``file_kind`` of ``filing_plan.csv``)."""

    GROUP = "gruppe"
    SINGLE = "einzelfallakte"
    COLLECTIVE = "sammelakte"
    SUBJECT = "sachakte"


class Protection(StrEnum):
    """Protection of a class; all but ``offen`` is seen by the owning unit and ``datenschutz`` only."""

    OPEN = "offen"
    PERSONAL = "personenbezogen"
    TAX_SECRET = "steuergeheimnis"
    HEALTH = "gesundheit"
    STAFF_FILE = "personalakte"
    CONFIDENTIAL = "vertraulich"


class RenditionKind(StrEnum):
    """What a stored rendition is to its document version."""

    ORIGINAL = "original"
    PDFA = "pdfa"
    TEXT = "text"
    WORDS = "words"
    THUMBNAIL = "thumbnail"


class OutboxOperation(StrEnum):
    """What the indexer has to do with an object."""

    PUT = "put"
    REMOVE = "remove"
