"""Whatever is done to the log behind the program's back, the chain shows it."""

from __future__ import annotations

import json
import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erecords.digest import canonical_json
from erecords.store import audit
from erecords.store.chain import GENESIS, entry_hash
from erecords.store.models import AuditEntry

TEXT = st.text(max_size=12)
DETAILS = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
    max_leaves=8,
)
ENTRY = st.tuples(TEXT, TEXT, TEXT, st.dictionaries(TEXT, DETAILS, max_size=3))


def chain(values) -> list[dict]:
    """Exported entries that form a sound chain."""
    lines, previous = [], GENESIS
    for sequence, (actor, action, name, details) in enumerate(values, start=1):
        entry = AuditEntry(
            sequence=sequence,
            time="2026-11-22T09:00:00.000000Z",
            actor=actor,
            action=action,
            object=name,
            details=canonical_json(details).decode(),
            previous=previous,
            hash="",
        )
        previous = entry_hash(audit.exported(entry))
        lines.append({**audit.exported(entry), "hash": previous})
    return lines


def holds(lines: list[dict]) -> bool:
    """The rule of ``docs/internals/audit.md``, written down a second time."""
    previous = GENESIS
    for number, line in enumerate(lines, start=1):
        if line["sequence"] != number or line["previous"] != previous or line["hash"] != entry_hash(line):
            return False
        previous = line["hash"]
    return True


@given(st.lists(ENTRY, max_size=6))
def test_a_chain_holds_and_survives_writing_and_reading(values):
    lines = [json.loads(canonical_json(line)) for line in chain(values)]
    assert holds(lines)


@given(st.lists(ENTRY, min_size=2, max_size=6), st.data())
def test_each_change_is_seen(values, data):
    lines = chain(values)
    place = data.draw(st.integers(0, len(lines) - 1))
    how = data.draw(st.sampled_from(["time", "actor", "action", "object", "details", "remove", "double", "swap"]))
    if how == "remove" and place < len(lines) - 1:
        del lines[place]
    elif how == "double":
        lines.insert(place, dict(lines[place]))
    elif how == "swap" and place:
        lines[place - 1], lines[place] = lines[place], lines[place - 1]
    elif how == "details":
        lines[place]["details"] = {**lines[place]["details"], "x" * 20: 1}
    elif how in ("time", "actor", "action", "object"):
        lines[place][how] += "x"
    else:
        return
    assert not holds(lines)


@given(st.lists(ENTRY, min_size=1, max_size=4), st.integers(0, 3), st.characters())
@settings(max_examples=200)
def test_no_two_entries_share_a_hash_by_shifting_letters(values, place, letter):
    """A letter that moves from one field to the next changes the hash: the form has no ambiguous borders."""
    lines = chain(values)
    line = lines[min(place, len(lines) - 1)]
    shifted = {**line, "actor": line["actor"] + letter, "action": line["action"]}
    other = {**line, "actor": line["actor"], "action": letter + line["action"]}
    assert len({entry_hash(one) for one in (line, shifted, other)}) == 3


@pytest.mark.parametrize(
    ("statement", "first_bad"),
    [
        ("UPDATE audit_entry SET details = replace(details, 'kind', 'Kind') WHERE sequence = 3", 3),
        ("UPDATE audit_entry SET actor = 'u-anders' WHERE sequence = 2", 2),
        ("DELETE FROM audit_entry WHERE sequence = 5", 6),
        ("DELETE FROM audit_entry WHERE sequence = 1", 2),
        ("UPDATE audit_entry SET sequence = -sequence WHERE sequence = 4", -4),
        ("UPDATE audit_entry SET details = 'kein json' WHERE sequence = 7", 7),
        ("UPDATE audit_value SET value = value || '!' WHERE sequence = 60", 60),
    ],
)
def test_an_edited_row_in_the_database_is_found(city, statement, first_bad):
    with city.read() as session:
        assert audit.verify(session).valid
    connection = sqlite3.connect(city.home / "records.db")
    assert connection.execute(statement).rowcount >= 1
    connection.commit()
    connection.close()
    with city.read() as session:
        assert audit.verify(session).first_bad == first_bad
