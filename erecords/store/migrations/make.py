"""For developers: write the next migration from the difference between the models and the newest revision.

``python -m erecords.store.migrations.make 0002 "Add saved searches" package.models ...`` names the packages whose
tables belong to the database; read and mend what it wrote before you commit it.
"""

from __future__ import annotations

import importlib
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config

from erecords.store import migrations
from erecords.store.db import connect


def make(revision: str, message: str, models: list[str]) -> None:
    """Write ``versions/<revision>_....py``."""
    for name in models:
        importlib.import_module(name)
    with tempfile.TemporaryDirectory() as folder:
        engine = connect("", Path(folder))
        config = Config()
        config.set_main_option("script_location", str(Path(migrations.__file__).parent))
        config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
        config.attributes["engine"] = engine
        command.upgrade(config, "head")
        command.revision(config, message, autogenerate=True, rev_id=revision)
        engine.dispose()


if __name__ == "__main__":
    make(sys.argv[1], sys.argv[2], sys.argv[3:])
