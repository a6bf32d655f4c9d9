"""Tables of the mail room: deliveries as they came, the letters in them, and what was done to each."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import JSON, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from erecords.store.columns import Instant, enum_type
from erecords.store.lifecycle import RenditionKind


class DeliveryState(StrEnum):
    """Where a delivery (Sendung) stands; ``discarded`` is a quarantined one that two people gave up."""

    PENDING = "pending"
    PROCESSED = "processed"
    QUARANTINED = "quarantined"
    DUPLICATE = "duplicate"
    DISCARDED = "discarded"


class LetterState(StrEnum):
    """Where a letter stands (``docs/internals/letter-states.md``)."""

    TRAY = "tray"
    FILED = "filed"
    REJECTED = "rejected"


class Delivery(SQLModel, table=True):
    """One file exactly as it came. A row is never deleted: of an erased one the number and the state remain."""

    __tablename__ = "delivery"
    __table_args__ = {"sqlite_autoincrement": True}
    id: int | None = Field(default=None, primary_key=True)
    claim: str = Field(unique=True)
    """Token under which the file was claimed; makes receiving it twice impossible."""
    source: str
    name: str
    channel: str
    sha512: str | None = Field(default=None, index=True)
    bytes: int = 0
    received: dt.datetime = Field(sa_type=Instant)
    received_by: str
    state: DeliveryState = Field(sa_type=enum_type(DeliveryState), index=True)
    reason: str | None = None
    message: str = ""
    duplicate_of: int | None = Field(default=None, foreign_key="delivery.id")
    part_of: int | None = Field(default=None, foreign_key="delivery.id", index=True)
    """The delivery in which it came: an archive, a message, a PDF with attachments."""
    outermost: int | None = Field(default=None, foreign_key="delivery.id", index=True)
    """The delivery as it came through the door, of which this is a part at any depth."""
    parts: int = 0
    """How many deliveries came out of it directly."""
    password_given: bool = False
    discard_proposed_by: str | None = None
    letters: int = 0
    """How many letters came of it."""
    sheets: int = 0
    """How many separator and cover sheets lay in it."""
    batches: list[dict[str, object]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """What cover sheets declared, as ``stages.split.Batch``; ``accepted`` where a person accepted another count."""
    unbalanced: bool = Field(default=False, index=True)
    """Whether other than the declared number of letters came of a batch, and nobody accepted it."""
    erased: bool = False


class Letter(SQLModel, table=True):
    """One piece of mail: a page range of a delivery, with its entry in the mail book."""

    __tablename__ = "letter"
    __table_args__ = (
        UniqueConstraint("delivery_id", "position"),
        Index("ix_letter_state_unit", "state", "unit"),
        {"info": {"indexed": "mail"}},
    )
    number: str = Field(primary_key=True)
    delivery_id: int = Field(foreign_key="delivery.id", index=True)
    position: int
    state: LetterState = Field(sa_type=enum_type(LetterState))
    received: dt.date
    first_page: int
    last_page: int
    document_type: str | None = None
    title: str = ""
    sender: str | None = None
    date: dt.date | None = None
    unit: str | None = None
    text_chars: int = 0
    references: list[dict[str, object]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    suggestion: dict[str, object] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    findings: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    transfer_note: dict[str, object] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    deadlines: list[dict[str, object]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """Follow-ups, earliest first, as ``ports.Deadline``."""
    due: dt.date | None = Field(default=None, index=True)
    """The earliest of them; the tray is sorted by it."""
    markings: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """``personal``, ``tender``, ``election``, ``medical``: only the mail room and the head of the unit see it."""
    confidential: bool = False
    """Whether it has markings."""
    marked_by: str | None = None
    """Who set or took away the markings by hand; the machine leaves them so."""
    sealed_until: dt.date | None = None
    """Day before which a tender is not opened."""
    document_id: int | None = Field(default=None, index=True)
    case_reference: str | None = None
    decided_by: str | None = None
    decided: dt.datetime | None = Field(default=None, sa_type=Instant)
    reject_reason: str | None = None
    merged_into: str | None = None
    """Entry number of the letter that holds its pages since a person merged them."""
    likenesses: list[dict[str, object]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """Letters that it is perhaps the same as, most alike first, as ``doubles.Likeness``."""
    erased: bool = False
    version: int = 1


class CopyKind(StrEnum):
    """Why a further unit gets a letter: to know of it (Abdruck), or to sign what follows from it (Mitzeichnung)."""

    ABDRUCK = "abdruck"
    MITZEICHNUNG = "mitzeichnung"


class LetterCopy(SQLModel, table=True):
    """A copy note: a further unit that reads a letter while another owns it."""

    __tablename__ = "letter_copy"
    __table_args__ = (UniqueConstraint("letter", "unit"),)
    id: int | None = Field(default=None, primary_key=True)
    letter: str = Field(foreign_key="letter.number", index=True)
    unit: str = Field(foreign_key="unit.id", index=True)
    kind: CopyKind = Field(sa_type=enum_type(CopyKind))
    note: str = ""
    given: dt.datetime = Field(sa_type=Instant)
    given_by: str
    seen: dt.datetime | None = Field(default=None, sa_type=Instant)
    seen_by: str | None = None


class LetterNote(SQLModel, table=True):
    """What a person remarked on a letter."""

    __tablename__ = "letter_note"
    id: int | None = Field(default=None, primary_key=True)
    letter: str = Field(foreign_key="letter.number", index=True)
    text: str
    written: dt.datetime = Field(sa_type=Instant)
    written_by: str


class LetterLease(SQLModel, table=True):
    """Who has a letter open just now, and until when that holds without a further word; no record of anything."""

    __tablename__ = "letter_lease"
    __table_args__ = {"info": {"derived": True}}
    letter: str = Field(primary_key=True, foreign_key="letter.number")
    actor: str
    since: dt.datetime = Field(sa_type=Instant)
    until: dt.datetime = Field(sa_type=Instant)


class LetterFile(SQLModel, table=True):
    """A stored form of a letter, before and after it is filed."""

    __tablename__ = "letter_file"
    __table_args__ = (UniqueConstraint("letter", "kind"),)
    id: int | None = Field(default=None, primary_key=True)
    letter: str = Field(foreign_key="letter.number", index=True)
    kind: RenditionKind = Field(sa_type=enum_type(RenditionKind))
    sha512: str = Field(index=True, max_length=128)
    bytes: int
    mime: str
    puid: str = ""


class StageRun(SQLModel, table=True):
    """What a stage did to a letter and how long it took."""

    __tablename__ = "stage_run"
    id: int | None = Field(default=None, primary_key=True)
    letter: str = Field(foreign_key="letter.number", index=True)
    stage: str
    seconds: float
    outcome: str


class EntryLabel(SQLModel, table=True):
    """An entry number that was printed on a label; it is free until a letter has it."""

    __tablename__ = "entry_label"
    number: str = Field(primary_key=True)
    printed: dt.date
    printed_by: str


class LetterPrint(SQLModel, table=True):
    """What a letter looks like, by which a second scan of it is found; goes with the letter."""

    __tablename__ = "letter_print"
    __table_args__ = {"info": {"derived": True}}
    letter: str = Field(primary_key=True, foreign_key="letter.number")
    words: int
    """How many words it has."""
    picture: str
    """Fingerprint of the first page's picture, hexadecimal."""


class PrintBand(SQLModel, table=True):
    """A piece of the fingerprint of a letter's text: letters that share some are perhaps the same."""

    __tablename__ = "print_band"
    __table_args__ = {"info": {"derived": True}}
    id: int | None = Field(default=None, primary_key=True)
    letter: str = Field(foreign_key="letter.number", index=True)
    band: str = Field(index=True, max_length=20)


class CaseClue(SQLModel, table=True):
    """A number or name that stands in an open case file, in normal form, to match new mail by; derived from it."""

    __tablename__ = "case_clue"
    __table_args__ = (
        UniqueConstraint("case_id", "key", "value"),
        Index("ix_case_clue_key_value", "key", "value"),
        {"info": {"derived": True}},
    )
    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(index=True)
    key: str
    value: str
