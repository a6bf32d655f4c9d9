"""Tables of retention. What outlives a case names it by reference and number, never by a foreign key or a title."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from erecords.store.columns import Instant, enum_type
from retention.lifecycle import Decision, Direction, Disposal, ItemState, ListState, Outcome, RuleKind, RuleStart


class Rule(SQLModel, table=True):
    """One version of a retention rule; it is never changed, a later version stands beside it.

    No period at all (years, months and days empty) means: kept without limit.
    """

    __tablename__ = "retention_rule"
    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="ck_rule_validity"),
        CheckConstraint("basis <> '' AND trigger <> ''", name="ck_rule_basis"),
        CheckConstraint(
            "coalesce(years, 0) >= 0 AND coalesce(months, 0) >= 0 AND coalesce(days, 0) >= 0", name="ck_rule_period"
        ),
    )
    id: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    valid_from: dt.date
    valid_to: dt.date | None = None
    """Last day on which this version applies."""
    title: str
    years: int | None = None
    months: int | None = None
    days: int | None = None
    trigger: str
    start: RuleStart = Field(sa_type=enum_type(RuleStart))
    kind: RuleKind = Field(sa_type=enum_type(RuleKind))
    disposal: Disposal = Field(sa_type=enum_type(Disposal))
    basis: str
    """Kind of the legal basis: gesetz, abgeleitet or ortsregel."""
    checked: bool = False
    source: str
    """The paragraph or regulation itself."""
    note: str = ""
    imported_by: str
    confirmed_by: str | None = None
    """Who confirmed it; a version that shortens applies only after another person did."""


class Waiver(SQLModel, table=True):
    """A standing waiver of the archive: cases of this rule or class need not be offered one by one."""

    __tablename__ = "archive_waiver"
    __table_args__ = (CheckConstraint("(rule_id IS NULL) <> (class_notation IS NULL)", name="ck_waiver_scope"),)
    id: int | None = Field(default=None, primary_key=True)
    rule_id: str | None = Field(default=None, index=True)
    class_notation: str | None = Field(default=None, index=True)
    basis: str
    given_by: str
    valid_from: dt.date
    valid_to: dt.date | None = None


class Hold(SQLModel, table=True):
    """A hold (Löschsperre). Lifting ends it; it stays as history."""

    __tablename__ = "hold"
    id: str = Field(primary_key=True)
    title: str
    reason: str
    basis: str = ""
    """The law, order or file number that it rests on."""
    owner: str = ""
    """Who says when it may be lifted; free text."""
    query: str = ""
    """What was searched for, where the scope is a query."""
    future: bool = False
    """Whether cases that the query finds later come under it as well."""
    placed_by: str
    placed: dt.datetime = Field(sa_type=Instant)
    placed_on: dt.date
    lifted: dt.datetime | None = Field(default=None, sa_type=Instant)
    lifted_on: dt.date | None = None
    lifted_by: str | None = None
    lift_reason: str = ""


class HoldMember(SQLModel, table=True):
    """What a hold covers: one case, or a class with all below it and all that will be opened there."""

    __tablename__ = "hold_member"
    __table_args__ = (
        CheckConstraint("(case_id IS NULL) <> (class_notation IS NULL)", name="ck_hold_scope"),
        UniqueConstraint("hold_id", "reference"),
    )
    id: int | None = Field(default=None, primary_key=True)
    hold_id: str = Field(foreign_key="hold.id", index=True)
    case_id: int | None = Field(default=None, index=True)
    class_notation: str | None = None
    reference: str
    """File reference or class, as it was named."""


class Suspension(SQLModel, table=True):
    """A suspension (Ablaufhemmung): while it lasts the period of a case does not end; looked at again on a day."""

    __tablename__ = "suspension"
    __table_args__ = (CheckConstraint("basis <> ''", name="ck_suspension_basis"),)
    id: str = Field(primary_key=True)
    case_id: int = Field(index=True)
    reference: str
    reason: str
    basis: str
    """The law that lets the period not end, as BGB section 203."""
    recheck: dt.date
    begun_by: str
    begun: dt.datetime = Field(sa_type=Instant)
    begun_on: dt.date
    ended_by: str | None = None
    ended: dt.datetime | None = Field(default=None, sa_type=Instant)
    ended_on: dt.date | None = None
    """Last day on which it lasted."""
    end_reason: str = ""


class CaseRule(SQLModel, table=True):
    """A rule of a single case: one that stands instead of its class's, or a further one, also of something in it.

    What could shorten (to stand instead, to end) counts once another person approved it.
    """

    __tablename__ = "case_rule"
    __table_args__ = (
        CheckConstraint('NOT instead OR (document_id IS NULL AND "transaction" IS NULL)', name="ck_case_rule_scope"),
        CheckConstraint('document_id IS NULL OR "transaction" IS NULL', name="ck_case_rule_one"),
        CheckConstraint("approved_by IS NULL OR NOT instead OR approved_by <> requested_by", name="ck_case_rule_eyes"),
        {"sqlite_autoincrement": True},
    )
    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(index=True)
    reference: str
    transaction: str | None = None
    """Number of the transaction from which alone the rule counts."""
    document_id: int | None = None
    rule_id: str
    instead: bool
    reason: str
    requested_by: str
    requested: dt.datetime = Field(sa_type=Instant)
    approved_by: str | None = None
    approved_on: dt.date | None = None
    """First day on which it counts; None while it waits."""
    ending_by: str | None = None
    """Who asked for its end."""
    end_reason: str = ""
    ended_by: str | None = None
    ended_on: dt.date | None = None
    """First day on which it no longer counts."""


class DisposalList(SQLModel, table=True):
    """A disposal list (Aussonderungsliste) from proposal to certificate."""

    __tablename__ = "disposal_list"
    id: str = Field(primary_key=True)
    state: ListState = Field(default=ListState.PROPOSED, sa_type=enum_type(ListState), index=True)
    as_of: dt.date
    proposed_by: str
    proposed: dt.datetime = Field(sa_type=Instant)
    approved_by: str | None = None
    approved: dt.datetime | None = Field(default=None, sa_type=Instant)
    approved_as_of: dt.date | None = None
    digest: str | None = None
    """SHA-512 over the digests of the approved items; carrying out must find the same."""
    audit_sequence: int | None = None
    """Last audit entry at approval; what is handed over cites the log up to here."""
    cool_off_until: dt.date | None = None
    """First day on which it may be carried out."""
    carried_out_by: str | None = None
    carried_out_as_of: dt.date | None = None
    aip_per: str = ""
    """What becomes a package of the archive (setting ``aip_per``), from the beginning of its execution on."""
    offered_on: dt.date | None = None
    """When it was offered to the archive."""
    answer_due: dt.date | None = None
    """Last day on which the archive may answer."""
    lapsed_by: str | None = None
    """Who noted that the archive did not answer in time."""
    lapse_basis: str = ""
    """The law that lets the office destroy then."""
    lead_days: int = 0
    """Days before the end of a longest period at which its cases could be proposed."""
    version: int = 1


class DisposalItem(SQLModel, table=True):
    """A case on a disposal list, as it stood when it was proposed."""

    __tablename__ = "disposal_item"
    __table_args__ = (
        UniqueConstraint("list_id", "case_id"),
        Index("ix_disposal_item_case_state", "case_id", "state"),
        ForeignKeyConstraint(["rule_id", "rule_version"], ["retention_rule.id", "retention_rule.version"]),
        {"sqlite_autoincrement": True},
    )
    id: int | None = Field(default=None, primary_key=True)
    list_id: str = Field(foreign_key="disposal_list.id", index=True)
    case_id: int
    case_version: int
    reference: str
    class_notation: str
    rule_id: str
    rule_version: int
    trigger_date: dt.date
    proposed: Disposal = Field(sa_type=enum_type(Disposal))
    """What the rule says."""
    decision: Decision | None = Field(default=None, sa_type=enum_type(Decision))
    """What the archive decided, by appraisal, by rule (A) or by waiver (V); None blocks."""
    decided_by: str | None = None
    waiver_id: int | None = Field(default=None, foreign_key="archive_waiver.id")
    state: ItemState = Field(default=ItemState.LISTED, sa_type=enum_type(ItemState))
    digest: str | None = None
    """SHA-512 over this line and the digests of the case's stored bytes, as they were approved."""
    reason: str = ""
    """Why it was withheld or taken out, as `retention.reasons` stores it."""


