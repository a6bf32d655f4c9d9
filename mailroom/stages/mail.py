"""Read an e-mail message of any kind."""

from __future__ import annotations

from pathlib import Path

from mailroom.settings import MailroomSettings
from mailroom.stages import message, outlook, tnef
from mailroom.stages.kinds import Kind
from mailroom.stages.message import MailMessage


def read_mail(path: Path, kind: Kind, settings: MailroomSettings) -> MailMessage:
    """Read a message of any kind; envelopes of Outlook in it are unfolded.

    Raises:
        Refused: as its reader does.
    """
    if kind is Kind.TNEF:
        return tnef.read_tnef(path, settings)
    read = outlook.read_outlook if kind is Kind.OUTLOOK else message.read_message
    return tnef.unfold(read(path, settings), settings)
