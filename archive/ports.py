"""What the archive expects of a storage place.

A place holds files by ``/``-separated paths below one root. Files are written once, inside a `Stage`, and become
visible together; nothing is changed in place. Names come from the archive's own code and are safe.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol, TypeAlias


@dataclass(frozen=True, slots=True)
class Entry:
    """A name directly inside a folder."""

    name: str
    folder: bool
    bytes: int
    """Length of a file, 0 for a folder."""
    special: bool = False
    """Neither an ordinary file nor a folder (a link, a pipe): never followed."""


class Stage(Protocol):
    """New files on their way to one folder (the target), not yet visible there."""

    def create(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Write a new file of the target.

        Raises:
            OSError: the place is full or failed; the target is untouched.
        """
        ...

    def open(self, name: str) -> BinaryIO:
        """Read back a file that was added."""
        ...

    def seal(self) -> None:
        """Make all files durable; after this only reading back, `publish` and leaving are allowed."""
        ...

    def publish(self, last: Sequence[str] = ()) -> None:
        """Make everything visible: all or, also after a crash and `Storage.recover`, nothing. `seal` came before.

        Files named in ``last`` replace those of the target one after the other, after all else.
        """
        ...

    def finish(self) -> None:
        """Forget the stage once what follows (the register) is done; until then `Storage.recover` names it."""
        ...


Normaliser: TypeAlias = Callable[[Sequence[tuple[Path, str]], Path], Sequence[Path | str]]
"""Makes PDF/A-2b of files of many formats: (files with the names they are known under, work folder) -> for each the
PDF/A, validated, or in one line why there is none. Files are hostile, so it works with limits of time and memory."""


class Storage(Protocol):
    """A place for OCFL objects: a local folder, an object store, or memory in tests."""

    def entries(self, folder: str) -> tuple[Entry, ...]:
        """What lies directly in a folder, sorted by name; empty when there is no such folder."""
        ...

    def exists(self, path: str) -> bool:
        """Whether a file or folder of that path is there."""
        ...

    def open(self, path: str) -> BinaryIO:
        """Open a file for reading.

        Raises:
            FileNotFoundError: there is none.
        """
        ...

    def read(self, path: str) -> bytes:
        """A small file as a whole; errors as in `open`."""
        ...

    def stage(self, target: str) -> AbstractContextManager[Stage]:
        """Begin to write to a folder; leaving without `Stage.publish` leaves nothing behind."""
        ...

    def replace_folder(self, target: str, stage: Stage) -> None:
        """Put the staged files in the place of a whole folder; the old one is removed. Only erasure and repair do this.

        Where the place may not remove bytes yet (object lock) they are hidden; `sweep` removes them later.
        """
        ...

    def sweep(self, target: str) -> None:
        """Remove the hidden bytes that `replace_folder` had to leave below a folder.

        Raises:
            archive.errors.StillLocked: some may not go yet; the rest is gone.
        """
        ...

    def lock(self, name: str) -> AbstractContextManager[None]:
        """Hold the exclusive lock of that name, waiting for it; it falls with the process."""
        ...

    def recover(self) -> tuple[str, ...]:
        """Clean up after a crash: drop what was not published, complete what was, and name the completed targets."""
        ...

    def settle(self, target: str) -> None:
        """Forget completed publications to a target, named by `recover`, once what follows them is done."""
        ...
