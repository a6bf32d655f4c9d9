"""Does the fixity block of an inventory keep the rules? (E056, E057, E097, E111)."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from archive.ocfl import digests
from archive.ocfl.codes import Finding, Findings


def check_fixity(fixity: Any, place: str, spec: str, content_paths: Container[str]) -> tuple[Finding, ...]:
    """Findings of the block; that the digests are those of the files is seen when these are read."""
    found = Findings()
    if not isinstance(fixity, dict):
        found.add("E111" if spec != "1.0" else "E056", place, "fixity is no object")
        return found.all()
    for algorithm, block in fixity.items():
        if not digests.known(algorithm):
            found.add("E056", place, f"fixity names the unknown algorithm {algorithm!r}")
        elif not isinstance(block, dict):
            found.add("E057", place, f"the fixity block of {algorithm} is no object")
        else:
            _check_block(found, place, algorithm, block, content_paths)
    return found.all()


def _check_block(
    found: Findings, place: str, algorithm: str, block: Mapping[str, Any], content_paths: Container[str]
) -> None:
    seen: set[str] = set()
    for digest, paths in block.items():
        if not digests.well_formed(algorithm, digest):
            found.add("E057", place, f"{digest!r} is no {algorithm} digest")
        if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
            found.add("E057", place, f"the paths of {digest[:16]}... are no list of texts")
            continue
        if digest.lower() in seen:
            found.add("E097", place, f"the {algorithm} digest {digest[:16]}... occurs twice")
        seen.add(digest.lower())
        for path in paths:
            if path not in content_paths:
                found.add("E057", place, f"fixity names {path!r}, which is not in the manifest")