class DisposalStep(SQLModel, table=True):
    """The history of a list: comments, appraisals, approvals, and who took what out and why."""

    __tablename__ = "disposal_step"
    id: int | None = Field(default=None, primary_key=True)
    list_id: str = Field(foreign_key="disposal_list.id", index=True)
    reference: str | None = None
    action: str
    actor: str
    at: dt.datetime = Field(sa_type=Instant)
    as_of: dt.date | None = None
    text: str = ""


class Handover(SQLModel, table=True):
    """The archive's receipt for a case, for all packages that it became; only this frees the office's copy."""

    __tablename__ = "handover"
    id: int | None = Field(default=None, primary_key=True)
    item_id: int = Field(foreign_key="disposal_item.id", unique=True)
    reference: str = Field(index=True)
    aip: str
    aip_version: str
    sip_digest: str
    receipt: str
    """The whole receipt as JSON; ``parts`` are those for the packages of its transactions."""
    at: dt.datetime = Field(sa_type=Instant)


class Tombstone(SQLModel, table=True):
    """What remains of a case that went: nothing that names a person."""

    __tablename__ = "tombstone"
    reference: str = Field(primary_key=True)
    former_references: str = ""
    """Separated by line feeds."""
    case_id: int = Field(index=True)
    class_notation: str
    class_title: str
    unit: str
    opened: dt.date
    closed: dt.date
    rule_id: str
    rule_version: int
    trigger_date: dt.date
    due: dt.date
    outcome: Outcome = Field(sa_type=enum_type(Outcome))
    list_id: str = Field(foreign_key="disposal_list.id", index=True)
    decided_by: str
    waiver_id: int | None = Field(default=None, foreign_key="archive_waiver.id")
    handover_id: int | None = Field(default=None, foreign_key="handover.id")
    proposed_by: str
    approved_by: str
    carried_out_by: str
    at: dt.datetime = Field(sa_type=Instant)
    as_of: dt.date
    further: str = "[]"
    """Canonical JSON: further rules and suspensions that it was under, as `retention.disposal.grounds` says them."""
    objects: str
    """Canonical JSON: ``kind``, ``name`` and ``sha512`` of all that was erased."""


