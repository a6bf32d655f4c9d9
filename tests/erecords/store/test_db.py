"""What the database reports in words that people can act upon."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session

from erecords.errors import ConfigurationError, DiskFailing, InputRefused
from erecords.store.db import connect


def test_a_server_that_is_away_gives_one_line_without_the_password(tmp_path: Path):
    pytest.importorskip("psycopg", reason="psycopg is not installed: pip install 'erecords[postgresql]'")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        engine = connect(f"postgresql+psycopg://u:geheim@127.0.0.1:{probe.getsockname()[1]}/records", tmp_path)
        with pytest.raises(DiskFailing, match=r"server does not answer .*url") as found, Session(engine) as session:
            session.connection()
    assert "geheim" not in str(found.value) and "\n" not in str(found.value)


@pytest.mark.parametrize("url", ["postgresql+psycopg:u:geheim@h/d", "postgresql+nodriver://u:geheim@h/d"])
def test_an_url_that_is_none_is_refused_without_its_password(tmp_path: Path, url: str):
    with pytest.raises(ConfigurationError, match="url") as found:
        connect(url, tmp_path)
    assert "geheim" not in str(found.value)


def test_a_number_that_no_record_can_have_is_the_users_mistake(tmp_path: Path):
    engine = connect("", tmp_path)
    with engine.connect() as connection, pytest.raises(InputRefused, match="larger"):
        connection.execute(text("SELECT :number"), {"number": 10**23})
    engine.dispose()
