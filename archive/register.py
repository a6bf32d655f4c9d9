"""The register of accessions and the access log: JSON lines, each chained to the one before by its hash.

Hash = SHA-256 over the canonical JSON (`erecords.digest.canonical_json`) of the entry without its ``hash``;
``previous`` is the hash of the entry before, 64 zeros for the first. Form and check: ``docs/internals/archive.md``.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from archive.errors import RegisterBroken
from erecords.digest import canonical_json
from erecords.files import exclusive, fsync_folder, make_folder

FIRST = "0" * 64
_TAIL = 1 << 16


def entry_hash(entry: Mapping[str, Any]) -> str:
    """The hash of an entry, whatever its ``hash`` says."""
    return hashlib.sha256(canonical_json({key: value for key, value in entry.items() if key != "hash"})).hexdigest()


class Register:
    """One chained file; appended under a lock and forced to the disk before `append` returns."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Add an entry and return it with sequence and hashes.

        A last line without its line feed was never acknowledged (a stop in mid-write) and is cut off first.

        Raises:
            RegisterBroken: the last entry is not readable.
        """
        make_folder(self.path.parent)
        with exclusive(self.path.with_suffix(".lock"), "The register is in use.", wait=True):
            new = not self.path.exists()
            with self.path.open("a+b") as stream:
                last, kept = self._last(stream.fileno())
                stream.truncate(kept)
                entry = dict(values)
                entry["sequence"] = last["sequence"] + 1 if last else 1
                entry["previous"] = last["hash"] if last else FIRST
                entry["hash"] = entry_hash(entry)
                stream.write(canonical_json(entry) + b"\n")
                stream.flush()
                os.fsync(stream.fileno())
            if new:
                fsync_folder(self.path.parent)
        return entry

    def last_sequence(self) -> int:
        """Sequence of the last entry, 0 when there is none."""
        last = self.last()
        return int(last["sequence"]) if last else 0

    def last(self) -> dict[str, Any] | None:
        """The last entry, None when there is none."""
        try:
            with self.path.open("rb") as stream:
                return self._last(stream.fileno())[0]
        except FileNotFoundError:
            return None

    def _last(self, handle: int) -> tuple[dict[str, Any] | None, int]:
        """The last finished entry and the length of the file up to its end."""
        size = os.fstat(handle).st_size
        length = _TAIL
        while True:
            tail = os.pread(handle, min(length, size), max(0, size - length))
            end = tail.rfind(b"\n")
            start = tail.rfind(b"\n", 0, max(end, 0))
            if (end >= 0 and start >= 0) or length >= size:
                break
            length *= 4
        kept = size - len(tail) + end + 1
        return (self._parse(tail[start + 1 : end]) if end >= 0 else None), kept

    def entries(self, after: int = 0) -> Iterator[dict[str, Any]]:
        """Entries with a sequence above ``after``, oldest first; an unfinished last line is left out.

        Raises:
            RegisterBroken: a line is not readable.
        """
        if not self.path.exists():
            return
        with self.path.open("rb") as stream:
            for line in stream:
                if line.endswith(b"\n"):
                    entry = self._parse(line)
                    if entry["sequence"] > after:
                        yield entry

    def readable(self) -> Iterator[dict[str, Any]]:
        """Entries up to the first line that is not readable; for checks that must go on."""
        try:
            yield from self.entries()
        except RegisterBroken:
            return

    def _parse(self, line: bytes) -> dict[str, Any]:
        try:
            entry = json.loads(line)
            if not isinstance(entry["sequence"], int) or not isinstance(entry["hash"], str):
                raise TypeError("sequence or hash has the wrong type")
        except (ValueError, KeyError, TypeError) as error:
            raise RegisterBroken(
                f"{self.path} holds a line that is no entry ({error}); nothing was added. "
                "Keep the file for inquiry and run: erecords archive rebuild"
            ) from error
        return dict(entry)

    def verify(self) -> tuple[str, ...]:
        """Every break of the chain as a sentence; empty when it is whole."""
        findings = []
        previous, expected = FIRST, 1
        try:
            for entry in self.entries():
                number = entry["sequence"]
                if number != expected:
                    findings.append(f"entry {expected} is missing or out of order, {number} found")
                if entry.get("previous") != previous:
                    findings.append(f"entry {number} does not follow the one before it")
                if entry_hash(entry) != entry["hash"]:
                    findings.append(f"entry {number} was changed")
                previous, expected = entry["hash"], number + 1
        except RegisterBroken as error:
            findings.append(str(error))
        return tuple(findings)
