"""First tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "archive_erasure",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("aip", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("part_of", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("ordered_by", sa.String(), nullable=False),
        sa.Column("ordered", sa.String(length=27), nullable=False),
        sa.Column("approved_by", sa.String(), nullable=True),
        sa.Column("approved", sa.String(length=27), nullable=True),
        sa.Column("carried_out_by", sa.String(), nullable=True),
        sa.Column("carried_out", sa.String(length=27), nullable=True),
        sa.Column("withdrawn_by", sa.String(), nullable=True),
        sa.Column("withdrawn", sa.String(length=27), nullable=True),
        sa.Column("removed", sa.String(), nullable=False),
        sa.Column("json_sha512", sa.String(length=128), nullable=True),
        sa.Column("pdf_sha512", sa.String(length=128), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("archive_erasure", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_archive_erasure_aip"), ["aip"], unique=False)

    op.create_table(
        "archive_waiver",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rule_id", sa.String(), nullable=True),
        sa.Column("class_notation", sa.String(), nullable=True),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("given_by", sa.String(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("(rule_id IS NULL) <> (class_notation IS NULL)", name="ck_waiver_scope"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("archive_waiver", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_archive_waiver_class_notation"), ["class_notation"], unique=False)
        batch_op.create_index(batch_op.f("ix_archive_waiver_rule_id"), ["rule_id"], unique=False)

    op.create_table(
        "audit_entry",
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("time", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("object", sa.String(), nullable=False),
        sa.Column("details", sa.String(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("sequence"),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entry_object"), ["object"], unique=False)

    op.create_table(
        "case_clue",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("case_id", "key", "value"),
        info={"derived": True},
    )
    with op.batch_alter_table("case_clue", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_clue_case_id"), ["case_id"], unique=False)
        batch_op.create_index("ix_case_clue_key_value", ["key", "value"], unique=False)

    op.create_table(
        "case_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("transaction", sa.String(), nullable=True),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.Column("rule_id", sa.String(), nullable=False),
        sa.Column("instead", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("requested_by", sa.String(), nullable=False),
        sa.Column("requested", sa.String(length=27), nullable=False),
        sa.Column("approved_by", sa.String(), nullable=True),
        sa.Column("approved_on", sa.Date(), nullable=True),
        sa.Column("ending_by", sa.String(), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=False),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.CheckConstraint('NOT instead OR (document_id IS NULL AND "transaction" IS NULL)', name="ck_case_rule_scope"),
        sa.CheckConstraint(
            "approved_by IS NULL OR NOT instead OR approved_by <> requested_by", name="ck_case_rule_eyes"
        ),
        sa.CheckConstraint('document_id IS NULL OR "transaction" IS NULL', name="ck_case_rule_one"),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("case_rule", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_rule_case_id"), ["case_id"], unique=False)

    op.create_table(
        "counter",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("sha512", sa.String(), nullable=True),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("received", sa.String(length=27), nullable=False),
        sa.Column("received_by", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "processed",
                "quarantined",
                "duplicate",
                "discarded",
                name="ck_deliverystate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("duplicate_of", sa.Integer(), nullable=True),
        sa.Column("part_of", sa.Integer(), nullable=True),
        sa.Column("outermost", sa.Integer(), nullable=True),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("password_given", sa.Boolean(), nullable=False),
        sa.Column("discard_proposed_by", sa.String(), nullable=True),
        sa.Column("letters", sa.Integer(), nullable=False),
        sa.Column("sheets", sa.Integer(), nullable=False),
        sa.Column("batches", sa.JSON(), nullable=False),
        sa.Column("unbalanced", sa.Boolean(), nullable=False),
        sa.Column("erased", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["duplicate_of"],
            ["delivery.id"],
        ),
        sa.ForeignKeyConstraint(
            ["outermost"],
            ["delivery.id"],
        ),
        sa.ForeignKeyConstraint(
            ["part_of"],
            ["delivery.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("claim"),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delivery_outermost"), ["outermost"], unique=False)
        batch_op.create_index(batch_op.f("ix_delivery_part_of"), ["part_of"], unique=False)
        batch_op.create_index(batch_op.f("ix_delivery_sha512"), ["sha512"], unique=False)
        batch_op.create_index(batch_op.f("ix_delivery_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_delivery_unbalanced"), ["unbalanced"], unique=False)

    op.create_table(
        "disposal_list",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "approved",
                "running",
                "done",
                "cancelled",
                name="ck_liststate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposed", sa.String(length=27), nullable=False),
        sa.Column("approved_by", sa.String(), nullable=True),
        sa.Column("approved", sa.String(length=27), nullable=True),
        sa.Column("approved_as_of", sa.Date(), nullable=True),
        sa.Column("digest", sa.String(), nullable=True),
        sa.Column("audit_sequence", sa.Integer(), nullable=True),
        sa.Column("cool_off_until", sa.Date(), nullable=True),
        sa.Column("carried_out_by", sa.String(), nullable=True),
        sa.Column("carried_out_as_of", sa.Date(), nullable=True),
        sa.Column("aip_per", sa.String(), nullable=False),
        sa.Column("offered_on", sa.Date(), nullable=True),
        sa.Column("answer_due", sa.Date(), nullable=True),
        sa.Column("lapsed_by", sa.String(), nullable=True),
        sa.Column("lapse_basis", sa.String(), nullable=False),
        sa.Column("lead_days", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("disposal_list", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_disposal_list_state"), ["state"], unique=False)

    op.create_table(
        "entry_label",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("printed", sa.Date(), nullable=False),
        sa.Column("printed_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "hold",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("query", sa.String(), nullable=False),
        sa.Column("future", sa.Boolean(), nullable=False),
        sa.Column("placed_by", sa.String(), nullable=False),
        sa.Column("placed", sa.String(length=27), nullable=False),
        sa.Column("placed_on", sa.Date(), nullable=False),
        sa.Column("lifted", sa.String(length=27), nullable=True),
        sa.Column("lifted_on", sa.Date(), nullable=True),
        sa.Column("lifted_by", sa.String(), nullable=True),
        sa.Column("lift_reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "ledger_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        info={"derived": True},
        sqlite_autoincrement=True,
    )
    op.create_table(
        "ledger_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("head", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        info={"derived": True},
    )
    op.create_table(
        "outbox",
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("object_id", sa.String(), nullable=False),
        sa.Column(
            "operation",
            sa.Enum("put", "remove", name="ck_outboxoperation", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("sequence"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "pending_erasure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("record", sa.String(), nullable=False),
        sa.Column("blobs", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "retention_rule",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("years", sa.Integer(), nullable=True),
        sa.Column("months", sa.Integer(), nullable=True),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("trigger", sa.String(), nullable=False),
        sa.Column(
            "start",
            sa.Enum(
                "jahresende", "ereignis", name="ck_rulestart", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum("min", "max", "fix", name="ck_rulekind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column(
            "disposal",
            sa.Enum("A", "B", "V", name="ck_disposal", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("checked", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("imported_by", sa.String(), nullable=False),
        sa.Column("confirmed_by", sa.String(), nullable=True),
        sa.CheckConstraint("basis <> '' AND trigger <> ''", name="ck_rule_basis"),
        sa.CheckConstraint(
            "coalesce(years, 0) >= 0 AND coalesce(months, 0) >= 0 AND coalesce(days, 0) >= 0", name="ck_rule_period"
        ),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="ck_rule_validity"),
        sa.PrimaryKeyConstraint("id", "version"),
    )
    op.create_table(
        "suspension",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("recheck", sa.Date(), nullable=False),
        sa.Column("begun_by", sa.String(), nullable=False),
        sa.Column("begun", sa.String(length=27), nullable=False),
        sa.Column("begun_on", sa.Date(), nullable=False),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.Column("ended", sa.String(length=27), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=False),
        sa.CheckConstraint("basis <> ''", name="ck_suspension_basis"),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("suspension", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_suspension_case_id"), ["case_id"], unique=False)

    op.create_table(
        "unit",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("parent", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("short", sa.String(), nullable=False),
        sa.Column("mailbox", sa.String(), nullable=False),
        sa.Column("tasks", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent"],
            ["unit.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "audit_value",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("object", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("salt", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sequence"],
            ["audit_entry.sequence"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sequence", "key"),
    )
    with op.batch_alter_table("audit_value", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_value_object"), ["object"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_value_sequence"), ["sequence"], unique=False)

    op.create_table(
        "certificate",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("list_id", sa.String(), nullable=False),
        sa.Column("json_sha512", sa.String(length=128), nullable=False),
        sa.Column("pdf_sha512", sa.String(length=128), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["disposal_list.id"],
        ),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("list_id"),
    )
    op.create_table(
        "disposal_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("list_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("case_version", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("class_notation", sa.String(), nullable=False),
        sa.Column("rule_id", sa.String(), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("trigger_date", sa.Date(), nullable=False),
        sa.Column(
            "proposed",
            sa.Enum("A", "B", "V", name="ck_disposal", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column(
            "decision",
            sa.Enum("A", "V", name="ck_decision", native_enum=False, create_constraint=True, length=40),
            nullable=True,
        ),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("waiver_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "listed",
                "taken-out",
                "transferred",
                "destroyed",
                "withheld",
                name="ck_itemstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("digest", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["disposal_list.id"],
        ),
        sa.ForeignKeyConstraint(
            ["rule_id", "rule_version"],
            ["retention_rule.id", "retention_rule.version"],
        ),
        sa.ForeignKeyConstraint(
            ["waiver_id"],
            ["archive_waiver.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("list_id", "case_id"),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("disposal_item", schema=None) as batch_op:
        batch_op.create_index("ix_disposal_item_case_state", ["case_id", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_disposal_item_list_id"), ["list_id"], unique=False)

    op.create_table(
        "disposal_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("list_id", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["disposal_list.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("disposal_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_disposal_step_list_id"), ["list_id"], unique=False)

    op.create_table(
        "erasure_request",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("received", sa.Date(), nullable=False),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("opened", sa.String(length=27), nullable=False),
        sa.Column("salt", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("list_id", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["disposal_list.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "hold_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("hold_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("class_notation", sa.String(), nullable=True),
        sa.Column("reference", sa.String(), nullable=False),
        sa.CheckConstraint("(case_id IS NULL) <> (class_notation IS NULL)", name="ck_hold_scope"),
        sa.ForeignKeyConstraint(
            ["hold_id"],
            ["hold.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("hold_id", "reference"),
    )
    with op.batch_alter_table("hold_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_hold_member_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_hold_member_hold_id"), ["hold_id"], unique=False)

    op.create_table(
        "letter",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "tray", "filed", "rejected", name="ck_letterstate", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("received", sa.Date(), nullable=False),
        sa.Column("first_page", sa.Integer(), nullable=False),
        sa.Column("last_page", sa.Integer(), nullable=False),
        sa.Column("document_type", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=True),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("unit", sa.String(), nullable=True),
        sa.Column("text_chars", sa.Integer(), nullable=False),
        sa.Column("references", sa.JSON(), nullable=False),
        sa.Column("suggestion", sa.JSON(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("transfer_note", sa.JSON(), nullable=False),
        sa.Column("deadlines", sa.JSON(), nullable=False),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("markings", sa.JSON(), nullable=False),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("marked_by", sa.String(), nullable=True),
        sa.Column("sealed_until", sa.Date(), nullable=True),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.Column("case_reference", sa.String(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided", sa.String(length=27), nullable=True),
        sa.Column("reject_reason", sa.String(), nullable=True),
        sa.Column("merged_into", sa.String(), nullable=True),
        sa.Column("likenesses", sa.JSON(), nullable=False),
        sa.Column("erased", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["delivery.id"],
        ),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("delivery_id", "position"),
        info={"indexed": "mail"},
    )
    with op.batch_alter_table("letter", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_letter_delivery_id"), ["delivery_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_letter_document_id"), ["document_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_letter_due"), ["due"], unique=False)
        batch_op.create_index("ix_letter_state_unit", ["state", "unit"], unique=False)

    op.create_table(
        "plan_class",
        sa.Column("notation", sa.String(), nullable=False),
        sa.Column("parent", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=True),
        sa.Column("rule_inherited", sa.Boolean(), nullable=False),
        sa.Column("rule_asked", sa.String(), nullable=True),
        sa.Column("rule_asked_inherited", sa.Boolean(), nullable=False),
        sa.Column("rule_asked_by", sa.String(), nullable=True),
        sa.Column(
            "file_kind",
            sa.Enum(
                "gruppe",
                "einzelfallakte",
                "sammelakte",
                "sachakte",
                name="ck_filekind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("file_key", sa.String(), nullable=False),
        sa.Column(
            "protection",
            sa.Enum(
                "offen",
                "personenbezogen",
                "steuergeheimnis",
                "gesundheit",
                "personalakte",
                "vertraulich",
                name="ck_protection",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("protection_inherited", sa.Boolean(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent"],
            ["plan_class.notation"],
        ),
        sa.ForeignKeyConstraint(
            ["unit"],
            ["unit.id"],
        ),
        sa.PrimaryKeyConstraint("notation"),
    )
    with op.batch_alter_table("plan_class", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plan_class_rule"), ["rule"], unique=False)

    op.create_table(
        "staff",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "poststelle",
                "sachbearbeitung",
                "standesbeamtin",
                "leitung",
                "prozessmanagement",
                "archiv",
                "datenschutz",
                "administration",
                name="ck_role",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("deputy", sa.String(), nullable=True),
        sa.Column("absent_from", sa.Date(), nullable=True),
        sa.Column("absent_to", sa.Date(), nullable=True),
        sa.Column("may_sign", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["unit"],
            ["unit.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "xdomea_process",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("list_id", sa.String(), nullable=False),
        sa.Column("schema_version", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["disposal_list.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("xdomea_process", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_xdomea_process_list_id"), ["list_id"], unique=False)

    op.create_table(
        "case_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("class_notation", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "closed", name="ck_casestate", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("opened", sa.Date(), nullable=False),
        sa.Column("closed", sa.Date(), nullable=True),
        sa.Column("rule_override", sa.String(), nullable=True),
        sa.Column("imported_as", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'open') = (closed IS NULL)", name="ck_case_closed"),
        sa.ForeignKeyConstraint(
            ["class_notation"],
            ["plan_class.notation"],
        ),
        sa.ForeignKeyConstraint(
            ["unit"],
            ["unit.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("imported_as"),
        sa.UniqueConstraint("reference"),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("case_file", schema=None) as batch_op:
        batch_op.create_index("ix_case_class_state", ["class_notation", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_file_key"), ["key"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_file_unit"), ["unit"], unique=False)

    op.create_table(
        "erasure_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["erasure_request.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("request_id", "case_id"),
    )
    with op.batch_alter_table("erasure_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_erasure_item_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_erasure_item_request_id"), ["request_id"], unique=False)

    op.create_table(
        "handover",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("aip", sa.String(), nullable=False),
        sa.Column("aip_version", sa.String(), nullable=False),
        sa.Column("sip_digest", sa.String(), nullable=False),
        sa.Column("receipt", sa.String(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["disposal_item.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("item_id"),
    )
    with op.batch_alter_table("handover", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_handover_reference"), ["reference"], unique=False)

    op.create_table(
        "letter_copy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("letter", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "abdruck", "mitzeichnung", name="ck_copykind", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("given", sa.String(length=27), nullable=False),
        sa.Column("given_by", sa.String(), nullable=False),
        sa.Column("seen", sa.String(length=27), nullable=True),
        sa.Column("seen_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["letter"],
            ["letter.number"],
        ),
        sa.ForeignKeyConstraint(
            ["unit"],
            ["unit.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("letter", "unit"),
    )
    with op.batch_alter_table("letter_copy", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_letter_copy_letter"), ["letter"], unique=False)
        batch_op.create_index(batch_op.f("ix_letter_copy_unit"), ["unit"], unique=False)

    op.create_table(
        "letter_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("letter", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "original",
                "pdfa",
                "text",
                "words",
                "thumbnail",
                name="ck_renditionkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("sha512", sa.String(length=128), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("mime", sa.String(), nullable=False),
        sa.Column("puid", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["letter"],
            ["letter.number"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("letter", "kind"),
    )
    with op.batch_alter_table("letter_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_letter_file_letter"), ["letter"], unique=False)
        batch_op.create_index(batch_op.f("ix_letter_file_sha512"), ["sha512"], unique=False)

    op.create_table(
        "letter_lease",
        sa.Column("letter", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("since", sa.String(length=27), nullable=False),
        sa.Column("until", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(
            ["letter"],
            ["letter.number"],
        ),
        sa.PrimaryKeyConstraint("letter"),
        info={"derived": True},
    )
    op.create_table(
        "letter_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("letter", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("written", sa.String(length=27), nullable=False),
        sa.Column("written_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["letter"],
            ["letter.number"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("letter_note", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_letter_note_letter"), ["letter"], unique=False)

    op.create_table(
        "letter_print",
        sa.Column("letter", sa.String(), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.Column("picture", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["letter"],
            ["letter.number"],
        ),
        sa.PrimaryKeyConstraint("letter"),
        info={"derived": True},
    )
    op.create_table(
        "print_band",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("letter", sa.String(), nullable=False),
        sa.Column("band", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["letter"],
            ["letter.number"],
        ),
        sa.PrimaryKeyConstraint("id"),
        info={"derived": True},
    )
    with op.batch_alter_table("print_band", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_print_band_band"), ["band"], unique=False)
        batch_op.create_index(batch_op.f("ix_print_band_letter"), ["letter"], unique=False)

    op.create_table(
        "saved_search",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("query", sa.String(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("saved", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner"],
            ["staff.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("owner", "name"),
    )
    with op.batch_alter_table("saved_search", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_saved_search_owner"), ["owner"], unique=False)

    op.create_table(
        "stage_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("letter", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["letter"],
            ["letter.number"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("stage_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stage_run_letter"), ["letter"], unique=False)

    op.create_table(
        "xdomea_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("process_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column(
            "direction",
            sa.Enum("sent", "received", name="ck_direction", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("sha512", sa.String(length=128), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("finding", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["process_id"],
            ["xdomea_process.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("process_id", "kind", "sha512"),
    )
    with op.batch_alter_table("xdomea_message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_xdomea_message_process_id"), ["process_id"], unique=False)

    op.create_table(
        "case_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("trigger", sa.String(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case_file.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("case_id", "trigger"),
    )
    with op.batch_alter_table("case_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_event_case_id"), ["case_id"], unique=False)

    op.create_table(
        "case_transaction",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("process", sa.String(), nullable=False),
        sa.Column("process_title", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "closed", name="ck_casestate", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("opened", sa.Date(), nullable=False),
        sa.Column("closed", sa.Date(), nullable=True),
        sa.Column("letter", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'open') = (closed IS NULL)", name="ck_transaction_closed"),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case_file.id"],
        ),
        sa.PrimaryKeyConstraint("number"),
        info={"indexed": "transaction"},
    )
    with op.batch_alter_table("case_transaction", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_transaction_case_id"), ["case_id"], unique=False)

    op.create_table(
        "former_reference",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("until", sa.String(length=27), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case_file.id"],
        ),
        sa.PrimaryKeyConstraint("reference"),
    )
    with op.batch_alter_table("former_reference", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_former_reference_case_id"), ["case_id"], unique=False)

    op.create_table(
        "tombstone",
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("former_references", sa.String(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("class_notation", sa.String(), nullable=False),
        sa.Column("class_title", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("opened", sa.Date(), nullable=False),
        sa.Column("closed", sa.Date(), nullable=False),
        sa.Column("rule_id", sa.String(), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("trigger_date", sa.Date(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "transferred", "destroyed", name="ck_outcome", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("list_id", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("waiver_id", sa.Integer(), nullable=True),
        sa.Column("handover_id", sa.Integer(), nullable=True),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("approved_by", sa.String(), nullable=False),
        sa.Column("carried_out_by", sa.String(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("further", sa.String(), nullable=False),
        sa.Column("objects", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["handover_id"],
            ["handover.id"],
        ),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["disposal_list.id"],
        ),
        sa.ForeignKeyConstraint(
            ["waiver_id"],
            ["archive_waiver.id"],
        ),
        sa.PrimaryKeyConstraint("reference"),
    )
    with op.batch_alter_table("tombstone", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tombstone_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_tombstone_list_id"), ["list_id"], unique=False)

    op.create_table(
        "document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("received", sa.Date(), nullable=True),
        sa.Column("letter", sa.String(), nullable=True),
        sa.Column("transaction", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["case_file.id"],
        ),
        sa.ForeignKeyConstraint(
            ["transaction"],
            ["case_transaction.number"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("letter"),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("document", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_document_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_document_transaction"), ["transaction"], unique=False)
        batch_op.create_index(batch_op.f("ix_document_type"), ["type"], unique=False)

    op.create_table(
        "document_copy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["document.id"],
        ),
        sa.ForeignKeyConstraint(
            ["unit"],
            ["unit.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("document_id", "unit"),
    )
    with op.batch_alter_table("document_copy", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_document_copy_document_id"), ["document_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_document_copy_unit"), ["unit"], unique=False)

    op.create_table(
        "document_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("created", sa.String(length=27), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["document.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("document_id", "number"),
    )
    with op.batch_alter_table("document_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_document_version_document_id"), ["document_id"], unique=False)

    op.create_table(
        "rendition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "original",
                "pdfa",
                "text",
                "words",
                "thumbnail",
                name="ck_renditionkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("sha512", sa.String(length=128), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("mime", sa.String(), nullable=False),
        sa.Column("puid", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["document_version.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("version_id", "kind"),
    )
    with op.batch_alter_table("rendition", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rendition_sha512"), ["sha512"], unique=False)
        batch_op.create_index(batch_op.f("ix_rendition_version_id"), ["version_id"], unique=False)
