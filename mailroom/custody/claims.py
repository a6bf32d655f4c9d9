"""Claims: how a dropped file comes into our custody and survives any stop on the way.

A claim is a folder ``.erecords-claimed/<token>/`` in the channel's folder, thus on its file system. It holds
``source.json`` (where the file lay, when it was seen), written and forced to the disk first, and ``file``, the
dropped file itself, moved there by one rename. The token stands in the delivery row, so a claim that is met again
after a crash is either received or, when its row exists, only tidied away.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from erecords.clock import instant_text
from erecords.digest import CHUNK, sha512_stream
from erecords.files import fsync_folder, make_folder, move, open_plain, remove_folder, write_atomic

FOLDER = ".erecords-claimed"


@dataclass(frozen=True)
class Claim:
    """A file in our custody that may not be recorded yet."""

    token: str
    folder: Path
    source: str
    """Where it lay, for people to read."""
    name: str
    channel: str

    @property
    def file(self) -> Path:
        """The claimed bytes."""
        return self.folder / "file"


def claim(file: Path, channel_folder: Path, channel: str, now: datetime) -> Claim:
    """Move a dropped file into our custody.

    Raises:
        FileNotFoundError: it vanished meanwhile; nothing is left of the claim.
        OSError: it cannot be moved, or became a link meanwhile; it stays where it was.
    """
    token = secrets.token_hex(12)
    folder = make_folder(channel_folder / FOLDER) / token
    folder.mkdir()
    made = Claim(token, folder, str(file.relative_to(channel_folder.parent)), file.name, channel)
    try:
        _describe(made, now)
        move(file, made.file, below=channel_folder)
    except BaseException:
        if not made.file.exists():
            remove_folder(folder)
        raise
    return made


def claim_copy(file: Path, channel_folder: Path, channel: str, now: datetime) -> Claim:
    """Take a copy of a file from outside the inbox into custody; the file itself stays with its owner.

    Raises:
        OSError: it cannot be read or the disk is full; nothing is left of the claim.
    """
    folder = make_folder(channel_folder / FOLDER) / secrets.token_hex(12)
    with file.open("rb") as source:
        return _copied(source, Claim(folder.name, folder, str(file), file.name, channel), now)


def claim_message(file: Path, channel_folder: Path, channel: str, now: datetime) -> Claim:
    """Take a copy of a message of a maildir into custody; the message stays where it is.

    The token is made of the message's name, which no other message ever has there, and of its bytes: the same message
    met again, after a stop, gets the same token. No link is followed, not even one that is put there at this moment.

    Raises:
        OSError: it is a link, cannot be read or the disk is full; nothing is left of the claim.
    """
    source = str(file.relative_to(channel_folder.parent))
    with open_plain(file, channel_folder) as message:
        digest, _ = sha512_stream(message)
        message.seek(0)
        token = hashlib.sha512(os.fsencode(source) + b"\0" + digest.encode()).hexdigest()[:32]
        folder = make_folder(channel_folder / FOLDER) / f"maildir-{token}"
        return _copied(message, Claim(folder.name, folder, source, f"{file.name}.eml", channel), now)


def _copied(source: BinaryIO, made: Claim, now: datetime) -> Claim:
    folder = made.folder
    folder.mkdir()
    try:
        _describe(made, now)
        half = folder / "half"
        with half.open("xb") as target:
            shutil.copyfileobj(source, target, CHUNK)
            target.flush()
            os.fsync(target.fileno())
        move(half, made.file)
    except BaseException:
        remove_folder(folder)
        raise
    return made


def _describe(made: Claim, now: datetime) -> None:
    text = {"source": made.source, "name": made.name, "channel": made.channel, "claimed": instant_text(now)}
    write_atomic(made.folder / "source.json", json.dumps(text).encode())
    fsync_folder(made.folder.parent)


def found(channel_folder: Path) -> Iterator[Claim]:
    """Claims that hold their file, oldest first; nothing is changed. One that is let go meanwhile is passed over."""
    folders: list[tuple[int, Path]] = []
    for folder in (channel_folder / FOLDER).glob("*"):
        with suppress(FileNotFoundError):
            if (folder / "file").exists():
                folders.append((folder.stat().st_mtime_ns, folder))
    for _, folder in sorted(folders):
        with suppress(FileNotFoundError):
            text = json.loads((folder / "source.json").read_bytes())
            yield Claim(folder.name, folder, text["source"], text["name"], text["channel"])


def tidy(channel_folder: Path) -> None:
    """Remove claims that a stopped run left before they got their file. Call it while nobody else claims."""
    for folder in (channel_folder / FOLDER).glob("*"):
        if not (folder / "file").exists():
            remove_folder(folder)


def release(made: Claim) -> None:
    """Let go of a claim whose bytes are stored and recorded."""
    remove_folder(made.folder)
