"""The ledger beside the database: what a restored backup must not undo (``docs/internals/ledger.md``).

A backup brings back what was destroyed after it was made, and loses the holds and rules that came later. So these are
also written, a line each, to a file that no backup holds. Lines wait in the database until they stand in the file; a
file with more lines than the database knows of means that the database was restored, and they are to be replayed.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, delete, func, insert, update
from sqlmodel import Session, col, select

from erecords.clock import Clock
from erecords.digest import canonical_json
from erecords.errors import StoreDamaged
from erecords.files import copy_atomic, fsync_folder, make_folder
from erecords.store.models import LedgerLine, LedgerMark
from erecords.store.uow import UnitOfWork

FOLDER = "ledger"
_NAME = "ledger.jsonl"
_GENESIS = "0" * 64
_WRITER = "system:ledger"


class LedgerRefused(StoreDamaged):
    """The ledger beside the database is damaged or belongs to another home; nothing of it was taken over."""

    code = "ledger"


@dataclass(frozen=True)
class Line:
    """A line of the ledger.

    Attributes:
        kind: what happened.
        rows: table and values of the rows that it left, in an order that foreign keys allow.
    """

    kind: str
    rows: tuple[tuple[str, dict[str, Any]], ...]


def path(home: Path) -> Path:
    """The ledger of a home."""
    return home / FOLDER / _NAME


def put_file(home: Path, name: str, source: Path) -> None:
    """Keep a copy of a file beside the ledger (a certificate); it is there before the line that names it."""
    copy_atomic(source, make_folder(home / FOLDER) / name)


def drain(engine: Engine, home: Path, clock: Clock) -> None:
    """Move the lines that wait in the database to the file, forced to the disk; stopped midway, the next call does it.

    Raises:
        LedgerRefused: the file holds lines that the database does not know: replay them first.
    """
    with Session(engine) as session:
        if session.exec(select(LedgerLine.id).limit(1)).first() is None:
            return
    with UnitOfWork(engine, clock, _WRITER) as work:
        mark = _mark(work.session)
        waiting = work.session.exec(select(LedgerLine).order_by(col(LedgerLine.id))).all()
        contents = [row.content for row in waiting]
        there = list(_after(home, mark))
        written = [entry["content"] for entry in there]
        if written != [json.loads(text) for text in contents[: len(written)]]:
            raise LedgerRefused(f"{path(home)} is ahead of the database; open the home with this program first.")
        head = there[-1]["hash"] if there else mark.head
        lines = list(_chained(contents[len(written) :], head))
        size = _append(home, b"".join(text for text, _ in lines))
        work.derive(delete(LedgerLine).where(col(LedgerLine.id) <= waiting[-1].id))
        _set_mark(work, size, lines[-1][1] if lines else head)


def behind(engine: Engine, home: Path) -> bool:
    """Whether the database is older than the ledger, or lines wait for it."""
    with Session(engine) as session:
        mark = _mark(session)
        return _size(home) > mark.bytes or session.exec(select(LedgerLine.id).limit(1)).first() is not None


def unknown(session: Session, home: Path) -> list[Line]:
    """The lines that the database does not know, oldest first; those that it was about to write are left out.

    Raises:
        LedgerRefused: the file does not go on where the database stopped.
    """
    waiting = [json.loads(text) for text in session.exec(select(LedgerLine.content).order_by(col(LedgerLine.id)))]
    found = [entry["content"] for entry in _after(home, _mark(session))]
    if found == waiting[: len(found)]:
        return []
    return [Line(value["kind"], tuple((name, row) for name, row in value["rows"])) for value in found]


def last_waiting(session: Session) -> int:
    """Number of the last line that waits; 0 when none does."""
    return session.exec(select(func.max(LedgerLine.id))).one() or 0


def caught_up(work: UnitOfWork, home: Path, waited: int) -> None:
    """Note that all lines of the file were replayed; those that waited up to ``waited`` are among them."""
    last = _GENESIS
    for entry in _after(home, LedgerMark(id=1, bytes=0, head="")):
        last = entry["hash"]
    work.derive(delete(LedgerLine).where(col(LedgerLine.id) <= waited))
    _set_mark(work, _size(home), last)


def findings(session: Session, home: Path) -> list[str]:
    """What is wrong with the ledger: it is missing, shorter than it was, or not what it was."""
    size, mark = _size(home), _mark(session)
    if size < mark.bytes:
        return [f"{path(home)} holds {size} of {mark.bytes} bytes: bring it back from its copy"]
    try:
        for _ in _after(home, LedgerMark(id=1, bytes=0, head="")):
            continue
    except LedgerRefused as error:
        return [str(error)]
    return []


def _mark(session: Session) -> LedgerMark:
    return session.get(LedgerMark, 1) or LedgerMark(id=1, bytes=0, head=_GENESIS)


def _set_mark(work: UnitOfWork, size: int, head: str) -> None:
    values = {"bytes": size, "head": head}
    if work.session.get(LedgerMark, 1) is None:
        work.derive(insert(LedgerMark).values(id=1, **values))
    else:
        work.derive(update(LedgerMark).values(**values))


def _size(home: Path) -> int:
    try:
        return path(home).stat().st_size
    except FileNotFoundError:
        return 0


def _after(home: Path, mark: LedgerMark) -> Iterator[dict[str, Any]]:
    """The lines behind the mark, each held against the one before; a last line without its end was never written."""
    if _size(home) <= mark.bytes:
        return
    with path(home).open("rb") as stream:
        stream.seek(mark.bytes)
        head = mark.head
        for text in stream:
            if not text.endswith(b"\n"):
                return
            entry = _parse(home, text)
            if entry["hash"] != _hash(entry["content"], entry["previous"]) or (head and entry["previous"] != head):
                raise LedgerRefused(
                    f"{path(home)} does not go on where this home stopped: it was changed, or belongs to another home. "
                    "Nothing was taken over."
                )
            head = entry["hash"]
            yield entry


def _parse(home: Path, text: bytes) -> dict[str, Any]:
    try:
        entry = json.loads(text)
        return {"content": entry["content"], "previous": str(entry["previous"]), "hash": str(entry["hash"])}
    except (ValueError, KeyError, TypeError) as error:
        raise LedgerRefused(f"{path(home)} holds a line that is none of a ledger. Nothing was taken over.") from error


def _hash(content: Any, previous: str) -> str:
    return hashlib.sha256(canonical_json({"content": content, "previous": previous})).hexdigest()


def _chained(contents: list[str], head: str) -> Iterator[tuple[bytes, str]]:
    for text in contents:
        content = json.loads(text)
        entry = {"content": content, "previous": head, "hash": _hash(content, head)}
        head = str(entry["hash"])
        yield canonical_json(entry) + b"\n", head


def _append(home: Path, data: bytes) -> int:
    """Add whole lines behind the last whole one; returns the length of the file."""
    folder = make_folder(home / FOLDER)
    handle = os.open(path(home), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "r+b") as stream:
            stream.truncate(_whole_lines(stream))
            stream.seek(0, os.SEEK_END)
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
            size = stream.tell()
    finally:
        fsync_folder(folder)
    return size


def _whole_lines(stream: Any) -> int:
    """Length of the file without a last line that lacks its end (the power failed while it was written)."""
    size = int(stream.seek(0, os.SEEK_END))
    step = 65_536
    end = size
    while end:
        begin = max(0, end - step)
        stream.seek(begin)
        found = stream.read(end - begin).rfind(b"\n")
        if found >= 0:
            return begin + int(found) + 1
        end = begin
    return 0
