"""Backup and restore of a whole home as one tar file (``docs/internals/backup.md``).

The order makes a backup consistent while the mail room runs: first what waits in the folders, then a snapshot of
the database, then the stored bytes. Bytes are stored before the rows that name them and never change, so all that
the snapshot names is in the backup; a file taken in meanwhile is in it twice, as a file and as a record, and is
recognised as delivered already.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import sqlite3
import tarfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from sqlalchemy import Engine

from erecords import config
from erecords.digest import CHUNK
from erecords.errors import Conflict, InputRefused, StoreDamaged
from erecords.files import exclusive, fsync_file, fsync_folder, inside, make_folder, private, remove_folder

MANIFEST = "manifest.jsonl"
_FORMAT = {"format": "erecords-backup", "version": 1}
_WAITING = ("inbox", "outbox", "quarantine", "registers")
_STORED = ("store", "archive")
FOLDERS = (*_WAITING, *_STORED, "index", "log", "ledger")
"""The folders of a home; index, log and ledger are left out of a backup."""
_WORK_SPACE = ("store/tmp", "archive/extensions/erecords/staging", "archive/extensions/erecords/locks")
"""Folders below these that change while a backup runs, and are empty when nobody writes."""
_DERIVED = "archive/extensions/erecords/catalogue.db"
"""Beginning of the names of files that are made anew from the others."""
_DATABASE = "records.db"
_LOCK = "disposal.lock"


@dataclass(frozen=True)
class BackupReport:
    """What a backup holds."""

    file: Path
    files: int
    bytes: int


def disposal_lock(home: Path) -> Path:
    """The lock that keeps disposal and backup apart: stored bytes never vanish from under a running backup."""
    return home / _LOCK


def create(
    engine: Engine, home: Path, target: Path, advance: Callable[[str], None],
    settle: Iterable[Callable[[Path], None]] = (),
) -> BackupReport:  # fmt: skip
    """Write a backup to ``target``, verified while it is written.

    Args:
        engine: of the database.
        home: what is backed up.
        target: the new file.
        advance: is told each name.
        settle: each is called with the home first, to complete what a stopped writer left; none works meanwhile.

    Raises:
        Conflict: the target exists, or the database is not SQLite (PostgreSQL has its own tools).
        OSError: the disk is full; no half backup stays.
    """
    if target.exists():
        raise Conflict(f"{target} exists already; nothing was written. Choose another name.")
    if engine.dialect.name != "sqlite":
        raise Conflict("The records are in PostgreSQL: back them up with pg_dump, then the home's folders as files.")
    half = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    snapshot = target.with_name(f".{target.name}.{os.getpid()}.db")
    try:
        with exclusive(disposal_lock(home), "A disposal runs.", wait=True), private(half) as stream:
            for work in settle:
                work(home)
            report = _write(home, stream, snapshot, target, advance)
            stream.flush()
            os.fsync(stream.fileno())
        half.replace(target)
        fsync_folder(target.parent)
        return report
    finally:
        half.unlink(missing_ok=True)
        snapshot.unlink(missing_ok=True)


def _write(home: Path, stream: BinaryIO, snapshot: Path, target: Path, advance: Callable[[str], None]) -> BackupReport:
    lines = [json.dumps(_FORMAT)]
    total = 0
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, path in _members(home, snapshot):
            advance(name)
            try:
                added = _add(tar, name, path)
            except FileNotFoundError:
                if name.startswith(_WAITING):
                    continue
                raise
            total += added[1]
            lines.append(json.dumps({"name": name, "sha512": added[0], "bytes": added[1]}, ensure_ascii=False))
        data = ("\n".join(lines) + "\n").encode()
        entry = tarfile.TarInfo(MANIFEST)
        entry.size = len(data)
        tar.addfile(entry, io.BytesIO(data))
    return BackupReport(target, len(lines) - 1, total)


def _members(home: Path, snapshot: Path) -> Iterator[tuple[str, Path]]:
    yield config.FILE_NAME, home / config.FILE_NAME
    for folder in _WAITING:
        yield from _files(home, folder)
    _snapshot(home / _DATABASE, snapshot)
    yield _DATABASE, snapshot
    for folder in _STORED:
        yield from _files(home, folder)


def _files(home: Path, folder: str) -> Iterator[tuple[str, Path]]:
    for base, folders, names in os.walk(home / folder):
        here = Path(base).relative_to(home)
        folders[:] = sorted(name for name in folders if str(here / name) not in _WORK_SPACE)
        for name in sorted(names):
            path = Path(base, name)
            if path.is_file() and not path.is_symlink() and not str(here / name).startswith(_DERIVED):
                yield str(here / name), path


def _snapshot(database: Path, target: Path) -> None:
    private(target).close()
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE").close()


class _Digesting:
    """Reads a file for the tar and takes its digest on the way."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.digest = hashlib.sha512()

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self.digest.update(data)
        return data


