"""The migrations lead to the very tables that the code expects."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import SQLModel

import cli
from erecords.store import migrations
from erecords.store.db import connect


def test_models_and_migrations_agree(tmp_path):
    cli.ASSEMBLY.load_parts()
    engine = connect("", tmp_path)
    migrations.upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, SQLModel.metadata) == []
    assert migrations.current(engine) == migrations.HEAD
    migrations.upgrade(engine)
    engine.dispose()


def test_every_table_that_names_a_record_is_covered_by_an_eraser():
    parts = cli.ASSEMBLY.load_parts()
    named = {table for part in parts for table in part.tables}
    for table in SQLModel.metadata.tables.values():
        names_a_record = any(
            column.name in {"case_id", "document_id", "letter", "case_reference"} for column in table.c
        )
        if names_a_record and table.name not in REGISTRY | NUMBERS_ONLY:
            assert table.name in named, f"{table.name} names a record; which eraser covers it?"


REGISTRY = {
    "case_event",
    "case_transaction",
    "document",
    "document_copy",
    "document_version",
    "rendition",
    "former_reference",
}
NUMBERS_ONLY = {"hold_member", "disposal_item", "handover", "tombstone", "erasure_item"}
"""What the proof of disposal keeps on purpose: numbers and digests, nothing that names a person."""
