"""A storage place in memory: the double for tests, with the same promises as a folder except to outlive the process."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO

from archive.ports import Entry, Stage


class _Kept(io.BytesIO):
    """A stream whose bytes are put into a dictionary when it is closed."""

    def __init__(self, files: dict[str, bytes], name: str) -> None:
        super().__init__()
        self._files, self._name = files, name

    def close(self) -> None:
        if not self.closed:
            self._files[self._name] = self.getvalue()
        super().close()


class MemoryStage:
    """New files in a dictionary."""

    def __init__(self, files: dict[str, bytes], target: str) -> None:
        self._shown, self._target = files, target
        self._files: dict[str, bytes] = {}

    @contextmanager
    def create(self, name: str) -> Iterator[BinaryIO]:
        """Write a new file."""
        if name in self._files:
            raise FileExistsError(name)
        with _Kept(self._files, name) as stream:
            yield stream

    def open(self, name: str) -> BinaryIO:
        """Read back a file."""
        return io.BytesIO(self._files[name])

    def seal(self) -> None:
        """Nothing to force to a disk."""

    def publish(self, last: Sequence[str] = ()) -> None:
        """Show all files."""
        del last
        self._shown.update({f"{self._target}/{name}": data for name, data in self._files.items()})

    def replace(self) -> None:
        """Show these files in the place of all that the target held."""
        for path in [path for path in self._shown if path.startswith(f"{self._target}/")]:
            del self._shown[path]
        self.publish()

    def finish(self) -> None:
        """Nothing is left to forget."""


class MemoryStorage:
    """Files in a dictionary by path."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    def entries(self, folder: str) -> tuple[Entry, ...]:
        """What lies directly in a folder."""
        prefix = f"{folder}/" if folder else ""
        found: dict[str, Entry] = {}
        for path, data in self.files.items():
            if path.startswith(prefix):
                name, deeper, _ = path.removeprefix(prefix).partition("/")
                found[name] = Entry(name, bool(deeper), 0 if deeper else len(data))
        return tuple(found[name] for name in sorted(found))

    def exists(self, path: str) -> bool:
        """Whether a file or folder is there."""
        return path in self.files or any(name.startswith(f"{path}/") for name in self.files)

    def open(self, path: str) -> BinaryIO:
        """Open a file for reading."""
        return io.BytesIO(self.read(path))

    def read(self, path: str) -> bytes:
        """A file as a whole."""
        try:
            return self.files[path]
        except KeyError as error:
            raise FileNotFoundError(path) from error

    @contextmanager
    def stage(self, target: str) -> Iterator[MemoryStage]:
        """Begin to write."""
        yield MemoryStage(self.files, target)

    def replace_folder(self, target: str, stage: Stage) -> None:
        """Put the staged files in the place of a whole folder."""
        del target
        if not isinstance(stage, MemoryStage):
            raise TypeError("a stage of another storage place")
        stage.replace()

    def sweep(self, target: str) -> None:
        """Nothing is ever hidden here."""
        del target

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Hold the lock of that name."""
        with self._guard:
            lock = self._locks.setdefault(name, threading.Lock())
        with lock:
            yield

    def recover(self) -> tuple[str, ...]:
        """Nothing outlives the process."""
        return ()

    def settle(self, target: str) -> None:
        """Nothing is left to forget."""
        del target
