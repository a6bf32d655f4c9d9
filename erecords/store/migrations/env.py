"""Entry point of Alembic: hands the program's own connection to the migrations."""

from alembic import context

from erecords.store import migrations

with context.config.attributes["engine"].connect().execution_options(erecords_writes=True) as connection:
    migrations.run(connection)
    connection.commit()