class Certificate(SQLModel, table=True):
    """The destruction certificate (Löschprotokoll) of a list; both forms lie in the blob store."""

    __tablename__ = "certificate"
    number: str = Field(primary_key=True)
    list_id: str = Field(foreign_key="disposal_list.id", unique=True)
    json_sha512: str = Field(max_length=128)
    pdf_sha512: str = Field(max_length=128)
    at: dt.datetime = Field(sa_type=Instant)


class PendingErasure(SQLModel, table=True):
    """What a destruction still has to remove outside the database; the row goes when that is done."""

    __tablename__ = "pending_erasure"
    id: int | None = Field(default=None, primary_key=True)
    reference: str
    record: str
    """The names of the record as JSON."""
    blobs: str
    """Digests of stored bytes as a JSON list."""


class ErasureRequest(SQLModel, table=True):
    """A person's request for erasure; of the person only a salted digest is kept."""

    __tablename__ = "erasure_request"
    id: str = Field(primary_key=True)
    received: dt.date
    opened_by: str
    opened: dt.datetime = Field(sa_type=Instant)
    salt: str
    person: str
    """scrypt over the name in small letters."""
    list_id: str | None = Field(default=None, foreign_key="disposal_list.id")
    """The last list that was proposed for it."""


class ErasureItem(SQLModel, table=True):
    """A case that an erasure request is about."""

    __tablename__ = "erasure_item"
    __table_args__ = (UniqueConstraint("request_id", "case_id"),)
    id: int | None = Field(default=None, primary_key=True)
    request_id: str = Field(foreign_key="erasure_request.id", index=True)
    case_id: int = Field(index=True)
    reference: str


class XdomeaProcess(SQLModel, table=True):
    """An xdomea disposal procedure (Aussonderungsverfahren) with one archive about one list."""

    __tablename__ = "xdomea_process"
    id: str = Field(primary_key=True)
    """The process id (UUID) that all messages carry."""
    list_id: str = Field(foreign_key="disposal_list.id", index=True)
    schema_version: str
    state: str


class XdomeaMessage(SQLModel, table=True):
    """An xdomea message that was written or read."""

    __tablename__ = "xdomea_message"
    __table_args__ = (UniqueConstraint("process_id", "kind", "sha512"),)
    id: int | None = Field(default=None, primary_key=True)
    process_id: str = Field(foreign_key="xdomea_process.id", index=True)
    kind: str
    """Four digits, 0501 to 0507."""
    direction: Direction = Field(sa_type=enum_type(Direction))
    sha512: str = Field(max_length=128)
    at: dt.datetime = Field(sa_type=Instant)
    finding: str = ""
    """What was unusual about it."""


class ArchiveErasure(SQLModel, table=True):
    """An order to erase a package of the archive: ordered, approved by a second person, carried out by a third step."""

    __tablename__ = "archive_erasure"
    id: str = Field(primary_key=True)
    aip: str = Field(index=True)
    reference: str
    part_of: str = ""
    """Reference of the case, of a transaction that is a package of its own."""
    reason: str
    ordered_by: str
    ordered: dt.datetime = Field(sa_type=Instant)
    approved_by: str | None = None
    approved: dt.datetime | None = Field(default=None, sa_type=Instant)
    carried_out_by: str | None = None
    carried_out: dt.datetime | None = Field(default=None, sa_type=Instant)
    withdrawn_by: str | None = None
    withdrawn: dt.datetime | None = Field(default=None, sa_type=Instant)
    removed: str = "[]"
    """Canonical JSON: SHA-512 and length of every stored file that is gone; the certificate shows it."""
    json_sha512: str | None = Field(default=None, max_length=128)
    """The certificate, once it was carried out; both forms lie in the blob store."""
    pdf_sha512: str | None = Field(default=None, max_length=128)
