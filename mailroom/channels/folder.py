"""The drop folders: what lies there, what is complete, and what still waits, decided by looking twice.

Events only wake the mail room; every decision comes from a scan. A file is ready when its size and time stand
still over two looks, nobody has it open for writing, and its structure is complete. One that stands still but is
incomplete is held for a while and then taken as it is, to be quarantined as truncated. What cannot be looked at, a
file of somebody else's or a share that went away, keeps nothing else waiting.
"""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
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
    since: float


class DropFolders:
    """The folders below ``inbox/``, one a channel; files right in ``inbox/`` belong to the channel ``scan``.

    Args:
        inbox: the folder.
        settle: how long size and time must stand still.
        hold: how long an incomplete file may stand still before it is taken as truncated.
        polled: channels on network shares, of which this machine cannot tell whether another one writes a file.
    """

    def __init__(self, inbox: Path, settle: timedelta, hold: timedelta, polled: frozenset[str] = frozenset()) -> None:
        self._inbox = inbox
        self._settle = settle.total_seconds()
        self._hold = hold.total_seconds()
        self._polled = polled
        self._looks: dict[Path, _Look] = {}
        self.blocked: dict[Path, str] = {}
        """Files and folders of the last look that could not be taken over or looked into, and why."""

    def channel_folders(self) -> list[Path]:
        """The inbox itself and the folders right below it that can be reached."""
        if not _is_folder(self._inbox):
            return []
        below = (path for path in self._inbox.iterdir() if not path.name.startswith("."))
        return [self._inbox, *sorted(path for path in below if _is_folder(path))]

    def look(self, now: float) -> list[Dropped]:
        """Look once; return what became ready, oldest first. Call it again later for the rest.

        Args:
            now: seconds of a clock that nobody sets (``time.monotonic``).
        """
        self.blocked = {}
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
        return [dropped for _, dropped in sorted(ready, key=lambda pair: (pair[0], str(pair[1].file)))]

    def waiting(self) -> list[Path]:
        """Files of the last look that still lie there and can be taken over."""
        return [path for path in self._looks if path not in self.blocked and path.exists()]

    def block(self, path: Path, error: OSError) -> None:
        """Note until the next look why a file or folder is left alone."""
        self.blocked[path] = error.strerror or str(error)

    def _is_ready(self, file: Path, look: _Look, now: float) -> bool:
        still = now - look.since
        if still < self._settle:
            return False
        try:
            if _open_for_writing(file, alone=self._dropped(file).channel not in self._polled):
                if still >= self._hold:
                    self.blocked[file] = "another program has it open for writing"
                return False
            return still >= self._hold or (look.size > 0 and is_complete(file))
        except FileNotFoundError:
            return False
        except OSError as error:
            self.block(file, error)
            return False

    def _dropped(self, file: Path) -> Dropped:
        parts = file.relative_to(self._inbox).parts
        if len(parts) == 1:
            return Dropped(file, DEFAULT_CHANNEL, self._inbox)
        return Dropped(file, parts[0], self._inbox / parts[0])

    def files(self) -> Iterator[tuple[Path, os.stat_result]]:
        """What lies in the folders now, but clutter and no plain files; ``blocked`` names what is out of reach."""
        for base, folders, names in os.walk(self._inbox, onerror=self._unreadable):
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
                except OSError as error:
                    self.block(path, error)
                    continue
                if stat.S_ISREG(status.st_mode):
                    yield path, status

    def _unreadable(self, error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            self.block(Path(error.filename), error)
        elif Path(error.filename) == self._inbox:
            self.blocked[self._inbox] = "it is not there; a share must be mounted"


def drop_folders(office: Office) -> DropFolders:
    """The drop folders of a home, with the patience that its settings say."""
    settings = office.settings.section(MailroomSettings)
    settle, hold = timedelta(seconds=settings.settle_seconds), timedelta(seconds=settings.hold_seconds)
    return DropFolders(office.inbox, settle, hold, frozenset(settings.polling))


def is_clutter(name: str) -> bool:
    """Whether a name marks an unfinished transfer or what operating systems strew; such files are left alone."""
    folded = name.lower()
    return folded.startswith((".", "~$")) or folded.endswith(_UNFINISHED) or folded in _CLUTTER


def _is_folder(path: Path) -> bool:
    """Whether a folder, and no link to one, can be reached there."""
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except OSError:
        return False


def _open_for_writing(file: Path, *, alone: bool) -> bool:
    """Whether a process of this machine still writes the file; unknown (False) where leases tell nothing of that.

    Args:
        file: must be readable.
        alone: whether only this machine writes there. The clients of SMB and NFS refuse a lease also when the
            server merely granted no caching, which would hold each file for ever.

    Raises:
        OSError: it cannot be read.
    """
    handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        if not alone:
            return False
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(handle)
    return False
