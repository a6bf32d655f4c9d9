"""Why a file waits in quarantine: stable codes, each with a sentence for a clerk and what to do next."""

from __future__ import annotations

from enum import StrEnum


class ReasonCode(StrEnum):
    """The reasons for which a delivery is not processed on its own."""

    EMPTY = "empty"
    TRUNCATED = "truncated"
    DAMAGED = "damaged"
    ENCRYPTED = "encrypted"
    EXECUTABLE = "executable"
    WRONG_TYPE = "wrong-type"
    TOO_LARGE = "too-large"
    TOO_MANY_PAGES = "too-many-pages"
    NO_PAGES = "no-pages"
    DYNAMIC_FORM = "dynamic-form"
    CONTAINER = "container"
    OFFICE_FILE = "office-file"
    UNSUPPORTED = "unsupported"
    VANISHED = "vanished"
    UNREADABLE = "unreadable"
    WORKER_KILLED = "worker-killed"
    INFECTED = "infected"
    UNSCANNED = "unscanned"
    INTERNAL = "internal"

    @property
    def sentence(self) -> str:
        """What happened, as a clerk reads it."""
        return _TEXTS[self][0]

    @property
    def advice(self) -> str:
        """What to do next."""
        return _TEXTS[self][1]


_TEXTS: dict[ReasonCode, tuple[str, str]] = {
    ReasonCode.EMPTY: (
        "The file holds nothing at all (0 bytes).",
        "Scan the paper again, or ask the sender for the file.",
    ),
    ReasonCode.TRUNCATED: (
        "The file breaks off before its end; the transfer was cut short.",
        "Let the scanner or the sender transfer it again; the part that arrived is kept here.",
    ),
    ReasonCode.DAMAGED: (
        "The file is damaged and its pages cannot be read reliably.",
        "Open the kept original to judge what is readable; scan again or ask the sender for a sound copy.",
    ),
    ReasonCode.ENCRYPTED: (
        "The file is locked with a password or a certificate.",
        "Ask the sender for the password and release the item with it, or ask for an unlocked copy.",
    ),
    ReasonCode.EXECUTABLE: (
        "The file is a program, not a document.",
        "Do not open it. Inform the IT security desk; discard it when they agree.",
    ),
    ReasonCode.WRONG_TYPE: (
        "The content is not a document or picture that the mail room reads.",
        "Look at the sender and the name; ask for the letter as PDF, or discard the item.",
    ),
    ReasonCode.TOO_LARGE: (
        "The file, or a picture in it, is larger than the limits allow, or unpacks to far more than it holds.",
        "If the sender is trusted and the size is real, let an administrator raise the limit and release the item.",
    ),
    ReasonCode.TOO_MANY_PAGES: (
        "The file has more pages than the limit allows.",
        "Split it and drop the parts, or let an administrator raise the limit and release the item.",
    ),
    ReasonCode.NO_PAGES: (
        "The file holds no page that could be shown.",
        "Ask the sender for the letter again.",
    ),
    ReasonCode.DYNAMIC_FORM: (
        "This form builds its pages only inside Adobe Acrobat (dynamic XFA); here it would be an empty page.",
        "Open the kept original in Acrobat, print it to PDF and drop that file.",
    ),
    ReasonCode.CONTAINER: (
        "The file is an archive of a kind that is not unpacked here (ZIP, TAR and gzip are).",
        "Unpack it in a safe place and drop the letters one by one, or ask for a ZIP file.",
    ),
    ReasonCode.OFFICE_FILE: (
        "The file is an office document (text, table or slides) that could not be converted.",
        "Open the original, save it as PDF and drop that file if its text should be found; the original is kept here.",
    ),
    ReasonCode.UNSUPPORTED: (
        "The file is a picture, document or message of a kind that is not supported.",
        "Save it as PDF, TIFF, JPEG, PNG or .eml and drop that file; the original is kept here.",
    ),
    ReasonCode.VANISHED: (
        "The file disappeared while it was being read.",
        "Check the folder and the scanner; drop the file again if it is still needed.",
    ),
    ReasonCode.UNREADABLE: (
        "The file could not be read from the disk.",
        "Check the permissions of the folder and the disk, then drop the file again.",
    ),
    ReasonCode.WORKER_KILLED: (
        "Reading the file took too much time or memory and was stopped.",
        "Open the kept original with care; print it to PDF or scan the paper, and drop that file.",
    ),
    ReasonCode.INFECTED: (
        "The virus scanner found something in the file.",
        "Do not open it. Inform the IT security desk; discard it when they agree.",
    ),
    ReasonCode.UNSCANNED: (
        "The virus scanner gave no answer, so the file was not let through.",
        "Let an administrator check the virus scanner, then release the item.",
    ),
    ReasonCode.INTERNAL: (
        "The program failed on this file; that is a fault of the program.",
        "Tell an administrator: the log holds the details. The original is kept here.",
    ),
}
