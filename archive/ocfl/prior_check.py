"""Does the inventory of an earlier version tell the same story as the newest one? (E066, W011)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archive.ocfl.codes import Finding, Findings


def compare_states(place: str, values: Mapping[str, Any], prior: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Findings of an earlier inventory (at ``place``) against the object's; both are valid by themselves."""
    found = Findings()
    for version, block in prior["versions"].items():
        now = values["versions"].get(version)
        if now is not None:
            _compare_version(found, place, version, _content_of(prior, block), _content_of(values, now))
            for key in ("created", "message", "user"):
                if block.get(key) != now.get(key):
                    found.add("W011", place, f"{key} of {version} differs from the object's inventory")
    return found.all()


def _compare_version(
    found: Findings,
    place: str,
    version: str,
    old: Mapping[str, frozenset[str]],
    new: Mapping[str, frozenset[str]],
) -> None:
    for logical in sorted(set(old) ^ set(new)):
        found.add("E066", place, f"{logical!r} of {version} is in one of the two inventories only")
    for logical in sorted(set(old) & set(new)):
        if not old[logical] <= new[logical]:
            found.add("E066", place, f"{logical!r} of {version} has other content in the object's inventory")


def _content_of(values: Mapping[str, Any], block: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """Logical path to its content paths."""
    manifest = values["manifest"]
    return {
        logical: frozenset(manifest.get(digest, ())) for digest, paths in block["state"].items() for logical in paths
    }
