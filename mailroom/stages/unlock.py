"""Unlock a PDF with the password that its sender gave."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import pikepdf

from erecords.files import fsync_file, fsync_folder


class Unlocked(StrEnum):
    """What came of it."""

    DONE = "done"
    WRONG_PASSWORD = "wrong-password"
    NOT_LOCKED = "not-locked"
    NO_PDF = "no-pdf"


def unlock(source: Path, target: Path, password: str) -> Unlocked:
    """Write an unlocked copy; it appears whole or not at all. Runs in a worker, since the file may be hostile."""
    half = target.with_suffix(".half")
    try:
        with pikepdf.open(source, password=password) as pdf:
            if not pdf.is_encrypted:
                return Unlocked.NOT_LOCKED
            pdf.save(half, encryption=False)
    except pikepdf.PasswordError:
        return Unlocked.WRONG_PASSWORD
    except (pikepdf.PdfError, ValueError, RuntimeError):
        return Unlocked.NO_PDF
    fsync_file(half)
    half.replace(target)
    fsync_folder(target.parent)
    return Unlocked.DONE
