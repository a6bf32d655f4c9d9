"""Take apart what holds other files: archives, messages, PDFs with attachments.

Runs in a worker. Each file becomes a delivery of its own. Nothing is written under a name from outside: the files lie
as ``parts/0001`` and so on in the work folder, their names travel as text.
"""

from __future__ import annotations

import filecmp
import shutil
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO

from erecords.files import make_folder, remove_folder
from mailroom.custody.reasons import ReasonCode
from mailroom.errors import Refused
from mailroom.settings import MailroomSettings
from mailroom.stages import archives, embedded, xmltext
from mailroom.stages.identify import Identified
from mailroom.stages.kinds import Kind
from mailroom.stages.mail import read_mail
from mailroom.stages.message import shown_name

_FOLDER = "parts"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class PartFile:
    """A file that came out of another."""

    name: str
    path: Path | None
    """None where it could not be read."""
    fault: ReasonCode | None = None
    """Why it could not be read."""


@dataclass(frozen=True, slots=True)
class Expanded:
    """What came out of a delivery."""

    parts: tuple[PartFile, ...] = ()
    is_letter: bool = True
    """Whether the delivery has pages of its own; an archive has none, a message without a text neither."""
    findings: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    """Of a message: who wrote to whom, when, about what."""


def holds_files(kind: Identified) -> bool:
    """Whether there is something to take apart."""
    return (
        kind.kind.is_archive
        or kind.kind.is_mail
        or kind.kind is Kind.XML
        or (kind.kind is Kind.PDF and kind.has("attachments"))
    )


def expand(path: Path, work: Path, kind: Identified, depth: int, settings: MailroomSettings) -> Expanded:
    """Take a delivery apart into the work folder; done again it gives the same.

    Args:
        path: The delivery.
        work: Its work folder.
        kind: What it is.
        depth: In how many others it lies.
        settings: Limits.

    Raises:
        Refused: too many, too much, too deep, encrypted, or nothing in it.
    """
    remove_folder(work / _FOLDER)
    sink = _Folder(make_folder(work / _FOLDER))
    deep = depth >= settings.max_nesting
    if kind.kind.is_archive:
        if deep:
            raise Refused(ReasonCode.TOO_LARGE, f"archives inside each other, more than {settings.max_nesting} deep")
        notes = archives.unpack(path, kind.kind, sink, settings)
        if not sink.parts:
            raise Refused(ReasonCode.NO_PAGES, "an archive without files")
        if any(one.path and filecmp.cmp(one.path, path, shallow=False) for one in sink.parts):
            raise Refused(ReasonCode.TOO_LARGE, "an archive that contains itself without end")
        return Expanded(tuple(sink.parts), False, notes)
    if kind.kind.is_mail:
        return _message(path, kind.kind, sink, deep, settings)
    if deep:
        return Expanded(findings=(_too_deep(settings),))
    if kind.kind is Kind.XML:
        xmltext.extract(path, sink, settings)
        return Expanded(tuple(sink.parts))
    return Expanded(findings=embedded.extract(path, sink, settings), parts=tuple(sink.parts))


def _message(path: Path, kind: Kind, sink: _Folder, deep: bool, settings: MailroomSettings) -> Expanded:
    message = read_mail(path, kind, settings)
    headers = tuple(message.headers.items())
    if deep and message.attached:
        return Expanded((), True, (*message.notes, _too_deep(settings)), headers)
    for one in message.attached:
        if one.data is None:
            sink.lost(one.name, ReasonCode.DAMAGED)
        else:
            sink.add(one.name, BytesIO(one.data))
    return Expanded(tuple(sink.parts), message.is_letter, tuple(message.notes), headers)


def _too_deep(settings: MailroomSettings) -> str:
    return f"attachments-left: Files nested more than {settings.max_nesting} deep stay in the original."


class _Folder:
    """Collects members as numbered files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.parts: list[PartFile] = []

    def add(self, name: str, stream: IO[bytes]) -> None:
        target = self._folder / f"{len(self.parts) + 1:04d}"
        with target.open("wb") as out:
            shutil.copyfileobj(stream, out, _CHUNK)
        self.parts.append(PartFile(shown_name(name), target))

    def lost(self, name: str, reason: ReasonCode) -> None:
        self.parts.append(PartFile(shown_name(name), None, reason))
