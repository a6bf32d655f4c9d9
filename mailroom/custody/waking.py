"""Waking: file system events say only that a look is worth while; what is ready is decided by looking."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from mailroom.custody.claims import FOLDER


class _Waker(FileSystemEventHandler):
    """Wakes the mail room when something was written, moved or made in a drop folder."""

    def __init__(self, inbox: Path, polled: frozenset[str], woken: threading.Event) -> None:
        self._inbox = inbox
        self._polled = polled
        self._woken = woken

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Set the event, but for reading, for our own claims, and for channels that are looked at by time."""
        if event.event_type in ("opened", "closed_no_write") or FOLDER in str(event.src_path):
            return
        try:
            channel = Path(str(event.src_path)).relative_to(self._inbox).parts[:1]
        except ValueError:
            channel = ()
        if not channel or channel[0] not in self._polled:
            self._woken.set()


@contextmanager
def waker(inbox: Path, polled: frozenset[str]) -> Iterator[threading.Event]:
    """An event that is set whenever a look into the drop folders is worth while."""
    woken = threading.Event()
    observer = Observer()
    observer.schedule(_Waker(inbox, polled, woken), str(inbox), recursive=True)
    observer.start()
    try:
        yield woken
    finally:
        observer.stop()
        observer.join()
