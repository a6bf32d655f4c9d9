"""The drop folders: what lies there, what is complete, and what still waits, decided by looking twice.

Events only wake the mail room; every decision comes from a scan. A file is ready when its size and time stand
still over two looks, nobody has it open for writing, and its structure is complete. One that stands still but is
incomplete is held for a while and then taken as it is, to be quarantined as truncated.
"""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from erecords.office import Office
from mailroom.channels.maildir import CUR, TMP, is_maildir
from mailroom.custody.claims import FOLDER
from mailroom.custody.completeness import is_complete
from mailroom.settings import MailroomSettings

DEFAULT_CHANNEL = "scan"
_UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload", ".partial", ".swp")
_CLUTTER = frozenset({"thumbs.db", "desktop.ini"})


@dataclass(frozen=True)
class Dropped:
    """A file that lies ready in a drop folder."""

    file: Path
    channel: str
    channel_folder: Path


@dataclass(frozen=True)
class _Look:
    size: int
    time: int
    inode: int
    since: datetime


class DropFolders:
    """The folders below ``inbox/``, one a channel; files right in ``inbox/`` belong to the channel ``scan``.

    Args:
        inbox: the folder.
        settle: how long size and time must stand still.
        hold: how long an incomplete file may stand still before it is taken as truncated.
    """

    def __init__(self, inbox: Path, settle: timedelta, hold: timedelta) -> None:
        self._inbox = inbox
        self._settle = settle
        self._hold = hold
        self._looks: dict[Path, _Look] = {}
        self.blocked: dict[Path, str] = {}
        """Files that could not be taken over, and why; others are not kept waiting for them."""

    def channel_folders(self) -> list[Path]:
        """The inbox itself and the folders right below it."""
        if not self._inbox.is_dir():
            return []
        below = [path for path in self._inbox.iterdir() if path.is_dir() and not path.name.startswith(".")]
        return [self._inbox, *sorted(path for path in below if not path.is_symlink())]

    def look(self, now: datetime) -> list[Dropped]:
        """Look once; return what became ready, oldest first. Call it again later for the rest."""
        seen: dict[Path, _Look] = {}
        ready: list[tuple[int, Dropped]] = []
        for file, status in self.files():
            before = self._looks.get(file)
            look = _Look(status.st_size, status.st_mtime_ns, status.st_ino, now)
            if before and (before.size, before.time, before.inode) == (look.size, look.time, look.inode):
                look = before
            seen[file] = look
            if self._is_ready(file, look, now):
                ready.append((look.time, self._dropped(file)))
        self._looks = seen
        self.blocked = {file: why for file, why in self.blocked.items() if file in seen}
        return [dropped for _, dropped in sorted(ready, key=lambda pair: (pair[0], str(pair[1].file)))]

    def waiting(self) -> list[Path]:
        """Files of the last look that still lie there and can be taken over."""
        return [path for path in self._looks if path not in self.blocked and path.exists()]

    def _is_ready(self, file: Path, look: _Look, now: datetime) -> bool:
        still = now - look.since
        if still < self._settle or _open_for_writing(file):
            return False
        return still >= self._hold or (look.size > 0 and is_complete(file))

    def _dropped(self, file: Path) -> Dropped:
        parts = file.relative_to(self._inbox).parts
        if len(parts) == 1:
            return Dropped(file, DEFAULT_CHANNEL, self._inbox)
        return Dropped(file, parts[0], self._inbox / parts[0])

    def files(self) -> Iterator[tuple[Path, os.stat_result]]:
        """What lies in the folders now, but clutter and what is no plain file."""
        for base, folders, names in os.walk(self._inbox):
            folders[:] = sorted(name for name in folders if name != FOLDER and not name.startswith("."))
            if CUR in folders and is_maildir(Path(base)):
                folders[:] = [name for name in folders if name not in (CUR, TMP)]
            for name in names:
                if is_clutter(name):
                    continue
                path = Path(base, name)
                try:
                    status = path.lstat()
                except FileNotFoundError:
                    continue
                if stat.S_ISREG(status.st_mode):
                    yield path, status


def drop_folders(office: Office) -> DropFolders:
    """The drop folders of a home, with the patience that its settings say."""
    settings = office.settings.section(MailroomSettings)
    settle, hold = timedelta(seconds=settings.settle_seconds), timedelta(seconds=settings.hold_seconds)
    return DropFolders(office.inbox, settle, hold)


def is_clutter(name: str) -> bool:
    """Whether a name marks an unfinished transfer or what operating systems strew; such files are left alone."""
    folded = name.lower()
    return folded.startswith((".", "~$")) or folded.endswith(_UNFINISHED) or folded in _CLUTTER


def _open_for_writing(file: Path) -> bool:
    """Whether a process of this machine still writes the file; unknown (False) on file systems without leases."""
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(handle)
    return False
