"""A local folder as storage place: staged on the same file system, forced to the disk, made visible by renaming.

Layout below ``extensions/erecords/`` of the OCFL storage root (``docs/internals/archive.md``)::

    staging/<random>/files/...     new files, not yet part of the target
    staging/<random>/commit.json   there once all files are on the disk: the version will be completed, come what may
    locks/<xxx>.lock               empty files, locked by the writer of an object
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from archive.ports import Entry, Stage
from erecords.errors import Conflict
from erecords.files import exclusive, fsync_file, fsync_folder, make_folder, move, remove_folder

OWN_FOLDER = "extensions/erecords"
EVIDENCE_FOLDER = f"{OWN_FOLDER}/evidence"
REGISTER_FOLDER = f"{OWN_FOLDER}/register"
_FILES = "files"
_COMMIT = "commit.json"
_OLD = "replaced"
_ABREAST = 8
"""Files and folders on their way to the disk at a time."""
_LARGE = 1 << 20
"""Files of so many bytes are forced to the disk as soon as they are written, while the next ones are."""


class LocalStage:
    """New files in a staging folder beside the objects."""

    def __init__(
        self,
        root: Path,
        folder: Path,
        target: str,
        disk: ThreadPoolExecutor,
        guard: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._root = root
        self._guard = guard
        self._disk = disk
        self._folder = folder
        self._files = folder / _FILES
        self._target = target
        self._made: set[Path] = {self._files}
        self._new: list[Path] = []
        self._under_way: list[Future[None]] = []
        self.published = False

    @contextmanager
    def create(self, name: str) -> Iterator[BinaryIO]:
        """Write a new file; see `archive.ports.Stage.create`."""
        path = self._files / name
        parent = path.parent
        if parent not in self._made:
            parent.mkdir(parents=True, exist_ok=True)
            while parent not in self._made:
                self._made.add(parent)
                parent = parent.parent
        with path.open("xb") as stream:
            yield stream
            size = stream.tell()
        if size < _LARGE:
            self._new.append(path)
        else:
            self._under_way.append(self._disk.submit(fsync_file, path))

    def open(self, name: str) -> BinaryIO:
        """Read back a file that was written."""
        return (self._files / name).open("rb")

    def seal(self) -> None:
        """Force files and folders to the disk, several at a time: the file system then joins their commits.

        Large files are on their way there since they were written.
        """
        _force(self._disk, fsync_file, self._new)
        for forced in self._under_way:
            forced.result()
        _force(self._disk, fsync_folder, self._made)

    def publish(self, last: Sequence[str] = ()) -> None:
        """Note the intent, then move the files to the target; a stop in between is completed by `recover`."""
        self._commit({"target": self._target, "last": list(last), "replace": False})

    def replace(self) -> None:
        """Note the intent, then put the files in the place of the whole target."""
        self._commit({"target": self._target, "last": [], "replace": True})

    def _commit(self, intent: dict[str, object]) -> None:
        note = self._folder / f"{_COMMIT}.new"
        with note.open("wb") as stream:
            stream.write(json.dumps(intent).encode())
            stream.flush()
            os.fsync(stream.fileno())
        self.published = True
        move(note, self._folder / _COMMIT)
        complete(self._root, self._folder, self._disk)

    def finish(self) -> None:
        """Remove the staging folder: the publication and what follows it are done, a rest would be swept."""
        self.remove()

    def remove(self) -> None:
        """Remove what is left; the lock file goes while nobody looks for abandoned folders."""
        remove_folder(self._files)
        with self._guard():
            shutil.rmtree(self._folder)


def complete(root: Path, folder: Path, disk: ThreadPoolExecutor) -> str:
    """Carry out the intent of a staging folder, from wherever it stopped; return the target."""
    intent = json.loads((folder / _COMMIT).read_text(encoding="utf-8"))
    files, target = folder / _FILES, root / intent["target"]
    if intent["replace"] and files.exists():
        if target.exists():
            _set_aside(target, folder / _OLD)
        _place(root, files, target, disk)
    elif files.exists() and not target.exists():
        _place(root, files, target, disk)
    elif files.exists():
        last = list(intent["last"])
        names = sorted(path.name for path in files.iterdir() if path.name not in last)
        for name in [*names, *last]:
            if (files / name).exists():
                move(files / name, target / name) if (files / name).is_dir() else _replace(files / name, target / name)
    remove_folder(folder / _OLD)
    return str(intent["target"])


def _place(root: Path, files: Path, target: Path, disk: ThreadPoolExecutor) -> None:
    """Rename into place, then force the folders above to the disk; stopped in between, it is done again."""
    target.parent.mkdir(parents=True, exist_ok=True)
    files.rename(target)
    _force(disk, fsync_folder, [folder for folder in target.parents if folder.is_relative_to(root)])


def _force(disk: ThreadPoolExecutor, fsync: Callable[[Path], None], paths: Iterable[Path]) -> None:
    """Force paths to the disk, a share of them in each thread: a job for each costs more than it saves."""
    known = list(paths)
    shares = [known[start::_ABREAST] for start in range(min(_ABREAST, len(known)))]

    def force(share: Sequence[Path]) -> None:
        for path in share:
            fsync(path)

    list(disk.map(force, shares))


def _set_aside(target: Path, old: Path) -> None:
    remove_folder(old)
    move(target, old)


def _replace(source: Path, target: Path) -> None:
    source.replace(target)
    fsync_folder(target.parent)


class LocalStorage:
    """An OCFL storage root in a local folder; safe for several processes on one machine."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._own = root / OWN_FOLDER
        self._staging = self._own / "staging"
        self._locks = self._own / "locks"
        self._disk = ThreadPoolExecutor(_ABREAST, thread_name_prefix="fsync")

    def entries(self, folder: str) -> tuple[Entry, ...]:
        """What lies directly in a folder; see `archive.ports.Storage.entries`."""
        try:
            with os.scandir(self.root / folder) as found:
                return tuple(sorted((_entry(item) for item in found), key=lambda entry: entry.name))
        except (FileNotFoundError, NotADirectoryError):
            return ()

    def exists(self, path: str) -> bool:
        """Whether something is there; a link counts as itself."""
        return os.path.lexists(self.root / path)

    def open(self, path: str) -> BinaryIO:
        """Open a file for reading; a link is not followed."""
        handle = os.open(self.root / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        return os.fdopen(handle, "rb")

    def read(self, path: str) -> bytes:
        """A small file as a whole."""
        with self.open(path) as stream:
            return stream.read()

    @contextmanager
    def stage(self, target: str) -> Iterator[LocalStage]:
        """Begin to write; leaving without publication removes the staged files."""
        folder = self._staging / secrets.token_hex(8)
        stage = LocalStage(self.root, folder, target, self._disk, self._staging_lock)
        with ExitStack() as held:
            with self._staging_lock():
                (folder / _FILES).mkdir(parents=True)
                held.enter_context(exclusive(folder / "lock", "This staging folder is in use."))
            try:
                yield stage
            finally:
                if not stage.published:
                    stage.remove()

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder for a moment's work, removed afterwards; `recover` drops it when its process was stopped."""
        folder = self._staging / secrets.token_hex(8)
        with ExitStack() as held:
            with self._staging_lock():
                folder.mkdir()
                held.enter_context(exclusive(folder / "lock", "This folder is in use."))
            try:
                yield folder
            finally:
                with self._staging_lock():
                    shutil.rmtree(folder)

    @contextmanager
    def _staging_lock(self) -> Iterator[None]:
        """Keeps `recover` from sweeping a folder between its creation and its lock."""
        make_folder(self._staging)
        make_folder(self._locks)
        with exclusive(self._locks / "staging.lock", "The staging area is in use.", wait=True):
            yield

    def replace_folder(self, target: str, stage: Stage) -> None:
        """Put the staged files in the place of a whole folder."""
        if not isinstance(stage, LocalStage):
            raise TypeError("a stage of another storage place")
        stage.replace()

    def sweep(self, target: str) -> None:
        """Nothing is ever hidden here."""
        del target

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Wait for and hold the lock of that name: 4096 lock files are shared by all names."""
        make_folder(self._locks)
        shard = hashlib.sha256(name.encode()).hexdigest()[:3]
        with exclusive(self._locks / f"{shard}.lock", f"{name} is being written.", wait=True):
            yield

    def recover(self) -> tuple[str, ...]:
        """Drop what no living writer holds and was not published, complete what was."""
        done = []
        for folder in self._left():
            if (folder / _COMMIT).exists():
                done.append(complete(self.root, folder, self._disk))
            else:
                remove_folder(folder)
        return tuple(done)

    def settle(self, target: str) -> None:
        """Forget completed publications to a target, once the register knows them."""
        for folder in self._left():
            note = folder / _COMMIT
            if note.exists() and json.loads(note.read_text(encoding="utf-8"))["target"] == target:
                shutil.rmtree(folder)

    def _left(self) -> Iterator[Path]:
        """Staging folders whose writer is gone, each locked while the caller looks at it."""
        if not self._staging.is_dir() or not any(self._staging.iterdir()):
            return
        with self._staging_lock():
            for folder in sorted(self._staging.iterdir()):
                try:
                    with exclusive(folder / "lock", "in use"):
                        yield folder
                except (Conflict, FileNotFoundError):
                    continue


def _entry(item: os.DirEntry[str]) -> Entry:
    status = item.stat(follow_symlinks=False)
    folder, ordinary = stat.S_ISDIR(status.st_mode), stat.S_ISREG(status.st_mode)
    return Entry(item.name, folder, status.st_size if ordinary else 0, special=not (folder or ordinary))