def _add(tar: tarfile.TarFile, name: str, path: Path) -> tuple[str, int]:
    with path.open("rb") as stream:
        entry = tarfile.TarInfo(name)
        entry.size = os.fstat(stream.fileno()).st_size
        entry.mtime = int(os.fstat(stream.fileno()).st_mtime)
        entry.mode = 0o640
        reader = _Digesting(stream)
        tar.addfile(entry, reader)
        return reader.digest.hexdigest(), entry.size


def restore(file: Path, home: Path, advance: Callable[[str], None]) -> BackupReport:
    """Make a home from a backup; every file is held against the manifest before the home appears.

    Raises:
        Conflict: the home is there and not empty; nothing was touched.
        InputRefused: the file is no backup, or holds an unsafe name.
        StoreDamaged: a file is missing, surplus or differs from its digest; nothing was made.
    """
    if home.is_dir() and any(home.iterdir()):
        raise Conflict(f"{home} is not empty; nothing was changed. Restore into a new folder and compare.")
    make_folder(home.parent)
    half = home.with_name(f".{home.name}.{os.getpid()}.restoring")
    try:
        report = _read(file, half, home, advance)
        if home.is_dir():
            home.rmdir()
        half.replace(home)
        fsync_folder(home.parent)
        return report
    finally:
        remove_folder(half)


def _read(file: Path, half: Path, home: Path, advance: Callable[[str], None]) -> BackupReport:
    found: dict[str, tuple[str, int]] = {}
    manifest = b""
    make_folder(half)
    half.chmod(0o750)
    try:
        with tarfile.open(file, mode="r:") as tar:
            for entry in tar:
                if not entry.isfile():
                    raise InputRefused(f"{file} holds {entry.name!r}, which is no plain file; nothing was restored.")
                stream = tar.extractfile(entry)
                assert stream is not None
                if entry.name == MANIFEST:
                    manifest = stream.read()
                else:
                    advance(entry.name)
                    found[entry.name] = _extract(stream, inside(half, entry.name))
    except (tarfile.TarError, EOFError, FileNotFoundError) as error:
        raise InputRefused(f"{file} cannot be read as a backup ({error}); nothing was restored.") from error
    _compare(file, manifest, found)
    for name in FOLDERS:
        make_folder(half / name)
    return BackupReport(home, len(found), sum(size for _, size in found.values()))


def _extract(stream: IO[bytes], target: Path) -> tuple[str, int]:
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha512(), 0
    with target.open("xb") as out:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
            size += out.write(chunk)
    fsync_file(target)
    return digest.hexdigest(), size


def _compare(file: Path, manifest: bytes, found: dict[str, tuple[str, int]]) -> None:
    try:
        header, *lines = [json.loads(line) for line in manifest.decode().splitlines()]
        listed = {line["name"]: (line["sha512"], line["bytes"]) for line in lines}
    except (ValueError, KeyError, TypeError) as error:
        raise InputRefused(f"{file} is no complete backup (its manifest is missing or damaged).") from error
    if header != _FORMAT:
        raise InputRefused(f"{file} is a backup of another format: {header}. Nothing was restored.")
    wrong = sorted(name for name in {*listed, *found} if listed.get(name) != found.get(name))
    if wrong:
        raise StoreDamaged(f"{file} is damaged: {wrong[0]} and {len(wrong) - 1} more differ; nothing was restored.")
