"""Inventories: what is written is read again, and nothing that is read can break the reader."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.errors import ObjectDamaged
from archive.ocfl import inventory as inv
from archive.ocfl.codes import Severity
from archive.ocfl.inventory import Inventory, Version, parse
from archive.ocfl.inventory_check import check_inventory, read_json
from archive.ocfl.layout import Layout

NAMES = st.text(st.characters(exclude_categories=["C"], exclude_characters="/"), min_size=1, max_size=8).filter(
    lambda name: name not in {".", ".."}
)
DIGESTS = st.integers(0, 5).map(lambda number: f"{number:0128x}")


@st.composite
def inventories(draw: st.DrawFn) -> Inventory:
    found = inv.empty(draw(st.just("urn:x:") | st.just("erecords:case:")) + draw(NAMES))
    for _ in range(draw(st.integers(1, 4))):
        files = draw(st.dictionaries(NAMES, DIGESTS))
        state = {f"d{number}/{name}": digest for number, (name, digest) in enumerate(files.items())}
        name = found.next_version()
        added = {d: (f"{name}/content/{p}",) for p, d in state.items() if d not in found.manifest}
        version = Version("2026-11-22T09:00:00.000000Z", draw(st.text(max_size=20)), "Ü", "mailto:a@b.example", state)
        found = found.with_version(name, version, added)
    return found


@given(inventories())
def test_round_trip(found: Inventory) -> None:
    data = found.to_bytes()
    assert parse(data, "here") == found
    assert parse(data, "here").to_bytes() == data
    assert not check_inventory(json.loads(data), "inventory.json").findings


def paths(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [before, *(path for key, part in items for path in paths(part, (*before, key)))]


@settings(max_examples=300)
@given(inventories(), st.data())
def test_any_change_of_type_is_a_finding_never_an_error(found: Inventory, data: st.DataObject) -> None:
    values = json.loads(found.to_bytes())
    path = data.draw(st.sampled_from([p for p in paths(values) if p]))
    strange = data.draw(st.sampled_from([None, 1, "x", [], {}, [1], {"a": 1}, True]))
    changed = copy.deepcopy(values)
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = strange
    findings = check_inventory(changed, "inventory.json").findings
    if not any(finding.severity is Severity.ERROR for finding in findings):
        parse(json.dumps(changed).encode(), "here")
    else:
        with pytest.raises(ObjectDamaged):
            parse(json.dumps(changed).encode(), "here")


@given(st.binary(max_size=200))
def test_bytes_that_are_no_inventory(data: bytes) -> None:
    with pytest.raises(ObjectDamaged):
        parse(data, "here")


def test_repeated_key_is_refused() -> None:
    assert read_json(b'{"id": "a", "id": "b"}', "x")[1][0].code == "E033"


@pytest.mark.parametrize(
    ("extension", "identifier", "path"),
    [
        # examples of extension 0003
        ("0003-hash-and-id-n-tuple-storage-layout", "object-01", "3c0/ff4/240/object-01"),
        ("0003-hash-and-id-n-tuple-storage-layout", "..hor/rib:le-$id", "487/326/d8c/%2e%2ehor%2frib%3ale-%24id"),
        # example of extension 0004
        (
            "0004-hashed-n-tuple-storage-layout",
            "object-01",
            "3c0/ff4/240/3c0ff4240c1e116dba14c7627f2319b58aa3d77606d0d90dfc6161608ac987d4",
        ),
    ],
)
def test_layouts_as_their_extensions_say(extension: str, identifier: str, path: str) -> None:
    assert Layout(extension).path(identifier) == path


def test_long_ids_are_cut_with_their_digest() -> None:
    last = Layout("0003-hash-and-id-n-tuple-storage-layout").path("x" * 150).rpartition("/")[2]
    assert len(last) == 100 + 1 + 64
