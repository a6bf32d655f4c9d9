"""Maildir folders as channels: a message is copied out of ``new`` and moved to ``cur``, as read, once it is in custody.

A maildir belongs to the mail server as well, so nothing is deleted there, and a message is neither marked nor moved
before its bytes are stored and recorded. What lies in ``cur`` was seen by somebody and is left alone, ``tmp`` holds
what is still being delivered. See https://cr.yp.to/proto/maildir.html
"""

from __future__ import annotations

from pathlib import Path

from erecords.files import move

NEW, CUR, TMP = "new", "cur", "tmp"
_SEEN = ":2,S"


def is_maildir(folder: Path) -> bool:
    """Whether a folder is a maildir: it holds ``new``, ``cur`` and ``tmp``."""
    return all((folder / name).is_dir() for name in (NEW, CUR, TMP))


def is_new_message(file: Path) -> bool:
    """Whether a file is a message that waits in a maildir."""
    return file.parent.name == NEW and is_maildir(file.parent.parent)


def mark_seen(message: Path, channel_folder: Path) -> None:
    """Move a message from ``new`` to ``cur`` as read; one that its owner took away meanwhile is fine.

    Raises:
        OSError: it cannot be moved, or ``new`` or ``cur`` became a link meanwhile; it stays.
    """
    name = message.name.partition(":")[0]
    try:
        move(message, message.parent.parent / CUR / f"{name}{_SEEN}", below=channel_folder)
    except FileNotFoundError:
        if message.exists():
            raise
