"""Tables of the registry. Foreign keys by table name and explicit selects; no ORM relationships."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import JSON, CheckConstraint, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from erecords.store.columns import Instant, enum_type
from erecords.store.lifecycle import CaseState, FileKind, OutboxOperation, Protection, RenditionKind, Role


class Unit(SQLModel, table=True):
    """An office (Amt) or section (Sachgebiet)."""

    __tablename__ = "unit"
    id: str = Field(primary_key=True)
    parent: str | None = Field(default=None, foreign_key="unit.id")
    kind: str
    title: str
    short: str = ""
    mailbox: str = ""
    tasks: str = ""


class Staff(SQLModel, table=True):
    """A person of the staff list; the actor of changes."""

    __tablename__ = "staff"
    id: str = Field(primary_key=True)
    name: str
    unit: str = Field(foreign_key="unit.id")
    role: Role = Field(sa_type=enum_type(Role))
    deputy: str | None = None
    absent_from: dt.date | None = None
    absent_to: dt.date | None = None
    may_sign: bool = False


class PlanClass(SQLModel, table=True):
    """A class of the filing plan (Aktenplaneinheit); ``rule`` and ``protection`` are the effective, inherited ones.

    ``rule_asked`` (None for no rule) takes the place of ``rule`` once another person than ``rule_asked_by`` confirms.
    """

    __tablename__ = "plan_class"
    notation: str = Field(primary_key=True)
    parent: str | None = Field(default=None, foreign_key="plan_class.notation")
    title: str
    unit: str = Field(foreign_key="unit.id")
    rule: str | None = Field(default=None, index=True)
    rule_inherited: bool = False
    rule_asked: str | None = None
    rule_asked_inherited: bool = False
    rule_asked_by: str | None = None
    """Who asked for another rule of a class with case files; None when nobody did."""
    file_kind: FileKind = Field(sa_type=enum_type(FileKind))
    file_key: str = ""
    protection: Protection = Field(sa_type=enum_type(Protection))
    protection_inherited: bool = False
    scope: str = ""


class Case(SQLModel, table=True):
    """A case file (Akte). ``version`` counts changes; an update against an older one is refused."""

    __tablename__ = "case_file"
    __table_args__ = (
        Index("ix_case_class_state", "class_notation", "state"),
        CheckConstraint("(state = 'open') = (closed IS NULL)", name="ck_case_closed"),
        {"sqlite_autoincrement": True},
    )
    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(unique=True)
    class_notation: str = Field(foreign_key="plan_class.notation")
    title: str
    key: str = Field(default="", index=True)
    unit: str = Field(foreign_key="unit.id", index=True)
    state: CaseState = Field(default=CaseState.OPEN, sa_type=enum_type(CaseState))
    opened: dt.date
    closed: dt.date | None = None
    rule_override: str | None = None
    imported_as: str | None = Field(default=None, unique=True)
    version: int = 1


class FormerReference(SQLModel, table=True):
    """A reference that a case had before it was moved; it stays findable."""

    __tablename__ = "former_reference"
    reference: str = Field(primary_key=True)
    case_id: int = Field(foreign_key="case_file.id", index=True)
    until: dt.datetime = Field(sa_type=Instant)
    reason: str


class CaseEvent(SQLModel, table=True):
    """The date of a retention trigger that a person or a process stated for a case."""

    __tablename__ = "case_event"
    __table_args__ = (UniqueConstraint("case_id", "trigger"),)
    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case_file.id", index=True)
    trigger: str
    on: dt.date


class Transaction(SQLModel, table=True):
    """A transaction (Vorgang): one run of a process inside a case file, with the documents that belong to it."""

    __tablename__ = "case_transaction"
    __table_args__ = (
        CheckConstraint("(state = 'open') = (closed IS NULL)", name="ck_transaction_closed"),
        {"info": {"indexed": "transaction"}},
    )
    number: str = Field(primary_key=True)
    """``V-2026-000123``, gap-free per year."""
    case_id: int = Field(foreign_key="case_file.id", index=True)
    title: str
    process: str = ""
    """Key in the process register; empty for work that no process describes."""
    process_title: str = ""
    """Its title when the transaction was opened."""
    state: CaseState = Field(default=CaseState.OPEN, sa_type=enum_type(CaseState))
    opened: dt.date
    closed: dt.date | None = None
    letter: str | None = None
    """Entry number of the letter whose filing opened it."""
    version: int = 1


class Document(SQLModel, table=True):
    """A document in a case file."""

    __tablename__ = "document"
    __table_args__ = {"sqlite_autoincrement": True}
    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="case_file.id", index=True)
    title: str
    type: str = Field(default="", index=True)
    date: dt.date | None = None
    sender: str = ""
    received: dt.date | None = None
    letter: str | None = Field(default=None, unique=True)
    """Entry number of the mail book, where it came through the mail room."""
    transaction: str | None = Field(default=None, foreign_key="case_transaction.number", index=True)
    """The transaction of its case that it belongs to."""
    version: int = 1


class DocumentCopy(SQLModel, table=True):
    """A copy note (Abdruck): a further unit that may read one document, whatever the protection of its case."""

    __tablename__ = "document_copy"
    __table_args__ = (UniqueConstraint("document_id", "unit"),)
    id: int | None = Field(default=None, primary_key=True)
    document_id: int = Field(foreign_key="document.id", index=True)
    unit: str = Field(foreign_key="unit.id", index=True)


class DocumentVersion(SQLModel, table=True):
    """A version of a document; the highest number is the current one."""

    __tablename__ = "document_version"
    __table_args__ = (UniqueConstraint("document_id", "number"),)
    id: int | None = Field(default=None, primary_key=True)
    document_id: int = Field(foreign_key="document.id", index=True)
    number: int
    created: dt.datetime = Field(sa_type=Instant)
    name: str
    """File name under which it arrived, made safe."""


class Rendition(SQLModel, table=True):
    """One stored form of a document version; the bytes lie in the blob store under ``sha512``."""

    __tablename__ = "rendition"
    __table_args__ = (UniqueConstraint("version_id", "kind"),)
    id: int | None = Field(default=None, primary_key=True)
    version_id: int = Field(foreign_key="document_version.id", index=True)
    kind: RenditionKind = Field(sa_type=enum_type(RenditionKind))
    sha512: str = Field(index=True, max_length=128)
    bytes: int
    mime: str
    puid: str = ""


class Counter(SQLModel, table=True):
    """The last number given out of a gap-free series."""

    __tablename__ = "counter"
    name: str = Field(primary_key=True)
    last: int


class AuditEntry(SQLModel, table=True):
    """One link of the audit chain (``docs/internals/audit.md``); never changed, never deleted."""

    __tablename__ = "audit_entry"
    sequence: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    time: str
    actor: str
    action: str
    object: str = Field(index=True)
    details: str
    previous: str
    hash: str


class AuditValue(SQLModel, table=True):
    """A personal value of an audit entry; the chain holds its salted digest only, so it can be erased."""

    __tablename__ = "audit_value"
    __table_args__ = (UniqueConstraint("sequence", "key"),)
    id: int | None = Field(default=None, primary_key=True)
    sequence: int = Field(foreign_key="audit_entry.sequence", index=True)
    object: str = Field(index=True)
    key: str
    salt: str
    value: str


class Outbox(SQLModel, table=True):
    """Work for the indexer, written with the change and done after the commit."""

    __tablename__ = "outbox"
    __table_args__ = {"sqlite_autoincrement": True}
    sequence: int | None = Field(default=None, primary_key=True)
    kind: str
    """``document``, ``case``, or the kind of a table whose info says ``indexed``."""
    object_id: str
    """Its key in its table, as text."""
    operation: OutboxOperation = Field(sa_type=enum_type(OutboxOperation))


class LedgerLine(SQLModel, table=True):
    """A line that waits for its place in the ledger beside the database; written with the change."""

    __tablename__ = "ledger_line"
    __table_args__ = {"sqlite_autoincrement": True, "info": {"derived": True}}
    id: int | None = Field(default=None, primary_key=True)
    content: str
    """Canonical JSON: ``kind`` and ``rows``."""


class LedgerMark(SQLModel, table=True):
    """How far the database knows the ledger: one row."""

    __tablename__ = "ledger_mark"
    __table_args__ = {"info": {"derived": True}}
    id: int = Field(primary_key=True)
    bytes: int
    head: str
    """Hash of the last line."""


class SavedSearch(SQLModel, table=True):
    """A search that a person keeps under a name; nobody else sees it."""

    __tablename__ = "saved_search"
    __table_args__ = (UniqueConstraint("owner", "name"),)
    id: int | None = Field(default=None, primary_key=True)
    owner: str = Field(foreign_key="staff.id", index=True)
    name: str
    query: str
    options: dict[str, object] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    """Options of ``erecords search`` that go with it: ``sort``, ``reverse``, ``group``."""
    saved: dt.datetime = Field(sa_type=Instant)
